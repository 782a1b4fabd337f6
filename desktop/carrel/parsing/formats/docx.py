"""Word documents: the body in order, with tables as lines and headings as sections.

Reads the XML itself, as a stream, because python-docx leaves out what is cited
all the same: inserted (tracked) text, content controls, footnotes, text boxes
and comments; and it loads every picture. ECMA-376 part 1, 17.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

import lxml.etree

from carrel.domain.blocks import BlockKind
from carrel.parsing import remarks
from carrel.parsing.charset import clean
from carrel.parsing.errors import Damaged, NoText
from carrel.parsing.formats import opc
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source, one_line
from carrel.parsing.formats.docx_drawings import Drawings
from carrel.parsing.formats.docx_numbers import Numbers, roman
from carrel.parsing.formats.embedded import embedded_members
from carrel.parsing.formats.inner_pictures import InnerPictures
from carrel.parsing.formats.package import Package
from carrel.parsing.formats.sections import Line, heading_line, row_line, sections

MAX_NESTING: Final = 200
"""Tables and text boxes inside one another, and elements inside a paragraph."""

etree: Any = lxml.etree

_NAMESPACES: Final = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",  # “Strict Open XML”
)
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DRAWING_TEXT: Final = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}t",
    "{http://purl.oclc.org/ooxml/drawingml/main}t",
)
_DRAWING_PARAGRAPH: Final = tuple(name[:-1] + "p" for name in _DRAWING_TEXT)

ANCHOR_CHARACTERS: Final = 200
"""Code points of the words a comment is about that are repeated before it."""

MAX_ANCHORS: Final = 5_000
"""Comments whose words are remembered; a contract in negotiation has hundreds."""

_CHANGES: Final = frozenset(("ins", "del", "moveFrom", "moveTo"))
_DELETIONS: Final = frozenset(("del", "moveFrom"))
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_SKIPPED: Final = frozenset(
    (
        *_DELETIONS,
        "instrText",
        "delText",
        "delInstrText",
        "rPr",
        "pPr",
        "tblPr",
        "trPr",
        "tcPr",
        "sectPr",
        "fldData",
    )
)
_BLANK_MARKS: Final = {
    "tab": "\t",
    "ptab": "\t",
    "br": "\n",
    "cr": "\n",
    "noBreakHyphen": "-",
    "lastRenderedPageBreak": "",
}


class DocxFormat:
    """DOCX, DOCM and DOTX, transitional and strict."""

    kinds = ("docx",)
    parser = "wordprocessingml"
    version = 3

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """Sections of the body, notes, comments, margins, then embedded files and pictures."""
        package = Package(source.body)
        main = _main_part(package)
        folder = str(PurePosixPath(main).parent)
        pictures = InnerPictures(source, report)
        words = _Words(package, folder, Drawings(package, report, pictures))
        found = False
        for unit in sections(_body(package, main, words, report)):
            found = True
            yield unit
        for label, lines in _other_parts(package, folder, words):
            for unit in sections(lines, title=label):
                found = True
                yield unit
        if words.has_changes:
            report.remark(remarks.TRACKED_CHANGES)
        if words.has_hidden:
            report.remark(remarks.HIDDEN_TEXT)
        if found:
            opc.describe(package, report)
        embedded = [name for name in package.names() if name.startswith(f"{folder}/embeddings/")]
        yield from embedded_members(package, embedded, source, report)
        yield from pictures.members()
        if not (found or embedded or pictures.taken):
            if pictures.listed:
                report.remark(remarks.NO_TEXT)
            else:
                raise NoText


def _main_part(package: Package) -> str:
    """The part the package's relations name as the document."""
    relations = package.tree("_rels/.rels")
    for relation in relations if relations is not None else ():
        if str(relation.get("Type", "")).endswith("/officeDocument"):
            target = str(relation.get("Target", "")).lstrip("/")
            if target in package.names():
                return target
    if "word/document.xml" in package.names():
        return "word/document.xml"
    raise Damaged


