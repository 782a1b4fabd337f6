"""Word documents: the body in order, with tables as lines and headings as sections.

Reads the XML itself, as a stream, because python-docx leaves out what is cited
all the same: inserted (tracked) text, content controls, footnotes, text boxes
and comments; and it loads every picture. ECMA-376 part 1, 17.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

import lxml.etree

from carrel.parsing import remarks
from carrel.parsing.charset import clean
from carrel.parsing.errors import Damaged, NoText
from carrel.parsing.formats import opc
from carrel.parsing.formats.base import DraftUnit, Report, Source, one_line
from carrel.parsing.formats.package import Package
from carrel.parsing.formats.sections import Line, sections

MAX_NESTING: Final = 200
"""Tables and text boxes inside one another, and elements inside a paragraph."""

MAX_EMBEDDED: Final = 20
"""Embedded files named one by one."""

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

_SKIPPED: Final = frozenset(
    (
        "del",
        "moveFrom",
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
    version = 1

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit]:
        """Sections of the body, then notes, comments, headers and footers."""
        package = Package(source.body)
        main = _main_part(package)
        folder = str(PurePosixPath(main).parent)
        levels = _heading_levels(package, folder)
        found = False
        for unit in sections(_body(package, main, levels, report)):
            found = True
            yield unit
        for label, lines in _other_parts(package, folder):
            for unit in sections(lines, title=label):
                found = True
                yield unit
        _note_embedded(package, folder, report)
        if found:
            opc.describe(package, report)
        else:
            if any("/media/" in name for name in package.names()):
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


def _heading_levels(package: Package, folder: str) -> dict[str, int]:
    """Style id to heading level, by outline level or by the style's built-in name."""
    styles = package.tree(f"{folder}/styles.xml")
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


def _body(package: Package, main: str, levels: dict[str, int], report: Report) -> Iterator[Line]:
    """The lines of the body. Blocks are dropped once read, so memory stays small."""
    stream = package.open(main)
    if stream is None:
        raise Damaged
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
                yield from _block(element, levels, 0)
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


def _block(element: Any, levels: dict[str, int], nesting: int) -> Iterator[Line]:  # noqa: ANN401
    if nesting > MAX_NESTING:
        return
    if _local(element) == "tbl":
        yield from _table(element, nesting)
        return
    boxes: list[Any] = []
    text = _paragraph_text(element, boxes)
    level = _level(element, levels)
    yield Line(one_line(text, 2000) if level else text, level if text.strip() else 0)
    for box in boxes:
        if box.tag in _DRAWING_PARAGRAPH:
            yield _drawing_line(box)
        else:
            yield from _blocks_in(box, levels, nesting + 1)


def _blocks_in(element: Any, levels: dict[str, int], nesting: int) -> Iterator[Line]:  # noqa: ANN401
    """Paragraphs and tables somewhere inside an element, not inside one another."""
    if nesting > MAX_NESTING:
        return
    for child in element:
        if _local(child) in {"p", "tbl"}:
            yield from _block(child, levels, nesting)
        elif child.tag in _DRAWING_PARAGRAPH:
            yield _drawing_line(child)
        elif _local(child) not in _SKIPPED and child.tag != _FALLBACK:
            yield from _blocks_in(child, levels, nesting + 1)


def _drawing_line(paragraph: Any) -> Line:  # noqa: ANN401
    """The words of a paragraph in a shape or diagram."""
    return Line(clean("".join(part.text or "" for part in paragraph.iter(*_DRAWING_TEXT))))


def _table(element: Any, nesting: int) -> Iterator[Line]:  # noqa: ANN401
    """One line per row; cells are set apart by tabs."""
    for row in _children(element, "tr"):
        cells = []
        for cell in _children(row, "tc"):
            lines = _blocks_in(cell, {}, nesting + 1)
            cells.append(" ".join(" ".join(line.text.split()) for line in lines).strip())
        text = "\t".join(cells).rstrip("\t")
        if text.strip():
            yield Line(text)


def _children(element: Any, name: str) -> Iterator[Any]:  # noqa: ANN401
    """Rows or cells, also those inside content controls and insertions."""
    for child in element:
        local = _local(child)
        if local == name:
            yield child
        elif local in {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"}:
            yield from _children(child, name)


def _level(paragraph: Any, levels: dict[str, int]) -> int:  # noqa: ANN401
    for properties in paragraph:
        if _local(properties) != "pPr":
            continue
        for part in properties:
            match _local(part):
                case "outlineLvl":
                    return _outline(part)
                case "pStyle" if _attribute(part, "val") in levels:
                    return levels[_attribute(part, "val")]
    return 0


def _paragraph_text(paragraph: Any, boxes: list[Any]) -> str:  # noqa: ANN401
    """The words of a paragraph; text boxes and drawings anchored in it go to ``boxes``."""
    parts: list[str] = []
    pending = [(paragraph, 0)]
    while pending:
        element, nesting = pending.pop()
        name = _local(element)
        if name == "t":
            parts.append(element.text or "")
        elif name in _BLANK_MARKS:
            parts.append(_BLANK_MARKS[name])
        elif name == "sym":
            parts.append(_symbol(_attribute(element, "char")))
        elif name == "txbxContent" or element.tag in _DRAWING_PARAGRAPH:
            boxes.append(element)
        elif name not in _SKIPPED and element.tag != _FALLBACK and nesting < MAX_NESTING:
            pending.extend((child, nesting + 1) for child in reversed(element))
    return clean("".join(parts))


def _symbol(code: str) -> str:
    """A character of a symbol font; those in the private area are only known by their shape."""
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    return "•" if 0xE000 <= number <= 0xF8FF else chr(number) if 31 < number < 0xD800 else ""


def _other_parts(package: Package, folder: str) -> Iterator[tuple[str, list[Line]]]:
    """Footnotes, endnotes, comments, headers and footers, with what each is called."""
    for part, label in (("footnotes", "Footnotes"), ("endnotes", "Endnotes")):
        yield label, _notes(package.tree(f"{folder}/{part}.xml"))
    yield "Comments", _notes(package.tree(f"{folder}/comments.xml"))
    margins: dict[str, None] = {}
    for name in sorted(package.names()):
        stem = PurePosixPath(name).name
        if name.startswith(f"{folder}/") and stem.startswith(("header", "footer")):
            tree = package.tree(name)
            for line in _blocks_in(tree, {}, 0) if tree is not None else ():
                margins[" ".join(line.text.split())] = None  # most repeat on every section
    yield "Headers and footers", [Line(text) for text in margins if text]


def _notes(tree: Any | None) -> list[Line]:  # noqa: ANN401
    lines: list[Line] = []
    for note in tree if tree is not None else ():
        if _attribute(note, "type") in {"separator", "continuationSeparator", "continuationNotice"}:
            continue
        author = _attribute(note, "author")
        text = "\n".join(line.text for line in _blocks_in(note, {}, 0) if line.text.strip())
        if text.strip():
            lines.append(Line(f"{clean(author)}: {text}" if author else text.strip()))
    return lines


def _note_embedded(package: Package, folder: str, report: Report) -> None:
    embedded = [name for name in package.names() if name.startswith(f"{folder}/embeddings/")]
    for name in embedded[:MAX_EMBEDDED]:
        report.remark(remarks.EMBEDDED, name=one_line(clean(PurePosixPath(name).name)))
