"""Outlook's mail stores (PST, OST) by libpff: each mail is a member, written as Internet mail.

What a mail came with stays: its header where a server wrote one, its text, page and rich text, and
its attachments. The same mail gives the same bytes each time. Must not know how mails are read.
"""

import base64
import email.header
import re
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import pypff

from carrel.domain.errors import ParseError
from carrel.parsing import limits, remarks
from carrel.parsing.errors import Damaged, TooLarge
from carrel.parsing.formats.base import DraftMember, Report, Source, one_line
from carrel.parsing.formats.mapped import MappedFile
from carrel.parsing.formats.members import Gathering

MAX_FOLDERS: Final = 20_000
"""Folders gone through; a tidy person has some hundred."""

MAX_DEPTH: Final = 32
"""Folders inside one another."""

MAX_ATTACHMENTS: Final = 500
"""Attachments of one mail; a real one has under 50."""

READ_BYTES: Final = 1024 * 1024
"""Bytes of an attachment read at a time."""

NAME_CHARACTERS: Final = 80
"""Code points of a subject used as a file's name."""

Thing = Any
"""Of libpff, which has no types."""

_CLASS, _SUBJECT, _HEADER = 0x001A, 0x0037, 0x007D
_SENDER, _SENDER_ADDRESS, _SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
_TO, _CC, _BCC = 0x0E04, 0x0E03, 0x0E02
_NAME, _LONG_NAME, _SHORT_NAME, _KIND_OF_ATTACHMENT = 0x3001, 0x3707, 0x3704, 0x3705
_BY_VALUE: Final = 1
_CONTACT: Final = {
    0x3001: "Name", 0x3A16: "Company", 0x3A17: "Title", 0x3A08: "Telephone (office)",
    0x3A1C: "Telephone (mobile)", 0x3A09: "Telephone (home)", 0x3A15: "Address",
}  # fmt: skip

_OWN_FIELD: Final = re.compile(
    r"^(?:content-[^\s:]*|mime-version):[^\n]*\n(?:[ \t][^\n]*\n)*", re.I | re.M
)
"""How the mail was packed on its way; it is packed anew."""

_BROKEN: Final = (
    *(OSError, ValueError, RuntimeError, AttributeError, TypeError, OverflowError),
    *(MemoryError, SystemError),
)
"""What libpff raises on damage; an item of a kind it does not know has no such attribute, and what
it cannot make for whatever reason it reports as too little memory."""


class PstFormat:
    """PST and OST of Outlook 97 and later."""

    kinds = ("pst",)
    parser = "libpff"
    version = 1

    def units(self, source: Source, report: Report) -> Iterator[DraftMember]:
        """The mails, folder by folder."""
        gathering = Gathering(source, report)
        file = pypff.file()
        try:
            file.open_file_object(MappedFile(source.body))
            root = file.get_root_folder()
        except _BROKEN as error:
            raise Damaged from error
        store = _Store(gathering, report)
        yield from store.members(root)
        gathering.finish()


class _Store:
    def __init__(self, gathering: Gathering, report: Report) -> None:
        self._gathering = gathering
        self._report = report

    def members(self, root: Thing) -> Iterator[DraftMember]:
        """Each mail under the path of its folder."""
        pending: list[tuple[Thing, str, int]] = [(root, "", 0)]
        for _ in range(MAX_FOLDERS):
            if not pending:
                return
            folder, path, depth = pending.pop()
            try:
                inside = [folder.get_sub_folder(n) for n in range(folder.number_of_sub_folders)]
                mails = folder.number_of_sub_messages
            except _BROKEN:
                self._report.remark(remarks.DAMAGED_PART, name=path or "folders")
                continue
            if depth < MAX_DEPTH:
                pending += [(one, _below(path, one), depth + 1) for one in reversed(inside)]
            for number in range(mails):
                if self._gathering.is_full:
                    return
                yield from self._mail(folder, number, path)

    def _mail(self, folder: Thing, number: int, path: str) -> Iterator[DraftMember]:
        name = f"{path}/{number + 1:04}"
        try:
            mail = folder.get_sub_message(number)
            if not hasattr(mail, "plain_text_body"):
                return  # what Outlook keeps for itself
            subject = one_line(_text(mail, _SUBJECT), NAME_CHARACTERS).replace("/", "_")
            name = f"{name} {subject or 'Mail'}.eml"
            body = self._letter(mail, name)
        except ParseError as error:
            self._gathering.refuse(name, error)
        except _BROKEN:
            self._gathering.refuse(name, Damaged())
        else:
            yield from self._gathering.member(
                name, size=len(body), packed=0, open_=partial(_pieces, body)
            )

    def _letter(self, mail: Thing, name: str) -> bytes:
        """A mail as RFC 5322 has it."""
        texts = [
            _part(kind, body)
            for kind, body in (
                ("text/plain; charset=utf-8", _words(mail)),
                ("text/html", _body(mail, "html_body")),
            )
            if body.strip()
        ]
        rich = _body(mail, "rtf_body")
        if not texts and rich.strip():
            texts.append(_part("application/rtf", rich, "body.rtf"))
        whole = [_parts("alternative", texts), *self._attachments(mail, name)]
        head = _header(mail).encode("utf-8", "replace")
        return head + b"MIME-Version: 1.0\r\n" + _parts("mixed", whole)

    def _attachments(self, mail: Thing, name: str) -> Iterator[bytes]:
        try:
            count = mail.number_of_attachments
        except _BROKEN:
            self._report.remark(remarks.DAMAGED_PART, name=name[-limits.MAX_REMARK_NAME :])
            return
        left = limits.MAX_MEMBER_BYTES // 2  # packed for the way it becomes a third longer
        for number in range(min(count, MAX_ATTACHMENTS)):
            shown = f"attachment {number + 1}"
            try:
                attachment = mail.get_attachment(number)
                names = (_text(attachment, tag) for tag in (_LONG_NAME, _SHORT_NAME, _NAME))
                shown = one_line(next(filter(str.strip, names), shown), 100)
                if _number(attachment, _KIND_OF_ATTACHMENT) != _BY_VALUE:
                    self._report.remark(remarks.EMBEDDED, name=shown)
                    continue
                left -= attachment.size
                if left < 0:
                    raise TooLarge
                yield _part("application/octet-stream", _content(attachment), shown)
            except _BROKEN:
                self._report.remark(remarks.DAMAGED_PART, name=shown)


