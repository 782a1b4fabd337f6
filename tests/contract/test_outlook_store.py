"""Mail stores of Outlook give their mails as members, under the paths of their folders."""

import gzip
import random
from pathlib import Path

import pytest

from carrel.domain.documents import Room
from carrel.domain.errors import ParseError
from carrel.parsing.errors import Damaged, NestedTooDeep
from carrel.parsing.formats.pst import _header, _part, _parts
from format_reading import attached, text_of

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "outlook"
MAILS = gzip.decompress((FOLDER / "body-kinds.pst.gz").read_bytes())
OTHERS = gzip.decompress((FOLDER / "calendar-and-contacts.pst.gz").read_bytes())
INBOX = "Top of Outlook data file/Inbox/tmp"


def test_each_mail_is_a_member_with_its_header_and_its_words_once():
    found, remarks = attached(MAILS, "mails.pst")
    assert list(found) == [
        f"{INBOX}/0001 original email.eml",
        f"{INBOX}/0002 FW: original email.eml",
        f"{INBOX}/0003 FW: original email.eml",
        f"{INBOX}/0004 FW: original email.eml",
    ]
    assert remarks == {}
    text = text_of(found[f"{INBOX}/0001 original email.eml"], "a.eml")
    assert 'From: "Allison, Timothy B." <tallison@mitre.org>' in text
    assert "Date: Wed, 30 Aug 2017 19:26:03 +0000" in text
    assert text.count("This is the original email (html)") == 1
    # How it was packed on its way is left out, what servers wrote stays.
    assert "Received: from mwhpr09mb1391" in text
    assert found[f"{INBOX}/0001 original email.eml"].count(b"MIME-Version") == 1


def test_the_same_store_gives_the_same_bytes():
    assert attached(MAILS, "a.pst")[0] == attached(MAILS, "b.pst")[0]


def test_appointments_and_contacts_are_read_and_what_lies_embedded_is_told():
    found, remarks = attached(OTHERS, "x.pst")
    top = "Top of Personal Folders"
    assert list(found) == [
        f"{top}/Calendar/0001 Test appointment.eml",
        f"{top}/Contacts/0001 test dist list.eml",
        f"{top}/Contacts/0002 contact name 1.eml",
    ]
    assert "This is a complete test" in text_of(found[f"{top}/Calendar/0001 Test appointment.eml"])
    assert "Name: contact name 1" in text_of(found[f"{top}/Contacts/0002 contact name 1.eml"])
    assert ("embedded", "Untitled") in remarks


def test_no_more_comes_out_than_there_is_room_for():
    found, remarks = attached(MAILS, "x.pst", Room(depth=1, members=2, size=1 << 20))
    assert len(found) == 2
    assert any(code == "members_beyond" for code, _ in remarks)
    with pytest.raises(NestedTooDeep):
        attached(MAILS, "x.pst", Room(depth=0, members=2, size=1 << 20))


def test_what_is_no_store_is_said():
    with pytest.raises(Damaged):
        attached(b"!BDN" + bytes(2000), "x.pst")


def test_damaged_stores_end_in_members_or_in_a_named_error():
    chance = random.Random(3)
    for _ in range(150):
        body = bytearray(MAILS)
        for _ in range(chance.randrange(1, 60)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        try:
            attached(bytes(body[: chance.randrange(len(body))] if chance.random() < 0.2 else body))
        except ParseError:
            continue


class Entry:
    def __init__(self, tag, text):
        self.entry_type, self.data_as_string = tag, text


class Records:
    def __init__(self, texts):
        self.entries = [Entry(tag, text) for tag, text in texts.items()]


class Draft:
    """What the header is made of when no server wrote one."""

    client_submit_time = delivery_time = creation_time = None

    def __init__(self, **texts):
        self.record_sets = [Records({int(tag[1:], 16): text for tag, text in texts.items()})]


def test_a_draft_gets_its_header_from_what_outlook_shows():
    draft = Draft(x0037="\x01\x05Re: Größe", x0C1A="Ada", x5D01="ada@example.org", x0E04="Bob")
    assert _header(draft).splitlines() == [
        "From: Ada <ada@example.org>", "To: Bob", "Subject: =?utf-8?b?UmU6IEdyw7bDn2U=?=",
    ]  # fmt: skip


def test_a_header_that_tells_how_it_was_packed_loses_only_that():
    wrote = (
        "Subject: a\r\nContent-Type: multipart/mixed;\r\n\tboundary=x\r\nMIME-Version: 1.0\r\nX: y"
    )
    assert _header(Draft(x007D=wrote)) == "Subject: a\r\nX: y\r\n"


def test_attachments_are_read_back_under_their_names():
    picture = bytes(range(256))
    parts = [_part("text/plain", b"See."), _part("application/octet-stream", picture, "größe.bin")]
    found, _ = attached(b"Subject: a\r\nMIME-Version: 1.0\r\n" + _parts("mixed", parts), "a.eml")
    assert found == {"größe.bin": picture}
