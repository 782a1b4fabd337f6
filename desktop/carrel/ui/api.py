"""What the window asks of the core, as protocols. Must not know how it is done.

All methods return at once; results come by a future or as events from any
thread. `carrel.app.App` satisfies `AppApi`.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from carrel.domain.answers import AnswerMode, Chat, Effort, Exchange
from carrel.domain.documents import (
    Document,
    Hit,
    LedgerEntry,
    OutlineEntry,
    PageImage,
    Property,
    Span,
    UnitView,
)
from carrel.domain.events import Event
from carrel.domain.ids import ChatId, DocumentId, JobId
from carrel.domain.installed import EngineState, InstalledModel
from carrel.domain.matches import Matches
from carrel.domain.plans import FitPlan
from carrel.domain.workspaces import Kept, Seal, WorkspaceInfo
from carrel.settings import Settings


class ContentsApi(Protocol):
    """What is known of one document."""

    def ledger(self, document: DocumentId) -> "Future[tuple[LedgerEntry, ...]]": ...
    def outline(self, document: DocumentId) -> "Future[tuple[OutlineEntry, ...]]": ...
    def properties(self, document: DocumentId) -> "Future[tuple[Property, ...]]": ...
    def find(self, document: DocumentId, words: str) -> "Future[Matches]": ...


class AppApi(Protocol):
    """The core with one workspace open."""

    @property
    def info(self) -> WorkspaceInfo: ...
    @property
    def seal(self) -> Seal: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def contents(self) -> ContentsApi: ...
    def subscribe(self, receive: Callable[[Event], None]) -> Callable[[], None]: ...

    def add_paths(self, paths: Sequence[Path]) -> JobId: ...
    def cancel(self, job: JobId) -> None: ...
    def ask(
        self,
        question: str,
        *,
        chat: ChatId | None,
        mode: AnswerMode,
        documents: tuple[DocumentId, ...] = (),
        installed_model: str | None = None,
        effort: Effort = Effort.OFF,
    ) -> JobId: ...
    def import_model(self, path: Path) -> JobId: ...
    def verify_model(self, name: str) -> JobId: ...
    def test_model(self, name: str) -> JobId: ...

    def remove_document(self, document: DocumentId) -> "Future[None]": ...
    def rename_chat(self, chat: ChatId, title: str) -> "Future[None]": ...
    def remove_chat(self, chat: ChatId) -> "Future[None]": ...
    def load_engine(self, name: str, *, context_tokens: int = 0) -> "Future[None]": ...
    def stop_loading(self) -> None: ...
    def unload_engine(self) -> "Future[None]": ...
    def remove_model(self, name: str) -> "Future[None]": ...

    def capsules(self) -> "Future[Kept]": ...
    def clear_capsules(self) -> "Future[None]": ...
    def documents(self) -> "Future[tuple[Document, ...]]": ...
    def chats(self) -> "Future[tuple[Chat, ...]]": ...
    def exchanges(self, chat: ChatId) -> "Future[tuple[Exchange, ...]]": ...
    def installed_models(self) -> "Future[tuple[InstalledModel, ...]]": ...
    def efforts(self) -> "Future[dict[str, tuple[Effort, ...]]]": ...
    def plan_model(self, name: str) -> "Future[FitPlan]": ...
    def engine_state(self) -> tuple[EngineState, str]: ...
    def search(
        self, query: str, *, documents: tuple[DocumentId, ...] = (), limit: int = 20
    ) -> "Future[tuple[Hit, ...]]": ...
    def view_unit(
        self, document: DocumentId, number: int, *, marks: tuple[Span, ...] = ()
    ) -> "Future[UnitView]": ...
    def render_page(
        self, document: DocumentId, number: int, *, scale: float
    ) -> "Future[PageImage]": ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A new workspace: the open core, and the recovery code, shown this once."""

    app: AppApi
    recovery_code: str


class Door(Protocol):
    """The way into a workspace. The futures are done off the window's thread: keys are slow."""

    @property
    def folder(self) -> Path | None:
        """The workspace used last or named on the command line; None at the first start."""
        ...

    @property
    def suggested_folder(self) -> Path:
        """Where workspaces of this user lie."""
        ...

    def has_workspace(self, folder: Path) -> "Future[bool]":
        """Whether a workspace lies in this folder."""
        ...

    def create(self, folder: Path, *, name: str, passphrase: str) -> "Future[Created]":
        """Make a workspace; fails with a `KnownError`."""
        ...

    def open_with_keyring(self, folder: Path) -> "Future[AppApi | None]":
        """Open with the key store of the system; None when it holds no key for this folder."""
        ...

    def unlock(
        self, folder: Path, *, passphrase: str | None = None, recovery: str | None = None
    ) -> "Future[AppApi]":
        """Open with a passphrase or the recovery code; fails with a `KnownError`."""
        ...
