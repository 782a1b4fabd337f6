"""Quotes: what is exact, what is near, and what is not there."""

import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.answering.elided import check_cited
from carrel.answering.quotes import MAX_QUOTE, check_quote
from carrel.domain.answers import Verdict
from carrel.domain.documents import Span

SOURCE = (
    "Table of Contents\r\n"
    "Purchases of property, plant and equipment (PP&E) (1,577) (1,373) (1,420)\r\n"
    "Net sales for 2018 were $32,765 million, an increase of 3.5 percent year-on\x02year. "
    "The Company did not acquire any busi\ufffeness in March 2018; margins were -5.2% in the "
    "U.S. and “long-\r\nterm” debt rose. Segment FY2018 results of Acme Holdings improved by "
    "ten percent. The total was 14% of the target for the period.\r\n"
    "公司2018年净利润为5,363万元，没有下降。"
)


def verdict(quote):
    return check_quote(quote, SOURCE).verdict


@pytest.mark.parametrize(
    "quote",
    [
        "Net sales for 2018 were $32,765 million",
        "net sales for 2018 were $32765 million",
        "Net sales  for\n2018 were $ 32,765 million",
        "“Net sales for 2018 were $32,765 million”",
        "an increase of 3.5 percent year-on-year.",
        "acquire any business in March 2018",
        'and "long-term" debt rose',
        "property, plant and equipment (PP&E) (1,577)",
        "(1,577)",
        "-5.2%",
        "14%",
        "Acme",
        "公司2018年净利润为5,363万元",
    ],
)
def test_words_that_stand_there_are_exact(quote):
    assert verdict(quote) is Verdict.EXACT


@pytest.mark.parametrize(
    ("quote", "difference"),
    [
        ("Net sales in 2018 were $32,765 million, an increase of 3.5 percent", "in → for"),
        ("Net sales for 2018 were $32,765 million an increase", "∅ → ,"),
        ("The company did not acquire any business in March 2018", "company → Company"),
        ("Segment FY2018 resluts of Acme Holdings improved by ten percent", "resluts → results"),
    ],
)
def test_small_differences_are_near_and_shown(quote, difference):
    found = check_quote(quote, SOURCE)
    assert (found.verdict, found.difference) == (Verdict.NEAR, difference)


@pytest.mark.parametrize(
    "quote",
    [
        "Net sales for 2018 were $32,756 million",
        "Net sales for 2017 were $32,765 million, an increase of 3.5 percent",
        "Net sales for 2018 were $32,765 billion, an increase of 3.5 percent",
        "Net sales for 2018 were €32,765 million, an increase of 3.5 percent",
        "Net sales for 2018 were $32,765 million, a decrease of 3.5 percent",
        "Net sales for 2018 were $3.5 million, an increase of 32,765 percent",
        "The Company did acquire any business in March 2018",
        "The Company did not acquire any business in April 2018",
        "margins were 5.2% in the U.S.",
        "property, plant and equipment (PP&E) 1,577",
        "Segment FY2019 results of Acme Holdings improved by ten percent",
        "Segment FY2018 results of Globex Holdings improved by ten percent",
        "Segment FY2018 results of Acme Holdings improved by nine percent",
        "2,765 million",
        "year were $32,765",
        "公司2018年净利润为5,363亿元",
        "公司2018年净利润为5,363万元，有下降",
        "words that stand nowhere in this text at all",
    ],
)
def test_a_changed_meaning_is_not_found(quote):
    assert verdict(quote) is Verdict.NOT_FOUND


@pytest.mark.parametrize("quote", ["the", "of the", "contents", "3", "14", "in", "", " ", "...",
                                   "\x00\x02", "”“", "公"])  # fmt: skip
def test_a_quote_that_proves_nothing_is_not_found(quote):
    assert verdict(quote) is Verdict.NOT_FOUND


def test_the_place_is_the_source_s_own_words():
    found = check_quote("did not acquire any business", SOURCE)
    assert SOURCE[found.start : found.end] == "did not acquire any busi\ufffeness"


def test_of_two_places_the_one_in_the_passage_is_taken():
    text = "Net sales rose strongly. Costs fell. Net sales rose strongly."
    second = text.rindex("Net")
    found = check_quote("Net sales rose", text, within=Span(second, len(text)))
    assert found.start == second
    assert check_quote("net  sales rose", text, within=Span(second, len(text))).start == second
    assert check_quote("Costs fell", text, within=Span(second, len(text))).verdict is Verdict.EXACT


def test_words_far_apart_are_not_joined():
    text = "Net sales rose. " + "Other words stand here. " * 20 + "Costs fell in the year."
    assert check_quote("Net sales rose. Costs fell in the year.", text).verdict is Verdict.NOT_FOUND


