"""The real window on the real core: every click and key leads to real children and a real disk."""

import time
import tomllib
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from carrel.app import Door
from carrel.domain.answers import AnswerMode, ExchangeState, Verdict
from carrel.domain.documents import DocumentState
from carrel.domain.installed import NANO_PROFILE, EngineState
from carrel.domain.workspaces import Seal
from carrel.ui.chat_page.state import Step
from carrel.ui.dialogs.create import CreateDialog
from carrel.ui.dialogs.unlock import UnlockDialog
from carrel.ui.library_page.item_model import ROW_ROLE
from carrel.ui.main import WayIn, make_application
from carrel.ui.screens import take_first_screens
from carrel.ui.sidebar.state import PageName
from carrel.ui.theme import ThemeChoice

SAMPLES = Path(__file__).resolve().parents[2] / "assets" / "samples"
SEAL = Seal(active=True, calls="Only local sockets.", files="Nothing else.", landlock_abi=4)
PASSPHRASE = "grey otter lamp seventeen"
LONGEST_SECONDS = 40.0


def wait(fact):
    """Let the window live until something is so."""
    end = time.monotonic() + LONGEST_SECONDS
    while not (found := fact()):
        assert time.monotonic() < end, "it did not happen"
        QTest.qWait(10)
    return found


def press(widget, name):
    """Press the button that is called so."""
    found = [
        b for b in widget.findChildren(QAbstractButton) if name in (b.text(), b.accessibleName())
    ]
    shown = [button for button in found if button.isVisible() and button.isEnabled()]
    assert shown, f"no button “{name}”"
    QTest.mouseClick(shown[0], Qt.MouseButton.LeftButton)


def drop(window, paths):
    """Drag files over the window and let go."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place = QPointF(400, 300)
    how = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton)
    plain = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(place.toPoint(), *how, plain))
    assert window.overlay.isVisible()
    QApplication.sendEvent(window, QDropEvent(place, *how, plain))
    assert not window.overlay.isVisible()


def rows(window):
    items = window.library.items
    return [items.index(at).data(ROW_ROLE) for at in range(items.rowCount())]


def ask(window, question):
    """Type a question and press Enter; returns the stored exchange."""
    before = {exchange.id for exchange in window.chat.exchanges}
    field = window.chat.composer.field
    QTest.keyClicks(field, question)
    QTest.keyClick(field, Qt.Key.Key_Return)

    def answered():
        return [found for found in window.chat.exchanges if found.id not in before]

    return wait(answered)[0]


@contextmanager
def opened(folder, passphrase=PASSPHRASE):
    """The way in, as at the start of the program, closed again at the end."""
    application, theme = make_application(ThemeChoice.LIGHT)
    door = Door(SEAL, remember=True)
    way = WayIn(application, door, theme, folder or door.folder, [])
    try:
        way.begin()
        if passphrase:
            dialog = wait(lambda: isinstance(way._dialog, UnlockDialog) and way._dialog)
            dialog.passphrase.setText(passphrase)
            QTest.keyClick(dialog.passphrase, Qt.Key.Key_Return)
            wait(lambda: way.window)
            ready(way.window)
        yield way
    finally:
        if way.window is not None:
            way.window.close()
            way.window.threads.shutdown(wait=True)
            way.window.deleteLater()
        way.close()
        door.close()
        application.setQuitOnLastWindowClosed(False)


def ready(window):
    wait(lambda: window.library.state.loaded and window.catalog.state.loaded)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home of this module's own: its settings and models are nobody else's."""
    folder = tmp_path_factory.mktemp("window-home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CACHE", "CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
        yield folder


@pytest.fixture(scope="module")
def workspace(home, qapp):
    """Made by hand, as at the first start, with the sample documents dropped on it.

    Returns:
        What was seen on the way.
    """
    seen = {}
    with opened(None, passphrase="") as way:
        dialog = wait(lambda: isinstance(way._dialog, CreateDialog) and way._dialog)
        dialog.name.setText("Northgate")
        QTest.keyClicks(dialog.first, PASSPHRASE)
        QTest.keyClicks(dialog.second, PASSPHRASE)
        press(dialog, "Create workspace")
        wait(dialog.code.text)
        seen["code"] = dialog.code.text().replace("\n", "")
        dialog.written.click()
        press(dialog, "Open the workspace")
        window = wait(lambda: way.window)
        ready(window)
        seen["title"] = window.windowTitle()
        seen["folder"] = window.app.info.folder
        seen["slots"] = set(window.app.info.slots)
        seen["start"] = window.library.documents
        broken = home / "broken.pdf"
        broken.write_bytes(b"%PDF-1.7\nthis is no page")
        window.show_page(PageName.DOCUMENTS)
        dropped = [*sorted((SAMPLES / "documents").iterdir()), broken]
        drop(window, dropped)
        steps = set()

        def through():
            steps.update((row.name, row.state) for row in rows(window))
            listed = {found.name for found in window.library.documents}
            return {path.name for path in dropped} <= listed and not window.library.state.jobs

        wait(through)
        seen["steps"] = steps
        seen["rows"] = {row.name: row for row in rows(window)}
    return seen


@pytest.fixture
def window(workspace):
    """The window, unlocked with the passphrase."""
    with opened(workspace["folder"]) as way:
        yield way.window


def questions():
    listed = tomllib.loads((SAMPLES / "questions.toml").read_text("utf-8"))["question"]
    return {Path(found["file"]).suffix: found["question"] for found in reversed(listed)}


def test_the_first_start_leads_to_an_empty_window(workspace):
    assert workspace["title"].startswith("Northgate")
    assert {"passphrase", "recovery"} <= workspace["slots"]
    assert len(workspace["code"].replace("-", "")) >= 20
    assert workspace["start"] == ()


def test_what_was_dropped_is_seen_on_its_way_and_read(workspace):
    states = {name: row.state for name, row in workspace["rows"].items()}
    assert states.pop("broken.pdf") == "Not read"
    assert workspace["rows"]["broken.pdf"].remedy
    assert set(states.values()) == {"Ready"}
    assert {"Adding", "Waiting"} & {state for _, state in workspace["steps"]}


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".csv", ".eml"])
def test_an_answer_leads_to_its_place_with_the_words_marked(window, suffix):
    document = next(
        found
        for found in window.library.documents
        if found.name.endswith(suffix) and found.state is DocumentState.READ
    )
    window.chat.set_scope((document.id,))

    exchange = ask(window, questions()[suffix])

    first = exchange.answer.citations[0]
    assert exchange.mode is AnswerMode.PASSAGES
    assert exchange.answer.installed_model == NANO_PROFILE
    assert (first.verdict, first.document) == (Verdict.EXACT, document.id)
    QTest.keyClick(
        window.chat.composer.field, Qt.Key.Key_BracketRight, Qt.KeyboardModifier.ControlModifier
    )
    wait(lambda: window.viewer.state.view is not None and window.viewer.settled)
    assert window.viewer.isVisible()
    assert window.viewer.name.text() == document.name
    if suffix == ".pdf":
        assert window.viewer.page.has_image
        assert len(window.viewer.page.marks) == len(first.boxes) > 0
        seen = window.viewer.page.viewport().rect()
        assert seen.contains(window.viewer.page.marks[0].toRect())
    elif suffix == ".csv":
        sheet = window.viewer.body.sheet
        assert window.viewer.body.currentWidget() is sheet
        assert sheet.marked
        assert all(value in first.quote for value in sheet.marked)
        cited = sheet.table.visualRect(sheet.cells.index_of(sheet.cells.marked[0]))
        assert sheet.table.viewport().rect().intersects(cited)
    else:
        marked = " ".join("".join(window.viewer.text.marked).split())
        assert marked == " ".join(first.quote.split())
        rect = window.viewer.text.mark_rects()[0]
        assert 0 <= rect.top() < window.viewer.text.viewport().height() / 2


