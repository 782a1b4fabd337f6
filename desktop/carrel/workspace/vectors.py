"""The embedding model that was chosen, and the vectors it made. Must not know how they are made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NamedTuple

from carrel.domain.ids import DocumentId
from carrel.domain.meaning import EmbeddingChoice, Trust
from carrel.workspace.database import Database
from carrel.workspace.errors import WorkspaceDamaged
from carrel.workspace.rows import json_text
from carrel.workspace.sqlcipher import Connection

_CHOSEN: Final = "embedding"
_TRUSTS: Final = "embedding_trust"


class Missing(NamedTuple):
    """A run of passages of one document."""

    document: DocumentId
    first: int
    passages: int


class Vectors:
    """The vectors of a workspace, all of one model. All methods return at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def chosen(self) -> Future[EmbeddingChoice | None]:
        """The model that was chosen; None without one."""
        return self._database.read(_chosen)

    def choose(self, choice: EmbeddingChoice | None) -> Future[None]:
        """Choose a model, or none; what another one made goes in the same transaction."""

        def run(connection: Connection) -> None:
            maker = "" if choice is None else choice.identity
            connection.execute("DELETE FROM vectors WHERE maker <> ?", (maker,))
            before = _chosen(connection)
            if before is None or before.identity != maker:
                _put(connection, _TRUSTS, None)
            _put(connection, _CHOSEN, None if choice is None else _form(choice))

        return self._database.write(run)

    def trusts(self) -> Future[tuple[dict[str, Trust], int]]:
        """How far the chosen model is trusted, by script, and with how many passages that was so.

        Empty, and 0, as long as it was not measured.
        """
        return self._database.read(_trusts)

    def trust(self, maker: str, trusts: Mapping[str, Trust], passages: int) -> Future[bool]:
        """Note how far a model is trusted; whether it is still the one that is chosen."""

        def run(connection: Connection) -> bool:
            if not _is_chosen(connection, maker):
                return False
            told = {script: asdict(trust) for script, trust in trusts.items()}
            _put(connection, _TRUSTS, {"passages": passages, "scripts": told})
            return True

        return self._database.write(run)

    def load(self, maker: str) -> Future[list[tuple[int, bytes]]]:
        """All vectors of a model: id of the first passage, and what was kept; in order."""
        return self._database.read(
            lambda connection: connection.execute(
                "SELECT first, body FROM vectors WHERE maker = ? ORDER BY first", (maker,)
            ).fetchall()
        )

    def missing(self, maker: str) -> Future[list[Missing]]:
        """Passages that can be found and have no vector of a model, as runs in order."""

        def run(connection: Connection) -> list[Missing]:
            # A passage's own row tells its run's document; runs break where vectors begin.
            rows = connection.execute(
                "SELECT p.document, p.id FROM passages AS p"
                " JOIN documents AS d ON d.id = p.document AND d.removed_at IS NULL"
                " WHERE NOT EXISTS (SELECT 1 FROM vectors AS v WHERE v.maker = ?1"
                "  AND v.first = (SELECT max(w.first) FROM vectors AS w WHERE w.first <= p.id)"
                "  AND p.id < v.first + v.passages) ORDER BY p.id",
                (maker,),
            )
            found: list[Missing] = []
            for document, id_ in rows:
                last = found[-1] if found else None
                if last and last.document == document and last.first + last.passages == id_:
                    found[-1] = last._replace(passages=last.passages + 1)
                else:
                    found.append(Missing(DocumentId(document), id_, 1))
            return found

        return self._database.read(run)

    def keep(self, maker: str, run: Missing, body: bytes) -> Future[bool]:
        """Keep the vectors of a run of passages.

        Returns:
            False, and nothing is kept, when another model was chosen meanwhile or a passage is
            gone.
        """

        def write(connection: Connection) -> bool:
            (there,) = connection.execute(
                "SELECT count(*) FROM passages WHERE document = ? AND id >= ? AND id < ?",
                (run.document, run.first, run.first + run.passages),
            ).fetchone()
            if there != run.passages or not _is_chosen(connection, maker):
                return False
            connection.execute(
                "INSERT OR REPLACE INTO vectors (first, document, passages, maker, body)"
                " VALUES (?, ?, ?, ?, ?)",
                (run.first, run.document, run.passages, maker, body),
            )
            return True

        return self._database.write(write)

    def sweep(self) -> Future[int]:
        """Remove vectors of passages that no longer exist; how many rows went."""
        return self._database.write(
            lambda connection: (
                connection.execute(
                    "DELETE FROM vectors WHERE NOT EXISTS (SELECT 1 FROM passages AS p"
                    " WHERE p.id >= first AND p.id < first + vectors.passages)"
                ).rowcount
            )
        )

    def counts(self, maker: str) -> Future[tuple[int, int]]:
        """Passages that have vectors of a model, and all that can be found."""

        def run(connection: Connection) -> tuple[int, int]:
            (done,) = connection.execute(
                "SELECT coalesce(sum(v.passages), 0) FROM vectors AS v"
                " JOIN documents AS d ON d.id = v.document AND d.removed_at IS NULL"
                " WHERE v.maker = ?",
                (maker,),
            ).fetchone()
            (total,) = connection.execute(
                "SELECT count(*) FROM passages AS p"
                " JOIN documents AS d ON d.id = p.document AND d.removed_at IS NULL"
            ).fetchone()
            return int(done), int(total)

        return self._database.read(run)


def drop_vectors(connection: Connection, document: DocumentId) -> None:
    """Remove the vectors of a document whose passages go."""
    connection.execute("DELETE FROM vectors WHERE document = ?", (document,))


def _is_chosen(connection: Connection, maker: str) -> bool:
    chosen = _chosen(connection)
    return chosen is not None and chosen.identity == maker


def _form(choice: EmbeddingChoice) -> dict[str, Any]:
    return {**asdict(choice), "path": str(choice.path)}


def _put(connection: Connection, name: str, value: object) -> None:
    if value is None:
        connection.execute("DELETE FROM meta WHERE name = ?", (name,))
        return
    connection.execute(
        "INSERT INTO meta (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, json_text(value)),
    )


def _get(connection: Connection, name: str) -> Any:  # noqa: ANN401 - JSON
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else json.loads(row[0])


def _chosen(connection: Connection) -> EmbeddingChoice | None:
    try:
        form = _get(connection, _CHOSEN)
        return None if form is None else EmbeddingChoice(**{**form, "path": Path(form["path"])})
    except (ValueError, TypeError, KeyError) as error:
        raise WorkspaceDamaged(cause="its embedding model cannot be told") from error


def _trusts(connection: Connection) -> tuple[dict[str, Trust], int]:
    try:
        form = _get(connection, _TRUSTS)
        if form is None:
            return {}, 0
        found = {str(script): Trust(**told) for script, told in form["scripts"].items()}
        return found, int(form["passages"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WorkspaceDamaged(cause="its trust in the embedding model cannot be told") from error
