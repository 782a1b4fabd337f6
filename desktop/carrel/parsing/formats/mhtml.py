"""Saved web pages (MHTML, RFC 2557): the page and its frames, and where it was saved from.

Nothing the page refers to is fetched; scripts are passed over.
Must not know mail.
"""

import email
import email.errors
import email.header
import email.policy
from collections.abc import Callable, Iterator
from email.message import Message
from functools import partial
from typing import Final

from carrel.parsing import remarks
from carrel.parsing.charset import clean, decode
from carrel.parsing.errors import Damaged, NoText
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source, one_line
from carrel.parsing.formats.html import add_written, declared_charset, page_lines
from carrel.parsing.formats.inner_pictures import InnerPictures
from carrel.parsing.formats.opc import property_units
from carrel.parsing.formats.sections import Line, sections
from carrel.parsing.formats.text import note_charset

MAX_PARTS: Final = 5_000
"""Parts of one page; each picture and script is one."""

_PROPERTIES: Final = {
    "Subject": "Title",
    "Snapshot-Content-Location": "Saved from",
    "Content-Location": "Saved from",
    "Date": "Saved",
}
_PAGES: Final = frozenset(("text/html", "application/xhtml+xml"))


class MhtmlFormat:
    """MHT and MHTML, as browsers save them."""

    kinds = ("mhtml",)
    parser = "mhtml"
    version = 2

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """The sections of the page, then of its frames, then the pictures saved with it."""
        try:
            message = email.message_from_bytes(
                source.text_bytes().lstrip(b"\r\n \t"), policy=email.policy.compat32
            )
            parts = _parts(message)
        except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise Damaged from error
        if len(parts) > MAX_PARTS:
            report.remark(remarks.CUT_DOCUMENT)
        found = False
        pictures = InnerPictures(source, report)
        for at, part in enumerate(parts[:MAX_PARTS]):
            if _kind(part).startswith("image/"):
                pictures.add(f"part {at}", partial(_payload, part))
            if _kind(part) not in _PAGES:
                continue
            title, lines = _page(part, report, partial(add_written, pictures))
            for unit in sections(lines, title=title):
                found = True
                yield unit
        if found:
            yield from property_units(_properties(message), report)
        yield from pictures.members()
        if not (found or pictures.taken):
            raise NoText


def _parts(message: Message) -> list[Message]:
    found: list[Message] = []
    pending = [message]
    while pending and len(found) <= MAX_PARTS:
        part = pending.pop()
        found.append(part)
        payload = part.get_payload()
        if isinstance(payload, list):
            pending.extend(child for child in reversed(payload) if isinstance(child, Message))
    return found


def _kind(part: Message) -> str:
    try:
        return part.get_content_type()
    except (LookupError, ValueError, TypeError, AttributeError):
        return ""


def _payload(part: Message) -> bytes | None:
    try:
        payload = part.get_payload(decode=True)
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError):
        return None
    return payload if isinstance(payload, bytes) else None


def _page(part: Message, report: Report, see: Callable[[str], None]) -> tuple[str, Iterator[Line]]:
    try:
        payload, declared = _payload(part), part.get_content_charset()
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError):
        payload, declared = None, None
    if payload is None:
        report.remark(remarks.DAMAGED_PART, name=_kind(part))
        return "", iter(())
    decoded = decode(payload, declared=declared or declared_charset(payload))
    note_charset(decoded, report)
    return page_lines(decoded.text, report, see)


def _properties(message: Message) -> Iterator[Line]:
    """What the browser wrote down when it saved the page."""
    found: dict[str, str] = {}
    for field, words in _PROPERTIES.items():
        try:
            value = str(email.header.make_header(email.header.decode_header(message[field] or "")))
        except (LookupError, ValueError, TypeError, email.errors.MessageError):
            value = str(message[field])
        value = one_line(clean(value), 1_000)
        if value:
            found.setdefault(words, value)
    yield from (Line(f"{words}: {value}") for words, value in found.items())
