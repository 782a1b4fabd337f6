"""Format 1: documents with units and passages, posting segments, chats with cited answers.

Frozen: never edited after a release, imports nothing of ours.

Citations name no row of a document: they keep its name, its digest and the words
themselves, so that an old answer outlives the document it rests on.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    """
    CREATE TABLE meta (
        name  TEXT PRIMARY KEY NOT NULL,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE documents (
        id             INTEGER PRIMARY KEY AUTOINCREMENT,
        sha256         TEXT NOT NULL UNIQUE,
        name           TEXT NOT NULL,
        size           INTEGER NOT NULL,
        blob           TEXT NOT NULL UNIQUE,
        kind           TEXT NOT NULL,
        state          TEXT NOT NULL,
        added_at       REAL NOT NULL,
        parser         TEXT NOT NULL DEFAULT '',
        parser_version INTEGER NOT NULL DEFAULT 0,
        units          INTEGER NOT NULL DEFAULT 0,
        first_passage  INTEGER NOT NULL DEFAULT 0,
        passages       INTEGER NOT NULL DEFAULT 0,
        seconds        REAL NOT NULL DEFAULT 0,
        failure        TEXT,
        warnings       TEXT NOT NULL DEFAULT '[]'
    ) STRICT
    """,
    "CREATE INDEX documents_by_state ON documents (state)",
    # The boxes come last: a text is read without touching the pages they fill.
    """
    CREATE TABLE units (
        id             INTEGER PRIMARY KEY AUTOINCREMENT,
        document       INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        parser_version INTEGER NOT NULL,
        number         INTEGER NOT NULL,
        kind           TEXT NOT NULL,
        label          TEXT NOT NULL,
        width          REAL NOT NULL,
        height         REAL NOT NULL,
        text           TEXT NOT NULL,
        char_boxes     BLOB NOT NULL,
        UNIQUE (document, parser_version, number)
    ) STRICT
    """,
    # Where a passage begins and ends; its text is that part of the unit's.
    """
    CREATE TABLE passages (
        id       INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        unit     INTEGER NOT NULL REFERENCES units (id) ON DELETE CASCADE,
        start    INTEGER NOT NULL,
        "end"    INTEGER NOT NULL,
        heading  TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX passages_by_document ON passages (document)",
    "CREATE INDEX passages_by_unit ON passages (unit)",
    """
    CREATE TABLE segments (
        id            INTEGER PRIMARY KEY AUTOINCREMENT,
        level         INTEGER NOT NULL,
        first_passage INTEGER NOT NULL,
        passages      INTEGER NOT NULL,
        body          BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE chats (
        id         INTEGER PRIMARY KEY AUTOINCREMENT,
        title      TEXT NOT NULL,
        created_at REAL NOT NULL,
        changed_at REAL NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE exchanges (
        id        INTEGER PRIMARY KEY AUTOINCREMENT,
        chat      INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
        question  TEXT NOT NULL,
        asked_at  REAL NOT NULL,
        state     TEXT NOT NULL,
        mode      TEXT NOT NULL,
        documents TEXT NOT NULL DEFAULT '[]',
        failure   TEXT
    ) STRICT
    """,
    "CREATE INDEX exchanges_by_chat ON exchanges (chat)",
    "CREATE INDEX exchanges_unfinished ON exchanges (state) WHERE state = 'asked'",
    """
    CREATE TABLE answers (
        exchange        INTEGER PRIMARY KEY REFERENCES exchanges (id) ON DELETE CASCADE,
        answered_at     REAL NOT NULL,
        mode            TEXT NOT NULL,
        text            TEXT NOT NULL,
        thinking        TEXT NOT NULL,
        units_used      INTEGER NOT NULL,
        units_total     INTEGER NOT NULL,
        installed_model TEXT NOT NULL,
        sampling        TEXT NOT NULL,
        prompt_tokens   INTEGER NOT NULL,
        answer_tokens   INTEGER NOT NULL,
        timing          TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE citations (
        exchange        INTEGER NOT NULL REFERENCES answers (exchange) ON DELETE CASCADE,
        n               INTEGER NOT NULL,
        verdict         TEXT NOT NULL,
        quote           TEXT NOT NULL,
        document        INTEGER,
        document_name   TEXT NOT NULL,
        document_sha256 TEXT NOT NULL,
        unit_kind       TEXT,
        unit_number     INTEGER,
        unit_label      TEXT,
        start           INTEGER NOT NULL,
        "end"           INTEGER NOT NULL,
        source_text     TEXT NOT NULL,
        difference      TEXT NOT NULL,
        parser_version  INTEGER NOT NULL,
        boxes           TEXT NOT NULL,
        PRIMARY KEY (exchange, n)
    ) STRICT, WITHOUT ROWID
    """,
)


def migrate(connection: _Connection) -> None:
    """Make the tables of format 1."""
    for statement in _STATEMENTS:
        connection.execute(statement)
