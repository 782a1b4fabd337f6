"""Where the answers of a questionnaire's cells are stored: what `answering.ask` takes for chats.

Each cell is asked by itself: no answer sees an earlier one. Must not know who asks.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from carrel.domain.answers import Answer, AnswerMode, Exchange, ExchangeState, Section
from carrel.domain.documents import Failure
from carrel.domain.ids import ChatId, DocumentId, ExchangeId, QuestionnaireId
from carrel.workspace.questionnaires import Questionnaires


class CellAnswers:
    """The cell under way; used by the thread that answers only.

    Attributes:
        cell: questionnaire, document and question about to be asked.
    """

    def __init__(self, stored: Questionnaires) -> None:
        self._stored = stored
        self.cell: tuple[QuestionnaireId, int, int] = (QuestionnaireId(0), 0, 0)
        self._begun = 0.0

    def start(
        self,
        chat: ChatId | None,
        title: str,
        question: str,
        mode: AnswerMode,
        documents: tuple[DocumentId, ...],
        sections: tuple[Section, ...] = (),
    ) -> Exchange:
        """Store that the cell is being answered."""
        del chat, title, question, documents, sections  # the cell says it all
        self._begun = time.monotonic()
        wanted, document, number = self.cell
        return self._stored.begin_cell(
            wanted, document=document, question=number, mode=mode
        ).result()

    def finish(self, exchange: ExchangeId, answer: Answer, state: ExchangeState) -> Exchange:
        """Store the answer in one transaction."""
        return self._stored.finish_cell(exchange, answer, state, seconds=self._seconds()).result()

    def fail(self, exchange: ExchangeId, failure: Failure) -> Exchange:
        """Store why there is no answer."""
        return self._stored.finish_cell(
            exchange, None, ExchangeState.FAILED, failure, seconds=self._seconds()
        ).result()

    def save_partial(self, exchange: ExchangeId, text: str, thinking: str) -> None:
        """A cell that is broken off is asked again, so nothing is kept of it."""

    def earlier(self, exchange: Exchange) -> Sequence[Exchange]:
        """None: what one document says must not colour what is found in the next."""
        del exchange
        return ()

    def title(self, chat: ChatId) -> str:
        """Not shown anywhere."""
        del chat
        return ""

    def _seconds(self) -> float:
        return time.monotonic() - self._begun
