"""Zip packages opened with suspicion.

The directory is judged before anything is inflated, and no member gives more
bytes than it announced there.

Must not know what the members mean.
"""

import io
import zipfile
import zlib
from typing import Any, Final

import lxml.etree

from carrel.parsing.errors import Bomb, Damaged, Encrypted
from carrel.parsing.formats.base import Bytes

MAX_MEMBERS: Final = 10_000
"""Members; a book with a picture on each page has some thousand."""

MAX_TOTAL_BYTES: Final = 1024 * 1024 * 1024
"""Bytes all members may claim to unpack to."""

MAX_RATIO: Final = 200
"""Unpacked to packed size of one large member. Text packs 5 to 20 times, blank tables 100."""

RATIO_FREE_BYTES: Final = 1024 * 1024
"""Bytes below which a member's ratio does not matter."""

READ_BYTES: Final = 64 * 1024
"""Bytes inflated at a time."""

etree: Any = lxml.etree

Element = Any
"""An element of an XML tree; lxml has no types."""

_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    ValueError,
    OSError,
)


class Package:
    """A zip file whose directory has been checked.

    Raises:
        Bomb: it claims too many members or bytes, or an absurd ratio.
        Damaged: not a zip file.
    """

    def __init__(self, body: Bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(body))
        except _BROKEN as error:
            raise Damaged from error
        members = self._archive.infolist()
        total = sum(member.file_size for member in members)
        if len(members) > MAX_MEMBERS or total > MAX_TOTAL_BYTES:
            raise Bomb
        for member in members:
            unpacked = member.file_size
            if unpacked > RATIO_FREE_BYTES and unpacked > MAX_RATIO * max(member.compress_size, 1):
                raise Bomb
        self._members = {member.filename: member for member in members}

    def names(self) -> tuple[str, ...]:
        """Names of all members, as they stand; never used as paths."""
        return tuple(self._members)

    def open(self, name: str) -> io.RawIOBase | None:
        """A member's bytes as a stream, or None if there is no such member.

        Raises:
            Encrypted: it needs a password.
            Damaged: its header is broken.
        """
        member = self._members.get(name)
        if member is None:
            return None
        if member.flag_bits & 1:
            raise Encrypted
        try:
            return _Member(self._archive.open(member))
        except (*_BROKEN, RuntimeError) as error:
            raise Damaged from error

    def bytes_of(self, name: str, most: int) -> bytes | None:
        """A member's bytes, or None if there is none, it is broken, or it is longer than ``most``.

        Raises:
            Encrypted: it needs a password.
        """
        member = self._members.get(name)
        if member is None or member.file_size > most:
            return None
        if member.flag_bits & 1:
            raise Encrypted
        try:
            with self._archive.open(member) as stream:
                return stream.read(most + 1)
        except (*_BROKEN, RuntimeError):
            return None

    def tree(self, name: str) -> Any | None:  # noqa: ANN401 - lxml has no types
        """A member as an XML tree, or None if there is none or it is broken."""
        try:
            stream = self.open(name)
            if stream is None:
                return None
            return etree.parse(stream, parser()).getroot()
        except (etree.LxmlError, Damaged):
            return None


class _Member(io.RawIOBase):
    """A member's bytes. `zipfile` itself never gives more of them than the directory announced."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401
        super().__init__()
        self._stream = stream
        self._start = True

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes.

        Raises:
            Bomb: a document type, which no honest package has.
            Damaged: the data does not unpack, or not to what was announced.
        """
        wanted = READ_BYTES if size < 0 else min(size, READ_BYTES)
        try:
            piece: bytes = self._stream.read(wanted)
        except _BROKEN as error:
            raise Damaged from error
        if self._start:
            # ECMA-376 part 2 forbids DTDs; entities in them are the oldest bomb there is.
            if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
                raise Bomb
            self._start = False
        return piece


def parser() -> Any:  # noqa: ANN401 - lxml has no types
    """An XML parser that resolves nothing, fetches nothing and keeps to libxml2's limits."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=True,
    )
