"""Words are found as a reader means them, at their exact places."""

import pytest

from carrel.language.literal import LONGEST_WORDS, occurrences, pattern_of


def found(words: str, text: str) -> list[str]:
    pattern = pattern_of(words)
    return [text[start:end] for start, end in occurrences(pattern, text)] if pattern else []


@pytest.mark.parametrize(
    ("words", "text", "places"),
    [
        ("liquidity buffer", "The Liquidity\nbuffer. LIQUIDITY  BUFFER", 2),
        ("bank's", "the bank’s and the Bank's", 2),
        ("year-end", "year–end, year-end, yearend", 2),
        ("office", "the oﬃce", 1),
        ("straße", "STRASSE", 1),
        ("a.b*", "a.b* axb", 1),
        ("流动性", "流动性披露 流动性", 2),
        ("aa", "aaaa", 2),
        ("nothing", "some thing", 0),
    ],
)
def test_words_are_found_however_they_are_set(words: str, text: str, places: int) -> None:
    assert len(found(words, text)) == places


def test_the_place_is_exact_behind_characters_of_any_size() -> None:
    text = "𝔄 ﬁne\u00a0print, the fine print"

    assert found("fine print", text) == ["ﬁne\u00a0print", "fine print"]


def test_nothing_is_looked_for_without_words_and_a_paste_is_cut() -> None:
    assert pattern_of(" \n ") is None
    assert found("x" * (LONGEST_WORDS * 2), "x" * LONGEST_WORDS) == ["x" * LONGEST_WORDS]
