"""Mail: the header fields and the body; attachments are documents of their own.

Attached mails too. Must not know the parser's wire.
"""

import email
import email.errors
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message
from functools import lru_cache, partial
from typing import Any, Final

from carrel.domain.documents import OTHER_FIELDS, UnitKind
from carrel.language.passages import Heading
from carrel.parsing import limits, remarks
from carrel.parsing.charset import clean, decode
from carrel.parsing.errors import Damaged
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source, one_line
from carrel.parsing.formats.html import declared_charset, page_lines
from carrel.parsing.formats.mail_parts import ATTACHED, attached_mails
from carrel.parsing.formats.members import Gathering
from carrel.parsing.formats.sections import Line, field_line, sections, whole
from carrel.parsing.formats.text import note_charset
from carrel.parsing.pictures import pixels

MAX_PARTS: Final = 500
"""Parts of one mail; a real one has under 50."""

_FIELDS: Final = ("From", "To", "Cc", "Bcc", "Reply-To", "Date", "Subject")

MIN_PICTURE_PIXELS: Final = 40_000
"""Pixels of a picture in the text below which it is a logo or a smiley: 200 x 200."""

MAX_FIELDS: Final = 500
"""Header fields that are read; each server on the way adds some five."""

MAX_FIELD_BYTES: Final = 60_000
"""Bytes of one header field that are parsed; a list of 1,000 recipients has as many."""

FIELD_CHARACTERS: Final = 2_000
"""Code points of one of them; signatures of servers are long."""

_PROPERTIES: Final = {"Subject": "Title", "From": "Author", "Date": "Created"}

_TOLD: Final = frozenset(
    (
        *(field.lower() for field in _FIELDS),
        *("mime-version", "content-type", "content-transfer-encoding"),
    )
)
"""Fields that stand in the first unit, and those that only say how the mail is packed."""

_SUFFIXES: Final = {
    ATTACHED: ".eml",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "text/markdown": ".md",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/calendar": ".ics",
    "message/delivery-status": ".txt",
}
"""For attachments whose name does not tell their kind, of those where the bytes do not either."""

_SIGNATURES: Final = frozenset(
    (
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    )
)
_SEALED: Final = frozenset(
    ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")
)

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


class _Policy(email.policy.EmailPolicy):
    """The standard rules, but no field is parsed beyond a length, nor twice: it takes long."""

    def header_fetch_parse(self, name: str, value: str) -> Any:  # noqa: ANN401 - as its parent
        return _parsed_field(name, value[:MAX_FIELD_BYTES])


_POLICY: Final = _Policy()


@lru_cache(MAX_PARTS)
def _parsed_field(name: str, value: str) -> Any:  # noqa: ANN401
    return email.policy.default.header_fetch_parse(name, value)


class EmlFormat:
    """Internet mail (RFC 5322, MIME) by the standard library."""

    kinds = ("eml",)
    parser = "email"
    version = 3

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """Header part and body sections, then the attachments."""
        body = source.text_bytes().lstrip(b"\r\n \t")
        if body.startswith(b"From "):
            body = body.partition(b"\n")[2]  # the envelope line of Unix mail programs
        try:
            message = email.message_from_bytes(body, policy=_POLICY)
        except _PARSE_TROUBLE as error:
            raise Damaged from error
        yield from _Mail(source, report, body).units(message)


