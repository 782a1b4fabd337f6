"""Text that was recognised in pictures: how much of a document, how surely, and what is said of it.

Must not know who recognises it.
"""

from dataclasses import dataclass
from typing import Final

LOW_CONFIDENCE: Final = 75.0
"""Mean confidence (0 to 100) below which a page is said to be read unsurely. Clean scans have 90
to 97; at 75 about every tenth word is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedPart:
    """The part of a unit's text that was recognised in its picture.

    Attributes:
        start: code point where it begins; what stands before is the document's own text.
        confidence: mean, 0 to 100.
        languages: as Tesseract names them, joined by ``+``.
        confidences: one byte for each code point from the start on, 0 to 100.
    """

    start: int
    confidence: float
    languages: str
    confidences: bytes

    def confidence_of(self, start: int, end: int) -> float | None:
        """Mean confidence of some code points of the unit; None if all are the document's own."""
        own = self.confidences[max(start - self.start, 0) : max(end - self.start, 0)]
        return sum(own) / len(own) if own else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturedPages:
    """How far the recognition of a document's pictured pages has come.

    Attributes:
        total: pages whose text is, or was, to be recognised.
        waiting: of them, not looked at yet.
        read: text was recognised on them.
        failed: they could not be drawn or recognised.
        unsure: of those read, with low confidence.
        confidence: mean of those read, 0 to 100.
        losses: waiting or failed pages that are known to show text.
    """

    total: int
    waiting: int
    read: int
    failed: int
    unsure: int
    confidence: float
    losses: int

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a reader must be told."""
        said = (
            (
                self.waiting,
                "is a picture and was not read yet",
                "are pictures and were not read yet",
            ),
            (
                self.failed,
                "is a picture and could not be read",
                "are pictures and could not be read",
            ),
            (
                self.unsure,
                "was read from its picture with low confidence",
                "were read from their pictures with low confidence",
            ),
        )
        return tuple(
            f"1 page {one}." if count == 1 else f"{count:,} pages {many}."
            for count, one, many in said
            if count
        )
