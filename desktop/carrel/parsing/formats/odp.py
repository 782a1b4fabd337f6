"""OpenDocument presentations: one unit per slide, with its notes and comments.

Must not know texts.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from carrel.domain.documents import HIDDEN_SLIDE, UnitKind
from carrel.language.passages import Heading
from carrel.parsing import remarks
from carrel.parsing.errors import NoText
from carrel.parsing.formats import odf
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source, one_line
from carrel.parsing.formats.inner_pictures import InnerPictures
from carrel.parsing.formats.opc import attribute, local
from carrel.parsing.formats.package import Element, Package
from carrel.parsing.formats.sections import Line, whole

_MARGINS: Final = frozenset(("header", "footer", "date-time", "page-number"))


class OdpFormat:
    """ODP and OTP."""

    kinds = ("odp",)
    parser = "opendocument"
    version = 3

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """The slides, then the document's properties and pictures."""
        package = Package(source.body)
        pictures = InnerPictures(source, report)
        deck = _Deck(package, report, pictures)
        number = 0
        has_words = False
        for block in odf.opened(package, deck, "presentation"):
            if local(block) == "page":
                number += 1
                unit = deck.unit(block, number)
                has_words |= bool(unit.text)
                yield unit
        if not number:
            raise NoText
        if has_words:
            yield from odf.about(package, report)
        yield from pictures.members()
        for slide in deck.only_pictures:
            came_out = slide in pictures.units
            code = remarks.PICTURED_SLIDES if came_out else remarks.PICTURE_SLIDES
            report.remark(code, number=slide)


class _Deck(odf.Words):
    """The words of the slides; knows which page styles hide a slide."""

    def __init__(self, package: Package, report: Report, pictures: InnerPictures) -> None:
        super().__init__(package, report, pictures)
        self.only_pictures: list[int] = []
        self._hiding: set[str] = set()
        self._deck_report = report

    def learn(self, style: Element) -> None:
        """Note a style whose slides are not shown."""
        super().learn(style)
        for part in style:
            if local(part) == "drawing-page-properties" and (
                attribute(part, "visibility") == "hidden"
            ):
                self._hiding.add(attribute(style, "name"))

    def unit(self, page: Element, number: int) -> DraftUnit:
        """One slide."""
        title = ""
        lines: list[Line] = []
        notes: list[Line] = []
        before = self.pictures
        self.where, self.number = f"slide {number}", number
        self.comments.clear()
        for child in page:
            kind = attribute(child, "class")
            if local(child) == "notes":
                notes = [x for part in child if attribute(part, "class") not in _MARGINS
                         for x in self.blocks(part) if x.text.strip()]  # fmt: skip
            elif kind == "title" and not title:
                title = one_line(" ".join(x.text for x in self.blocks(child)), 500)
            elif kind != "page-number":
                lines.extend(line for line in self.blocks(child) if line.text.strip())
        if not (title or lines) and self.pictures > before:
            self.only_pictures.append(number)
        hidden = attribute(page, "style-name") in self._hiding
        if hidden:
            self._deck_report.remark(remarks.HIDDEN_SLIDES, number=number)
        every = [
            *([Line(title, 2)] if title else []),
            *(line._replace(level=0) for line in lines),
            *([Line("Speaker notes", 3), *notes] if notes else []),
            *([Line("Comments", 3), *self.comments] if self.comments else []),
        ]
        label = f"{one_line(title)}{HIDDEN_SLIDE if hidden else ''}".strip()
        unit = whole(every, label=label, kind=UnitKind.SLIDE)
        above = () if title else (Heading(start=0, level=2, text=f"Slide {number}"),)
        return replace(unit, headings=(*above, *unit.headings), heading_line=one_line(title))
