"""What Word documents of the old kind give; the files are written by hand ([MS-DOC])."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.domain.errors import ParseError
from carrel.parsing import errors
from format_reading import read, text_of
from made_compound import compound
from made_old_word import old_word, said


@pytest.mark.parametrize("narrow", [True, False])
def test_headings_and_paragraphs_are_read_from_wide_and_narrow_letters(narrow):
    body = "Terms\rPaid in €.\rDates\r1 May\r"
    made = old_word(
        body,
        paragraphs=[(0, said(1)), (6, said(0)), (17, said(0, (0x2640, 1))), (23, said(0))],
        narrow=narrow,
    )
    units, found = read(made)
    assert [(unit.label, unit.text) for unit in units] == [
        ("Terms", "Terms\nPaid in €."),
        ("Dates", "Dates\n1 May"),
    ]
    assert [unit.headings[0].level for unit in units] == [1, 2]
    assert not found


def test_rows_of_a_table_are_lines():
    row, end = said(0, (0x2416, 1)), said(0, (0x2416, 1), (0x2417, 1))
    body = "Year\x07two\rlines\x07\x072025\x07\x07\x07After\r"
    marks = [(0, row), (15, end), (16, row), (22, end), (23, said(0))]
    assert text_of(old_word(body, paragraphs=marks)) == "Year\ttwo lines\n2025\nAfter"


def test_deleted_letters_are_not_read_hidden_ones_are_and_both_are_told():
    deleted, hidden = struct.pack("<HB", 0x0800, 1), struct.pack("<HB", 0x083C, 1)
    body = old_word("Kept gone hidden.\r", letters=[(0, b""), (5, deleted), (10, hidden)])
    units, found = read(body)
    assert units[0].text == "Kept hidden."
    assert found == {("tracked_changes", ""): [], ("hidden_text", ""): []}


def test_stories_follow_the_body_under_their_names():
    units, _ = read(old_word("Body\x02.\r", "\x02 See annex.\r", "Draft\rDraft\r", "", "Why?\r"))
    assert [(unit.label, unit.text) for unit in units] == [
        ("", "Body."),
        ("Footnotes", " See annex."),
        ("Headers and footers", "Draft"),
        ("Comments", "Why?"),
    ]


def test_fields_give_their_results():
    body = '\x13 HYPERLINK "http://x.example" \x13 PAGE \x147\x15 \x14the site\x15 and 😀\r'
    assert text_of(old_word(body)) == "the site and 😀"


def test_a_field_without_end_does_not_swallow_the_rest():
    assert text_of(old_word("a\x13b\rc\r")) == "ab\nc"


def test_what_cannot_be_read_is_named():
    with pytest.raises(errors.Encrypted):
        read(old_word("x\r", flags=0x0300))
    with pytest.raises(errors.UnsupportedOldWord):
        read(old_word("x\r", version=0x65))
    with pytest.raises(errors.Damaged):
        read(compound({"WordDocument": b"\xec\xa5\xc1\0" + bytes(600), "Data": b"x"}))
    with pytest.raises(errors.EmptyFile):
        read(old_word("\r\r"))


SAMPLE = old_word(
    "Terms\rPaid in euros.\r",
    paragraphs=[(0, said(1)), (6, said(0, (0x2416, 1)))],
    letters=[(0, b""), (8, struct.pack("<HB", 0x0800, 1))],
)


@given(data=st.data())
@settings(max_examples=100)
def test_damaged_documents_end_in_units_or_in_a_named_error(data):
    body = bytearray(SAMPLE)
    for _ in range(data.draw(st.integers(1, 12))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(bytes(body[: data.draw(st.integers(512, len(body)))]))
    except ParseError:
        return
