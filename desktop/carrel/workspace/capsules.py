"""Capsules: what the engine knew after reading documents, kept so that it need not read them again.

A capsule exists from the commit of its row, which comes after its file; its row
goes before its file. What an interruption leaves is swept when the workspace opens.
A capsule goes with the first of its documents that is removed. Under a budget
those go that save the fewest seconds for their bytes and were used longest ago
(GreedyDual-Size, Cao and Irani 1997).

Must not know engines: what a capsule can be used for is a key made elsewhere.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from carrel.domain.ids import DocumentId
from carrel.system.files import free_bytes
from carrel.workspace.capsule_file import SECRET_BYTES, SUFFIX, CapsuleFile, ReadInto
from carrel.workspace.database import Database
from carrel.workspace.errors import DocumentGone, WorkspaceFull
from carrel.workspace.failures import known_os_error
from carrel.workspace.keys import DataKey
from carrel.workspace.rows import json_text
from carrel.workspace.sqlcipher import Connection

SPARE_BYTES: Final = 1 << 30
"""Bytes of the disk that are left to everything else: a capsule may not be what fills it."""

_COLUMNS: Final = (
    "id, key, secret, digest, tokens, size, documents, whole, seconds, created_at, used_at, uses,"
    " weights, thinking, part"
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capsule:
    """A stored capsule. Times are seconds since the epoch, UTC.

    Attributes:
        key: what it can be used for; see `engine.capsules.capsule_key`.
        tokens: it covers.
        size: bytes of the state.
        documents: whose text it covers, in the order they were read.
        whole: all of them, to the end; not what was read until somebody stopped.
        seconds: reading took.
        weights: identifies the model's content; empty for those made by an older program.
        thinking: how hard the model was to think, which may change what it is told first.
        part: of the document, where only a section was read; empty for all of it.
    """

    id: str
    key: str
    secret: bytes = field(repr=False)
    digest: str
    tokens: int
    size: int
    documents: tuple[DocumentId, ...]
    whole: bool
    seconds: float
    created_at: float
    used_at: float
    uses: int
    weights: str = ""
    thinking: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCapsule:
    """What is known of a capsule before it is written; see `Capsule`."""

    key: str
    tokens: int
    size: int
    documents: tuple[DocumentId, ...]
    whole: bool
    seconds: float
    weights: str = ""
    thinking: str = ""
    part: str = ""


class Capsules:
    """The capsules of a workspace."""

    def __init__(self, database: Database, folder: Path, key: DataKey) -> None:
        self._database = database
        self._folder = folder
        self._key = key

    def find(self, keys: Sequence[str]) -> Future[Capsule | None]:
        """Of those with one of these keys (a few hundred at most), the one that covers most."""

        def run(connection: Connection) -> Capsule | None:
            marks = ", ".join("?" * len(keys))
            found = _select(connection, f"WHERE key IN ({marks})", keys) if keys else []
            return max(found, key=lambda capsule: capsule.tokens, default=None)

        return self._database.read(run)

    def of_model(self, weights: str, thinking: str) -> Future[tuple[Capsule, ...]]:
        """Those that a model read, thinking this hard; of older programs' ones that is not known.

        Args:
            weights: what identifies the model's content.
            thinking: how hard it was to think.
        """
        return self._database.read(
            lambda connection: tuple(
                _select(connection, "WHERE weights = ? AND thinking = ?", (weights, thinking))
            )
        )

    def list(self) -> Future[tuple[Capsule, ...]]:
        """All, the one used last first."""
        return self._database.read(
            lambda connection: tuple(_select(connection, "ORDER BY used_at DESC", ()))
        )

    def read(self, capsule: Capsule) -> Iterator[memoryview]:
        """The state, piece by piece; see `CapsuleFile.read`."""
        return self._file(capsule).read(capsule.digest)

    def write(self, new: NewCapsule, read_into: ReadInto, *, budget: int) -> Capsule | None:
        """Store a state; on the caller's thread, until it is safe.

        Args:
            read_into: fills a buffer with the state's bytes from a position on.
            budget: bytes all capsules may take; others give way.

        Returns:
            The capsule, or None: it is larger than the budget, or is stored already, or one of
            its documents was removed meanwhile.

        Raises:
            WorkspaceFull: the disk has no room to spare; nothing is left of it.
            WorkspaceError: the disk refuses.
        """
        if new.size > budget or self.find([new.key]).result() is not None:
            return None
        self.shrink(budget - new.size, replacing=new)
        try:
            if free_bytes(self._folder) < new.size + SPARE_BYTES:
                raise WorkspaceFull
        except OSError as error:
            raise known_os_error(error, self._folder) from error
        now = time.time()
        draft = Capsule(
            id=secrets.token_hex(16),
            secret=secrets.token_bytes(SECRET_BYTES),
            digest="",
            created_at=now,
            used_at=now,
            uses=0,
            **{name: getattr(new, name) for name in NewCapsule.__dataclass_fields__},
        )
        file = self._file(draft)
        digest = file.write(read_into)
        replaced: list[str] = []
        try:
            stored = self._database.write(
                lambda connection: _insert(connection, draft, digest, replaced)
            ).result()
        except DocumentGone:
            self._unlink(draft.id)
            return None
        except BaseException:
            self._unlink(draft.id)
            raise
        for capsule in replaced:
            self._unlink(capsule)
        return stored

    def used(self, capsule: Capsule) -> Future[None]:
        """Remember that it saved its seconds once more."""
        value = _value(capsule)

        def run(connection: Connection) -> None:
            connection.execute(
                "UPDATE capsules SET used_at = ?, uses = uses + 1, priority = ? WHERE id = ?",
                (time.time(), _clock(connection) + value, capsule.id),
            )

        return self._database.write(run)

    def drop(self, capsule: Capsule) -> Future[None]:
        """Remove one."""

        def run(connection: Connection) -> None:
            connection.execute("DELETE FROM capsules WHERE id = ?", (capsule.id,))

        return self._database.write(run, after=lambda _: self._unlink(capsule.id))

    def clear(self) -> Future[Sequence[str]]:
        """Remove all; the ids of those there were."""

        def run(connection: Connection) -> Sequence[str]:
            found = sorted(living_capsules(connection))
            connection.execute("DELETE FROM capsules")
            return found

        return self._database.write(run, after=self.unlink)

    def total_bytes(self) -> Future[int]:
        """What all take on the disk, but for a few bytes each."""
        return self._database.read(_total)

    def unlink(self, capsules: Sequence[str]) -> None:
        """Remove the files of capsules whose rows are gone."""
        for capsule in capsules:
            self._unlink(capsule)

    def forget_missing(self) -> None:
        """Remove the rows whose files are gone."""
        known = self._database.read(living_capsules).result()
        missing = [one for one in known if not (self._folder / f"{one}{SUFFIX}").exists()]
        if missing:
            self._database.write(
                lambda connection: connection.executemany(
                    "DELETE FROM capsules WHERE id = ?", ((one,) for one in missing)
                )
            ).result()

    def shrink(self, limit: int, replacing: NewCapsule | None = None) -> None:
        """Remove those of least use until the rest takes no more than so many bytes.

        Args:
            replacing: what is about to be written. The halves that give way to it then neither
                count nor go: were they gone before it is safe, a crash would take both.
        """

        def run(connection: Connection) -> Sequence[str]:
            halves = set(_halves(connection, replacing)) if replacing else set()
            rows = [
                row
                for row in connection.execute(
                    "SELECT id, size, priority FROM capsules ORDER BY priority"
                )
                if row[0] not in halves
            ]
            left = sum(size for _, size, _ in rows)
            gone: list[str] = []
            for one, size, priority in rows:
                if left <= limit:
                    break
                connection.execute("DELETE FROM capsules WHERE id = ?", (one,))
                connection.execute(
                    "INSERT INTO meta (name, value) VALUES ('capsule_clock', ?)"
                    " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    (repr(priority),),
                )
                gone.append(one)
                left -= size
            return gone

        self._database.write(run, after=self.unlink).result()

    def _file(self, capsule: Capsule) -> CapsuleFile:
        return CapsuleFile(
            self._folder,
            self._key,
            capsule=capsule.id,
            secret=capsule.secret,
            use=capsule.key,
            tokens=capsule.tokens,
            size=capsule.size,
        )

    def _unlink(self, capsule: str) -> None:
        """Remove a file; what cannot be removed now is swept at the next start."""
        with suppress(OSError):
            (self._folder / f"{capsule}{SUFFIX}").unlink(missing_ok=True)


def living_capsules(connection: Connection) -> set[str]:
    """All files capsules' rows refer to."""
    return {row[0] for row in connection.execute("SELECT id FROM capsules")}


