"""Markdown as it stands, with what its lines are: headings, items, quotes, code.

The marks themselves stay in the text; they are named so that a reader need not see them.
Tables keep their columns as code does. Must not know units.
"""

import re
from collections.abc import Iterator
from typing import Final

from carrel.domain.blocks import Block, BlockKind
from carrel.language.passages import Heading
from carrel.parsing.formats.base import one_line

_HEADING: Final = re.compile(r"( {0,3}(#{1,6})[ \t]+)(.*?)([ \t]*#*[ \t]*)$")
_FENCE: Final = re.compile(r" {0,3}(```|~~~)")
_ITEM: Final = re.compile(r"([ \t]*)([-*+][ \t]+)(?=\S)")
_QUOTE: Final = re.compile(r" {0,3}>[ \t]?")
_ROW: Final = re.compile(r" {0,3}\|.*\|[ \t]*$")
_RULE: Final = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")

ITEM_INDENT: Final = 2
"""Blanks that move an item one level to the right."""


class Markdown:
    """Follows a document line by line; a fence may span the border of two units."""

    def __init__(self) -> None:
        self._fence = ""

    def read(self, lines: list[str]) -> tuple[tuple[Heading, ...], tuple[Block, ...]]:
        """The headings and blocks of a run of lines, joined by line feeds."""
        headings: list[Heading] = []
        blocks: list[Block] = []
        start = 0
        for line in lines:
            for block in self._blocks(line, start):
                blocks.append(block)
                if block.kind is BlockKind.HEADING:
                    words = one_line(line[block.start - start : block.end - start])
                    headings.append(Heading(start=start, level=block.level, text=words))
            start += len(line) + 1
        return tuple(headings), tuple(block for block in blocks if block.end > block.start)

    def _blocks(self, line: str, start: int) -> Iterator[Block]:
        end = start + len(line)
        fence = _FENCE.match(line)
        if fence and self._fence in {"", fence[1]}:
            self._fence = "" if self._fence else fence[1]
            yield Block(start, end, BlockKind.SIGN)
        elif self._fence or _ROW.match(line):
            yield Block(start, end, BlockKind.CODE)
        elif (heading := _HEADING.match(line)) and heading[3]:
            words = start + heading.end(1)
            yield Block(start, words, BlockKind.SIGN)
            yield Block(words, words + len(heading[3]), BlockKind.HEADING, len(heading[2]))
            yield Block(words + len(heading[3]), end, BlockKind.SIGN)
        elif _RULE.match(line):
            yield Block(start, end, BlockKind.SIGN)
        elif item := _ITEM.match(line):
            depth = len(item[1].expandtabs(4)) // ITEM_INDENT + 1
            yield Block(start, start + item.end(), BlockKind.SIGN)
            yield Block(start + item.end(), end, BlockKind.ITEM, depth)
        elif quote := _QUOTE.match(line):
            yield Block(start, start + quote.end(), BlockKind.SIGN)
            yield Block(start + quote.end(), end, BlockKind.QUOTE)
