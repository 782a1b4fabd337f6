"""Format 22: translations of documents, piece by piece.

Frozen: never edited after a release, imports nothing of ours.

A piece without a state was not translated yet. Pieces keep the words of the original, so that a
translation stays whole when its document is read anew; they go with the document.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    """
    CREATE TABLE translations (
        id              INTEGER PRIMARY KEY AUTOINCREMENT,
        document        INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        language        TEXT NOT NULL,
        installed_model TEXT NOT NULL,
        state           TEXT NOT NULL,
        made_at         REAL NOT NULL,
        changed_at      REAL NOT NULL,
        failure         TEXT
    ) STRICT
    """,
    "CREATE INDEX translations_document ON translations (document)",
    """
    CREATE TABLE translated_pieces (
        translation INTEGER NOT NULL REFERENCES translations (id) ON DELETE CASCADE,
        n           INTEGER NOT NULL,
        unit        INTEGER NOT NULL,
        kind        TEXT NOT NULL,
        label       TEXT NOT NULL,
        start       INTEGER NOT NULL,
        "end"       INTEGER NOT NULL,
        source      TEXT NOT NULL,
        tries       INTEGER NOT NULL DEFAULT 0,
        state       TEXT,
        text        TEXT NOT NULL DEFAULT '',
        doubts      TEXT NOT NULL DEFAULT '[]',
        missing     TEXT NOT NULL DEFAULT '[]',
        added       TEXT NOT NULL DEFAULT '[]',
        failure     TEXT,
        kept        INTEGER NOT NULL DEFAULT 0,
        seconds     REAL NOT NULL DEFAULT 0,
        PRIMARY KEY (translation, n)
    ) STRICT, WITHOUT ROWID
    """,
)


def migrate(connection: _Connection) -> None:
    """Add the tables."""
    for statement in _STATEMENTS:
        connection.execute(statement)
