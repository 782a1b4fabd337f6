"""Watched folders: which there are, how their files were seen last, and what was taken of them.

What a look found becomes rows in one transaction, together with the drop that will be read; so
a crash neither forgets a file nor adds one twice. Must not know the disk.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carrel.domain.documents import Document, Failure
from carrel.domain.ids import DocumentId, FolderId
from carrel.domain.watching import Facts, Identity, SeenFile, WatchedFolder
from carrel.workspace.database import Database
from carrel.workspace.drops import Drop, ListedFile
from carrel.workspace.errors import FolderHoldsWatched, FolderWatched
from carrel.workspace.lookup import get_document
from carrel.workspace.rows import failure, failure_text, json_text, storable
from carrel.workspace.sqlcipher import Connection

_FOLDER = (
    "id, path, added_at, looked_at, trouble, left_out,"
    " (SELECT count(*) FROM watched_files AS f WHERE f.folder = watched_folders.id AND taken),"
    " (SELECT count(*) FROM watched_files AS f WHERE f.folder = watched_folders.id AND NOT taken)"
)
_KEEP_FILE = (
    "INSERT INTO watched_files (folder, path, size, modified, inode, seen_at, taken)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (folder, path) DO UPDATE SET size = excluded.size,"
    " modified = excluded.modified, inode = excluded.inode, seen_at = excluded.seen_at,"
    " taken = excluded.taken"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFiles:
    """What is known of a watched folder from before.

    Attributes:
        identity: of the folder; None before the first look.
        files: by path.
    """

    identity: Identity | None
    files: Mapping[Path, SeenFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look at a watched folder found, or a part of it.

    Attributes:
        moving: files that are new or changed, and may still be written.
        wanted: files that stood still and are to be added.
        same: files that stood still and hold what the document of their path holds.
        gone: files that are not there any more.
    """

    moving: Mapping[Path, Facts] = field(default_factory=dict)
    wanted: Mapping[Path, Facts] = field(default_factory=dict)
    same: Mapping[Path, Facts] = field(default_factory=dict)
    gone: Sequence[Path] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a look.

    Attributes:
        drop: the files that are to be read now.
        changed: documents that are no longer in their folders, or are again.
    """

    drop: Drop | None
    changed: tuple[Document, ...]


class Watched:
    """The watched folders of a workspace. All methods return at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> Future[tuple[WatchedFolder, ...]]:
        """All, in the order they were added."""

        def run(connection: Connection) -> tuple[WatchedFolder, ...]:
            rows = connection.execute(f"SELECT {_FOLDER} FROM watched_folders ORDER BY id")  # noqa: S608
            return tuple(_folder(row) for row in rows)

        return self._database.read(run)

    def add(self, path: Path) -> Future[WatchedFolder]:
        """Watch a folder, given as an absolute path.

        Raises (through the Future):
            FolderWatched: it, or one it lies in, is watched already.
            FolderHoldsWatched: one inside of it is.
        """

        def run(connection: Connection) -> WatchedFolder:
            for (packed,) in connection.execute("SELECT path FROM watched_folders").fetchall():
                other = Path(os.fsdecode(packed))
                if path.is_relative_to(other):
                    raise FolderWatched(name=str(path), other=str(other))
                if other.is_relative_to(path):
                    raise FolderHoldsWatched(name=str(path), other=str(other))
            connection.execute(
                "INSERT INTO watched_folders (path, added_at) VALUES (?, ?)",
                (os.fsencode(path), time.time()),
            )
            row = connection.execute(
                f"SELECT {_FOLDER} FROM watched_folders WHERE path = ?",  # noqa: S608
                (os.fsencode(path),),
            ).fetchone()
            return _folder(row)

        return self._database.write(run)

    def remove(self, folder: FolderId) -> Future[bool]:
        """Watch a folder no more; its documents stay. Whether it was watched."""

        def run(connection: Connection) -> bool:
            cursor = connection.execute("DELETE FROM watched_folders WHERE id = ?", (folder,))
            return bool(cursor.rowcount)

        return self._database.write(run)

    def known(self, folder: FolderId) -> Future[KnownFiles]:
        """What is known of a folder from before."""

        def run(connection: Connection) -> KnownFiles:
            row = connection.execute(
                "SELECT device, inode FROM watched_folders WHERE id = ?", (folder,)
            ).fetchone()
            rows = connection.execute(
                "SELECT path, size, modified, inode, taken, seen_at FROM watched_files"
                " WHERE folder = ?",
                (folder,),
            )
            files = {
                Path(os.fsdecode(path)): SeenFile(Facts(*facts), bool(taken), seen_at)
                for path, *facts, taken, seen_at in rows
            }
            known = row is not None and row[0] is not None
            return KnownFiles(identity=Identity(*row) if known else None, files=files)

        return self._database.read(run)

    def keep(self, folder: FolderId, seen: Seen) -> Future[Taken]:
        """Store what a look found, and what is to be read because of it, in one transaction.

        Changes nothing when the folder is watched no more.
        """
        return self._database.write(lambda connection: _keep(connection, folder, seen))

    def looked(
        self,
        folder: FolderId,
        *,
        identity: Identity | None,
        trouble: Failure | None,
        left_out: Sequence[str] = (),
    ) -> Future[None]:
        """A look ended.

        Args:
            identity: of the folder; None when it could not be looked at.
            trouble: why not, or not all of it.
            left_out: sentences about what of it is not added.
        """

        def run(connection: Connection) -> None:
            connection.execute(
                "UPDATE watched_folders SET trouble = ? WHERE id = ?",
                (failure_text(trouble), folder),
            )
            if identity is not None:
                connection.execute(
                    "UPDATE watched_folders SET looked_at = ?, device = ?, inode = ?, left_out = ?"
                    " WHERE id = ?",
                    (
                        *(time.time(), identity.device, identity.inode),
                        *(json_text([storable(one) for one in left_out]), folder),
                    ),
                )

        return self._database.write(run)


