"""The parser process: reads one document, or draws pages of one PDF or picture, behind the lock.

Roles, by argument:

* ``read FD SIZE DEPTH MEMBERS BYTES NAME``: frames out only; ends when the document is read.
* ``preloaded FD…``: forks a parser for each document; see `carrel.parsing.preloaded`.
* ``render FD SIZE MEMORY_FD MEMORY_SIZE``: answers ``render`` frames until stdin closes.

Order of locking: system calls, then limits, then the imports of everything that
decodes, then the view of files, and only then the first byte of the document.
"""

from __future__ import annotations

import dataclasses
import mmap
import re
import sys
import time
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final

from carrel.domain.documents import OutlineEntry, Room, UnitKind
from carrel.domain.errors import LockError, ParseError
from carrel.parsing import confinement, limits, pictured, remarks
from carrel.parsing.errors import Damaged, EmptyFile, OutOfMemory
from carrel.parsing.preloaded import serve
from carrel.system.frames import Frame
from carrel.system.worker import Wire

if TYPE_CHECKING:
    from carrel.language.passages import Heading, PassageSpan
    from carrel.parsing.formats.base import DraftMember, DraftUnit
    from carrel.parsing.formats.pages import Draw

PROGRESS_SECONDS: Final = 0.1
"""Seconds between two progress frames; a progress bar needs no more."""

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")

EXIT_DONE: Final = 0
EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_NO_LOCK: Final = 3


def main(arguments: list[str]) -> int:
    """Run one role; see the module's docstring.

    Returns:
        0 done, 1 failed with a frame that says why, 2 wrong usage, 3 no lock.
    """
    role, numbers = (arguments[0], arguments[1:]) if arguments else ("", [])
    name = numbers.pop() if role == "read" and numbers else ""
    if {"read": 5, "render": 4, "preloaded": len(numbers)}.get(role) != len(numbers) or not all(
        number.isdecimal() for number in numbers
    ):
        sys.stderr.write(
            "worker parser: read FD SIZE DEPTH MEMBERS BYTES NAME | render FD SIZE FD SIZE"
            " | preloaded FD…\n"
        )
        return EXIT_USAGE
    known = list(map(int, numbers))
    fd, size, *rest = [0, limits.MAX_FORKED_BYTES] if role == "preloaded" else known
    try:
        _lock(size)
    except LockError as error:
        sys.stderr.write(f"{error}\n")
        Wire().send({"event": "failed", "code": error.code})
        return EXIT_NO_LOCK
    if role == "preloaded":
        return serve(known, _limit, _read)
    wire = Wire()
    if role == "read":
        room = Room(depth=rest[0], members=rest[1], size=rest[2])
        return _read(wire, confinement.mapped(fd, size), name, room)
    return _render(wire, fd, size, *rest)


_limit = confinement.limit


def _lock(size: int) -> None:
    """Everything off, in an order that leaves no gap.

    Raises:
        LockError: a part of it could not be installed.
    """
    confinement.lock_parser(size, _import_decoders)


def _import_decoders() -> None:
    """Load all that decodes: a library that loads late would fail behind the lock.

    Codecs load one by one at first use; the standard library stays readable for that.
    """
    import carrel.language.likeness
    import carrel.language.segment
    import carrel.parsing.formats
    import carrel.parsing.formats.pages
    import carrel.parsing.sniff  # noqa: F401


# ── reading ─────────────────────────────────────────────────────────────────


def _read(wire: Wire, body: memoryview, name: str, room: Room) -> int:
    try:
        _Reader(wire).read(body, name, room)
    except ParseError as error:
        code = error.code
    except MemoryError:
        code = OutOfMemory.code
    except Exception as error:  # noqa: BLE001 - the border: any bug of a decoder ends here
        # The kind and place only: a message could quote the document, and this goes to a log.
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        line = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
        sys.stderr.write(f"{type(error).__name__} at {line}\n")
        code = ParseError.code
    else:
        return EXIT_DONE
    wire.send({"event": "failed", "code": code})
    return EXIT_FAILED


