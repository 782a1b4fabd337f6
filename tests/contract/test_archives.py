"""Archives give their members whole and say what stays behind; hostile ones cost little."""

import io
import random
import resource
import struct
import tarfile
import time
import zipfile

import pytest

from carrel.domain.documents import Room
from carrel.domain.errors import ParseError
from carrel.parsing import errors, limits
from carrel.parsing.formats import FORMATS
from carrel.parsing.formats.base import DraftMember, Report, Source
from carrel.parsing.sniff import sniff
from made_archives import PACKERS, encrypted, overlapping, russian_dolls, tarred, zeros, zipped

FILES = [
    ("a.txt", b"Alpha."),
    ("deep/b c.txt", "Bêta.".encode()),
    ("deep/c.bin", bytes(range(256))),
]


def unpack(body: bytes, name="x", room=limits.ALONE):
    """The whole members, and the remarks as code and name."""
    kind = sniff(body, name)
    chosen = next(form for form in FORMATS if kind in form.kinds)
    report, found = Report(), {}
    for draft in chosen.units(Source(body=body, name=name, kind=kind, room=room), report):
        assert isinstance(draft, DraftMember)
        try:
            found[draft.path] = b"".join(draft.pieces)
        except ParseError:
            assert draft.path not in found
    return found, list(report.remarks)


@pytest.mark.parametrize("pack", ["zip", "stored", "tar", "gz", "bz2", "xz"])
def test_every_member_comes_out_bit_by_bit(pack):
    body = {
        "zip": lambda: zipped(FILES),
        "stored": lambda: zipped(FILES, method=zipfile.ZIP_STORED),
        "tar": lambda: tarred(FILES),
    }.get(pack, lambda: tarred(FILES, pack=pack))()
    assert unpack(body) == (dict(FILES), [])


@pytest.mark.parametrize("pack", ["gz", "bz2", "xz"])
def test_a_single_packed_file_is_named_after_its_container(pack):
    body = PACKERS[pack](b"One report." * 100)
    assert unpack(body, f"report.pdf.{pack}") == ({"report.pdf": b"One report." * 100}, [])


@pytest.mark.parametrize("make", [zipped, tarred])
def test_names_that_point_out_of_the_archive_are_changed_and_said(make):
    files = [("../../etc/passwd", b"x"), ("/abs.txt", b"y"), ("c\x1b[2J.txt", b"z")]
    found, remarks = unpack(make(files))
    assert sorted(found) == ["abs.txt", "c·[2J.txt", "etc/passwd"]
    assert [code for code, _ in remarks] == ["member_renamed"] * 3


def test_names_in_another_character_set_are_read():
    russian = [f"Договор аренды {n}.txt" for n in range(5)]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in russian:
            archive.writestr(name, "text")
    body = out.getvalue()
    found, remarks = unpack(body)
    assert sorted(found) == sorted(russian)
    assert remarks == []
    old = io.BytesIO()
    with zipfile.ZipFile(old, "w") as archive:
        for number, name in enumerate(russian):
            archive.writestr(f"{'x' * (len(name) - 1)}{number}", "text")
    changed = old.getvalue()
    for number, name in enumerate(russian):
        changed = changed.replace(f"{'x' * (len(name) - 1)}{number}".encode(), name.encode("cp866"))
    found, remarks = unpack(changed)
    assert sorted(found) == sorted(russian)
    assert remarks[0][0] == "guessed_names"


def test_two_members_with_one_name_are_both_kept(recwarn):
    found, _ = unpack(zipped([("a.txt", b"one"), ("a.txt", b"two")]))
    assert found == {"a.txt": b"one", "a (2).txt": b"two"}


def test_links_and_devices_are_not_followed():
    found, remarks = unpack(tarred([("a.txt", b"x")], links=[("out", b"/etc/passwd")]))
    assert (found, remarks) == ({"a.txt": b"x"}, [("member_link", "out")])
    entry = zipfile.ZipInfo("link")
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
        archive.writestr("a.txt", "x")
    assert unpack(out.getvalue()) == ({"a.txt": b"x"}, [("member_link", "link")])


def test_version_control_and_system_files_are_left_out_and_counted():
    files = [("p/.git/config", b"x"), ("__MACOSX/._a", b"x"), ("p/.DS_Store", b"x"), ("p/a", b"x")]
    assert unpack(zipped(files)) == ({"p/a": b"x"}, [("members_left_out", "3 files")])


def test_encrypted_members_are_named_and_the_others_read():
    body = encrypted(zipped([("secret.txt", b"x"), ("open.txt", b"y")]), "secret.txt")
    assert unpack(body) == ({"open.txt": b"y"}, [("member_encrypted", "secret.txt")])
    with pytest.raises(errors.Encrypted):
        unpack(encrypted(zipped([("secret.txt", b"x")]), "secret.txt"))


def test_a_member_with_wrong_bytes_is_taken_back():
    body = bytearray(zipped([("a.txt", b"Alpha." * 50), ("b.txt", b"Beta.")], method=0))
    body[body.index(b"Alpha.")] ^= 1
    assert unpack(bytes(body)) == ({"b.txt": b"Beta."}, [("member_damaged", "a.txt")])


