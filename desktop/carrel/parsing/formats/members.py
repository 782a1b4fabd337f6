"""What all containers share: names, limits and the remarks about members that stay behind.

Must not know how a container is packed.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from carrel.domain.errors import ParseError
from carrel.parsing import limits, remarks
from carrel.parsing.errors import (
    Bomb,
    Damaged,
    EmptyArchive,
    NestedTooDeep,
    NoRoom,
    TooLarge,
)
from carrel.parsing.formats.base import DraftMember, Report, Source
from carrel.parsing.paths import clean_path

MAX_NAMED: Final = 200
"""Members named one by one for each kind of remark; beyond, the counts say the same."""

_LEFT_OUT: Final = re.compile(
    r"(?:.*/)?(?:\.git|\.hg|\.svn|\.bzr|CVS|__MACOSX)/.*|(?:.*/)?(?:\.DS_Store|Thumbs\.db)",
    re.DOTALL,
)
"""Kept by programs for themselves: version control, and what file managers leave behind."""


class Gathering:
    """Follows one container while its members come out.

    Args:
        source: the container; its room is what may come out.
        report: hears of every member that stays behind.

    Raises:
        NestedTooDeep: it lies in too many others.
        NoRoom: nothing more may come out of the file it came from.
    """

    def __init__(self, source: Source, report: Report) -> None:
        if source.room.depth <= 0:
            raise NestedTooDeep
        if not (source.room.members and source.room.size):
            raise NoRoom
        self._report = report
        self._members_left = min(source.room.members, limits.MAX_MEMBERS)
        self._bytes_left = min(source.room.size, limits.MAX_UNPACKED_BYTES)
        self._paths: set[str] = set()
        self._named: dict[str, int] = {}
        self._left_out = 0
        self._seen = 0
        self._first_error: ParseError | None = None
        self.taken = 0
        self.is_full = False

    def refuse(self, untrusted_name: str, error: ParseError) -> None:
        """A member cannot be had."""
        self._seen += 1
        self._first_error = self._first_error or error
        code = remarks.MEMBER_CODES.get(error.code, remarks.MEMBER_UNSUPPORTED)
        self._remark(code, clean_path(untrusted_name).path)

    def skip_link(self, untrusted_name: str) -> None:
        """A link or a device."""
        self._seen += 1
        self._remark(remarks.MEMBER_LINK, clean_path(untrusted_name).path)

    def member(
        self, untrusted_name: str, *, size: int, packed: int, open_: Callable[[], Iterator[bytes]]
    ) -> Iterator[DraftMember]:
        """The member, or nothing when it stays behind.

        Args:
            size: bytes as announced.
            packed: bytes it takes in the container, 0 when that cannot be told.
            open_: begins to read it; may raise a ParseError, as may what it returns.
        """
        found = clean_path(untrusted_name)
        if _LEFT_OUT.fullmatch(found.path):
            self._seen += 1
            self._left_out += 1
            return
        if size == 0:
            self._seen += 1
            self._remark(remarks.MEMBER_EMPTY, found.path)
            return
        if size > limits.MAX_MEMBER_BYTES:
            self.refuse(untrusted_name, TooLarge())
            return
        if packed and _is_absurd(size, packed):
            self.refuse(untrusted_name, Bomb())
            return
        if not self._members_left or size > self._bytes_left:
            self.is_full = True
            self._remark(remarks.MEMBERS_BEYOND, found.path)
            return
        self._seen += 1
        self._members_left -= 1
        path = self._unique(found.path)
        if found.changed:
            self._remark(remarks.MEMBER_RENAMED, path)
        yield DraftMember(path=path, pieces=self._pieces(path, packed, open_))

    def finish(self) -> None:
        """The container is through.

        Raises:
            ParseError: nothing came out of it; says why.
        """
        if self._left_out:
            files = "1 file" if self._left_out == 1 else f"{self._left_out:,} files"
            self._report.remark(remarks.MEMBERS_LEFT_OUT, name=files)
        if self.taken:
            return
        if self._first_error is not None:
            raise self._first_error
        if self.is_full:
            raise NoRoom
        raise EmptyArchive

    def _pieces(
        self, path: str, packed: int, open_: Callable[[], Iterator[bytes]]
    ) -> Iterator[bytes]:
        size = 0
        try:
            for piece in open_():
                size += len(piece)
                self._bytes_left -= len(piece)
                if size > limits.MAX_MEMBER_BYTES:
                    raise TooLarge
                if self._bytes_left < 0 or (packed and _is_absurd(size, packed)):
                    raise Bomb
                yield piece
            if not size:
                raise Damaged
        except ParseError as error:
            self._first_error = self._first_error or error
            code = remarks.MEMBER_CODES.get(error.code, remarks.MEMBER_UNSUPPORTED)
            self._remark(code, path)
            if self._bytes_left < 0:
                self.is_full = True
            raise
        self.taken += 1

    def _unique(self, path: str) -> str:
        """Archives may hold the same path twice; the later one gets a number."""
        found, number = path, 2
        while found in self._paths:
            stem, dot, suffix = path.rpartition(".")
            found = f"{stem} ({number}).{suffix}" if dot and stem else f"{path} ({number})"
            number += 1
        self._paths.add(found)
        return found

    def _remark(self, code: str, name: str) -> None:
        count = self._named[code] = self._named.get(code, 0) + 1
        if count <= MAX_NAMED:
            self._report.remark(code, name=name[-limits.MAX_REMARK_NAME :])


def _is_absurd(size: int, packed: int) -> bool:
    return size > limits.RATIO_FREE_BYTES and size > limits.MAX_UNPACK_RATIO * packed
