"""Documents that are nearly the same: sketches made by parsers, kept and compared.

`keep_sketch` is a plain step inside somebody's transaction; `find_alike` only reads.
"""

from __future__ import annotations

from typing import Final

from carrel.domain.documents import Alike
from carrel.domain.ids import DocumentId
from carrel.language.likeness import NEARLY, parts, share
from carrel.workspace.lookup import get_columns
from carrel.workspace.sqlcipher import Connection

MOST_CANDIDATES: Final = 100
"""Documents whose sketches are compared, those with most in common first. A form that was filled
in a thousand times is like all others, and nobody reads more than a few names."""

MOST_ALIKE: Final = 10
"""Documents that are named."""


def keep_sketch(connection: Connection, document: DocumentId, sketch: bytes) -> None:
    """Store a document's sketch in place of what was stored; an empty one is none."""
    for table in ("sketches", "sketch_parts"):
        connection.execute(f"DELETE FROM {table} WHERE document = ?", (document,))  # noqa: S608
    if sketch:
        connection.execute(
            "INSERT INTO sketches (document, body) VALUES (?, ?)", (document, sketch)
        )
        connection.executemany(
            "INSERT OR IGNORE INTO sketch_parts (part, document) VALUES (?, ?)",
            ((part, document) for part in parts(sketch)),
        )


def find_alike(connection: Connection, wanted: DocumentId) -> tuple[Alike, ...]:
    """What is nearly the same as a document, the most alike first; DocumentGone without one.

    Its own versions, and versions that are old, are not among them.
    """
    get_columns(connection, "id", wanted)
    row = connection.execute("SELECT body FROM sketches WHERE document = ?", (wanted,)).fetchone()
    if row is None:
        return ()
    candidates = connection.execute(
        "SELECT d.id, coalesce(d.title, d.name), s.body FROM (SELECT o.document, count(*) AS common"
        "  FROM sketch_parts AS p JOIN sketch_parts AS o ON o.part = p.part"
        "  WHERE p.document = ?1 AND o.document <> ?1 GROUP BY o.document"
        "  ORDER BY common DESC, o.document LIMIT ?2) AS c"
        " JOIN documents AS d ON d.id = c.document JOIN sketches AS s ON s.document = d.id"
        " WHERE d.removed_at IS NULL AND NOT d.old AND NOT EXISTS (SELECT 1 FROM places AS p"
        "  JOIN places AS q ON q.path = p.path WHERE p.document = ?1 AND q.document = d.id)",
        (wanted, MOST_CANDIDATES),
    )
    found = [
        Alike(document=DocumentId(id_), name=name, share=share(bytes(row[0]), bytes(body)))
        for id_, name, body in candidates
    ]
    found = sorted((one for one in found if one.share >= NEARLY), key=lambda one: -one.share)
    return tuple(found[:MOST_ALIKE])
