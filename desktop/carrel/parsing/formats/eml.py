"""Mail: the header fields, the body, and attachments that are text themselves.

Other attachments are named, never opened. Must not know the parser's wire.
"""

import email
import email.errors
import email.policy
from collections.abc import Iterator
from email.message import Message
from pathlib import PurePath
from typing import Final

from carrel.domain.documents import UnitKind
from carrel.domain.errors import ParseError
from carrel.language.passages import Heading
from carrel.parsing import remarks
from carrel.parsing.charset import clean, decode
from carrel.parsing.errors import Damaged
from carrel.parsing.formats.base import DraftUnit, Report, Source, one_line
from carrel.parsing.formats.csv import CsvFormat
from carrel.parsing.formats.html import declared_charset, page_lines
from carrel.parsing.formats.sections import Line, sections
from carrel.parsing.formats.text import TextFormat, note_charset

MAX_DEPTH: Final = 4
"""Mails inside mails that are followed."""

MAX_PARTS: Final = 500
"""Parts of one mail; a real one has under 50."""

MAX_NAMED: Final = 50
"""Attachments named one by one in remarks."""

_FIELDS: Final = ("From", "To", "Cc", "Bcc", "Reply-To", "Date", "Subject")

_TEXT_KINDS: Final = {
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "text/markdown": "md",
    "text/html": "html",
}
_TABLE_SUFFIXES: Final = frozenset((".csv", ".tsv"))

_PARSE_TROUBLE: Final = (
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
    ArithmeticError,  # dates beyond the calendar
    email.errors.MessageError,
)
"""What the standard library's parser raises on fields and bodies that break the rules."""


class EmlFormat:
    """Internet mail (RFC 5322, MIME) by the standard library."""

    kinds = ("eml",)
    parser = "email"
    version = 1

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit]:
        """Header part, body sections, then text attachments and attached mails."""
        body = source.text_bytes().lstrip(b"\r\n \t")
        if body.startswith(b"From "):
            body = body.partition(b"\n")[2]  # the envelope line of Unix mail programs
        try:
            message = email.message_from_bytes(body, policy=email.policy.default)
        except _PARSE_TROUBLE as error:
            raise Damaged from error
        yield from _Mail(report).units(message, depth=0, name="")


