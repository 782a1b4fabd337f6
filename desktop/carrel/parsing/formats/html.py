"""Web pages: visible text with headings as sections; nothing is fetched, nothing runs.

Must not know mail or Word documents.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from carrel.domain.blocks import BlockKind
from carrel.parsing import remarks
from carrel.parsing.charset import clean, decode
from carrel.parsing.errors import NoText, TooNested
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source, one_line
from carrel.parsing.formats.inner_pictures import MAX_PICTURE_BYTES, InnerPictures
from carrel.parsing.formats.sections import Line, row_line, sections
from carrel.parsing.formats.text import note_charset

MAX_DEPTH: Final = 20_000
"""Elements left open inside one another. Browsers stop at 512; the time to parse them grows with
the square."""

MAX_META: Final = 500
"""``meta`` elements looked at; a page has some twenty."""

HEAD_CHARACTERS: Final = 256 * 1024
"""Code points in which the head of a page ends; scripts in it may be long."""

DECLARATION_BYTES: Final = 4096
"""Bytes searched for a charset declaration; browsers look at 1024."""

MIN_ABOUT_WORDS: Final = 4
"""Words about a picture below which they name a button or a logo."""

CELL_CHARACTERS: Final = 200
"""Code points of a row up to which blocks inside its cells stay on its line. Beyond that the
table only arranges the page, as in old mails."""

_UNSEEN: Final = frozenset(
    re.findall(
        r"\S+",
        """
        script style template noscript head svg math iframe object embed canvas audio video
        map datalist select
        """,
    )
)
_BLOCKS: Final = frozenset(
    re.findall(
        r"\S+",
        """
        address article aside blockquote body caption center dd details dialog dir div dl dt
        fieldset figcaption figure footer form header hgroup hr html legend li main menu nav
        ol p section summary table tbody tfoot thead tr ul option
        """,
    )
)
_META: Final = {
    "author": "Author",
    "dc.creator": "Author",
    "description": "Description",
    "dc.description": "Description",
    "keywords": "Keywords",
    "date": "Created",
    "dcterms.created": "Created",
    "dc.date": "Created",
    "generator": "Made with",
}
"""Names of ``meta`` elements, and what we call them."""

_PICTURES: Final = frozenset(("img", "svg"))
_LISTS: Final = frozenset(("ul", "ol", "menu", "dir"))
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_CHARSET: Final = re.compile(
    rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)|<\?xml[^>]+encoding\s*=\s*[\"']([^\"']+)",
    re.I,
)
_HIDING: Final = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.I)
_NESTING: Final = re.compile(
    r"<(/?)(?:a|abbr|article|aside|b|big|blockquote|center|code|div|dl|em|fieldset|font|form|i|ins|main"
    r"|nav|ol|pre|s|section|small|span|strike|strong|sub|sup|svg|table|tt|u|ul)[\s>]",
    re.I,
)
_ESCAPE: Final = re.compile(rb"%([0-9a-fA-F]{2})")
_BLANKS: Final = re.compile(r"[ \t\n\f\r]+")


class HtmlFormat:
    """HTML by Lexbor, the parser browsers' rules were written for."""

    kinds = ("html",)
    parser = "lexbor"
    version = 3

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """One unit per section, then the pictures that are written into the page."""
        body = source.text_bytes()
        decoded = decode(body, declared=declared_charset(body))
        note_charset(decoded, report)
        found = False
        _refuse_depth(decoded.text)
        _describe(decoded.text, report)
        pictures = InnerPictures(source, report)
        title, lines = page_lines(decoded.text, report, partial(add_written, pictures))
        for unit in sections(lines, title=title):
            found = True
            yield unit
        yield from pictures.members()
        if not (found or pictures.taken):
            raise NoText


def add_written(pictures: InnerPictures, reference: str) -> None:
    """List a picture whose bytes are written into the page (RFC 2397)."""
    if reference[:11].lower() == "data:image/":
        key = hashlib.sha256(reference.encode("utf-8", "surrogatepass")).hexdigest()
        pictures.add(key, partial(_written, reference))


