import pytest

from carrel.answering.estimate import left
from carrel.domain.answers import Answer, AnswerMode, Coverage, Exchange, ExchangeState, Timing
from carrel.domain.questionnaires import AskedDocument, Cell, Finding, finding_of


def exchange(seconds=0.0, text="It was 3 [1].", state=ExchangeState.ANSWERED):
    answer = Answer(
        mode=AnswerMode.WHOLE,
        text=text,
        citations=(),
        coverage=Coverage(units_used=1, units_total=1),
        timing=Timing(total=seconds * 1000),
    )
    return Exchange(
        id=1, chat=1, question="?", asked_at=0.0, state=state, mode=AnswerMode.WHOLE, answer=answer
    )


def document(n, characters):
    return AskedDocument(n=n, document=n, name="", sha256="", characters=characters)


def test_reading_counts_by_length_and_later_questions_by_number():
    documents = [document(1, 99), document(2, 199)]
    cells = [
        Cell(document=1, question=1, exchange=exchange(10)),
        Cell(document=1, question=2, exchange=exchange(2)),
        Cell(document=2, question=1),
        Cell(document=2, question=2),
    ]

    assert left(documents, cells) == pytest.approx(20 + 2)


def test_before_anything_is_answered_nothing_is_said():
    assert left([document(1, 9)], [Cell(document=1, question=1)]) is None


def test_an_answer_without_a_quote_is_never_found():
    assert finding_of(exchange()) is Finding.CHECK
    assert finding_of(exchange(text="**The documents do not say.**")) is Finding.NOT_STATED
    assert finding_of(exchange(state=ExchangeState.STOPPED)) is Finding.OPEN
    assert finding_of(None) is Finding.OPEN
