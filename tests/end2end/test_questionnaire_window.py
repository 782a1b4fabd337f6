"""The questionnaire tool in the real window, with the real core behind it."""

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from carrel.app.question_files import NoQuestions, read_questions
from carrel.app.sheet_export import COLUMNS, OutputFailed, write_sheet
from carrel.domain.answers import AnswerMode
from carrel.domain.events import QuestionnaireChanged
from carrel.domain.questionnaires import Finding, NewQuestionnaire, RunState
from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.dialogs.choose import choose_new_file
from carrel.ui.main import make_application
from carrel.ui.sidebar.state import PageName
from carrel.ui.window import MainWindow
from carrel.ui.workbench.asked_rows import LINE_ROLE
from opened_office import Office

QUESTIONS = "Which liquidity does the covenant require?\nWho chairs the audit committee?"
TEXTS = {
    "alpha.txt": "The covenant requires liquidity of 250 million dollars.\n\n"
    "Ada Byron chairs the audit committee since March.",
    "beta.txt": "The covenant requires liquidity of 90 million euros.\n\nRoses are red.",
}
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    for name, text in TEXTS.items():
        made.add(name, text.encode())
    yield made
    made.app.close()


@pytest.fixture
def window(qtbot, office):
    _application, theme = make_application()
    made = MainWindow(office.app, theme)
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    qtbot.waitUntil(lambda: made.library.state.loaded)
    made.show_page(PageName.TOOLS)
    yield made
    made.hide()
    made.shut()


@pytest.fixture
def tool(qtbot, window):
    view = window.workbench.open_tool("questionnaire")
    qtbot.waitUntil(view.new.isEnabled)
    return view


def finished(tool):
    sheet = tool.state.sheet
    return sheet is not None and sheet.questionnaire.state is RunState.FINISHED


def ask(qtbot, tool, name="Covenants"):
    tool.new.click()
    form = tool.dialog
    form.name.setText(name)
    form.questions.setPlainText(QUESTIONS)
    qtbot.waitUntil(lambda: "4 answers · about" in form.said.text())
    form.go.click()
    qtbot.waitUntil(lambda: finished(tool) and tool.state.sheet.questionnaire.name == name)


def shown(tool):
    every = [tool.items.index(row).data(LINE_ROLE) for row in range(tool.items.rowCount())]
    return [line.head or (line.title, line.finding) for line in every]


def test_questions_are_put_to_all_documents_and_a_click_opens_the_quote(qtbot, window, tool):
    ask(qtbot, tool)
    first, second = QUESTIONS.splitlines()
    assert shown(tool) == [
        "alpha.txt", (first, Finding.FOUND), (second, Finding.FOUND),
        "beta.txt", (first, Finding.FOUND), (second, Finding.NOT_STATED),
    ]  # fmt: skip
    line = tool.items.index(2).data(LINE_ROLE)
    assert "Ada Byron" in line.quote
    assert "word for word" in line.source
    tool.list.clicked.emit(tool.items.index(2))
    qtbot.waitUntil(lambda: window.viewer.state.view is not None)
    view = window.viewer.state.view
    assert "Ada Byron" in view.unit.text[view.marks[0].start : view.marks[0].end]


def test_answers_are_filtered_and_grouped(qtbot, tool):
    ask(qtbot, tool)
    stated = next(one for one in tool.filters.buttons() if one.text() == "Not stated 1")
    stated.click()
    assert shown(tool) == ["beta.txt", (QUESTIONS.splitlines()[1], Finding.NOT_STATED)]
    tool.filters.buttons()[0].click()
    tool.grouping.click()
    assert [line for line in shown(tool) if isinstance(line, str)] == QUESTIONS.splitlines()
    tool.grouping.click()


def test_documents_are_chosen_and_questions_imported(qtbot, tool, tmp_path):
    path = tmp_path / "questions.csv"
    path.write_text("Question;Owner\nWhat is red?;me\nWhat is blue?;me\n", "utf-8")
    tool.new.click()
    form = tool.dialog
    assert not form.go.isEnabled()
    form.questions.setPlainText("What is red?")
    form.import_wanted.emit(path)
    qtbot.waitUntil(lambda: form.form() is not None and len(form.form().questions) == 2)
    form.filter.setText("beta")
    qtbot.keyClick(form.list, Qt.Key.Key_Home)
    form.list.itemClicked.emit(form.list.item(1))
    assert len(form.form().documents) == 1
    form.import_wanted.emit(tmp_path / "none.txt")
    qtbot.waitUntil(lambda: "No questions were taken from “none.txt”" in form.said.text())
    form.reject()


def test_what_is_shown_is_exported_and_told(qtbot, tool, tmp_path):
    ask(qtbot, tool)
    tool.export.click()
    target = tmp_path / "answers.xlsx"
    with qtbot.waitSignal(tool.told) as told:
        tool.findChild(QFileDialog).filesSelected.emit([str(target)])
    assert told.args == ["Saved as answers.xlsx."]
    assert openpyxl.load_workbook(target)["Answers"].max_row == 5
    tool.findChild(QFileDialog).close()


def test_a_questionnaire_is_deleted_after_a_question(qtbot, window, tool):
    ask(qtbot, tool)
    ask(qtbot, tool, "Once more")
    count = tool.side.count()
    tool.remove.click()
    question = next(one for one in tool.findChildren(CardDialog) if one.isVisible())
    question.accept()
    qtbot.waitUntil(lambda: tool.side.count() == count - 1)
    qtbot.waitUntil(lambda: tool.state.sheet is not None)
    assert tool.state.sheet.questionnaire.name == "Covenants"


