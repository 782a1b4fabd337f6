"""OpenDocument texts: the body in order, then notes, comments, margins and properties.

Must not know presentations.
"""

from collections.abc import Iterator

from carrel.parsing import remarks
from carrel.parsing.errors import NoText
from carrel.parsing.formats import odf
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source
from carrel.parsing.formats.inner_pictures import InnerPictures
from carrel.parsing.formats.package import Package
from carrel.parsing.formats.sections import Line, sections


class OdtFormat:
    """ODT and OTT."""

    kinds = ("odt",)
    parser = "opendocument"
    version = 3

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """Sections of the body, then what stands beside it, then pictures."""
        package = Package(source.body)
        pictures = InnerPictures(source, report)
        words = odf.Words(package, report, pictures)
        found = False
        for unit in sections(_lines(package, words)):
            found = True
            yield unit
        margins = odf.margins(package, words, report)
        for label, lines in (
            ("Footnotes", words.notes["footnote"]),
            ("Endnotes", words.notes["endnote"]),
            ("Comments", words.comments),
            ("Headers and footers", margins),
        ):
            for unit in sections(lines, title=label):
                found = True
                yield unit
        if found:
            yield from odf.about(package, report)
        yield from pictures.members()
        if not (found or pictures.taken):
            if not pictures.listed:
                raise NoText
            report.remark(remarks.NO_TEXT)


def _lines(package: Package, words: odf.Words) -> Iterator[Line]:
    for block in odf.opened(package, words, "text"):
        yield from words.blocks(block)
