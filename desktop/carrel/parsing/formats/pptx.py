"""PowerPoint presentations: one unit per slide, with its notes and comments.

Shapes come in the order of the file, which is the order screen readers use,
but the title first. Hidden slides are read and flagged. ECMA-376 part 1, 19.
"""

import dataclasses
import re
from collections.abc import Iterator
from typing import Final

from carrel.domain.documents import HIDDEN_SLIDE, UnitKind
from carrel.language.passages import Heading
from carrel.parsing import remarks
from carrel.parsing.charset import clean
from carrel.parsing.errors import Damaged, NoText
from carrel.parsing.formats import drawing
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source, one_line
from carrel.parsing.formats.embedded import embedded_members
from carrel.parsing.formats.inner_pictures import InnerPictures
from carrel.parsing.formats.opc import (
    Relation,
    attribute,
    known_tree,
    local,
    part_of_kind,
    properties,
    relations,
)
from carrel.parsing.formats.package import Element, Package
from carrel.parsing.formats.sections import Line, whole

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TITLES: Final = frozenset(("title", "ctrTitle"))
_SHAPES: Final = frozenset(("sp", "pic", "graphicFrame", "grpSp", "cxnSp", "AlternateContent"))


class PptxFormat:
    """PPTX, PPTM, PPSX and POTX, transitional and strict."""

    kinds = ("pptx",)
    parser = "presentationml"
    version = 3

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """The slides in the order they are shown, then properties, embedded files and pictures."""
        package = Package(source.body)
        main = part_of_kind(package, "", "officeDocument") or "ppt/presentation.xml"
        tree = package.tree(main)
        if tree is None:
            raise Damaged
        pictures = InnerPictures(source, report)
        deck = _Deck(package, main, report, pictures)
        slides = deck.slides(tree)
        report.total = len(slides)
        has_words = False
        for number, (part, section) in enumerate(slides, 1):
            unit = deck.unit(part, number, section)
            has_words |= bool(unit.text)
            yield unit
        if not slides:
            raise NoText
        if has_words:
            yield from properties(package, report)
        yield from embedded_members(package, deck.embedded, source, report)
        yield from pictures.members()
        for number in deck.only_pictures:
            came_out = number in pictures.units
            code = remarks.PICTURED_SLIDES if came_out else remarks.PICTURE_SLIDES
            report.remark(code, number=number)


class _Deck:
    def __init__(
        self, package: Package, main: str, report: Report, pictures: InnerPictures
    ) -> None:
        self._package = package
        self._main = relations(package, main)
        self._report = report
        self._pictures = pictures
        self._authors = dict(self._names())
        self.embedded: list[str] = []
        self.only_pictures: list[int] = []

    def slides(self, tree: Element) -> list[tuple[str, str]]:
        """The part of each slide, and the section of the presentation it is in."""
        sections: dict[str, str] = {}
        for section in (part for part in tree.iter() if local(part) == "section"):
            name = one_line(clean(section.get("name", "")))
            sections.update((part.get("id", ""), name) for part in section.iter())
        listed = drawing.first(tree, "sldIdLst")
        found: list[tuple[str, str]] = []
        for slide in drawing.children(listed, "sldId") if listed is not None else ():
            # Two attributes are called “id”: the one with a namespace names the relation.
            names = [str(value) for key, value in slide.attrib.items() if key.endswith("}id")]
            relation = self._main.get(names[0] if names else "", Relation("", ""))
            found.append((relation.part, sections.get(slide.get("id", ""), "")))
        return found

    def unit(self, part: str, number: int, section: str) -> DraftUnit:
        """One slide; an empty unit if it is damaged, so that the numbers stay those shown."""
        tree = self._package.tree(part)
        if tree is None:
            self._report.remark(remarks.DAMAGED_SLIDES, number=number)
            return DraftUnit(kind=UnitKind.SLIDE, label="", text="")
        slide = _Slide(self, relations(self._package, part), number)
        title, lines = slide.lines(tree)
        parts = list(slide.picture_parts(tree))
        if (slide.pictures or parts) and not lines:
            self.only_pictures.append(number)
        for part in parts:
            where = f"slide {number}"
            self._pictures.add_part(self._package, part, where=where, number=number)
        hidden = tree.get("show") in {"0", "false"}
        if hidden:
            self._report.remark(remarks.HIDDEN_SLIDES, number=number)
        label = one_line(title) + (HIDDEN_SLIDE if hidden else "")
        unit = whole(lines, label=label.strip(), kind=UnitKind.SLIDE)
        # A slide without a title must not stand under the title of the one before.
        above = [Heading(start=0, level=1, text=section)] if section else []
        if not title:
            above.append(Heading(start=0, level=2, text=f"Slide {number}"))
        return dataclasses.replace(
            unit, headings=(*above, *unit.headings), heading_line=one_line(f"{section} {title}")
        )

    def tree(self, part: str) -> Element | None:
        """A part as a tree."""
        return known_tree(self._package, part, self._report)

    def embed(self, part: str) -> None:
        """Remember a file inside, to come out after the slides."""
        self.embedded.append(part or "object")

    def note_hidden(self) -> None:
        """Say that hidden shapes were read."""
        self._report.remark(remarks.HIDDEN_TEXT)

    def author(self, identifier: str) -> str:
        """Who wrote a comment."""
        return self._authors.get(identifier, "")

    def _names(self) -> Iterator[tuple[str, str]]:
        for relation in self._main.values():
            if relation.kind in {"commentAuthors", "authors"}:
                tree = self._package.tree(relation.part)
                for author in tree if tree is not None else ():
                    yield author.get("id", ""), one_line(clean(author.get("name", "")))