def sheet_with_formula(office):
    new = NewQuestionnaire(
        name="x",
        questions=tuple(QUESTIONS.splitlines()),
        documents=tuple(office.named(name).id for name in TEXTS),
        mode=AnswerMode.EVIDENCE,
    )
    listed = office.app.questionnaires.create(new).result()
    with office.app.listen() as events:
        office.app.questionnaires.start(listed.id).result()
        next(
            event
            for event in events
            if isinstance(event, QuestionnaireChanged)
            and event.questionnaire.state is RunState.FINISHED
        )
    sheet = office.app.questionnaires.sheet(listed.id).result()
    return replace(sheet, questionnaire=replace(listed, questions=(FORMULA, "Ends\x0bhere")))


def test_no_format_makes_a_formula_of_a_text(office, tmp_path):
    sheet = sheet_with_formula(office)
    for suffix in (".xlsx", ".csv", ".docx"):
        write_sheet(sheet, tmp_path / f"a{suffix}")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    rows = list(book["Answers"].iter_rows(values_only=True))
    assert rows[0] == COLUMNS
    assert rows[1][1] == FORMULA
    cells = [cell for row in book["Answers"].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert (
        "<f>" not in zipfile.ZipFile(tmp_path / "a.xlsx").read("xl/worksheets/sheet1.xml").decode()
    )
    assert book["Overview"]["B2"].value.startswith("[found]")
    text = (tmp_path / "a.csv").read_bytes().decode("utf-8-sig")
    assert next(iter(csv.DictReader(io.StringIO(text))))["Question"] == f"'{FORMULA}"
    words = "\n".join(one.text for one in docx.Document(tmp_path / "a.docx").paragraphs)
    assert FORMULA in words
    assert "Endshere" in words
    assert "250 million dollars" in words
    assert "alpha.txt" in words


@pytest.mark.parametrize(("name", "cause"), [("a.pdf", "has to end in"), ("no/a.csv", "No such")])
def test_a_file_that_cannot_be_written_is_told_and_answers_stay(office, tmp_path, name, cause):
    sheet = sheet_with_formula(office)
    with pytest.raises(OutputFailed, match=cause):
        write_sheet(sheet, tmp_path / name)
    assert office.app.questionnaires.sheet(sheet.questionnaire.id).result().cells


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.txt", b"One?\n\n Two? \nOne?\n", ("One?", "Two?")),
        ("a.txt", "Wer zahlt für Öl?".encode("utf-16"), ("Wer zahlt für Öl?",)),
        ("a.txt", "Wer zahlt für Öl?".encode("cp1252"), ("Wer zahlt für Öl?",)),
        ("a.csv", b'Questions,x\n"Who, then?",1\n', ("Who, then?",)),
        ("a.csv", b"Questions;x\rWho?;1\rWhy?;2", ("Who?", "Why?")),
        ("a.csv", b"1,Who?\n2,Why?\n", ("Who?", "Why?")),
        ("a.csv", b"Set A,,\nNo.,Topic,Question\n1,Lease,Who?\n2,Lease,Why?\n", ("Who?", "Why?")),
    ],
)
def test_questions_are_taken_from_a_file(tmp_path: Path, name, content, found):
    (tmp_path / name).write_bytes(content)
    assert read_questions(tmp_path / name) == found


def test_questions_are_taken_from_a_workbook(tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    book.active.append(["Questions to the bank, spring 2026"])
    book.create_sheet("Old").append(["Question"])
    book["Old"].append(["Who asked this before?"])
    book["Old"].sheet_state = "hidden"
    asked = book.create_sheet("Asked")
    for row in (["No.", "Area", "Question"], [1, "Debt", "What is owed?"], [2, "Debt", None],
                [3, "Staff", "Who   left?"], [4, "Staff", "What is owed?"]):  # fmt: skip
        asked.append(row)
    book.save(tmp_path / "due diligence.xlsx")
    assert read_questions(tmp_path / "due diligence.xlsx") == ("What is owed?", "Who left?")


def test_questions_without_a_head_are_the_first_column_with_words(tmp_path: Path):
    book = openpyxl.Workbook()
    for number, asked in enumerate(("What is owed?", "Since when?"), start=1):
        book.active.append([number, asked, "open"])
    book.save(tmp_path / "a.xlsx")
    assert read_questions(tmp_path / "a.xlsx") == ("What is owed?", "Since when?")


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 torn"])
def test_a_workbook_that_cannot_be_read_is_refused_in_words(tmp_path: Path, content):
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(NoQuestions, match=r"were taken from “a\.xlsx”: "):
        read_questions(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"PK\x03\x04\0\0", b"a?\n" * 400_000, b"y" * 9_000]
)
def test_a_file_without_questions_is_refused_in_words(tmp_path: Path, content):
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(NoQuestions):
        read_questions(tmp_path / "a.txt")


def test_a_csv_file_with_one_huge_cell_is_refused_in_words(tmp_path: Path):
    (tmp_path / "a.csv").write_bytes(b'"' + b"x" * 200_000 + b'"')
    with pytest.raises(NoQuestions, match="4,000 characters"):
        read_questions(tmp_path / "a.csv")


def test_a_question_that_is_a_pasted_text_cannot_be_asked(qtbot, tool):
    tool.new.click()
    tool.dialog.questions.setPlainText("What? " * 2_000)
    assert not tool.dialog.go.isEnabled()
    assert "4,000 characters" in tool.dialog.said.text()
    tool.dialog.reject()


def test_a_name_without_a_suffix_gets_one_before_a_file_is_replaced(qtbot, tool, tmp_path):
    dialog = choose_new_file(tool, "Export", "answers.xlsx", lambda _paths: None)
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(str(tmp_path / "mine"))
    assert dialog.selectedFiles() == [str(tmp_path / "mine.xlsx")]
    dialog.reject()
