"""Lines cited for a sentence bear it out, or are no proof; marks are read however they come."""

from __future__ import annotations

import random

import pytest

from carrel.answering.research.claims import Claim, claim_before, judge
from carrel.answering.research.lines import MAX_LINE, NumberedText
from carrel.answering.research.marks import MAX_MARK, Cited, LineMarks, Said
from carrel.domain.answers import Verdict
from carrel.domain.documents import UnitKind
from made_research import units

ROW = "Balance as of December 31, 2018 $ 2,614 $ 4,325 $ 10,051"
ABOVE = "Goodwill\n(Millions) Industrial Total\nBalance as of December 31, 2017 2,678 10,513"


def judged(words: str, lines: str = ROW, above: str = ABOVE, context: str = "") -> Verdict:
    return judge(Claim(words, words), lines, above, context, f"{above}\n{lines}").verdict


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("Goodwill was $10,051 million at the end of December 2018.", Verdict.EXACT),
        ("The balance as of December 31, 2018 was 10,051.", Verdict.EXACT),
        ("Goodwill was $10,052 million in 2018.", Verdict.NOT_FOUND),
        ("Goodwill was $10,513 million in 2018.", Verdict.NOT_FOUND),
        ("Debt with banks stood at 10,051.", Verdict.NEAR),
        ("Goodwill", Verdict.NOT_FOUND),
        ("The board dismissed the auditor.", Verdict.NOT_FOUND),
        ("Der Geschäftswert der Firma betrug 10.051.", Verdict.NEAR),
    ],
)
def test_figures_must_stand_in_the_lines_and_words_in_or_above_them(
    words: str, verdict: Verdict
) -> None:
    assert judged(words) is verdict


def test_what_the_question_and_the_document_say_need_not_stand_in_the_lines() -> None:
    assert judged("In fiscal 2019 goodwill was 10,051.") is Verdict.NOT_FOUND
    assert judged("In fiscal 2019 goodwill was 10,051.", context="What in 2019?") is Verdict.EXACT
    report = judged("The 10-K of 2017 says: goodwill 10,051.", context="3M_2017_10-K.pdf")
    assert report is Verdict.EXACT


def test_a_figure_that_follows_from_the_lines_is_told_with_its_computation() -> None:
    claim = Claim("Goodwill fell by 462.", "Goodwill fell by 462.")
    found = judge(claim, "Goodwill 2017 10,513\nGoodwill 2018 10,051")
    assert found.verdict is Verdict.NEAR
    assert found.difference.startswith("computed: ")
    assert "10,513" in found.difference
    wrong = Claim("Goodwill fell by 463.", "Goodwill fell by 463.")
    assert judge(wrong, "Goodwill 2017 10,513\nGoodwill 2018 10,051").verdict is Verdict.NOT_FOUND


def test_the_difference_names_what_is_missing() -> None:
    lines = "Purchases of property, plant and equipment 1,577"
    claim = Claim("Capital spending was 1,577.", "Capital spending was 1,577.")
    assert judge(claim, lines).difference == "in other words: “Capital”, “spending”"
    wrong = Claim("It was 1,578 and 9.", "It was 1,578 and 9.")
    assert judge(wrong, lines).difference == "“1,578”, “9” do not stand in the lines"


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        ("First. Sales rose by 3 %", "Sales rose by 3 %", "Sales rose by 3 %"),
        ("First. Sales rose by 3 %.", "Sales rose by 3 %.", "Sales rose by 3 %."),
        ("A was 1 [1] and B was 2", "and B was 2", "A was 1  and B was 2"),
        ("A was 1. [1]", "A was 1.", "A was 1."),
        ("Text.\n\n- **Net sales** were 5", "Net sales   were 5", "Net sales   were 5"),
        ("| 2018 | 10,051 ", "2018   10,051", "2018   10,051"),
        ("", "", ""),
    ],
)
def test_a_claim_is_the_sentence_before_its_mark(text: str, words: str, sentence: str) -> None:
    found = claim_before(text)
    assert (found.words.split(), found.sentence.split()) == (words.split(), sentence.split())


WRITTEN = (
    "A【1†L3-L5】, b [2†L7]. c【3†L1–9, L20】 d【4†report.pdf】 e [5] f [x](y) g【 h\n【6†L9 – L8】"
    "【7†L1-L2†report】 【8†L】[9†" + "z" * 200
)


def read(pieces: list[str]) -> list[Said | Cited]:
    marks = LineMarks()
    found = [piece for text in pieces for piece in marks.feed(text)] + marks.finish()
    joined: list[Said | Cited] = []
    for piece in found:
        if joined and isinstance(piece, Said) and isinstance(joined[-1], Said):
            joined[-1] = Said(joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined


def test_marks_are_read_the_same_however_the_stream_is_cut() -> None:
    whole = read([WRITTEN])
    cited = [(one.id, one.first, one.last) for one in whole if isinstance(one, Cited)]
    assert cited == [(1, 3, 5), (2, 7, 7), (3, 1, 9), (3, 20, 20), (4, 0, 0), (6, 8, 9), (7, 1, 2),
                     (8, 0, 0)]  # fmt: skip
    assert "".join(p.text if isinstance(p, Said) else p.raw for p in whole) == WRITTEN
    chance = random.Random(3)
    for _ in range(200):
        pieces, at = [], 0
        while at < len(WRITTEN):
            size = chance.choice((1, 2, 5, 40))
            pieces.append(WRITTEN[at : at + size])
            at += size
        assert read(pieces) == whole


def test_no_more_than_a_mark_is_held_back() -> None:
    marks = LineMarks()
    pieces = [piece for _ in range(50) for piece in marks.feed("【1†L1," * 10)]
    told = "".join(piece.text for piece in pieces if isinstance(piece, Said))
    assert len(told) >= 50 * 60 - MAX_MARK


def test_lines_are_numbered_through_and_long_ones_parted_between_sentences() -> None:
    long = " ".join(f"Sentence number {n} says a little." for n in range(60))
    text = NumberedText(1, units(1, ["One\n\n\nTwo", long]))
    lines = text.all()
    assert [text.text(line) for line in lines[:2]] == ["One", "Two"]
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert " ".join(text.text(line) for line in lines[2:]) == long
    assert all(len(text.text(line)) <= MAX_LINE for line in lines)
    assert all(text.text(line).endswith(".") for line in lines[2:])
    for line in lines:
        assert text.number_at(line.unit, line.start) == line.number


def test_lines_of_text_files_keep_their_numbers_over_blanks_and_gaps() -> None:
    first, second = units(1, ["a\n\nb", "c"], UnitKind.LINES)
    gap = type(second)(
        id=9, document=1, kind=UnitKind.LINES, number=2, label="lines 500–501", text="c\nd"
    )
    text = NumberedText(1, [first, gap])
    assert [(line.number, text.text(line)) for line in text.all()] == [
        (1, "a"), (2, ""), (3, "b"), (500, "c"), (501, "d"),
    ]  # fmt: skip
    assert text.between(2, 500)[-1].number == 500
    assert NumberedText(1, []).last == 0
