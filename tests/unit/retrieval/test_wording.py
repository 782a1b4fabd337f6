"""The language of search: what is a sign of it, and what stays prose."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carrel.domain.searching import Filter, Piece, PieceKind
from carrel.retrieval.wording import FILTERS, MAX_WORDED, Wording, parse


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


PROSE = [
    "What was the revenue of 3M in 2018?",
    "Notice: the tenant shall pay by 1 March - see clause 4.",
    "Which fees are NOT included in EBITDA?",
    "Explain the covenants. Do NOT include definitions.",
    "Is the loan secured? Answer YES OR NO.",
    "Is it secured, YES OR NO",
    "WHAT ARE THE TERMS AND CONDITIONS OF SALE",
    "the result was -5 % and the loss -3",
    "Ein- und -ausgang des Lagers",
    "sales and costs or profits, not losses",
    "see https://example.org/a:b and ratio 3:1",
    "type: pdf and date : 2023",
    "- first point\n- second point\n-third point",
    "research & development -- and then - nothing",
    "the interest rate (fixed or floating) of the notes",
    "OR gate and AND",
    "NOT applicable",
    "Type:pdf Date:2023",
    'What does "type:pdf" mean',
    "ls -l and tar -x",
    "Was the draft -old or new- signed?",
    "Total* revenue?",
    "公司的收入是多少？",
    "",
]


@pytest.mark.parametrize("text", PROSE)
def test_prose_comes_out_as_it_went_in(text):
    assert parse(text) == Wording(text=text)


WORD = st.text(st.characters(categories=["Ll", "Lo"]), min_size=1, max_size=9)
PIECE = st.one_of(
    WORD,
    WORD.map(str.capitalize),
    WORD.map(lambda word: f"{word}:"),
    WORD.map(lambda word: f"({word})"),
    st.tuples(WORD, WORD).map("-".join),
    st.sampled_from(
        ["-", "–", "—", ":", "and", "or", "not", "2023", "-7", "10-K", "don't", "“", "*"]
    ),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PIECE, max_size=20),
    st.sampled_from([" ", "  ", "\n", ", "]),
    st.sampled_from(["", "?", "."]),
)
@example(["type", ":", "pdf"], " ", "?")
def test_any_prose_without_operators_comes_out_as_it_went_in(pieces, between, end):
    text = between.join(pieces) + end
    assert parse(text) == Wording(text=text)


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=200),
    st.sampled_from(["", " AND ", " OR ", " -", " NOT ", ' "', " (", " type:"]),
    st.text(max_size=50),
)
@example("(" * 60, " OR ", ")" * 60)
def test_any_text_is_read_and_plain_text_is_kept(before, operator, after):
    text = before + operator + after
    found = parse(text)
    if found.plain:
        assert found.text == text


@settings(max_examples=100, deadline=None)
@given(st.lists(WORD, min_size=1, max_size=8))
def test_a_filter_leaves_the_words_around_it(words):
    prose = " ".join(words)
    assert parse(f"type:pdf {prose}").text == prose
    assert parse(f"{prose}? -tag:x").text == f"{prose}?"


def pieces(query):
    found = parse(query)
    groups = [[piece.text for piece in group] for group in found.groups]
    return found.text, groups, [piece.text for piece in found.excluded]


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("-draft rent", ("rent", [], ["draft"])),
        ("rent NOT draft lease", ("rent lease", [], ["draft"])),
        ("rent AND NOT draft", ("rent", [["rent"]], ["draft"])),
        ("rent AND NOT (draft OR old)", ("rent", [["rent"]], ["draft", "old"])),
        ("a1 OR b1 AND c1", ("a1 b1 c1", [["a1", "b1"], ["a1", "c1"]], [])),
        ("(a1 OR b1) AND c1", ("a1 b1 c1", [["a1", "b1"], ["c1"]], [])),
        ("(a1 OR (b1 AND c1)) AND -d1", ("a1 b1 c1", [["a1", "b1"], ["a1", "c1"]], ["d1"])),
        ('"net sales" OR turnover', ("net sales turnover", [["net sales", "turnover"]], [])),
        ("fee (see note) -rent", ("fee (see note)", [], ["rent"])),
        ('what "net sales" -draft', ('what "net sales"', [], ["draft"])),
        ("rent AND type:pdf AND lease", ("rent lease", [["rent"], ["lease"]], [])),
        ("rent AND type:pdf", ("rent", [], [])),
        ("rent AND NOT type:pdf", ("rent", [], [])),
        ("rent type:pdf OR type:docx", ("rent", [], [])),
    ],
)
def test_operators_are_read(query, meant):
    assert pieces(query) == meant
    assert parse(query).notes == ()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("rent type:pdf,docx", "type:pdf,docx"),
        ("rent type:pdf OR type:docx", "type:pdf,docx"),
        ("rent AND NOT type:pdf", "-type:pdf"),
        ('rent tag:"long  one",b', 'tag:"long one",b'),
        ('author:"Smith, Jane" rent', 'author:"Smith, Jane"'),
        ("What is the rent? type:pdf.", "type:pdf"),
        ("Was it paid? date:2023...", "date:2023.."),
    ],
)
def test_filters_are_read(query, words):
    (found,) = parse(query).filters
    assert found.words == words


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("rent tpye:pdf", "did you mean “type:”?"),
        ("rent type:,", "“type:,” names nothing"),
        ("rent OR type:pdf", "“OR” beside a filter was not read"),
        ("rent OR NOT draft", "cannot be demanded"),
    ],
)
def test_what_is_not_read_as_it_may_be_meant_is_said(query, said):
    (note,) = parse(query).notes
    assert said in note


def test_a_misspelt_filter_is_searched_as_words():
    assert parse("rent tpye:pdf").text == "rent tpye:pdf"


def test_a_pasted_page_is_prose():
    text = "rent -draft type:pdf " * (MAX_WORDED // 20)
    assert parse(text) == Wording(text=text)
