"""Questionnaires and their cells.

A cell's answer is an exchange of the questionnaire's own chat, which is not listed. Each change is
one transaction, so whatever ends the program, a cell has an answer or it is open, and never two.
Must not know how cells are answered.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Final

from carrel.domain.answers import Answer, AnswerMode, Effort, Exchange, ExchangeState
from carrel.domain.documents import Failure
from carrel.domain.ids import DocumentId, ExchangeId, QuestionnaireId
from carrel.domain.questionnaires import (
    AskedDocument,
    Cell,
    NewQuestionnaire,
    Questionnaire,
    RunState,
    Sheet,
)
from carrel.workspace.answers import keep_answer, read_exchanges
from carrel.workspace.chats import settle
from carrel.workspace.database import Database
from carrel.workspace.errors import DocumentGone, QuestionnaireGone
from carrel.workspace.rereading import drop_needless
from carrel.workspace.rows import failure, failure_text, groups, json_text, storable
from carrel.workspace.sqlcipher import Connection

_LISTED: Final = (
    "SELECT q.id, q.name, q.mode, q.installed_model, q.effort, q.state, q.made_at, q.changed_at,"
    " q.seconds, q.identity, q.failure,"
    " (SELECT json_group_array(text) FROM (SELECT text FROM asked_questions"
    " WHERE questionnaire = q.id ORDER BY n)),"
    " (SELECT count(*) FROM asked_documents WHERE questionnaire = q.id),"
    " (SELECT json_array(count(*), total(e.state = 'failed')) FROM asked_cells AS c"
    " JOIN exchanges AS e ON e.id = c.exchange AND e.state IN ('answered', 'failed')"
    " WHERE c.questionnaire = q.id) FROM questionnaires AS q"
)


class Questionnaires:
    """The questionnaires of a workspace. All methods return at once.

    A Future of one that is gone fails with QuestionnaireGone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, new: NewQuestionnaire) -> Future[Questionnaire]:
        """Store a questionnaire; DocumentGone when one of its documents is."""

        def run(connection: Connection) -> Questionnaire:
            now = time.time()
            name = storable(new.name)
            chat = connection.execute(
                "INSERT INTO chats (title, created_at, changed_at, listed) VALUES (?, ?, ?, 0)",
                (name, now, now),
            ).lastrowid
            cursor = connection.execute(
                "INSERT INTO questionnaires (chat, name, identity, mode, installed_model, effort,"
                " state, made_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(chat, name, new.identity, new.mode, new.installed_model, new.effort),
                    *(RunState.READY, now, now),
                ),
            )
            made = QuestionnaireId(int(cursor.lastrowid or 0))
            connection.executemany(
                "INSERT INTO asked_questions (questionnaire, n, text) VALUES (?, ?, ?)",
                ((made, n, storable(text)) for n, text in enumerate(new.questions, 1)),
            )
            _append(connection, made, new.documents)
            return _one(connection, made)

        return self._database.write(run)

    def extend(
        self, wanted: QuestionnaireId, documents: Sequence[DocumentId]
    ) -> Future[Questionnaire]:
        """Ask these documents, too; those that are asked already are left as they are."""

        def run(connection: Connection) -> Questionnaire:
            _one(connection, wanted)
            rows = connection.execute(
                "SELECT document FROM asked_documents WHERE questionnaire = ?", (wanted,)
            )
            there = {row[0] for row in rows}
            _append(connection, wanted, [one for one in documents if one not in there])
            return _one(connection, wanted)

        return self._database.write(run)

    def list(self) -> Future[tuple[Questionnaire, ...]]:
        """All, the newest first."""

        def run(connection: Connection) -> tuple[Questionnaire, ...]:
            return tuple(map(_listed, connection.execute(f"{_LISTED} ORDER BY q.id DESC")))

        return self._database.read(run)

    def get(self, wanted: QuestionnaireId) -> Future[Questionnaire]:
        """One of them."""
        return self._database.read(lambda connection: _one(connection, wanted))

    def with_identity(self, identity: str) -> Future[Questionnaire | None]:
        """The newest that was made from the file with this identity."""

        def run(connection: Connection) -> Questionnaire | None:
            row = connection.execute(
                f"{_LISTED} WHERE q.identity = ? ORDER BY q.id DESC LIMIT 1", (identity,)
            ).fetchone()
            return None if row is None else _listed(row)

        return self._database.read(run)

    def sheet(self, wanted: QuestionnaireId) -> Future[Sheet]:
        """One with all its cells and their answers."""
        return self._database.read(lambda connection: _sheet(connection, wanted))

    def begin_cell(
        self, wanted: QuestionnaireId, *, document: int, question: int, mode: AnswerMode
    ) -> Future[Exchange]:
        """Store that a cell is being answered, in place of what was stored for it.

        Args:
            document, question: their places in the questionnaire.
        """

        def run(connection: Connection) -> Exchange:
            row = connection.execute(
                "SELECT q.chat, a.text, d.document FROM questionnaires AS q"
                " JOIN asked_questions AS a ON a.questionnaire = q.id AND a.n = ?"
                " JOIN asked_documents AS d ON d.questionnaire = q.id AND d.n = ? WHERE q.id = ?",
                (question, document, wanted),
            ).fetchone()
            if row is None:
                raise QuestionnaireGone
            chat, text, asked = row
            connection.execute(
                "DELETE FROM exchanges WHERE id = (SELECT exchange FROM asked_cells"
                " WHERE questionnaire = ? AND document = ? AND question = ?)",
                (wanted, document, question),
            )
            cursor = connection.execute(
                "INSERT INTO exchanges (chat, question, asked_at, state, mode, documents)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (chat, text, time.time(), ExchangeState.ASKED, mode, json_text([asked])),
            )
            made = ExchangeId(int(cursor.lastrowid or 0))
            connection.execute(
                "INSERT INTO asked_cells (questionnaire, document, question, exchange)"
                " VALUES (?, ?, ?, ?)",
                (wanted, document, question, made),
            )
            return read_exchanges(connection, "e.id = ?", (made,))[0]

        return self._database.write(run)

    def finish_cell(
        self,
        exchange: ExchangeId,
        answer: Answer | None,
        state: ExchangeState,
        why: Failure | None = None,
        *,
        seconds: float,
    ) -> Future[Exchange]:
        """Store what came of a cell, with its citations, in one transaction.

        Args:
            answer: None when there is none, and then ``why`` says why.
            seconds: it took.
        """

        def run(connection: Connection) -> Exchange:
            if answer is not None:
                keep_answer(connection, exchange, answer)
            connection.execute(
                "UPDATE questionnaires SET seconds = seconds + ?, changed_at = ? WHERE id ="
                " (SELECT questionnaire FROM asked_cells WHERE exchange = ?)",
                (seconds, time.time(), exchange),
            )
            return settle(connection, exchange, state, why)

        return self._database.write(run)

    def reopen(
        self, wanted: QuestionnaireId, cells: Sequence[tuple[int, int]] | None = None
    ) -> Future[Questionnaire]:
        """Take answers away, so that these cells are asked again.

        Args:
            cells: document and question of each; None for all that failed.
        """

        def run(connection: Connection) -> Questionnaire:
            which = "state = 'failed' AND" if cells is None else ""
            one = "" if cells is None else " AND document = ? AND question = ?"
            statement = (
                f"DELETE FROM exchanges WHERE {which} id IN (SELECT exchange FROM asked_cells"  # noqa: S608
                f" WHERE questionnaire = ?{one})"
            )
            for values in [()] if cells is None else cells:
                connection.execute(statement, (wanted, *values))
            drop_needless(connection)
            return _one(connection, wanted)

        return self._database.write(run)

    def set_state(
        self, wanted: QuestionnaireId, state: RunState, why: Failure | None = None
    ) -> Future[Questionnaire]:
        """How far it has come.

        Args:
            why: what keeps it from going on.
        """

        def run(connection: Connection) -> Questionnaire:
            connection.execute(
                "UPDATE questionnaires SET state = ?, failure = ?, changed_at = ? WHERE id = ?",
                (state, failure_text(why), time.time(), wanted),
            )
            return _one(connection, wanted)

        return self._database.write(run)

    def rename(self, wanted: QuestionnaireId, name: str) -> Future[Questionnaire]:
        """Call it otherwise."""

        def run(connection: Connection) -> Questionnaire:
            connection.execute(
                "UPDATE questionnaires SET name = ? WHERE id = ?", (storable(name), wanted)
            )
            return _one(connection, wanted)

        return self._database.write(run)

    def remove(self, wanted: QuestionnaireId) -> Future[None]:
        """Remove it with its answers."""

        def run(connection: Connection) -> None:
            _one(connection, wanted)
            connection.execute(
                "DELETE FROM chats WHERE id = (SELECT chat FROM questionnaires WHERE id = ?)",
                (wanted,),
            )
            drop_needless(connection)

        return self._database.write(run)