def _local(element: Any) -> str:  # noqa: ANN401 - lxml has no types
    """The element's name if it is a WordprocessingML one, else nothing."""
    tag = element.tag
    if isinstance(tag, str):
        for namespace in _NAMESPACES:
            if tag.startswith(namespace):
                return tag[len(namespace) :]
    return ""


def _attribute(element: Any, name: str) -> str:  # noqa: ANN401
    for namespace in _NAMESPACES:
        if (value := element.get(namespace + name)) is not None:
            return str(value)
    return ""


def _heading_levels(styles: Any | None) -> dict[str, int]:  # noqa: ANN401
    """Style id to heading level, by outline level or by the style's built-in name."""
    levels: dict[str, int] = {}
    based_on: dict[str, str] = {}
    for style in styles if styles is not None else ():
        if _local(style) != "style":
            continue
        identifier = _attribute(style, "styleId")
        for part in style.iter():
            match _local(part):
                case "name":
                    name = _attribute(part, "val").lower()
                    if name == "title":
                        levels[identifier] = 1
                    elif name.startswith("heading ") and name[8:].isdigit():
                        levels[identifier] = min(max(int(name[8:]), 1), 9)
                case "basedOn":
                    based_on[identifier] = _attribute(part, "val")
                case "outlineLvl":
                    levels.setdefault(identifier, _outline(part))
    for identifier, parent in based_on.items():
        if parent in levels:
            levels.setdefault(identifier, levels[parent])
    return {identifier: level for identifier, level in levels.items() if level}


def _outline(element: Any) -> int:  # noqa: ANN401
    value = _attribute(element, "val")
    return int(value) + 1 if value.isdigit() and int(value) < 9 else 0


