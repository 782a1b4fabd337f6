"""A workspace: one folder, one owner, one key.

Puts the parts together and keeps them in step: the lock before the database, the
original before its row, the row before the original when removing. Must not know
what documents mean, nor who asks.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from carrel.domain.documents import Inside
from carrel.domain.errors import WorkspaceError
from carrel.domain.ids import DocumentId
from carrel.domain.workspaces import WorkspaceInfo
from carrel.workspace.blobs import BlobWriter, KeptBlob, drop_blob, read_blob, sweep
from carrel.workspace.capsule_file import SUFFIX as CAPSULE
from carrel.workspace.capsules import Capsules, living_capsules
from carrel.workspace.chats import Chats, interrupt_unfinished
from carrel.workspace.database import Database, create_database, immediate
from carrel.workspace.documents import Accepted, Documents, living_blobs
from carrel.workspace.drops import Drops
from carrel.workspace.errors import (
    KeyslotsRolledBack,
    WorkspaceDamaged,
    WorkspaceFull,
    WorkspaceMissing,
    WrongKey,
)
from carrel.workspace.failures import known_os_error
from carrel.workspace.filed import Filing
from carrel.workspace.folder import BLOBS, CAPSULES, DATABASE, FolderLock, exists, finish, prepare
from carrel.workspace.glossary import OwnWords
from carrel.workspace.keys import DEFAULT_COST, FLOOR_COST, Argon2Cost, DataKey, new_data_key
from carrel.workspace.keyslots import Keyslots
from carrel.workspace.keystore import KeyStore
from carrel.workspace.labels import Labels
from carrel.workspace.migrations import migrate
from carrel.workspace.passages import Passages
from carrel.workspace.questionnaires import Questionnaires, interrupt_runs
from carrel.workspace.recognition import Recognition
from carrel.workspace.rows import storable
from carrel.workspace.segments import Segments
from carrel.workspace.sheets import Sheets
from carrel.workspace.sqlcipher import Connection
from carrel.workspace.texts import Texts
from carrel.workspace.translations import Translations, interrupt_translations
from carrel.workspace.vectors import Vectors
from carrel.workspace.versions import Versions
from carrel.workspace.watched import Watched
from carrel.workspace.wordlists import Wordlists
from carrel.workspace.written import Written

_Result = TypeVar("_Result")

FENCE_DIGITS: Final = 16
"""Hexadecimal digits of a fence: 64 bits no document can guess."""

_COUNTS: Final = "SELECT count(*), coalesce(sum(units), 0) FROM documents WHERE removed_at IS NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A new workspace, open.

    Attributes:
        recovery_code: to be shown now; it is kept nowhere.
        slots: the ways in: of ``keyring``, ``passphrase``, ``recovery``.
    """

    workspace: Workspace
    recovery_code: str
    slots: tuple[str, ...]


