"""PowerPoint presentations of the old kind ([MS-PPT]): slides with their notes and comments.

Pictures, charts and what is embedded are passed over and said. Must not know how records lie in
the file.
"""

import dataclasses
from collections.abc import Iterator
from typing import Final

from carrel.domain.documents import HIDDEN_SLIDE, UnitKind
from carrel.language.passages import Heading
from carrel.parsing import remarks
from carrel.parsing.charset import clean
from carrel.parsing.errors import Damaged, NoText
from carrel.parsing.formats.base import DraftUnit, Report, Source, one_line
from carrel.parsing.formats.compound import Compound
from carrel.parsing.formats.ole_properties import describe
from carrel.parsing.formats.ppt_records import Record, Records
from carrel.parsing.formats.sections import Line, whole

MAX_SLIDES: Final = 20_000
"""Slides that are read."""

MAX_EMBEDDED: Final = 20
"""Embedded files named one by one."""

_SLIDES, _NOTES = 0, 2
_LIST, _PERSIST = 4080, 1011
_HEADER, _WIDE, _NARROW, _REFERENCE, _STRING = 3999, 4000, 4008, 3998, 4026
_SLIDE, _FACTS, _SHOW, _NOTE_PAGE = 1006, 1007, 1017, 1008
_COMMENT, _EMBEDDED, _TAG = 12000, 4044, 5003
_TEXT_BOX, _DRAWING = 0xF00D, 1036
_TITLES: Final = frozenset((0, 6))
_NOTE_TEXT: Final = 2
_IS_HIDDEN: Final = 0x04


class PptFormat:
    """PPT of PowerPoint 97 and later."""

    kinds = ("ppt",)
    parser = "msppt"
    version = 1

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit]:
        """The slides in the order they are shown."""
        file = Compound(source.body)
        body = file.stream("PowerPoint Document")
        if body is None:
            raise Damaged
        records = Records(body, file.stream("Current User") or b"")
        describe(file, report)
        deck = _Deck(records, report, has_pictures=bool(file.stream("Pictures")))
        slides = deck.listed(_SLIDES)
        report.total = min(len(slides), MAX_SLIDES)
        has_words = False
        for number, slide in enumerate(slides[:MAX_SLIDES], 1):
            unit = deck.unit(slide, number)
            has_words |= bool(unit.text)
            yield unit
        if len(slides) > MAX_SLIDES:
            report.remark(remarks.CUT_DOCUMENT)
        deck.note_embedded()
        if not slides or not (has_words or report.remarks):
            raise NoText


@dataclasses.dataclass(slots=True)
class _Listed:
    """A slide or page of notes as the document lists it.

    Attributes:
        part: its number among the parts of the file.
        identifier: what others call it.
        texts: of its title and body, each with its kind.
    """

    part: int
    identifier: int
    texts: list[tuple[int, str]] = dataclasses.field(default_factory=list)