class _Reader:
    """Turns draft units into frames, with their passages and posting segments."""

    def __init__(self, wire: Wire) -> None:
        from carrel.language.likeness import SketchBuilder
        from carrel.language.segment import SegmentBuilder
        from carrel.parsing.formats.base import Report

        self._wire = wire
        self._builder_of = SegmentBuilder
        self._builder = SegmentBuilder()
        self._sketch = SketchBuilder()
        self._report = Report()
        self._running: tuple[Heading, ...] = ()
        self._units = 0
        self._members = self._unpacked = 0
        self._room_is_full = False
        self._blank: list[int] = []
        self._contents: list[OutlineEntry] = []
        self._described: Frame = {}
        self._kind = ""
        self._characters = 0
        self._sealed_at = self._told_at = time.monotonic()
        self._seal_after = limits.FIRST_SEGMENT_SECONDS

    def read(self, body: memoryview, name: str, room: Room) -> None:
        """Read the document to its end.

        Raises:
            ParseError: it cannot be read (further).
        """
        from carrel.parsing.formats import FORMATS
        from carrel.parsing.formats.base import DraftMember, Source
        from carrel.parsing.sniff import sniff

        kind = self._kind = sniff(body, name)
        chosen = next(form for form in FORMATS if kind in form.kinds)
        self._wire.send(
            {
                "event": "started",
                "kind": kind,
                "parser": chosen.parser,
                "parser_version": chosen.version,
            }
        )
        try:
            source = Source(body=body, name=name, kind=kind, room=room)
            for draft in chosen.units(source, self._report):
                if not (self._units or self._members):
                    self._describe()
                if isinstance(draft, DraftMember):
                    self._member(draft, room)
                    continue
                if self._is_full(draft):
                    self._report.remark(remarks.CUT_DOCUMENT)
                    break
                self._unit(draft)
        except (ParseError, MemoryError):
            self._seal()  # what was read so far stays usable, and what was not is told
            self._describe()
            self._send_remarks()
            raise
        if not (self._units or self._members):
            raise EmptyFile
        self._seal()
        self._note_blank()
        if (
            self._units
            and not self._characters
            and not any((code, "") in self._report.remarks for code in pictured.CODES)
            and not any(code == remarks.PICTURES_INSIDE for code, _ in self._report.remarks)
        ):
            self._report.remark(remarks.NO_TEXT)
        self._describe()
        self._send_remarks()
        self._wire.send({"event": "done", "units": self._units})

    def _is_full(self, unit: DraftUnit) -> bool:
        most = limits.MAX_DOCUMENT_CHARACTERS
        return self._units >= limits.MAX_UNITS or self._characters + len(unit.text) > most

    def _unit(self, unit: DraftUnit) -> None:
        from carrel.language.passages import open_headings, split_passages
        from carrel.parsing.boxes import pack_boxes

        self._units += 1
        text = _storable(unit.text[: limits.MAX_UNIT_CHARACTERS])
        self._sketch.add(text)
        spans = split_passages(text, headings=unit.headings, running=self._running)
        if len(unit.text) > len(text) or len(spans) > limits.MAX_UNIT_PASSAGES:
            self._report.remark(remarks.CUT_UNITS, number=self._units)
            spans = spans[: limits.MAX_UNIT_PASSAGES]
        if len(self._builder) + len(spans) > limits.MAX_SEGMENT_PASSAGES:
            self._seal()
        self._wire.send(
            {
                "event": "unit",
                "kind": unit.kind.value,
                "label": _storable(unit.label[: limits.MAX_LABEL]),
                "text": text,
                "width": unit.width,
                "height": unit.height,
                "boxes": b"" if unit.boxes is None else pack_boxes(unit.boxes[: len(text)]),
                "cells": self._cells(unit, text),
                "blocks": _packed_blocks(unit, len(text)),
                "passages": [
                    [span.start, span.end, _storable(span.heading[: limits.MAX_HEADING])]
                    for span in spans
                ],
            }
        )
        self._post(text, spans, unit.heading_line)
        self._note_contents(unit)
        self._running = open_headings(self._running, unit.headings, len(text))
        self._characters += len(text)
        if not text.strip() and len(self._blank) < limits.MAX_REMARK_NUMBERS:
            self._blank.append(self._units)
        now = time.monotonic()
        if now - self._told_at > PROGRESS_SECONDS:
            self._told_at = now
            self._wire.send({"event": "progress", "done": self._units, "total": self._report.total})
        if now - self._sealed_at > self._seal_after:
            self._seal()
            self._seal_after = limits.SEGMENT_SECONDS

    def _note_contents(self, unit: DraftUnit) -> None:
        """Headings are the table of contents of a document without one of its own.

        Not those of pages: there they are guessed by their looks. Not the keys above lines of data.
        """
        if self._report.outline or not (
            unit.kind in {UnitKind.SECTION, UnitKind.SLIDE} or self._kind == "md"
        ):
            return
        found = [(heading.text, heading.level) for heading in unit.headings]
        if unit.kind is UnitKind.SLIDE:
            found = [(unit.label, 1)]
        self._contents += [
            OutlineEntry(title=title, level=level, unit=self._units)
            for title, level in found
            if title.strip()
        ]

    def _describe(self) -> None:
        """Send what the document says of itself, unless that was said already."""
        outline = (self._report.outline or self._contents)[: limits.MAX_OUTLINE]
        frame: Frame = {
            "event": "description",
            "outline": [
                [
                    _storable(" ".join(entry.title.split())[: limits.MAX_LABEL]),
                    min(entry.level, limits.MAX_OUTLINE_LEVEL),
                    entry.unit,
                ]
                for entry in outline
            ],
            "properties": [
                [_storable(name[: limits.MAX_LABEL]), _storable(value[: limits.MAX_PROPERTY])]
                for name, value in self._report.properties.items()
            ][: limits.MAX_PROPERTIES],
            "sketch": self._sketch.build(),
        }
        said = frame["outline"] or frame["properties"] or frame["sketch"]
        if said and frame != self._described:
            self._described = frame
            self._wire.send(frame)

    def _cells(self, unit: DraftUnit, text: str) -> bytes:
        """The cells of a sheet, packed; those beyond the text that was kept are gone with it."""
        from carrel.language.cells import MAX_PART_CELLS, pack_cells

        if unit.cells is None:
            return b""
        kept = tuple(cell for cell in unit.cells.cells if cell.end <= len(text))
        body = pack_cells(dataclasses.replace(unit.cells, cells=kept[:MAX_PART_CELLS]))
        if len(kept) <= MAX_PART_CELLS and len(body) <= limits.MAX_CELLS_BYTES:
            return body
        self._report.remark(remarks.NO_CELLS, number=self._units)
        return b""

    def _member(self, draft: DraftMember, room: Room) -> None:
        """Send a document inside the document; one that breaks off is taken back."""
        if self._members >= min(limits.MAX_MEMBERS, room.members) or self._room_is_full:
            if not self._room_is_full:
                self._remark_beyond(draft.path)
            return
        self._seal()  # a member that kills us takes nothing along that was read before
        self._members += 1
        self._wire.send({"event": "member", "path": draft.path})
        whole = True
        try:
            for piece in draft.pieces:
                self._unpacked += len(piece)
                if self._unpacked > min(limits.MAX_UNPACKED_BYTES, room.size):
                    self._remark_beyond(draft.path)
                    whole = False
                    break
                self._wire.send({"event": "piece", "body": piece})
        except ParseError:
            whole = False  # its format has remarked why
        self._wire.send({"event": "member_end", "whole": whole})
        now = time.monotonic()
        if now - self._told_at > PROGRESS_SECONDS:
            self._told_at = now
            done = min(self._members, limits.MAX_UNITS)
            self._wire.send({"event": "progress", "done": done, "total": self._report.total})

    def _remark_beyond(self, path: str) -> None:
        self._room_is_full = True
        self._report.remark(remarks.MEMBERS_BEYOND, name=path)

    def _note_blank(self) -> None:
        """Units without text belong into the ledger, unless something else says why."""
        said = {number for numbers in self._report.remarks.values() for number in numbers}
        for number in self._blank:
            if number not in said:
                self._report.remark(remarks.EMPTY_UNITS, number=number)

    def _post(self, text: str, spans: Sequence[PassageSpan], heading_line: str) -> None:
        """Count the terms of a unit's passages."""
        for index, span in enumerate(spans):
            self._builder.add(
                text=text[span.start : span.end],
                heading=span.heading,
                page_heading=heading_line,
                starts_unit=index == 0,
            )

    def _seal(self) -> None:
        """Send a posting segment over the passages sent since the last one."""
        self._sealed_at = time.monotonic()
        if passages := len(self._builder):
            body = self._builder.build()
            self._wire.send({"event": "segment", "body": body, "passages": passages})
            self._builder = self._builder_of()

    def _send_remarks(self) -> None:
        for (code, name), numbers in list(self._report.remarks.items())[: limits.MAX_REMARKS]:
            self._wire.send(
                {
                    "event": "remark",
                    "code": code,
                    "numbers": numbers[: limits.MAX_REMARK_NUMBERS],
                    "name": _storable(name[: limits.MAX_REMARK_NAME]),
                }
            )


