"""Mailboxes: one unit per message, with its fields above its words; attachments follow it.

Unix mailboxes (RFC 4155) of any length, cut at the lines that begin a message.
Must not know how one message is read.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from carrel.domain.errors import ParseError
from carrel.parsing import remarks
from carrel.parsing.errors import NoText
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source, one_line
from carrel.parsing.formats.eml import EmlFormat
from carrel.parsing.limits import MAX_TEXT_BYTES
from carrel.parsing.paths import clean_path

MERGED_CHARACTERS: Final = 100_000
"""Code points up to which the parts of a message become one unit; a long mail has 20,000."""

MAX_NAMED: Final = 20
"""Unreadable messages named one by one."""

_BEGIN: Final = re.compile(rb"(?:\A|\n\r?\n)(From \S+[ \t][^\n]*\d\d:\d\d[^\n]*\n)")
_QUOTED: Final = re.compile(rb"^>(>*From )", re.M)
"""Lines of a message that would look like the start of another are stored so."""


class MboxFormat:
    """MBOX."""

    kinds = ("mbox",)
    parser = "mbox"
    version = 2

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """The messages in the order of the file."""
        starts = [found.start(1) for found in _BEGIN.finditer(source.body)]
        report.total = len(starts)
        found = False
        for number, start in enumerate(starts, 1):
            end = starts[number] if number < len(starts) else len(source.body)
            body = _QUOTED.sub(rb"\1", bytes(source.body[start : min(end, start + MAX_TEXT_BYTES)]))
            if end - start > MAX_TEXT_BYTES:
                report.remark(remarks.DAMAGED_PART, name=f"message {number}")
            try:
                for unit in _message(replace(source, body=body, kind="eml"), number, report):
                    found = True
                    yield unit
            except ParseError:
                if number <= MAX_NAMED:
                    report.remark(remarks.DAMAGED_PART, name=f"message {number}")
        if not found:
            raise NoText


def _message(source: Source, number: int, report: Report) -> Iterator[DraftUnit | DraftMember]:
    """The fields and words of a message as one unit, then its attachments."""
    whole: DraftUnit | None = None
    for unit in EmlFormat().units(source, report):
        if isinstance(unit, DraftMember):
            if whole is not None:
                yield whole
                whole = None
            yield replace(unit, path=clean_path(f"{number}/{unit.path}").path)
            continue
        named = replace(unit, label=one_line(f"{number}. {unit.label}"))
        if whole is not None and len(whole.text) + len(unit.text) < MERGED_CHARACTERS:
            whole = _joined(whole, unit)
            continue
        if whole is not None:
            yield whole
        whole = named
    if whole is not None:
        yield whole


def _joined(first: DraftUnit, second: DraftUnit) -> DraftUnit:
    at = len(first.text) + 2
    headings = (replace(heading, start=heading.start + at) for heading in second.headings)
    blocks = (block._replace(start=block.start + at, end=block.end + at) for block in second.blocks)
    return replace(
        first,
        text=f"{first.text}\n\n{second.text}",
        headings=(*first.headings, *headings),
        blocks=(*first.blocks, *blocks),
    )
