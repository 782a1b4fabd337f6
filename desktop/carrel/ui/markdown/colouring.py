"""Colours of code, by Pygments, as spans of a line. Must not know Qt.

A line is coloured alone while a block arrives; when the block is whole it is
coloured once more, so that strings over several lines come right.
"""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound

MAX_COLOURED: Final = 20_000
"""Characters of a code block that are coloured: some lexers take quadratic time."""
MAX_COLOURED_LINE: Final = 400
"""Characters of a line that are coloured, for the same reason."""


class Coloured(NamedTuple):
    """A span of a line in a colour token of the theme."""

    start: int
    length: int
    token: str


_COLOURS: Final[tuple[tuple[_TokenType, str], ...]] = (
    (Comment, "text3"),
    (String, "ok"),
    (Number, "warn"),
    (Keyword, "accent_text"),
    (Operator.Word, "accent_text"),
    (Name.Builtin, "accent_text"),
    (Name.Function, "warn"),
    (Name.Class, "warn"),
    (Name.Decorator, "warn"),
    (Name.Tag, "accent_text"),
)


@cache
def lexer(language: str) -> Lexer | None:
    """The lexer for a fence's info word; None for plain text."""
    if not language.isascii() or len(language) > 24:
        return None
    try:
        found = get_lexer_by_name(language.lower(), stripnl=False, ensurenl=False)  # type: ignore[no-untyped-call]
    except ClassNotFound:
        return None
    return found if isinstance(found, Lexer) else None


def coloured_tokens(language: str, text: str) -> Iterator[Coloured]:
    """The tokens of a text, one by one as they are asked for; those without a colour have no name.

    Nothing at all is yielded for a text that is too long or has too long a line.
    """
    used = lexer(language)
    long = len(text) > MAX_COLOURED or max(map(len, text.split("\n"))) > MAX_COLOURED_LINE
    if used is None or long:
        return
    for at, kind, value in used.get_tokens_unprocessed(text):  # type: ignore[no-untyped-call]
        token = next((name for group, name in _COLOURS if kind in group), "")
        yield Coloured(at, len(value), token)


def colour_line(language: str, line: str) -> list[Coloured]:
    """The coloured spans of one line."""
    return colour_lines(language, [line])[0]


def colour_lines(language: str, lines: list[str]) -> list[list[Coloured]]:
    """The coloured spans of each line of a whole block; empty where nothing is coloured."""
    found: list[list[Coloured]] = [[] for _ in lines]
    used = lexer(language)
    text = "\n".join(lines)
    too_long = len(text) > MAX_COLOURED or any(len(line) > MAX_COLOURED_LINE for line in lines)
    if used is None or too_long:
        return found
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    row = 0
    for at, kind, value in used.get_tokens_unprocessed(text):  # type: ignore[no-untyped-call]
        token = next((name for group, name in _COLOURS if kind in group), "")
        if not token or not value:
            continue
        while starts[row + 1] <= at:
            row += 1
        _spread(found, starts, row, (at, at + len(value)), token)
    return found


def _spread(
    found: list[list[Coloured]], starts: list[int], row: int, span: tuple[int, int], token: str
) -> None:
    """Cut a span that runs over several lines into one for each."""
    for index, (start, after) in enumerate(pairwise(starts[row:]), start=row):
        if start >= span[1]:
            return
        begin, end = max(span[0], start), min(span[1], after - 1)
        if begin < end:
            found[index].append(Coloured(begin - start, end - begin, token))
