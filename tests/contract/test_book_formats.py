"""What e-books and saved web pages give, and what they do not get from us."""

from email.message import EmailMessage

import pytest

from carrel.parsing import errors
from format_reading import read, text_of
from made_office import zipped

CONTAINER = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
NCX = (
    '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "ncx.dtd"><ncx><navMap><navPoint>'
    '<navLabel><text>Older name</text></navLabel><content src="one.xhtml"/></navPoint><navPoint>'
    '<navLabel><text>Only here</text></navLabel><content src="t%20w/two.xhtml#a"/></navPoint>'
    "</navMap></ncx>"
)
NAVIGATION = '<html><body><nav><a href="one.xhtml">One, by name</a></nav></body></html>'


def book(*chapters: tuple[str, str], extra: dict[str, str] | None = None) -> bytes:
    """An e-book; each chapter is a file name and the inside of its body."""
    items = "".join(f'<item id="c{n}" href="{name}"/>' for n, (name, _) in enumerate(chapters))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Tales</dc:title>'
        "<dc:creator>Ada</dc:creator></metadata><manifest>"
        '<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
        f'<item id="v" href="nav.xhtml" properties="nav"/>{items}</manifest>'
        f"<spine>{spine}</spine></package>"
    )
    head = '<?xml version="1.0"?><!DOCTYPE html><html><head><title/><script src="x"/></head><body>'
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OPS/book.opf": package,
            **{
                "OPS/" + name.replace("%20", " "): f"{head}{text}</body></html>"
                for name, text in chapters
            },
            **(extra or {}),
        }
    )


def test_chapters_come_in_reading_order_under_their_titles():
    body = book(
        ("one.xhtml", "<h1>I</h1><p>First words.</p>"),
        ("t%20w/two.xhtml", "<p>Second words.</p>"),
        ("z.xhtml", "<p>Third words.</p>"),
        extra={"OPS/toc.ncx": NCX, "OPS/nav.xhtml": NAVIGATION},
    )
    units, found = read(body)
    assert [(unit.label, unit.text) for unit in units] == [
        ("One, by name", "I\nFirst words."),
        ("Only here", "Second words."),
        ("", "Third words."),
        ("Document properties", "Title: Tales\nAuthor: Ada"),
    ]
    # A chapter without a heading must not be cited under the one before.
    assert [heading.text for heading in units[1].headings] == ["Only here"]
    assert not found


def test_a_missing_chapter_is_told_and_the_others_are_read():
    body = book(("one.xhtml", "<p>Here.</p>"), ("../../../etc/passwd", "<p>no</p>"))
    units, found = read(body)
    assert units[0].text == "Here."
    assert found == {("damaged_part", "../../etc/passwd"): []}


def test_a_book_locked_to_its_buyer_is_named():
    locked = (
        '<encryption><EncryptedData><EncryptionMethod Algorithm="{}"/><CipherData>'
        '<CipherReference URI="OPS/one.xhtml"/></CipherData></EncryptedData></encryption>'
    )
    chapter = ("one.xhtml", "<p>x</p>")
    with pytest.raises(errors.Encrypted):
        read(book(chapter, extra={"META-INF/encryption.xml": locked.format("aes256")}))
    fonts = locked.format("http://www.idpf.org/2008/embedding")
    assert "x" in text_of(book(chapter, extra={"META-INF/encryption.xml": fonts}))


@pytest.mark.parametrize("part", ["OPS/toc.ncx", "OPS/book.opf", "META-INF/container.xml"])
def test_entities_in_a_book_are_refused(part):
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    with pytest.raises(errors.Bomb):
        read(book(("one.xhtml", "<p>x</p>"), extra={part: bomb}))


def test_a_book_without_a_reading_order_is_empty_and_one_of_pictures_is_told():
    with pytest.raises(errors.EmptyFile):
        read(book())
    units, found = read(book(("one.xhtml", '<img src="a.png"/>')))
    assert (units, found) == ([], {("no_text", ""): []})


def saved_page() -> bytes:
    message = EmailMessage()
    message["From"] = "<Saved by Blink>"
    message["Snapshot-Content-Location"] = "https://example.org/rent"
    message["Subject"] = "The rent"
    message["Date"] = "Mon, 1 Sep 2025 10:00:00 -0000"
    message.make_related()
    for text in ("<html><title>The rent</title><h1>Rent</h1><p>1.200 € a month", "<p>A frame"):
        part = EmailMessage()
        part.set_content(text, subtype="html", charset="iso-8859-15", cte="quoted-printable")
        message.attach(part)
    picture = EmailMessage()
    picture.set_content(b"\x89PNG", "image", "png")
    message.attach(picture)
    return message.as_bytes()


def test_a_saved_page_is_its_text_and_its_frames_and_where_it_was():
    units, found = read(saved_page(), "a")
    assert [(unit.label, unit.text) for unit in units] == [
        ("Rent", "Rent\n1.200 € a month"),
        ("", "A frame"),
        (
            "Document properties",
            "Title: The rent\nSaved from: https://example.org/rent\n"
            "Saved: Mon, 01 Sep 2025 10:00:00 -0000",
        ),
    ]
    assert found == {("small_pictures", "1"): []}


def test_a_saved_page_without_a_page_is_empty():
    with pytest.raises(errors.EmptyFile):
        read(b"From: <Saved by Blink>\nMIME-Version: 1.0\nSubject: x\nDate: y\n\nplain", "a.mht")
