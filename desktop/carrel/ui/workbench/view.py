"""The page of tools: a gallery, and the tool that was chosen. Must not know any tool."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from carrel.domain.documents import Document
from carrel.ui.workbench.gallery import Gallery
from carrel.ui.workbench.table import TOOLS
from carrel.ui.workbench.tool import Equipment, Tool, ToolView

BACK_KEY: Final = "Alt+Up"


class Workbench(QWidget):
    """One tool at a time; each keeps what it shows while another is used.

    Signals:
        citation_activated: carries a citation and the tuple of those around it.
        place_wanted: carries a `Place`.
        models_wanted: a tool needs a model.
        help_wanted: the user wants the help sheet.
        told: carries words for the window's notice.
    """

    citation_activated = Signal(object, object)
    place_wanted = Signal(object)
    models_wanted = Signal()
    help_wanted = Signal()
    told = Signal(str)

    def __init__(self, equipment: Equipment, tools: Sequence[Tool] = TOOLS) -> None:
        """Show the gallery; no tool is made yet."""
        super().__init__()
        self._equipment = equipment
        self._tools = {tool.name: tool for tool in tools}
        self._made: dict[str, ToolView] = {}
        self._documents: tuple[Document, ...] = ()
        self.gallery = Gallery(equipment.theme, tools)
        self.gallery.chosen.connect(self.open_tool)
        self.gallery.help_wanted.connect(self.help_wanted)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.gallery)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        back = QShortcut(QKeySequence(BACK_KEY), self)
        back.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        back.activated.connect(self.show_gallery)

    @property
    def tool(self) -> str:
        """The name of the tool in front; empty for the gallery."""
        shown = self.stack.currentWidget()
        return next((name for name, view in self._made.items() if view is shown), "")

    def open_tool(self, name: str) -> ToolView:
        """Bring a tool to the front.

        Raises:
            KeyError: there is no such tool.
        """
        view = self._made.get(name)
        if view is None:
            view = self._made[name] = self._make(self._tools[name])
        self.stack.setCurrentWidget(view)
        view.open()
        return view

    def show_gallery(self) -> None:
        """Show all tools."""
        self.stack.setCurrentWidget(self.gallery)
        self.gallery.focus_cards()

    def take_focus(self) -> None:
        """Focus what is in front."""
        shown = self.stack.currentWidget()
        if isinstance(shown, ToolView):
            shown.open()
        else:
            self.gallery.focus_cards()

    def show_documents(self, documents: tuple[Document, ...]) -> None:
        """Take the documents of the workspace."""
        self._documents = documents
        for view in self._made.values():
            view.show_documents(documents)

    def _make(self, tool: Tool) -> ToolView:
        view = tool.make(self._equipment)
        view.back_wanted.connect(self.show_gallery)
        view.citation_activated.connect(self.citation_activated)
        view.place_wanted.connect(self.place_wanted)
        view.models_wanted.connect(self.models_wanted)
        view.told.connect(self.told)
        self.stack.addWidget(view)
        view.show_documents(self._documents)
        return view
