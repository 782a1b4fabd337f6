"""Mails attached to a mail come out as they were attached, bit for bit."""

import base64

import pytest

from format_reading import attached
from made_files import mail

INNER = (
    b"From:a@b.c\r\nSubject:   two   blanks \r\n\tfolded\r\nX-Odd : y\r\nTo: d@e.f\r\n"
    b"Content-Type: text/plain; charset=latin-1\r\n\r\nD\xe9ar Bob,\r\n\r\n--y is no boundary\r\n"
    b" \r\n"
)


def holding(
    inner: bytes,
    *,
    ends: bytes = b"\r\n",
    encoding: str = "8bit",
    close: bool = True,
    names: tuple[bytes, bytes] = (b"x", b"y"),
) -> bytes:
    """A mail with a text, a mail inside two multiparts, and a picture."""
    x, y = names
    last = [b"--%s--" % x, b""] if close else []
    lines = [
        b"From: a@b.c", b"Subject: outer", b"MIME-Version: 1.0",
        b'Content-Type: multipart/mixed; boundary="%s"' % x, b"", b"preamble",
        b"--" + x, b"", b"See below.",
        b"--" + x, b'Content-Type: multipart/mixed; boundary="%s"' % y, b"",
        b"--" + y, b"Content-Type: message/rfc822",
        b"Content-Transfer-Encoding: " + encoding.encode(), b"", inner,
        b"--%s--" % y, b"",
        b"--" + x, b"Content-Type: image/png", b"", b"picture", *last,
    ]  # fmt: skip
    return ends.join(lines)


@pytest.mark.parametrize("ends", [b"\r\n", b"\n"])
@pytest.mark.parametrize("close", [True, False])
def test_line_ends_blanks_and_fields_stay_as_they_were(ends, close):
    inner = INNER.replace(b"\r\n", ends)
    found, remarks = attached(holding(inner, ends=ends, close=close))
    assert found["two blanks folded.eml"] == inner
    assert remarks == {}


def test_mixed_line_ends_stay_mixed():
    inner = INNER.replace(b"\r\n\tfolded\r\n", b"\n\tfolded\r\n")
    found, _ = attached(holding(inner))
    assert found["two blanks folded.eml"] == inner


def test_an_attached_mail_that_was_packed_against_the_rules_is_unpacked():
    inner = base64.encodebytes(INNER)
    found, _ = attached(holding(inner, encoding="base64"))
    assert INNER in found.values()


def test_the_mail_inside_holds_its_own_attachments():
    innermost = INNER.replace(b"two   blanks ", b"innermost")
    middle = holding(innermost, names=(b"x=x", b"y+"))
    found, _ = attached(holding(middle))
    assert found["outer.eml"] == middle
    assert attached(middle)[0]["innermost folded.eml"] == innermost


def test_where_the_source_is_odd_the_words_still_come_out():
    outer = holding(INNER).replace(b"\r\n--y\r\n", b"\r--y\r\n")
    found, _ = attached(outer)
    (inner,) = [body for name, body in found.items() if name.endswith("eml")]
    assert b"ar Bob," in inner


def test_a_mail_that_pythons_own_library_attached_is_found_again():
    inner = mail(Subject="inner")
    inner.set_content("Hello\n\nBob.\n")
    outer = mail(Subject="outer")
    outer.set_content("See.")
    outer.add_attachment(inner)
    found, _ = attached(outer.as_bytes())
    assert found["inner.eml"].rstrip(b"\n") == inner.as_bytes().rstrip(b"\n")
