"""From the start to the window: key store, passphrase, recovery code, a new workspace."""

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from fake_app import FakeApp
from PySide6.QtCore import Qt

from carrel.domain.errors import WorkspaceError
from carrel.ui.api import Created
from carrel.ui.bridge import Deliveries
from carrel.ui.dialogs.create import CreateDialog
from carrel.ui.dialogs.strength import strength
from carrel.ui.dialogs.unlock import UnlockDialog
from carrel.ui.main import WayIn

CODE = "K7QF-2M9X-W4TD-8HRB-PZ3N-6VCJ-YS5G-A1EK"
GOOD = "grey otter lamp seventeen"


class FakeDoor:
    """Opens with one passphrase; each future is done when the test says so."""

    def __init__(self, app, folder, *, exists=True, keyring=False):
        self.app, self.folder, self.exists, self.keyring = app, folder, exists, keyring
        self.suggested_folder = folder / "workspace"
        self.created, self.tried = [], []

    def has_workspace(self, folder):
        return done(self.exists)

    def open_with_keyring(self, folder):
        return done(self.app if self.keyring else None)

    def create(self, folder, *, name, passphrase):
        self.created.append((folder, name, passphrase))
        return done(Created(app=self.app, recovery_code=CODE))

    def unlock(self, folder, *, passphrase=None, recovery=None):
        self.tried.append((passphrase, recovery))
        if passphrase == GOOD or recovery == CODE:
            return done(self.app)
        failed = Future()
        failed.set_exception(WorkspaceError(cause="the passphrase is wrong"))
        return failed


def done(value):
    future = Future()
    future.set_result(value)
    return future


@pytest.fixture
def threads():
    with ThreadPoolExecutor(1) as made:
        yield made


@pytest.fixture
def create(qtbot, theme, fake, tmp_path, threads):
    door = FakeDoor(fake, tmp_path)
    dialog = CreateDialog(theme, door, Deliveries(), threads)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog, door


def test_a_workspace_needs_a_passphrase_typed_twice(create):
    dialog, _ = create
    assert not dialog.go.isEnabled()
    dialog.first.setText("12345678")
    dialog.second.setText("12345678")
    assert not dialog.go.isEnabled()
    assert "Too easy" in dialog.hint.text()
    dialog.first.setText(GOOD)
    dialog.second.setText(GOOD[:-1] + "x")
    assert not dialog.go.isEnabled()
    assert dialog.problem.isVisible()
    dialog.second.setText(GOOD)
    assert dialog.go.isEnabled()


def test_the_recovery_code_cannot_be_lost_by_a_slip(qtbot, create):
    dialog, door = create
    opened = []
    dialog.created.connect(opened.append)
    dialog.first.setText(GOOD)
    dialog.second.setText(GOOD)
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.code.text().replace("\n", "") == CODE)

    assert dialog.first.text() == dialog.second.text() == ""
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    dialog.close()
    assert dialog.isVisible()
    assert not dialog.go.isEnabled()
    dialog.written.setChecked(True)
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)

    assert opened == [door.app]
    assert not dialog.isVisible()
    assert door.created == [(door.suggested_folder, "My documents", GOOD)]


def test_the_code_can_be_saved_to_a_file(qtbot, create, tmp_path):
    dialog, _ = create
    dialog._on_created(Created(app=dialog._door.app, recovery_code=CODE))
    dialog._on_file_chosen([tmp_path / "code.txt"])
    qtbot.waitUntil(lambda: "Saved" in dialog.said.text())

    assert CODE in (tmp_path / "code.txt").read_text("utf-8")
    dialog._on_file_chosen([tmp_path / "missing" / "code.txt"])
    qtbot.waitUntil(lambda: "could not be saved" in dialog.said.text())


def test_a_wrong_passphrase_is_said_and_can_be_typed_again(qtbot, theme, fake, tmp_path):
    door = FakeDoor(fake, tmp_path)
    dialog = UnlockDialog(theme, door, Deliveries(), tmp_path)
    qtbot.addWidget(dialog)
    dialog.show()
    opened = []
    dialog.opened.connect(opened.append)

    qtbot.keyClicks(dialog.passphrase, "wrong")
    qtbot.keyClick(dialog.passphrase, Qt.Key.Key_Return)
    qtbot.waitUntil(dialog.problem.isVisible)
    assert "the passphrase is wrong" in dialog.problem.text()
    assert not opened

    qtbot.mouseClick(dialog.switch, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(dialog.recovery, CODE)
    qtbot.keyClick(dialog.recovery, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened == [fake])
    assert door.tried == [("wrong", None), (None, CODE)]


def test_the_key_store_opens_the_window_without_a_question(qtbot, qapp, theme, tmp_path):
    app = FakeApp()
    way = WayIn(qapp, FakeDoor(app, tmp_path, keyring=True), theme, tmp_path, [tmp_path / "a.pdf"])
    way.begin()
    qtbot.waitUntil(lambda: way.window is not None and way.window.isVisible())

    assert app.added == [[tmp_path / "a.pdf"]]
    qapp.setQuitOnLastWindowClosed(False)
    way.window.close()
    way.window.threads.shutdown(wait=True)
    way.close()
    assert app.closed


def test_a_folder_without_a_workspace_offers_to_make_one_there(qtbot, qapp, theme, fake, tmp_path):
    way = WayIn(qapp, FakeDoor(fake, tmp_path, exists=False), theme, tmp_path / "new", [])
    way.begin()
    qtbot.waitUntil(lambda: isinstance(way._dialog, CreateDialog))

    assert way._dialog.folder.text() == str(tmp_path / "new")
    way._dialog.hide()
    way._dialog.deleteLater()
    way._threads.shutdown()


@pytest.mark.parametrize(
    ("passphrase", "accepted"),
    [
        ("", False),
        ("password", False),
        ("1234567890123456", False),
        ("aaaaaaaaaaaaaaaaaaaa", False),
        ("qwertyuiopasdfgh", False),
        ("grey otter lamp seventeen", True),
        ("x9#Kq2!vLm", True),
        ("otter otter otter otter otter", False),
        ("流动性 披露 摘要 财务 报告", True),
    ],
)
def test_what_is_easy_to_guess_is_refused(passphrase, accepted):
    assert strength(passphrase).accepted is accepted
