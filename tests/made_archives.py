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
    """Many members of which each names the same packed bytes (Fifield's bomb, the plain kind)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = bytes(size)
    packed = packer.compress(body) + packer.flush()
    checksum = zlib.crc32(body)
    local = struct.pack(
        "<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 33, checksum, len(packed), size, 1, 0
    )
    start = local + b"a" + packed
    directory = b"".join(
        struct.pack(
            "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 33, checksum, len(packed), size,
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
