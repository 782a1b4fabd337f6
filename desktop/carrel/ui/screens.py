"""Pictures of the real window, taken without a display.

For ``carrel demo`` and for whoever looks at the design. Drives the window
through the main journey and waits for facts, never for time. What is shown is
never staged: files are dropped, events come from the core. Must not know what
the documents say.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    QMimeData,
    QPointF,
    Qt,
    QTimer,
    QUrl,
)
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLayout, QListView

from carrel.domain.answers import Answer, Citation, Exchange
from carrel.domain.documents import Document, UnitKind
from carrel.domain.events import AddingFinished, Event, FileProgressed
from carrel.domain.ids import ExchangeId
from carrel.ui.api import AppApi
from carrel.ui.main import make_application
from carrel.ui.sidebar.state import PageName
from carrel.ui.theme import ThemeChoice
from carrel.ui.viewer.state import Place
from carrel.ui.window import HEIGHT, WIDTH, MainWindow

WAIT_SECONDS: Final = 20.0
"""The longest wait for one fact, such as a page image; a slow machine needs a few seconds."""

ADDING_SECONDS: Final = 120.0
"""The longest wait for documents to be added; the samples take two seconds."""

PLANNING_SECONDS: Final = 60.0
"""The longest wait for all models to be planned; a large one takes some seconds."""

LONGEST_PAUSE: Final = 500
"""Milliseconds; single-shot timers up to this are pauses of the layout, longer ones are not."""

BOTH: Final = (ThemeChoice.LIGHT, ThemeChoice.DARK)

Found = TypeVar("Found")


def take_first_screens(app: AppApi, folder: Path, paths: Sequence[Path]) -> list[Path]:
    """Add documents as a user does, and take pictures of it in both themes.

    Args:
        app: without documents.
        folder: where the pictures go; must exist.
        paths: dropped on the window.

    Returns:
        The files: empty, drop and adding, each light and dark.

    Raises:
        TimeoutError: the files were not added in `ADDING_SECONDS`.
    """
    with _shots(app, folder, ThemeChoice.LIGHT) as shots:
        shots.take_first(list(paths))
    return shots.files


def take_screens(app: AppApi, folder: Path, theme: str) -> list[Path]:
    """Take pictures of the window in one theme.

    Args:
        app: with some documents and at least one answered question.
        folder: where the pictures go; must exist.
        theme: ``light`` or ``dark``.

    Returns:
        The files: answer, source, reading, find, mail, documents, models, model,
        questionnaire, search, why, start; those that the content of the app allows.
    """
    with _shots(app, folder, ThemeChoice(theme)) as shots:
        shots.take_all()
    return shots.files


def take_kinds(
    app: AppApi, folder: Path, theme: str, pictures: Mapping[ExchangeId, str]
) -> list[Path]:
    """Open the first citation of some answers, and take a picture of each.

    Args:
        app: holds these answers.
        folder: where the pictures go; must exist.
        theme: ``light`` or ``dark``.
        pictures: what they are to be called.

    Returns:
        The files, in the order of the chats; of a page in a picture another with lines around the
        words that were recognised.
    """
    with _shots(app, folder, ThemeChoice(theme)) as shots:
        shots.take_cited(pictures)
    return shots.files


@contextmanager
def _shots(app: AppApi, folder: Path, theme: ThemeChoice) -> "Iterator[_Shots]":
    _application, made = make_application(theme)
    made.choose(theme)
    window = MainWindow(app, made)
    try:
        window.resize(WIDTH, HEIGHT)
        window.show()
        yield _Shots(window, folder)
    finally:
        window.hide()
        window.shut()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))


class _Shots:
    """One round of pictures."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        self._window, self._folder = window, folder
        self._held = self._finished = False
        self.files: list[Path] = []

    def take_first(self, paths: list[Path]) -> None:
        window = self._window
        self._wait_for_start()
        self._grab_both("empty")
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        place = QPointF(window.width() / 2, window.height() / 2)
        how = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton)
        plain = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(window, QDragEnterEvent(place.toPoint(), *how, plain))
        self._wait(lambda: bool(window.overlay.measured))
        self._grab_both("drop")
        window.bridge.event_published.connect(self._on_event_published)
        QApplication.sendEvent(window, QDropEvent(place, *how, plain))
        window.show_page(PageName.DOCUMENTS)
        self._wait(lambda: self._held or self._finished, ADDING_SECONDS)
        if self._held:
            self._grab_both("adding")
            window.bridge.release()
        self._wait(lambda: self._finished, ADDING_SECONDS)
        if not self._finished:
            raise TimeoutError("the files were not added in time")

    def _on_event_published(self, event: Event) -> None:
        """Hold the moment at which the core reports how far a file is."""
        match event:
            case FileProgressed(step="reading", done=done) if done and not self._held:
                self._held = True
                self._window.bridge.hold()
            case AddingFinished():
                self._finished = True

    def _wait_for_start(self) -> None:
        window = self._window
        self._wait(lambda: window.library.state.loaded and window.catalog.state.loaded)
        self._wait(lambda: window.catalog.state.machine.memory_total > 0)

    def take_all(self) -> None:
        window = self._window
        self._wait_for_start()
        exchange = self._newest(_first_page)
        if exchange is not None:
            self._answer(exchange, "answer")
        text = self._newest(_first_text)
        if text is not None:
            self._answer(text, "source")
        self._viewers()
        window.close_viewer()
        window.show_page(PageName.DOCUMENTS)
        self._grab("documents")
        self._models()
        self._questionnaire()
        window.new_chat()
        if exchange is not None:
            self._search(exchange)
        self._grab("empty" if not window.library.documents else "start")

    def take_cited(self, pictures: Mapping[ExchangeId, str]) -> None:
        window = self._window
        self._wait_for_start()
        for chat in self._result(window.app.chats().result):
            for exchange in self._result(window.app.exchanges(chat.id).result):
                if exchange.id not in pictures:
                    continue
                name = pictures[exchange.id]
                self._answer(exchange, name)
                view = window.viewer.state.view
                if view is not None and view.unit.recognised is not None:
                    window.viewer.pages.words_chosen.emit(True)  # noqa: FBT003 - as the menu does
                    self._grab(f"{name}_words")
                    window.viewer.pages.words_chosen.emit(False)  # noqa: FBT003

    def _answer(self, exchange: Exchange, name: str) -> None:
        window = self._window
        window.open_chat(exchange.chat)
        # asked again on purpose: futures are served in order, so this one is done after the page's
        self._result(window.app.exchanges(exchange.chat).result)
        self._wait(lambda: exchange.id in {shown.id for shown in window.chat.exchanges})
        cited = exchange.answer.citations if exchange.answer else ()
        if cited and cited[0].source_text:
            window.chat.next_citation()
            self._wait(lambda: window.viewer.state.place is not None)
            self._wait(self._filled)
        self._grab(name)

    def _viewers(self) -> None:
        """A text with a citation marked, words found on pages, and a mail with its header."""
        texts = {one.id for one in self._window.library.documents if one.kind == "docx"}

        def in_text(answer: Answer | None) -> Citation | None:
            found = _first_text(answer)
            return found if found and found.document in texts else None

        cited = self._newest(in_text)
        if cited is not None:
            self._answer(cited, "reading")
        paged = self._newest(_first_page)
        if paged is not None:
            self._find(paged)
        mail = next((one for one in self._window.library.documents if one.kind == "eml"), None)
        if mail is not None:
            self._mail(mail)

    def _find(self, exchange: Exchange) -> None:
        """Look for the longest word of a citation in the document it is from."""
        cited, pane = _first_page(exchange.answer), self._window.viewer
        if not cited or not cited.document or not cited.place or not cited.source_text.split():
            return
        number = cited.place.number
        place = Place(document=cited.document, document_name=cited.document_name, number=number)
        self._window.open_place(place)
        self._wait(lambda: pane.settled)
        pane.finder.open(max(cited.source_text.split(), key=len).strip(".,:;()"))
        self._wait(lambda: pane.settled)
        self._grab("find")
        pane.finder.close_wanted.emit()

    def _mail(self, mail: Document) -> None:
        pane = self._window.viewer
        self._window.open_place(Place(document=mail.id, document_name=mail.name, number=1))
        self._wait(lambda: len(pane.attached.shown) == mail.members and self._filled())
        self._grab("mail")

    def _filled(self) -> bool:
        """Whether the viewer shows all that it has room for."""
        pane = self._window.viewer
        reading = pane.body.currentWidget() is pane.reading
        return pane.settled and (pane.reading.filled or not reading)

    def _models(self) -> None:
        """The models as they are planned, then the first with its details."""
        page = self._window.catalog
        self._window.show_page(PageName.MODELS)
        self._wait(lambda: not page.state.unplanned, PLANNING_SECONDS)
        self._grab("models")
        if page.state.installed:
            page.open_details(page.state.installed[0].name)
            self._grab("model")

    def _questionnaire(self) -> None:
        """The newest questionnaire, if there is one."""
        if not self._result(self._window.app.questionnaires.list):
            return
        self._window.show_page(PageName.TOOLS)
        tool = self._window.workbench.open_tool("questionnaire")
        view = tool.findChild(QListView)
        model = view.model() if isinstance(view, QListView) else None
        self._wait(lambda: model is not None and model.rowCount() > 0)
        self._grab("questionnaire")

    def _search(self, exchange: Exchange) -> None:
        window = self._window
        window.search.open()
        window.search.field.setText(" ".join(exchange.question.rstrip("?").split()[-3:]))
        self._wait(lambda: bool(window.search.state.query) and window.search.settled)
        self._grab("search")
        window.search.explain.toggle()
        self._wait(window.search.why.isVisible)
        self._grab("why")
        window.search.explain.toggle()
        window.search.close_panel()

    def _newest(self, cited: Callable[[Answer | None], Citation | None]) -> Exchange | None:
        app = self._window.app
        for chat in self._result(app.chats().result):
            for exchange in reversed(self._result(app.exchanges(chat.id).result)):
                if cited(exchange.answer) is not None:
                    return exchange
        return None

    def _result(self, get: Callable[[], Found]) -> Found:
        """A future's result; here waiting is allowed, since nobody uses this window."""
        found = get()
        self._settle()
        return found

    def _grab_both(self, name: str) -> None:
        for theme in BOTH:
            self._window.theme.choose(theme)
            self._grab(name)

    def _grab(self, name: str) -> None:
        self._settle()
        self._wait(self._rests)
        self._settle()
        path = self._folder / f"{name}_{'dark' if self._window.theme.dark else 'light'}.png"
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

    def _wait(self, fact: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
        end = time.monotonic() + seconds
        while not fact() and time.monotonic() < end:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)


def _first_page(answer: Answer | None) -> Citation | None:
    """The first citation, if it leads to a page."""
    first = _first(answer)
    return first if first and first.place and first.place.kind is UnitKind.PAGE else None


def _first_text(answer: Answer | None) -> Citation | None:
    """The first citation, if it leads to a place that is no page."""
    first = _first(answer)
    return first if first and first.place and first.place.kind is not UnitKind.PAGE else None


def _first(answer: Answer | None) -> Citation | None:
    if answer is None:
        return None
    return next((c for c in answer.citations if c.document is not None and c.place), None)
