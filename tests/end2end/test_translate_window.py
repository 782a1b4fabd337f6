"""The translation tool in the real window with the real core behind it, and what it writes."""

from itertools import pairwise

import docx
import pytest
from PySide6.QtWidgets import QFileDialog, QMenu

from carrel.app.translation_export import TranslationOutputFailed, write_translation
from carrel.catalog.installed import Catalog
from carrel.domain.translating import DISCLAIMER, NewTranslation, PieceState, TranslationState
from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.main import make_application
from carrel.ui.sidebar.state import PageName
from carrel.ui.window import MainWindow
from carrel.ui.workbench.translated_rows import said
from made_translations import book, echo, follow, scripted
from opened_office import Office

ARABIC = "نما العدد ١٠٠ و١٠٠ عضو في المجلس، وتحدثوا طويلا عن الورود والماء تحت الجسر والرسائل. "


@pytest.fixture
def office(tmp_path, tiny_gguf):
    Catalog(tmp_path / "models").import_file(
        tiny_gguf, on_progress=lambda done, total: None, cancelled=lambda: False
    )
    made = Office(tmp_path)
    made.add("book.txt", book(4).encode())
    yield made
    made.app.close()


@pytest.fixture
def tool(qtbot, office):
    _application, theme = make_application()
    window = MainWindow(office.app, theme)
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    qtbot.waitUntil(lambda: window.library.state.loaded)
    window.show_page(PageName.TOOLS)
    view = window.workbench.open_tool("translate")
    view.window_shown = window
    qtbot.waitUntil(view.picker.button.isEnabled)
    yield view
    window.hide()
    window.shut()


def choose(qtbot, office, tool, language="German"):
    tool.picker.pick(office.named("book.txt").id)
    tool.into.click()
    menu = tool.findChildren(QMenu)[-1]
    next(one for one in menu.actions() if one.text() == language).trigger()
    menu.close()
    qtbot.waitUntil(lambda: tool.state.sheet is not None or "pieces by" in tool.said.text())


def finished(tool):
    sheet = tool.state.sheet
    return sheet is not None and sheet.translation.state is TranslationState.FINISHED


def test_it_is_estimated_translated_and_a_click_opens_the_original(qtbot, office, tool):
    scripted(office, lambda text: "" if "102" in text.split("===")[2] else echo(text))
    choose(qtbot, office, tool)
    assert "4 pieces by tiny-" in tool.said.text()
    tool.go.click()
    qtbot.waitUntil(lambda: finished(tool))
    assert DISCLAIMER in tool.said.text()
    assert not tool.go.isVisible()
    states = [piece.state for piece in tool.items.pieces]
    assert states.count(PieceState.FAILED) == 1
    failed = tool.items.pieces[states.index(PieceState.FAILED)]
    assert "wrote nothing" in said(failed)
    second = tool.items.pieces[1]
    tool.list.clicked.emit(tool.items.index(1))
    viewer = tool.window_shown.viewer
    qtbot.waitUntil(lambda: viewer.state.view is not None)
    view = viewer.state.view
    assert view.unit.text[view.marks[0].start : view.marks[0].end] == second.source

    def rows_touch():
        rows = [tool.list.visualRect(tool.items.index(row)) for row in range(4)]
        return all(one.bottom() + 1 == other.top() for one, other in pairwise(rows))

    qtbot.waitUntil(rows_touch)
    window = tool.window_shown
    window.close_viewer()
    qtbot.waitUntil(lambda: tool.list.width() > 1000 and rows_touch())
    before = tool.list.visualRect(tool.items.index(0)).height()
    window.resize(1000, window.height())
    qtbot.waitUntil(lambda: tool.list.visualRect(tool.items.index(0)).height() > before)
    qtbot.waitUntil(rows_touch)