def _written(reference: str) -> bytes | None:
    head, _, body = reference.partition(",")
    if len(body) > 2 * MAX_PICTURE_BYTES:
        return None
    raw = _ESCAPE.sub(
        lambda found: bytes.fromhex(found[1].decode("ascii")), body.encode("utf-8", "replace")
    )
    if not head.lower().rstrip().endswith(";base64"):
        return raw
    try:
        return base64.b64decode(b"".join(raw.split()) + b"==")
    except binascii.Error:
        return None


def _describe(html: str, report: Report) -> None:
    """Note what the head of a page says of it."""
    tree = LexborHTMLParser(html[:HEAD_CHARACTERS])
    title = tree.css_first("title")
    report.describe("Title", title.text() if title is not None else "")
    for node in tree.css("meta[name]")[:MAX_META]:
        words = _META.get((node.attributes.get("name") or "").lower())
        if words:
            report.describe(words, node.attributes.get("content") or "")


def declared_charset(body: bytes) -> str | None:
    """What a ``meta`` element or XML declaration names, unchecked."""
    found = _CHARSET.search(body[:DECLARATION_BYTES])
    return (found[1] or found[2]).decode("ascii", "replace") if found else None


def page_lines(
    html: str, report: Report, see: Callable[[str], None] | None = None
) -> tuple[str, Iterator[Line]]:
    """The title of a page and its visible lines; hidden ones are left out and said.

    Args:
        see: told what each picture refers to, unchecked. With it, what pictures are said to
            show is read, too; mails use that for logos and to count their readers.

    Raises:
        TooNested: parsing it would take for ever.
    """
    _refuse_depth(html)
    tree = LexborHTMLParser(html)
    title = tree.css_first("title")
    words = one_line(title.text()) if title is not None else ""
    return clean(words), _seen(tree, report, see)


def _refuse_depth(html: str) -> None:
    """Count elements that are left open, of those that do not end by themselves."""
    if html.count("<") < MAX_DEPTH:
        return
    depth = 0
    for found in _NESTING.finditer(html):
        depth = max(depth - 1, 0) if found[1] else depth + 1
        if depth > MAX_DEPTH:
            raise TooNested


def _seen(
    tree: LexborHTMLParser, report: Report, see: Callable[[str], None] | None
) -> Iterator[Line]:
    lines = _Lines(see)
    yield from lines.of(tree)
    if lines.has_hidden:
        report.remark(remarks.UNSEEN_TEXT)


@dataclass(slots=True)
class _Row:
    """The row of a table that is being collected.

    Attributes:
        columns: cells so far, of which so many name columns.
        broken: a part of it became a line already: the table only arranges the page.
        is_first: none of its table came before.
    """

    columns: int = 0
    named: int = 0
    broken: bool = False
    is_first: bool = True

    def end(self) -> None:
        self.columns = self.named = 0
        self.broken = False