class Workspace:
    """An open workspace; this process owns its folder until `close`.

    Made by `create` and `open`. Any thread may call; results come by Future.

    Attributes:
        folder: where it lies.
        documents, labels, filing, drops, own_words, watched, versions, texts, sheets, passages,
            segments, vectors, recognition, chats, questionnaires, translations,
            capsules: what is in it.
    """

    def __init__(self, folder: Path, key: DataKey, lock: FolderLock) -> None:
        self.folder = folder
        self._key = key
        self._lock = lock
        self._blobs = folder / BLOBS
        self._database = Database(
            folder / DATABASE, key.database_key, prepare=lambda found: _prepare(found, key)
        )
        self.capsules = Capsules(self._database, folder / CAPSULES, key)
        self.documents = Documents(
            self._database, lambda blob: drop_blob(self._blobs, blob), self.capsules.unlink
        )
        self.versions = Versions(self._database)
        self.labels = Labels(self._database)
        self.filing = Filing(self._database)
        self.drops = Drops(self._database)
        self.watched = Watched(self._database)
        self.own_words = OwnWords(self._database)
        self.passages = Passages(self._database)
        self.segments = Segments(self._database)
        self.chats = Chats(self._database)
        self.questionnaires = Questionnaires(self._database)
        self.translations = Translations(self._database)
        self.texts = Texts(self._database)
        self.sheets = Sheets(self._database)
        self.recognition = Recognition(self._database)
        self.wordlists = Wordlists(self._database)
        self.written = Written(self._database)
        self.vectors = Vectors(self._database)

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        name: str,
        passphrase: str | None = None,
        key_store: KeyStore | None = None,
        cost: Argon2Cost = DEFAULT_COST,
    ) -> Created:
        """Make a workspace in an empty or missing folder, whole or not at all.

        Takes a second or two (the passphrase's key derivation) on the caller's thread.

        Raises:
            WorkspaceFolderTaken: something else lies there.
            PassphraseNeeded: neither passphrase nor a key store that works.
            PassphraseEmpty: the passphrase has no characters.
            WorkspaceError: the disk is full, or refuses.
        """
        lock = prepare(folder)
        try:
            key = new_data_key()
            create_database(
                folder / DATABASE,
                key.database_key,
                lambda connection: _fill(connection, key, name),
            )
            # The slots come last: without them nobody takes the folder for a workspace.
            slots, code = Keyslots.create(
                folder, key, passphrase=passphrase, key_store=key_store, cost=cost
            )
            workspace = cls._opened(folder, key, lock)
        except BaseException:
            lock.release()
            raise
        return Created(workspace=workspace, recovery_code=code, slots=slots.kinds)

    @classmethod
    def open(cls, folder: Path, key: DataKey) -> Workspace:
        """Open a workspace with its unlocked key.

        Questions that were being answered when the program ended are marked as interrupted, and
        originals nothing refers to are removed.

        Raises:
            WorkspaceMissing: there is none in the folder.
            WorkspaceInUse: another process has it open.
            WorkspaceTooNew: a newer program used it; nothing was changed.
            WrongKey: the key is of another workspace, or the first page is damaged.
            KeyslotsRolledBack: the key slots are older than the database.
            WorkspaceError: the disk or the folder refuses.
        """
        if not exists(folder):
            raise WorkspaceMissing(folder=folder.name)
        lock = FolderLock(folder)
        try:
            # SQLite would take an empty file for a new database.
            if not _has_content(folder / DATABASE):
                raise WorkspaceDamaged(cause="its database is missing")
            return cls._opened(folder, key, lock)
        except BaseException:
            lock.release()
            raise

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether there is a workspace in the folder."""
        return exists(folder)

    @property
    def id(self) -> str:
        """Random, the same for ever: 32 hexadecimal digits."""
        return self._key.workspace

    def info(self, *, floor: Argon2Cost = FLOOR_COST) -> Future[WorkspaceInfo]:
        """What is said about the workspace."""

        def run(connection: Connection) -> WorkspaceInfo:
            documents, units = connection.execute(_COUNTS).fetchone()
            return WorkspaceInfo(
                name=_meta(connection, "name"),
                folder=self.folder,
                created_at=float(_meta(connection, "created_at")),
                slots=Keyslots.load(self.folder, floor=floor).kinds,
                documents=documents,
                units=units,
            )

        return self._database.read(run)

    def write(self, run: Callable[[Connection], _Result]) -> Future[_Result]:
        """Run in one transaction on the writing thread; see `Database.write`."""
        return self._database.write(run)

    def read(self, run: Callable[[Connection], _Result]) -> Future[_Result]:
        """Run on a reading thread; see `Database.read`."""
        return self._database.read(run)

    def blob_writer(self) -> BlobWriter:
        """For an original to be encrypted while it is being read; then `documents.accept`."""
        return BlobWriter(self._blobs, self._key)

    def accept(
        self,
        *,
        name: str,
        size: int,
        sha256: str,
        pieces: Iterable[bytes],
        inside: Inside | None = None,
        path: str = "",
    ) -> Accepted:
        """Store an original and list it as queued; on the caller's thread, until it is safe.

        Args:
            inside: where it lies in another document; None when the user added it by itself.
            path: where it lies on the disk; empty when that is not known.

        Raises:
            WorkspaceError: the disk is full, or refuses. The document is not listed then; after a
                fault of the disk its row may still turn out to be written, so the blob stays until
                the next start tells.
        """
        known = self.documents.with_sha256(sha256).result()
        if known is not None:
            return self.documents.place(known.id, inside, path).result()
        with self.blob_writer() as writer:
            for piece in pieces:
                writer.write(piece)
            blob = writer.finish()
        try:
            return self.documents.accept(
                sha256=sha256, name=name, size=size, blob=blob, inside=inside, path=path
            ).result()
        except WorkspaceFull:
            drop_blob(self._blobs, blob.id)  # its room is needed
            raise

    def original(self, document: DocumentId) -> Iterator[bytes]:
        """The bytes of an original, in authentic pieces of at most 1 MiB.

        Raises:
            DocumentGone, BlobMissing, BlobDamaged, WorkspaceError: while iterating.
        """
        kept = self.documents.kept_blob(document).result()
        pieces = read_blob(self._blobs, self._key, kept)
        yield from pieces if kept.secret is not None else self._moving(document, kept, pieces)

    def _moving(
        self, document: DocumentId, kept: KeptBlob, pieces: Iterator[bytes]
    ) -> Iterator[bytes]:
        """The pieces; read to the end, they are kept from then on under a key of their own."""
        copy: BlobWriter | None = None
        try:
            with suppress(WorkspaceError):  # a full disk, say: some other time
                copy = self.blob_writer()
            for piece in pieces:
                if copy is not None and not _written(copy, piece):
                    copy = None
                yield piece
            if copy is not None:
                with suppress(WorkspaceError):
                    self.documents.move_blob(document, kept.id, copy.finish()).result()
        finally:
            if copy is not None:
                copy.abort()

    def empty_log(self) -> Future[bool]:
        """Copy the write-ahead log into the database and cut it off; whether all of it was."""
        return self._database.empty_log()

    def check(self) -> Future[tuple[str, ...]]:
        """Verify every page of the database; sentences, empty when all is well."""
        return self._database.check()

    def record_slots(self, slots: Keyslots) -> None:
        """Remember that the key slots changed, so that older ones put back are noticed."""
        revision = slots.revision
        self._database.write(lambda connection: _raise_revision(connection, revision)).result()

    def close(self) -> None:
        """Finish what was asked for and let the folder go; may be called twice."""
        self._database.close()
        self._lock.release()

    def fence(self, document_sha256: str) -> str:
        """The word that fences a document in from the engine: always the same, known to nobody."""
        mac = hmac.digest(self._key.fence_key, document_sha256.encode(), "sha256")
        return mac.hex()[:FENCE_DIGITS]

    def _sweep_capsules(self) -> None:
        place = self.folder / CAPSULES
        try:
            place.mkdir(mode=0o700, exist_ok=True)
            sweep(place, self.read(living_capsules).result(), suffix=CAPSULE)
        except OSError as error:
            raise known_os_error(error, self.folder) from error
        self.capsules.forget_missing()

    @classmethod
    def _opened(cls, folder: Path, key: DataKey, lock: FolderLock) -> Workspace:
        workspace = cls(folder, key, lock)
        try:
            finish(folder)
            living = workspace.read(living_blobs).result()
            try:
                sweep(folder / BLOBS, living)
            except FileNotFoundError as error:
                if living:
                    raise WorkspaceDamaged(cause="the folder with the originals is gone") from error
                (folder / BLOBS).mkdir(mode=0o700)
            except OSError as error:
                raise known_os_error(error, folder) from error
            workspace._sweep_capsules()
        except BaseException:
            workspace.close()
            raise
        return workspace


def _written(copy: BlobWriter, piece: bytes) -> bool:
    """Whether it could be; a copy that failed is gone."""
    try:
        copy.write(piece)
    except WorkspaceError:
        copy.abort()
        return False
    return True


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError as error:
        raise known_os_error(error, path.parent) from error


def _fill(connection: Connection, key: DataKey, name: str) -> None:
    migrate(connection)
    entries = {
        "workspace": key.workspace,
        "name": storable(name),
        "created_at": repr(time.time()),
        "slots_revision": str(key.revision),
    }
    immediate(
        connection,
        lambda found: found.executemany(
            "INSERT INTO meta (name, value) VALUES (?, ?)", entries.items()
        ),
    )


def _prepare(connection: Connection, key: DataKey) -> None:
    """Before anything else happens to a database that was opened."""
    migrate(connection)
    if _meta(connection, "workspace") != key.workspace:
        raise WrongKey
    if key.revision < int(_meta(connection, "slots_revision")):
        raise KeyslotsRolledBack
    immediate(connection, lambda found: _raise_revision(found, key.revision))
    immediate(connection, interrupt_unfinished)
    immediate(connection, interrupt_runs)
    immediate(connection, interrupt_translations)


def _raise_revision(connection: Connection, revision: int) -> None:
    connection.execute(
        "UPDATE meta SET value = ? WHERE name = 'slots_revision' AND CAST(value AS INTEGER) < ?",
        (str(revision), revision),
    )


def _meta(connection: Connection, name: str) -> str:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise WorkspaceDamaged(cause="a line about the workspace itself is missing")
    return str(row[0])