class _Slide:
    def __init__(self, deck: _Deck, parts: dict[str, Relation], number: int) -> None:
        self._deck = deck
        self._parts = parts
        self._number = number
        self._title = ""
        self.pictures = 0

    def lines(self, tree: Element) -> tuple[str, list[Line]]:
        """The title, and all lines with the title as the first."""
        shapes = drawing.first(tree, "spTree")
        body = list(self._shapes(shapes, 0)) if shapes is not None else []
        head = [Line(self._title, 2)] if self._title else []
        return self._title, [*head, *body, *self._notes(), *self._comments()]

    def picture_parts(self, tree: Element) -> Iterator[str]:
        """The parts of its pictures, those that fill shapes or the ground included."""
        for blip in drawing.blips(tree):
            relation = self._parts.get(attribute(blip, "embed"))
            if relation is not None:
                yield relation.part

    def _shapes(self, group: Element, nesting: int) -> Iterator[Line]:
        if nesting > drawing.MAX_NESTING:
            return
        for shape in group:
            name = local(shape)
            if name not in _SHAPES:
                continue
            about = drawing.first(shape, "cNvPr")
            if about is not None and about.get("hidden") in {"1", "true"}:
                self._deck.note_hidden()
            match name:
                case "grpSp":
                    yield from self._shapes(shape, nesting + 1)
                case "AlternateContent":
                    for choice in list(drawing.children(shape, "Choice"))[:1]:
                        yield from self._shapes(choice, nesting + 1)
                case "graphicFrame":
                    yield from self._frame(shape, about)
                case "pic":
                    self.pictures += 1
                    yield from drawing.description(about)
                case _:
                    yield from self._words(shape)

    def _words(self, shape: Element) -> Iterator[Line]:
        place = drawing.first(shape, "ph")
        kind = place.get("type", "") if place is not None else ""
        body = next(drawing.children(shape, "txBody"), None)
        if body is None or kind == "sldNum":
            return
        if kind in _TITLES and not self._title:
            self._title = one_line(" ".join(x.text for x in drawing.paragraphs(body)), 500)
        else:
            yield from drawing.paragraphs(body)

    def _frame(self, frame: Element, about: Element | None) -> Iterator[Line]:
        """A table, chart, diagram or embedded file."""
        words = False
        for part in frame.iter():
            match local(part):
                case "tbl":
                    words = True
                    yield from drawing.table(part)
                case "chart":
                    words = True
                    tree = self._related(part, "id")
                    yield from drawing.chart(tree) if tree is not None else ()
                case "relIds":
                    tree = self._related(part, "dm")
                    if tree is not None:
                        words = True
                        yield from drawing.paragraphs(tree)
                case "oleObj":
                    relation = self._parts.get(attribute(part, "id"), Relation("", ""))
                    self._deck.embed(relation.part or part.get("name", ""))
                case "pic":
                    self.pictures += 1
        if not words:
            yield from drawing.description(about)

    def _related(self, element: Element, name: str) -> Element | None:
        relation = self._parts.get(attribute(element, name))
        return self._deck.tree(relation.part) if relation else None

    def _kin(self, kind: str) -> Iterator[Element]:
        for relation in self._parts.values():
            if relation.kind == kind and (tree := self._deck.tree(relation.part)) is not None:
                yield tree

    def _notes(self) -> Iterator[Line]:
        for tree in self._kin("notesSlide"):
            lines: list[Line] = []
            for shape in (part for part in tree.iter() if local(part) == "sp"):
                place = drawing.first(shape, "ph")
                if place is not None and place.get("type") == "body":
                    lines.extend(drawing.paragraphs(shape))
            if lines:
                yield Line("Speaker notes", 3)
                yield from lines

    def _comments(self) -> Iterator[Line]:
        lines: list[Line] = []
        for tree in self._kin("comments"):
            for comment in tree.iter():
                if local(comment) not in {"cm", "reply"}:
                    continue
                author = self._deck.author(comment.get("authorId", ""))
                text = " ".join(_comment_words(comment).split())
                if text:
                    day = (comment.get("dt", "") or comment.get("created", ""))[:10]
                    by = f" by {author}" if author else ""
                    when = f" ({day})" if _DAY.fullmatch(day) else ""
                    lines.append(Line(f"Comment{by}{when}: {text}"))
        if lines:
            yield Line("Comments", 3)
            yield from lines


def _comment_words(comment: Element) -> str:
    """The words of a comment itself, not of the replies to it."""
    for part in comment:
        match local(part):
            case "text":  # as written until 2018
                return clean(part.text or "")
            case "txBody":
                return "\n".join(line.text for line in drawing.paragraphs(part))
    return ""
