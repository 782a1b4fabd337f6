"""Format 9: pages whose text is recognised in their picture, and the passages that come of it.

Frozen: never edited after a release, imports nothing of ours.

A row of `recognition` waits until its page was recognised and then says how well. A document's
own passages stay one run; those of recognised pages come later, in runs of their own.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    # `what`, `why`, `remedy` and `loss` are the page's line in the ledger; none without `what`.
    """
    CREATE TABLE recognition (
        document       INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        parser_version INTEGER NOT NULL,
        unit           INTEGER NOT NULL,
        state          TEXT NOT NULL,
        replaces       INTEGER NOT NULL,
        what           TEXT NOT NULL,
        why            TEXT NOT NULL,
        remedy         TEXT NOT NULL,
        loss           INTEGER NOT NULL,
        start          INTEGER NOT NULL DEFAULT 0,
        confidence     REAL NOT NULL DEFAULT 0,
        languages      TEXT NOT NULL DEFAULT '',
        turned         INTEGER NOT NULL DEFAULT 0,
        seconds        REAL NOT NULL DEFAULT 0,
        confidences    BLOB NOT NULL DEFAULT x'',
        PRIMARY KEY (document, parser_version, unit)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX recognition_waiting ON recognition (document, unit) WHERE state = 'waiting'",
    """
    CREATE TABLE recognised_passages (
        first    INTEGER PRIMARY KEY NOT NULL,
        document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        passages INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX recognised_passages_by_document ON recognised_passages (document)",
    # Of words that were recognised in a picture, 0 to 100; NULL for a document's own.
    "ALTER TABLE citations ADD COLUMN confidence REAL",
)


def migrate(connection: _Connection) -> None:
    """Add the tables and the column."""
    for statement in _STATEMENTS:
        connection.execute(statement)
