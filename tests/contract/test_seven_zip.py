"""7z archives made by another program, and hostile ones made by hand."""

import resource
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.domain.errors import ParseError
from carrel.parsing import errors, limits
from carrel.parsing.formats import seven_zip
from carrel.parsing.formats.base import DraftMember, Report, Source
from carrel.parsing.sniff import sniff
from made_archives import seven_framed, seven_number, seven_zipped

FIXTURES = Path(__file__).parents[1] / "fixtures" / "archives"
WHOLE = {
    "a.txt": b"Alpha.",
    "deep/b c.txt": "Bêta. Привет".encode(),
    "deep/c.bin": bytes(range(256)),
}


def unpack(body: bytes, room=limits.ALONE):
    """The whole members, and the remarks as code and name."""
    kind = sniff(body, "x.7z")
    assert kind == "7z"
    report, found = Report(), {}
    source = Source(body=body, name="x.7z", kind=kind, room=room)
    for draft in seven_zip.SevenZipFormat().units(source, report):
        assert isinstance(draft, DraftMember)
        try:
            found[draft.path] = b"".join(draft.pieces)
        except ParseError:
            assert draft.path not in found
    return found, list(report.remarks)


@pytest.mark.parametrize(
    "made", ["lzma", "lzma2", "bzip2", "deflate", "copy", "x86-lzma2", "delta-lzma2"]
)
def test_every_member_comes_out_bit_by_bit(made):
    found, remarks = unpack((FIXTURES / f"{made}.7z").read_bytes())
    assert found == WHOLE
    assert remarks == [("member_empty", "empty.txt")]


def test_a_link_is_not_followed():
    found, remarks = unpack((FIXTURES / "link.7z").read_bytes())
    assert found == {"d/f.txt": b"in a folder"}
    assert remarks == [("member_link", "d/l")]


@pytest.mark.parametrize(
    ("made", "error"),
    [
        ("password", errors.Encrypted),
        ("password-names", errors.Encrypted),
        ("ppmd", errors.UnsupportedArchive),
    ],
)
def test_what_cannot_be_unpacked_is_said(made, error):
    with pytest.raises(error):
        unpack((FIXTURES / f"{made}.7z").read_bytes())


@pytest.mark.parametrize("method", ["lzma2", "copy"])
def test_an_archive_with_a_plain_directory_is_read(method):
    files = [("one.txt", b"one" * 99), ("two/two.bin", bytes(range(256)) * 9)]
    assert unpack(seven_zipped(files, method=method)) == (dict(files), [])


def test_a_member_is_had_though_the_one_before_was_not_wanted():
    files = [("big", b"x" * 5000), (".git/objects", b"y" * 5000), ("small", b"z")]
    found, remarks = unpack(seven_zipped(files))
    assert found == {"big": b"x" * 5000, "small": b"z"}
    assert remarks == [("members_left_out", "1 file")]


def test_names_that_point_out_of_the_archive_are_changed_and_said():
    found, remarks = unpack(seven_zipped([("../../etc/passwd", b"x"), ("C:\\a.txt", b"y")]))
    assert all(".." not in path and ":" not in path for path in found)
    assert {code for code, _ in remarks} == {"member_renamed"}


def test_a_bomb_is_said_before_it_unpacks():
    started = time.process_time()
    with pytest.raises(errors.Bomb):
        unpack(seven_zipped([("zeros", bytes(200 * 1024 * 1024))]))
    assert time.process_time() - started < 8  # most of it goes into making it


def test_a_stream_that_claims_less_than_it_holds_gives_no_more():
    files = [("zeros", bytes(9 * 1024 * 1024))]
    body = seven_zipped(files, size=1000)
    with pytest.raises(errors.Damaged):  # its checksum is that of the whole
        unpack(body)


def test_a_stream_that_ends_early_gives_the_members_before_its_end():
    files = [("one", b"1" * 3000), ("two", b"2" * 3000)]
    found, remarks = unpack(seven_zipped(files, size=9000))
    assert found == {"one": b"1" * 3000}
    assert remarks == [("member_damaged", "two")]


def test_a_dictionary_is_never_larger_than_what_comes_out():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert unpack(seven_zipped([("a", b"alpha")], dictionary=40))[0] == {"a": b"alpha"}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


def test_a_stream_that_needs_too_much_memory_is_refused(monkeypatch):
    monkeypatch.setattr(seven_zip, "MAX_DICTIONARY_BYTES", 4096)
    with pytest.raises(errors.TooLarge):
        unpack(seven_zipped([("a", bytes(range(256)) * 32)]))


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\x01",
        b"\x01\x05" + seven_number(1 << 40),
        b"\x01\x04\x07\x0b" + seven_number(1 << 60),
        b"\x01\x04\x07\x0b\x01\x00\x20" + b"\x00",
        b"\x01\x04\x07\x0b\x01\x00\x01\x11\x21" + seven_number(1 << 50),
        b"\x01\x04\x08\x0d" + seven_number(1 << 33),
        b"\x17\x06\x00\x01\x09\x05\x00\x07\x0b\x01\x00\x01\x01\x00\x0c\x05\x00\x00",
        b"\x01\x00",
        b"\x02\x00\x00",
    ],
)
def test_a_directory_that_makes_no_sense_is_refused(header):
    with pytest.raises((errors.Damaged, errors.EmptyArchive, errors.UnsupportedArchive)):
        unpack(seven_framed(b"stuff", header))


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_archives_end_in_members_or_in_a_named_error(data):
    made = data.draw(st.sampled_from(sorted(FIXTURES.glob("*.7z")) or [None]))
    whole = made.read_bytes()
    start, directory = bytearray(whole[:32]), bytearray(whole[32:])
    for _ in range(data.draw(st.integers(1, 6))):
        directory[data.draw(st.integers(0, len(directory) - 1))] = data.draw(st.integers(0, 255))
    place = int.from_bytes(start[12:20], "little")
    size = int.from_bytes(start[20:28], "little")
    start[28:32] = zlib.crc32(directory[place : place + size]).to_bytes(4, "little")
    start[8:12] = zlib.crc32(start[12:32]).to_bytes(4, "little")
    try:
        found, _ = unpack(bytes(start + directory))
    except ParseError:
        return
    assert all(isinstance(body, bytes) for body in found.values())
