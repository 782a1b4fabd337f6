"""What documents say of themselves: plain steps inside somebody's transaction.

Must not know how documents are read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from carrel.domain.documents import OutlineEntry, Property
from carrel.domain.ids import DocumentId
from carrel.workspace.rows import json_text, storable
from carrel.workspace.sqlcipher import Connection


def keep_description(
    connection: Connection,
    document: DocumentId,
    outline: Sequence[OutlineEntry],
    properties: Sequence[Property],
) -> None:
    """Store what a reading found, in place of what an earlier one did."""
    connection.execute("DELETE FROM descriptions WHERE document = ?", (document,))
    if outline or properties:
        connection.execute(
            "INSERT INTO descriptions (document, outline, properties) VALUES (?, ?, ?)",
            (
                document,
                json_text([[storable(one.title), one.level, one.unit] for one in outline]),
                json_text([[storable(part) for part in one] for one in properties]),
            ),
        )


def read_outline(connection: Connection, document: DocumentId) -> tuple[OutlineEntry, ...]:
    """The table of contents; empty where there is none."""
    return tuple(
        OutlineEntry(title=title, level=level, unit=unit)
        for title, level, unit in _column(connection, document, "outline")
    )


def read_properties(connection: Connection, document: DocumentId) -> tuple[Property, ...]:
    """Title, author, dates and the like; empty where there are none."""
    found = _column(connection, document, "properties")
    return tuple(Property(name, value) for name, value in found)


def all_properties(connection: Connection) -> dict[DocumentId, tuple[Property, ...]]:
    """The same of all documents that say anything of themselves."""
    rows = connection.execute("SELECT document, properties FROM descriptions")
    return {
        DocumentId(document): tuple(Property(name, value) for name, value in json.loads(packed))
        for document, packed in rows
        if packed != "[]"
    }


def _column(connection: Connection, document: DocumentId, name: str) -> list[list[Any]]:
    row = connection.execute(
        f"SELECT {name} FROM descriptions WHERE document = ?",  # noqa: S608
        (document,),
    ).fetchone()
    found: list[list[Any]] = json.loads(row[0]) if row else []
    return found
