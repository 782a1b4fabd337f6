"""Numbers, sizes, times and kinds in the reader's words. Must not know Qt."""

import time
from typing import Final

from carrel.domain.answers import Citation
from carrel.domain.documents import Document, DocumentState, UnitKind, UnitPlace
from carrel.domain.installed import GENERIC_PROFILE, InstalledModel

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0

KIND_WORDS: Final = {
    "pdf": "PDF",
    "docx": "Word",
    "doc": "Word",
    "pptx": "PowerPoint",
    "ppt": "PowerPoint",
    "rtf": "Rich text",
    "epub": "E-book",
    "msg": "Mail",
    "pst": "Outlook mail store",
    "mbox": "Mailbox",
    "ics": "Calendar",
    "vcf": "Contacts",
    "mhtml": "HTML",
    "odt": "OpenDocument text",
    "odp": "OpenDocument presentation",
    "txt": "Text",
    "md": "Markdown",
    "code": "Code",
    "json": "JSON",
    "yaml": "YAML",
    "xml": "XML",
    "html": "HTML",
    "csv": "Table",
    "xlsx": "Excel workbook",
    "xlsm": "Excel workbook with macros",
    "xlsb": "Excel workbook",
    "xls": "Excel workbook",
    "ods": "OpenDocument spreadsheet",
    "eml": "Mail",
    "zip": "ZIP archive",
    "tar": "TAR archive",
    "gz": "GZIP archive",
    "bz2": "BZIP2 archive",
    "xz": "XZ archive",
    "7z": "7z archive",
    "png": "Picture",
    "jpeg": "Picture",
    "tiff": "Picture",
    "webp": "Picture",
    "bmp": "Picture",
    "gif": "Picture",
}

KIND_ICONS: Final = {
    "csv": "file-spreadsheet",
    "xlsx": "file-spreadsheet",
    "xlsm": "file-spreadsheet",
    "xlsb": "file-spreadsheet",
    "xls": "file-spreadsheet",
    "ods": "file-spreadsheet",
    "eml": "mail",
    "msg": "mail",
    "pst": "package",
    "mbox": "mail",
    "zip": "package",
    "tar": "package",
    "gz": "package",
    "bz2": "package",
    "xz": "package",
    "7z": "package",
    "code": "file-code",
    "json": "file-code",
    "yaml": "file-code",
    "xml": "file-code",
    "html": "file-code",
    "unknown": "file",
}

_UNIT_WORDS: Final = {
    "pdf": "page",
    **dict.fromkeys(("png", "jpeg", "tiff", "webp", "bmp", "gif"), "page"),
    "docx": "section",
    "doc": "section",
    "odt": "section",
    "epub": "section",
    "mhtml": "section",
    "rtf": "section",
    "html": "section",
    "md": "section",
    "txt": "part",
    "code": "part",
    "csv": "part",
    "xlsx": "sheet",
    "xlsm": "sheet",
    "xlsb": "sheet",
    "xls": "sheet",
    "ods": "sheet",
    "eml": "part",
    "mbox": "part",
    "vcf": "contact",
}


def unit_word(kind: str) -> str:
    """What one unit of a document of this kind is called: ``page``, ``sheet``, ``part``."""
    return _UNIT_WORDS.get(kind, "part")


def count(number: int, thing: str, things: str = "") -> str:
    """A number with its noun: ``1 page``, ``9,412 pages``."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def size(number: int) -> str:
    """Bytes as ``640 B``, ``48 KB``, ``1.2 MB``, ``9.0 GB`` (powers of ten, as shops print)."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if number >= factor * 0.9995:
            value = number / factor
            digits = 1 if value < 10 or unit == "GB" else 0
            return f"{value:.{digits}f} {unit}"
    return f"{number} B"


def part(done: int, total: int) -> str:
    """How much of how many bytes: ``34.2 of 80.8 GB``, ``900 KB of 1.2 GB``."""
    here, whole = size(done), size(total)
    unit = whole.rpartition(" ")[2]
    same = here.endswith(f" {unit}")
    return f"{here.rpartition(' ')[0] if same else here} of {whole}"


def seconds(number: float) -> str:
    """A duration: ``0.4 s``, ``12 s``, ``3 min``, ``1.5 h``."""
    if number < 9.95:
        return f"{number:.1f} s"
    if number < 90:
        return f"{number:.0f} s"
    return f"{number / _MINUTE:.0f} min" if number < _HOUR else f"{number / _HOUR:.1f} h"


