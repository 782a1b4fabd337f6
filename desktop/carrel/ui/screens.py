"""Pictures of the real window, taken without a display.

For ``carrel demo`` and for whoever looks at the design. Drives the window
through the main journey and waits for facts, never for time. Must not know
what the documents say.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QLayout

from carrel.domain.answers import Answer, Citation, Exchange
from carrel.ui.api import AppApi
from carrel.ui.main import make_application
from carrel.ui.sidebar.state import PageName
from carrel.ui.theme import ThemeChoice
from carrel.ui.window import HEIGHT, WIDTH, MainWindow

WAIT_SECONDS: Final = 20.0
"""The longest wait for one fact, such as a page image; a slow machine needs a few seconds."""

LONGEST_PAUSE: Final = 500
"""Milliseconds; single-shot timers up to this are pauses of the layout, longer ones are not."""

Found = TypeVar("Found")


def take_screens(app: AppApi, folder: Path, theme: str) -> list[Path]:
    """Take pictures of the window in one theme.

    Args:
        app: with some documents and at least one answered question.
        folder: where the pictures go; must exist.
        theme: ``light`` or ``dark``.

    Returns:
        The files: answer, documents, models, search, empty, drop; those that the
        content of the app allows.
    """
    _application, made = make_application(ThemeChoice(theme))
    made.choose(ThemeChoice(theme))
    window = MainWindow(app, made)
    shots = _Shots(window, folder, theme)
    try:
        window.resize(WIDTH, HEIGHT)
        window.show()
        shots.take_all()
    finally:
        window.hide()
        window.shut()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
    return shots.files


class _Shots:
    """One round of pictures."""

    def __init__(self, window: MainWindow, folder: Path, theme: str) -> None:
        self._window, self._folder, self._theme = window, folder, theme
        self.files: list[Path] = []

    def take_all(self) -> None:
        window = self._window
        self._wait(lambda: window.library.state.loaded and window.catalog.state.loaded)
        self._wait(lambda: window.catalog.state.machine.memory_total > 0)
        exchange = self._newest_answer()
        if exchange is not None:
            self._answer(exchange)
            window.overlay.open("3 files · 48 MB")
            self._grab("drop")
            window.overlay.hide()
        window.close_viewer()
        window.show_page(PageName.DOCUMENTS)
        self._grab("documents")
        window.show_page(PageName.MODELS)
        self._grab("models")
        window.new_chat()
        if exchange is not None:
            self._search(exchange)
        self._grab("empty" if not window.library.documents else "start")

    def _answer(self, exchange: Exchange) -> None:
        window = self._window
        window.open_chat(exchange.chat)
        # asked again on purpose: futures are served in order, so this one is done after the page's
        self._result(window.app.exchanges(exchange.chat).result)
        first = _first_page(exchange.answer)
        if first is not None:
            window.chat.next_citation()
            self._wait(lambda: window.viewer.state.place is not None)
            self._wait(lambda: window.viewer.settled)
        self._grab("answer")

    def _search(self, exchange: Exchange) -> None:
        window = self._window
        window.search.open()
        window.search.field.setText(" ".join(exchange.question.rstrip("?").split()[-3:]))
        self._wait(lambda: bool(window.search.state.query) and window.search.settled)
        self._grab("search")
        window.search.close_panel()

    def _newest_answer(self) -> Exchange | None:
        app = self._window.app
        for chat in self._result(app.chats().result):
            for exchange in reversed(self._result(app.exchanges(chat.id).result)):
                if exchange.answer is not None and _first_page(exchange.answer) is not None:
                    return exchange
        return None

    def _result(self, get: Callable[[], Found]) -> Found:
        """A future's result; here waiting is allowed, since nobody uses this window."""
        found = get()
        self._settle()
        return found

    def _grab(self, name: str) -> None:
        self._settle()
        self._wait(self._rests)
        self._settle()
        path = self._folder / f"{name}_{self._theme}.png"
        picture = self._window.grab()
        if not picture.save(str(path)):
            raise OSError(f"{path} could not be written")
        self.files.append(path)

    def _rests(self) -> bool:
        """Whether nothing waits for a pause, such as a layout for the end of dragging."""
        return not any(
            timer.isActive() and timer.isSingleShot() and timer.interval() <= LONGEST_PAUSE
            for timer in self._window.findChildren(QTimer)
        )

    def _settle(self) -> None:
        for _ in range(3):
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
            QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
        for layout in self._window.findChildren(QLayout):
            layout.activate()

    def _wait(self, fact: Callable[[], bool]) -> None:
        end = time.monotonic() + WAIT_SECONDS
        while not fact() and time.monotonic() < end:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)


def _first_page(answer: Answer | None) -> Citation | None:
    if answer is None:
        return None
    return next((c for c in answer.citations if c.document is not None and c.place), None)
