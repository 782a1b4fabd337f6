"""Rich text as programs write it, and as nobody should."""

import time

import pytest

from carrel.parsing import errors
from format_reading import read, text_of

HEAD = rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\froman\fcharset0 Times;}"
FONTS = (
    rb"{\f1\fcharset204 Arial CYR;}{\f2\fcharset128 MS Mincho;}{\f3\fcharset2 Symbol;}"
    rb"{\f4\fnil\cpg1253 Greek;}}"
)


def rtf(body: bytes, head: bytes = b"") -> bytes:
    return HEAD + FONTS + head + b"\n" + body + b"}"


def test_characters_come_from_code_pages_fonts_and_unicode():
    body = (
        rb"Gr\'fc\'dfe \f1\'cf\'f0\'e8\'e2\'e5\'f2 \f2\'93\'fa\'96\'7b \f3abg\'b7 \f4\'e1"
        rb"\plain  \uc1\u8364?\u-10179?\u-8704? \uc0\u233 \uc2\u352 ab.\emdash"
        rb"\ldblquote x\rdblquote\par a\~b\_c\-d"
    )
    assert text_of(rtf(body)) == "Grüße Привет 日本 αβγ• α €😀 éŠ.—“x”\na\u00a0b-cd"


def test_the_code_page_of_the_document_holds_where_no_font_says_otherwise():
    assert text_of(rb"{\rtf1\ansi\ansicpg1250 za\'bf\'f3\'b3\'e6}") == "zażółć"
    assert text_of(rb"{\rtf1\mac \'8e}") == "é"


def test_styles_and_outline_levels_make_headings():
    styles = rb"{\stylesheet{\s0 Normal;}{\s1\sbasedon0 heading 1;}{\s7\outlinelevel1 Mine;}}"
    body = (
        rb"{\pard\s1 Terms\par}{\pard Paid.\par}{\pard\s7 Dates\par}{\pard\outlinelevel2 Late\par}"
        rb"{\pard End.\par}"
    )
    units, _ = read(rtf(body, styles))
    assert [unit.label for unit in units] == ["Terms", "Dates"]
    assert units[1].text == "Dates\nLate\nEnd."
    assert [heading.level for heading in units[1].headings] == [2, 3]


def test_table_rows_are_lines():
    row = rb"\trowd\pard\intbl %s\cell two\par lines\cell\row "
    body = row % b"Year" + row % b"2025" + rb"\pard After.\par"
    assert text_of(rtf(body)) == "Year\ttwo lines\n2025\ttwo lines\nAfter."


def test_notes_comments_and_margins_follow_the_body():
    body = (
        rb"Text{\footnote\pard See annex.\par Really.}{\footnote\ftnalt At the end.} goes"
        rb"{\*\atnid AL}{\*\atnauthor Ada}\chatn{\*\annotation{\*\atndate 1}\pard Check.} on."
        rb"{\header Draft 3}\par"
    )
    units, _ = read(rtf(body, rb"{\info{\title Lease}{\creatim\yr2025}}"))
    assert [(unit.label, unit.text) for unit in units] == [
        ("", "Text goes on."),
        ("Footnotes", "See annex.\nReally."),
        ("Endnotes", "At the end."),
        ("Comments", "Ada: Check."),
        ("Headers and footers", "Draft 3"),
        ("Document properties", "Title: Lease"),
    ]


def test_deleted_words_are_not_read_hidden_ones_are_and_both_are_told():
    units, found = read(rtf(rb"Kept {\deleted gone }{\v hidden }\v seen\v0 .\par"))
    assert units[0].text == "Kept hidden seen."
    assert found == {("tracked_changes", ""): [], ("hidden_text", ""): []}


def test_fields_give_their_result_and_boxes_their_words():
    body = (
        rb'{\field{\*\fldinst HYPERLINK "http://x.example/"}{\fldrslt the site}} and '
        rb"{\shp{\*\shpinst\shpleft1{\sp{\sn f}{\sv 1}}{\shptxt in a box}}{\shprslt{\*\do x}}}\par"
        rb"{\upr{\*\bkmkstart x}{\*\ud{\*\bkmkstart y}}}{\listtext 1.\tab}one\par"
    )
    assert text_of(rtf(body)) == "the site and in a box\n1.\tone"


def test_objects_are_named_and_pictures_and_binary_data_passed_over():
    body = (
        rb"A{\object\objemb{\*\objclass Excel.Sheet.12}{\*\objdata 0105}{\result B}}"
        rb"{\*\shppict{\pict\pngblip 8950}}{\pict\bin5 }}}}}}C\par"
    )
    units, found = read(rtf(body))
    assert units[0].text == "ABC"
    assert found == {("embedded", "Excel.Sheet.12"): [], ("small_pictures", "2"): []}


def test_a_file_cut_short_gives_what_is_there_and_says_so():
    units, found = read(rb"{\rtf1 One.\par {\b Two")
    assert units[0].text == "One.\nTwo"
    assert found == {("repaired", ""): []}


def test_what_follows_the_document_is_not_read():
    assert text_of(rtf(rb"One.\par") + b"junk}{more") == "One."


def test_groups_without_end_are_refused():
    with pytest.raises(errors.TooNested):
        read(b"{\\rtf1" + b"{" * 3_000 + b"x")


def test_a_line_of_ten_megabytes_is_read_at_once():
    began = time.process_time()
    assert len(text_of(b"{\\rtf1 " + b"x" * 10_000_000 + b"}")) > 100_000
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "body", [rb"{\rtf1}", rb"{\rtf1{\fonttbl{\f0 Times;}}\par\par}", rb"{\rtf1{\info{\title x}}}"]
)
def test_a_document_without_words_is_empty(body):
    with pytest.raises(errors.EmptyFile):
        read(body)


def test_nothing_but_a_picture_is_told():
    units, found = read(rb"{\rtf1{\pict\pngblip 8950}}")
    assert (units, found) == ([], {("no_text", ""): [], ("small_pictures", "1"): []})
