"""Parse markdown while it arrives.

All blocks that later text cannot change are *committed* and never parsed again;
the rest is the *tail*, parsed anew with each piece. Only whole lines commit: a
half-arrived line can turn the paragraph above it into a table and back. Fences
commit line by line, lists item by item and tables row by row, so the cost of a
piece does not grow with the answer. Must not know Qt.
"""

import re
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from carrel.ui.markdown.blocks import (
    Block,
    CodeLine,
    CodeStart,
    Heading,
    Item,
    Paragraph,
    Piece,
    Rule,
    TableHead,
    TableRow,
    make_parser,
    pieces_of,
)

_FENCE: Final = re.compile(r"(`{3,}|~{3,})")


class Update(NamedTuple):
    """What a piece of text brought.

    Attributes:
        committed: blocks that are final, in order; written once.
        tail: blocks after them that may still change; replaces the tail before.
    """

    committed: tuple[Block, ...]
    tail: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class _InList:
    """The source starts with an item of a list whose earlier items are committed."""

    number: int | None


@dataclass(frozen=True, slots=True)
class _InTable:
    """The source starts with a row of a table whose head is committed."""

    head: str


@dataclass(frozen=True, slots=True)
class _InFence:
    """The source starts with a line of a fence."""

    closing: re.Pattern[str]


class MdStream:
    """One growing markdown text."""

    def __init__(self) -> None:
        self._parser = make_parser()
        self._source = ""
        self._inside: _InList | _InTable | _InFence | None = None
        self._held_return = ""
        self._looked_at = 0
        """Characters of whole lines that were parsed and held nothing to commit."""

    def feed(self, text: str) -> Update:
        """Add text and say what became final and what comes after it."""
        text = self._held_return + text
        self._held_return = "\r" if text.endswith("\r") else ""
        text = text.removesuffix("\r")
        self._source += text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        committed = self._commit()
        return Update(committed, self._tail())

    def finish(self) -> tuple[Block, ...]:
        """The last blocks; the stream is empty after it and can be used anew."""
        update = self.feed("\n" if self._held_return else "")
        self.__init__()  # type: ignore[misc]
        return update.committed + update.tail

    # ── committing ──────────────────────────────────────────────────────────

    def _commit(self) -> tuple[Block, ...]:
        """Take out of the source what whole lines have made final."""
        committed: list[Block] = []
        while (end := self._source.rfind("\n") + 1) != self._looked_at:
            if isinstance(self._inside, _InFence):
                taken = self._commit_fence(self._inside, end, committed)
            else:
                taken = self._commit_pieces(end, committed)
            self._source = self._source[taken:]
            self._looked_at = 0 if taken else end
        return tuple(committed)

    def _commit_fence(self, fence: _InFence, end: int, committed: list[Block]) -> int:
        at = 0
        while at < end:
            line_end = self._source.index("\n", at)
            line = self._source[at:line_end]
            at = line_end + 1
            if fence.closing.fullmatch(line):
                self._inside = None
                break
            committed.append(CodeLine(line))
        return at

    def _commit_pieces(self, end: int, committed: list[Block]) -> int:
        """Commit all pieces but those a further line can change; return the characters taken."""
        source = self._source[:end]
        pieces = self._parse(source)
        if not pieces:
            # Blank lines belong to the item before them, and to nothing else.
            return 0 if isinstance(self._inside, _InList) else end
        starts = _line_starts(source)
        keep = len(pieces) - 1
        while isinstance(pieces[keep].block, CodeLine):
            keep -= 1
        last = pieces[keep]
        opening = source[starts[last.first_line] :]
        fence = _FENCE.match(opening) if isinstance(last.block, CodeStart) else None
        if fence:
            committed.extend(piece.block for piece in pieces[: keep + 1])
            marker = re.escape(fence[1][0])
            self._inside = _InFence(re.compile(rf" {{0,3}}{marker}{{{len(fence[1])},}}[ \t]*"))
            return starts[last.first_line + 1]
        if _is_closed(last, starts):
            committed.extend(piece.block for piece in pieces)
            self._inside = None
            return end
        if keep == 0:
            return 0
        committed.extend(piece.block for piece in pieces[:keep])
        self._inside = self._context(pieces, keep, source, starts)
        return starts[last.first_line]

    def _context(
        self, pieces: list[Piece], keep: int, source: str, starts: list[int]
    ) -> _InList | _InTable | None:
        """What a parse that starts at a piece has to know about the pieces before it."""
        block = pieces[keep].block
        if isinstance(block, Item) and not block.first:
            return _InList(block.number)
        if isinstance(block, TableRow):
            heads = [piece for piece in pieces[:keep] if isinstance(piece.block, TableHead)]
            if heads:
                line = heads[-1].first_line
                return _InTable(source[starts[line] : starts[line + 2]])
            return self._inside if isinstance(self._inside, _InTable) else None
        return None

    # ── parsing ─────────────────────────────────────────────────────────────

    def _tail(self) -> tuple[Block, ...]:
        if isinstance(self._inside, _InFence):
            # A last line of blanks counts only once its end has come; so does markdown-it.
            if not self._source.strip(" \t") or self._inside.closing.fullmatch(self._source):
                return ()
            return (CodeLine(self._source),)
        return tuple(piece.block for piece in self._parse(self._source))

    def _parse(self, source: str) -> list[Piece]:
        """The pieces of the source, in the context of what is committed."""
        if isinstance(self._inside, _InTable):
            pieces = pieces_of(self._parser.parse(self._inside.head + source))[1:]
            return [Piece(p.block, p.first_line - 2, p.end_line - 2) for p in pieces]
        pieces = pieces_of(self._parser.parse(source))
        if isinstance(self._inside, _InList):
            _continue_list(pieces, self._inside.number)
        return pieces


def _continue_list(pieces: list[Piece], number: int | None) -> None:
    """Number the leading items as members of a list that began earlier."""
    for index, piece in enumerate(pieces):
        if not isinstance(piece.block, Item) or (index and piece.block.first):
            return
        pieces[index] = piece._replace(block=replace(piece.block, first=False, number=number))
        number = None if number is None else number + 1


def _is_closed(last: Piece, starts: list[int]) -> bool:
    """Whether no further line can add to the last piece of whole lines."""
    if isinstance(last.block, Heading | Rule):
        return True
    blank_line_follows = last.end_line < len(starts) - 1
    return isinstance(last.block, Paragraph | TableHead | TableRow) and blank_line_follows


def _line_starts(source: str) -> list[int]:
    starts = [0]
    at = source.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = source.find("\n", at + 1)
    return starts
