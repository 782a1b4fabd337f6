"""What the list of passages found says of each."""

import pytest

from carrel.app.found_cells import row_found
from carrel.domain.documents import Hit, Passage, Span, UnitKind, UnitPlace
from carrel.domain.ids import DocumentId, PassageId, UnitId
from carrel.domain.searching import Found, Reason, ReasonKind, Why
from carrel.ui.search import state as search

TEXT = "Region: North; Revenue: 1,200\nRegion: South; Revenue: 980\nRegion: South Coast; Stock: 4"


def hit(*words: str, cells: str = "") -> Hit:
    passage = Passage(
        id=PassageId(1), document=DocumentId(1), unit=UnitId(1), start=100, end=100 + len(TEXT),
        heading="Sales", text=TEXT,
    )  # fmt: skip
    spans = [
        Span(at, at + len(word))
        for word in words
        for at in range(len(TEXT))
        if TEXT.startswith(word, at)
    ]
    return Hit(
        rank=1, score=1.0, passage=passage, document_name="sales.xlsx", document_sha256="0" * 64,
        place=UnitPlace(UnitKind.SHEET, 1, "Sales"), spans=tuple(spans), boxes=(), cells=cells,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "line"), [(("South", "980"), 1), (("Stock",), 2), (("South",), 1), (("1,200",), 0)]
)
def test_the_row_with_the_most_words_found_gives_the_cells(words, line):
    start, end = row_found(hit(*words))
    assert TEXT[start - 100 : end - 100] == TEXT.split("\n")[line]


def test_a_passage_found_without_its_words_gives_all_of_its_cells():
    assert row_found(hit()) == Span(100, 100 + len(TEXT))


@pytest.mark.parametrize(("beside", "said"), [("capex", "“capex”"), ("", "the query")])
def test_a_word_beside_the_query_says_beside_which_of_its_words(beside, said):
    reason = Reason(kind=ReasonKind.OTHER, words="outlays", text=1.0, passages=2, beside=beside)
    (row,) = search.why_rows(Why(reasons=(reason,), score=1.0, passages=40))
    assert row.said == f"in text · in 2 of 40 passages · put beside {said}"


def test_a_place_in_a_sheet_is_said_by_its_cells_and_else_by_its_unit():
    state = search.asked(search.SearchState(), "South")
    state = search.with_found(
        state, state.request, Found(hits=(hit("South", cells="Sales!A3:B3"), hit()))
    )
    first, second = search.rows(state)
    assert first.place == "Sales!A3:B3"
    assert first.spoken.startswith("sales.xlsx, Sales!A3:B3: ")
    assert second.place == "sheet “Sales”"
