"""Folding, and the way back to the original."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.language.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("“net”  sales\r\n rose – ‘much’", "\"net\" sales rose - 'much'"),
        ("signifi\ufffecant", "significant"),
        ("year-on\u0002\r\nyear", "year-onyear"),
        ("busi-\nness", "business"),
        ("Pre-\nTax", "Pre- Tax"),
        ("ﬁne e\u0301", "fine é"),
        ("a\u00a0b\u200bc\u00add", "a b cd"),
        ("1,577¹", "1,577¹"),
        ("٢٠", "20"),
    ],
)
def test_variants_become_one_form(text, folded):
    assert fold(text).text == folded


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=150), st.booleans())
def test_every_folded_character_knows_where_it_came_from(text, case):
    folded = fold(text, case=case)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert list(folded.starts) == sorted(folded.starts)
    assert list(folded.ends) == sorted(folded.ends)
    for at in range(len(folded.text)):
        span = folded.original(at, at + 1)
        assert 0 <= span.start < span.end <= len(text)


@given(st.text(max_size=100))
def test_folding_a_slice_found_through_the_map_gives_the_same_text(text):
    folded = fold(text)
    middle = len(folded.text) // 2
    if middle:
        span = folded.original(0, middle)
        assert fold(text[span.start : span.end]).text.strip()[:1] in ("", folded.text.strip()[:1])