def memory(number: int) -> str:
    """Bytes of working memory in GiB, without the unit."""
    return f"{number / 2**30:.1f}"


def memory_size(number: int) -> str:
    """Bytes of working memory with their unit: ``18.2 GiB``, ``430 MiB`` (powers of two)."""
    small = number < 0.95 * 2**30
    return f"{number / 2**20:.0f} MiB" if small else f"{memory(number)} GiB"


def left(seconds: float | None) -> str:
    """An estimate: ``about 40 s left``; empty when there is none."""
    if seconds is None:
        return ""
    if seconds < 5:
        return "a few seconds left"
    if seconds < _MINUTE:
        return f"about {5 * max(1, round(seconds / 5))} s left"
    if seconds < _HOUR:
        return f"about {round(seconds / _MINUTE)} min left"
    return f"about {seconds / _HOUR:.1f} h left"


def day(moment: float, now: float | None = None) -> str:
    """Seconds since the epoch as ``today 14:05``, ``yesterday`` or ``3 Sep 2026``, local time."""
    then = time.localtime(moment)
    today = time.localtime(now if now is not None else time.time())
    if then[:3] == today[:3]:
        return f"today {time.strftime('%H:%M', then)}"
    yesterday = time.localtime(time.mktime((*today[:2], today[2] - 1, 12, 0, 0, 0, 0, -1)))
    if then[:3] == yesterday[:3]:
        return "yesterday"
    return f"{then.tm_mday} {time.strftime('%b %Y', then)}"


def answering_name(installed: InstalledModel) -> str:
    """What a model is called where it answers: by its profile; one without says so."""
    if installed.profile == GENERIC_PROFILE:
        return f"{installed.title} (generic)"
    return installed.profile_title or installed.title


def short_name(installed: InstalledModel) -> str:
    """What a model is called where there is little room; the built-in one has a long label."""
    return installed.title if installed.built_in else answering_name(installed)


def kind(document: Document) -> str:
    """The type of a document as its reader calls it."""
    return KIND_WORDS.get(document.kind, "File")


def kind_icon(kind_name: str) -> str:
    """The Lucide icon of a document's type."""
    return KIND_ICONS.get(kind_name, "file-text")


def units(document: Document) -> str:
    """``340 pages``, ``12 sections``, ``8 files``; a dash before it has been read."""
    if document.units == 0 and document.members:
        return count(document.members, "file")
    if document.units == 0:
        return "–"
    return count(document.units, unit_word(document.kind))


def unit_number(document: Document, number: int) -> str:
    """``Page 7``, ``Section 3``."""
    return f"{unit_word(document.kind).capitalize()} {number:,}"


def state(document: Document) -> str:
    """The state of a document in a word."""
    if document.state is DocumentState.QUEUED and document.units:
        return "Being read"
    return {
        DocumentState.QUEUED: "Waiting",
        DocumentState.READ: "Ready",
        DocumentState.PARTIAL: "Partly read",
        DocumentState.FAILED: "Not read",
    }[document.state]


def place(where: UnitPlace) -> str:
    """Where something stands: ``p. 151``, ``§ 21. Covenants``, ``rows 1–75``."""
    if where.kind is UnitKind.PAGE:
        return where.words.replace("page", "p.", 1)
    return where.words


def cited_place(citation: Citation) -> str:
    """Where a citation stands: its cells, where it lies in a sheet, else its place."""
    if citation.cells:
        return citation.cells
    return place(citation.place) if citation.place else ""


def unit(where_kind: UnitKind) -> str:
    """The name of a unit before its number, such as ``Page``."""
    return {
        UnitKind.PAGE: "Page",
        UnitKind.SECTION: "Section",
        UnitKind.SLIDE: "Slide",
        UnitKind.SHEET: "Sheet",
        UnitKind.MAIL_PART: "Part",
        UnitKind.LINES: "Part",
    }[where_kind]


def tokens(number: int) -> str:
    """A context length: ``8k``, ``128k``, ``1M``."""
    if number >= 1_000_000:
        return f"{number / 1_048_576:.0f}M" if number % 1_048_576 == 0 else f"{number / 1e6:.1f}M"
    return f"{number // 1024}k" if number >= 1024 else str(number)
