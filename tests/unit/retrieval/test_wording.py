"""The language of search: what is a sign of it, and what stays prose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.domain.searching import Filter, Piece, PieceKind
from carrel.retrieval.wording import FILTERS, parse


def words(*texts):
    return tuple(Piece(PieceKind.WORD, text) for text in texts)


@pytest.mark.parametrize(
    "query",
    [
        "What is the long-term debt of 3M - and why?",
        "Note: the date is 12 May; type A or B",
        "profit and loss or not",
        "TERMS AND CONDITIONS OF SALE",
        "RESEARCH AND DEVELOPMENT expense",
        'the words "net outflows" as they stand',
        "AND",
        "OR else what",
        "cost was -5 % in Q3",
        "a * b",
        "**bold** text",
        "x-axis re-read 10-K",
        "date: 2023",
        "subtype:pdf mydate:2023",
        "http://example.org/a?b=-c",
        "",
        "מה היה -",
    ],
)
def test_prose_stays_as_it_is(query):
    wording = parse(query)
    assert (wording.text, wording.plain) == (query, True)


@given(st.text(alphabet=st.characters(exclude_characters='*-:"“„«「'), max_size=80))
def test_a_text_without_signs_stays_as_it_is(query):
    if not {"AND", "OR", "NOT"} & set(query.split()):
        assert parse(query).text == query


@given(st.text(max_size=120))
def test_whatever_is_typed_is_taken_apart(query):
    wording = parse(query)
    assert all(found.name in FILTERS and found.value for found in wording.filters)


def test_a_dash_or_not_leaves_a_word_out():
    for query in ("covenant -draft", "covenant NOT draft"):
        wording = parse(query)
        assert (wording.text, wording.excluded) == ("covenant", words("draft"))
    (phrase,) = parse('covenant -"first draft"').excluded
    assert phrase == Piece(PieceKind.PHRASE, "first draft")


def test_words_joined_by_and_must_all_stand_there():
    wording = parse("buffer AND breach in 2025")
    assert wording.groups == (words("buffer"), words("breach"))
    assert wording.text == "buffer breach in 2025"


def test_of_words_joined_by_or_one_is_enough():
    wording = parse("(rent OR lease OR tenancy) AND Rostock")
    assert wording.groups == (words("rent", "lease", "tenancy"), words("Rostock"))


def test_a_beginning_stands_for_words():
    wording = parse("liquid* covenant")
    assert wording.groups == ((Piece(PieceKind.BEGINNING, "liquid"),),)
    assert wording.text == "covenant"


def test_filters_are_conditions_on_documents():
    wording = parse('covenant type:pdf -tag:draft author:"Ada Byron" date:2023-01..2023-06')
    assert wording.text == "covenant"
    assert wording.filters == (
        Filter(name="type", value="pdf"),
        Filter(name="tag", value="draft", excluded=True),
        Filter(name="author", value="Ada Byron"),
        Filter(name="date", value="2023-01..2023-06"),
    )
    assert [found.words for found in wording.filters][2] == 'author:"Ada Byron"'
