"""What Outlook messages give, out of compound files whole and broken."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.domain.errors import ParseError
from carrel.parsing import errors
from carrel.parsing.formats.compound import Compound
from carrel.parsing.formats.rtf_packed import unpacked
from format_reading import attached, read
from made_compound import compound
from made_outlook import MESSAGE, properties, wide


def test_a_message_is_its_fields_and_its_body():
    units, found = read(
        compound({**MESSAGE, "__substg1.0_1000001F": wide("The rent\r\nis 1,200.")})
    )
    assert [unit.text for unit in units] == [
        "From: Ada <ada@example.org>\nTo: Carl\nCc: Bob <bob@example.org>\n"
        "Date: Tue, 27 Feb 2024 00:00:00 +0000\nSubject: Lease",
        "The rent\nis 1,200.",
    ]
    assert {unit.label for unit in units} == {"Lease"}
    assert not found


def test_letters_of_a_code_page_are_read_by_it():
    body = {
        "__properties_version1.0": properties({0x3FFD: struct.pack("<Q", 1251)}),
        "__substg1.0_0037001E": "Договор".encode("cp1251"),
    }
    assert read(compound(body))[0][0].text == "Subject: Договор"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("__substg1.0_10130102", b"<html><p>The rent<p>is <b>due</b>."),
        ("__substg1.0_10090102", struct.pack("<IIII", 44, 33, 0x414C454D, 0)
         + rb"{\rtf1 The rent\par is {\b due}.}"),
    ],
)  # fmt: skip
def test_a_body_without_plain_text_is_read_as_page_or_rich_text(name, body):
    assert read(compound({**MESSAGE, name: body}))[0][1].text == "The rent\nis due."


def test_packed_rich_text_is_unpacked():
    # The example of [MS-OXRTFCP] 3.1, and the one of 3.2 that overlaps itself.
    one = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d"
        "0a800fa0"
    )
    assert unpacked(one) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    two = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert unpacked(two) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_attachments_become_documents_and_attached_messages_are_read():
    inner = "__attach_version1.0_#00000001/__substg1.0_3701000D/"
    body = {
        **MESSAGE,
        "__attach_version1.0_#00000000/__substg1.0_3707001F": wide("rent 2025.csv"),
        "__attach_version1.0_#00000000/__substg1.0_37010102": b"year,rent\n" * 900,
        "__attach_version1.0_#00000001/__substg1.0_3001001F": wide("Original"),
        f"{inner}__properties_version1.0": properties({}, 24),
        f"{inner}__substg1.0_0037001F": wide("Original"),
        f"{inner}__substg1.0_1000001F": wide("the words"),
    }
    units, found = read(compound(body))
    assert units[0].text.endswith("Attachments: rent 2025.csv; Original")
    assert [unit.label for unit in units] == ["Lease", "Attachment Original", "Original"]
    assert units[2].text == "the words"
    members, _ = attached(compound(body))
    assert members == {"rent 2025.csv": b"year,rent\n" * 900}
    assert not found


def test_chains_that_run_in_circles_end():
    body = bytearray(compound({"WordDocument": b"x" * 9_000}))
    at = body.index(struct.pack("<III", 1, 2, 3))
    body[at : at + 4] = struct.pack("<I", 0)
    assert len(Compound(bytes(body)).stream("WordDocument") or b"") <= 9_000


@given(data=st.data())
@settings(max_examples=60)
def test_damaged_compound_files_end_in_units_or_in_a_named_error(data):
    body = bytearray(compound({**MESSAGE, "__substg1.0_1000001F": wide("The rent is due.")}))
    for _ in range(data.draw(st.integers(1, 12))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(bytes(body[: data.draw(st.integers(0, len(body)))]))
    except ParseError:
        return


@pytest.mark.parametrize("cut", [9, 600, 1_100])
def test_a_compound_file_cut_short_is_damaged(cut):
    with pytest.raises(errors.Damaged):
        Compound(compound(MESSAGE)[:cut])
