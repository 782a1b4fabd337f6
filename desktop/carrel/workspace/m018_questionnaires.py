"""Format 18: lists of questions that are put to many documents.

Frozen: never edited after a release, imports nothing of ours.

The answers are exchanges of a chat that is not listed, one chat for each questionnaire, so that
citations are kept and followed as everywhere. A cell without a row was not asked yet.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    "ALTER TABLE chats ADD COLUMN listed INTEGER NOT NULL DEFAULT 1",
    """
    CREATE TABLE questionnaires (
        id              INTEGER PRIMARY KEY AUTOINCREMENT,
        chat            INTEGER NOT NULL UNIQUE REFERENCES chats (id) ON DELETE CASCADE,
        name            TEXT NOT NULL,
        identity        TEXT NOT NULL DEFAULT '',
        mode            TEXT NOT NULL,
        installed_model TEXT NOT NULL,
        effort          TEXT NOT NULL,
        state           TEXT NOT NULL,
        made_at         REAL NOT NULL,
        changed_at      REAL NOT NULL,
        seconds         REAL NOT NULL DEFAULT 0,
        failure         TEXT
    ) STRICT
    """,
    """
    CREATE TABLE asked_questions (
        questionnaire INTEGER NOT NULL REFERENCES questionnaires (id) ON DELETE CASCADE,
        n             INTEGER NOT NULL,
        text          TEXT NOT NULL,
        PRIMARY KEY (questionnaire, n)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE asked_documents (
        questionnaire INTEGER NOT NULL REFERENCES questionnaires (id) ON DELETE CASCADE,
        n             INTEGER NOT NULL,
        document      INTEGER NOT NULL,
        name          TEXT NOT NULL,
        sha256        TEXT NOT NULL,
        characters    INTEGER NOT NULL,
        PRIMARY KEY (questionnaire, n)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE asked_cells (
        questionnaire INTEGER NOT NULL REFERENCES questionnaires (id) ON DELETE CASCADE,
        document      INTEGER NOT NULL,
        question      INTEGER NOT NULL,
        exchange      INTEGER NOT NULL UNIQUE REFERENCES exchanges (id) ON DELETE CASCADE,
        PRIMARY KEY (questionnaire, document, question)
    ) STRICT, WITHOUT ROWID
    """,
)


def migrate(connection: _Connection) -> None:
    """Add the tables and the column."""
    for statement in _STATEMENTS:
        connection.execute(statement)
