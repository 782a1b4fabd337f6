"""What Office packages say about their parts: relations and properties (ECMA-376 part 2).

Relations that lead out of the package are never followed, not even named.
Must not know what the parts mean.
"""

import dataclasses
import posixpath
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from carrel.language.passages import Heading
from carrel.parsing import remarks
from carrel.parsing.charset import clean
from carrel.parsing.formats.base import DraftUnit, Report, one_line
from carrel.parsing.formats.package import Element, Package
from carrel.parsing.formats.sections import Line, sections

MAX_RELATIONS: Final = 20_000
"""Relations of one part; a slide has under a hundred."""

PROPERTY_CHARACTERS: Final = 2_000
"""Code points of one property; a description may be a paragraph."""

PROPERTIES: Final = "Document properties"
"""Label of the unit that holds them."""

_PROPERTY_WORDS: Final = {
    "title": "Title",
    "subject": "Subject",
    "creator": "Author",
    "initial-creator": "Author",
    "lastModifiedBy": "Last changed by",
    "created": "Created",
    "creation-date": "Created",
    "modified": "Changed",
    "date": "Changed",
    "keywords": "Keywords",
    "keyword": "Keywords",
    "category": "Category",
    "contentStatus": "Status",
    "description": "Description",
    "Company": "Company",
    "Manager": "Manager",
}


class Relation(NamedTuple):
    """A relation inside the package: the last word of its type, and the part it leads to."""

    kind: str
    part: str


def local(element: Element) -> str:
    """An element's name without its namespace; empty for comments and their kin."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """An attribute by its name without namespace."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return ""


def known_tree(package: Package, name: str, report: Report) -> Element | None:
    """A part as a tree; one that is there but broken is told."""
    tree = package.tree(name)
    if tree is None and name in package.names():
        report.remark(remarks.DAMAGED_PART, name=one_line(clean(name)))
    return tree


def relations(package: Package, part: str) -> dict[str, Relation]:
    """The inner relations of a part by their identifiers; of the package for an empty name."""
    folder, name = posixpath.split(part)
    tree = package.tree(posixpath.join(folder, "_rels", f"{name}.rels"))
    found: dict[str, Relation] = {}
    for relation in tree if tree is not None else ():
        if str(relation.get("TargetMode", "")).lower() == "external":
            continue
        target = str(relation.get("Target", ""))
        path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
        kind = str(relation.get("Type", "")).rpartition("/")[2]
        found[str(relation.get("Id", ""))] = Relation(kind, posixpath.normpath(path))
        if len(found) >= MAX_RELATIONS:
            break
    return found


def part_of_kind(package: Package, part: str, kind: str) -> str:
    """The first part that a part relates to in this way; empty if there is none."""
    return next((r.part for r in relations(package, part).values() if r.kind == kind), "")


def properties(package: Package, report: Report) -> Iterator[DraftUnit]:
    """Title, author, dates and the like, as a unit of their own; nothing if there are none."""
    yield from property_units(_property_lines(package, report), report)


def describe(package: Package, report: Report) -> None:
    """Note title, author, dates and the like."""
    _note(_property_lines(package, report), report)


def _property_lines(package: Package, report: Report) -> list[Line]:
    lines: list[Line] = []
    for kind in ("core-properties", "extended-properties"):
        name = part_of_kind(package, "", kind)
        tree = known_tree(package, name, report)
        lines.extend(property_lines(tree) if tree is not None else ())
    return lines


def property_units(lines: Iterable[Line], report: Report) -> Iterator[DraftUnit]:
    """Properties as a unit under a heading of its own; they describe the document, too.

    Args:
        lines: such as ``Author: Ada``.
    """
    lines = tuple(lines)
    _note(lines, report)
    for unit in sections(lines, title=PROPERTIES):
        yield dataclasses.replace(unit, headings=(Heading(start=0, level=1, text=PROPERTIES),))


def _note(lines: Iterable[Line], report: Report) -> None:
    for line in lines:
        name, _, value = line.text.partition(": ")
        report.describe(name, value)


def property_lines(tree: Element) -> Iterator[Line]:
    """``Author: Ada`` for each property that is worth reading."""
    for element in tree.iter():
        words = _PROPERTY_WORDS.get(local(element))
        value = one_line(clean(element.text or ""), PROPERTY_CHARACTERS)
        if words and value:
            yield Line(f"{words}: {value}")
