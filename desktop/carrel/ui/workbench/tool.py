"""What a tool is: a card in the gallery, and a view that is made when it is first opened.

Must not know any tool.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from carrel.domain.documents import Document
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.theme import Theme
from carrel.ui.widgets.buttons import icon_button
from carrel.ui.widgets.header import PageHeader


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What every tool is made with.

    Attributes:
        app: the core.
        bridge: carries events and results of futures to the window's thread.
        theme: colours, icons and fonts.
        threads: for short work that is not the core's, such as writing an export.
    """

    app: AppApi
    bridge: EventBridge
    theme: Theme
    threads: ThreadPoolExecutor


class ToolView(QWidget):
    """One tool: a header with a way back, and below it what the tool shows.

    A tool fills `column` and adds its actions to `header`.

    Signals:
        back_wanted: the user wants to see all tools.
        citation_activated: show a citation; carries it and the tuple of those around it.
        place_wanted: show a place in a document; carries a `Place`.
        models_wanted: the user has to choose a model first.
        told: something to say in the window's notice; carries the words.
    """

    back_wanted = Signal()
    citation_activated = Signal(object, object)
    place_wanted = Signal(object)
    models_wanted = Signal()
    told = Signal(str)

    def __init__(self, equipment: Equipment, title: str) -> None:
        """Show the header only."""
        super().__init__()
        self.app, self.bridge = equipment.app, equipment.bridge
        self.theme, self.threads = equipment.theme, equipment.threads
        self.setAccessibleName(title)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.header = PageHeader(title)
        self.back = icon_button(self.theme, "arrow-left", "All tools")
        self.back.clicked.connect(self.back_wanted)
        self.header.lead(self.back)
        self.column.addWidget(self.header)

    def show_documents(self, documents: tuple[Document, ...]) -> None:
        """Take the documents of the workspace, at first and whenever they change."""

    def open(self) -> None:
        """The tool has come to the front: ask for what may have changed, and take the focus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """An entry of the gallery.

    Attributes:
        name: short and stable, such as ``questionnaire``.
        icon: Lucide name.
        title: what it is called.
        line: one sentence that says what one gets.
        make: builds its view, once.
    """

    name: str
    icon: str
    title: str
    line: str
    make: Callable[[Equipment], ToolView]