class _Mail:
    def __init__(self, source: Source, report: Report, body: bytes) -> None:
        self._source = source
        self._report = report
        self._whole = body
        self._parts = 0

    def units(self, message: Message) -> Iterator[DraftUnit | DraftMember]:
        if any(len(raw) > MAX_FIELD_BYTES for _, raw in message.raw_items()):
            self._report.remark(remarks.CUT_UNITS, number=1)
        subject = one_line(_field(message, "Subject"))
        bodies, attachments = self._split(message)
        lines = [f"{field}: {value}" for field in _FIELDS if (value := _field(message, field))]
        for field, words in _PROPERTIES.items():
            self._report.describe(words, _field(message, field))
        names = [_name(part) for part in attachments]
        if names:
            lines.append("Attachments: " + "; ".join(names))
        label = subject or "Mail"
        if lines:
            head = whole(map(field_line, lines), label=label, kind=UnitKind.MAIL_PART)
            yield replace(head, headings=(Heading(start=0, level=1, text=label),))
        for part in bodies:
            yield from self._body(part, label)
        yield from self._other_fields(message)
        if attachments and self._source.room.depth <= 0:
            self._report.remark(remarks.NOT_OPENED)
        elif attachments:
            gathering = Gathering(self._source, self._report)
            mails = self._mails(message, attachments)
            for part, name in zip(attachments, names, strict=True):
                yield from self._attachment(part, name, gathering, mails.get(id(part)))

    def _other_fields(self, message: Message) -> Iterator[DraftUnit]:
        """The ways the mail took, and what programs wrote into it."""
        lines: list[Line] = []
        for name, raw in list(message.raw_items())[:MAX_FIELDS]:
            if name.lower() not in _TOLD:
                value = _value(message, name, raw)
                words = f"{one_line(clean(name), 100)}: {value[:FIELD_CHARACTERS]}"
                lines.append(field_line(words, rank=2))
        if lines:
            unit = whole(lines, label=OTHER_FIELDS, kind=UnitKind.MAIL_PART)
            yield replace(unit, headings=(Heading(start=0, level=2, text=OTHER_FIELDS),))

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
            lines: Iterator[Line] = page_lines(text, self._report)[1]
        else:
            lines = iter([Line(text)])
        yield from sections(lines, title=label, kind=UnitKind.MAIL_PART)

    def _mails(self, message: Message, attachments: list[Message]) -> dict[int, bytes]:
        """Attached mails as they stand in the source, where they are found there."""
        if not any(_type(part) == ATTACHED for part in attachments):
            return {}
        try:
            return attached_mails(self._whole, message)
        except _PARSE_TROUBLE:
            return {}

    def _attachment(
        self, part: Message, name: str, gathering: Gathering, mail: bytes | None
    ) -> Iterator[DraftMember]:
        kind = _type(part)
        if kind in _SIGNATURES:
            self._report.remark(remarks.SIGNATURE)
        elif kind in _SEALED:
            self._report.remark(remarks.SEALED_MAIL)
        else:
            body = _bytes(part, kind) if mail is None else mail
            if body is None:
                self._report.remark(remarks.DAMAGED_PART, name=name)
                return
            if _is_inline_picture(part, kind) and pixels(body) < MIN_PICTURE_PIXELS:
                self._report.remark(remarks.INLINE_PICTURE, name=name)
                return
            suffix = _SUFFIXES.get(kind, "")
            bare = "." not in name or kind == ATTACHED
            if bare and not name.lower().endswith(suffix):
                name += suffix
            yield from gathering.member(
                name.replace("/", "_"), size=len(body), packed=0, open_=partial(_pieces, body)
            )

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


def _bytes(part: Message, kind: str) -> bytes | None:
    """An attachment's bytes, unpacked from their transfer encoding; None if that fails."""
    try:
        if kind == ATTACHED:
            # Not found in the source: no header is folded anew, but line ends become line feeds.
            inner = next(iter(_children(part)), None)
            policy = email.policy.compat32.clone(max_line_length=None, linesep="\n")
            return inner.as_bytes(policy=policy) if inner is not None else None
        if kind.startswith("message/") and part.is_multipart():
            return b"\n".join(inner.as_bytes() for inner in _children(part))  # a delivery report
        payload = part.get_payload(decode=True)
    except _PARSE_TROUBLE:
        return None
    return payload if isinstance(payload, bytes) else None


def _pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), limits.MAX_PIECE_BYTES):
        yield body[start : start + limits.MAX_PIECE_BYTES]


def _is_inline_picture(part: Message, kind: str) -> bool:
    """A logo or a picture that the text shows, rather than something attached."""
    try:
        attached = part.get_content_disposition() == "attachment"
    except _PARSE_TROUBLE:
        attached = True
    return kind.startswith("image/") and not attached and "Content-ID" in part


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


def _value(message: Message, name: str, raw: str) -> str:
    try:
        value = str(message.policy.header_fetch_parse(name, raw))
    except _PARSE_TROUBLE:
        value = str(raw)
    found = decode(value.encode("utf-8", "surrogateescape")).text
    return " ".join(clean(found).split())


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
    if not name and _type(part) == ATTACHED:
        name = next((_field(inner, "Subject") for inner in _children(part)), None)
    raw = (name or _type(part)).encode("utf-8", "surrogateescape")
    return one_line(clean(decode(raw).text), 100) or "unnamed"
