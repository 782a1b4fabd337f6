"""Places, counts and sizes read as people write them."""

from dataclasses import replace

import pytest

from carrel.domain.answers import Citation, Verdict
from carrel.domain.documents import UnitKind, UnitPlace
from carrel.ui import words


@pytest.mark.parametrize(
    ("kind", "label", "said"),
    [
        (UnitKind.PAGE, "xii", "p. xii"),
        (UnitKind.PAGE, "", "p. 7"),
        (UnitKind.SECTION, "21. Financial  covenants", "§ 21. Financial covenants"),
        (UnitKind.SECTION, "21.2 Liquidity", "§ 21.2 Liquidity"),
        (UnitKind.SECTION, "2025 in review", "2025 in review"),
        (UnitKind.SECTION, "", "section 7"),
        (UnitKind.SHEET, "rows 1–75", "rows 1–75"),
        (UnitKind.SHEET, "Liquidity", "sheet “Liquidity”"),
        (UnitKind.SHEET, "", "part 7"),
        (UnitKind.MAIL_PART, "Attachment F.txt, lines 1–35", "Attachment F.txt, lines 1–35"),
        (UnitKind.MAIL_PART, "", "part 7"),
        (UnitKind.LINES, "lines 1–40", "lines 1–40"),
        (UnitKind.LINES, "", "part 7"),
    ],
)
def test_a_place_is_said_as_people_cite_it(kind, label, said):
    assert words.place(UnitPlace(kind, 7, label)) == said


def test_a_citation_in_a_sheet_names_its_cells():
    place = UnitPlace(UnitKind.SHEET, 7, "rows 1–75")
    cited = Citation(n=1, verdict=Verdict.EXACT, quote="x", place=place, cells="A3:L3")
    assert words.cited_place(cited) == "A3:L3"
    assert words.cited_place(replace(cited, cells="")) == "rows 1–75"
    assert words.cited_place(Citation(n=1, verdict=Verdict.NOT_FOUND, quote="x")) == ""


def test_a_page_is_spelt_out_where_there_is_room():
    assert UnitPlace(UnitKind.PAGE, 7, "17").words == "page 17"
