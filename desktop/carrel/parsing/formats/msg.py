"""Outlook messages ([MS-OXMSG]): fields, body and attached messages; attachments are members.

Must not know how compound files, rich text and web pages are built.
"""

import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from carrel.domain.documents import OTHER_FIELDS, UnitKind
from carrel.domain.errors import ParseError
from carrel.language.passages import Heading
from carrel.parsing import limits, remarks
from carrel.parsing.charset import clean, decode
from carrel.parsing.errors import NoText
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source, one_line
from carrel.parsing.formats.compound import Compound
from carrel.parsing.formats.html import declared_charset, page_lines
from carrel.parsing.formats.members import Gathering
from carrel.parsing.formats.rtf import RtfFormat
from carrel.parsing.formats.rtf_packed import unpacked
from carrel.parsing.formats.sections import Line, field_line, sections, whole

MAX_DEPTH: Final = 4
"""Messages inside messages that are followed."""

MAX_ATTACHMENTS: Final = 500
"""Attachments of one message; a real one has under 50."""

MAX_PEOPLE: Final = 2_000
"""Recipients listed."""

HEADER_CHARACTERS: Final = 200_000
"""Code points of the header a message came with."""

_HEADERS: Final = "007D"
_SUBJECT, _BODY, _HTML, _RTF = "0037", "1000", "1013", "1009"
_SENDER, _SENDER_ADDRESS, _SENDER_SMTP = "0C1A", "0C1F", "5D01"
_SENT, _DELIVERED, _CODE_PAGE, _INTERNET_CODE_PAGE = 0x0039, 0x0E06, 0x3FFD, 0x3FDE
_NAME, _ADDRESS, _SMTP, _KIND = "3001", "3003", "39FE", 0x0C15
_LONG_NAME, _SHORT_NAME = "3707", "3704"
_PROPERTIES: Final = {"Subject": "Title", "From": "Author", "Date": "Created"}
_FIELDS: Final = {1: "To", 2: "Cc", 3: "Bcc"}
_SHOWN: Final = {"To": "0E04", "Cc": "0E03", "Bcc": "0E02"}
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)


class MsgFormat:
    """MSG."""

    kinds = ("msg",)
    parser = "msg"
    version = 2

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """Header part, body sections, then attached messages, and attachments as members."""
        found = False
        for unit in _Outlook(source, report).units("", depth=0, name=""):
            found = True
            yield unit
        if not found:
            raise NoText


