"""Words inside OpenDocument content: paragraphs, lists, tables, shapes, notes and comments.

OpenDocument 1.3 part 3, sections 5 to 11. Must not know which kind of document it is.
"""

import re
from collections.abc import Iterator
from typing import Final

from carrel.parsing import remarks
from carrel.parsing.charset import clean
from carrel.parsing.errors import Damaged, Encrypted
from carrel.parsing.formats.base import DraftUnit, Report, one_line
from carrel.parsing.formats.inner_pictures import InnerPictures
from carrel.parsing.formats.opc import attribute, known_tree, local, property_lines, property_units
from carrel.parsing.formats.package import Element, Package, etree
from carrel.parsing.formats.sections import Line, heading_line, row_line

MAX_SPACES: Final = 200
"""Blanks one element may stand for; more is no typography."""

MAX_EMBEDDED: Final = 20
"""Embedded files named one by one."""

MANIFEST_BYTES: Final = 8 * 1024 * 1024
"""Bytes of a manifest that are looked at; one entry per picture has some 150 bytes."""

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_BLANKS: Final = re.compile(r"[ \t\r\n]+")
_SKIPPED: Final = frozenset(
    (
        *("tracked-changes", "ruby-text", "sequence-decls", "variable-decls", "forms"),
        *("user-field-decls", "note-citation", "bibliography-configuration", "annotation-end"),
        *("table-of-content-source", "alphabetical-index-source", "bibliography-source"),
        *("illustration-index-source", "table-index-source", "user-index-source", "desc", "title"),
        *("event-listeners", "shapes", "object-index-source", "binary-data"),
    )
)
_SHAPES: Final = frozenset(
    (
        *("frame", "custom-shape", "rect", "ellipse", "line", "polygon", "polyline", "path"),
        *("connector", "caption", "regular-polygon", "circle", "g", "measure"),
    )
)
_PIXELS: Final = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp")
_ROWS: Final = frozenset(("table-header-rows", "table-rows", "table-row-group"))