class _Lines:
    """Collect the words of a line until a block begins or ends."""

    def __init__(self, see: Callable[[str], None] | None = None) -> None:
        self._see = see
        self._words: list[str] = []
        self._pre = 0
        self._level = 0
        self._cells: list[int] = []
        self._rows: list[_Row] = []
        self._lists: list[int | None] = []
        self._item: Line | None = None
        self._quotes = 0
        self.has_hidden = False

    def of(self, tree: LexborHTMLParser) -> Iterator[Line]:
        node = tree.body or tree.root
        depth = 0
        while node is not None:
            if node.tag == "-text":
                self._say(node.text_content or "")
            elif node.tag in _PICTURES and self._see is not None:
                self._picture(node, self._see)
            elif self._is_seen(node):
                yield from self._open(node.tag or "")
                if (child := node.child) is not None:
                    node, depth = child, depth + 1
                    continue
                yield from self._close(node.tag or "")
            while depth and node is not None and node.next is None:
                node, depth = node.parent, depth - 1
                yield from self._close((node.tag if node is not None else "") or "")
            node = node.next if depth and node is not None else None
        yield from self._flush()

    def _is_seen(self, node: LexborNode) -> bool:
        tag = node.tag or "-"
        if tag[0] == "-" or tag in _UNSEEN:
            return False
        found = node.attributes
        if "hidden" in found or _HIDING.search(found.get("style") or ""):
            self.has_hidden |= bool(node.text(strip=True))
            return False
        return True

    def _picture(self, node: LexborNode, see: Callable[[str], None]) -> None:
        if node.tag == "svg":
            for inner in node.css("image")[:MAX_META]:
                see(inner.attributes.get("xlink:href") or inner.attributes.get("href") or "")
        elif self._is_seen(node):
            see(node.attributes.get("src") or "")
            about = " ".join((node.attributes.get("alt") or "").split())
            if about.count(" ") >= MIN_ABOUT_WORDS - 1:
                self._say(f" [Picture: {about}] ")

    def _say(self, text: str) -> None:
        self._words.append(text if self._pre else _BLANKS.sub(" ", text))

    def _open(self, tag: str) -> Iterator[Line]:
        if tag in _HEADINGS:
            yield from self._flush()
            self._level = _HEADINGS[tag]
        elif tag == "pre":
            yield from self._flush()
            self._pre += 1
        elif tag == "table":
            yield from self._flush()
            self._cells.append(0)
            self._rows.append(_Row())
        elif tag in {"td", "th"}:
            if self._words or (self._rows and self._rows[-1].columns):
                self._words.append("\t")
            if self._cells:
                self._cells[-1] += 1
                self._rows[-1].columns += 1
                self._rows[-1].named += tag == "th"
        elif tag in _BLOCKS or tag == "br":
            yield from self._end_block(tag)
            self._open_list(tag)

    def _close(self, tag: str) -> Iterator[Line]:
        if tag in _HEADINGS:
            yield from self._flush()
            self._level = 0
        elif tag == "pre":
            yield from self._flush()
            self._pre = max(self._pre - 1, 0)
        elif tag == "table":
            yield from self._flush()
            if self._cells:
                self._cells.pop()
                self._rows.pop()
        elif tag in {"td", "th"}:
            if self._cells:
                self._cells[-1] = max(self._cells[-1] - 1, 0)
        elif tag in _BLOCKS:
            yield from self._end_block(tag)
            if tag in _LISTS and self._lists:
                self._lists.pop()
            elif tag == "blockquote":
                self._quotes = max(self._quotes - 1, 0)

    def _open_list(self, tag: str) -> None:
        """Note what the next line is: of a list or a quote."""
        if tag in _LISTS:
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "blockquote":
            self._quotes += 1
        elif tag == "li":
            count = self._lists[-1] if self._lists else None
            if count is None:
                self._item = Line("", 0, BlockKind.ITEM, max(len(self._lists), 1))
            else:
                self._lists[-1] = count + 1
                self._item = Line("", 0, BlockKind.NUMBERED, count + 1)

    def _end_block(self, tag: str) -> Iterator[Line]:
        """A new line, unless a short cell or heading goes on: a table row is one line."""
        in_cell = bool(self._cells and self._cells[-1]) and tag != "tr"
        if self._level or (in_cell and sum(map(len, self._words)) < CELL_CHARACTERS):
            self._words.append(" ")
        else:
            yield from self._flush(in_row=in_cell)
            if tag == "tr" and self._rows:
                self._rows[-1].end()

    def _flush(self, *, in_row: bool = False) -> Iterator[Line]:
        """What was collected, as a line.

        Args:
            in_row: the row of the table goes on behind it, so it is not set as one.
        """
        text = clean("".join(self._words))
        self._words.clear()
        if self._pre:
            lines = (line.rstrip() for line in text.split("\n"))
            yield from (Line(line, 0, BlockKind.CODE) for line in lines)
            return
        line = "\t".join(" ".join(cell.split()) for cell in text.split("\t")).rstrip("\t")
        row = self._rows[-1] if self._rows else _Row()
        row.broken |= in_row
        if row.broken or not row.columns:
            line = line.strip("\t")
        if not line.strip():
            return
        if self._level:
            yield Line(line, self._level)
        elif row.columns > 1 and not row.broken:
            yield row_line(line, first=row.is_first, head=row.named == row.columns)
            row.is_first = False
        elif self._item is not None:
            yield self._item._replace(text=line)
        else:
            yield Line(line, 0, BlockKind.QUOTE if self._quotes else None)
        self._item = None
