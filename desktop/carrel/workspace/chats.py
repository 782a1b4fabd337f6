"""Chats, questions and cited answers.

A question is stored before anybody looks for an answer, and an answer with all
its citations in one transaction. Citations copy what they need, so that an old
answer stays readable when its documents are gone. Must not know how answers are
made.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

from carrel.domain.answers import (
    Answer,
    AnswerMode,
    Chat,
    Coverage,
    Exchange,
    ExchangeState,
    Section,
)
from carrel.domain.documents import Failure
from carrel.domain.ids import ChatId, DocumentId, ExchangeId
from carrel.workspace.answers import keep_answer, read_exchanges
from carrel.workspace.database import Database
from carrel.workspace.errors import ChatGone
from carrel.workspace.making import sections_text
from carrel.workspace.rereading import drop_needless
from carrel.workspace.rows import failure_text, json_text, storable
from carrel.workspace.sqlcipher import Connection

INTERRUPTED: Final = Failure(
    code="ask.interrupted",
    reason="Carrel ended before this answer was complete.",
    remedy="Ask again; the question and what was said so far are kept.",
)


class Chats:
    """The chats of a workspace. All methods return at once.

    A Future of an exchange or chat that is gone fails with ChatGone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def start_exchange(
        self,
        chat: ChatId | None,
        *,
        title: str,
        question: str,
        mode: AnswerMode,
        documents: Sequence[DocumentId] = (),
        sections: Sequence[Section] = (),
    ) -> Future[Exchange]:
        """Store a question.

        Args:
            chat: None makes a new one.
            title: of the new chat; not used otherwise.
            documents: asked about; empty means all.
            sections: of them to be read; empty means all.
        """

        def run(connection: Connection) -> Exchange:
            now = time.time()
            into = _new_chat(connection, title, now) if chat is None else chat
            _get(connection, into)
            cursor = connection.execute(
                "INSERT INTO exchanges (chat, question, asked_at, state, mode, documents,"
                " sections) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    into,
                    storable(question),
                    now,
                    ExchangeState.ASKED,
                    mode,
                    json_text(list(documents)),
                    sections_text(sections),
                ),
            )
            _touch(connection, into, now)
            return _exchange(connection, ExchangeId(int(cursor.lastrowid or 0)))

        return self._database.write(run)

    def save_partial(self, exchange: ExchangeId, *, text: str, thinking: str = "") -> Future[None]:
        """Keep what was said so far, in case the program ends; a finished answer is not touched."""

        def run(connection: Connection) -> None:
            asked = _exchange(connection, exchange)
            if asked.state is ExchangeState.ASKED:
                partial = Answer(
                    mode=asked.mode,
                    text=text,
                    thinking=thinking,
                    citations=(),
                    coverage=Coverage(units_used=0, units_total=0),
                )
                keep_answer(connection, exchange, partial)

        return self._database.write(run)

    def finish_exchange(
        self, exchange: ExchangeId, answer: Answer, state: ExchangeState
    ) -> Future[Exchange]:
        """Store an answer with its citations, in one transaction.

        Args:
            state: answered or stopped.
        """

        def run(connection: Connection) -> Exchange:
            keep_answer(connection, exchange, answer)
            return settle(connection, exchange, state, None)

        return self._database.write(run)

    def fail_exchange(
        self,
        exchange: ExchangeId,
        failure: Failure,
        *,
        state: ExchangeState = ExchangeState.FAILED,
    ) -> Future[Exchange]:
        """Store why there is no answer; what was saved of it is kept.

        Args:
            state: failed or interrupted.
        """
        return self._database.write(lambda connection: settle(connection, exchange, state, failure))

    def exchange(self, exchange: ExchangeId) -> Future[Exchange]:
        """One question with its answer."""
        return self._database.read(lambda connection: _exchange(connection, exchange))

    def exchanges(self, chat: ChatId) -> Future[tuple[Exchange, ...]]:
        """All of a chat, oldest first."""

        def run(connection: Connection) -> tuple[Exchange, ...]:
            _get(connection, chat)
            return read_exchanges(connection, "chat = ?", (chat,))

        return self._database.read(run)

    def earlier(self, exchange: ExchangeId) -> Future[tuple[Exchange, ...]]:
        """Those of the same chat before this one, oldest first."""
        return self._database.read(
            lambda connection: read_exchanges(
                connection,
                "chat = (SELECT chat FROM exchanges WHERE id = ?1) AND e.id < ?1",
                (exchange,),
            )
        )

    def get(self, chat: ChatId) -> Future[Chat]:
        """One chat."""
        return self._database.read(lambda connection: _get(connection, chat))

    def list(self) -> Future[tuple[Chat, ...]]:
        """All but those that belong to a questionnaire, the one used last first."""

        def run(connection: Connection) -> tuple[Chat, ...]:
            rows = connection.execute(f"{_CHATS} WHERE listed ORDER BY changed_at DESC, id DESC")
            return tuple(_chat(*row) for row in rows)

        return self._database.read(run)

    def rename(self, chat: ChatId, title: str) -> Future[None]:
        """Give a chat another title."""

        def run(connection: Connection) -> None:
            _get(connection, chat)
            connection.execute("UPDATE chats SET title = ? WHERE id = ?", (storable(title), chat))

        return self._database.write(run)

    def remove(self, chat: ChatId) -> Future[None]:
        """Remove a chat with its questions and answers."""

        def run(connection: Connection) -> None:
            _get(connection, chat)
            connection.execute("DELETE FROM chats WHERE id = ?", (chat,))
            drop_needless(connection)

        return self._database.write(run)


def interrupt_unfinished(connection: Connection) -> int:
    """Mark questions that were being answered when the program ended.

    Returns:
        How many.
    """
    return int(
        connection.execute(
            "UPDATE exchanges SET state = 'interrupted', failure = ? WHERE state = 'asked'",
            (failure_text(INTERRUPTED),),
        ).rowcount
    )


_CHATS: Final = "SELECT id, title, created_at, changed_at FROM chats"


def _chat(id_: int, title: str, created_at: float, changed_at: float) -> Chat:
    return Chat(id=ChatId(id_), title=title, created_at=created_at, changed_at=changed_at)


def _get(connection: Connection, chat: ChatId) -> Chat:
    row = connection.execute(f"{_CHATS} WHERE id = ?", (chat,)).fetchone()
    if row is None:
        raise ChatGone
    return _chat(*row)


def _new_chat(connection: Connection, title: str, now: float) -> ChatId:
    cursor = connection.execute(
        "INSERT INTO chats (title, created_at, changed_at) VALUES (?, ?, ?)",
        (storable(title), now, now),
    )
    return ChatId(int(cursor.lastrowid or 0))


def _touch(connection: Connection, chat: ChatId, now: float) -> None:
    connection.execute("UPDATE chats SET changed_at = ? WHERE id = ?", (now, chat))


def _exchange(connection: Connection, wanted: ExchangeId) -> Exchange:
    found = read_exchanges(connection, "e.id = ?", (wanted,))
    if not found:
        raise ChatGone
    return found[0]


def settle(
    connection: Connection, exchange: ExchangeId, state: ExchangeState, failure: Failure | None
) -> Exchange:
    """What came of a question, inside somebody's transaction.

    Raises:
        ChatGone: there is no such exchange.
    """
    connection.execute(
        "UPDATE exchanges SET state = ?, failure = ? WHERE id = ?",
        (state, failure_text(failure), exchange),
    )
    settled = _exchange(connection, exchange)
    _touch(connection, settled.chat, time.time())
    return settled
