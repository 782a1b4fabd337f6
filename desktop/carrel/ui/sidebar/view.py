"""The sidebar as widgets: renders `SidebarState`. Must not know the app.

What the user wants leaves as signals.
"""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.answers import Chat
from carrel.ui import words
from carrel.ui.markdown.visible import visible
from carrel.ui.sidebar.state import PAGES, PageName, SidebarState
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button, icon_button
from carrel.ui.widgets.labels import ElidedLabel, label, tip

KEY_ROLE = int(Qt.ItemDataRole.UserRole) + 1


class SideList(QListWidget):
    """A short list with one line per entry.

    Signals:
        chosen: Enter or a click; carries the key.
        rename_wanted, remove_wanted: F2, Delete; carry the key.
        menu_wanted: carries the key and a global point.
    """

    chosen = Signal(object)
    rename_wanted = Signal(object)
    remove_wanted = Signal(object)
    menu_wanted = Signal(object, QPoint)

    def __init__(self, name: str) -> None:
        """Name the list for those who hear it."""
        super().__init__()
        self.setAccessibleName(name)
        self.setProperty("kind", "side")
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setIconSize(QSize(16, 16))
        self.itemClicked.connect(lambda item: self.chosen.emit(item.data(KEY_ROLE)))
        self.customContextMenuRequested.connect(self._on_menu_requested)

    def add(self, key: object, text: str) -> QListWidgetItem:
        """Append an entry with literal text."""
        flat = visible(" ".join(text.split()))
        item = QListWidgetItem(flat)
        item.setData(KEY_ROLE, key)
        item.setToolTip(tip(flat))
        item.setSizeHint(QSize(100, tokens.ROW_HEIGHT + 2))
        self.addItem(item)
        return item

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter, F2 and Delete act on the current entry."""
        item = self.currentItem()
        signal = {
            Qt.Key.Key_Return: self.chosen,
            Qt.Key.Key_Enter: self.chosen,
            Qt.Key.Key_F2: self.rename_wanted,
            Qt.Key.Key_Delete: self.remove_wanted,
        }.get(Qt.Key(event.key()))
        if item is not None and signal is not None:
            signal.emit(item.data(KEY_ROLE))
        else:
            super().keyPressEvent(event)

    def _on_menu_requested(self, at: QPoint) -> None:
        item = self.itemAt(at) or self.currentItem()
        if item is not None:
            self.menu_wanted.emit(item.data(KEY_ROLE), self.viewport().mapToGlobal(at))


class Sidebar(QFrame):
    """Workspace, pages, chats, documents.

    Signals:
        workspace_wanted: show what is known about the workspace.
        page_chosen: carries a `PageName`.
        chat_chosen, chat_rename_wanted, chat_remove_wanted: carry a chat id.
        new_chat_wanted, files_wanted: the plus buttons.
        document_chosen: carries a document id.
    """

    workspace_wanted = Signal()
    page_chosen = Signal(object)
    chat_chosen = Signal(object)
    chat_rename_wanted = Signal(object)
    chat_remove_wanted = Signal(object)
    new_chat_wanted = Signal()
    files_wanted = Signal()
    document_chosen = Signal(object)

    def __init__(self, theme: Theme, workspace: str) -> None:
        """Build the sidebar for a workspace of this name."""
        super().__init__()
        self._theme = theme
        self.state = SidebarState()
        self.setProperty("surface", "sidebar")
        self.setAccessibleName("Sidebar")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 8)
        column.setSpacing(2)
        column.addWidget(self._workspace(workspace))
        column.addSpacing(6)
        self._pages = QButtonGroup(self)
        for page, words_, icon in PAGES:
            column.addWidget(self._page(page, words_, icon))
        self.chats = SideList("Recent chats")
        self.chats.chosen.connect(self.chat_chosen)
        self.chats.rename_wanted.connect(self.chat_rename_wanted)
        self.chats.remove_wanted.connect(self.chat_remove_wanted)
        self.chats.menu_wanted.connect(self._on_chat_menu_wanted)
        self.documents = SideList("Documents in this workspace")
        self.documents.chosen.connect(self.document_chosen)
        self.chats_head = self._section(
            "RECENT CHATS", "New chat (Ctrl+N)", self.new_chat_wanted.emit
        )
        self.documents_head = self._section(
            "DOCUMENTS", "Add files (Ctrl+O)", self.files_wanted.emit
        )
        column.addSpacing(10)
        column.addWidget(self.chats_head)
        column.addWidget(self.chats, 200)
        column.addSpacing(6)
        column.addWidget(self.documents_head)
        column.addWidget(self.documents, 300)
        column.addStretch(1)
        self.setMinimumWidth(200)
        self.show_state(self.state)

    def show_state(self, state: SidebarState) -> None:
        """Show chats, documents, and where the user is."""
        before, self.state = self.state, state
        self._pages.button(int(state.page)).setChecked(True)
        if (before.chats, before.chat, before.page) != (state.chats, state.chat, state.page):
            self._show_chats(state)
        if before.documents is not state.documents:
            self._show_documents(before, state)
        self.chats_head.setVisible(bool(state.chats))
        self.chats.setVisible(bool(state.chats))
        self.documents_head.setVisible(bool(state.documents))
        self.documents.setVisible(bool(state.documents))

    # ── building ────────────────────────────────────────────────────────────

    def _workspace(self, name: str) -> QPushButton:
        made = button("", "workspace")
        made.setAccessibleName(f"Workspace {name}")
        made.setIcon(self._theme.icon("briefcase", "text"))
        made.setIconSize(QSize(18, 18))
        row = QHBoxLayout(made)
        row.setContentsMargins(38, 0, 10, 0)
        words_ = ElidedLabel(name, "strong")
        words_.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row.addWidget(words_)
        made.clicked.connect(self.workspace_wanted)
        return made

    def _page(self, page: PageName, name: str, icon: str) -> QPushButton:
        made = button(name, "nav", theme=self._theme, icon=icon)
        made.setAccessibleName(name)
        made.setToolTip(f"{name} (Ctrl+{int(page) + 1})")
        made.setIconSize(QSize(18, 18))
        made.setCheckable(True)
        made.clicked.connect(partial(self.page_chosen.emit, page))
        self._pages.addButton(made, int(page))
        return made

    def _section(self, title: str, add: str, act: Callable[[], None]) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(10, 0, 2, 0)
        row.setSpacing(6)
        row.addWidget(label(title, "caps"))
        number = label("", "caps")
        number.setObjectName("count")
        row.addWidget(number)
        row.addStretch(1)
        plus = icon_button(self._theme, "plus", add, size=28)
        plus.clicked.connect(lambda _=False: act())
        row.addWidget(plus)
        return head

    # ── lists ───────────────────────────────────────────────────────────────

    def _show_chats(self, state: SidebarState) -> None:
        self.chats.clear()
        self.chats.setMaximumHeight(len(state.chats) * (tokens.ROW_HEIGHT + 2))
        for chat in state.chats:
            item = self.chats.add(chat.id, chat.title or "New chat")
            if chat.id == state.chat and state.page is PageName.CHATS:
                self.chats.setCurrentItem(item)

    def _show_documents(self, before: SidebarState, state: SidebarState) -> None:
        number = self.documents_head.findChild(QLabel, "count")
        if isinstance(number, QLabel):
            number.setText(f"{len(state.documents):,}")
        if before.shown_documents == state.shown_documents:
            return
        self.documents.clear()
        self.documents.setMaximumHeight(len(state.shown_documents) * (tokens.ROW_HEIGHT + 2))
        for document in state.shown_documents:
            item = self.documents.add(document.id, document.name)
            item.setIcon(self._theme.icon(words.kind_icon(document.kind), on="text2"))

    def _on_chat_menu_wanted(self, chat: object, at: QPoint) -> None:
        menu = QMenu(self)
        rename = menu.addAction("Rename…\tF2")
        remove = menu.addAction("Delete…\tDel")
        rename.triggered.connect(partial(self.chat_rename_wanted.emit, chat))
        remove.triggered.connect(partial(self.chat_remove_wanted.emit, chat))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def sizeHint(self) -> QSize:
        """As in the design."""
        return QSize(tokens.SIDEBAR_WIDTH, 600)


def find_chat(chats: tuple[Chat, ...], wanted: object) -> Chat | None:
    """The chat with this id, or None."""
    return next((chat for chat in chats if chat.id == wanted), None)
