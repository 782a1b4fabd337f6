"""Tables of pages and sections, by the real program and in the real window."""

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from carrel.answering.tabling import tables_on_page
from carrel.app.contents import TableNotWritten
from carrel.domain.documents import Span
from carrel.domain.tables import Table, TableCell, csv_of
from carrel.ui.main import make_application
from carrel.ui.sidebar.state import PageName
from carrel.ui.window import MainWindow
from opened_office import Office
from program import Program

SAMPLES = Path(__file__).parents[2] / "assets" / "samples" / "documents"
REPORT = "Annual report 2025.pdf"
TARIFF = (
    b"<table><tr><th>Ship</th><th>Due</th></tr><tr><td>Small</td><td>1,200</td></tr></table>"
    b"<p>x</p><table><tr><td>a</td><td>b</td></tr></table>"
)
LIQUIDITY = 21
"""Page with the buffer by quarters."""


def laid_out(*placed):
    """Words with their boxes: text, left edge, row; letters are 5 wide and 10 high."""
    text = " ".join(word for word, _, _ in placed)
    boxes = np.full((len(text), 4), np.nan, np.float32)
    at = 0
    for word, left, row in placed:
        for letter in range(len(word)):
            x = left + 5 * letter
            boxes[at + letter] = (x, 14 * row, x + 5, 14 * row + 10)
        at += len(word) + 1
    return text, boxes


def right(word, edge, row):
    return (word, edge - 5 * len(word), row)


def test_signs_brackets_and_dashes_go_to_their_column():
    text, boxes = laid_out(
        ("2018", 180, 0), ("2017", 260, 0),
        ("Revenues:", 0, 1),
        ("Net", 0, 2), ("sales", 20, 2), ("$", 150, 2), right("1,200", 200, 2),
        ("$", 230, 2), right("980", 280, 2),
        ("Loss", 0, 3), right("(152", 198, 3), (")", 198, 3), right("—", 280, 3),
        ("Margin", 0, 4), right("12.5", 196, 4), ("%", 197, 4), right("9.0", 276, 4), ("%", 277, 4),
    )  # fmt: skip
    (table,) = tables_on_page(7, text, boxes)
    assert (table.unit, table.heads) == (7, 1)
    assert table.texts() == [
        ["", "2018", "2017"],
        ["Revenues:", "", ""],
        ["Net sales", "$1,200", "$980"],
        ["Loss", "(152)", "—"],
        ["Margin", "12.5%", "9.0%"],
    ]
    cell = table.rows[3][1]
    assert [text[span.start : span.end] for span in cell.spans] == ["(152", ")"]


def test_columns_that_are_shifted_below_a_heading_stay_apart():
    rows = []
    for at, (label, shift, figures) in enumerate(
        [
            ("Sales", 0, ("10,000", "20,000", "30,000")),
            ("Costs", 26, ("4,000", "5,000", "6,000")),
            ("Rest", 0, ("6,000", "15,000", "24,000")),
            ("Debt", 26, ("1,000", "2,000", "3,000")),
        ]
    ):
        rows.append((label, 0, at))
        rows += [right(word, 120 + shift + 50 * n, at) for n, word in enumerate(figures)]
    (table,) = tables_on_page(1, *laid_out(*rows))
    for row in table.rows:
        assert all(cell is None or " " not in cell.text for cell in row[1:])


def test_a_note_ends_a_table():
    rows = [("Sales", 0, 1), right("10", 120, 1), right("20", 170, 1),
            ("Costs", 0, 2), right("4", 120, 2), right("5", 170, 2),
            ("(1)", 0, 3), ("See", 20, 3), ("note", 38, 3), ("9", 61, 3), ("of", 69, 3),
            ("the", 82, 3), ("accounts", 100, 3),
            ("Debt", 0, 4), right("1", 120, 4), right("2", 170, 4),
            ("Cash", 0, 5), right("3", 120, 5), right("4", 170, 5)]  # fmt: skip
    first, second = tables_on_page(1, *laid_out(*rows))
    assert [row[0] for row in first.texts()] == ["Sales", "Costs"]
    assert [row[0] for row in second.texts()] == ["Debt", "Cash"]


def test_prose_with_figures_is_no_table():
    rows = [
        (word, 60 * at, row)
        for row in range(4)
        for at, word in enumerate(["In", "2018", "sales", "were", "1,200", "million"])
    ]
    close = [(word, sum(5 * len(w) + 3 for w, _, r in rows[:at] if r == row), row)
             for at, (word, _, row) in enumerate(rows)]  # fmt: skip
    assert tables_on_page(1, *laid_out(*close)) == ()