def _body(package: Package, main: str, words: "_Words", report: Report) -> Iterator[Line]:
    """The lines of the body. Blocks are dropped once read, so memory stays small."""
    stream = package.open(main)
    if stream is None:
        raise Damaged
    words.drawings.enter(main)
    depth = 0  # of the blocks we are inside of
    found_body = False
    events = etree.iterparse(
        stream,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for event, element in events:
            name = _local(element)
            if name == "body":
                found_body = True
            if name not in {"p", "tbl"}:
                continue
            depth += 1 if event == "start" else -1
            if event == "end" and depth == 0:
                yield from words.block(element, 0)
                _forget(element)
    except etree.XMLSyntaxError as error:
        if not found_body:
            raise Damaged from error
        report.remark(remarks.DAMAGED_PART, name="text")


def _forget(element: Any) -> None:  # noqa: ANN401
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


class _Words:
    """Turns blocks into lines, in the order of the document.

    Attributes:
        drawings: what is drawn in the part that is read.
        has_changes: whether changes were tracked in what was read so far.
        has_hidden: whether some of it is hidden.
    """

    def __init__(self, package: Package, folder: str, drawings: Drawings) -> None:
        self.drawings = drawings
        styles = package.tree(f"{folder}/styles.xml")
        self._levels = _heading_levels(styles)
        numbering = package.tree(f"{folder}/numbering.xml")
        self._numbers = Numbers(numbering, styles, _local, _attribute)
        self._marks: dict[tuple[str, str], str] = {}
        self._counts = {"footnote": 0, "endnote": 0}
        self._open: dict[str, list[str]] = {}
        self._anchors: dict[str, str] = {}
        self.has_changes = self.has_hidden = False

    def mark(self, kind: str, identifier: str) -> str:
        """What a note is called: ``[3]`` for a footnote, ``[iv]`` for an endnote."""
        known = self._marks.get((kind, identifier))
        if known is None:
            self._counts[kind] = number = self._counts[kind] + 1
            known = f"[{roman(number) if kind == 'endnote' and number < 4000 else number}]"
            self._marks[kind, identifier] = known
        return known

    def anchor(self, identifier: str) -> str:
        """The words a comment is about."""
        return self._anchors.get(identifier, "")

    def block(self, element: Any, nesting: int, *, is_cell: bool = False) -> Iterator[Line]:  # noqa: ANN401
        """The lines of a paragraph or table; there are no headings in cells."""
        if nesting > MAX_NESTING:
            return
        if _local(element) == "tbl":
            yield from self._table(element, nesting)
            return
        boxes: list[Any] = []
        text = self._paragraph_text(element, boxes)
        properties = next((part for part in element if _local(part) == "pPr"), None)
        style = _style(properties)
        number = self._numbers.label(properties, style)
        if number and text.strip():
            text = f"{number} {text.lstrip()}"
        level = 0 if is_cell else _level(properties, style, self._levels)
        depth = 0 if number else self._numbers.bullet(properties, style)
        if level:
            yield heading_line(text, level)
        else:
            yield Line(text, 0, BlockKind.ITEM if depth else None, max(depth, 1))
        for box in boxes:
            if box.tag in _DRAWING_PARAGRAPH:
                yield _drawing_line(box)
            elif _local(box):
                yield from self.blocks_in(box, nesting + 1, is_cell=is_cell)
            else:
                yield from self.drawings.lines(box)

    def blocks_in(self, element: Any, nesting: int, *, is_cell: bool = False) -> Iterator[Line]:  # noqa: ANN401
        """Paragraphs and tables somewhere inside an element, not inside one another."""
        if nesting > MAX_NESTING:
            return
        for child in element:
            name = _local(child)
            self.has_changes |= name in _CHANGES
            if name in {"p", "tbl"}:
                yield from self.block(child, nesting, is_cell=is_cell)
            elif child.tag in _DRAWING_PARAGRAPH:
                yield _drawing_line(child)
            elif name not in _SKIPPED and child.tag != _FALLBACK:
                yield from self.blocks_in(child, nesting + 1, is_cell=is_cell)

    def _table(self, element: Any, nesting: int) -> Iterator[Line]:  # noqa: ANN401
        """One line per row; cells are set apart by tabs."""
        for at, row in enumerate(_children(element, "tr")):
            cells = []
            for cell in _children(row, "tc"):
                lines = self.blocks_in(cell, nesting + 1, is_cell=True)
                cells.append(" ".join(" ".join(line.text.split()) for line in lines).strip())
            text = "\t".join(cells).rstrip("\t")
            if text.strip():
                yield row_line(text, first=at == 0)

    def _paragraph_text(self, paragraph: Any, boxes: list[Any]) -> str:  # noqa: ANN401
        """The words of a paragraph; text boxes and drawings anchored in it go to ``boxes``."""
        parts: list[str] = []
        pending = [(paragraph, 0)]
        while pending:
            element, nesting = pending.pop()
            name = _local(element)
            self.has_changes |= name in _CHANGES
            if name == "t":
                self._say(element.text or "", parts)
            elif name in _BLANK_MARKS:
                self._say(_BLANK_MARKS[name], parts)
            elif name == "sym":
                self._say(_symbol(_attribute(element, "char")), parts)
            elif name in {"footnoteReference", "endnoteReference"}:
                parts.append(self.mark(name.removesuffix("Reference"), _attribute(element, "id")))
            elif name in {"commentRangeStart", "commentRangeEnd"}:
                self._turn(_attribute(element, "id"), begins=name.endswith("Start"))
            elif (
                name == "txbxContent"
                or element.tag in _DRAWING_PARAGRAPH
                or (not name and self.drawings.note(element))
            ):
                boxes.append(element)
            elif name not in _SKIPPED and element.tag != _FALLBACK and nesting < MAX_NESTING:
                if name == "r" and len(element):
                    self.has_hidden |= _is_hidden(element[0])
                pending.extend((child, nesting + 1) for child in reversed(element))
        for said in self._open.values():
            said.append(" ")
        return clean("".join(parts))

    def _say(self, text: str, parts: list[str]) -> None:
        parts.append(text)
        for said in self._open.values():
            said.append(text)

    def _turn(self, identifier: str, *, begins: bool) -> None:
        if begins:
            if len(self._anchors) + len(self._open) < MAX_ANCHORS:
                self._open[identifier] = []
        elif (said := self._open.pop(identifier, None)) is not None:
            self._anchors[identifier] = one_line(clean("".join(said)), ANCHOR_CHARACTERS)


def _is_hidden(run_properties: Any) -> bool:  # noqa: ANN401
    if _local(run_properties) != "rPr":
        return False
    return any(
        _local(part) == "vanish" and _attribute(part, "val") not in {"0", "false"}
        for part in run_properties
    )


def _drawing_line(paragraph: Any) -> Line:  # noqa: ANN401
    """The words of a paragraph in a shape or diagram."""
    return Line(clean("".join(part.text or "" for part in paragraph.iter(*_DRAWING_TEXT))))


def _children(element: Any, name: str) -> Iterator[Any]:  # noqa: ANN401
    """Rows or cells, also those inside content controls and insertions."""
    for child in element:
        local = _local(child)
        if local == name:
            yield child
        elif local in {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"}:
            yield from _children(child, name)


def _style(properties: Any | None) -> str:  # noqa: ANN401
    for part in properties if properties is not None else ():
        if _local(part) == "pStyle":
            return _attribute(part, "val")
    return ""


def _level(properties: Any | None, style: str, levels: dict[str, int]) -> int:  # noqa: ANN401
    for part in properties if properties is not None else ():
        if _local(part) == "outlineLvl":
            return _outline(part)
    return levels.get(style, 0)


def _symbol(code: str) -> str:
    """A character of a symbol font; those in the private area are only known by their shape."""
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    return "•" if 0xE000 <= number <= 0xF8FF else chr(number) if 31 < number < 0xD800 else ""


def _other_parts(package: Package, folder: str, words: _Words) -> Iterator[tuple[str, list[Line]]]:
    """Footnotes, endnotes, comments, headers and footers, with what each is called."""
    for kind, label in (("footnote", "Footnotes"), ("endnote", "Endnotes")):
        words.drawings.enter(f"{folder}/{kind}s.xml")
        yield label, list(_notes(package.tree(f"{folder}/{kind}s.xml"), kind, words))
    words.drawings.enter(f"{folder}/comments.xml")
    yield "Comments", list(_comments(package.tree(f"{folder}/comments.xml"), words))
    margins: dict[str, None] = {}
    for name in sorted(package.names()):
        stem = PurePosixPath(name).name
        if name.startswith(f"{folder}/") and stem.startswith(("header", "footer")):
            tree = package.tree(name)
            words.drawings.enter(name)
            for line in words.blocks_in(tree, 0) if tree is not None else ():
                margins[" ".join(line.text.split())] = None  # most repeat on every section
    yield "Headers and footers", [Line(text) for text in margins if text]


def _notes(tree: Any | None, kind: str, words: _Words) -> Iterator[Line]:  # noqa: ANN401
    for note in tree if tree is not None else ():
        if _attribute(note, "type") in {"separator", "continuationSeparator", "continuationNotice"}:
            continue
        text = _said(note, words)
        if text:
            yield Line(f"{words.mark(kind, _attribute(note, 'id'))} {text}")


def _comments(tree: Any | None, words: _Words) -> Iterator[Line]:  # noqa: ANN401
    for comment in tree if tree is not None else ():
        text = _said(comment, words)
        if not text:
            continue
        author = one_line(clean(_attribute(comment, "author")))
        day = _attribute(comment, "date")[:10]
        anchor = words.anchor(_attribute(comment, "id"))
        yield Line(
            "Comment"
            + (f" by {author}" if author else "")
            + (f" ({day})" if _DAY.fullmatch(day) else "")
            + (f" on “{anchor}”" if anchor else "")
            + f": {text}"
        )


def _said(note: Any, words: _Words) -> str:  # noqa: ANN401
    lines = (line.text for line in words.blocks_in(note, 0))
    return "\n".join(text for text in lines if text.strip()).strip()
