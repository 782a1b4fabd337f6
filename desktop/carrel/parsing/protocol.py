"""Frames from the parser worker, checked on arrival. Nothing from a worker is used unchecked.

One `Check` follows one reading: it knows what has come so far, so that units,
passages and segments must add up. Must not know processes or formats.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from carrel.domain.documents import OutlineEntry, Property, Room, UnitKind
from carrel.domain.errors import ParseError, ProcessError, from_wire
from carrel.language.blocks import unpack_blocks
from carrel.language.cells import unpack_cells
from carrel.language.likeness import is_sketch
from carrel.language.passages import PassageSpan
from carrel.language.segment import Segment, SegmentError
from carrel.parsing import limits
from carrel.parsing.boxes import unpack_boxes
from carrel.parsing.paths import is_clean
from carrel.parsing.remarks import CODES, Remark
from carrel.parsing.values import ParsedUnit, RecognisedPage
from carrel.system.frames import Frame

_NEVER: Final = re.compile("[\x00\ud800-\udfff]")
"""NUL ends strings in C; surrogates cannot be stored as UTF-8."""

MAX_DESCRIPTIONS: Final = 2
"""One before the first unit, so that a killed child has described what it read, one at the end."""

_LANGUAGES: Final = re.compile(r"[A-Za-z0-9_/+-]{1,100}\Z")

_NAME: Final = re.compile(r"[a-z0-9_.-]{1,40}\Z")


class WrongFrame(ProcessError):
    """A frame that breaks the protocol: the worker is broken or hostile."""

    code = "process.protocol"
    sentence = "A helper process sent something that makes no sense ({cause})."
    remedy = "Try again; the rest of the program is not affected."


@dataclass(frozen=True, slots=True)
class Started:
    """What the document is and who reads it."""

    kind: str
    parser: str
    parser_version: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Units read so far, and in all (0 if unknown)."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class SegmentSent:
    """A posting segment over the passages since the last one."""

    body: bytes
    passages: int


@dataclass(frozen=True, slots=True)
class MemberStarted:
    """A document inside the document begins."""

    path: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of the member that began last."""

    body: bytes


@dataclass(frozen=True, slots=True)
class MemberEnded:
    """The member is through; one that is not whole is to be forgotten."""

    whole: bool


@dataclass(frozen=True, slots=True)
class Description:
    """What the document says of itself; a later one takes the place of an earlier one."""

    outline: tuple[OutlineEntry, ...]
    properties: tuple[Property, ...]
    sketch: bytes = b""


@dataclass(frozen=True, slots=True)
class Done:
    """The document was read to its end."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The worker gave up; the error is one of ours."""

    error: ParseError


Message = (
    Started
    | Progress
    | ParsedUnit
    | MemberStarted
    | Piece
    | MemberEnded
    | SegmentSent
    | Remark
    | Description
    | Done
    | Failed
)


