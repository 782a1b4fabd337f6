"""What a search was asked for beside words, and what it found. Must not know how it searches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from carrel.domain.documents import Hit, Inside
from carrel.domain.ids import DocumentId


class PieceKind(StrEnum):
    """How a piece of a query is looked for."""

    WORD = "word"
    """In any of its forms."""
    PHRASE = "phrase"
    """As it stands, apart from case, spacing and typographic variants."""
    BEGINNING = "beginning"
    """Any word that begins so."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, phrase or beginning of a word that must or must not stand in a passage."""

    kind: PieceKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A condition on documents, as ``type:pdf``.

    Attributes:
        name: one of `carrel.retrieval.wording.FILTERS`.
        value: as typed, without quotation marks.
        others: one of them is enough, too (``type:pdf,docx``).
        excluded: whether documents that meet it are left out (``-type:pdf``).
    """

    name: str
    value: str
    others: tuple[str, ...] = ()
    excluded: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """Of these, one is enough."""
        return (self.value, *self.others)

    @property
    def words(self) -> str:
        """As it is typed."""
        value = ",".join(f'"{one}"' if " " in one or "," in one else one for one in self.values)
        return f"{'-' if self.excluded else ''}{self.name}:{value}"


@dataclass(slots=True)
class Filed:
    """What conditions on documents look at; what no condition asks for is empty.

    Attributes:
        name: what it is called.
        file_name: of the file it came from.
        added_at: seconds since the epoch, UTC.
        old: whether something newer took its place.
        labels: kind of label and folded name, of the document itself.
        folders: in which it was found on the disk.
        inside: the containers it lies in, each with the path inside.
        properties: names and values of what it says of itself.
    """

    id: DocumentId
    kind: str
    name: str
    file_name: str
    added_at: float
    old: bool
    labels: tuple[tuple[str, str], ...] = ()
    folders: tuple[str, ...] = ()
    inside: tuple[Inside, ...] = ()
    properties: Sequence[tuple[str, str]] = ()


class AlsoWhy(StrEnum):
    """Why another word was looked for, too."""

    SPELLING = "spelling"
    """The word stands nowhere; this one is spelt nearly so."""
    SCRIPT = "script"
    """The same name in other letters."""
    BEGINNING = "beginning"
    """It begins as asked for."""
    OWN = "own"
    """The workspace's own words say that it means the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """Words that were looked for beside one of the query.

    Attributes:
        word: of the query, as typed.
        others: as documents have them, in lower case; own words as they were typed.
    """

    word: str
    others: tuple[str, ...]
    why: AlsoWhy


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of a search.

    Attributes:
        hits: best first.
        also: what was looked for beside the words of the query.
        filters: conditions on documents that were met by some.
        documents: how many documents met them; 0 without filters.
        notes: sentences on what was not read as it may have been meant.
        by_meaning: whether passages were looked for by their meaning, beside their words.
    """

    hits: tuple[Hit, ...]
    also: tuple[Also, ...] = ()
    filters: tuple[Filter, ...] = ()
    documents: int = 0
    notes: tuple[str, ...] = ()
    by_meaning: bool = False


class ReasonKind(StrEnum):
    """What made a passage count."""

    WORD = "word"
    """A word of the query, in any of its forms."""
    OTHER = "other"
    """A word the glossary, the spelling, other letters or a beginning put beside one of these."""
    PIECES = "pieces"
    """Pieces of its words, by which inflected forms meet."""
    FIGURES = "figures"
    """An amount is asked for, and the page is full of figures."""
    NAME = "name"
    """The query names the document."""
    MEANING = "meaning"
    """It means much the same as the query, whatever its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that made a passage count, in parts of its score.

    Attributes:
        words: as they stand in the passage, or in the query where they do not.
        text, heading: by the passage's own text, and by the headings above it.
        page: by the page around it, headings and all.
        passages: that have the word, among all that are searched; 0 where it is no single word.
        beside: words of the query that it was put beside; may be empty.
    """

    kind: ReasonKind
    words: str
    text: float = 0.0
    heading: float = 0.0
    page: float = 0.0
    passages: int = 0
    beside: str = ""

    @property
    def score(self) -> float:
        """Its part of the passage's score."""
        return self.text + self.heading + self.page


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a passage was found where it was.

    Attributes:
        reasons: the weightiest first; their scores add up to the passage's.
        score: the passage's.
        passages: that were searched.
    """

    reasons: tuple[Reason, ...]
    score: float
    passages: int


BY_MEANING: Final = "Passages were looked for by their meaning, too."
"""Said where an embedding model helped."""

MOST_NAMED: Final = 4
"""Words that are told beside one of the query; the others are counted."""


def also_said(also: Also) -> str:
    """What was looked for beside a word, in a sentence."""
    named = ", ".join(f"“{one}”" for one in also.others[:MOST_NAMED])
    more = len(also.others) - MOST_NAMED
    named += f" and {more} more" if more > 0 else ""
    match also.why:
        case AlsoWhy.SPELLING:
            return f"“{also.word}” stands nowhere; looked for {named} instead."
        case AlsoWhy.SCRIPT:
            return f"“{also.word}” was looked for in other letters, too: {named}."
        case AlsoWhy.BEGINNING:
            return f"“{also.word}” stands for {named or 'no word there is'}."
        case AlsoWhy.OWN:
            return f"“{also.word}” also stands for {named} in this workspace."
