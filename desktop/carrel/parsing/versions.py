"""Which parser reads each kind of file, and its version; what an earlier one read is outdated.

The parsers themselves are code of the parser process; this is what the rest may know of them.
`tests/policy` holds both together.
"""

from typing import Final

from carrel.domain.documents import Document, DocumentState

CURRENT: Final[dict[str, tuple[str, int]]] = {
    "pdf": ("pdfium", 2),
    "bmp": ("pillow", 1),
    "gif": ("pillow", 1),
    "jpeg": ("pillow", 1),
    "png": ("pillow", 1),
    "tiff": ("pillow", 1),
    "webp": ("pillow", 1),
    "docx": ("wordprocessingml", 3),
    "pptx": ("presentationml", 3),
    "ppt": ("msppt", 1),
    "odt": ("opendocument", 3),
    "odp": ("opendocument", 3),
    "rtf": ("rtf", 2),
    "epub": ("epub", 3),
    "mhtml": ("mhtml", 2),
    "doc": ("msdoc", 1),
    "msg": ("msg", 2),
    "pst": ("libpff", 1),
    "mbox": ("mbox", 2),
    "ics": ("cards", 2),
    "vcf": ("cards", 2),
    "code": ("text", 1),
    "json": ("text", 1),
    "md": ("text", 1),
    "txt": ("text", 1),
    "xml": ("text", 1),
    "yaml": ("text", 1),
    "html": ("lexbor", 3),
    "csv": ("csv", 3),
    "xlsm": ("spreadsheetml", 3),
    "xlsx": ("spreadsheetml", 3),
    "ods": ("opendocument-sheets", 2),
    "xls": ("calamine", 1),
    "xlsb": ("calamine", 1),
    "eml": ("email", 3),
    "zip": ("zip", 1),
    "bz2": ("tar", 1),
    "gz": ("tar", 1),
    "tar": ("tar", 1),
    "xz": ("tar", 1),
    "7z": ("7z", 1),
}
"""By kind of file, as it was recognised."""


def is_outdated(document: Document) -> bool:
    """Whether a document was read by an earlier parser than the one that would read it now."""
    if document.state not in {DocumentState.READ, DocumentState.PARTIAL}:
        return False
    now = CURRENT.get(document.kind)
    return now is not None and now != (document.parser, document.parser_version)