def interrupt_runs(connection: Connection) -> None:
    """Mark questionnaires that were worked on when the program ended."""
    connection.execute("UPDATE questionnaires SET state = 'interrupted' WHERE state = 'running'")


def _append(
    connection: Connection, wanted: QuestionnaireId, documents: Sequence[DocumentId]
) -> None:
    found: dict[int, tuple[str, str, int]] = {}
    for marks, ids in groups(documents):
        rows = connection.execute(
            "SELECT d.id, coalesce(d.title, d.name), d.sha256, (SELECT coalesce(sum(length(u.text)"  # noqa: S608
            "), 0) FROM units AS u WHERE u.document = d.id AND u.parser_version ="
            " d.parser_version) FROM documents AS d WHERE d.removed_at IS NULL"
            f" AND d.id IN ({marks})",
            ids,
        )
        found.update({row[0]: row[1:] for row in rows})
    (last,) = connection.execute(
        "SELECT coalesce(max(n), 0) FROM asked_documents WHERE questionnaire = ?", (wanted,)
    ).fetchone()
    for n, document in enumerate(documents, last + 1):
        if document not in found:
            raise DocumentGone
        connection.execute(
            "INSERT INTO asked_documents (questionnaire, n, document, name, sha256, characters)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (wanted, n, document, *found[document]),
        )


