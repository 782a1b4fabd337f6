"""Sentences, and passages made of them."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.language.passages import LONGEST, Heading, split_passages
from carrel.language.sentences import MAX_SENTENCE, sentences


def said(text):
    return [text[span.start : span.end] for span in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Acme Inc. Holdings rose 3.5 percent.", ["Acme Inc. Holdings rose 3.5 percent."]),
        ("Made in the U.S. The rest is not.", ["Made in the U.S.", "The rest is not."]),
        ("Er kam am 3. Mai 2020. Im Jahr 3. Dann ging er.",
         ["Er kam am 3. Mai 2020.", "Im Jahr 3.", "Dann ging er."]),
        ("今日は。明日は！", ["今日は。", "明日は！"]),
        ("यह है। वह है।", ["यह है।", "वह है।"]),
        (
            "Cash Flows\nNet income $ 5,363 $ 4,869\nInventories (509) (387)\nOther net 120 256",
            ["Cash Flows", "Net income $ 5,363 $ 4,869", "Inventories (509) (387)",
             "Other net 120 256"],
        ),
        (
            "Proceeds from sale of businesses, net of cash sold\n846 1,065 142",
            ["Proceeds from sale of businesses, net of cash sold\n846 1,065 142"],
        ),
        (
            "The company goes on in the next line of the same length\nand ends there. Next one.",
            ["The company goes on in the next line of the same length\nand ends there.",
             "Next one."],
        ),
        ("- first\n- second", ["- first", "- second"]),
        ("", []),
        (" \n ", []),
    ],
)  # fmt: skip
def test_a_text_has_these_sentences(text, expected):
    assert said(text) == expected


TEXTS = st.text(
    st.sampled_from("aB .\n\t!?。ไ1,(-") | st.characters(codec="utf-8"), max_size=400
) | st.lists(st.sampled_from(["Net sales rose. ", "12 ", "word ", "\n", "\n\n", "Title\n", "文。"]),
             max_size=600).map("".join)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_sentences_hold_every_visible_character_once(text):
    spans = sentences(text)
    assert "".join("".join(said(text)).split()) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(span.end - span.start <= MAX_SENTENCE for span in spans)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.lists(st.integers(0, 400), max_size=5))
def test_passages_hold_every_visible_character_once(text, places):
    headings = [Heading(at, 1, "H") for at in sorted(set(places)) if at < len(text)]
    passages = split_passages(text, headings=headings)
    joined = "".join(text[one.start : one.end] for one in passages)
    assert "".join(joined.split()) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(passages))
    assert all(one.end - one.start <= LONGEST for one in passages)


def test_passages_end_with_sentences():
    text = "This sentence has some forty characters. " * 100
    passages = split_passages(text)
    assert 3 <= len(passages) <= 5
    assert all(text[one.start : one.end].endswith(".") for one in passages)


def test_chinese_passages_are_shorter():
    assert max(one.end - one.start for one in split_passages("中文句子很短。" * 400)) < 700


def test_a_passage_knows_the_headings_above_it():
    text = "a" * 50 + "\n" + "Some text here. " * 40 + "\nSecond\n" + "More text here. " * 40
    headings = [Heading(0, 1, "First"), Heading(text.index("Second"), 2, "Second")]
    passages = split_passages(text, headings=headings, running=[Heading(0, 1, "Old")])
    assert passages[0].heading == "First"
    assert passages[-1].heading == "First › Second"
    assert text[passages[-1].start :].startswith("Second")


def test_a_possessive_at_the_end_is_no_abbreviation():
    text = "Repairs are the tenant's. Pets are allowed."
    spans = sentences(text)
    assert [text[span.start : span.end] for span in spans] == [
        "Repairs are the tenant's.",
        "Pets are allowed.",
    ]
