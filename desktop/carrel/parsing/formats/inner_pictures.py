"""Pictures inside documents: each that may show words becomes a document of its own.

There its text is recognised as that of any picture, after everything else was read. Icons, lines
and what was shown before are left out; what is not made of pixels is told. Must not know formats.
"""

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

from carrel.parsing import limits, remarks
from carrel.parsing.formats.base import DraftMember, Report, Source, one_line
from carrel.parsing.formats.members import Gathering
from carrel.parsing.formats.package import Package
from carrel.parsing.paths import clean_path
from carrel.parsing.pictures import MAX_PIXELS, VECTOR, picture_kind, sides

MAX_PICTURES: Final = 300
"""Pictures that come out of one document. A manual full of screenshots has some hundred; each
takes a second or more to recognise."""

MAX_LISTED: Final = 20_000
"""Pictures of one document that are looked at, icons included."""

MAX_PICTURE_BYTES: Final = 64 * 1024 * 1024
"""Bytes of one picture; an uncompressed A4 page at 600 dots per inch has 35 million per colour."""

MAX_LOOKED_BYTES: Final = 1024 * 1024 * 1024
"""Bytes of all pictures of one document that are looked at, as many as its package may have."""

MIN_PIXELS: Final = 20_000
"""Pixels below which a picture is an icon. One line of small print has about 500 x 40."""

MIN_BYTES: Final = 200
"""Bytes below which a picture shows nothing: a clear dot of a page, one colour."""

MIN_SIDE: Final = 24
"""Pixels of the shorter side below which nothing can be read: dividers, bullets."""

NAME_CHARACTERS: Final = 120
"""Code points of the document's name, and of the place, in the name of a picture."""

Take = Callable[[], bytes | None]
"""The bytes of a picture; None if they cannot be had."""


class _Listed(NamedTuple):
    take: Take
    where: str
    number: int | None


class InnerPictures:
    """The pictures of one document, listed while it is read, coming out after its text.

    Args:
        source: the document.
        report: hears what becomes of them.

    Attributes:
        units: numbers of units of which a picture came out.
        taken: pictures that came out.
        listed: pictures that were found, those that stay behind included.
    """

    def __init__(self, source: Source, report: Report) -> None:
        self._source, self._report = source, report
        self._found: dict[str, _Listed] = {}
        self._counts: dict[str, int] = {}
        self._seen: set[bytes] = set()
        self.taken = self._looked = 0
        self.units: set[int] = set()
        name = clean_path(source.name.replace("/", "_")).path if source.name else "document"
        self._name = one_line(name, NAME_CHARACTERS)

    @property
    def listed(self) -> int:
        """How many were found, the same one counted once."""
        return len(self._found)

    def add(self, key: str, take: Take, *, where: str = "", number: int | None = None) -> None:
        """List a picture; one that was listed before is not listed again.

        Args:
            key: tells pictures apart: the part it lies in, say.
            take: its bytes, asked for once, after the text was read.
            where: it stands, in words: a slide, a sheet.
            number: of the unit it stands in, where units have numbers people know.
        """
        if key and len(self._found) < MAX_LISTED:
            self._found.setdefault(key, _Listed(take, one_line(where, NAME_CHARACTERS), number))

    def add_part(
        self, package: Package, part: str, *, where: str = "", number: int | None = None
    ) -> None:
        """List a picture that is a part of a package."""
        take = partial(package.bytes_of, part, MAX_PICTURE_BYTES)
        self.add(part, take, where=where, number=number)

    def members(self) -> Iterator[DraftMember]:
        """Those that may show words; afterwards it is told what became of all of them."""
        if not self._found:
            return
        room = self._source.room
        if room.depth <= 0 or not (room.members and room.size):
            self._report.remark(remarks.NOT_OPENED)
            return
        gathering = Gathering(self._source, self._report)
        behind: dict[str, int] = {}
        listed = list(self._found.values())
        for at, one in enumerate(listed):
            if self.taken >= MAX_PICTURES or self._looked > MAX_LOOKED_BYTES:
                behind[remarks.PICTURES_BEYOND] = len(listed) - at
                break
            body = one.take() or b""
            self._looked += len(body)
            code = self._judge(body)
            if code == remarks.VECTOR_PICTURES and one.number is not None:
                self._report.remark(remarks.VECTOR_SLIDES, number=one.number)
                continue
            if code:
                behind[code] = behind.get(code, 0) + 1
                continue
            self.taken += 1
            if one.number is not None:
                self.units.add(one.number)
            name = self._named(one.where, picture_kind(body))
            yield from gathering.member(
                name, size=len(body), packed=0, open_=partial(_pieces, body)
            )
        if self.taken:
            self._report.remark(remarks.PICTURES_INSIDE, name=f"{self.taken:,}")
        for code, count in behind.items():
            self._report.remark(code, name=f"{count:,}")

    def _judge(self, body: bytes) -> str:
        """Why a picture stays behind, as a remark; empty if it comes out."""
        if picture_kind(body) == VECTOR:
            return remarks.VECTOR_PICTURES
        if 0 < len(body) < MIN_BYTES:
            return remarks.SMALL_PICTURES
        width, height = sides(body)
        if not width * height:
            return remarks.BROKEN_PICTURES
        if width * height > MAX_PIXELS:
            return remarks.HUGE_PICTURES
        if width * height < MIN_PIXELS or min(width, height) < MIN_SIDE:
            return remarks.SMALL_PICTURES
        digest = hashlib.sha256(body).digest()
        if digest in self._seen:
            return remarks.SMALL_PICTURES
        self._seen.add(digest)
        return ""

    def _named(self, where: str, kind: str) -> str:
        """Such as ``deck.pptx › slide 5, picture 1.png``."""
        count = self._counts[where] = self._counts.get(where, 0) + 1
        place = f"{where}, picture {count}" if where else f"picture {count}"
        suffix = "jpg" if kind == "jpeg" else kind
        name = f"{self._name} › {place}.{suffix}".replace("/", "_").replace("\\", "_")
        return clean_path(name).path


def _pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), limits.MAX_PIECE_BYTES):
        yield body[start : start + limits.MAX_PIECE_BYTES]