@dataclass(slots=True)
class Check:
    """The state of one reading, for checks that need to know what came before.

    Attributes:
        uncovered: passages that no segment has covered yet; the next one must cover them all.
        room: what may come out of the document.
        member: bytes of the member under way; -1 when there is none.
        unpacked: bytes of all members.
        paths: of all members.
    """

    started: bool = False
    units: int = 0
    passages: int = 0
    characters: int = 0
    uncovered: int = 0
    remarks: int = 0
    descriptions: int = 0
    room: Room = limits.ALONE
    member: int = -1
    unpacked: int = 0
    paths: set[str] = field(default_factory=set)

    def message(self, untrusted_frame: Frame) -> Message:
        """The meaning of a frame.

        Raises:
            WrongFrame: a wrong type, size, range or order.
        """
        untrusted_event = untrusted_frame.get("event")
        if untrusted_event == "failed":
            return _failed(untrusted_frame)
        if untrusted_event == "started":
            _need(not self.started, "it started twice")
            self.started = True
            return _started(untrusted_frame)
        _need(self.started, "it did not say what it reads")
        if untrusted_event == "piece":
            return self._piece(untrusted_frame)
        if untrusted_event == "member_end":
            return self._member_end(untrusted_frame)
        _need(self.member < 0 or untrusted_event == "progress", "a member without its end")
        match untrusted_event:
            case "member":
                return self._member(untrusted_frame)
            case "progress":
                return Progress(
                    _whole(untrusted_frame, "done", limits.MAX_UNITS),
                    _whole(untrusted_frame, "total", limits.MAX_UNITS),
                )
            case "unit":
                return self._unit(untrusted_frame)
            case "segment":
                return self._segment(untrusted_frame)
            case "remark":
                return self._remark(untrusted_frame)
            case "description":
                return self._description(untrusted_frame)
            case "done":
                return self._done(untrusted_frame)
        raise WrongFrame(cause="an unknown event")

    def _unit(self, untrusted: Frame) -> ParsedUnit:
        _need(self.units < limits.MAX_UNITS, "too many units")
        text = _text(untrusted, "text", limits.MAX_UNIT_CHARACTERS)
        self.characters += len(text)
        _need(self.characters <= limits.MAX_DOCUMENT_CHARACTERS, "too much text")
        passages = _passages(untrusted.get("passages"), text)
        unit = ParsedUnit(
            kind=_kind(untrusted.get("kind")),
            number=self.units + 1,
            label=_text(untrusted, "label", limits.MAX_LABEL),
            text=text,
            width=_points(untrusted, "width"),
            height=_points(untrusted, "height"),
            char_boxes=_boxes(untrusted.get("boxes"), len(text)),
            passages=passages,
            cells=_cells(untrusted.get("cells"), len(text)),
            blocks=_blocks(untrusted.get("blocks"), len(text)),
        )
        self.units += 1
        self.passages += len(passages)
        self.uncovered += len(passages)
        _need(self.uncovered <= limits.MAX_SEGMENT_PASSAGES, "passages without postings")
        return unit

    def _member(self, untrusted: Frame) -> MemberStarted:
        path = _text(untrusted, "path", limits.MAX_PATH)
        _need(is_clean(path) and path not in self.paths, "a member with an unfit path")
        _need(self.room.depth > 0, "a member too deep")
        most = min(limits.MAX_MEMBERS, self.room.members)
        _need(len(self.paths) < most, "too many members")
        self.paths.add(path)
        self.member = 0
        return MemberStarted(path)

    def _piece(self, untrusted: Frame) -> Piece:
        untrusted_body = untrusted.get("body")
        if self.member < 0 or not isinstance(untrusted_body, bytes):
            raise WrongFrame(cause="a piece of no member")
        self.member += len(untrusted_body)
        self.unpacked += len(untrusted_body)
        _need(0 < len(untrusted_body) <= limits.MAX_PIECE_BYTES, "a piece of the wrong size")
        _need(self.member <= limits.MAX_MEMBER_BYTES, "too large a member")
        most = min(limits.MAX_UNPACKED_BYTES, self.room.size)
        _need(self.unpacked <= most, "too much in its members")
        return Piece(untrusted_body)

    def _member_end(self, untrusted: Frame) -> MemberEnded:
        untrusted_whole = untrusted.get("whole")
        if self.member < 0 or not isinstance(untrusted_whole, bool):
            raise WrongFrame(cause="the end of no member")
        _need(self.member > 0 or not untrusted_whole, "a member without bytes")
        self.member = -1
        return MemberEnded(untrusted_whole)

    def _segment(self, untrusted: Frame) -> SegmentSent:
        untrusted_body = untrusted.get("body")
        _need(
            isinstance(untrusted_body, bytes) and len(untrusted_body) <= limits.MAX_SEGMENT_BYTES,
            "a segment of the wrong size",
        )
        passages = _whole(untrusted, "passages", limits.MAX_SEGMENT_PASSAGES)
        _need(0 < passages == self.uncovered, "a segment over other passages")
        covered = _covered(bytes(untrusted_body or b""))
        _need(covered == passages, "a segment over other passages")
        self.uncovered = 0
        return SegmentSent(bytes(untrusted_body or b""), passages)

    def _remark(self, untrusted: Frame) -> Remark:
        self.remarks += 1
        _need(self.remarks <= limits.MAX_REMARKS, "too many remarks")
        untrusted_code = untrusted.get("code")
        _need(isinstance(untrusted_code, str) and untrusted_code in CODES, "an unknown remark")
        untrusted_numbers = untrusted.get("numbers")
        _need(
            isinstance(untrusted_numbers, list)
            and len(untrusted_numbers) <= limits.MAX_REMARK_NUMBERS,
            "remark numbers",
        )
        numbers: list[int] = []
        for untrusted_number in untrusted_numbers or ():
            _need(
                type(untrusted_number) is int
                and (numbers[-1] if numbers else 0) < untrusted_number <= limits.MAX_UNITS,
                "remark numbers",
            )
            numbers.append(untrusted_number)
        untrusted_name = _text(untrusted, "name", limits.MAX_REMARK_NAME)
        name = "".join(char if char.isprintable() else "·" for char in untrusted_name)
        return Remark(code=str(untrusted_code), numbers=tuple(numbers), name=name)

    def _description(self, untrusted: Frame) -> Description:
        self.descriptions += 1
        _need(self.descriptions <= MAX_DESCRIPTIONS, "too many descriptions")
        untrusted_sketch = untrusted.get("sketch")
        if not isinstance(untrusted_sketch, bytes) or not is_sketch(untrusted_sketch):
            raise WrongFrame(cause="a sketch of words that is none")
        outline, properties = untrusted.get("outline"), untrusted.get("properties")
        return Description(_outline(outline), _properties(properties), untrusted_sketch)

    def _done(self, untrusted: Frame) -> Done:
        _need(_whole(untrusted, "units", limits.MAX_UNITS) == self.units, "units went missing")
        _need(self.uncovered == 0, "passages without postings")
        return Done()


