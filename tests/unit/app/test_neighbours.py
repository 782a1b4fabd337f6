"""Hits that stand side by side are one."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.app.neighbours import joined
from carrel.domain.documents import Box, Hit, Passage, Span, UnitKind, UnitPlace

TEXT = "Rent is due monthly.\nIt is paid in advance.\nNotice takes a month.\nKeys are handed over."
CUTS = [(0, 20), (21, 43), (44, 65), (66, 87)]


def hit(number, rank, *, unit=1, words="", cells=""):
    start, end = CUTS[number]
    text = TEXT[start:end]
    at = text.find(words) if words else -1
    return Hit(
        rank=rank, score=10.0 - rank,
        passage=Passage(id=number + 1, document=7, unit=unit, start=start, end=end, heading="",
                        text=text),
        document_name="lease.txt", document_sha256="", place=UnitPlace(UnitKind.PAGE, unit, ""),
        spans=(Span(at, at + len(words)),) if at >= 0 else (),
        boxes=(Box(0, number, 1, number + 1),), cells=cells,
    )  # fmt: skip


def test_two_that_touch_come_as_one_with_the_words_of_both():
    (both,) = joined([hit(1, 1, words="paid"), hit(0, 2, words="due")])
    assert both.passage.text == TEXT[: CUTS[1][1]]
    assert (both.passage.id, both.score) == (2, 9.0)
    assert [both.passage.text[span.start : span.end] for span in both.spans] == ["due", "paid"]
    assert both.boxes == (Box(0, 0, 1, 1), Box(0, 1, 1, 2))


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_run_is_one_in_whatever_order_it_was_found(order):
    (whole,) = joined([hit(number, rank) for rank, number in enumerate(order, start=1)])
    assert whole.passage.text == TEXT
    assert whole.passage.id == order[0] + 1


def test_others_keep_their_order_and_ranks_count_anew():
    found = joined([hit(0, 1), hit(3, 2), hit(0, 3, unit=2), hit(1, 4)])
    assert [(one.rank, one.place.number, one.passage.start) for one in found] == [
        (1, 1, 0), (2, 1, 66), (3, 2, 0),
    ]  # fmt: skip


def test_rows_of_a_sheet_stay_apart():
    assert len(joined([hit(0, 1, cells="A1:B1"), hit(1, 2, cells="A2:B2")])) == 2


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), unique=True))
def test_nothing_that_was_found_is_lost(found):
    hits = [hit(number, rank, unit=unit) for rank, (number, unit) in enumerate(found, start=1)]
    whole = joined(hits)
    for one in hits:
        assert any(
            one.passage.unit == other.passage.unit
            and one.passage.text == TEXT[one.passage.start : one.passage.end]
            and other.passage.start <= one.passage.start <= one.passage.end <= other.passage.end
            and other.passage.text == TEXT[other.passage.start : other.passage.end]
            for other in whole
        )
    scores = [one.score for one in whole]
    assert scores == sorted(scores, reverse=True)
