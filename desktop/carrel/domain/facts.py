"""What can be read off documents without a model: when, who, how much, and what disagrees.

Must not know how it is found or shown.
"""

import calendar
import datetime
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from carrel.domain.documents import Span, UnitPlace
from carrel.domain.ids import DocumentId

_WRITTEN: Final = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_MONTH_NAMES: Final = tuple(calendar.month_name)


class FactsKind(StrEnum):
    """What is looked for."""

    TIMELINE = "timeline"
    ENTITIES = "entities"
    CONTRADICTIONS = "contradictions"
    SUMMARY = "summary"


class Mention(NamedTuple):
    """A place in a document, with the sentence it stands in.

    Attributes:
        place: the unit.
        span: what is to be marked there, in code points of the unit's text.
        text: the sentence, spacing as one space.
        hot: the words meant, in `text`.
    """

    document: DocumentId
    place: UnitPlace
    span: Span
    text: str
    hot: Span

    @property
    def words(self) -> str:
        """The words meant, as written."""
        return self.text[self.hot.start : self.hot.end]


class Precision(StrEnum):
    """How much of a date is said."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class When(NamedTuple):
    """A day, or a longer time.

    Attributes:
        month, day, quarter: 0 where none is said.
        fiscal: a year or quarter of a company's own reckoning; it may begin in any month.
    """

    year: int
    month: int = 0
    day: int = 0
    quarter: int = 0
    fiscal: bool = False

    @classmethod
    def parse(cls, text: str) -> "When":
        """A day, a month or a year as programs write it: ``2020-03-31``, ``2020-03``, ``2020``.

        Raises:
            ValueError: it is none.
        """
        match = _WRITTEN.fullmatch(text.strip())
        if match is None:
            raise ValueError
        year, month, day = (int(part or 0) for part in match.groups())
        datetime.date(year, month or 1, day or 1)  # refuses what no calendar has
        return cls(year, month, day)

    @property
    def precision(self) -> Precision:
        """How much is said."""
        if self.day:
            return Precision.DAY
        if self.month:
            return Precision.MONTH
        return Precision.QUARTER if self.quarter else Precision.YEAR

    @property
    def first(self) -> datetime.date:
        """The first day; a fiscal year counts as the calendar year of its name."""
        month = self.month or (self.quarter * 3 - 2 if self.quarter else 1)
        return datetime.date(self.year, month, self.day or 1)

    @property
    def last(self) -> datetime.date:
        """The last day."""
        if self.day:
            return self.first
        month = self.month or (self.quarter * 3 if self.quarter else 12)
        return datetime.date(self.year, month, calendar.monthrange(self.year, month)[1])

    @property
    def words(self) -> str:
        """As a reader says it: ``12 March 2021``, ``Q2 2020``, ``fiscal year 2019``."""
        fiscal = "fiscal " if self.fiscal else ""
        if self.month:
            day = f"{self.day} " if self.day else ""
            return f"{day}{_MONTH_NAMES[self.month]} {self.year}"
        if self.quarter:
            return f"Q{self.quarter} {fiscal}{self.year}"
        return f"{fiscal}year {self.year}" if fiscal else str(self.year)

    @property
    def iso(self) -> str:
        """For programs: ``2021-03-12``, ``2021-03``, ``2020-Q2``, ``2019``."""
        if self.quarter:
            return f"{self.year:04}-Q{self.quarter}"
        parts = (f"{part:02}" for part in (self.month, self.day) if part)
        return "-".join((f"{self.year:04}", *parts))


class Order(StrEnum):
    """Whether day and month of a date can be told apart."""

    PLAIN = "plain"
    DECIDED = "decided"
    """Only by the other dates of the document."""
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that stands under a date, in one place or several.

    Attributes:
        other: the date read the other way round, where the order is ambiguous.
        mentions: where it stands; at least one, in the order of the documents.
    """

    when: When
    order: Order = Order.PLAIN
    other: When | None = None
    mentions: tuple[Mention, ...]

    @property
    def doubt(self) -> str:
        """What has to be known of the reading of the date; empty where it is plain."""
        if self.order is Order.DECIDED:
            return "Day and month told apart by other dates in the document."
        if self.other is not None:
            return f"Ambiguous: {self.when.words}, or {self.other.words}."
        return ""

    def between(self, first: datetime.date | None, last: datetime.date | None) -> bool:
        """Whether it may lie in a period; None for an open end."""
        return any(
            (first is None or one.last >= first) and (last is None or one.first <= last)
            for one in (self.when, self.other)
            if one is not None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What stands under dates in some documents, the earliest first.

    Attributes:
        more: whether there were more than are kept.
    """

    happenings: tuple[Happening, ...]
    more: bool = False


class EntityKind(StrEnum):
    """What a name stands for, in the order of a list."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"
    AMOUNT = "amount"
    MAIL = "e-mail address"
    PHONE = "phone number"
    IDENTIFIER = "identifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Somebody or something named in documents, however it is written there.

    Attributes:
        name: as it is written most often.
        detail: what kind of identifier it is, such as ``IBAN``; else empty.
        count: how often it is named; more than there are mentions where not all are kept.
        documents: how many documents name it.
        mentions: where, in the order of the documents; at least one.
    """

    kind: EntityKind
    name: str
    detail: str = ""
    count: int
    documents: int
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entities:
    """What is named in some documents: by kind, the most named first.

    Attributes:
        more: whether there were more than are kept.
    """

    entities: tuple[Entity, ...]
    more: bool = False


class Clash(StrEnum):
    """In what two sentences about the same disagree."""

    NUMBERS = "numbers"
    DATES = "dates"
    NEGATION = "negation"


class Sureness(StrEnum):
    """How likely it is that two sentences cannot both be true."""

    HIGH = "high"
    """The same sentence but for what differs, and the same period is named."""
    MEDIUM = "medium"
    """No period is named, or it is a row of a table, or only a “not” differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two places that say different things of the same.

    Attributes:
        first, second: in the order of the documents.
        words: one sentence that says what differs.
    """

    kind: Clash
    sureness: Sureness
    first: Mention
    second: Mention
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradictions:
    """Where some documents disagree: the surest first, then as they stand.

    Attributes:
        more: whether there were more than are kept.
    """

    contradictions: tuple[Contradiction, ...]
    more: bool = False


class Section(NamedTuple):
    """A section of a document, and the sentences that say most of it.

    Attributes:
        title: its heading, or which pages it is; may be empty.
        mentions: sentences as they stand, in their order.
        sentences: how many were looked at.
    """

    document: DocumentId
    title: str
    mentions: tuple[Mention, ...]
    sentences: int


class Summary(NamedTuple):
    """What the sections of some documents say, in their own sentences.

    Attributes:
        more: always false; as other facts have it.
    """

    sections: tuple[Section, ...]
    more: bool = False
