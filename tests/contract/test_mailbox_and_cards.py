"""What mailboxes, calendars and contacts give."""

from email.message import EmailMessage

import pytest

from carrel.domain.documents import UnitKind
from carrel.parsing import errors
from carrel.parsing.sniff import sniff
from format_reading import attached, read, text_of


def message(subject: str, text: str, *, attachment: bytes = b"", name: str = "a.png") -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@example.org", "b@example.org", subject
    made.set_content(text)
    if attachment:
        made.add_attachment(attachment, "image", "png", filename=name)
    return made.as_bytes()


def mailbox(*messages: bytes) -> bytes:
    return b"".join(
        b"From a@example.org Mon Jun 01 04:28:28 2009\n" + one.replace(b"\nFrom ", b"\n>From ")
        + b"\n\n" for one in messages
    )  # fmt: skip


def test_each_message_is_a_unit_with_its_fields_above_its_words():
    body = mailbox(
        message("Lease", "The rent is 1,200.\n\nFrom May on.\n"),
        message("Re: Lease", "Agreed.", attachment=b"\x89PNG"),
    )
    units, found = read(body, "inbox")
    assert [unit.label for unit in units] == ["1. Lease", "2. Re: Lease"]
    assert {unit.kind for unit in units} == {UnitKind.MAIL_PART}
    assert units[0].text == (
        "From: a@example.org\nTo: b@example.org\nSubject: Lease\n\n"
        "The rent is 1,200.\n\nFrom May on."
    )
    assert found == {}


def test_attachments_of_a_message_are_documents_named_by_its_number():
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@example.org", "b@example.org", "x"
    made.set_content("See there.")
    made.add_attachment("year,rent\n2025,1200\n2026,1300\n", "csv", filename="rent.csv")
    body = mailbox(made.as_bytes(), message("y", "z", attachment=b"\x89PNG"))
    units, _ = read(body)
    assert [unit.label for unit in units] == ["1. x", "2. y"]
    assert list(attached(body)[0]) == ["1/rent.csv", "2/a.png"]


def test_a_broken_message_is_told_and_the_others_are_read():
    units, found = read(mailbox(message("x", "one"), b" \n", message("y", "two")))
    assert [unit.label for unit in units] == ["1. x", "3. y"]
    assert not found  # nothing in it, so nothing lost


def test_a_mailbox_of_one_message_with_strange_fields_is_a_mail():
    body = b"From a@b Mon Jun 01 04:28:28 2009\nComments: x\n" + b"X-A: 1\n" * 40
    assert sniff(body + b"Content-Type: text/plain\n\nHello\n", "a.mbox") == "eml"


CALENDAR = b"""BEGIN:VCALENDAR\r
BEGIN:VEVENT\r
DTSTART;TZID=Europe/Berlin:20250501T100000\r
DTEND:20250501T090000Z\r
SUMMARY:Lease\\, room 3\r
ATTENDEE;PARTSTAT=NEEDS-ACTION;CN="Bob; B:":mailto:bob@example.org\r
DESCRIPTION:Bring the\\ncontract and th\r
 e keys\r
BEGIN:VALARM\r
DESCRIPTION:ring\r
END:VALARM\r
RRULE:FREQ=WEEKLY\r
END:VEVENT\r
BEGIN:VTODO\r
DUE;VALUE=DATE:20250601\r
END:VTODO\r
END:VCALENDAR\r
"""


def test_events_are_units_with_times_as_they_stand():
    units, found = read(CALENDAR, "a.txt")
    assert [unit.label for unit in units] == ["Lease, room 3", "Task 2"]
    assert units[0].text.split("\n") == [
        "Lease, room 3",
        "Start: 2025-05-01 10:00 Europe/Berlin",
        "End: 2025-05-01 09:00 UTC",
        "Guest: Bob; B: <bob@example.org> (needs action)",
        "Description: Bring the",
        "contract and the keys",
        "Repeats: FREQ=WEEKLY",
    ]
    assert units[1].text == "Task 2\nDue: 2025-06-01"
    assert not found


def test_contacts_of_every_age_are_read_and_pictures_passed_over():
    old = (
        b"BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Eva;;;\n"
        b"FN:Eva M\nTEL;HOME;VOICE:+49 30 1\nNOTE;ENCODING=QUOTED-PRINTABLE:one =\nline=0Atwo\n"
        b"PHOTO;ENCODING=BASE64;TYPE=JPEG:/9j/4AAQ\n SkZJRg\nEND:VCARD\n"
    )
    new = (
        b"BEGIN:VCARD\nVERSION:4.0\nFN:Ada\nitem1.ADR;TYPE=work:;;Street 1;Berlin;;10115;\n"
        b"LOGO:data:image/png;base64,iVBO\nEND:VCARD\n"
    )
    units, _ = read(old + new, "a.vcf")
    assert units[0].text == (
        "Eva M\nNames: Müller, Eva\nTelephone (home, voice): +49 30 1\nNote: one line\ntwo"
    )
    assert units[1].text == "Ada\nAddress (work): Street 1, Berlin, 10115"


def test_a_calendar_without_entries_is_empty():
    with pytest.raises(errors.EmptyFile):
        read(b"BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n", "a.ics")


def test_a_value_that_invites_endless_matching_is_read_at_once():
    body = b"BEGIN:VCARD\nFN:Ada\nNOTE" + b";a" * 50_000 + b"\nEND:VCARD\n"
    assert text_of(body) == "Ada"
