from itertools import pairwise

import pytest

from carrel.answering.pieces import all_pieces, cut, flowing, has_words
from carrel.domain.documents import Unit, UnitKind
from carrel.domain.ids import DocumentId, UnitId

PROSE = (
    "The company was founded in 1998. It makes pumps and valves.\n\n"
    "Sales rose by 5 percent. The board was content with that. Nobody left.\n\n"
    "Outlook\n\nThe year ahead will be hard."
)


def unit(text, number=1):
    return Unit(
        id=UnitId(number), document=DocumentId(1), kind=UnitKind.PAGE, number=number, label="",
        text=text,
    )  # fmt: skip


def words(text):
    return len(text.split())


def texts(text, budget=12, joined=12):
    return [text[slice(*span)] for span in cut(unit(text), words, budget, joined)]


def test_paragraphs_stay_whole_and_short_ones_are_joined():
    assert texts(PROSE) == [
        "The company was founded in 1998. It makes pumps and valves.",
        "Sales rose by 5 percent. The board was content with that.",
        "Nobody left.\n\nOutlook\n\nThe year ahead will be hard.",
    ]


def test_long_paragraphs_stand_alone_and_too_long_ones_are_parted_at_sentences():
    assert texts(PROSE, budget=11, joined=7) == [
        "The company was founded in 1998. It makes pumps and valves.",
        "Sales rose by 5 percent. The board was content with that.",
        "Nobody left.\n\nOutlook",
        "The year ahead will be hard.",
    ]


@pytest.mark.parametrize("budget", [1, 3, 7, 50, 1000])
@pytest.mark.parametrize("text", [PROSE, "字" * 900, "a b\tc\n" * 40, "  \n ", "", "x" * 2000])
def test_every_character_lies_in_one_piece_and_no_piece_is_too_large(text, budget):
    spans = list(cut(unit(text), len, budget))
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert "".join("".join(text[slice(*span)].split()) for span in spans) == "".join(text.split())
    assert all(one.end - one.start <= budget for one in spans)


def test_no_piece_goes_from_one_page_to_the_next():
    found = list(all_pieces([unit("One.", 1), unit("Two.", 2)], words))
    assert [(one.number, span) for one, span in found] == [(1, (0, 4)), (2, (0, 4))]


def test_lines_of_a_page_flow_and_rows_and_paragraphs_stay():
    source = (
        "The com\ufffe\npany makes pumps and all kinds of\nvalves for water-\nworks in the south."
        "\n\nSales\t1,200\t1,100\nCosts\t900\t950"
    )
    assert flowing(source) == (
        "The company makes pumps and all kinds of valves for waterworks in the south."
        "\n\nSales\t1,200\t1,100\nCosts\t900\t950"
    )


def test_rows_of_figures_need_no_translation():
    assert not has_words("1,234  5,678\n(12) A 7")
    assert has_words("Sales 5")
    assert has_words("税")
