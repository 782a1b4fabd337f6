"""Pictures in the real window: shown; recognised words are found, marked, selected and copied."""

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from carrel.app import App
from carrel.domain.documents import Span
from carrel.domain.events import FileAdded, RecognitionFinished
from carrel.domain.workspaces import Seal
from carrel.settings import Settings
from carrel.ui.main import make_application
from carrel.ui.theme import ThemeChoice
from carrel.ui.viewer.state import Place
from carrel.ui.window import MainWindow
from carrel.workspace.store import Workspace
from made_scans import LEASE, picture, png, tiff
from made_workspaces import MemoryKeyStore

SEAL = Seal(active=True, calls="", files="", landlock_abi=0)
WORD = "landlord"
LONGEST_SECONDS = 60.0


def wait(fact):
    """Let the window live until something is so."""
    end = time.monotonic() + LONGEST_SECONDS
    while not (found := fact()):
        assert time.monotonic() < end, "it did not happen"
        QTest.qWait(10)
    return found


def scans(folder: Path) -> list[Path]:
    image = picture(*LEASE)
    (folder / "scan.png").write_bytes(png(image.copy()))
    (folder / "scan.tiff").write_bytes(tiff([picture("Another page altogether."), image.copy()]))
    image.convert("RGB").save(folder / "scan.jpg", dpi=(150, 150), quality=92)
    return [folder / f"scan.{suffix}" for suffix in ("png", "tiff", "jpg")]


@pytest.fixture
def office(tmp_path: Path):
    """The window of a workspace with one picture of each kind, all recognised."""
    folder = tmp_path
    created = Workspace.create(folder / "ws", name="Scans", key_store=MemoryKeyStore())
    app = App(created.workspace, SEAL, Settings(folder / "settings.json"), folder / "models")
    app.recognising.hurry()
    paths, documents, recognised = scans(folder), {}, set()
    with app.listen() as events:
        app.add_paths(paths)
        while len(recognised) < len(paths) or len(documents) < len(paths):
            match next(events):
                case FileAdded(path=path, document=document):
                    documents[Path(path).suffix] = document
                case RecognitionFinished(document=document):
                    recognised.add(document.id)
    _application, theme = make_application(ThemeChoice.LIGHT)
    theme.choose(ThemeChoice.LIGHT)
    window = MainWindow(app, theme)
    window.resize(1440, 900)
    window.show()
    wait(lambda: window.library.state.loaded)
    yield window, documents
    window.close()
    window.threads.shutdown(wait=True)
    window.deleteLater()
    app.close()


def opened(window, document, number, marks=()):
    """The viewer with a page of a picture."""
    name = document.name
    window.open_place(Place(document=document.id, document_name=name, number=number, marks=marks))
    wait(lambda: window.viewer.settled)
    return window.viewer


def points(page, span):
    """The middles of the first and the last letter, in the viewport."""
    text = page.selection.text
    boxes = [text.boxes(Span(at, at + 1))[0] for at in (span.start, span.end - 1)]
    middles = [QPointF((b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2) for b in boxes]
    return [page._transform().map(one) for one in middles]


def dark(picture_, at):
    """Whether there is ink near a point."""
    return any(
        picture_.pixelColor(round(at.x()) + x, round(at.y()) + y).lightness() < 110
        for x in range(-4, 5)
        for y in range(-4, 5)
    )


def test_recognised_words_are_selected_found_and_marked_on_pictures(office):
    window, documents = office
    for suffix, number in ((".png", 1), (".tiff", 2), (".jpg", 1)):
        pane = opened(window, documents[suffix], number)
        assert pane.state.view.page_like
        assert pane.pages.total.text().endswith("OCR")
        start = pane.state.view.unit.text.index(WORD)
        span = Span(start, start + len(WORD))
        _selects(pane, span)
        _finds(pane, span)
        _marks(opened(window, documents[suffix], number, (span,)), span)


def _selects(pane, span):
    """With the mouse; the words lie where the picture has ink."""
    page = pane.page
    first, last = points(page, span)
    shown = page.viewport().grab().toImage()
    assert dark(shown, first)
    assert dark(shown, last)
    left, right = QPointF(first.x() - 2, first.y()), QPointF(last.x() + 2, last.y())
    port = page.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=left.toPoint())
    move = QMouseEvent(
        QEvent.Type.MouseMove, right, port.mapToGlobal(right), Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(port, move)
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=right.toPoint())
    assert pane.selected.text == WORD
    QTest.keyClick(page, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == WORD
    page.selection.select(Span(0, 0))


def _tint(pane, span):
    """The colours under some words, from letter to letter."""
    first, last = points(pane.page, span)
    shown = pane.page.viewport().grab().toImage()
    row = round(first.y())
    return [shown.pixelColor(x, row) for x in range(round(first.x()), round(last.x()))]


def _finds(pane, span):
    plain = _tint(pane, span)
    pane.finder.open("LANDLORD")
    wait(lambda: pane.state.find.matches is not None and pane.settled)
    assert pane.state.find.said == "1 of 1"
    blue = [colour for colour in _tint(pane, span) if colour.blue() - colour.red() > 25]
    assert len(blue) > len(plain) / 4
    pane._close_find()


def _marks(pane, span):
    assert len(pane.state.view.mark_boxes) == 1
    colours = _tint(pane, span)
    yellow = [one for one in colours if one.red() > 240 and one.blue() < 190]
    assert len(yellow) > len(colours) / 4
