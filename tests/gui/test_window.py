"""The window as a whole: what is dropped, what happens, what keys do, what can be heard."""

import pytest
import sample
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QWidget,
)

from carrel.domain.documents import Failure
from carrel.domain.events import AddingFinished
from carrel.settings import THEME
from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.library_page.item_model import ROW_ROLE
from carrel.ui.sidebar.state import PageName
from carrel.ui.widgets.labels import label, tip
from carrel.ui.window import MainWindow
from carrel.workspace.errors import WorkspaceDiskFailed


def drag(window, paths, *, text=""):
    mime = QMimeData()
    if paths:
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    mime.setText(text)
    return mime


def enter(target, mime):
    event = QDragEnterEvent(
        QPoint(20, 20),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.ignore()
    QApplication.sendEvent(target, event)
    return event


def rows(window):
    items = window.library.items
    return [items.index(at).data(ROW_ROLE) for at in range(items.rowCount())]


def row(window, name):
    return next((found for found in rows(window) if found.name == name), None)


def test_files_and_folders_dropped_on_any_widget_are_added(qtbot, window, fake, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside.txt").write_bytes(b"x" * 3_000)
    (tmp_path / "one.pdf").write_bytes(b"x" * 45_000)
    paths = [tmp_path / "folder", tmp_path / "one.pdf"]
    target = window.chat.transcript.viewport()
    mime = drag(window, paths)

    assert enter(target, mime).isAccepted()
    assert window.overlay.isVisible()
    qtbot.waitUntil(lambda: window.overlay._measured == "2 files · 48 KB")
    drop = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(target, drop)

    assert fake.added == [paths]
    assert not window.overlay.isVisible()


def test_dragged_text_does_not_open_the_overlay(window):
    enter(window.sidebar, drag(window, [], text="some words"))

    assert not window.overlay.isVisible()


def test_progress_moves_a_row_and_keeps_the_selection(qtbot, window, fake, tmp_path):
    window.show_page(PageName.DOCUMENTS)
    job = fake.add_paths([tmp_path / "a.pdf", tmp_path / "b.pdf"])
    qtbot.waitUntil(lambda: row(window, "b.pdf") is not None)
    window.library.list.setCurrentIndex(window.library.items.index(3))
    chosen = rows(window)[3].name

    fake.progress(job, 0, "a.pdf", "reading", 10, 40)
    qtbot.waitUntil(lambda: "10 of 40" in row(window, "a.pdf").detail)

    assert row(window, "b.pdf").state == "Waiting"
    assert rows(window)[window.library.list.currentIndex().row()].name == chosen
    assert window.library.progress.words.text() == "Adding 1 of 2 · about 40 s left"
    assert not window.status.adding.isHidden()


def test_a_failed_file_shows_reason_and_remedy_and_can_be_dismissed(qtbot, window, fake, tmp_path):
    window.show_page(PageName.DOCUMENTS)
    job = fake.add_paths([tmp_path / "x.zip"])
    failure = Failure(code="parse.kind", reason="ZIP files cannot be read.", remedy="Unpack it.")
    fake.finish_file(job, 0, None, path=str(tmp_path / "x.zip"), failure=failure)
    fake.publish(AddingFinished(job=job, cancelled=False))
    qtbot.waitUntil(lambda: row(window, "x.zip") is not None and not window.library.state.jobs)

    shown = row(window, "x.zip")
    assert (shown.detail, shown.remedy, shown.state) == (
        "ZIP files cannot be read.",
        "Unpack it.",
        "Not added",
    )
    locked = row(window, sample.LOCKED.name)
    assert (locked.detail, locked.remedy) == (
        sample.LOCKED.failure.reason,
        sample.LOCKED.failure.remedy,
    )
    window.library.list.setCurrentIndex(window.library.items.index(rows(window).index(shown)))
    qtbot.keyClick(window.library.list, Qt.Key.Key_Delete)
    assert row(window, "x.zip") is None


def test_stop_cancels_the_job(qtbot, window, fake, tmp_path):
    window.show_page(PageName.DOCUMENTS)
    job = fake.add_paths([tmp_path / "a.pdf"])
    qtbot.waitUntil(window.library.progress.stop.isVisible)

    qtbot.mouseClick(window.library.progress.stop, Qt.MouseButton.LeftButton)

    assert fake.cancelled == [job]
    assert window.library.progress.words.text() == "Stopping…"


def test_the_keys_of_the_window(qtbot, window):
    for page in PageName:
        qtbot.keyClick(
            window, Qt.Key(Qt.Key.Key_1.value + int(page)), Qt.KeyboardModifier.ControlModifier
        )
        assert window.page is page
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.search.isVisible()
    qtbot.keyClick(window.search.field, Qt.Key.Key_Escape)
    assert not window.search.isVisible()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_L, both)
    assert window.theme.dark
    qtbot.keyClick(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert window.sidebar.isHidden()


def test_f6_goes_round_the_panes(qtbot, window):
    window.show_page(PageName.DOCUMENTS)
    window.open_document(sample.REPORT.id)
    window.activateWindow()
    visited = []
    for _ in range(4):
        qtbot.keyClick(window, Qt.Key.Key_F6)
        focused = QApplication.focusWidget()
        visited.append(
            next(
                name
                for name in ("sidebar", "pages", "viewer", "status")
                if getattr(window, name).isAncestorOf(focused)
            )
        )

    assert set(visited) == {"sidebar", "pages", "viewer", "status"}


def test_every_control_has_a_name_to_be_heard(window):
    silent = []
    for page in PageName:
        window.show_page(page)
        window.open_document(sample.REPORT.id)
        window.search.open()
        silent += list(nameless(window))

    assert not silent, silent


SPOKEN_ROLES = {
    QAccessible.Role.Button,
    QAccessible.Role.CheckBox,
    QAccessible.Role.RadioButton,
    QAccessible.Role.EditableText,
    QAccessible.Role.List,
    QAccessible.Role.ProgressBar,
    QAccessible.Role.ComboBox,
    QAccessible.Role.PushButton,
}


def nameless(window):
    for child in window.findChildren(QWidget):
        interface = QAccessible.queryAccessibleInterface(child)
        if interface is None or child.objectName().startswith("qt_"):
            continue
        if interface.role() in SPOKEN_ROLES and not interface.text(QAccessible.Text.Name).strip():
            yield type(child).__name__, child.parent().__class__.__name__


def test_buttons_without_words_have_a_tool_tip(window):
    bare = [b for b in window.findChildren(QAbstractButton) if not b.text() and not b.toolTip()]
    named = [b for b in bare if not b.accessibleName() and not isinstance(b.parent(), QLineEdit)]

    assert not named


def test_markup_in_names_stays_letters(qtbot, window, fake):
    evil = '<img src="file:///etc/passwd"><b>x</b>.pdf'
    job = fake.add_paths([])
    fake.finish_file(job, 0, sample.document(77, evil, "pdf", 3, 10))
    qtbot.waitUntil(lambda: any(d.name == evil for d in window.library.documents))
    window.open_document(sample.DocumentId(77))

    assert window.viewer.name.text() == evil
    listed = window.sidebar.documents
    qtbot.waitUntil(lambda: bool(listed.findItems(evil, Qt.MatchFlag.MatchExactly)))
    assert all(
        found.textFormat() == Qt.TextFormat.PlainText for found in window.findChildren(QLabel)
    )
    for found in window.findChildren(QWidget):
        assert "<img" not in found.toolTip()
    assert "<b>" not in tip("<b>x</b>")
    assert label("<b>x</b>").textFormat() == Qt.TextFormat.PlainText


def test_a_narrow_window_puts_the_viewer_over_the_page(qtbot, window):
    window.open_document(sample.REPORT.id)
    assert not window.panes.viewer_over

    window.resize(900, 700)
    assert window.panes.viewer_over
    assert window.viewer.geometry().right() <= window.panes.width()

    window.resize(1440, 900)
    assert not window.panes.viewer_over
    assert window.viewer.isVisible()


def test_size_and_theme_come_back(qtbot, window, fake, theme):
    window.resize(720, 633)
    window.choose_theme("dark")
    window.close()
    window.threads.shutdown(wait=True)
    again = MainWindow(fake, theme)
    qtbot.addWidget(again)

    assert (again.width(), again.height()) == (720, 633)
    assert fake.settings.get(THEME) == "dark"
    again.close()
    again.threads.shutdown(wait=True)


@pytest.mark.parametrize("width", [640, 760, 1000, 1440])
def test_the_line_beside_the_actions_never_wraps(qtbot, window, width):
    window.resize(width, 700)
    window.open_chat(sample.ChatId(1))
    qtbot.waitUntil(lambda: bool(window.chat._state.exchanges))
    window.chat.next_citation()
    transcript = window.chat.transcript
    qtbot.waitUntil(lambda: window.viewer.settled and transcript.column == transcript._fitted)

    lines = []
    block = transcript.document().begin()
    while block.isValid():
        if "source" in block.text() and "\t" in block.text():
            lines.append((block.text(), block.layout().lineCount()))
        block = block.next()

    assert lines
    assert all(count == 1 for _, count in lines), lines


def test_who_closes_the_search_goes_on_where_he_was(qtbot, window):
    window.show_page(PageName.CHATS)
    before = QApplication.focusWidget()
    window.search.open()
    assert QApplication.focusWidget() is window.search.field

    qtbot.keyClick(window.search.field, Qt.Key.Key_Escape)

    assert before is not None
    assert QApplication.focusWidget() is before


def forgetting(window):
    """Press "Delete all…", and the dialog that asks."""
    window.settings._forget.click()
    (dialog,) = [found for found in window.findChildren(CardDialog) if found.isVisible()]
    return dialog


def test_settings_tell_what_models_have_read_and_delete_it_when_told_twice(window, fake, qtbot):
    window.show_page(PageName.SETTINGS)
    kept = window.settings._kept
    qtbot.waitUntil(lambda: "3 readings kept" in kept.text())
    assert "45 min" in kept.text()

    forgetting(window).reject()
    assert fake.kept.count == 3

    forgetting(window).accept()
    qtbot.waitUntil(lambda: "Nothing is kept yet" in kept.text())
    assert fake.kept.count == 0
    assert not window.settings._forget.isEnabled()


def test_what_could_not_be_deleted_is_said(window, fake, qtbot):
    fake.clear_error = WorkspaceDiskFailed()
    window.show_page(PageName.SETTINGS)
    qtbot.waitUntil(window.settings._forget.isEnabled)

    forgetting(window).accept()

    failure = WorkspaceDiskFailed().failure
    qtbot.waitUntil(window.notice.isVisible)
    said = " ".join(found.text() for found in window.notice.findChildren(QLabel))
    assert failure.reason in said
    assert failure.remedy in said
    assert "3 readings kept" in window.settings._kept.text()


def test_the_reasons_for_a_hit_are_shown_and_follow_the_choice(qtbot, window):
    window.search.open()
    window.search.field.setText("buffer")
    qtbot.waitUntil(lambda: window.search.settled and window.search.items.rowCount() > 1)
    assert not window.search.why.isVisible()
    key, control = Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(window.search.field, key, control)
    qtbot.waitUntil(window.search.why.isVisible)
    first = window.search.state.hits[0].document_name
    assert [row.words for row in window.search.why.rows] == ["“buffer”", f"“{first}”"]
    assert "75%" in window.search.why.accessibleDescription()
    assert "in 3 of 1,204 passages" in window.search.why.rows[0].said
    qtbot.keyClick(window.search.field, Qt.Key.Key_Down)
    second = window.search.state.hits[1]
    qtbot.waitUntil(lambda: window.search.why.rows[1].words == f"“{second.document_name}”")
    qtbot.keyClick(window.search.field, key, control)
    assert not window.search.why.isVisible()


def test_an_answer_is_saved_in_a_file_of_the_users_choice(qtbot, window, tmp_path):
    window.open_chat(window.sidebar.state.chats[0].id)
    qtbot.waitUntil(lambda: any(one.answer for one in window.chat.exchanges))
    key = window.chat.transcript._texts[0].key
    window.chat.transcript.anchorClicked.emit(QUrl(f"save:{key}"))
    dialog = window.findChild(QFileDialog)
    assert dialog.selectedFiles()[0].endswith(".answer.json")
    target = tmp_path / "mine.answer.json"
    dialog.filesSelected.emit([str(target)])
    qtbot.waitUntil(lambda: "mine.answer.json" in window.notice.words.text())
    assert target.read_text("utf-8") == window.chat.exchanges[0].question
