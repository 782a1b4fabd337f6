"""No dialog needs a mouse: Tab reaches all, the focus is seen, Enter and Escape work."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLineEdit,
    QScrollArea,
    QWidget,
)
from test_way_in import FakeDoor

from carrel.domain.documents import Failure
from carrel.ui.bridge import Deliveries
from carrel.ui.dialogs.ask import FailureDialog, confirm
from carrel.ui.dialogs.choose import choose_files
from carrel.ui.dialogs.create import CreateDialog
from carrel.ui.dialogs.help import TOPICS, HelpDialog
from carrel.ui.dialogs.rename import RenameDialog
from carrel.ui.dialogs.seal import SealDialog, WorkspaceDialog
from carrel.ui.dialogs.unlock import UnlockDialog
from carrel.ui.settings_page.state import SHORTCUTS
from carrel.ui.sidebar.state import PageName

MAKERS = {
    "help": lambda window: opened(HelpDialog(window, window.theme)),
    "seal": lambda window: opened(SealDialog(window, window.theme, window.app.seal)),
    "workspace": lambda window: opened(WorkspaceDialog(window, window.theme, window.app.info)),
    "rename": lambda window: opened(RenameDialog(window, window.theme, "A title")),
    "failure": lambda window: opened(
        FailureDialog(window, window.theme, Failure(code="x.y", reason="No.", remedy="Yes."))
    ),
    "confirm": lambda window: confirm(
        window, window.theme, title="Sure?", words="Really?", action="Delete", accepted=lambda: None
    ),
}


def opened(dialog):
    dialog.open()
    return dialog


@pytest.fixture(params=MAKERS)
def dialog(request, qtbot, window):
    made = MAKERS[request.param](window)
    qtbot.waitUntil(lambda: made.isVisible() and QApplication.focusWidget() is not None)
    yield made
    made.close()


def assert_tab_reaches_all(qtbot, dialog):
    wanted = {
        child
        for child in dialog.findChildren(QWidget)
        if child.isVisible()
        and child.isEnabled()
        and isinstance(child, QAbstractButton | QLineEdit)
        and child.focusPolicy() & Qt.FocusPolicy.TabFocus
    }
    assert wanted
    reached = set()
    for _ in range(len(wanted) + 4):
        focused = QApplication.focusWidget()
        assert dialog.isAncestorOf(focused)
        reached.add(focused)
        before = dialog.grab().toImage()
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
        if QApplication.focusWidget() is not focused and not isinstance(focused, QScrollArea):
            assert dialog.grab().toImage() != before
    assert wanted <= reached
    assert all(child.accessibleName() or child.text() for child in wanted)


def test_tab_reaches_everything_and_the_focus_is_seen(qtbot, dialog):
    assert_tab_reaches_all(qtbot, dialog)


@pytest.mark.parametrize("kind", [CreateDialog, UnlockDialog])
def test_the_way_in_needs_no_mouse(qtbot, theme, fake, tmp_path, kind):
    door = FakeDoor(fake, tmp_path)
    with ThreadPoolExecutor(1) as threads:
        last = threads if kind is CreateDialog else tmp_path
        made = kind(theme, door, Deliveries(), last)
        qtbot.addWidget(made)
        made.show()
        qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
        assert isinstance(QApplication.focusWidget(), QLineEdit)

        assert_tab_reaches_all(qtbot, made)


def test_escape_closes_it(qtbot, dialog):
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)

    qtbot.waitUntil(lambda: not dialog.isVisible())


def test_enter_does_the_harmless_thing(qtbot, dialog):
    accepted = []
    dialog.accepted.connect(lambda: accepted.append(1))

    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert bool(accepted) == (dialog.windowTitle() != "Sure?")


def test_enter_presses_the_button_that_has_the_focus(qtbot, window):
    dialog = RenameDialog(window, window.theme, "A title")
    dialog.open()
    renamed = []
    dialog.renamed.connect(renamed.append)
    cancel = next(b for b in dialog.findChildren(QAbstractButton) if b.text() == "Cancel")
    cancel.setFocus()

    qtbot.keyClick(cancel, Qt.Key.Key_Return)

    assert not dialog.isVisible()
    assert not renamed


def test_enter_presses_a_button_of_the_window_too(qtbot, window):
    found = next(b for b in window.findChildren(QAbstractButton) if b.text().strip() == "Models")
    found.setFocus()

    qtbot.keyClick(found, Qt.Key.Key_Return)

    assert window.page is PageName.MODELS


def test_f1_explains_answers_and_lists_the_keys(qtbot, window):
    qtbot.keyClick(window, Qt.Key.Key_F1)

    sheet = window.findChild(HelpDialog)
    qtbot.waitUntil(sheet.isVisible)
    words = " ".join(child.text() for child in sheet.findChildren(type(sheet.title)))
    assert all(title in words for _, title, _ in TOPICS)
    assert all(keys in words for keys, _ in SHORTCUTS)
    assert sheet.height() <= sheet.screen().availableGeometry().height()


def test_every_key_in_the_list_does_something(window):
    bound = {key.split(" ")[0] for key in window.keys}
    own = {"Enter", "Shift+Enter", "Esc", "Ctrl+5"}  # of the composer; a range
    own |= {"F2", "Del", "Ctrl+Z"}  # of the documents page, see test_keeping
    own |= {"Alt+Up"}  # of the page of tools, see test_workbench
    listed = {
        key.strip().replace("−", "-")
        for keys, _ in SHORTCUTS
        for part in keys.split("…")
        for key in part.split(",")
    }
    assert listed - bound <= own


def test_choosing_a_file_leaves_no_trace_of_its_folder(qtbot, window, tmp_path):
    file = tmp_path / "secret merger.pdf"
    file.write_bytes(b"x")
    chosen = []
    chooser = choose_files(window, "Add files", chosen.extend)
    chooser.setDirectory(str(tmp_path))
    chooser.selectFile(str(file))
    chooser.accept()
    qtbot.waitUntil(lambda: not shiboken6.isValid(chooser))

    assert chosen == [file]
    kept = Path(os.environ["XDG_CONFIG_HOME"])
    assert not [path for path in kept.rglob("*") if tmp_path.name in path.read_text("utf-8")]
    assert not list(kept.rglob("QtProject*"))