def _packed_blocks(unit: DraftUnit, characters: int) -> bytes:
    """What the lines of a text are; of a page, a sheet or lines of data nothing is said."""
    from carrel.language.blocks import MAX_BLOCKS, pack_blocks

    kept = [block for block in unit.blocks if block.end <= characters]
    return pack_blocks(kept[:MAX_BLOCKS])


def _storable(text: str) -> str:
    """Text of the same length that can be UTF-8 and a C string."""
    return _UNSTORABLE.sub("\ufffd", text)


# ── rendering ───────────────────────────────────────────────────────────────


def _render(wire: Wire, fd: int, size: int, memory_fd: int, memory_size: int) -> int:
    from carrel.parsing.formats.pages import opened

    memory = mmap.mmap(memory_fd, memory_size)
    while True:
        # A document that cannot be opened fails each request anew, so that each gets an answer.
        first = wire.receive()
        try:
            with opened(confinement.mapped(fd, size)) as draw:
                for frame in chain([first], iter(wire.receive, None)):
                    wire.send(_drawn(draw, frame, memory))
        except ParseError as error:
            wire.send({"event": "failed", "code": error.code})


def _drawn(draw: Draw, frame: Frame, memory: mmap.mmap) -> Frame:
    """The answer to one request."""
    page, scale = frame.get("page"), frame.get("scale")
    try:
        if type(page) is not int or type(scale) is not float or not scale > 0:
            raise Damaged
        width, height = draw(page, scale, memory)
    except ParseError as error:
        return {"event": "failed", "code": error.code}
    except MemoryError:
        return {"event": "failed", "code": OutOfMemory.code}
    return {"event": "rendered", "width": width, "height": height}
