"""What documents are filed under: kind, names, labels, folders, author, dates. All at once.

For conditions of a search, which look at every document: plain columns, without what is shown of a
document. Must not know what fits.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import Future
from json import JSONDecoder
from typing import Final

from carrel.domain.documents import Inside
from carrel.domain.ids import DocumentId
from carrel.domain.searching import Filed
from carrel.workspace.database import Database
from carrel.workspace.rows import json_text, storable
from carrel.workspace.sqlcipher import Connection

_DOCUMENTS: Final = (
    "SELECT id, kind, coalesce(title, name), name, added_at, old FROM documents"
    " WHERE removed_at IS NULL ORDER BY id DESC"
)
_MEMBERS: Final = (
    "SELECT m.document, m.container, m.path FROM members AS m JOIN documents AS c"
    " ON c.id = m.container WHERE c.removed_at IS NULL"
)


class Filing:
    """Looks all documents of a workspace over."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(
        self, *, labels: bool = False, folders: bool = False, properties: Iterable[str] = ()
    ) -> Future[dict[DocumentId, Filed]]:
        """Every document that was not removed, by id, newest first.

        Args:
            labels: with its tags and collections, and what it lies in.
            folders: with the places on the disk, and what it lies in.
            properties: with these of what it says of itself.
        """
        wanted = frozenset(properties)

        def run(connection: Connection) -> dict[DocumentId, Filed]:
            found = {row[0]: Filed(*row) for row in connection.execute(_DOCUMENTS)}
            if labels:
                for id_, kind, folded in connection.execute(
                    "SELECT document, kind, folded FROM labels"
                ):
                    if id_ in found:
                        found[id_].labels += ((kind, folded),)
            if folders:
                _add_folders(connection, found)
            if labels or folders:
                for id_, container, path in connection.execute(_MEMBERS):
                    if id_ in found:
                        found[id_].inside += (Inside(DocumentId(container), path),)
            if wanted:
                _add_properties(connection, found, wanted)
            return found

        return self._database.read(run)


def _add_folders(connection: Connection, found: dict[DocumentId, Filed]) -> None:
    known: dict[bytes, tuple[str]] = {}  # many documents lie in one folder
    for id_, path in connection.execute("SELECT document, path FROM places"):
        if id_ not in found:
            continue
        above = path[: max(path.rfind(b"/"), path.rfind(b"\\"), 0)]
        folder = known.get(above)
        if folder is None:
            folder = known[above] = (storable(os.fsdecode(above)),)
        found[id_].folders += folder


def _add_properties(
    connection: Connection, found: dict[DocumentId, Filed], wanted: frozenset[str]
) -> None:
    """Pick what is wanted out of the JSON as it stands, most of which need not be decoded.

    Inside of a text a quotation mark has a backslash before it, so no text looks like a name.
    """
    read = JSONDecoder().raw_decode
    signs = [(name, f"[{json_text(name)},") for name in sorted(wanted)]
    for id_, packed in connection.execute(
        "SELECT document, properties FROM descriptions WHERE properties <> '[]'"
    ):
        if id_ not in found:
            continue
        said: list[tuple[str, str]] = []
        for name, sign in signs:
            at = packed.find(sign)
            while at >= 0:
                start = at + len(sign) + 1
                at = packed.find('"', start)
                value = packed[start:at]
                if "\\" in value:
                    value, at = read(packed, start - 1)
                said.append((name, value))
                at = packed.find(sign, at)
        if said:
            found[id_].properties = said
