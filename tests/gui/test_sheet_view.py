"""A sheet is a table: what is cited is marked, and the formula stands above."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from carrel.domain.documents import Span
from carrel.parsing.formats import FORMATS
from carrel.parsing.formats.base import Report, Source
from carrel.ui.viewer.sheet_view import SheetView
from made_sheets import sales_xlsx


@pytest.fixture
def unit():
    body = sales_xlsx()
    (form,) = [form for form in FORMATS if "xlsx" in form.kinds]
    return next(iter(form.units(Source(body=body, name="a", kind="xlsx"), Report())))


@pytest.fixture
def view(qtbot, theme, unit):
    made = SheetView(theme)
    qtbot.addWidget(made)
    made.resize(520, 400)
    made.show()
    return made


def test_cited_cells_are_marked_with_their_range(view, unit):
    start = unit.text.index("South")
    end = unit.text.index("; Growth: 25.0%")
    view.show_sheet(unit.cells, unit.text, (Span(start, end),))

    assert view.marked == ("South", "29 Feb 2024", "€980.00")
    assert view.address.text() == "A5:C5"
    assert view.formula.text() == "South"
    first = view.cells.index_of(view.cells.marked[0])
    assert view.table.viewport().rect().intersects(view.table.visualRect(first))
    assert first.data(Qt.ItemDataRole.BackgroundRole) is not None
    assert view.selected == Span(0, 0)


def test_the_formula_of_a_cell_is_shown_not_computed(view, unit):
    start = unit.text.index("€2,135.25")
    view.show_sheet(unit.cells, unit.text, (Span(start, start + 9),))

    assert view.address.text() == "C7"
    assert view.formula.text() == "=SUM(C4:C6)"


def test_a_cited_row_tells_the_formulas_in_it(view, unit):
    start, end = unit.text.index("Total"), unit.text.index("€2,135.25") + 9
    view.show_sheet(unit.cells, unit.text, (Span(start, end),))

    assert view.address.text() == "A7:C7"
    assert view.formula.text() == "C7: =SUM(C4:C6)"
    empty = view.cells.index(6, 1)
    assert (empty.data(), empty.data(Qt.ItemDataRole.BackgroundRole) is not None) == (None, True)
    assert view.marked == ("Total", "€2,135.25")


def test_rows_and_columns_are_named_as_in_the_program_that_made_it(view, unit):
    view.show_sheet(unit.cells, unit.text, ())
    cells = view.table.model()

    assert [cells.headerData(n, Qt.Orientation.Horizontal) for n in range(4)] == list("ABCD")
    assert [cells.headerData(n, Qt.Orientation.Vertical) for n in range(7)] == list("1234567")
    assert cells.index(2, 0).data() == "Region"
    assert cells.index(1, 0).data() is None
    assert view.table.columnSpan(0, 0) == 4
    assert view.marked == ()
    assert "Checked by hand" in view.notes.toPlainText()


def test_hidden_characters_of_a_cell_are_written_out(view, unit):
    text = unit.text.replace("North", "No\u202eth")
    view.show_sheet(unit.cells, text, ())

    assert view.table.model().index(3, 0).data() == "No⟨U+202E⟩th"


def test_cells_that_follow_each_other_can_be_quoted_and_a_column_only_copied(view, unit):
    view.show_sheet(unit.cells, unit.text, ())
    model, chosen = view.table.selectionModel(), view.table.selectionModel().SelectionFlag
    for column in (0, 1):
        model.select(view.cells.index(4, column), chosen.Select)

    assert unit.text[slice(*view.selected)].endswith("29 Feb 2024")
    assert unit.text[slice(*view.selected)].startswith("South")
    assert view.address.text() == "A5:B5"

    view.clear_selection()
    for row in (3, 4):
        model.select(view.cells.index(row, 0), chosen.Select)
    QTest.keyClick(view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    assert view.selected == Span(0, 0)
    assert QApplication.clipboard().text() == "North\nSouth"


def test_found_words_colour_their_cells_and_are_scrolled_to(view, unit):
    view.resize(300, 120)
    view.show_sheet(unit.cells, unit.text, ())
    start = unit.text.index("€2,135.25")
    view.show_found((Span(start, start + 5),), 0)

    (cell,) = unit.cells.within(start, start + 5)
    index = view.cells.index_of(cell)
    assert index.data(Qt.ItemDataRole.BackgroundRole) is not None
    assert view.table.viewport().rect().intersects(view.table.visualRect(index))


def test_a_range_that_a_figure_goes_over_is_marked_instead_of_the_row_that_is_quoted(view, unit):
    line = unit.text.index("Region: North")
    end = unit.text.index("\n", line)
    view.show_sheet(unit.cells, unit.text, (Span(line, end),), "'Sales 2024'!C4:C6")
    assert view.marked == ("€1,200.50", "€980.00", "-€45.25")
    assert view.address.text() == "C4:C6"

    row = "'Sales 2024'!A4:D4"  # a row that is quoted as it stands
    view.show_sheet(unit.cells, unit.text, (Span(line, end),), row)
    assert view.address.text() == "A4:D4"
