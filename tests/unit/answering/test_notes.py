"""What is said of how much an answer rests on, for every way of answering."""

from dataclasses import replace

import pytest

from carrel.answering.notes import (
    coverage_line,
    not_said_lines,
    parts_words,
    read_share,
    shown_words,
)
from carrel.domain.answers import (
    Answer,
    AnswerMode,
    AnswerRecord,
    Coverage,
    Exchange,
    ExchangeState,
    ReadPart,
)
from carrel.domain.documents import UnitKind
from carrel.domain.ids import ChatId, ExchangeId
from carrel.domain.support import Checks, Outcome, Searched


def answer(mode: AnswerMode, used: int, total: int, *parts: ReadPart) -> Answer:
    return Answer(
        mode=mode,
        text="It did.",
        citations=(),
        coverage=Coverage(units_used=used, units_total=total),
        record=AnswerRecord(parts=parts),
    )


def part(first: int, last: int, document: str = "a", **changes: object) -> ReadPart:
    fields = {
        "document": document * 64,
        "name": f"{document}.pdf",
        "kind": UnitKind.PAGE,
        "of": 304,
    }
    return ReadPart(first=first, last=last, **{**fields, **changes})


MODES = [
    (AnswerMode.EVIDENCE, 1, 74, "Searched 74 pages and sections, cites 1 of them", 1.0),
    (AnswerMode.EVIDENCE, 0, 74, "Searched 74 pages and sections", 1.0),
    (AnswerMode.EVIDENCE, 1, 1, "Searched 1 page or section, cites it", 1.0),
    (
        AnswerMode.PASSAGES,
        9,
        1740,
        "Searched 1,740 pages and sections; the model was shown parts of 9 of them",
        9 / 1740,
    ),
    (
        AnswerMode.RESEARCH,
        1,
        2,
        "Searched 2 pages and sections; the model was shown parts of 1 of them",
        0.5,
    ),
    (AnswerMode.WHOLE, 74, 74, "Read all 74 pages and sections", 1.0),
    (AnswerMode.WHOLE, 1, 1, "Read 1 page or section", 1.0),
    (AnswerMode.WHOLE, 0, 74, "", 1.0),
]


@pytest.mark.parametrize(("mode", "used", "total", "words", "share"), MODES)
def test_only_what_was_read_is_said_to_be_read(mode, used, total, words, share) -> None:
    assert coverage_line(answer(mode, used, total)) == words
    assert read_share(answer(mode, used, total)) == share


def test_sections_are_named_and_the_meter_counts_them_only() -> None:
    read = answer(AnswerMode.WHOLE, 85, 304, part(12, 96))
    assert coverage_line(read) == "Read pages 12–96 of 304"
    assert read_share(read) == 85 / 304
    assert shown_words(read) == "read 85 pages and sections"
    assert shown_words(replace(read, mode=AnswerMode.RESEARCH)).startswith("saw parts of 85")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((part(7, 7),), "page 7 of 304"),
        ((part(1, 2), part(9, 12), part(20, 20)), "pages 1–2, 9–12 and 20 of 304"),
        (
            (part(1, 2), part(3, 3, "b", kind=UnitKind.SHEET, of=5)),
            "pages 1–2 of 304 of “a.pdf”; sheet 3 of 5 of “b.pdf”",
        ),
        ((part(1, 2000, of=5000, kind=UnitKind.LINES),), "parts 1–2,000 of 5,000"),
    ],
)
def test_parts_in_words(parts, words) -> None:
    assert parts_words(parts) == words


@pytest.mark.parametrize("mode", [AnswerMode.EVIDENCE, AnswerMode.PASSAGES, AnswerMode.WHOLE])
def test_what_was_read_is_said_once_when_the_documents_do_not_say(mode) -> None:
    searched = Searched(documents=2, passages=9, words=("period",), absent=("period",))
    found = replace(answer(mode, 3, 3), checks=Checks(outcome=Outcome.NOT_SAID, searched=searched))
    lines = not_said_lines(
        Exchange(
            id=ExchangeId(1),
            chat=ChatId(1),
            question="What is the period?",
            asked_at=0.0,
            state=ExchangeState.ANSWERED,
            mode=mode,
            answer=found,
        )
    )
    assert "“period” stands in none of them" in lines
    assert coverage_line(found) not in lines
    told = any(line.startswith("Searched 9 passages of 2 documents") for line in lines)
    assert told == (mode is not AnswerMode.WHOLE)
