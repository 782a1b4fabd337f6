"""How a search is worded: operators and filters are read, prose is left alone."""

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carrel.retrieval.filters import FilterName, Period, read_period
from carrel.retrieval.wording import MAX_WORDED, Wording, read

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
    "公司的收入是多少？",
    "",
]


@pytest.mark.parametrize("text", PROSE)
def test_prose_comes_out_as_it_went_in(text):
    assert read(text) == Wording(text)


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
    assert read(text) == Wording(text)


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=200),
    st.sampled_from(["", " AND ", " OR ", " -", " NOT ", ' "', " (", " type:"]),
    st.text(max_size=50),
)
@example("(" * 60, " OR ", ")" * 60)
def test_any_text_is_read_and_plain_text_is_kept(before, operator, after):
    text = before + operator + after
    found = read(text)
    if found.demand is None and not found.filters:
        assert found.text == text


@settings(max_examples=100, deadline=None)
@given(st.lists(WORD, min_size=1, max_size=8))
def test_a_filter_leaves_the_words_around_it(words):
    prose = " ".join(words)
    assert read(f"type:pdf {prose}").text == prose
    assert read(f"{prose}? -tag:x").text == f"{prose}?"


@pytest.mark.parametrize(
    ("text", "looked_for", "understood"),
    [
        ("rent -draft", "rent", "without “draft”"),
        ("-draft rent", "rent", "without “draft”"),
        ("rent NOT draft lease", "rent lease", "without “draft”"),
        ('rent -"old draft"', "rent", "without “old draft”"),
        ("lender AND borrower", "lender borrower", "with “lender” and “borrower”"),
        ("lender OR borrower fee", "lender borrower fee", "with (“lender” or “borrower”)"),
        ("a1 OR b1 AND c1", "a1 b1 c1", "with (“a1” or “b1” and “c1”)"),
        ("(lender OR borrower) AND waiver", "lender borrower waiver",
         "with (“lender” or “borrower”) and “waiver”"),
        ('"net sales" OR turnover', "net sales turnover", "with (“net sales” or “turnover”)"),
        ("rent AND NOT (draft OR old)", "rent", "with “rent” · without (“draft” or “old”)"),
        ("fee (see note) -rent", "fee (see note)", "without “rent”"),
        ("USD AND EUR", "USD EUR", "with “USD” and “EUR”"),
        ('what "net sales" -draft', 'what "net sales"', "without “draft”"),
        ("rent AND type:pdf AND lease", "rent lease", "type:pdf · with “rent” and “lease”"),
        ("rent AND type:pdf", "rent", "type:pdf"),
        ("rent AND NOT type:pdf", "rent", "-type:pdf"),
        ("rent type:pdf OR type:docx", "rent", "type:pdf OR type:docx"),
    ],
)  # fmt: skip
def test_operators_are_read(text, looked_for, understood):
    found = read(text)
    assert (found.text, found.understood, found.notes) == (looked_for, understood, ())


@pytest.mark.parametrize(
    ("text", "name", "values", "shuts_out"),
    [
        ("rent type:pdf,docx", FilterName.TYPE, ("pdf", "docx"), False),
        ('rent tag:"long  one",b', FilterName.TAG, ("long one", "b"), False),
        ('author:"Smith, Jane" rent', FilterName.AUTHOR, ("Smith, Jane",), False),
        ("rent -folder:old/2019", FilterName.FOLDER, ("old/2019",), True),
        ("What is the rent? name:10k.", FilterName.NAME, ("10k",), False),
        ("rent type:pdf OR type:docx", FilterName.TYPE, ("pdf", "docx"), False),
    ],
)
def test_filters_are_read(text, name, values, shuts_out):
    (found,) = read(text).filters
    assert (found.name, found.values, found.shuts_out) == (name, values, shuts_out)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023", date(2023, 1, 1), date(2023, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-05-17", date(2023, 5, 17), date(2023, 5, 17)),
        ("2023-Q2", date(2023, 4, 1), date(2023, 6, 30)),
        ("2023-01..2023-06", date(2023, 1, 1), date(2023, 6, 30)),
        ("2023..", date(2023, 1, 1), date.max),
        ("..2023-06", date.min, date(2023, 6, 30)),
    ],
)
def test_dates_mean_days(text, first, last):
    assert read_period(text) == Period(first, last)


@pytest.mark.parametrize(
    "text", ["", "..", "yesterday", "2023-13", "2023-02-30", "0000", "2024..2023"]
)
def test_what_is_no_date_is_none(text):
    assert read_period(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rent date:yesterday", "“date:yesterday” holds no date"),
        ("rent tpye:pdf", "did you mean “type:”?"),
        ("rent type:,", "“type:,” names nothing"),
        ("rent OR type:pdf", "“OR” beside a filter was not read"),
    ],
)
def test_what_is_not_read_as_it_may_be_meant_is_said(text, said):
    (note,) = read(text).notes
    assert said in note


def test_a_malformed_filter_is_searched_as_words():
    assert read("rent date:yesterday").text == "rent date:yesterday"
    assert read("rent note:this").notes == ()


def test_a_pasted_page_is_prose():
    text = "rent -draft type:pdf " * (MAX_WORDED // 20)
    assert read(text) == Wording(text)
