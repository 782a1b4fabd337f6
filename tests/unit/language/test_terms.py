"""Terms: one analysis for documents and questions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.language.numbers import normal_number
from carrel.language.terms import MAX_TERM_LENGTH, locate, terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,234.5", "1234.50"),
        ("1'234", "1234"),
        ("1.234.567,89", "1,234,567.89"),
        ("12,34,567", "1234567"),
        ("１２３", "123"),
        ("٢٠١٨", "2018"),
        ("companies", "company"),
        ("Company’s", "company"),
        ("ﬁnance", "finance"),
        ("résumé", "resume"),
        ("U.S.", "US"),
        ("R&D", "RD"),
        ("signifi\u00adcant", "significant"),
        ("CO₂", "CO2"),
        ("الإنتاجية", "اإلنتاجية"),
        ("السلام", "السالم"),
        ("كِتَاب", "كتاب"),
        ("ﺍﻟﻜﺘﺎﺏ", "الكتاب"),
        ("ज़मीन", "ज़मीन"),
        ("ещё", "еще"),
        ("ﾃﾞｰﾀ", "データ"),
    ],
)
def test_two_spellings_of_one_word_have_the_same_terms(one, other):
    assert terms(one) == terms(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("北京", ["北", "北京", "京"]),
        ("ไทยแลนด์", ["ไทย", "ทยแ", "ยแล", "แลน", "ลนด", "นด์"]),
        ("$1,577 (5.0%)", ["1577", "5"]),
        ("FY2018", ["fy2018", "fy", "2018"]),
        ("10-K", ["10k", "10", "k"]),
        ("31.12.2018", ["31", "12", "2018"]),
        ("long-term", ["long", "term"]),
        ("long-\nterm", ["longterm", "long", "term"]),
        ("signifi\ufffecant", ["signific", "signifi", "cant"]),
        ("signifi\u0002\r\ncant", ["signific", "signifi", "cant"]),
        ("l'impresa", ["l", "impresa"]),
        ("किताबें", ["किताबें"]),
        ("", []),
        ("— … !", []),
    ],
)
def test_a_text_becomes_these_terms(text, expected):
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "normal"),
    [("007", "007"), ("05", "5"), ("00042", "00042"), ("0", "0"), ("5.50", "5.5"), ("1,5", "1.5"),
     ("10.0.0.1", "10.0.0.1"), ("1,23,4", "1,23,4"), ("0.5", "0.5")],
)  # fmt: skip
def test_numbers_have_one_form(text, normal):
    assert normal_number(text) == normal


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_every_term_has_its_place_in_any_text(text):
    found = locate(text)
    assert [term for _, _, term in found] == terms(text)
    assert all(0 <= start < end <= len(text) for start, end, _ in found)
    assert all(0 < len(term) <= MAX_TERM_LENGTH for term in terms(text))


@given(st.text(alphabet="abcdefgh ingsed", max_size=120))
def test_looking_for_some_terms_finds_the_same_places(text):
    wanted = set(terms(text)[::2])
    assert locate(text, among=wanted) == [
        place for place in locate(text) if not wanted or place[2] in wanted
    ]


def test_a_run_without_end_is_cut():
    assert max(map(len, terms("x" * 10_000))) == MAX_TERM_LENGTH


def test_forms_of_an_inflected_word_share_pieces_that_no_term_is():
    from carrel.language.terms import grams, terms

    one, other = grams("Verträge", latin=True), grams("Vertrages", latin=True)
    assert {"#_ver", "#vert", "#ertr", "#rtra"} <= set(one) & set(other)
    assert set(grams("книгами", latin=False)) & set(grams("книга", latin=False))
    assert grams("contract", latin=False) == []
    assert grams("流动性 ที่ไหน 2018", latin=True) == []
    assert not set(one) & set(terms("Verträge"))
