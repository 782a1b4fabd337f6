"""What the sidebar shows. Plain Python: no Qt, no app."""

from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import islice
from typing import Final

from carrel.domain.answers import Chat
from carrel.domain.documents import Document, DocumentState
from carrel.domain.ids import ChatId

SHOWN_DOCUMENTS: Final = 60
"""Documents listed in the sidebar; the documents page has them all."""


class PageName(IntEnum):
    """The pages, in the order of their keys Ctrl+1 to Ctrl+5."""

    CHATS = 0
    DOCUMENTS = 1
    TOOLS = 2
    MODELS = 3
    SETTINGS = 4


PAGES: Final = (
    (PageName.CHATS, "Chats", "message-square"),
    (PageName.DOCUMENTS, "Documents", "files"),
    (PageName.TOOLS, "Tools", "wrench"),
    (PageName.MODELS, "Models", "box"),
    (PageName.SETTINGS, "Settings", "settings"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SidebarState:
    """Chats newest first, documents newest first, and where the user is."""

    page: PageName = PageName.CHATS
    chats: tuple[Chat, ...] = ()
    chat: ChatId | None = None
    documents: tuple[Document, ...] = ()

    @property
    def shown_documents(self) -> tuple[Document, ...]:
        """The documents listed: those that can be read and are not old, newest first."""
        readable = {DocumentState.READ, DocumentState.PARTIAL}
        return tuple(
            islice(
                (d for d in self.documents if d.state in readable and not d.old), SHOWN_DOCUMENTS
            )
        )


def with_chats(state: SidebarState, chats: tuple[Chat, ...]) -> SidebarState:
    """The chats as stored."""
    return replace(state, chats=chats)
