"""The formats of the database, one step after another.

A step and the record that it ran share one transaction. Steps are frozen once
released: they live in modules of their own and import nothing of ours, so that
later changes elsewhere cannot change what an old workspace becomes.
"""

from collections.abc import Callable
from typing import Final

from carrel.workspace import (
    m001_initial,
    m002_capsules,
    m003_members,
    m004_cells,
    m005_descriptions,
    m006_blocks,
    m007_removal,
    m008_places,
    m009_recognition,
    m010_likeness,
    m011_arrivals,
    m012_labels,
    m013_watching,
    m014_cited_cells,
    m015_making,
    m016_checks,
    m017_reading,
    m018_questionnaires,
    m019_rereading,
    m020_words,
    m021_written,
    m022_translations,
    m023_vectors,
)
from carrel.workspace.database import immediate
from carrel.workspace.errors import WorkspaceTooNew
from carrel.workspace.sqlcipher import Connection

MIGRATIONS: Final[tuple[Callable[[Connection], None], ...]] = (
    m001_initial.migrate,
    m002_capsules.migrate,
    m003_members.migrate,
    m004_cells.migrate,
    m005_descriptions.migrate,
    m006_blocks.migrate,
    m007_removal.migrate,
    m008_places.migrate,
    m009_recognition.migrate,
    m010_likeness.migrate,
    m011_arrivals.migrate,
    m012_labels.migrate,
    m013_watching.migrate,
    m014_cited_cells.migrate,
    m015_making.migrate,
    m016_checks.migrate,
    m017_reading.migrate,
    m018_questionnaires.migrate,
    m019_rereading.migrate,
    m020_words.migrate,
    m021_written.migrate,
    m022_translations.migrate,
    m023_vectors.migrate,
)
"""In order; the format of a database is how many of them ran."""


def migrate(
    connection: Connection,
    migrations: tuple[Callable[[Connection], None], ...] = MIGRATIONS,
) -> None:
    """Bring a database up to the format of this program.

    Raises:
        WorkspaceTooNew: a newer program made it; nothing was changed.
    """
    applied = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if applied > len(migrations):
        raise WorkspaceTooNew(found=applied, known=len(migrations))
    for number, step in enumerate(migrations[applied:], start=applied + 1):
        immediate(connection, _numbered(number, step))


def _numbered(number: int, step: Callable[[Connection], None]) -> Callable[[Connection], None]:
    def run(connection: Connection) -> None:
        step(connection)
        connection.execute(f"PRAGMA user_version = {number}")

    return run
