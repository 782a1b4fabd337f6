"""Calendars (ICS, RFC 5545) and contacts (VCF, RFC 6350 and older): one unit per entry.

Repetitions are told as they stand, times with the zone that is named; nothing
is computed. Must not know mail.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from carrel.domain.documents import UnitKind
from carrel.parsing import remarks
from carrel.parsing.charset import clean, decode
from carrel.parsing.errors import NoText
from carrel.parsing.formats.base import DraftUnit, Report, Source, one_line
from carrel.parsing.formats.sections import Line, whole
from carrel.parsing.formats.text import note_charset

MAX_FIELDS: Final = 2_000
"""Fields of one entry; a meeting of a whole company has some hundred guests."""

_ENTRIES: Final = {"VEVENT": "Event", "VTODO": "Task", "VJOURNAL": "Note", "VCARD": "Contact"}
_FIELDS: Final = {
    "SUMMARY": "Title",
    "DTSTART": "Start",
    "DTEND": "End",
    "DUE": "Due",
    "DURATION": "Lasts",
    "LOCATION": "Place",
    "ORGANIZER": "Organizer",
    "ATTENDEE": "Guest",
    "STATUS": "Status",
    "RRULE": "Repeats",
    "EXDATE": "Not on",
    "RDATE": "Also on",
    "DESCRIPTION": "Description",
    "COMMENT": "Comment",
    "CATEGORIES": "Categories",
    "URL": "Address",
    "COMPLETED": "Done",
    "PRIORITY": "Priority",
    "CONTACT": "Contact",
    "FN": "Name",
    "ORG": "Organization",
    "TITLE": "Position",
    "ROLE": "Role",
    "TEL": "Telephone",
    "EMAIL": "E-mail",
    "ADR": "Address",
    "BDAY": "Birthday",
    "NOTE": "Note",
    "NICKNAME": "Nickname",
    "ATTACH": "Attached",
    "ANNIVERSARY": "Anniversary",
    "LABEL": "Address",
    "IMPP": "Messages",
    "N": "Names",
}
_COMPOUND: Final = frozenset(("N", "ADR", "ORG"))
_LINE: Final = re.compile(
    r"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)((?:;(?:\"[^\"]*\"|[^\":;])*)*):(.*)", re.S
)
_PARAMETER: Final = re.compile(r";([A-Za-z0-9-]+)(?:=((?:\"[^\"]*\"|[^;\"])*))?")
_DATE: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$")
_ESCAPED: Final = re.compile(r"\\(.)", re.S)


class _Field(NamedTuple):
    name: str
    parameters: dict[str, str]
    value: str


class CardsFormat:
    """ICS and VCF."""

    kinds = ("ics", "vcf")
    parser = "cards"
    version = 2

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit]:
        """The entries in the order of the file; alarms and time zones are left out."""
        decoded = decode(source.text_bytes())
        note_charset(decoded, report)
        units = 0
        for number, (kind, fields) in enumerate(_entries(decoded.text), 1):
            title = next((x.value for x in fields if x.name in {"SUMMARY", "FN"}), "")
            label = one_line(_plain(title)) or f"{_ENTRIES[kind]} {number}"
            lines = [
                x
                for item in fields[:MAX_FIELDS]
                for x in _lines(item)
                if x.text.partition(": ")[2] != label
            ]
            if fields:
                units += 1
                if len(fields) > MAX_FIELDS:
                    report.remark(remarks.CUT_UNITS, number=units)
                heading = Line(label, 1)
                yield whole([heading, *lines], label=label, kind=UnitKind.SECTION)
        if not units:
            raise NoText


def _unfolded(text: str) -> Iterator[str]:
    """Lines joined again where they were folded, also the way quoted-printable does it."""
    parts: list[str] = []
    for line in text.split("\n"):
        soft = bool(parts) and parts[-1].endswith("=") and "QUOTED-PRINTABLE" in parts[0].upper()
        if line[:1] in {" ", "\t"} and parts:
            parts.append(line[1:])
        elif soft:
            parts[-1] = parts[-1][:-1]
            parts.append(line)
        else:
            if parts:
                yield "".join(parts)
            parts = [line]
    yield "".join(parts)


def _entries(text: str) -> Iterator[tuple[str, list[_Field]]]:
    kind, inner, fields = "", 0, list[_Field]()
    for line in _unfolded(text):
        found = _LINE.match(line)
        if not found:
            continue
        name, value = found[1].upper(), found[3]
        begun = value.strip().upper()
        if name == "BEGIN":
            if begun in _ENTRIES:
                kind, inner, fields = begun, 0, []
            else:
                inner += bool(kind)
        elif name == "END" and kind:
            if begun == kind:
                yield kind, fields
                kind = ""
            else:
                inner = max(inner - 1, 0)
        elif kind and not inner and name in _FIELDS and len(fields) <= MAX_FIELDS:
            fields.append(_Field(name, _parameters(found[2]), value))


def _parameters(text: str) -> dict[str, str]:
    """Parameters by name; older contacts name a value only, such as ``;HOME``."""
    found: dict[str, str] = {}
    for name, value in _PARAMETER.findall(text):
        key, words = (name.upper(), value.strip('"')) if value else ("TYPE", name)
        if name.upper() in {"QUOTED-PRINTABLE", "BASE64"} and not value:
            key = "ENCODING"
        found[key] = f"{found[key]}, {words}" if key == "TYPE" and key in found else words
    return found


def _lines(item: _Field) -> Iterator[Line]:
    parameters = item.parameters
    if item.value.startswith("data:") or parameters.get("ENCODING", "").upper() in {"B", "BASE64"}:
        return
    value = item.value
    if parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
        try:
            body = quopri.decodestring(value.encode("utf-8"))
        except (ValueError, binascii.Error):
            body = value.encode("utf-8")
        value = decode(body, declared=parameters.get("CHARSET")).text
    words = _words(item.name, value, parameters)
    if words:
        kind = parameters.get("TYPE", "").lower()
        about = f" ({one_line(kind, 60)})" if item.name in {"TEL", "EMAIL", "ADR"} and kind else ""
        yield Line(f"{_FIELDS[item.name]}{about}: {words}")


def _words(name: str, value: str, parameters: dict[str, str]) -> str:
    if name in _COMPOUND:
        parts = (_plain(part) for part in re.split(r"(?<!\\);", value))
        return ", ".join(part for part in parts if part)
    date = _DATE.match(value.strip())
    if date:
        day = "-".join(date.group(1, 2, 3))
        zone = "UTC" if date[7] else one_line(parameters.get("TZID", ""), 60)
        clock = f" {date[4]}:{date[5]}" if date[4] else ""
        return f"{day}{clock} {zone if clock else ''}".strip()
    if name in {"ORGANIZER", "ATTENDEE"}:
        address = value.partition(":")[2] or value
        person = one_line(clean(parameters.get("CN", "")), 200)
        answer = parameters.get("PARTSTAT", "").lower().replace("-", " ")
        words = f"{person} <{address}>" if person and person != address else address
        return one_line(words + (f" ({answer})" if answer else ""), 500)
    return _plain(value)


def _plain(value: str) -> str:
    """A value without its escapes; blank lines are kept."""
    text = _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
    return clean(text).strip()