def _keep(connection: Connection, folder: FolderId, seen: Seen) -> Taken:
    row = connection.execute("SELECT path FROM watched_folders WHERE id = ?", (folder,)).fetchone()
    if row is None:
        return Taken(drop=None, changed=())
    now = time.time()
    for files, taken in ((seen.moving, False), (seen.wanted, True), (seen.same, True)):
        connection.executemany(
            _KEEP_FILE,
            ((folder, os.fsencode(path), *facts, now, taken) for path, facts in files.items()),
        )
    connection.executemany(
        "DELETE FROM watched_files WHERE folder = ? AND path = ?",
        ((folder, os.fsencode(path)) for path in seen.gone),
    )
    changed = {
        document
        for paths, gone_at in ((seen.gone, now), (list(seen.same), None))
        for path in paths
        for document in _mark_place(connection, path, gone_at)
    }
    return Taken(
        drop=_drop(connection, bytes(row[0]), seen.wanted, now) if seen.wanted else None,
        changed=tuple(get_document(connection, document) for document in sorted(changed)),
    )


def _mark_place(connection: Connection, path: Path, gone_at: float | None) -> list[DocumentId]:
    """Say of a place that nothing lies there any more, or something does again.

    Returns:
        The documents this is news about, but for removed ones.
    """
    rows = connection.execute(
        "UPDATE places SET gone_at = ?1 WHERE path = ?2 AND (gone_at IS NULL) <> (?1 IS NULL)"
        " RETURNING document, (SELECT removed_at FROM documents WHERE id = document)",
        (gone_at, os.fsencode(path)),
    ).fetchall()
    return [DocumentId(document) for document, removed_at in rows if removed_at is None]


def _drop(connection: Connection, root: bytes, wanted: Mapping[Path, Facts], now: float) -> Drop:
    cursor = connection.execute(
        "INSERT INTO drops (paths, dropped_at, listed) VALUES (?, ?, 1)", (root, now)
    )
    drop = int(cursor.lastrowid or 0)
    files = tuple(ListedFile(path=path, size=facts.size) for path, facts in wanted.items())
    connection.executemany(
        "INSERT INTO drop_files (batch, path, number, size) VALUES (?, ?, ?, ?)",
        ((drop, os.fsencode(one.path), number, one.size) for number, one in enumerate(files)),
    )
    return Drop(
        id=drop,
        paths=(Path(os.fsdecode(root)),),
        listed=True,
        waiting=files,
        known=frozenset(wanted),
    )


def _folder(row: Sequence[Any]) -> WatchedFolder:
    """From the columns `_FOLDER`."""
    return WatchedFolder(
        id=FolderId(row[0]),
        path=Path(os.fsdecode(row[1])),
        added_at=row[2],
        looked_at=row[3],
        trouble=failure(row[4]),
        left_out=tuple(json.loads(row[5])),
        files=row[6],
        waiting=row[7],
    )