class _Deck:
    def __init__(self, records: Records, report: Report, *, has_pictures: bool) -> None:
        self._records = records
        self._report = report
        self._has_pictures = has_pictures
        self._document = records.document()
        self._notes = {one.identifier: one for one in self.listed(_NOTES)}

    def listed(self, kind: int) -> list[_Listed]:
        """What the document lists of a kind, in its order."""
        found: list[_Listed] = []
        for listing in self._records.children(self._document):
            if listing.type != _LIST or listing.instance != kind:
                continue
            shape = -1
            for record in self._records.children(listing):
                if record.type == _PERSIST:
                    found.append(
                        _Listed(self._records.number(record, 0), self._records.number(record, 12))
                    )
                elif record.type == _HEADER:
                    shape = self._records.number(record, 0)
                elif record.type in {_WIDE, _NARROW} and found:
                    found[-1].texts.append((shape, self._text(record)))
        return found

    def unit(self, slide: _Listed, number: int) -> DraftUnit:
        """One slide; an empty unit if it is damaged, so that the numbers stay those shown."""
        try:
            record = self._records.part(slide.part)
            if record.type != _SLIDE:
                raise Damaged
        except Damaged:
            self._report.remark(remarks.DAMAGED_SLIDES, number=number)
            return DraftUnit(kind=UnitKind.SLIDE, label="", text="")
        title, lines = self._words(record, slide)
        notes, comments = list(self._notes_of(record)), list(self._comments(record))
        if not (title or lines) and self._has_pictures:
            self._report.remark(remarks.PICTURE_SLIDES, number=number)
        hidden = any(
            self._records.content(show)[10:11] and self._records.content(show)[10] & _IS_HIDDEN
            for show in self._records.children(record)
            if show.type == _SHOW
        )
        if hidden:
            self._report.remark(remarks.HIDDEN_SLIDES, number=number)
        every = [
            *([Line(title, 2)] if title else []),
            *lines,
            *([Line("Speaker notes", 3), *notes] if notes else []),
            *([Line("Comments", 3), *comments] if comments else []),
        ]
        label = one_line(title) + (HIDDEN_SLIDE if hidden else "")
        unit = whole(every, label=label.strip(), kind=UnitKind.SLIDE)
        # A slide without a title must not stand under the title of the one before.
        above = () if title else (Heading(start=0, level=2, text=f"Slide {number}"),)
        return dataclasses.replace(
            unit, headings=(*above, *unit.headings), heading_line=one_line(title)
        )

    def note_embedded(self) -> None:
        """Say which files inside were not read."""
        for count, record in enumerate(self._records.inside(self._document, _EMBEDDED), 1):
            if count > MAX_EMBEDDED:
                break
            names = {
                part.instance: self._text(part)
                for part in self._records.children(record)
                if part.type == _STRING
            }
            name = names.get(3) or names.get(1) or names.get(2) or "object"
            self._report.remark(remarks.EMBEDDED, name=one_line(name))

    def _words(self, record: Record, slide: _Listed) -> tuple[str, list[Line]]:
        """The title, and the other words in the order of the shapes."""
        title = ""
        lines: list[Line] = []
        used: set[int] = set()
        for shape, text, reference in self._shapes(record, slide):
            used.add(reference)
            if shape in _TITLES and not title:
                title = one_line(text, 500)
            else:
                lines.extend(_lines(text))
        for at, (shape, text) in enumerate(slide.texts):
            if at not in used:  # of a shape that does not name its text
                if shape in _TITLES and not title:
                    title = one_line(text, 500)
                else:
                    lines.extend(_lines(text))
        return title, lines

    def _shapes(self, record: Record, slide: _Listed) -> Iterator[tuple[int, str, int]]:
        """Kind and text of each text box, and which text of the document's list it is."""
        for box in self._records.inside(record, _TEXT_BOX):
            shape = 4
            for part in self._records.children(box):
                if part.type == _HEADER:
                    shape = self._records.number(part, 0)
                elif part.type in {_WIDE, _NARROW}:
                    yield shape, self._text(part), -1
                elif part.type == _REFERENCE:
                    at = self._records.number(part, 0)
                    if at < len(slide.texts):
                        yield (*slide.texts[at], at)

    def _notes_of(self, record: Record) -> Iterator[Line]:
        facts = next((x for x in self._records.children(record) if x.type == _FACTS), None)
        identifier = self._records.number(facts, 16) if facts is not None else 0
        page = self._notes.get(identifier) if identifier else None
        if page is None:
            return
        try:
            notes = self._records.part(page.part)
        except Damaged:
            return
        if notes.type == _NOTE_PAGE:
            for shape, text, _ in self._shapes(notes, page):
                if shape == _NOTE_TEXT:
                    yield from _lines(text)

    def _comments(self, record: Record) -> Iterator[Line]:
        for tag in self._records.inside(record, _TAG):
            for comment in self._records.inside(tag, _COMMENT):
                words = {
                    part.instance: self._text(part)
                    for part in self._records.children(comment)
                    if part.type == _STRING
                }
                text = " ".join(words.get(1, "").split())
                by = f" by {one_line(words[0])}" if words.get(0, "").strip() else ""
                if text:
                    yield Line(f"Comment{by}: {text}")

    def _text(self, record: Record) -> str:
        raw = self._records.content(record)
        if record.type == _NARROW:
            return clean(raw.decode("latin-1").replace("\v", "\n"))
        return clean(raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace").replace("\v", "\n"))


def _lines(text: str) -> Iterator[Line]:
    """Paragraphs end with a carriage return."""
    for paragraph in text.replace("\r", "\n").split("\n"):
        if paragraph.strip():
            yield Line(paragraph.rstrip())
