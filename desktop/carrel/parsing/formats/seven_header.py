"""The directory of a 7z archive: which files lie in which packed stream, and where.

Written after the format's description in 7-Zip (7zFormat.txt). Nothing in it is believed: every
count is held against the bytes that are left. Must not know how streams are unpacked.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from carrel.parsing.errors import Damaged, UnsupportedArchive

SIGNATURE: Final = b"7z\xbc\xaf\x27\x1c"
START_BYTES: Final = 32
"""Bytes of the start of an archive; packed streams follow."""

MAX_CODERS: Final = 4
"""Steps of packing one stream; programs use three at most."""

MAX_PROPERTIES: Final = 64
"""Bytes of the settings of one step."""

_END, _HEADER, _ARCHIVE, _EXTRA, _STREAMS, _FILES = range(6)
_PACKED, _FOLDERS, _SUBSTREAMS, _SIZE, _CRC, _FOLDER, _UNPACKED, _COUNT = range(6, 14)
_EMPTY, _EMPTY_FILE, _ANTI, _NAMES = range(14, 18)
_ATTRIBUTES, _ENCODED = 0x15, 0x17


class Coder(NamedTuple):
    """One step of packing: its number, and its settings."""

    method: bytes
    properties: bytes


@dataclass(frozen=True, slots=True)
class Folder:
    """A packed stream.

    Attributes:
        coders: in the order of unpacking; empty for a stream packed in a way we do not follow.
        place: bytes from the start of the archive.
        packed, size: bytes before and after unpacking.
        crc: of the unpacked bytes, if the archive tells.
    """

    coders: tuple[Coder, ...]
    place: int
    packed: int
    size: int
    crc: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file, or what else has a name.

    Attributes:
        folder: index of the stream that holds it; -1 for an empty one.
        start, size: bytes in the unpacked stream.
    """

    name: str
    folder: int = -1
    start: int = 0
    size: int = 0
    crc: int | None = None
    is_folder: bool = False
    attributes: int = 0


@dataclass(slots=True)
class Directory:
    """What an archive holds.

    Attributes:
        encoded: the stream that holds the directory itself, where it is packed too.
    """

    folders: tuple[Folder, ...] = ()
    entries: tuple[Entry, ...] = ()
    encoded: Folder | None = None


@dataclass(slots=True)
class _Streams:
    place: int = 0
    packed: list[int] = field(default_factory=list)
    shapes: list[tuple[tuple[Coder, ...], int]] = field(default_factory=list)
    sizes: list[list[int]] = field(default_factory=list)
    crcs: list[int | None] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    inner_sizes: list[int] = field(default_factory=list)
    inner_crcs: list[int | None] = field(default_factory=list)

    def folders(self) -> tuple[Folder, ...]:
        found: list[Folder] = []
        at = START_BYTES + self.place
        packed = iter(self.packed)
        for (coders, inputs), sizes, crc in zip(self.shapes, self.sizes, self.crcs, strict=True):
            takes = [next(packed, 0) for _ in range(inputs)]
            found.append(Folder(coders, at, sum(takes), sizes[-1], crc))
            at += sum(takes)
        return tuple(found)


def place_of(body: bytes) -> tuple[int, int]:
    """Where the directory lies, and its length; of the first bytes of an archive.

    Raises:
        Damaged: its start is broken.
    """
    if len(body) < START_BYTES or not body.startswith(SIGNATURE):
        raise Damaged
    crc, place, size = struct.unpack_from("<IQQ", body, 8)
    if zlib.crc32(body[12:START_BYTES]) != crc:
        raise Damaged
    return START_BYTES + place, size


def directory(body: bytes) -> Directory:
    """Read a directory.

    Raises:
        Damaged: it makes no sense.
        UnsupportedArchive: it is of a kind that is not described.
    """
    reader = _Reader(body)
    try:
        kind = reader.byte()
        if kind == _ENCODED:
            folders = _streams(reader).folders()
            if not folders:
                raise Damaged
            return Directory(encoded=folders[0])
        if kind != _HEADER:
            raise Damaged
        return _header(reader)
    except (IndexError, struct.error, UnicodeDecodeError, OverflowError) as error:
        raise Damaged from error


