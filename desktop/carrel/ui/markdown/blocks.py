"""Markdown as frozen values: what the builder writes, block by block.

Lists, tables and fences are flat here: a list is a row of items, a table a head
and rows, a fence a start and lines. So a long one can grow at its end without
being written again. Must not know Qt or how text arrives.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Final, NamedTuple, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MAX_CITATION_DIGITS: Final = 3
"""Answers number their citations from 1; four digits are a year in brackets, not a citation."""

MAX_NESTING: Final = 12
"""Levels of lists and quotes. Deeper ones are noise, and cost time in every parse."""


class Style(IntFlag):
    """How a run of text looks."""

    PLAIN = 0
    BOLD = 1
    ITALIC = 2
    STRIKE = 4
    CODE = 8
    LINK = 16
    """The words of a link. They are never opened."""
    TARGET = 32
    """Where a link would lead, written out behind it."""


class Run(NamedTuple):
    """Text in one style."""

    text: str
    style: Style = Style.PLAIN


class Cite(NamedTuple):
    """A citation mark ``[n]``."""

    number: int


class Break(NamedTuple):
    """A line end the writer asked for."""


Inline: TypeAlias = Run | Cite | Break


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; levels count from 1 to 6."""

    level: int
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line."""


@dataclass(frozen=True, slots=True)
class CodeStart:
    """The start of a code block; its lines follow."""

    language: str


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One line of the code block that was started last."""

    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list.

    Attributes:
        number: of an ordered list; None for a bullet.
        first: whether a list begins here.
    """

    number: int | None
    first: bool
    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation."""

    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class TableHead:
    """The head of a table; its rows follow.

    Attributes:
        aligns: ``left``, ``right``, ``center`` or empty, one for each column.
    """

    aligns: tuple[str, ...]
    cells: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the table that was started last."""

    cells: tuple[tuple[Inline, ...], ...]


Block: TypeAlias = (
    Paragraph | Heading | Rule | CodeStart | CodeLine | Item | Quote | TableHead | TableRow
)


def _citation(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """Read ``[n]`` before the link rule can see the bracket."""
    if state.src[state.pos] != "[":
        return False
    end = state.src.find("]", state.pos + 2, state.pos + MAX_CITATION_DIGITS + 2)
    digits = state.src[state.pos + 1 : end] if end > 0 else ""
    if not (digits.isascii() and digits.isdecimal()) or digits[0] == "0":
        return False
    if not silent:
        state.push("cite", "", 0).meta = {"number": int(digits)}
    state.pos = end + 1
    return True


def make_parser() -> MarkdownIt:
    """The dialect of answers.

    No HTML, no images, and nothing that lets a later line change an earlier
    block: no link definitions, no footnotes, no underlined headings (with
    these, a paragraph before a list would flash as a heading while the list's
    first dash arrives).
    """
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    parser.disable(["reference", "lheading", "html_block", "html_inline", "image"])
    parser.inline.ruler.before("link", "citation", _citation)
    return parser


_STYLES: Final = {
    "strong": Style.BOLD,
    "em": Style.ITALIC,
    "s": Style.STRIKE,
    "link": Style.LINK,
}


def inlines_of(token: Token) -> tuple[Inline, ...]:
    """The inline content of a token, with link targets written out."""
    found: list[Inline] = []
    style = Style.PLAIN
    target, label = "", ""
    for child in token.children or ():
        name, _, edge = child.type.rpartition("_")
        if edge == "open" and name in _STYLES:
            style |= _STYLES[name]
            if name == "link":
                target, label = str(child.attrs.get("href", "")), ""
        elif edge == "close" and name in _STYLES:
            style &= ~_STYLES[name]
            if name == "link" and target not in ("", label):
                found.append(Run(f" ({target})", Style.TARGET))
        elif child.type == "cite":
            found.append(Cite(child.meta["number"]))
        elif child.type == "hardbreak":
            found.append(Break())
        else:
            text = " " if child.type == "softbreak" else child.content
            label += text
            code = Style.CODE if child.type == "code_inline" else Style.PLAIN
            if text:
                found.append(Run(text, style | code))
    return _joined(found)


def _joined(inlines: Sequence[Inline]) -> tuple[Inline, ...]:
    joined: list[Inline] = []
    for inline in inlines:
        last = joined[-1] if joined else None
        if isinstance(inline, Run) and isinstance(last, Run) and inline.style == last.style:
            joined[-1] = Run(last.text + inline.text, last.style)
        else:
            joined.append(inline)
    return tuple(joined)


class Piece(NamedTuple):
    """A top-level block and the source lines (first, one past the last) it came from."""

    block: Block
    first_line: int
    end_line: int


def pieces_of(tokens: Sequence[Token]) -> list[Piece]:
    """The top-level blocks of a parse."""
    return list(_pieces(tokens))


def blocks_of(tokens: Sequence[Token]) -> tuple[Block, ...]:
    """The blocks of a parse, without their places."""
    return tuple(piece.block for piece in _pieces(tokens))


def _pieces(tokens: Sequence[Token]) -> Iterator[Piece]:
    at = 0
    while at < len(tokens):
        token = tokens[at]
        end = _closing(tokens, at)
        inside = tokens[at + 1 : end]
        first, last = token.map or (0, 0)
        match token.type:
            case "paragraph_open":
                yield Piece(Paragraph(inlines_of(inside[0])), first, last)
            case "heading_open":
                yield Piece(Heading(int(token.tag[1]), inlines_of(inside[0])), first, last)
            case "hr":
                yield Piece(Rule(), first, last)
            case "fence" | "code_block":
                yield from _code(token, first)
            case "blockquote_open":
                yield Piece(Quote(blocks_of(inside)), first, last)
            case "bullet_list_open" | "ordered_list_open":
                yield from _items(token, inside)
            case "table_open":
                yield from _table(inside)
        at = end + 1


def _closing(tokens: Sequence[Token], at: int) -> int:
    """Index of the token that closes the one at `at`; `at` itself for a single one."""
    if tokens[at].nesting != 1:
        return at
    level = tokens[at].level
    return next(
        index
        for index in range(at + 1, len(tokens))
        if tokens[index].nesting == -1 and tokens[index].level == level
    )


def _code(token: Token, first: int) -> Iterator[Piece]:
    language = token.info.strip().split(maxsplit=1)[0] if token.info.strip() else ""
    yield Piece(CodeStart(language), first, first + 1)
    lines = token.content.split("\n")
    if lines[-1] == "":
        lines.pop()
    offset = first + (1 if token.type == "fence" else 0)
    for number, line in enumerate(lines):
        yield Piece(CodeLine(line), offset + number, offset + number + 1)


def _items(token: Token, inside: Sequence[Token]) -> Iterator[Piece]:
    number = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None
    at = 0
    is_first = True
    while at < len(inside):
        end = _closing(inside, at)
        first, last = inside[at].map or (0, 0)
        yield Piece(Item(number, is_first, blocks_of(inside[at + 1 : end])), first, last)
        number = None if number is None else number + 1
        is_first = False
        at = end + 1


def _table(inside: Sequence[Token]) -> Iterator[Piece]:
    cells: list[tuple[Inline, ...]] = []
    aligns: list[str] = []
    in_head = True
    first, last = 0, 0
    for token in inside:
        match token.type:
            case "tr_open":
                cells = []
                first, last = token.map or (first + 1, last + 1)
            case "th_open":
                aligns.append(str(token.attrs.get("style", "")).removeprefix("text-align:"))
            case "inline":
                cells.append(inlines_of(token))
            case "tr_close" if in_head:
                yield Piece(TableHead(tuple(aligns), tuple(cells)), first, last + 1)
                in_head = False
            case "tr_close":
                yield Piece(TableRow(tuple(cells)), first, last)
