"""Documents are cut where headings say so, into sections that fit; the right ones proposed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.answering.errors import SectionGone
from carrel.answering.sections import (
    ROOM_SHARE,
    SizedUnit,
    choose,
    cut,
    only,
    part_name,
    with_headings,
    with_outline,
)
from carrel.answering.whole import SYSTEM, SYSTEM_PARTS, WholeDocument, beginning_of, numbered
from carrel.domain.answers import Section
from carrel.domain.documents import OutlineEntry, Unit, UnitKind
from carrel.domain.ids import DocumentId, UnitId

ONE, TWO = DocumentId(1), DocumentId(2)


def pages(count: int, tokens: int = 100, **levels: int) -> list[SizedUnit]:
    """Pages of one size; ``p7=1`` begins a chapter with page 7."""
    told = {int(name[1:]): level for name, level in levels.items()}
    return [
        SizedUnit(
            number=number,
            tokens=tokens,
            level=told.get(number, 0),
            title=f"Heading {number}" if number in told else "",
        )
        for number in range(1, count + 1)
    ]


def runs(units: list[SizedUnit], room: int) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one in cut(units, room)]


def test_without_headings_pages_are_cut_into_runs_that_fit() -> None:
    assert runs(pages(10), 900) == [(1, 3), (4, 6), (7, 9), (10, 10)]


def test_chapters_stay_by_themselves_and_short_ones_are_joined() -> None:
    units = pages(12, p1=1, p2=1, p6=1, p9=1)
    # Page 1 alone is less than an eighth of what a section may have.
    assert runs(units, 3000) == [(1, 5), (6, 8), (9, 12)]
    assert [one.title for one in cut(units, 3000)] == [
        "Heading 1 – Heading 2", "Heading 6", "Heading 9",
    ]  # fmt: skip


def test_a_chapter_that_is_too_long_is_cut_before_headings_in_it() -> None:
    units = pages(18, p1=1, p4=3, p6=2, p8=2, p12=3)
    # Before page 4 there is too little for a small heading, before page 8 for a larger one.
    assert runs(units, 3000) == [(1, 5), (6, 11), (12, 18)]


def test_a_little_that_is_left_over_goes_with_what_is_before() -> None:
    units = [*pages(5), SizedUnit(number=6, tokens=30, level=1, title="Signature")]
    assert runs(units, 3000) == [(1, 6)]
    assert runs(units, 1500) == [(1, 5), (6, 6)]  # together they would be too much


def test_a_page_that_is_too_large_alone_stays_alone() -> None:
    units = [*pages(2), SizedUnit(number=3, tokens=5000), SizedUnit(number=4, tokens=100)]
    assert runs(units, 900) == [(1, 2), (3, 3), (4, 4)]


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 4)), min_size=1, max_size=60),
    st.integers(1, 3000),
)
def test_sections_cover_everything_once_and_fit(each: list[tuple[int, int]], room: int) -> None:
    units = [
        SizedUnit(number=at, tokens=tokens, level=level, title="x" if level else "")
        for at, (tokens, level) in enumerate(each, 1)
    ]
    found = cut(units, room)
    assert [n for one in found for n in range(one.first, one.last + 1)] == list(
        range(1, len(units) + 1)
    )
    assert sum(one.tokens for one in found) == sum(tokens for tokens, _ in each)
    for one in found:
        assert one.tokens <= max(1, room // ROOM_SHARE) or one.first == one.last


def test_headings_of_the_table_of_contents_and_of_texts() -> None:
    sizes = {1: 10, 2: 10, 3: 10}
    outline = [
        OutlineEntry(title="Part", level=1, unit=2),
        OutlineEntry(title="Chapter", level=2, unit=2),
        OutlineEntry(title="Nowhere", level=1, unit=0),
    ]
    assert [(one.level, one.title) for one in with_outline(sizes, outline)] == [
        (0, ""), (1, "Part"), (0, ""),
    ]  # fmt: skip
    paths = {1: ("Report",), 2: ("Report", "Risks"), 3: ("Report", "Risks")}
    told = [(one.level, one.title) for one in with_headings(sizes, paths)]
    assert told == [(3, "Report"), (4, "Risks"), (0, "")]


def test_the_sections_of_the_best_passages_are_proposed_as_far_as_they_fit() -> None:
    sections = [Section(document=ONE, first=n, last=n + 9) for n in (1, 11, 21)]
    sections.append(Section(document=TWO, first=1, last=5))
    places = [(TWO, 3), (ONE, 12), (ONE, 30), (ONE, 13), (ONE, 99)]
    best, chosen = choose(places, sections, [50, 60, 50, 30], room=100)
    assert best == [0, 2, 1, 1]
    assert chosen == {3, 1}  # the third would be too much
    assert choose([], sections, [1, 1, 1, 1], room=100) == ([0, 0, 0, 0], set())


def document(number: DocumentId, count: int) -> WholeDocument:
    units = tuple(
        Unit(
            id=UnitId(n), document=number, kind=UnitKind.PAGE, number=n, label=str(n),
            text=f"Text {n}.", width=1, height=1, char_boxes=b"", parser_version=1,
        )
        for n in range(1, count + 1)
    )  # fmt: skip
    return WholeDocument(
        id=number, name=f"{number}.pdf", sha256=str(number) * 64, fence="abc", units=units
    )


def test_only_sections_are_put_before_the_engine_and_it_is_told_so() -> None:
    documents = [document(ONE, 9), document(TWO, 4)]
    chosen = (
        Section(document=TWO, first=1, last=2),
        Section(document=ONE, first=7, last=99, title="End"),
        Section(document=ONE, first=2, last=3),
    )
    kept, parts = only(documents, chosen)
    assert [(one.words, one.of, one.title) for one in parts] == [
        ("pages 2–3", 9, ""), ("pages 7–9", 9, "End"), ("pages 1–2", 4, ""),
    ]  # fmt: skip
    messages = beginning_of(kept, numbered(kept))
    assert messages[0].text == SYSTEM_PARTS != SYSTEM
    told = "\n".join(message.text for message in messages)
    assert "document 2: 1.pdf, pages 7–9 of 9 ===" in told
    assert [f"Text {n}." in messages[1].text for n in (1, 2, 3, 4)] == [False, True, True, False]
    assert "part 7: page 2 ===" in told  # numbered through
    assert part_name([(ONE, 2, 3), (TWO, 1, 2)]) == "1:2-3,2:1-2"


@pytest.mark.parametrize("gone", [(TWO, 5, 9), (DocumentId(3), 1, 2)])
def test_a_section_that_is_not_there_is_refused(gone: tuple[DocumentId, int, int]) -> None:
    with pytest.raises(SectionGone):
        only([document(TWO, 4)], [Section(document=gone[0], first=gone[1], last=gone[2])])