def drop_capsules_of(connection: Connection, document: DocumentId) -> list[str]:
    """Remove the rows of all capsules that cover a document; their files are to follow."""
    having = " EXISTS (SELECT 1 FROM json_each(capsules.documents) WHERE value = ?)"
    found = connection.execute(f"SELECT id FROM capsules WHERE {having}", (document,)).fetchall()  # noqa: S608
    connection.execute(f"DELETE FROM capsules WHERE {having}", (document,))  # noqa: S608
    return [row[0] for row in found]


def _insert(connection: Connection, draft: Capsule, digest: str, replaced: list[str]) -> Capsule:
    """List a capsule whose file is finished; halves of the same documents give way to it."""
    for document in draft.documents:
        if (
            connection.execute("SELECT 1 FROM documents WHERE id = ?", (document,)).fetchone()
            is None
        ):
            raise DocumentGone
    documents = json_text(list(draft.documents))
    for half in _halves(connection, draft):
        connection.execute("DELETE FROM capsules WHERE id = ?", (half,))
        replaced.append(half)
    connection.execute(
        f"INSERT INTO capsules ({_COLUMNS}, priority)"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)",
        (
            draft.id,
            draft.key,
            draft.secret,
            digest,
            draft.tokens,
            draft.size,
            documents,
            int(draft.whole),
            draft.seconds,
            draft.created_at,
            draft.used_at,
            draft.weights,
            draft.thinking,
            draft.part,
            _clock(connection) + _value(draft),
        ),
    )
    (stored,) = _select(connection, "WHERE id = ?", (draft.id,))
    return stored