def test_text_that_looks_like_a_formula_is_text_and_a_negative_number_stays_one():
    cells = [
        TableCell(text, (Span(0, 1),))
        for text in ("=1+1", "-5.0", "+x", "@a", "(3)", "-", "- 5", "-US$5", "-.5", "-1.2x", "-5=1")
    ]
    line = csv_of(Table(unit=1, rows=(tuple(cells),)))
    assert line.strip() == "'=1+1,-5.0,'+x,'@a,(3),-,- 5,-US$5,-.5,-1.2x,'-5=1"


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    made.add(REPORT, (SAMPLES / REPORT).read_bytes())
    made.add("tariff.html", TARIFF)
    yield made
    made.app.close()


def test_a_table_of_a_page_has_its_figures_in_their_columns_and_places(office):
    report = office.named(REPORT)
    (table,) = office.app.contents.page_tables(report.id, LIQUIDITY).result()
    rows = {row[0]: row[1:] for row in table.texts()}
    assert table.texts()[0] == ["EUR million", "31 Mar", "30 Jun", "30 Sep", "31 Dec"]
    assert rows["Unrestricted cash"] == ["167.0", "167.6", "127.4", "170.9"]
    assert rows["Intragroup line"] == ["–", "–", "40.0", "–"]
    assert rows["Buffer in per cent"] == ["128.4%", "124.0%", "117.2%", "121.9%"]
    text = office.app.contents.unit(report.id, LIQUIDITY).result().text
    for row in table.rows:
        for cell in filter(None, row):
            there = "".join(text[span.start : span.end] for span in cell.spans)
            assert there == "".join(cell.text.split())


def test_tables_that_a_format_names_are_taken_as_they_are(office):
    found = office.app.contents.page_tables(office.named("tariff.html").id, 1).result()
    assert [(table.heads, table.texts()) for table in found] == [
        (1, [["Ship", "Due"], ["Small", "1,200"]]),
        (0, [["a", "b"]]),
    ]


def test_a_table_that_cannot_be_written_is_told(office, tmp_path):
    (table, _) = office.app.contents.page_tables(office.named("tariff.html").id, 1).result()
    with pytest.raises(TableNotWritten, match="No such"):
        office.app.contents.save_table(table, tmp_path / "no" / "a.csv").result()


def test_the_command_prints_tables(tmp_path):
    program = Program(tmp_path / "home")
    program.create()
    (tmp_path / REPORT).write_bytes((SAMPLES / REPORT).read_bytes())
    program.lines("add", tmp_path / REPORT)
    shown = program.run("table", REPORT, "--page", LIQUIDITY).stdout
    assert "Buffer in per cent" in shown
    (form,) = json.loads(program.run("table", REPORT, "--page", LIQUIDITY, "--json").stdout)
    assert form["rows"][0][1]["text"] == "31 Mar"
    assert "Intragroup line,–,–,40.0,–" in program.run(
        "table", REPORT, "--page", LIQUIDITY, "--table", 1, "--csv"
    ).stdout  # fmt: skip
    gone = program.run("table", REPORT, "--page", LIQUIDITY, "--table", 2)
    assert (gone.returncode, "has 1 table." in gone.stderr) == (1, True)


def test_a_table_is_shown_copied_saved_and_a_cell_opens_its_place(qtbot, office, tmp_path):
    _application, theme = make_application()
    window = MainWindow(office.app, theme)
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    qtbot.waitUntil(lambda: window.library.state.loaded)
    window.show_page(PageName.TOOLS)
    tool = window.workbench.open_tool("table")
    tool.extract(office.named(REPORT).id, LIQUIDITY)
    qtbot.waitUntil(lambda: tool.grid.rowCount() > 5)
    assert tool.grid.index(0, 3).data() == "30 Sep"
    tool.copy.click()
    assert "Unrestricted cash\t167.0\t167.6" in QApplication.clipboard().text()
    tool.save.click()
    with qtbot.waitSignal(tool.told) as told:
        dialog = tool.findChild(QFileDialog)
        dialog.filesSelected.emit([str(tmp_path / "a.csv")])
    assert told.args == ["Saved as a.csv."]
    assert "127.4" in (tmp_path / "a.csv").read_text("utf-8-sig")
    dialog.close()
    row = next(at for at in range(tool.grid.rowCount())
               if tool.grid.index(at, 0).data() == "Unrestricted cash")  # fmt: skip
    tool.view.clicked.emit(tool.grid.index(row, 3))
    qtbot.waitUntil(lambda: window.viewer.state.view is not None)
    view = window.viewer.state.view
    assert view.unit.text[view.marks[0].start : view.marks[0].end] == "127.4"
    window.hide()
    window.shut()
