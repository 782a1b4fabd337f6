"""Mails attached to a mail, byte by byte as they stand there.

The standard library's parser keeps no line ends and no blanks around fields, so what it would write
is not what was sent. Here the source is cut at the same boundaries; where the two ways disagree,
nothing is found, and the caller falls back to what the parser has. Must not know what mails say.
"""

import binascii
import email.policy
import quopri
import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Final

MAX_LEVELS: Final = 20
"""Multiparts inside one another that are gone into; real mails have four or five."""

ATTACHED: Final = "message/rfc822"

_NO_FIELDS: Final = re.compile(rb"\r?\n")
_FIELDS_END: Final = re.compile(rb"\n\r?\n")
_HEADERS: Final = BytesHeaderParser(policy=email.policy.compat32)


def attached_mails(body: bytes, message: Message) -> dict[int, bytes]:
    """The bytes of attached mails by the ``id`` of their part in the parsed message.

    Args:
        body: what the message was parsed from.
        message: as parsed; must live as long as the ids are used.
    """
    found: dict[int, bytes] = {}
    pending = [(message, 0, len(body), 0)]
    while pending:
        part, start, end, level = pending.pop()
        start = _content(body, start, end)
        children = _children(part)
        kind = part.get_content_type()
        if kind == ATTACHED:
            inner = body[start:end]
            unpacked = _unpacked(inner, part)
            if unpacked is not inner and _fields(unpacked):
                found[id(part)] = unpacked
            elif len(children) == 1 and _fields(inner) == children[0].keys():
                found[id(part)] = inner
        elif kind.startswith("multipart/") and level < MAX_LEVELS:
            places = list(_pieces(body, start, end, part.get_boundary() or ""))
            if len(places) == len(children):
                pending += [
                    (child, *place, level + 1)
                    for child, place in zip(children, places, strict=True)
                ]
    return found


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return (
        [child for child in payload if isinstance(child, Message)]
        if isinstance(payload, list)
        else []
    )


def _content(body: bytes, start: int, end: int) -> int:
    """Where the fields of a part are over."""
    found = _NO_FIELDS.match(body, start, end) or _FIELDS_END.search(body, start, end)
    return found.end() if found else end


def _pieces(body: bytes, start: int, end: int, boundary: str) -> Iterator[tuple[int, int]]:
    """Where the parts of a multipart begin and end, the line end before a boundary left out."""
    name = re.escape(boundary.encode("ascii", "surrogateescape"))
    lines = re.compile(rb"(?:(?<=\n)|\A)--" + name + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    begun = -1
    for found in lines.finditer(body, start, end):
        if begun >= 0:
            line_end = 2 if body[max(begun, found.start() - 2) : found.start()] == b"\r\n" else 1
            yield begun, max(begun, found.start() - line_end)
        begun = found.end()
        if found[1]:
            return
    if begun >= 0:
        yield begun, end


def _unpacked(body: bytes, part: Message) -> bytes:
    """The rules forbid to pack attached mails; some programs do it."""
    match str(part.get("Content-Transfer-Encoding", "")).strip().lower():
        case "base64":
            return binascii.a2b_base64(body)
        case "quoted-printable":
            return quopri.decodestring(body)
    return body


def _fields(mail: bytes) -> list[str]:
    return _HEADERS.parsebytes(mail).keys()
