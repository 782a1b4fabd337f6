"""Words inside DrawingML: paragraphs, tables, and the numbers a chart shows (ECMA-376 part 1, 21).

Must not know slides or relations.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from carrel.parsing.charset import clean
from carrel.parsing.formats.base import one_line
from carrel.parsing.formats.opc import local
from carrel.parsing.formats.package import Element
from carrel.parsing.formats.sections import Line, row_line

MAX_NESTING: Final = 100
"""Groups and elements inside one another."""

MAX_POINTS: Final = 5_000
"""Values of one series of a chart; more than anyone can see in it."""

_MADE_BY: Final = re.compile(
    r"\s*(?:Description automatically generated[^\n]*|AI-generated content may be incorrect\.?)"
    r"\s*\Z"
)
"""What Word adds to descriptions it made itself."""

_MARKS: Final = {"br": "\n", "tab": "\t"}
_SKIPPED: Final = frozenset(("rPr", "pPr", "endParaRPr", "Fallback", "extLst"))


def paragraphs(body: Element) -> Iterator[Line]:
    """The paragraphs of a text body, in order."""
    for element in body.iter():
        if local(element) == "p":
            text = paragraph(element)
            if text.strip():
                yield Line(text)


def paragraph(element: Element) -> str:
    """The words of one paragraph: runs, fields and formulas; line breaks as line feeds."""
    parts: list[str] = []
    pending = [(element, 0)]
    while pending:
        part, nesting = pending.pop()
        name = local(part)
        if name == "t":
            parts.append(part.text or "")
        elif name in _MARKS:
            parts.append(_MARKS[name])
        elif name not in _SKIPPED and nesting < MAX_NESTING:
            pending.extend((child, nesting + 1) for child in reversed(part))
    return clean("".join(parts).replace("\v", "\n"))


def table(element: Element) -> Iterator[Line]:
    """One line per row; cells are set apart by tabs."""
    for at, row in enumerate(children(element, "tr")):
        cells = []
        for cell in children(row, "tc"):
            merged = {cell.get("hMerge"), cell.get("vMerge")} & {"1", "true"}
            lines = () if merged else paragraphs(cell)
            cells.append(" ".join(" ".join(line.text.split()) for line in lines))
        text = "\t".join(cells).rstrip("\t")
        if text.strip():
            yield row_line(text, first=at == 0)


def description(about: Element | None) -> Iterator[Line]:
    """What the author says a picture shows; file names put there by programs say nothing."""
    said = about.get("descr", "") if about is not None else ""
    words = one_line(_MADE_BY.sub("", clean(said)), 2_000)
    if " " in words and not PurePosixPath(words).suffix[1:].isalnum():
        yield Line(f"Picture: {words}")


def blips(tree: Element) -> Iterator[Element]:
    """The pictures of a tree, in order; not stand-ins, nor the looks of embedded objects."""
    pending = [tree]
    while pending:
        part = pending.pop()
        name = local(part)
        if name == "blip":
            yield part
        elif name not in {"Fallback", "oleObj", "buBlip"}:
            pending.extend(reversed(part))


def children(element: Element, name: str) -> Iterator[Element]:
    """Children of this name, in order."""
    return (child for child in element if local(child) == name)


def first(element: Element, name: str) -> Element | None:
    """The first descendant of this name."""
    return next((part for part in element.iter() if local(part) == name), None)


def chart(tree: Element) -> Iterator[Line]:
    """Title, axes and the values kept with a chart, as rows: the category, then each series."""
    found = first(tree, "chart")
    if found is None:
        return
    for title in (part for part in found.iter() if local(part) == "title"):
        words = one_line(" ".join(line.text for line in paragraphs(title)))
        if words:
            yield Line(f"Chart: {words}" if local(title.getparent()) == "chart" else words)
    series = [_Series(part) for part in found.iter() if local(part) == "ser"]
    series += [_newer(part, tree) for part in found.iter() if local(part) == "series"]
    named = any(one.name for one in series)
    if named:
        yield row_line("\t".join(["", *(one.name for one in series)]), first=True, head=True)
    places = sorted({place for one in series for place in one.values})
    for at, place in enumerate(places[:MAX_POINTS]):
        category = next((one.names[place] for one in series if place in one.names), "")
        cells = [category, *(one.values.get(place, "") for one in series)]
        yield row_line("\t".join(cells), first=at == 0 and not named)


class _Series:
    """The cached words and numbers of one series, by their place in it."""

    def __init__(self, element: Element = ()) -> None:
        self.name = ""
        self.names: dict[int, str] = {}
        self.values: dict[int, str] = {}
        for part in element:
            match local(part):
                case "tx":
                    words = (value.text or "" for value in part.iter() if local(value) == "v")
                    self.name = one_line(clean(" ".join(words)))
                case "cat" | "xVal":
                    self.names = _points(part)
                case "val" | "yVal":
                    self.values = _points(part)


def _newer(element: Element, tree: Element) -> _Series:
    """A series of the newer kinds of chart (waterfall, treemap); its data stand apart.

    [MS-ODRAWXML].

    Args:
        tree: all of the chart.
    """
    made = _Series()
    wanted = next((part.get("val") for part in element if local(part) == "dataId"), None)
    for part in element:
        if local(part) == "tx":
            words = (value.text or "" for value in part.iter() if local(value) == "v")
            made.name = one_line(clean(" ".join(words)))
    for data in (part for part in tree.iter() if local(part) == "data"):
        if data.get("id") == wanted:
            for part in data:
                if local(part) == "strDim" and not made.names:
                    made.names = _points(part)
                elif local(part) == "numDim" and not made.values:
                    made.values = _points(part)
    return made


def _points(element: Element) -> dict[int, str]:
    found: dict[int, str] = {}
    for point in element.iter():
        place = point.get("idx", "") if local(point) == "pt" else ""
        if place.isdecimal() and len(place) < 9 and len(found) < MAX_POINTS:
            words = " ".join(part.text or "" for part in point.iter() if local(part) in {"v", "pt"})
            # Levels of categories share places; the innermost comes first.
            found.setdefault(int(place), one_line(clean(words)))
    return found
