"""What the check of an answer found: its sentences, their figures, what was searched.

Must not know how any of it is found, stored or shown.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from carrel.domain.documents import UnitPlace
from carrel.domain.ids import DocumentId
from carrel.domain.sheet_figures import SheetFigure


class Outcome(StrEnum):
    """What came of a question."""

    SAID = "said"
    """The documents say something, and the answer cites it."""
    NOT_SAID = "not said"
    """The documents do not say, as far as they were searched."""


class Support(StrEnum):
    """Whether a sentence of an answer rests on something."""

    SUPPORTED = "supported"
    """It carries a citation that holds, and its figures and names stand there or follow."""
    UNSUPPORTED = "unsupported"
    FREE = "free"
    """It states nothing: it introduces, asks, or says that the documents do not say."""


class Fate(StrEnum):
    """What became of a figure of an answer."""

    STANDS = "stands"
    """In the cited words, on their page, or in the question."""
    COMPUTED = "computed"
    """It follows from cited figures; the computation is shown."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFigure:
    """A figure of an answer.

    Attributes:
        text: as the answer has it.
        working: of a computed one, as ``1,577 - 1,420 = 157`` or ``SUM(B2:B14) = 1,234``; of a
            missing one what is wrong with it, if that is known.
        statement: of one from a workbook, the SELECT that gives it; else empty.
    """

    text: str
    fate: Fate
    working: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A sentence of an answer, a row of its tables or an item of its lists.

    Attributes:
        start, end: code points of the answer's text.
        why: of an unsupported one, in a few words; else empty.
        figures: those that were looked for.
    """

    start: int
    end: int
    support: Support
    why: str = ""
    figures: tuple[CheckedFigure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What was looked through for an answer.

    Attributes:
        documents: that could be searched, in scope.
        passages: of these documents.
        words: of the question that were looked for, as asked.
        absent: those of them that stand in none of these documents.
        chosen: whether the scope was chosen by the user.
    """

    documents: int = 0
    passages: int = 0
    words: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    chosen: bool = False


NOTHING_SEARCHED: Final = Searched()


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructed:
    """A passage that tells the assistant what to do; it was treated as text.

    Attributes:
        words: those that do, cut.
    """

    document: DocumentId
    document_name: str
    place: UnitPlace
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """All that was checked of one answer; an answer made before there were checks has none.

    Attributes:
        computed: figures taken from workbooks for it, in the order they were.
    """

    outcome: Outcome = Outcome.SAID
    statements: tuple[Statement, ...] = ()
    searched: Searched = NOTHING_SEARCHED
    instructed: tuple[Instructed, ...] = ()
    computed: tuple[SheetFigure, ...] = ()

    @property
    def unsupported(self) -> tuple[Statement, ...]:
        """The sentences without support."""
        return tuple(one for one in self.statements if one.support is Support.UNSUPPORTED)

    @property
    def stating(self) -> int:
        """Sentences that state something."""
        return sum(one.support is not Support.FREE for one in self.statements)


NOT_CHECKED: Final = Checks()
"""Of an answer that was made before there were checks."""