@pytest.mark.parametrize(
    "quote",
    ["x" * 10_000, "net sales " * 1_000, "(" * 3_000, "1,1" * 1_300, "a\u0301" * 2_000,
     "12 " * 1_300, "\ufffe" * 3_000, "the " * 990],
)  # fmt: skip
def test_hostile_quotes_take_no_time(quote):
    source = SOURCE * 60
    begun = time.perf_counter()
    check_quote(quote, source)
    assert time.perf_counter() - begun < 2


def test_a_long_quote_that_stands_there_is_exact():
    source = " ".join(f"word{n} goes on" for n in range(1_000))
    assert check_quote(source[: MAX_QUOTE + 500], source).verdict is Verdict.EXACT


def test_a_huge_unit_is_looked_through_around_the_passage():
    source = "Some words stand here again. " * 10_000 + "Net sales were  5,363 million in all."
    within = Span(len(source) - 500, len(source))
    assert (
        check_quote("net sales were 5363 million", source, within=within).verdict is Verdict.EXACT
    )


WORDS = ["net", "sales", "of", "the", "Company", "rose", "by", "1,577", "million", "(5.2)", "$14",
         "in", "2018", "and", "Acme", "year-on-year", "-3%", ";", ".", "“quoted”", "U.S.", "not",
         "文字", "\r\n", "long-\nterm"]  # fmt: skip
TEXT = st.lists(st.sampled_from(WORDS), min_size=12, max_size=60).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(TEXT, st.data())
def test_every_verbatim_run_of_words_is_exact_or_too_short(text, data):
    words = [found.span() for found in re.finditer(r"long-\nterm|\S+", text)]
    low = data.draw(st.integers(0, len(words) - 6))
    high = data.draw(st.integers(low + 5, len(words) - 1))
    start, end = words[low][0], words[high][1]
    found = check_quote(text[start:end], text, within=Span(start, end))
    if found.difference != "too short to prove anything":
        assert found.verdict is Verdict.EXACT
    spaced = check_quote(re.sub(r"\s+", "  ", text[start:end].replace("long-\nterm", "long-term")),
                         text, within=Span(start, end))  # fmt: skip
    assert spaced.verdict is found.verdict


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10_000))
def test_a_changed_digit_is_never_found(seed):
    source = random.Random(seed)
    words = [source.choice(["sales", "costs", "of", "to", str(source.randint(10, 99_999))])
             for _ in range(40)]  # fmt: skip
    text = "Alpha " + " ".join(words) + " omega"
    numbers = [at for at, word in enumerate(words[5:25], 5) if word.isdigit()]
    if not numbers:
        return
    at = source.choice(numbers)
    digit = source.choice([d for d in "123456789" if d != words[at][0]])
    changed = [*words[:at], digit + words[at][1:], *words[at + 1 :]]
    quote = " ".join(changed[5:25])
    if quote in text:
        return
    assert check_quote(quote, text).verdict is Verdict.NOT_FOUND


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.text(max_size=400))
def test_any_quote_of_any_text_has_a_verdict_and_a_place_inside(quote, text):
    found = check_quote(quote, text)
    assert 0 <= found.start <= found.end <= len(text)
    assert (found.verdict is Verdict.NOT_FOUND) == (found.start == found.end)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("Net sales for 2018 were … an increase of 3.5 percent", Verdict.NEAR),
        ("Net sales for 2018 were [...] an increase of 3.5 percent", Verdict.NEAR),
        ("…an increase of 3.5 percent…", Verdict.EXACT),
        ("The Company did … acquire any business", Verdict.NOT_FOUND),
        ("an increase of 3.5 percent … Net sales for 2018", Verdict.NOT_FOUND),
        ("Purchases of property … margins were -5.2%", Verdict.NOT_FOUND),
        ("Net sales … were $32,756 million", Verdict.NOT_FOUND),
    ],
)
def test_what_an_ellipsis_leaves_out_is_shown_and_may_not_turn_the_meaning(quote, found):
    check = check_cited(quote, LONGER)
    assert check.verdict is found, check
    if found is Verdict.NEAR:
        assert check.difference == "… → $32,765 million,"
        assert LONGER[check.start : check.end].startswith("Net sales")


LONGER = SOURCE.replace("margins were", "x " * 300 + "margins were")


@pytest.mark.parametrize(
    "text",
    [
        "The test at 30 September 2025\nAt 30 September 2025 the buffer stood at 117 per cent of "
        "projected net outflows. It fell.",
        "It fell. At 30 September 2025 the buffer stood at 117 per cent of projected net outflows "
        "of projected net outflows in all.",
    ],
)
def test_words_that_stand_twice_beside_a_near_quote_are_not_held_against_it(text):
    said = "At 30 September 2025 the buffer stood at 117 per cent of projected outflows"
    found = check_quote(said, text)
    assert (found.verdict, found.difference) == (Verdict.NEAR, "∅ → net")
    assert text[found.start : found.end].startswith("At 30 September 2025 the buffer")
    assert text[found.start : found.end].endswith("per cent of projected net outflows")