class _Outlook:
    def __init__(self, source: Source, report: Report) -> None:
        self._file = Compound(source.body)
        self._report = report
        self._names = self._file.names()
        self._opens = source.room.depth > 0
        self._gathering = Gathering(source, report)

    def units(self, folder: str, *, depth: int, name: str) -> Iterator[DraftUnit | DraftMember]:
        """The units of the message in one storage."""
        fixed = self._fixed(folder, 24 if depth else 32)
        charset = _charset(fixed)
        subject = one_line(self._text(folder, _SUBJECT, charset))
        lines = list(self._header(folder, fixed, charset))
        if not depth:
            for line in lines:
                field, _, value = line.partition(": ")
                if field in _PROPERTIES:
                    self._report.describe(_PROPERTIES[field], value)
        attachments = list(self._attachments(folder, charset))
        if attachments:
            lines.append("Attachments: " + "; ".join(label for _, label in attachments))
        label = subject or "Mail"
        if lines:
            shown = f"Attachment {name}" if name else label
            head = whole(map(field_line, lines), label=shown, kind=UnitKind.MAIL_PART)
            above = (Heading(start=0, level=1, text=label),)
            yield replace(head, headings=above, heading_line=label)
        for unit in self._body(folder, charset, label):
            yield replace(unit, kind=UnitKind.MAIL_PART)
        yield from self._other_fields(folder, charset)
        for storage, shown in attachments:
            inner = f"{storage}__substg1.0_3701000D/"
            if depth < MAX_DEPTH and any(path.startswith(inner) for path in self._names):
                yield from self.units(inner, depth=depth + 1, name=shown)
                continue
            yield from self._member(storage, shown)

    def _other_fields(self, folder: str, charset: str) -> Iterator[DraftUnit]:
        """The header the mail came with, as servers wrote it; drafts have none."""
        text = self._text(folder, _HEADERS, charset)[:HEADER_CHARACTERS].strip()
        if text:
            unit = whole([field_line(text, rank=2)], label=OTHER_FIELDS, kind=UnitKind.MAIL_PART)
            yield replace(unit, headings=(Heading(start=0, level=2, text=OTHER_FIELDS),))

    def _member(self, storage: str, name: str) -> Iterator[DraftMember]:
        """An attachment as a document of its own; an embedded object has no bytes to give."""
        if not self._opens:
            self._report.remark(remarks.NOT_OPENED)
            return
        body = self._file.stream(f"{storage}__substg1.0_37010102")
        if body is None:
            self._report.remark(remarks.EMBEDDED, name=name)
            return
        yield from self._gathering.member(
            name.replace("/", "_"), size=len(body), packed=0, open_=partial(_pieces, body)
        )

    def _text(self, folder: str, tag: str, charset: str) -> str:
        """A property of letters, in Unicode or in the code page of the message."""
        wide = self._file.stream(f"{folder}__substg1.0_{tag}001F")
        if wide is not None:
            return clean(wide.decode("utf-16-le", "replace")).strip("\n")
        narrow = self._file.stream(f"{folder}__substg1.0_{tag}001E")
        return clean(narrow.decode(charset, "replace")).strip("\n") if narrow else ""

    def _fixed(self, folder: str, head: int) -> dict[int, bytes]:
        """The properties of eight bytes, by number."""
        body = self._file.stream(f"{folder}__properties_version1.0") or b""
        found: dict[int, bytes] = {}
        for at in range(head, len(body) - 15, 16):
            _, number, _, value = struct.unpack_from("<HHI8s", body, at)
            found[number] = value
        return found

    def _header(self, folder: str, fixed: dict[int, bytes], charset: str) -> Iterator[str]:
        address = self._text(folder, _SENDER_SMTP, charset)
        address = address or self._text(folder, _SENDER_ADDRESS, charset)
        sender = _person(self._text(folder, _SENDER, charset), address)
        if sender:
            yield f"From: {sender}"
        people = self._people(folder, charset)
        for field, tag in _SHOWN.items():
            words = "; ".join(people.get(field, ())) or self._text(folder, tag, charset)
            if words.strip():
                yield f"{field}: {one_line(words, 20_000)}"
        sent = _time(fixed.get(_SENT) or fixed.get(_DELIVERED))
        if sent:
            yield f"Date: {sent}"
        subject = one_line(self._text(folder, _SUBJECT, charset), 1_000)
        if subject:
            yield f"Subject: {subject}"

    def _people(self, folder: str, charset: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for storage in self._storages(folder, "__recip_version1.0_")[:MAX_PEOPLE]:
            kind = self._fixed(storage, 8).get(_KIND, b"\1\0\0\0")
            field = _FIELDS.get(int.from_bytes(kind[:4], "little") & 0xF, "To")
            address = self._text(storage, _SMTP, charset) or self._text(storage, _ADDRESS, charset)
            person = _person(self._text(storage, _NAME, charset), address)
            if person:
                found.setdefault(field, []).append(person)
        return found

    def _storages(self, folder: str, start: str) -> list[str]:
        """The storages directly inside one, in order of their numbers."""
        at = len(folder)
        names = {
            path[: path.index("/", at) + 1]
            for path in self._names
            if path.startswith(folder + start) and "/" in path[at:]
        }
        return sorted(names)

    def _attachments(self, folder: str, charset: str) -> Iterator[tuple[str, str]]:
        storages = self._storages(folder, "__attach_version1.0_")
        if len(storages) > MAX_ATTACHMENTS:
            self._report.remark(remarks.CUT_DOCUMENT)
        for storage in storages[:MAX_ATTACHMENTS]:
            names = (self._text(storage, tag, charset) for tag in (_LONG_NAME, _SHORT_NAME, _NAME))
            yield storage, one_line(next((x for x in names if x.strip()), ""), 100) or "unnamed"

    def _body(self, folder: str, charset: str, label: str) -> Iterator[DraftUnit]:
        """The plain text if there is any, else the page, else the rich text."""
        text = self._text(folder, _BODY, charset)
        if text.strip():
            yield from sections([Line(text)], title=label)
            return
        page = self._file.stream(f"{folder}__substg1.0_{_HTML}0102")
        html = decode(page, declared=declared_charset(page) or charset).text if page else ""
        html = html or self._text(folder, _HTML, charset)
        if html.strip():
            yield from sections(page_lines(html, self._report)[1], title=label)
            return
        packed = self._file.stream(f"{folder}__substg1.0_{_RTF}0102")
        rich = unpacked(packed) if packed else b""
        if rich:
            try:
                for unit in RtfFormat().units(Source(body=rich, name="", kind="rtf"), Report()):
                    if isinstance(unit, DraftUnit):  # its pictures are attached, too
                        yield replace(unit, label=unit.label or label)
            except ParseError:
                self._report.remark(remarks.DAMAGED_PART, name="body")


def _pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), limits.MAX_PIECE_BYTES):
        yield body[start : start + limits.MAX_PIECE_BYTES]


def _person(name: str, address: str) -> str:
    name, address = one_line(name, 200), one_line(address, 200)
    if "@" not in address:
        return name or address  # addresses of Exchange say nothing to a reader
    return f"{name} <{address}>" if name and name.strip("'") != address else address


def _time(value: bytes | None) -> str:
    if not value:
        return ""
    try:
        moment = _EPOCH + timedelta(microseconds=int.from_bytes(value, "little") // 10)
    except OverflowError:
        return ""
    return moment.strftime("%a, %d %b %Y %H:%M:%S +0000")


def _charset(fixed: dict[int, bytes]) -> str:
    for number in (_CODE_PAGE, _INTERNET_CODE_PAGE):
        value = int.from_bytes(fixed.get(number, b"\0")[:4], "little")
        name = {65001: "utf-8", 20127: "cp1252", 28591: "cp1252", 1200: "utf-16-le"}.get(value)
        try:
            "".encode(name or f"cp{value}")
        except LookupError:
            continue
        return name or f"cp{value}"
    return "cp1252"