@pytest.mark.parametrize("pack", ["", "gz", "bz2", "xz"])
def test_a_cut_archive_gives_what_is_whole_and_fails(pack):
    noise = random.Random(7).randbytes(1_500_000)  # more than a block of BZIP2
    whole = tarred([("a.bin", noise), ("b.bin", noise[::-1])], pack=pack)
    kind = sniff(whole, "x")
    chosen = next(form for form in FORMATS if kind in form.kinds)
    source = Source(body=whole[: len(whole) * 3 // 4], name="x", kind=kind)
    found, failed = [], []
    with pytest.raises(errors.Damaged):  # noqa: PT012 - members before the cut are had
        for draft in chosen.units(source, Report()):
            try:
                found.append(b"".join(draft.pieces))
            except ParseError:
                failed.append(draft.path)
    assert found == [noise]
    assert failed == ["b.bin"]


def test_a_broken_header_in_the_middle_is_no_silent_end():
    body = bytearray(tarred([("a.txt", b"x"), ("b.txt", b"y"), ("c.txt", b"z")]))
    body[1024 + 150] ^= 0x55  # the checksum of the second header
    with pytest.raises(errors.Damaged):
        unpack(bytes(body))


def test_a_missing_end_mark_is_said():
    body = tarred([("a.txt", b"x")])[:1024]
    assert unpack(body) == ({"a.txt": b"x"}, [("no_end_mark", "")])


def test_a_negative_size_does_not_go_on_for_ever():
    entry = tarfile.TarInfo("a.txt")
    header = bytearray(entry.tobuf())
    header[124:136] = b"\xff" * 8 + struct.pack(">i", -1024)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    started = time.monotonic()
    with pytest.raises(ParseError):
        unpack(bytes(header) * 3)
    assert time.monotonic() - started < 5


def test_empty_archives_and_members_are_told_apart():
    with pytest.raises(errors.EmptyArchive):
        unpack(zipped([]))
    with pytest.raises(errors.EmptyArchive):
        unpack(zipped([("only/", b"")]))
    found, remarks = unpack(zipped([("e.txt", b""), ("a", b"x")]))
    assert (found, remarks) == ({"a": b"x"}, [("member_empty", "e.txt")])


# ── bombs ───────────────────────────────────────────────────────────────────


@pytest.fixture(autouse=True)
def peak():
    """No test here takes more than 300 MB above what there was."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024


def test_a_member_that_packs_too_well_is_left_out():
    body = zipped([("zeros.bin", zeros(50_000_000)), ("a.txt", b"x")])
    assert unpack(body) == ({"a.txt": b"x"}, [("member_bomb", "zeros.bin")])


def test_overlapping_members_are_refused_before_anything_is_unpacked():
    started = time.monotonic()
    with pytest.raises(errors.Bomb):
        unpack(overlapping(10_000, 1_000_000))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("pack", ["gz", "bz2", "xz"])
def test_a_packed_stream_of_nothing_is_stopped_early(pack):
    packed = PACKERS[pack](zeros(100_000_000))
    with pytest.raises(errors.Bomb):
        unpack(packed, "zeros.bin")
    tar = PACKERS[pack](tarred([("a.txt", b"x"), ("zeros.bin", zeros(100_000_000))]))
    kind = sniff(tar, "x")
    chosen = next(form for form in FORMATS if kind in form.kinds)
    seen = 0
    with pytest.raises(errors.Bomb):  # noqa: PT012 - members before the bomb are had
        for draft in chosen.units(Source(body=tar, name="x", kind=kind), Report()):
            try:
                for piece in draft.pieces:
                    seen += len(piece)
            except ParseError:
                continue
    assert seen < 30_000_000


def test_a_directory_that_lies_about_sizes_gains_nothing():
    body = bytearray(zipped([("big.txt", b"word " * 100_000)]))
    place = body.index(b"PK\x01\x02")
    struct.pack_into("<I", body, place + 24, 10)
    with pytest.raises(ParseError):
        unpack(bytes(body))


def test_limits_end_a_container_and_are_said(monkeypatch):
    files = [(f"{n}.txt", b"x" * 100) for n in range(10)]
    room = Room(depth=1, members=4, size=1 << 20)
    found, remarks = unpack(zipped(files), room=room)
    assert len(found) == 4
    assert remarks == [("members_beyond", "4.txt")]
    found, remarks = unpack(zipped(files), room=Room(depth=1, members=10, size=250))
    assert len(found) == 2
    assert remarks == [("members_beyond", "2.txt")]
    monkeypatch.setattr(limits, "MAX_MEMBER_BYTES", 50)
    with pytest.raises(errors.TooLarge):
        unpack(zipped(files))


def test_what_lies_too_deep_is_not_opened():
    with pytest.raises(errors.NestedTooDeep):
        unpack(russian_dolls(1), room=Room(depth=0, members=9, size=99))
    with pytest.raises(errors.NoRoom):
        unpack(russian_dolls(1), room=Room(depth=1, members=0, size=99))