def _halves(connection: Connection, new: Capsule | NewCapsule) -> list[str]:
    """What was read of the same by the same model until somebody stopped, and less of it."""
    rows = connection.execute(
        "SELECT id FROM capsules WHERE whole = 0 AND documents = ? AND tokens < ? AND part = ?"
        " AND weights = ? AND thinking = ?",
        (json_text(list(new.documents)), new.tokens, new.part, new.weights, new.thinking),
    )
    return [row[0] for row in rows.fetchall()]


def _value(capsule: Capsule) -> float:
    """Seconds saved for each GB."""
    return capsule.seconds / max(capsule.size, 1) * 1e9


def _clock(connection: Connection) -> float:
    """The priority of the last one that had to go; newer use counts from there."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'capsule_clock'").fetchone()
    return float(row[0]) if row else 0.0


def _total(connection: Connection) -> int:
    return int(connection.execute("SELECT coalesce(sum(size), 0) FROM capsules").fetchone()[0])


def _select(connection: Connection, which: str, values: Sequence[Any]) -> list[Capsule]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM capsules {which}", values)  # noqa: S608
    return [
        Capsule(
            id=row[0],
            key=row[1],
            secret=bytes(row[2]),
            digest=row[3],
            tokens=row[4],
            size=row[5],
            documents=tuple(map(DocumentId, json.loads(row[6]))),
            whole=bool(row[7]),
            seconds=row[8],
            created_at=row[9],
            used_at=row[10],
            uses=row[11],
            weights=row[12],
            thinking=row[13],
            part=row[14],
        )
        for row in rows
    ]