def _below(path: str, folder: Thing) -> str:
    """The path of a folder; the one at the top of all has no name."""
    try:
        name = one_line(folder.name or "", NAME_CHARACTERS).replace("/", "_")
    except _BROKEN:
        name = "folder"
    return f"{path}/{name}" if path else name


def _entries(item: Thing, tag: int) -> Iterator[Thing]:
    for records in item.record_sets:
        for entry in records.entries:
            if entry.entry_type == tag:
                yield entry


def _text(item: Thing, tag: int) -> str:
    """A property of letters; empty where there is none, or none that can be read."""
    for entry in _entries(item, tag):
        try:
            # Before a subject stand two signs that say where its prefix ends.
            return str(entry.data_as_string or "").strip("\0\x01\x02\x03\x04\x05\r\n ")
        except _BROKEN:
            continue
    return ""


def _number(item: Thing, tag: int) -> int:
    for entry in _entries(item, tag):
        return int.from_bytes((entry.data or b"")[:4], "little")
    return 0


def _body(mail: Thing, which: str) -> bytes:
    try:
        return bytes(getattr(mail, which) or b"")
    except _BROKEN:
        return b""


def _content(attachment: Thing) -> bytes:
    attachment.seek_offset(0, 0)
    parts: list[bytes] = []
    left = attachment.size
    while left > 0 and (part := attachment.read_buffer(min(left, READ_BYTES))):
        parts.append(part)
        left -= len(part)
    if left:
        raise OSError("an attachment broke off")
    return b"".join(parts)


def _header(mail: Thing) -> str:
    """The fields a server wrote, else those Outlook shows."""
    wrote = _text(mail, _HEADER).replace("\r\n", "\n").replace("\r", "\n")
    if re.match(r"[!-9;-~]+:", wrote):
        fields = wrote.partition("\n\n")[0].strip("\n") + "\n"
        return _OWN_FIELD.sub("", fields).replace("\n", "\r\n")
    address = _text(mail, _SENDER_SMTP) or _text(mail, _SENDER_ADDRESS)
    sender = _text(mail, _SENDER)
    fields = "".join(
        f"{name}: {_field(value)}\r\n"
        for name, value in (
            ("From", f"{sender} <{address}>" if "@" in address else sender),
            ("To", _text(mail, _TO)),
            ("Cc", _text(mail, _CC)),
            ("Bcc", _text(mail, _BCC)),
            ("Date", _date(mail)),
            ("Subject", _text(mail, _SUBJECT)),
        )
        if value.strip()
    )
    return fields or "Subject: Mail\r\n"


def _field(value: str) -> str:
    line = one_line(value, 20_000)
    return line if line.isascii() else email.header.Header(line, "utf-8", 998).encode()


def _date(mail: Thing) -> str:
    for which in ("client_submit_time", "delivery_time", "creation_time"):
        try:
            moment = getattr(mail, which)
        except _BROKEN:
            continue
        if moment is not None:
            return str(moment.strftime("%a, %d %b %Y %H:%M:%S +0000"))
    return ""


def _words(mail: Thing) -> bytes:
    """The text; of a contact what Outlook shows of it, which is not in its text."""
    text = _body(mail, "plain_text_body")
    if not _text(mail, _CLASS).startswith("IPM.Contact"):
        return text
    known = ((name, _text(mail, tag)) for tag, name in _CONTACT.items())
    lines = [f"{name}: {value}" for name, value in known if value]
    return "\r\n".join([*lines, ""]).encode("utf-8", "replace") + text


def _parts(kind: str, parts: list[bytes]) -> bytes:
    """Parts in one. The names of the kinds tell the boundaries apart."""
    boundary = f"=-{kind}".encode("ascii")
    return b"".join(
        [
            b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (kind.encode(), boundary),
            *(b"--" + boundary + b"\r\n" + part for part in parts),
            b"--" + boundary + b"--\r\n",
        ]
    )


def _part(kind: str, body: bytes, name: str = "") -> bytes:
    """A part in base64, so that nothing in it can be taken for a boundary."""
    lines = [f"Content-Type: {kind}", "Content-Transfer-Encoding: base64"]
    if name:
        quoted = name.replace("\\", "_").replace('"', "_")
        lines.append(f'Content-Disposition: attachment; filename="{_field(quoted)}"')
    head = "\r\n".join([*lines, "", ""]).encode("utf-8", "replace")
    return head + base64.encodebytes(body).replace(b"\n", b"\r\n")


def _pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), limits.MAX_PIECE_BYTES):
        yield body[start : start + limits.MAX_PIECE_BYTES]