class Words:
    """Turns elements into lines; notes and comments are kept for the end.

    Attributes:
        notes: footnotes by class, ``footnote`` or ``endnote``.
        pictures: how many were met so far.
        where: it stands what is read, as pictures are named; and `number`, that of the slide.
    """

    def __init__(self, package: Package, report: Report, pictures: InnerPictures) -> None:
        self._package = package
        self._pictures = pictures
        self.where = ""
        self.number: int | None = None
        self._report = report
        self._titles: set[str] = {"Title"}
        self._embedded = 0
        self.notes: dict[str, list[Line]] = {"footnote": [], "endnote": []}
        self.comments: list[Line] = []
        self.pictures = 0

    def blocks(self, element: Element) -> Iterator[Line]:
        """The lines of one block: a paragraph, heading, list, table, section or shape."""
        name = local(element)
        if name in {"p", "h"}:
            yield from self._paragraph(element)
        elif name == "table":
            yield from self._table(element)
        elif name in _SHAPES:
            yield from self._shape(element)
        elif name == "annotation":
            self._comment(element)
        elif name == "tracked-changes":
            if len(element):
                self._report.remark(remarks.TRACKED_CHANGES)
        elif name and name not in _SKIPPED:
            for child in element:
                yield from self.blocks(child)

    def learn(self, style: Element) -> None:
        """Note a style that makes a paragraph the title, or letters invisible."""
        if attribute(style, "parent-style-name") in self._titles:
            self._titles.add(attribute(style, "name"))
        for part in style:
            if local(part) == "text-properties" and attribute(part, "display") == "none":
                self._report.remark(remarks.HIDDEN_TEXT)

    def _paragraph(self, element: Element) -> Iterator[Line]:
        boxes: list[Element] = []
        parts: list[str] = []
        self._inline(element, parts, boxes)
        text = clean("".join(parts)).strip(" ")
        level = attribute(element, "outline-level") if local(element) == "h" else ""
        if local(element) == "h":
            number = min(int(level), 9) if level.isdecimal() and len(level) < 4 else 1
            yield heading_line(text, max(number, 1))
        elif attribute(element, "style-name") in self._titles and text.strip():
            yield heading_line(text, 1)
        else:
            yield Line(text)
        for box in boxes:
            yield from self._shape(box)

    def _inline(self, element: Element, parts: list[str], boxes: list[Element]) -> None:
        parts.append(_BLANKS.sub(" ", element.text or ""))
        for child in element:
            name = local(child)
            match name:
                case "s":
                    count = attribute(child, "c") or "1"
                    parts.append(" " * (min(int(count), MAX_SPACES) if _small(count) else 1))
                case "tab":
                    parts.append("\t")
                case "line-break":
                    parts.append("\n")
                case "note":
                    parts.append(self._note(child))
                case "annotation":
                    self._comment(child)
                case _ if name in _SHAPES:
                    boxes.append(child)
                case _ if name and name not in _SKIPPED:
                    self._inline(child, parts, boxes)
            parts.append(_BLANKS.sub(" ", child.tail or ""))

    def _shape(self, element: Element) -> Iterator[Line]:
        words = False
        shown: list[str] = []
        for child in element:
            match local(child):
                case "object" | "object-ole":
                    words = True  # its picture shows the same
                    yield from self._object(attribute(child, "href"))
                case "image":
                    if not words:
                        self.pictures += 1
                        shown.append(attribute(child, "href").removeprefix("./"))
                case _:
                    for line in self.blocks(child):
                        words |= bool(line.text.strip())
                        yield line
        if shown:
            # The same picture may follow in other forms; one made of pixels can be recognised.
            best = next((name for name in shown if name.endswith(_PIXELS)), shown[0])
            self._pictures.add_part(self._package, best, where=self.where, number=self.number)
        if not words:
            about = [one_line(clean(part.text or ""), 2_000) for part in element
                     if local(part) in {"title", "desc"}]  # fmt: skip
            described = " – ".join(text for text in about if " " in text)
            if described:
                yield Line(f"Picture: {described}")

    def _object(self, path: str) -> Iterator[Line]:
        """A chart's numbers or a formula, if it is one; else it is named."""
        name = path.removeprefix("./").strip("/")
        tree = self._package.tree(f"{name}/content.xml") if name else None
        found = False
        for element in tree.iter() if tree is not None else ():
            if local(element) == "table":
                found = True
                yield from self._table(element)
            elif local(element) == "math":
                found = True
                formula = "".join(part.text or "" for part in element.iter()
                                  if local(part) in {"mi", "mn", "mo", "mtext"})  # fmt: skip
                yield Line(one_line(clean(formula), 2_000))
        if not found:
            self._embedded += 1
            if self._embedded <= MAX_EMBEDDED:
                self._report.remark(remarks.EMBEDDED, name=one_line(clean(name)) or "object")

    def _table(self, element: Element, *, first: bool = True) -> Iterator[Line]:
        """One line per row; cells are set apart by tabs.

        Args:
            first: whether its first row begins a table.
        """
        head = local(element) == "table-header-rows"
        for child in element:
            name = local(child)
            if name in _ROWS:
                for line in self._table(child, first=first):
                    first = False
                    yield line
            elif name == "table-row":
                cells = [
                    " ".join(" ".join(" ".join(x.text.split()) for x in self.blocks(cell)).split())
                    for cell in child
                    if local(cell) in {"table-cell", "covered-table-cell"}
                ]
                text = "\t".join(cells).rstrip("\t")
                if text.strip():
                    yield row_line(text, first=first, head=head)
                    first = False

    def _note(self, element: Element) -> str:
        """Keep a note for the end; what it is called where it is referred to."""
        kind = attribute(element, "note-class")
        mark = body = ""
        for part in element:
            if local(part) == "note-citation":
                mark = one_line("".join(part.itertext()), 20)
            elif local(part) == "note-body":
                body = "\n".join(x.text for child in part for x in self.blocks(child))
        mark = f"[{clean(mark).strip('[]()')}]" if mark else ""
        if body.strip():
            text = f"{mark} {body.strip()}".strip()
            self.notes["endnote" if kind == "endnote" else "footnote"].append(Line(text))
        return mark

    def _comment(self, element: Element) -> None:
        author = next((part.text or "" for part in element if local(part) == "creator"), "")
        day = next((part.text or "" for part in element if local(part) == "date"), "")[:10]
        words = [x.text for part in element if local(part) in {"p", "list"}
                 for x in self.blocks(part)]  # fmt: skip
        text = "\n".join(words).strip()
        if text:
            by = f" by {one_line(clean(author))}" if author.strip() else ""
            when = f" ({day})" if _DAY.fullmatch(day) else ""
            self.comments.append(Line(f"Comment{by}{when}: {text}"))


def _small(number: str) -> bool:
    return number.isdecimal() and len(number) < 9


def opened(package: Package, words: Words, body: str) -> Iterator[Element]:
    """The blocks of a document's body, each dropped once it has been used.

    Args:
        body: name of the element around them: ``text``, ``presentation``.

    Raises:
        Encrypted: it needs a password.
        Damaged: there is no content, or it breaks off.
    """
    manifest = package.bytes_of("META-INF/manifest.xml", MANIFEST_BYTES) or b""
    if b"encryption-data" in manifest:
        raise Encrypted
    stream = package.open("content.xml")
    if stream is None:
        raise Damaged
    events = etree.iterparse(
        stream,
        events=("end",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in events:
            if local(element) == "style":
                words.learn(element)
            parent = element.getparent()
            around = parent.getparent() if parent is not None else None
            if around is None or local(around) != "body" or local(parent) != body:
                continue
            yield element
            element.clear()
            while element.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError as error:
        raise Damaged from error


def margins(package: Package, words: Words, report: Report) -> list[Line]:
    """Headers and footers of all page styles, each line once."""
    tree = known_tree(package, "styles.xml", report)
    found: dict[str, None] = {}
    for element in tree.iter() if tree is not None else ():
        if local(element).startswith(("header", "footer")) and len(element):
            for child in element:
                for line in words.blocks(child):
                    found[" ".join(line.text.split())] = None
    return [Line(text) for text in found if text]


def about(package: Package, report: Report) -> Iterator[DraftUnit]:
    """The document's properties as a unit of their own."""
    tree = known_tree(package, "meta.xml", report)
    yield from property_units(property_lines(tree) if tree is not None else (), report)
