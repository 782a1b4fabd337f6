"""What was dropped and is not through yet: written before it is walked, gone when all is read.

The same for stored documents that are to be read once more.

Must not know how files are walked or read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from carrel.domain.ids import DocumentId
from carrel.workspace.database import Database
from carrel.workspace.sqlcipher import Connection

_PAUSED: Final = "adding_paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A file found below what was dropped.

    Attributes:
        size: bytes, when it was found.
    """

    path: Path
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Something the user added that is not through yet.

    Attributes:
        paths: files and folders, as named.
        listed: whether all its folders have been walked.
        waiting: files found that are not through, in their order.
        known: all files found.
    """

    id: int
    paths: tuple[Path, ...]
    listed: bool
    waiting: tuple[ListedFile, ...] = ()
    known: frozenset[Path] = frozenset()


class Drops:
    """The drops of a workspace. All methods return at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, paths: Sequence[Path]) -> Future[int]:
        """Remember what was dropped; returns its number."""
        packed = b"\0".join(os.fsencode(path) for path in paths)

        def run(connection: Connection) -> int:
            cursor = connection.execute(
                "INSERT INTO drops (paths, dropped_at) VALUES (?, ?)", (packed, time.time())
            )
            return int(cursor.lastrowid or 0)

        return self._database.write(run)

    def list_files(
        self, drop: int, first: int, files: Sequence[ListedFile], *, last: bool
    ) -> Future[None]:
        """Remember files found below a drop.

        Args:
            first: number of the first of them, which keeps their order.
            last: whether there are no more.
        """

        def run(connection: Connection) -> None:
            connection.executemany(
                "INSERT OR IGNORE INTO drop_files (batch, path, number, size) VALUES (?, ?, ?, ?)",
                (
                    (drop, os.fsencode(file.path), number, file.size)
                    for number, file in enumerate(files, first)
                ),
            )
            if last:
                connection.execute("UPDATE drops SET listed = 1 WHERE id = ?", (drop,))

        return self._database.write(run)

    def mark_done(self, drop: int, paths: Sequence[Path]) -> Future[None]:
        """These files are through, whatever came of them."""

        def run(connection: Connection) -> None:
            connection.executemany(
                "UPDATE drop_files SET done = 1 WHERE batch = ? AND path = ?",
                ((drop, os.fsencode(path)) for path in paths),
            )

        return self._database.write(run)

    def finish(self, drop: int) -> Future[None]:
        """Forget a drop: all its files are through, or the user does not want them any more."""

        def run(connection: Connection) -> None:
            connection.execute("DELETE FROM drops WHERE id = ?", (drop,))

        return self._database.write(run)

    def unfinished(self) -> Future[tuple[Drop, ...]]:
        """Drops of before the program ended, oldest first."""

        def run(connection: Connection) -> tuple[Drop, ...]:
            drops = connection.execute("SELECT id, paths, listed FROM drops ORDER BY id").fetchall()
            return tuple(_drop(connection, *drop) for drop in drops)

        return self._database.read(run)

    def begin_again(self, documents: Sequence[DocumentId]) -> Future[None]:
        """Remember which stored documents are to be read once more; unknown ones are left out."""

        def run(connection: Connection) -> None:
            connection.executemany(
                "INSERT OR IGNORE INTO rereads (document) SELECT id FROM documents WHERE id = ?",
                ((document,) for document in documents),
            )

        return self._database.write(run)

    def done_again(self, document: DocumentId) -> Future[None]:
        """It is through, or the user does not want it any more."""

        def run(connection: Connection) -> None:
            connection.execute("DELETE FROM rereads WHERE document = ?", (document,))

        return self._database.write(run)

    def waiting_again(self) -> Future[tuple[DocumentId, ...]]:
        """Those to be read once more that were not through when the program ended, nor removed."""

        def run(connection: Connection) -> tuple[DocumentId, ...]:
            rows = connection.execute(
                "SELECT r.document FROM rereads AS r JOIN documents AS d ON d.id = r.document"
                " WHERE d.removed_at IS NULL ORDER BY r.document"
            )
            return tuple(DocumentId(document) for (document,) in rows)

        return self._database.read(run)

    def paused(self) -> Future[bool]:
        """Whether the user paused adding."""

        def run(connection: Connection) -> bool:
            row = connection.execute("SELECT 1 FROM meta WHERE name = ?", (_PAUSED,)).fetchone()
            return row is not None

        return self._database.read(run)

    def set_paused(self, paused: bool) -> Future[None]:  # noqa: FBT001 - a state, no option
        """Remember whether the user paused adding, also for the next start."""

        def run(connection: Connection) -> None:
            if paused:
                connection.execute(
                    "INSERT OR IGNORE INTO meta (name, value) VALUES (?, '1')", (_PAUSED,)
                )
            else:
                connection.execute("DELETE FROM meta WHERE name = ?", (_PAUSED,))

        return self._database.write(run)


def _drop(connection: Connection, id_: int, packed: bytes, listed: int) -> Drop:
    waiting: list[ListedFile] = []
    known: set[Path] = set()
    for path, size, done in connection.execute(
        "SELECT path, size, done FROM drop_files WHERE batch = ? ORDER BY number", (id_,)
    ):
        file = ListedFile(path=Path(os.fsdecode(path)), size=size)
        known.add(file.path)
        if not done:
            waiting.append(file)
    paths = tuple(Path(os.fsdecode(path)) for path in packed.split(b"\0"))
    return Drop(
        id=id_, paths=paths, listed=bool(listed), waiting=tuple(waiting), known=frozenset(known)
    )
