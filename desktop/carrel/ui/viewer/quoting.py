"""What is selected in the viewer, as it leaves it: plain words, or a quote with its place.

Must not know which view the words were selected in.
"""

from dataclasses import dataclass
from typing import Final

from carrel.domain.documents import Span, UnitPlace
from carrel.domain.ids import DocumentId

LONGEST_ASKED: Final = 2_000
"""Code points of a quote put before a question: half a page. Search weighs every word of it, and
what is asked would be lost behind more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """Words selected in a unit.

    Attributes:
        span: code points of the unit's canonical text.
        text: the words as they stand there.
    """

    document: DocumentId
    document_name: str
    place: UnitPlace
    span: Span
    text: str

    @property
    def quote(self) -> str:
        """The words on one line with their source: ``“…” (Report.pdf, page 151)``."""
        return self._quoted(" ".join(self.text.split()))

    @property
    def question(self) -> str:
        """The quote to begin a question with; a long one is cut, and shows it."""
        words = " ".join(self.text.split())
        if len(words) > LONGEST_ASKED:
            words = words[:LONGEST_ASKED].rpartition(" ")[0] + " …"
        return self._quoted(words)

    def _quoted(self, words: str) -> str:
        return f"“{words}” ({self.document_name}, {self.place.words})"
