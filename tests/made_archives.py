"""Archives for tests, made in memory: honest ones by the standard library, hostile ones by hand.

Knows nothing of how they are read.
"""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Final

Files = Sequence[tuple[str, bytes]]

PACKERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


def zipped(files: Files, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive; names as they stand, whatever they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in files:
            archive.writestr(zipfile.ZipInfo(name), body, compress_type=method)
    return out.getvalue()


def tarred(files: Files, *, links: Files = (), pack: str = "") -> bytes:
    """A TAR archive, packed if wanted; links are names with their targets."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, body in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
        for name, target in links:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target.decode()
            archive.addfile(entry)
    return PACKERS[pack](out.getvalue()) if pack else out.getvalue()


def encrypted(archive: bytes, *names: str) -> bytes:
    """The same ZIP, with members marked as encrypted as every program marks them."""
    changed = bytearray(archive)
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        wanted = {info.header_offset for info in read.infolist() if info.filename in names}
    for offset in wanted:
        changed[offset + 6] |= 1
    place = archive.find(b"PK\x01\x02")
    while place >= 0:
        if struct.unpack_from("<I", archive, place + 42)[0] in wanted:
            changed[place + 8] |= 1
        place = archive.find(b"PK\x01\x02", place + 4)
    return bytes(changed)


def overlapping(copies: int, size: int) -> bytes:
    """Many members that all name the same bytes, stored as they are: no ratio gives them away."""
    body = b"All of us are the same text. " * (size // 29)
    checksum, size = zlib.crc32(body), len(body)
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, checksum, size, size, 1, 0)
    start = local + b"a" + body
    directory = b"".join(
        struct.pack(
            "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, checksum, size, size,
            5, 0, 0, 0, 0, 0, 0,
        ) + b"%05d" % number
        for number in range(copies)
    )  # fmt: skip
    end = struct.pack(
        "<4s4H2IH", b"PK\x05\x06", 0, 0, copies, copies, len(directory), len(start), 0
    )
    return start + directory + end


def russian_dolls(levels: int, core: bytes = b"The core of all dolls.") -> bytes:
    """A ZIP in a ZIP in a ZIP: ``1.zip`` holds ``2.zip`` and so on, the last a text."""
    body, name = core, "core.txt"
    for level in range(levels, 0, -1):
        body, name = zipped([(name, body)]), f"{level}.zip"
    return body


def zeros(size: int) -> bytes:
    """Bytes that pack to nothing."""
    return bytes(size)


def hungry_xz(body: bytes) -> bytes:
    """An XZ file that is right but for asking for a dictionary of 4 GiB to be unpacked with."""
    packed = bytearray(lzma.compress(body))
    assert packed[14:16] == b"\x21\x01"  # LZMA2, with one byte of properties
    packed[16] = 40
    size = (packed[12] + 1) * 4
    packed[12 + size - 4 : 12 + size] = struct.pack("<I", zlib.crc32(packed[12 : 12 + size - 4]))
    return bytes(packed)


def seven_zipped(
    files: Files, *, method: str = "lzma2", size: int | None = None, dictionary: int = 0x18
) -> bytes:
    """A 7z archive with one stream, its directory unpacked.

    Args:
        method: ``lzma2`` or ``copy``.
        size: what the stream says it unpacks to, where that is a lie.
        dictionary: what the stream says it needs, as its settings write it.
    """
    whole = b"".join(body for _, body in files)
    if method == "lzma2":
        packer = lzma.LZMACompressor(
            lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 1}]
        )
        packed, coder = packer.compress(whole) + packer.flush(), b"\x21\x21\x01"
        coder += bytes((dictionary,))
    else:
        packed, coder = whole, b"\x01\x00"
    names = b"".join(name.encode("utf-16-le") + b"\0\0" for name, _ in files)
    sizes = b"".join(seven_number(len(body)) for _, body in files[:-1])
    crcs = b"".join(struct.pack("<I", zlib.crc32(body)) for _, body in files)
    streams = b"\x06" + seven_number(0) + b"\x01\x09" + seven_number(len(packed)) + b"\x00"
    streams += b"\x07\x0b\x01\x00\x01" + coder
    streams += b"\x0c" + seven_number(len(whole) if size is None else size) + b"\x00"
    streams += b"\x08\x0d" + seven_number(len(files)) + b"\x09" + sizes
    streams += b"\x0a\x01" + crcs + b"\x00"
    listed = seven_number(len(files)) + b"\x11" + seven_number(len(names) + 1) + b"\0" + names
    return seven_framed(packed, b"\x01\x04" + streams + b"\x00\x05" + listed + b"\x00\x00")


def seven_framed(packed: bytes, header: bytes) -> bytes:
    """Packed streams and a directory with the start that names them."""
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return (
        b"7z\xbc\xaf\x27\x1c\x00\x04"
        + struct.pack("<I", zlib.crc32(start))
        + start
        + packed
        + header
    )


def seven_number(value: int) -> bytes:
    """A number as 7z writes it, always with eight bytes behind the first."""
    return b"\xff" + struct.pack("<Q", value)
