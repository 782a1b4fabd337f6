"""The marks in an engine's words, however they are written and wherever the stream is cut."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.answering.marks import MAX_MARK, MarkParser, Piece, Quoted, Said


def read(*texts: str) -> list[Piece]:
    parser = MarkParser()
    pieces = [piece for text in texts for piece in parser.feed(text)]
    return merged([*pieces, *parser.finish()])


def merged(pieces: list[Piece]) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Said) and found and isinstance(found[-1], Said):
            found[-1] = Said(found[-1].text + piece.text)
        else:
            found.append(piece)
    return found


def raw(pieces: list[Piece]) -> str:
    return "".join(piece.text if isinstance(piece, Said) else piece.raw for piece in pieces)


def quotes(text: str) -> list[tuple[int, str]]:
    return [(p.passage_number, p.quote) for p in read(text) if isinstance(p, Quoted)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[3: "net sales were $5"]', [(3, "net sales were $5")]),
        ("[3: “net sales”]", [(3, "net sales")]),
        ('【3: "net sales"】', [(3, "net sales")]),
        ("［3：「売上高」］", [(3, "売上高")]),
        ("[3: «ventes nettes»]", [(3, "ventes nettes")]),
        ("[3]", [(3, "")]),
        ("[3, 5]", [(3, ""), (5, "")]),
        ("[3][5]", [(3, ""), (5, "")]),
        ("[passage 3]", [(3, "")]),
        ("[Passage 3: 'net sales']", [(3, "net sales")]),
        ('[3: "he said "no" to it"]', [(3, 'he said "no" to it')]),
        ("[3: 'the company's sales']", [(3, "the company's sales")]),
        ('[3: "one\nline"]', [(3, "one\nline")]),
        ('[3: "one", "two"]', [(3, "one"), (3, "two")]),
        ('[3: "one"; 5: "two"]', [(3, "one"), (5, "two")]),
        ('[3, 5: "both"]', [(3, "both"), (5, "both")]),
        ('[ 3 : "spaced" ]', [(3, "spaced")]),
        ("[3: net sales were 5]", [(3, "net sales were 5")]),
        ('[3: "see [note 4] below"]', [(3, "see [note 4] below")]),
        ('[3: "cut off', [(3, "cut off")]),
        ('[3: "bracket forgotten". Next sentence.', [(3, "bracket forgotten")]),
        ('[3: "bracket forgotten".\n\nNext [4: "fine"]', [(3, "bracket forgotten"), (4, "fine")]),
    ],
)
def test_a_mark_is_read_as_engines_write_it(text, expected):
    assert quotes(text) == expected


@pytest.mark.parametrize(
    "text",
    ["no marks", "[x]", "[2018]", "a [link](x)", "[", "[ ", "[3", "[]", "[^1]", "[3: ",
     "- [ ] to do", "[a: b]", '[3: "begun\n\nand never ended, in the next paragraph'],
)  # fmt: skip
def test_words_in_brackets_that_are_no_mark_stay_words(text):
    assert read(text) == [Said(text)]


def test_words_around_marks_keep_their_order():
    assert read('Sales rose [1: "rose"], then fell [2: "fell"].') == [
        Said("Sales rose "),
        Quoted(1, "rose", '[1: "rose"]'),
        Said(", then fell "),
        Quoted(2, "fell", '[2: "fell"]'),
        Said("."),
    ]


def test_words_before_a_mark_are_told_at_once():
    parser = MarkParser()
    assert parser.feed('Sales rose [1: "ro') == [Said("Sales rose ")]
    assert parser.feed('se"]') == [Quoted(1, "rose", '[1: "rose"]')]


def test_a_quote_that_never_ends_is_let_go_as_words():
    parser = MarkParser()
    text = '[3: "' + "word " * MAX_MARK
    said = "".join(piece.text for piece in parser.feed(text) if isinstance(piece, Said))
    assert len(text) - len(said) < MAX_MARK
    assert read(text) == [Said(text)]


def test_a_stream_made_to_be_slow_is_read_in_time():
    parser = MarkParser()
    begun = time.perf_counter()
    for _ in range(2_000):
        parser.feed('[3: "x" [')
    parser.finish()
    assert time.perf_counter() - begun < 5


PARTS = st.lists(
    st.sampled_from(
        ["[", "]", "【", "】", "3", "12", ":", ": ", '"', "“", "”", "'", ",", ";", " ", "\n",
         "\n\n", "word", "[3: “", '[3: "', '"]', "”]", "[4]", "passage ", "x" * 50, "é"]
    ),
    max_size=30,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(parts=PARTS, cuts=st.lists(st.integers(0, 400), max_size=12))
def test_where_the_stream_is_cut_makes_no_difference(parts, cuts):
    text = "".join(parts)
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pieces = [text[a:b] for a, b in pairwise(places)]
    whole = read(text)
    assert read(*pieces) == whole
    assert read(*text) == whole


@settings(max_examples=200, deadline=None)
@given(parts=PARTS)
def test_nothing_is_lost_and_nothing_changes_places(parts):
    text = "".join(parts)
    assert raw(read(text)) == text


@settings(max_examples=30, deadline=None)
@given(
    parts=st.lists(st.sampled_from(['[3: "', "word ", '" ', "\n", "]"]), max_size=20),
    length=st.integers(MAX_MARK - 10, MAX_MARK + 10),
    step=st.integers(1, 97),
)
def test_marks_near_the_longest_length_are_cut_the_same_way(parts, length, step):
    text = '[3: "' + "y" * (length - 5) + "".join(parts)
    assert read(*(text[at : at + step] for at in range(0, len(text), step))) == read(text)