def recognised(untrusted_frame: Frame) -> RecognisedPage:
    """What a page gave, from the worker that recognises text.

    Raises:
        WrongFrame: a wrong type, size or range, or parts that do not fit each other.
    """
    _need(untrusted_frame.get("event") == "recognised", "an unknown event")
    text = _text(untrusted_frame, "text", limits.MAX_UNIT_CHARACTERS)
    languages = _text(untrusted_frame, "languages", limits.MAX_LANGUAGES_NAME)
    _need(bool(_LANGUAGES.match(languages)), "languages without a name")
    untrusted_confidences = untrusted_frame.get("confidences")
    if not isinstance(untrusted_confidences, bytes) or len(untrusted_confidences) != len(text):
        raise WrongFrame(cause="confidences that do not match the text")
    _need(max(untrusted_confidences, default=0) <= 100, "confidences beyond all measure")
    turned = _whole(untrusted_frame, "turned", 270)
    _need(turned % 90 == 0, "a page turned by no quarter")
    passages = _passages(untrusted_frame.get("passages"), text)
    untrusted_segment = untrusted_frame.get("segment")
    if (
        not isinstance(untrusted_segment, bytes)
        or len(untrusted_segment) > limits.MAX_SEGMENT_BYTES
        or bool(untrusted_segment) is not bool(passages)
    ):
        raise WrongFrame(cause="a segment of the wrong size")
    if untrusted_segment:
        _need(_covered(untrusted_segment) == len(passages), "a segment over other passages")
    return RecognisedPage(
        text=text,
        char_boxes=_boxes(untrusted_frame.get("boxes"), len(text)),
        confidences=untrusted_confidences,
        languages=languages,
        turned=turned,
        passages=passages,
        segment=untrusted_segment,
    )


def _covered(untrusted_segment: bytes) -> int:
    """Passages a posting segment covers."""
    try:
        return Segment.load(untrusted_segment).passages
    except SegmentError as error:
        raise WrongFrame(cause=error.fields.get("cause", "a broken segment")) from error


def _need(condition: bool, cause: str) -> None:  # noqa: FBT001 - reads like an assertion
    if not condition:
        raise WrongFrame(cause=cause)


def _whole(untrusted: Frame, name: str, most: int) -> int:
    untrusted_value = untrusted.get(name)
    if type(untrusted_value) is not int or not 0 <= untrusted_value <= most:
        raise WrongFrame(cause=f"“{name}” is out of range")
    return untrusted_value


def _points(untrusted: Frame, name: str) -> float:
    untrusted_value = untrusted.get(name)
    if isinstance(untrusted_value, bool) or not isinstance(untrusted_value, (float, int)):
        raise WrongFrame(cause=f"“{name}” is no number")
    if not 0.0 <= untrusted_value <= limits.MAX_PAGE_POINTS:  # NaN fails this, too
        raise WrongFrame(cause=f"“{name}” is out of range")
    return float(untrusted_value)


def _text(untrusted: Frame, name: str, most: int) -> str:
    untrusted_value = untrusted.get(name)
    if not isinstance(untrusted_value, str) or len(untrusted_value) > most:
        raise WrongFrame(cause=f"“{name}” is no text of a sensible length")
    if _NEVER.search(untrusted_value):
        raise WrongFrame(cause=f"“{name}” holds forbidden characters")
    return untrusted_value


def _kind(untrusted_kind: object) -> UnitKind:
    try:
        return UnitKind(str(untrusted_kind))
    except ValueError as error:
        raise WrongFrame(cause="an unknown kind of unit") from error