def test_failed_pieces_are_filtered_and_translated_again(qtbot, office, tool):
    scripted(office, lambda text: "" if "102" in text.split("===")[2] else echo(text))
    choose(qtbot, office, tool)
    tool.go.click()
    qtbot.waitUntil(lambda: finished(tool))
    next(one for one in tool.filters.buttons() if one.text() == "Failed 1").click()
    assert len(tool.items.pieces) == 1
    scripted(office, echo)
    office.app.unload_engine().result()
    tool.again.click()
    qtbot.waitUntil(lambda: finished(tool) and tool.state.sheet.translation.failed == 0)
    assert len(tool.items.pieces) == 4
    tool.list.setCurrentIndex(tool.items.index(0))
    before = tool.state.sheet.pieces[0].result
    assert tool.piece_again.isVisible()
    tool.piece_again.click()
    qtbot.waitUntil(lambda: finished(tool) and tool.state.sheet.pieces[0].result is not before)


def test_it_is_paused_and_continued_and_survives_a_change_of_language(qtbot, office, tool):
    scripted(office, echo, seconds_per_token=0.003)
    choose(qtbot, office, tool)
    tool.go.click()
    qtbot.waitUntil(lambda: tool.state.sheet is not None and tool.state.sheet.translation.done > 0)
    tool.go.click()
    qtbot.waitUntil(lambda: tool.state.sheet.translation.state is TranslationState.PAUSED)
    assert tool.go.text() == "Continue"
    done = tool.state.sheet.translation.done
    choose(qtbot, office, tool, "French")
    qtbot.waitUntil(lambda: tool.state.sheet is None and "pieces by" in tool.said.text())
    choose(qtbot, office, tool, "German")
    qtbot.waitUntil(lambda: tool.state.sheet is not None)
    assert tool.state.sheet.translation.done == done


def test_a_tool_without_a_translator_says_so_and_leads_to_the_models(qtbot, tmp_path):
    office = Office(tmp_path)
    office.add("book.txt", book(1).encode())
    _application, theme = make_application()
    window = MainWindow(office.app, theme)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.library.state.loaded)
    window.show_page(PageName.TOOLS)
    tool = window.workbench.open_tool("translate")
    tool.picker.pick(office.named("book.txt").id)
    tool.picker.picked.emit(1)
    qtbot.waitUntil(lambda: "it cannot translate" in tool.said.text())
    assert not tool.go.isEnabled()
    with qtbot.waitSignal(tool.models_wanted):
        tool.models.click()
    window.hide()
    window.shut()
    office.app.close()


def test_a_translation_is_exported_and_deleted_after_a_question(qtbot, office, tool, tmp_path):
    scripted(office, echo)
    choose(qtbot, office, tool)
    tool.go.click()
    qtbot.waitUntil(lambda: finished(tool))
    tool.export.click()
    target = tmp_path / "book.docx"
    with qtbot.waitSignal(tool.told) as told:
        tool.findChild(QFileDialog).filesSelected.emit([str(target)])
    assert told.args == ["Saved as book.docx."]
    tool.findChild(QFileDialog).close()
    tool.remove.click()
    next(one for one in tool.findChildren(CardDialog) if one.isVisible()).accept()
    qtbot.waitUntil(lambda: tool.state.sheet is None)
    assert office.app.translations.list().result() == ()


def test_two_columns_stand_in_the_document_and_arabic_from_right_to_left(office, tmp_path):
    new = NewTranslation(document=office.named("book.txt").id, language="ar")
    made = office.app.translations.create(new).result()
    scripted(office, lambda _text: ARABIC * 4)
    follow(office.app, made)
    sheet = office.app.translations.sheet(made.id).result()
    for ending in ("docx", "txt", "md"):
        write_translation(sheet, tmp_path / f"book.{ending}")
    written = docx.Document(str(tmp_path / "book.docx"))
    assert DISCLAIMER in [paragraph.text for paragraph in written.paragraphs]
    rows = [[cell.text for cell in row.cells] for row in written.tables[0].rows]
    assert rows[0] == ["Original", "Arabic"]
    first = next(row for row in rows if row[0].startswith("The weir company"))
    assert first[1].startswith("نما العدد")
    assert written.element.xpath("//w:bidi")
    assert written.element.xpath("//w:rtl")
    text = (tmp_path / "book.txt").read_text("utf-8")
    assert text.count("نما العدد") == 16
    assert "Not found in the translation: 101" in text
    assert "> The weir company" in (tmp_path / "book.md").read_text("utf-8")
    with pytest.raises(TranslationOutputFailed, match="has to end in"):
        write_translation(sheet, tmp_path / "book.pdf")