def test_an_imported_file_answers_and_stops_when_told(window, tiny_gguf):
    window.show_page(PageName.MODELS)
    window.catalog.import_paths([tiny_gguf])
    brought = wait(lambda: [one for one in window.catalog.state.installed if not one.built_in])
    name = brought[0].name
    press(window.catalog, "Load")
    wait(lambda: window.app.engine_state() == (EngineState.READY, name))
    window.show_page(PageName.CHATS)
    wait(lambda: window.chat.composer.installed_model == name)
    assert window.chat.composer.mode is AnswerMode.PASSAGES

    question = "What was the liquidity buffer at 30 September 2025?"
    QTest.keyClicks(window.chat.composer.field, question)
    QTest.keyClick(window.chat.composer.field, Qt.Key.Key_Return)
    wait(lambda: (live := window.chat._state.live) and (live.answer or live.thinking))
    assert window.chat._state.live.step in {Step.THINKING, Step.WRITING}
    began = time.monotonic()
    press(window.chat.composer, "Stop")
    exchange = wait(lambda: window.chat.exchanges)[0]

    assert time.monotonic() - began < 1.0
    assert exchange.state is ExchangeState.STOPPED
    assert exchange.question == question
    assert exchange.answer.installed_model == name
    assert not window.chat.busy


def test_a_wrong_passphrase_is_said_and_the_right_one_opens_what_was_kept(workspace):
    with opened(None, passphrase="") as way:  # the folder is remembered
        dialog = wait(lambda: isinstance(way._dialog, UnlockDialog) and way._dialog)
        QTest.keyClicks(dialog.passphrase, "something else")
        QTest.keyClick(dialog.passphrase, Qt.Key.Key_Return)
        wait(dialog.problem.isVisible)
        assert "passphrase" in dialog.problem.text()
        assert way.window is None

        QTest.keyClicks(dialog.passphrase, PASSPHRASE)  # what was typed wrong is selected
        QTest.keyClick(dialog.passphrase, Qt.Key.Key_Return)
        window = wait(lambda: way.window)
        ready(window)

        assert {d.name for d in window.library.documents} == set(workspace["rows"])
        ask(window, "When was the waiver requested?")
    with opened(workspace["folder"]) as way:
        chats = wait(lambda: way.window.sidebar.state.chats)
        way.window.open_chat(chats[0].id)
        kept = wait(lambda: way.window.chat.exchanges)
        assert kept[0].question == "When was the waiver requested?"


def test_the_first_pictures_show_what_really_happens(home, qapp, tmp_path):
    door = Door(SEAL)
    app = door.create(tmp_path / "new", name="New", passphrase=PASSPHRASE).result().app
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    try:
        files = take_first_screens(app, pictures, sorted((SAMPLES / "documents").iterdir()))
    finally:
        app.close()
        door.close()
    names = {path.stem for path in files}
    assert names == {
        f"{page}_{theme}" for page in ("empty", "drop", "adding") for theme in ("light", "dark")
    }
    assert len({path.read_bytes() for path in files}) == 6
