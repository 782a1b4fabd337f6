"""The sentences that say most of a section."""

import pytest

from carrel.answering.facts.sentences import Stop
from carrel.answering.facts.summary import MOST_CHOSEN, PAGES_TOGETHER, summary
from carrel.domain.documents import OutlineEntry, Unit, UnitKind

ABOUT = "The covenant demands that the liquidity buffer of the Group covers all projected outflows."
AGAIN = "Also the liquidity buffer of the Group covers projected outflows, the covenant demands."
ASIDE = "The gardener was thanked for the white roses that stand beside the old gate."
ROW = "Liquidity buffer of the covenant 117.2 118.6 115.0 106.8 128.4 124.0 121.9"
HEAD = "Covenant liquidity buffer outflows"
MORE = "Every quarter the directors test whether the liquidity buffer meets the covenant in full."


def unit(number, *lines, kind=UnitKind.PAGE, label=""):
    return Unit(id=number, document=1, kind=kind, number=number, label=label,
                text="\n\n".join(lines))  # fmt: skip


def page(number, **more):
    """No two pages are alike: what stands on all of them would be taken for a running head."""
    word = "abcdefghijklmnopqrstuvwxyz"[number] * 3
    lines = (
        f"The {word} covenant demands that the {word} buffer covers {word} loans.",
        f"Nobody thanked the {word} gardener for {word} roses beside the gate.",
    )
    return unit(number, *lines, **more)


def made(*units, outline=()):
    told = []
    found = summary([units], {1: outline}, stopped=lambda: False, heard=told.append)
    assert told == [1]
    return found.sections


def test_the_sentences_that_share_most_with_the_section_come_and_none_twice():
    (section,) = made(unit(1, HEAD, ABOUT, ASIDE, AGAIN, ROW, MORE))
    first, second = (one.text for one in section.mentions)
    assert first in {ABOUT, AGAIN}
    assert second == MORE
    assert section.sentences == 4


def test_a_sentence_stands_at_its_place_word_for_word():
    third = unit(3, ASIDE, ABOUT.replace(" the liquidity", "\nthe liquidity"), MORE)
    (section,) = made(third)
    for mention in section.mentions:
        there = third.text[mention.span.start : mention.span.end]
        assert (mention.place.number, " ".join(there.split())) == (3, mention.text)


def test_sections_begin_where_headings_do():
    pages = [page(number) for number in range(1, 6)]
    outline = [
        OutlineEntry(title="One", level=1, unit=1),
        OutlineEntry(title="Fine", level=3, unit=2),
        OutlineEntry(title="Two", level=2, unit=4),
    ]
    assert [one.title for one in made(*pages, outline=outline)] == ["One", "Two"]


def test_pages_without_headings_go_together_and_other_units_are_sections():
    pages = [page(number) for number in range(1, 2 * PAGES_TOGETHER + 1)]
    assert [one.title for one in made(*pages)] == ["Pages 1–10", "Pages 11–20"]
    parts = [page(n, kind=UnitKind.SECTION, label=f"§ {n}") for n in (1, 2)]
    assert [one.title for one in made(*parts)] == ["§ 1", "§ 2"]


def test_a_long_section_gives_no_more_than_it_may():
    lines = [f"Clause {n} of the agreement binds the company in the year of the loan." for n in
             range(200)]  # fmt: skip
    (section,) = made(unit(1, *lines))
    assert len(section.mentions) == MOST_CHOSEN


def test_whoever_does_not_want_it_any_more_is_heard():
    with pytest.raises(Stop):
        summary([[unit(1, ABOUT)]], {}, stopped=lambda: True, heard=lambda _: None)
