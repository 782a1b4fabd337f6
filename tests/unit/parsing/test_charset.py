import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.parsing.charset import clean, decode

GERMAN = "Über die Größe der Straße herrscht Streit – 20 € sind zu viel, sagt „Müller“.\n" * 3


@pytest.mark.parametrize(
    "charset",
    ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"],
)
def test_unicode_is_recognised_with_and_without_a_mark(charset):
    text = "Plain letters, and a few others: Größe, 中文.\n" * 10
    found = decode(text.encode(charset))
    assert found.text == text
    assert not found.guessed


def test_western_text_without_a_name_is_taken_for_windows_1252():
    found = decode(GERMAN.encode("cp1252"))
    assert (found.text, found.charset, found.guessed) == (GERMAN, "cp1252", True)


def test_cyrillic_text_without_a_name_is_found_out():
    text = "Годовой отчёт компании за две тысячи двадцать второй год. " * 20
    found = decode(text.encode("cp1251"))
    assert found.text == text
    assert found.guessed


def test_a_declared_set_is_believed():
    found = decode("Příliš žluťoučký kůň".encode("iso8859-2"), declared="ISO-8859-2")
    assert (found.text, found.guessed) == ("Příliš žluťoučký kůň", False)


def test_valid_utf8_wins_over_a_wrong_declaration():
    assert decode("Größe".encode(), declared="iso-8859-1").text == "Größe"


@pytest.mark.parametrize("declared", ["no-such-set", "", "zip", "rot13", "base64", "\0", "idna"])
def test_nonsense_declarations_are_ignored(declared):
    assert decode("Größe".encode("cp1252"), declared=declared).text == "Größe"


def test_bytes_that_do_not_fit_are_shown_as_replaced():
    found = decode(codecs.BOM_UTF8 + b"abc\xff")
    assert found.text == "abc\ufffd"
    assert found.replaced


def test_line_ends_become_line_feeds_and_controls_go():
    assert clean("a\r\nb\rc\x00\x07\x1b\td\f") == "a\nb\nc\td\f"


@given(st.binary(max_size=400), st.one_of(st.none(), st.text(max_size=12)))
def test_any_bytes_decode_to_storable_text(body, declared):
    text = decode(body, declared=declared).text
    text.encode("utf-8")
    assert "\0" not in text
    assert "\r" not in text
