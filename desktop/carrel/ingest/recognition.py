"""The story of one document's pictured pages: drawn and recognised in a child, kept one by one.

Each page is stored as soon as it was recognised, so that a crash, or somebody who has seen
enough, costs no more than the page under way. Must not know SQL, Tesseract or the window.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from carrel.domain.documents import Box, Document, Flaw, LedgerEntry, Unit
from carrel.domain.errors import ParseError
from carrel.domain.ids import DocumentId
from carrel.domain.recognition import LOW_CONFIDENCE
from carrel.ingest.errors import FileOutOfMemory
from carrel.parsing.boxes import Boxes, line_boxes, pack_boxes, unpack_boxes
from carrel.parsing.errors import Cancelled as ParsingCancelled
from carrel.parsing.recognising import PageReader
from carrel.parsing.tessdata import Languages
from carrel.parsing.values import RecognisedPage
from carrel.system.shared_memory import SealedCopy
from carrel.workspace.recognition import BLANK, FAILED, READ, KeptPage, WaitingPage


class PicturedLibrary(Protocol):
    """The stored documents, as far as recognition needs them."""

    def waiting(self, document: DocumentId) -> Sequence[WaitingPage]:
        """The pages that wait, in order."""

    def unit(self, document: DocumentId, number: int) -> Unit:
        """A unit as it is stored."""

    def original(self, document: DocumentId) -> Iterator[bytes]:
        """The stored bytes."""

    def keep(self, document: DocumentId, page: KeptPage) -> Document:
        """Store what came of a page; it can be searched from now on."""


class PageSource(Protocol):
    """What recognises pages; `parsing.recognising.PageReader` or a fake with its contract."""

    def read(
        self, page: int, *, covered: Sequence[Box] = (), cancelled: Callable[[], bool]
    ) -> RecognisedPage:
        """Recognise a page."""

    def close(self) -> None:
        """Let go of the document."""


OnPage = Callable[[Document, int, int], None]
"""Told of the document as it is now, the pages done in this run, and how many these will be."""


def recognise(
    library: PicturedLibrary,
    document: Document,
    languages: Languages,
    *,
    quiet: bool,
    on_page: OnPage,
    cancelled: Callable[[], bool],
    start: Callable[..., PageSource] = PageReader,
) -> bool:
    """Recognise the pages of a document that wait.

    Args:
        quiet: step back behind everything else that runs.
        cancelled: asked often; pages not done yet go on waiting.

    Returns:
        Whether all of them are done; False when it was cancelled.

    Raises:
        KnownError: the workspace refuses, or the child could not lock itself.
    """
    waiting = library.waiting(document.id)
    if not waiting:
        return True
    copy = SealedCopy()
    try:
        try:
            for piece in library.original(document.id):
                copy.write(piece)
        except (OSError, MemoryError) as error:
            raise FileOutOfMemory(name=document.name) from error
        copy.seal()
        reader = start(copy.fd, copy.size, languages, quiet=quiet)
        try:
            for done, page in enumerate(waiting, start=1):
                if cancelled():
                    return False
                kept = _page(library.unit(document.id, page.number), page, reader, cancelled)
                on_page(library.keep(document.id, kept), done, len(waiting))
        except ParsingCancelled:
            return False
        finally:
            reader.close()
    finally:
        copy.close()
    return True


def _page(
    unit: Unit, page: WaitingPage, reader: PageSource, cancelled: Callable[[], bool]
) -> KeptPage:
    """What comes of one page.

    Raises:
        Cancelled: somebody wants to stop.
        LockError: the child could not lock itself.
    """
    own = "" if page.replaces else unit.text
    started = time.monotonic()
    try:
        covered = line_boxes(unit.char_boxes, 0, len(own))
        found = reader.read(page.number, covered=covered, cancelled=cancelled)
    except ParsingCancelled:
        raise
    except ParseError as error:
        return KeptPage(
            number=page.number,
            state=FAILED,
            entry=_failed(page.number, error),
            seconds=time.monotonic() - started,
        )
    seconds = time.monotonic() - started
    if not found.text:
        return KeptPage(
            number=page.number,
            state=BLANK,
            entry=_blank(page),
            seconds=seconds,
            languages=found.languages,
            turned=found.turned,
        )
    start = len(own) + 1 if own else 0
    return KeptPage(
        number=page.number,
        state=READ,
        entry=_unsure(page.number) if found.confidence < LOW_CONFIDENCE else None,
        seconds=seconds,
        text=f"{own}\n{found.text}" if own else found.text,
        char_boxes=_joined(unit.char_boxes, len(own), found) if own else found.char_boxes,
        start=start,
        confidence=found.confidence,
        languages=found.languages,
        turned=found.turned,
        confidences=found.confidences,
        passages=[
            replace(span, start=span.start + start, end=span.end + start) for span in found.passages
        ],
        segment=found.segment,
    )


def _joined(own_boxes: bytes, count: int, found: RecognisedPage) -> bytes:
    """The boxes of a unit's own text, of a line end, and of what was recognised."""
    nowhere: Boxes = np.full((count, 4), np.nan, np.float32)
    own = unpack_boxes(own_boxes, count) if own_boxes else nowhere
    end: Boxes = np.full((1, 4), np.nan, np.float32)
    return pack_boxes(np.vstack((own, end, unpack_boxes(found.char_boxes, len(found.text)))))


def _failed(number: int, error: ParseError) -> LedgerEntry:
    return LedgerEntry(
        unit=number,
        what=Flaw.NO_TEXT,
        why=f"The text on page {number} could not be recognised. {error.failure.reason}",
        remedy="Save the page as a picture of its own, or scan it again, and add that.",
        loss=True,
    )


def _blank(page: WaitingPage) -> LedgerEntry:
    if page.replaces:
        return LedgerEntry(
            unit=page.number,
            what=Flaw.DAMAGE,
            why=f"The fonts of page {page.number} do not say which letters they show, and no text "
            "was recognised in its picture.",
            remedy="Print the document to PDF in another program, and add that.",
            loss=True,
        )
    return LedgerEntry(
        unit=page.number,
        what=Flaw.NO_TEXT,
        why=f"Page {page.number} is a picture in which no text was found.",
        remedy="",
        loss=False,
    )


def _unsure(number: int) -> LedgerEntry:
    return LedgerEntry(
        unit=number,
        what=Flaw.LOW_CONFIDENCE,
        why=f"Page {number} was read from its picture (OCR) with low confidence; words may be "
        "wrong.",
        remedy="Compare it with the picture; a sharper scan is read better.",
        loss=False,
    )