class _Mail:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._named = 0
        self._parts = 0

    def units(self, message: Message, *, depth: int, name: str) -> Iterator[DraftUnit]:
        subject = one_line(_field(message, "Subject"))
        bodies, attachments = self._split(message)
        lines = [f"{field}: {value}" for field in _FIELDS if (value := _field(message, field))]
        names = [_name(part) for part in attachments]
        if names:
            lines.append("Attachments: " + "; ".join(names))
        label = subject or "Mail"
        if lines:
            yield DraftUnit(
                kind=UnitKind.MAIL_PART,
                label=f"Attachment {name}" if name else label,
                text="\n".join(lines),
                headings=(Heading(start=0, level=1, text=label),),
                heading_line=label,
            )
        for part in bodies:
            yield from self._body(part, label)
        for part, part_name in zip(attachments, names, strict=True):
            yield from self._attachment(part, part_name, depth)

    def _split(self, message: Message) -> tuple[list[Message], list[Message]]:
        """Parts shown as the mail's text, and parts attached; of alternatives the plain one."""
        bodies: list[Message] = []
        attachments: list[Message] = []
        pending = [message]
        while pending:
            part = pending.pop()
            self._parts += 1
            if self._parts > MAX_PARTS:
                self._report.remark(remarks.CUT_DOCUMENT)
                break
            kind = _type(part)
            if kind == "multipart/alternative":
                chosen = _alternative(_children(part))
                pending.extend([chosen] if chosen is not None else [])
            elif kind.startswith("multipart/"):
                pending.extend(reversed(_children(part)))
            elif _is_body(part, kind):
                bodies.append(part)
            else:
                attachments.append(part)
        return bodies, attachments

    def _body(self, part: Message, label: str) -> Iterator[DraftUnit]:
        text = self._text(part)
        if _type(part) == "text/html":
            lines: Iterator[Line] = page_lines(text)[1]
        else:
            lines = iter([Line(text)])
        yield from sections(lines, title=label, kind=UnitKind.MAIL_PART)

    def _attachment(self, part: Message, name: str, depth: int) -> Iterator[DraftUnit]:
        kind = _type(part)
        if kind == "message/rfc822" and depth < MAX_DEPTH:
            for inner in _children(part):
                yield from self.units(inner, depth=depth + 1, name=name)
            return
        if not kind.startswith("text/") or kind in {"text/rtf", "text/richtext", "text/calendar"}:
            if self._named < MAX_NAMED:
                self._report.remark(remarks.ATTACHMENT, name=name)
            self._named += 1
            return
        text_kind = _TEXT_KINDS.get(kind, "txt")
        if text_kind == "txt" and PurePath(name).suffix.lower() in _TABLE_SUFFIXES:
            text_kind = "csv"
        yield from self._text_attachment(self._text(part), name, text_kind)

    def _text_attachment(self, text: str, name: str, kind: str) -> Iterator[DraftUnit]:
        label = f"Attachment {name}"
        if kind == "html":
            yield from sections(page_lines(text)[1], title=label, kind=UnitKind.MAIL_PART)
            return
        reader = CsvFormat() if kind == "csv" else TextFormat()
        source = Source(body=text.encode("utf-8"), name=name, kind=kind)
        try:
            for unit in reader.units(source, Report()):
                yield DraftUnit(
                    kind=UnitKind.MAIL_PART,
                    label=f"{label}, {unit.label}",
                    text=unit.text,
                    headings=(Heading(start=0, level=1, text=label), *unit.headings),
                    heading_line=f"{label} {unit.heading_line}".strip(),
                )
        except ParseError:
            self._report.remark(remarks.ATTACHMENT, name=name)

    def _text(self, part: Message) -> str:
        try:
            payload = part.get_payload(decode=True)
            declared = part.get_content_charset()
        except _PARSE_TROUBLE:
            payload, declared = None, None
        if not isinstance(payload, bytes):
            self._report.remark(remarks.DAMAGED_PART, name=_name(part))
            return ""
        if declared in {None, "us-ascii"} and _type(part) == "text/html":
            declared = declared_charset(payload)
        decoded = decode(payload, declared=declared)
        note_charset(decoded, self._report)
        return decoded.text


def _children(part: Message) -> list[Message]:
    """The parts of a multipart or the mail inside an attached one; broken ones left out."""
    payload = part.get_payload()
    return (
        [child for child in payload if isinstance(child, Message)]
        if isinstance(payload, list)
        else []
    )


def _type(part: Message) -> str:
    """The content type, lower case; plain text where the field is beyond reading."""
    try:
        return part.get_content_type()
    except _PARSE_TROUBLE:
        return "text/plain"


def _is_body(part: Message, kind: str) -> bool:
    if kind not in {"text/plain", "text/html", "text/enriched"}:
        return False
    try:
        return part.get_content_disposition() != "attachment" and not part.get_filename()
    except _PARSE_TROUBLE:
        return True


def _alternative(
    children: list[Message],
) -> Message | None:
    """The plain text if it says anything, else the last (richest) part."""
    for part in children:
        if _type(part) == "text/plain" and not part.is_multipart():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes) and payload.strip():
                return part
    return children[-1] if children else None


def _field(message: Message, name: str) -> str:
    """A header field as text, however badly it was written."""
    try:
        values = [str(value) for value in message.get_all(name) or ()]
    except _PARSE_TROUBLE:
        values = [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]
    raw = "; ".join(values).encode("utf-8", "surrogateescape")
    return " ".join(clean(decode(raw).text).split())


def _name(part: Message) -> str:
    """What an attachment is called: its file name, or its type."""
    try:
        name = part.get_filename()
    except _PARSE_TROUBLE:
        name = None
    if not name and _type(part) == "message/rfc822":
        name = next((_field(inner, "Subject") for inner in _children(part)), None)
    raw = (name or _type(part)).encode("utf-8", "surrogateescape")
    return one_line(clean(decode(raw).text), 100) or "unnamed"
