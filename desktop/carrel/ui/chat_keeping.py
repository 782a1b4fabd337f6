"""Giving a chat another title, and deleting it, from the sidebar. Must not know its answers."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from carrel.domain.ids import ChatId
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.dialogs.ask import confirm
from carrel.ui.dialogs.rename import RenameDialog
from carrel.ui.sidebar.view import Sidebar, find_chat
from carrel.ui.theme import Theme


class ChatKeeping:
    """What the menu of a chat in the sidebar does.

    Args:
        sidebar: whose chats they are.
        parent: the window that dialogs lie over.
        left: called when the chat that is shown was deleted.
    """

    def __init__(
        self,
        app: AppApi,
        bridge: EventBridge,
        theme: Theme,
        *,
        sidebar: Sidebar,
        parent: QWidget,
        left: Callable[[], None],
    ) -> None:
        self._app, self._bridge, self._theme = app, bridge, theme
        self._sidebar, self._parent, self._left = sidebar, parent, left
        sidebar.chat_rename_wanted.connect(self._rename)
        sidebar.chat_remove_wanted.connect(self._ask_to_remove)

    def _rename(self, chat: ChatId) -> None:
        found = find_chat(self._sidebar.state.chats, chat)
        if found is not None:
            dialog = RenameDialog(self._parent, self._theme, found.title)
            dialog.renamed.connect(
                lambda title: self._bridge.deliver(self._app.rename_chat(chat, title), _nothing)
            )
            dialog.open()

    def _ask_to_remove(self, chat: ChatId) -> None:
        found = find_chat(self._sidebar.state.chats, chat)
        if found is not None:
            confirm(
                self._parent,
                self._theme,
                title="Delete this chat?",
                words=f"“{found.title}” will be deleted with its questions and answers. "
                "This cannot be undone.",
                action="Delete",
                accepted=partial(self._remove, chat),
            )

    def _remove(self, chat: ChatId) -> None:
        self._bridge.deliver(self._app.remove_chat(chat), _nothing)
        if self._sidebar.state.chat == chat:
            self._left()


def _nothing(_result: object) -> None:
    """The event that follows redraws the panes."""
