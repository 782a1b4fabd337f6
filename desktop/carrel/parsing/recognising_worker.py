"""The process that recognises text in the pages of one document, behind the parser's lock.

``recognise FD SIZE QUIET ORIENTED LANGUAGES FOLDER`` answers ``recognise`` frames until stdin
closes. Tesseract runs inside this process, as a library: nothing is started. It sees the
document, the program and the folder of the language data, nothing else.

What a page gave comes back ready to be stored: text, boxes, confidences, passages and a
posting segment.
"""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from carrel.domain.errors import LockError, ParseError
from carrel.parsing import confinement, limits
from carrel.parsing.errors import Damaged, OutOfMemory
from carrel.system import priority
from carrel.system.frames import Frame
from carrel.system.worker import Wire

if TYPE_CHECKING:
    from carrel.parsing.formats.pages import GreyPages
    from carrel.parsing.formats.recognised_text import RecognisedText

EXIT_USAGE: Final = 2
EXIT_NO_LOCK: Final = 3


def main(arguments: list[str]) -> int:
    """Recognise until stdin closes; see the module's docstring.

    Returns:
        2 wrong usage, 3 no lock; otherwise it ends with its owner.
    """
    if len(arguments) != 6 or not all(number.isdecimal() for number in arguments[:4]):
        sys.stderr.write("worker recognise: FD SIZE QUIET ORIENTED LANGUAGES FOLDER\n")
        return EXIT_USAGE
    fd, size, quiet, oriented = map(int, arguments[:4])
    languages, folder = arguments[4].split(","), Path(arguments[5])
    if quiet:
        priority.step_back()
    try:
        confinement.lock_parser(
            size, _import_decoders, read=(folder,), seconds=limits.WORKER_CPU_SECONDS_MOST
        )
    except LockError as error:
        sys.stderr.write(f"{error}\n")
        Wire().send({"event": "failed", "code": error.code})
        return EXIT_NO_LOCK
    wire = Wire()
    _serve(wire, confinement.mapped(fd, size), _Reader(str(folder), languages, bool(oriented)))
    return 0


def _import_decoders() -> None:
    """Load all that decodes: a library that loads late would fail behind the lock."""
    import carrel.language.segment
    import carrel.parsing.formats.pages
    import carrel.parsing.formats.recognised_text
    import carrel.parsing.formats.recognition  # noqa: F401


def _serve(wire: Wire, body: memoryview, reader: _Reader) -> None:
    from carrel.parsing.formats.pages import opened_for_reading

    while True:
        # A document that cannot be opened fails each request anew, so that each gets an answer.
        first = wire.receive()
        try:
            with opened_for_reading(body) as pages:
                for frame in chain([first], iter(wire.receive, None)):
                    wire.send(_answer(reader, pages, frame))
        except ParseError as error:
            wire.send({"event": "failed", "code": error.code})


def _answer(reader: _Reader, pages: GreyPages, frame: Frame) -> Frame:
    try:
        confinement.limit_processor_time(limits.PAGE_CPU_SECONDS)
        return reader.read(pages, frame)
    except ParseError as error:
        return {"event": "failed", "code": error.code}
    except MemoryError:
        return {"event": "failed", "code": OutOfMemory.code}
    except Exception as error:  # noqa: BLE001 - the border: any bug of a decoder ends here
        sys.stderr.write(f"{type(error).__name__}\n")  # a message could quote the document
        return {"event": "failed", "code": ParseError.code}


class _Reader:
    """Reads pages into frames."""

    def __init__(self, folder: str, languages: list[str], oriented: bool) -> None:  # noqa: FBT001
        from carrel.parsing.formats.recognised_text import Composer
        from carrel.parsing.formats.recognition import Recogniser

        self._recogniser = Recogniser(folder, languages, oriented=oriented)
        self._composer = Composer()

    def read(self, pages: GreyPages, frame: Frame) -> Frame:
        """The answer to one request."""
        number, covered = frame.get("page"), frame.get("covered")
        if type(number) is not int or not isinstance(covered, list):
            raise Damaged
        grey = pages(number)
        read = self._recogniser.read(grey.image, grey.scale)
        found = self._composer.compose(read, grey.scale, covered)
        return {
            "event": "recognised",
            "languages": read.language,
            "turned": read.turned,
            **_contents(found),
        }


def _contents(found: RecognisedText) -> Frame:
    """The text of a page with its passages and postings."""
    from carrel.language.passages import split_passages
    from carrel.language.segment import SegmentBuilder
    from carrel.parsing.boxes import pack_boxes

    text = found.text[: limits.MAX_UNIT_CHARACTERS]
    spans = split_passages(text, headings=found.headings)[: limits.MAX_UNIT_PASSAGES]
    builder = SegmentBuilder()
    for index, span in enumerate(spans):
        builder.add(
            text=text[span.start : span.end],
            heading=span.heading,
            page_heading=found.heading_line,
            starts_unit=index == 0,
        )
    return {
        "text": text,
        "boxes": pack_boxes(found.boxes[: len(text)]),
        "confidences": found.confidences[: len(text)],
        "passages": [[span.start, span.end, span.heading[: limits.MAX_HEADING]] for span in spans],
        "segment": builder.build() if spans else b"",
    }
