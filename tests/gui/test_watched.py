"""Watched folders in the window: the dialog, what it says, and hints from the system."""

from dataclasses import replace
from pathlib import Path

import sample
from fake_watching import NOW
from PySide6.QtWidgets import QMenu, QPushButton

from carrel.domain.documents import Failure
from carrel.domain.events import DocumentChanged, WatchingChanged
from carrel.domain.ids import FolderId
from carrel.domain.watching import WatchedFolder
from carrel.ui.hints import FolderHints
from carrel.ui.library_page.watched import NONE_YET, folder_words
from carrel.ui.sidebar.state import PageName
from carrel.ui.widgets.labels import ElidedLabel

FOLDER = WatchedFolder(
    id=FolderId(1), path=Path("/in/leases"), added_at=NOW, looked_at=NOW, files=1200
)
GONE = Failure(code="watch.gone", reason="It is not there.", remedy="Connect the disk.")


def opened(qtbot, window):
    window.show_page(PageName.DOCUMENTS)
    window.library._add_folder.click()
    (menu,) = [one for one in window.library.findChildren(QMenu) if one.isVisible()]
    entries = {entry.text(): entry for entry in menu.actions()}
    assert list(entries) == ["Add a folder…", "Watched folders…"]
    entries["Watched folders…"].trigger()
    menu.close()
    return window.library.watched


def names(dialog):
    return [found.toolTip() for found in dialog.list.widget().findChildren(ElidedLabel)]


def test_folders_are_added_and_taken_off_in_the_dialog(qtbot, window, fake):
    dialog = opened(qtbot, window)
    assert not dialog.look.isEnabled()
    dialog.add([Path("/in/leases")])
    qtbot.waitUntil(lambda: names(dialog) == ["/in/leases"])
    assert dialog.look.isEnabled()
    dialog.add([Path("/in/leases")])
    qtbot.waitUntil(lambda: "watched already" in dialog.said.text())
    (off,) = dialog.list.widget().findChildren(QPushButton)
    assert off.accessibleName() == "Stop watching /in/leases"
    off.click()
    qtbot.waitUntil(lambda: names(dialog) == [])
    assert fake.watching.watched == []
    assert "documents stay" in dialog.said.text()
    dialog.accept()


def test_looking_now_is_a_hint_unless_adding_is_paused(qtbot, window, fake):
    fake.watching.watched.append(FOLDER)
    dialog = opened(qtbot, window)
    qtbot.waitUntil(dialog.look.isEnabled)
    fake.paused = True
    dialog.look.click()
    assert (fake.watching.hints, "paused" in dialog.said.text()) == (0, True)
    fake.paused = False
    dialog.look.click()
    assert fake.watching.hints == 1
    dialog.accept()


def test_what_is_said_of_a_folder():
    assert folder_words(FOLDER, NOW + 10) == ["1,200 files · looked at just now"]
    busy = replace(FOLDER, waiting=2, left_out=("1 hidden file was left out (.env).",))
    assert folder_words(busy, NOW + 300) == [
        "1,200 files · 2 may still be written · looked at 5 minutes ago",
        "1 hidden file was left out (.env).",
    ]
    gone = folder_words(replace(FOLDER, trouble=GONE), NOW + 7200)
    assert gone == ["It is not there. Connect the disk.", "1,200 files · looked at 2 hours ago"]
    assert folder_words(replace(FOLDER, looked_at=None, trouble=GONE), NOW) == gone[:1]
    assert NONE_YET.startswith("No folder")


def test_a_document_whose_file_is_gone_says_so_in_its_row(qtbot, window, fake):
    gone = replace(sample.REPORT, gone=True)
    fake._send(DocumentChanged(document=gone))

    def said():
        rows = [window.library.items.row_at(window.library.items.index(at, 0)) for at in range(9)]
        return [row.detail for row in rows if row and row.document == gone.id]

    qtbot.waitUntil(lambda: said()[0].startswith("No longer in the folder"))


def test_a_change_in_a_folder_is_a_hint(qtbot, window, fake, tmp_path):
    fake.watching.listened = (tmp_path,)
    hints = FolderHints(fake.watching, window.bridge)
    try:
        ear = hints._ear
        qtbot.waitUntil(lambda: ear._watcher is not None and ear._watcher.directories() != [])
        (tmp_path / "new.txt").write_text("new")
        qtbot.waitUntil(lambda: fake.watching.hints > 0)
        fake.watching.listened = ()
        fake._send(WatchingChanged())
        qtbot.waitUntil(lambda: ear._watcher.directories() == [])
    finally:
        hints.close()