def _passages(untrusted_passages: object, text: str) -> tuple[PassageSpan, ...]:
    """Passages in order, inside the text, not overlapping, none of them blank at its ends."""
    if (
        not isinstance(untrusted_passages, list)
        or len(untrusted_passages) > limits.MAX_UNIT_PASSAGES
    ):
        raise WrongFrame(cause="the passages of a unit")
    passages: list[PassageSpan] = []
    last = 0
    for untrusted_passage in untrusted_passages:
        match untrusted_passage:
            case [int(start), int(end), str(heading)] if (
                type(start) is int
                and type(end) is int
                and last <= start < end <= len(text)
                and len(heading) <= limits.MAX_HEADING
                and not _NEVER.search(heading)
            ):
                passages.append(PassageSpan(start, end, heading))
                last = end
            case _:
                raise WrongFrame(cause="a passage outside its unit")
    return tuple(passages)


def _outline(untrusted_outline: object) -> tuple[OutlineEntry, ...]:
    if not isinstance(untrusted_outline, list) or len(untrusted_outline) > limits.MAX_OUTLINE:
        raise WrongFrame(cause="a table of contents of the wrong size")
    found: list[OutlineEntry] = []
    for untrusted_entry in untrusted_outline:
        match untrusted_entry:
            case [str(title), int(level), int(unit)] if (
                type(level) is int
                and type(unit) is int
                and len(title) <= limits.MAX_LABEL
                and not _NEVER.search(title)
                and 1 <= level <= limits.MAX_OUTLINE_LEVEL
                and 0 <= unit <= limits.MAX_UNITS
            ):
                found.append(OutlineEntry(title=title, level=level, unit=unit))
            case _:
                raise WrongFrame(cause="a line of a table of contents")
    return tuple(found)


def _properties(untrusted_properties: object) -> tuple[Property, ...]:
    if (
        not isinstance(untrusted_properties, list)
        or len(untrusted_properties) > limits.MAX_PROPERTIES
    ):
        raise WrongFrame(cause="the properties of a document")
    found: list[Property] = []
    for untrusted_property in untrusted_properties:
        match untrusted_property:
            case [str(name), str(value)] if (
                0 < len(name) <= limits.MAX_LABEL
                and len(value) <= limits.MAX_PROPERTY
                and not _NEVER.search(name + value)
            ):
                found.append(Property(name, value))
            case _:
                raise WrongFrame(cause="a property of a document")
    return tuple(found)


def _boxes(untrusted_boxes: object, characters: int) -> bytes:
    if not isinstance(untrusted_boxes, bytes):
        raise WrongFrame(cause="boxes are no bytes")
    if not untrusted_boxes:
        return b""
    _need(len(untrusted_boxes) <= characters * 17 + 1024, "boxes of the wrong size")
    try:
        boxes = unpack_boxes(untrusted_boxes, characters)
    except ValueError as error:
        raise WrongFrame(cause="boxes do not match the text") from error
    limit = limits.MAX_PAGE_POINTS
    # Comparisons with NaN are false: a box is either no number at all or inside the range.
    outside = (boxes > limit) | (boxes < -limit)
    _need(not bool(outside.any()), "boxes outside any page")
    return untrusted_boxes


def _blocks(untrusted_blocks: object, characters: int) -> bytes:
    if not isinstance(untrusted_blocks, bytes) or len(untrusted_blocks) > limits.MAX_BLOCKS_BYTES:
        raise WrongFrame(cause="blocks of the wrong size")
    try:
        unpack_blocks(untrusted_blocks, characters)
    except ValueError as error:
        raise WrongFrame(cause="blocks do not match the text") from error
    return untrusted_blocks


def _cells(untrusted_cells: object, characters: int) -> bytes:
    if not isinstance(untrusted_cells, bytes) or len(untrusted_cells) > limits.MAX_CELLS_BYTES:
        raise WrongFrame(cause="cells of the wrong size")
    if untrusted_cells:
        try:
            unpack_cells(untrusted_cells, characters)
        except ValueError as error:
            raise WrongFrame(cause="cells do not match the text") from error
    return untrusted_cells


def _started(untrusted: Frame) -> Started:
    untrusted_kind, untrusted_parser = untrusted.get("kind"), untrusted.get("parser")
    for untrusted_name in (untrusted_kind, untrusted_parser):
        _need(
            isinstance(untrusted_name, str) and bool(_NAME.match(untrusted_name)),
            "a kind or parser without a name",
        )
    return Started(
        str(untrusted_kind), str(untrusted_parser), _whole(untrusted, "parser_version", 1 << 30)
    )


def _failed(untrusted: Frame) -> Failed:
    error = from_wire(untrusted.get("code"), ParseError)
    if not isinstance(error, ParseError) or "{" in error.sentence:
        error = ParseError()
    return Failed(error)
