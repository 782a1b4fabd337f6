"""Excel workbooks (XLSX, XLSM): every sheet in order, each cell as it is shown and as it is stored.

Reads the XML itself, as a stream: cells have to keep their format, formula and
address, and a row of a million cells must not be held at once. Macros are never
run, links to other files never followed; values are those saved last.
ECMA-376 part 1, 18. Must not know units.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from carrel.domain.sheets import Merge, place
from carrel.language.passages import Heading
from carrel.parsing import remarks
from carrel.parsing.charset import clean
from carrel.parsing.errors import Bomb, Damaged, NoText
from carrel.parsing.formats import opc
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source, one_line
from carrel.parsing.formats.drawing import blips, chart, description, paragraphs
from carrel.parsing.formats.embedded import embedded_members
from carrel.parsing.formats.inner_pictures import InnerPictures
from carrel.parsing.formats.opc import attribute, local
from carrel.parsing.formats.package import Element, Package, etree
from carrel.parsing.formats.sections import Line, sections
from carrel.parsing.formats.sheet_units import Aside, Budget, DraftRow, comment, sheet_units
from carrel.parsing.formats.xlsx_cells import Cells, Styles

MAX_SHEETS: Final = 2_000
"""Sheets of a workbook; memory is the only limit of programs, and 255 are already many."""

MAX_STRINGS: Final = 4_000_000
"""Different texts of a workbook."""

MAX_STRING_CHARACTERS: Final = 100_000_000
"""Code points of all of them, as many as a document may hold."""

MAX_NAMES: Final = 5_000
"""Defined names that are listed."""

MAX_NAME_CHARACTERS: Final = 500
"""Code points of what a name stands for; a long formula."""

NAMES: Final = "Defined names"
"""Label of the unit that holds them."""

_STOP: Final = frozenset(("row", "c", "mergeCell", "col", "sheetPr"))


class XlsxFormat:
    """XLSX, XLSM, XLTX, transitional and strict."""

    kinds = ("xlsx", "xlsm")
    parser = "spreadsheetml"
    version = 3

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """Sheets in the order of their tabs, hidden ones too, then what belongs to none."""
        package = Package(source.body)
        pictures = InnerPictures(source, report)
        main = opc.part_of_kind(package, "", "officeDocument") or "xl/workbook.xml"
        book = package.tree(main)
        if book is None:
            raise Damaged
        if source.kind == "xlsm":
            report.remark(remarks.MACROS)
        cells = Cells(
            Styles(package, opc.part_of_kind(package, main, "styles")),
            _strings(package, opc.part_of_kind(package, main, "sharedStrings"), report),
            from_1904=any(
                local(part) == "workbookPr" and attribute(part, "date1904") in {"1", "true"}
                for part in book.iter()
            ),
        )
        relations = opc.relations(package, main)
        if any(relation.kind == "externalLink" for relation in relations.values()):
            report.remark(remarks.EXTERNAL_LINKS)
        sheets = [part for part in book.iter() if local(part) == "sheet"]
        report.total = len(sheets)
        budget = Budget()
        found = False
        for number, sheet in enumerate(sheets[:MAX_SHEETS], 1):
            relation = relations.get(attribute(sheet, "id"))
            part = relation.part if relation else ""
            name = attribute(sheet, "name") or f"Sheet {number}"
            hidden = attribute(sheet, "state") in {"hidden", "veryHidden"}
            reading = _Sheet(package, part, one_line(clean(name)), cells, (report, pictures))
            for unit in sheet_units(
                name, reading.rows(), report, budget=budget, aside=reading.aside, hidden=hidden
            ):
                found = found or bool(unit.text)
                yield unit
            if hidden:
                report.remark(remarks.HIDDEN_SHEET, name=reading.name)
        if len(sheets) > MAX_SHEETS:
            report.remark(remarks.CUT_DOCUMENT)
        if found:
            yield from _names(book)
            yield from opc.properties(package, report)
        embedded = [name for name in package.names() if "/embeddings/" in name]
        yield from embedded_members(package, embedded, source, report)
        for name in package.names():
            if "/media/" in name:  # also those in cells, heads and feet
                pictures.add_part(package, name)
        yield from pictures.members()
        if not (found or embedded or pictures.listed):
            raise NoText


def _names(book: Element) -> Iterator[DraftUnit]:
    """The names that formulas call cells by, as a unit of their own."""
    lines: list[Line] = []
    for part in (part for part in book.iter() if local(part) == "definedName"):
        name = one_line(clean(attribute(part, "name")))
        meaning = one_line(clean(part.text or ""), MAX_NAME_CHARACTERS)
        if name and meaning and not name.startswith("_xlnm.") and len(lines) < MAX_NAMES:
            hidden = " (hidden)" if attribute(part, "hidden") in {"1", "true"} else ""
            note = one_line(clean(attribute(part, "comment")), MAX_NAME_CHARACTERS)
            lines.append(Line(f"{name}{hidden} = {meaning}" + (f" – {note}" if note else "")))
    for unit in sections(lines, title=NAMES):
        yield replace(unit, headings=(Heading(start=0, level=1, text=NAMES),))


class _Sheet:
    """One sheet while its rows are read."""

    def __init__(
        self,
        package: Package,
        part: str,
        name: str,
        cells: Cells,
        told: tuple[Report, InnerPictures],
    ) -> None:
        self._package, self._part, self._cells = package, part, cells
        self._report, self._pictures = told
        self.name = name
        self.aside = Aside()

    def rows(self) -> Iterator[DraftRow]:
        """Rows with anything in them; what stands beside the cells afterwards."""
        try:
            stream = self._package.open(self._part) if self._part else None
            if stream is None:
                self._report.remark(remarks.DAMAGED_PART, name=self.name)
                return
            yield from self._read(stream)
        except (etree.XMLSyntaxError, Damaged):
            self._report.remark(remarks.DAMAGED_PART, name=self.name)
        self._beside()

    def _read(self, stream: object) -> Iterator[DraftRow]:
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
        row = self._cells.sheet()
        for event, element in events:
            name = local(element)
            if event == "start":
                if name == "row":
                    row.begin(element)
                    if attribute(element, "hidden") in {"1", "true"}:
                        self._report.remark(remarks.HIDDEN_ROWS, name=self.name)
                continue
            if name == "c":
                row.add(element)
            elif name == "row":
                if draft := row.finish():
                    yield draft
            elif name == "mergeCell":
                self._merge(attribute(element, "ref"))
            elif name == "col" and attribute(element, "hidden") in {"1", "true"}:
                self._report.remark(remarks.HIDDEN_ROWS, name=self.name)
            if name in _STOP:
                _drop(element)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        start, end = place(first), place(last)
        if start and end and start <= end and start[1] <= end[1]:
            self.aside.merges.append(Merge(*start, *end))

    def _beside(self) -> None:
        """Comments, then the words of text boxes and charts."""
        relations = opc.relations(self._package, self._part).values()
        threads = [r.part for r in relations if r.kind == "threadedComment"]
        for part in threads or [r.part for r in relations if r.kind == "comments"]:
            tree = opc.known_tree(self._package, part, self._report)
            if tree is not None:
                self.aside.notes.extend(_comments(tree))
        for relation in relations:
            if relation.kind == "drawing":
                self._drawing(relation.part)

    def _drawing(self, part: str) -> None:
        tree = opc.known_tree(self._package, part, self._report)
        relations = opc.relations(self._package, part)
        if tree is not None:
            self.aside.notes.extend(line.text for line in paragraphs(tree))
            for blip in blips(tree):
                relation = relations.get(attribute(blip, "embed"))
                if relation is not None:
                    self._pictures.add_part(self._package, relation.part, where=self.name)
            for about in (one for one in tree.iter() if local(one) == "cNvPr"):
                self.aside.notes.extend(line.text for line in description(about))
        for relation in relations.values():
            inner = None
            if relation.kind in {"chart", "chartEx", "diagramData"}:
                inner = opc.known_tree(self._package, relation.part, self._report)
            if inner is not None:
                lines = paragraphs(inner) if relation.kind == "diagramData" else chart(inner)
                self.aside.notes.extend(line.text for line in lines)


def _drop(element: Element) -> None:
    """Forget an element and those before it, so that a long sheet takes no memory."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _strings(package: Package, part: str, report: Report) -> list[str]:
    """The texts that cells share, without the readings that stand above Chinese characters."""
    found: list[str] = []
    stream = package.open(part) if part else None
    if stream is None:
        return found
    size = 0
    try:
        for _, element in etree.iterparse(
            stream, events=("end",), tag="{*}si", resolve_entities=False, no_network=True,
            load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True,
        ):  # fmt: skip
            text = words(element)
            size += len(text)
            if len(found) >= MAX_STRINGS or size > MAX_STRING_CHARACTERS:
                raise Bomb
            found.append(text)
            _drop(element)
    except (etree.XMLSyntaxError, Damaged):
        report.remark(remarks.DAMAGED_PART, name=one_line(clean(part)))
    return found


def words(element: Element) -> str:
    """The runs of a text, without its reading."""
    if len(element) == 1 and local(element[0]) == "t":
        return element[0].text or ""
    parts: list[str] = []
    for part in element.iter():
        if local(part) == "t":
            parent = part.getparent()
            if parent is None or local(parent) != "rPh":
                parts.append(part.text or "")
    return "".join(parts)


def _comments(tree: Element) -> Iterator[str]:
    """Comments and threads with the address of their cell."""
    authors = [one_line(clean(part.text or "")) for part in tree.iter() if local(part) == "author"]
    for part in tree.iter():
        if local(part) not in {"comment", "threadedComment"}:
            continue
        where = place(attribute(part, "ref"))
        number = attribute(part, "authorId")
        author = ""
        if number.isdecimal() and len(number) < 7 and int(number) < len(authors):
            author = authors[int(number)]
        text = " ".join(inner.text or "" for inner in part.iter() if local(inner) in {"t", "text"})
        if where and text.strip():
            yield comment(*where, author, text)
