"""What a PDF says of itself: its outline, title, author and dates.

Must not know pages or text.
"""

import re
from itertools import islice
from typing import Any, Final

import pypdfium2
import pypdfium2.raw

from carrel.domain.documents import OutlineEntry
from carrel.parsing.charset import clean
from carrel.parsing.formats.base import Report, one_line
from carrel.parsing.limits import MAX_LABEL, MAX_OUTLINE, MAX_OUTLINE_LEVEL

pdfium: Any = pypdfium2.raw

_PROPERTIES: Final = {
    "Title": "Title",
    "Author": "Author",
    "Subject": "Subject",
    "Keywords": "Keywords",
    "CreationDate": "Created",
    "ModDate": "Changed",
    "Creator": "Made with",
    "Producer": "Made into PDF by",
}
"""Entries of the information dictionary (ISO 32000-1, 14.3.3) and what we call them."""

_DATE: Final = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?([Zz+-].*)?")


def describe(document: Any, report: Report) -> None:  # noqa: ANN401 - pypdfium2 has no types
    """Note the outline and the properties of an opened document."""
    for key, name in _PROPERTIES.items():
        value = document.get_metadata_value(key)
        report.describe(name, readable_date(value) if key.endswith("Date") else value)
    signatures = pdfium.FPDF_GetSignatureCount(document)
    if signatures > 0:
        report.describe("Signatures", f"{signatures}, not checked")
    for entry in islice(_entries(document), MAX_OUTLINE):
        report.outline.append(entry)


def _entries(document: Any) -> Any:  # noqa: ANN401
    pages = len(document)
    for bookmark in document.get_toc(max_depth=MAX_OUTLINE_LEVEL):
        title = one_line(clean(bookmark.get_title()), MAX_LABEL)
        if not title:
            continue
        place = bookmark.get_dest()
        index = -1 if place is None else pdfium.FPDFDest_GetDestPageIndex(document, place)
        unit = index + 1 if 0 <= index < pages else 0
        yield OutlineEntry(title=title, level=bookmark.level + 1, unit=unit)


def readable_date(text: str) -> str:
    """``2024-01-31 12:00`` for ``D:20240131120000+01'00'``; what is no date stays as it is."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return text
    year, month, day, hour, minute = found.groups()[:5]
    date = "-".join(part for part in (year, month, day if month else None) if part)
    return f"{date} {hour}:{minute}" if day and hour and minute else date
