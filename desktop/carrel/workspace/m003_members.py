"""Format 3: documents inside documents, the ledger of what was not read, unread parts of answers.

Frozen: never edited after a release, imports nothing of ours.

A document inside several containers is one row with several members; `own` tells whether
the user added it by itself, so that it outlives its containers.
"""

from typing import Protocol


class _Connection(Protocol):
    def execute(self, statement: str, /) -> object: ...


_STATEMENTS = (
    "ALTER TABLE documents ADD COLUMN own INTEGER NOT NULL DEFAULT 1",
    """
    CREATE TABLE members (
        container INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        path      TEXT NOT NULL,
        position  INTEGER NOT NULL,
        document  INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        PRIMARY KEY (container, path)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX members_by_document ON members (document)",
    # Unit 0 is the whole document.
    """
    CREATE TABLE ledger (
        document       INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        parser_version INTEGER NOT NULL,
        position       INTEGER NOT NULL,
        unit           INTEGER NOT NULL,
        what           TEXT NOT NULL,
        why            TEXT NOT NULL,
        remedy         TEXT NOT NULL,
        loss           INTEGER NOT NULL,
        name           TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (document, parser_version, position)
    ) STRICT, WITHOUT ROWID
    """,
    # Until now only sentences were kept; they name the pages in words.
    """
    INSERT INTO ledger (document, parser_version, position, unit, what, why, remedy, loss)
    SELECT d.id, d.parser_version, w.key + 1, 0, 'note', w.value,
        'Remove the document and add it again to have its pages listed one by one.',
        d.state = 'partial'
    FROM documents AS d, json_each(d.warnings) AS w
    """,
    "ALTER TABLE answers ADD COLUMN unread TEXT NOT NULL DEFAULT '[]'",
)


def migrate(connection: _Connection) -> None:
    """Add the tables and columns; turn the sentences kept so far into ledger lines."""
    for statement in _STATEMENTS:
        connection.execute(statement)