class _Reader:
    """Takes numbers off the front."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._body) - self._at

    def byte(self) -> int:
        value = self._body[self._at]
        self._at += 1
        return value

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise IndexError
        piece = self._body[self._at : self._at + count]
        self._at += count
        return piece

    def number(self) -> int:
        """The leading ones of the first byte tell how many bytes follow."""
        first = self.byte()
        value, mask = 0, 0x80
        for place in range(8):
            if not first & mask:
                return value | (first & (mask - 1)) << (8 * place)
            value |= self.byte() << (8 * place)
            mask >>= 1
        return value

    def count(self) -> int:
        """A number of things that each take at least a bit of what is left."""
        value = self.number()
        if value > 8 * self.left + 8:
            raise IndexError
        return value

    def bits(self, count: int) -> list[bool]:
        body = self.take((count + 7) // 8)
        return [bool(body[at // 8] & 0x80 >> at % 8) for at in range(count)]

    def some(self, count: int) -> list[bool]:
        """For each of some things whether it is meant; a byte in front can say: all."""
        return [True] * count if self.byte() else self.bits(count)

    def crcs(self, count: int) -> list[int | None]:
        return [
            struct.unpack("<I", self.take(4))[0] if defined else None
            for defined in self.some(count)
        ]


def _header(reader: _Reader) -> Directory:
    streams = _Streams()
    entries: tuple[Entry, ...] = ()
    while (kind := reader.byte()) != _END:
        match kind:
            case 2:  # properties of the archive, which no program writes
                while reader.byte() != _END:
                    reader.take(reader.number())
            case 3:  # further streams, likewise
                _streams(reader)
            case 4:
                streams = _streams(reader)
            case 5:
                entries = _files(reader, streams)
            case _:
                raise Damaged
    return Directory(folders=streams.folders(), entries=entries)


def _streams(reader: _Reader) -> _Streams:
    found = _Streams()
    last = _END
    while (kind := reader.byte()) != _END:
        if kind <= last:  # each part stands there once, in its order
            raise Damaged
        last = kind
        if kind == _PACKED:
            _read_packed(reader, found)
        elif kind == _FOLDERS:
            _read_folders(reader, found)
        elif kind == _SUBSTREAMS:
            _read_substreams(reader, found)
        else:
            raise Damaged
    if len(found.sizes) != len(found.shapes):
        raise Damaged
    if not found.counts:
        found.counts = [1] * len(found.shapes)
        found.inner_sizes = [sizes[-1] for sizes in found.sizes]
        found.inner_crcs = list(found.crcs)
    return found


def _read_packed(reader: _Reader, found: _Streams) -> None:
    found.place = reader.number()
    count = reader.count()
    while (kind := reader.byte()) != _END:
        if kind == _SIZE:
            found.packed = [reader.number() for _ in range(count)]
        elif kind == _CRC:
            reader.crcs(count)
        else:
            raise Damaged


def _read_folders(reader: _Reader, found: _Streams) -> None:
    if reader.byte() != _FOLDER:
        raise Damaged
    count = reader.count()
    if reader.byte():  # the folders stand in a stream of their own
        raise UnsupportedArchive
    outputs: list[tuple[int, int]] = []
    for _ in range(count):
        shape, inputs, order, steps = _folder(reader)
        found.shapes.append((shape, inputs))
        outputs.append((order, steps))
    found.crcs = [None] * count
    while (kind := reader.byte()) != _END:
        if kind == _UNPACKED:
            for main, steps in outputs:
                sizes = [reader.number() for _ in range(steps)]
                found.sizes.append([sizes[main]])
        elif kind == _CRC:
            found.crcs = reader.crcs(count)
        else:
            raise Damaged


def _folder(reader: _Reader) -> tuple[tuple[Coder, ...], int, int, int]:
    """Coders in the order of unpacking, packed streams taken, and which output is the last."""
    coders: list[Coder] = []
    plain = True
    inputs = outputs = 0
    count = reader.number()
    if not 0 < count <= 32:
        raise Damaged
    for _ in range(count):
        flags = reader.byte()
        method = reader.take(flags & 0x0F)
        ins, outs = (reader.number(), reader.number()) if flags & 0x10 else (1, 1)
        if not (0 < ins <= 32 and 0 < outs <= 32) or flags & 0xC0:
            raise Damaged
        inputs, outputs = inputs + ins, outputs + outs
        plain = plain and (ins, outs) == (1, 1)
        properties = reader.take(reader.number()) if flags & 0x20 else b""
        coders.append(Coder(method, properties))
    pairs = {}
    bound = set()
    for _ in range(outputs - 1):
        taker, giver = reader.number(), reader.number()
        pairs[giver] = taker
        bound.add(taker)
    packed = inputs - (outputs - 1)
    if packed < 1:
        raise Damaged
    firsts = [reader.number() for _ in range(packed)] if packed > 1 else []
    main = next((at for at in range(outputs) if at not in pairs), -1)
    if main < 0 or any(first >= inputs for first in firsts):
        raise Damaged
    if not plain or packed != 1 or count > MAX_CODERS:
        return (), packed, main, outputs
    return _in_order(coders, pairs, bound), packed, main, outputs


def _in_order(coders: Sequence[Coder], pairs: dict[int, int], bound: set[int]) -> tuple[Coder, ...]:
    """Coders with one input and one output each, from the packed bytes to the file's."""
    at: int | None = next((n for n in range(len(coders)) if n not in bound), None)
    order: list[Coder] = []
    while at is not None and len(order) < len(coders):
        if at >= len(coders) or len(coders[at].properties) > MAX_PROPERTIES:
            raise Damaged
        order.append(coders[at])
        at = pairs.get(at)
    if len(order) != len(coders):
        raise Damaged
    return tuple(order)