def _one(connection: Connection, wanted: QuestionnaireId) -> Questionnaire:
    row = connection.execute(f"{_LISTED} WHERE q.id = ?", (wanted,)).fetchone()
    if row is None:
        raise QuestionnaireGone
    return _listed(row)


def _listed(row: Sequence[Any]) -> Questionnaire:
    answered, failed = json.loads(row[13])
    return Questionnaire(
        id=QuestionnaireId(row[0]),
        name=row[1],
        mode=AnswerMode(row[2]),
        installed_model=row[3],
        effort=Effort(row[4]),
        state=RunState(row[5]),
        made_at=row[6],
        changed_at=row[7],
        seconds=row[8],
        identity=row[9],
        failure=failure(row[10]),
        questions=tuple(json.loads(row[11])),
        documents=row[12],
        answered=answered,
        failed=int(failed),
    )


def _sheet(connection: Connection, wanted: QuestionnaireId) -> Sheet:
    listed = _one(connection, wanted)
    rows = connection.execute(
        "SELECT n, document, name, sha256, characters FROM asked_documents"
        " WHERE questionnaire = ? ORDER BY n",
        (wanted,),
    ).fetchall()
    documents = tuple(
        AskedDocument(n=n, document=DocumentId(id_), name=name, sha256=sha256, characters=size)
        for n, id_, name, sha256, size in rows
    )
    rows = connection.execute(
        "SELECT document, question, exchange FROM asked_cells WHERE questionnaire = ?", (wanted,)
    ).fetchall()
    which = "chat = (SELECT chat FROM questionnaires WHERE id = ?)"
    found = {one.id: one for one in read_exchanges(connection, which, (wanted,))}
    asked = {(document, question): found.get(exchange) for document, question, exchange in rows}
    return Sheet(
        questionnaire=listed,
        documents=documents,
        cells=tuple(
            Cell(question=n, document=one.n, exchange=asked.get((one.n, n)))
            for one in documents
            for n in range(1, len(listed.questions) + 1)
        ),
    )