def _read_substreams(reader: _Reader, found: _Streams) -> None:
    if len(found.sizes) != len(found.shapes):
        raise Damaged
    found.counts = [1] * len(found.shapes)
    kind = reader.byte()
    if kind == _COUNT:
        found.counts = [reader.count() for _ in found.shapes]
        kind = reader.byte()
    if sum(found.counts) > 8 * reader.left + len(found.counts) + 8:
        raise Damaged
    given = kind == _SIZE
    for count, sizes in zip(found.counts, found.sizes, strict=True):
        left = sizes[-1]
        for _ in range(count - 1):
            size = reader.number() if given else 0
            found.inner_sizes.append(size)
            left -= size
        if left < 0:
            raise Damaged
        if count:
            found.inner_sizes.append(left)
    if given:
        kind = reader.byte()
    # Only what is not known from the folder has a checksum of its own here.
    known = [
        crc if count == 1 else None for count, crc in zip(found.counts, found.crcs, strict=True)
    ]
    crcs: list[int | None] = []
    missing = sum(
        count for count, crc in zip(found.counts, known, strict=True) if count != 1 or crc is None
    )
    while kind != _END:
        if kind != _CRC:
            raise Damaged
        crcs = reader.crcs(missing)
        kind = reader.byte()
    own = iter(crcs or [None] * missing)
    for count, crc in zip(found.counts, known, strict=True):
        if count == 1 and crc is not None:
            found.inner_crcs.append(crc)
        else:
            found.inner_crcs.extend(next(own) for _ in range(count))


def _files(reader: _Reader, streams: _Streams) -> tuple[Entry, ...]:
    count = reader.count()
    names: list[str] = []
    empty = [False] * count
    empty_files: list[bool] = []
    anti: list[bool] = []
    attributes = [0] * count
    while (kind := reader.number()) != _END:
        part = _Reader(reader.take(reader.number()))
        if kind == _EMPTY:
            empty = part.bits(count)
        elif kind == _EMPTY_FILE:
            empty_files = part.bits(sum(empty))
        elif kind == _ANTI:
            anti = part.bits(sum(empty))
        elif kind == _NAMES:
            names = _names(part)
        elif kind == _ATTRIBUTES:
            attributes = _attributes(part, count)
    if len(names) != count:
        raise Damaged
    places = _places(streams)
    found: list[Entry] = []
    bare = 0
    for at, name in enumerate(names):
        if not empty[at]:
            folder, start, size, crc = next(places, (-1, 0, 0, None))
            if folder < 0:
                raise Damaged
            found.append(
                Entry(name=name, folder=folder, start=start, size=size, crc=crc,
                      attributes=attributes[at])
            )  # fmt: skip
            continue
        is_file = bare < len(empty_files) and empty_files[bare]
        if not (bare < len(anti) and anti[bare]):  # “delete this” is for programs that update
            found.append(Entry(name=name, is_folder=not is_file, attributes=attributes[at]))
        bare += 1
    return tuple(found)


def _names(part: _Reader) -> list[str]:
    if part.byte():
        raise UnsupportedArchive
    text = part.take(part.left // 2 * 2).decode("utf-16-le", "replace")
    return text.split("\0")[:-1]


def _attributes(part: _Reader, count: int) -> list[int]:
    defined = part.some(count)
    if part.byte():
        raise UnsupportedArchive
    return [struct.unpack("<I", part.take(4))[0] if one else 0 for one in defined]


def _places(streams: _Streams) -> Iterator[tuple[int, int, int, int | None]]:
    """Folder, start, size and checksum of each file that has bytes, in order."""
    inner = zip(streams.inner_sizes, streams.inner_crcs, strict=True)
    for folder, count in enumerate(streams.counts):
        start = 0
        for _ in range(count):
            size, crc = next(inner)
            yield folder, start, size, crc
            start += size
