"""Questions, answers and their citations.

Must not know the engine, the store or the window.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from carrel.domain.documents import Box, Failure, Span, UnitKind, UnitPlace
from carrel.domain.ids import ChatId, DocumentId, ExchangeId
from carrel.domain.support import NOT_CHECKED, Checks

WORTH_TELLING: Final = 256
"""Tokens known from before; fewer are only the rules every prompt begins with."""


class AnswerMode(StrEnum):
    """Where the words of an answer come from."""

    EVIDENCE = "evidence"
    """The documents themselves; no engine runs."""
    PASSAGES = "passages"
    """The engine, shown the best passages."""
    WHOLE = "whole"
    """The engine, shown all of the chosen documents."""
    RESEARCH = "research"
    """The engine, searching and opening documents by itself."""


class Effort(StrEnum):
    """How hard the engine thinks before it answers; not every model offers every one."""

    OFF = "off"
    LOW = "low"
    HIGH = "high"
    MAX = "max"


class Verdict(StrEnum):
    """What the check of a quote against the canonical text found."""

    EXACT = "exact"
    """The words stand there, apart from spacing and typographic variants."""
    NEAR = "near"
    """Nearly the same words with the same numbers; the difference is shown."""
    NOT_FOUND = "not found"
    """They do not stand there, or a number differs. Shown as unsupported, never as a link."""


class ExchangeState(StrEnum):
    """How far an exchange has come."""

    ASKED = "asked"
    """The question is stored; no answer yet."""
    ANSWERED = "answered"
    STOPPED = "stopped"
    """The user stopped it; what was said so far is kept."""
    INTERRUPTED = "interrupted"
    """The program or the engine ended in the middle."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A quote and what its check found.

    Attributes:
        n: the number shown in the answer, counts from 1.
        start, end: code points of the unit's canonical text; 0, 0 when not found.
        quote: the words as the answer has them.
        source_text: the words as the document has them; empty when not found.
        difference: for a near quote, the differing words as ``quote -> source``; else empty.
        boxes: the words' lines on the page, empty where there is no page.
        confidence: mean, 0 to 100, where the words were recognised in a picture; None where they
            are the document's own.
        cells: of a sheet that the words stand in, as ``Rents!B4:D4``; empty elsewhere.
    """

    n: int
    verdict: Verdict
    quote: str
    document: DocumentId | None = None
    document_name: str = ""
    place: UnitPlace | None = None
    start: int = 0
    end: int = 0
    source_text: str = ""
    difference: str = ""
    parser_version: int = 0
    boxes: tuple[Box, ...] = ()
    confidence: float | None = None
    cells: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadPart:
    """A part of the material that was not read, and so could not be searched.

    Attributes:
        unit: its number, counts from 1; 0 for something about the document as a whole.
        why: a sentence.
    """

    document: DocumentId
    document_name: str
    unit: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of the material the answer rests on.

    Attributes:
        unread: parts of the documents asked about that were not read, as they were then.
        unread_more: whether there are more than are listed.
    """

    units_used: int
    units_total: int
    unread: tuple[UnreadPart, ...] = ()
    unread_more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Milliseconds spent on each step; 0 for a step that did not happen."""

    search: float = 0.0
    load: float = 0.0
    prefill: float = 0.0
    decode: float = 0.0
    check: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCount:
    """Tokens put before the engine, and tokens it wrote.

    Attributes:
        known: of the prompt's, known from before and not read again.
    """

    prompt: int = 0
    answer: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerStep:
    """What was done on the way to an answer, for the reader to follow.

    Attributes:
        words: one line: ``Searched for “net sales 2018”: 12 passages, 9 of them new``.
        thought: characters of thinking told before it; both are shown in this order.
        seconds: it took.
    """

    words: str
    thought: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPassage:
    """A passage that was put before the engine.

    Attributes:
        document: SHA-256 of the document's bytes.
        unit: number of its unit, counts from 1.
        start, end: code points of the unit's canonical text.
        sha256: of the passage's text.
    """

    document: str
    unit: int
    start: int
    end: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDocument:
    """A document an answer was made from.

    Attributes:
        sha256: of its bytes.
        name: as it was then.
        text_sha256: of the canonical texts that were put before the engine, where it was read
            whole; else empty.
        fence: that stood around it then; empty where it was not read whole.
    """

    sha256: str
    name: str
    text_sha256: str = ""
    fence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPart:
    """A section of a document that was put before the engine instead of all of it.

    Attributes:
        document: SHA-256 of the document's bytes.
        name: of the document, as it was then.
        kind: what its units are called.
        first, last: numbers of its units, counted from 1.
        of: units of the document.
        title: as the document calls it; may be empty.
    """

    document: str
    name: str
    kind: UnitKind
    first: int
    last: int
    of: int
    title: str = ""

    @property
    def words(self) -> str:
        """As a reader says it: ``pages 12–96``."""
        return run_words(self.kind, self.first, self.last)


def run_words(kind: UnitKind, first: int, last: int) -> str:
    """Units that follow one another, as a reader says it: ``pages 12–96``, ``sheet 3``."""
    noun = "part" if kind in (UnitKind.MAIL_PART, UnitKind.LINES) else kind.value
    return f"{noun} {first:,}" if first == last else f"{noun}s {first:,}–{last:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecord:
    """What an answer was made from, so that it can be made again and compared.

    Attributes:
        prompt: SHA-256 of all that the engine was told for the answer itself.
        passages: shown to the engine, in the order of their numbers; empty for whole documents.
        documents: those the passages are from, or those read whole.
        parts: sections that were read, where not all of the documents was.
        weights: identifies the content of the model's files.
        engine: identifies llama.cpp's libraries and how the model was loaded.
        encoding: the chat format.
        program: version of this program.
        binding: version of the package that llama.cpp came with.
    """

    prompt: str = ""
    passages: tuple[ShownPassage, ...] = ()
    documents: tuple[ShownDocument, ...] = ()
    parts: tuple[ReadPart, ...] = ()
    weights: str = ""
    engine: str = ""
    encoding: str = ""
    program: str = ""
    binding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finished answer.

    Attributes:
        text: markdown; ``[n]`` refers to the citation with that number.
        thinking: what the engine thought before it spoke; empty in evidence mode.
        installed_model: name of the installed model; empty in evidence mode.
        sampling: the parameters used, as shown to the user.
        steps: what was done before it was told, in order.
        record: what it was made from; of an answer by an older program nothing is known.
        checks: of its sentences; what was searched; passages that held instructions.
    """

    mode: AnswerMode
    text: str
    citations: tuple[Citation, ...]
    coverage: Coverage
    thinking: str = ""
    installed_model: str = ""
    sampling: dict[str, float | int | str] = field(default_factory=dict)
    tokens: TokenCount = TokenCount()
    timing: Timing = Timing()
    steps: tuple[AnswerStep, ...] = ()
    record: AnswerRecord = AnswerRecord()
    checks: Checks = NOT_CHECKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a document that is read instead of all of it.

    Attributes:
        first, last: numbers of its units, counted from 1.
        title: as the document calls it.
    """

    document: DocumentId
    first: int
    last: int
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question with its answer, as stored.

    Attributes:
        asked_at: seconds since the epoch, UTC.
        documents: the documents asked about; empty means all.
        sections: of these documents only these parts were read; empty means all of them.
        failure: set when ``state`` is failed or interrupted.
    """

    id: ExchangeId
    chat: ChatId
    question: str
    asked_at: float
    state: ExchangeState
    mode: AnswerMode
    documents: tuple[DocumentId, ...] = ()
    sections: tuple[Section, ...] = ()
    answer: Answer | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A chat: a titled row of exchanges. Times are seconds since the epoch, UTC."""

    id: ChatId
    title: str
    created_at: float
    changed_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A sentence that answers, before it becomes a citation.

    Attributes:
        sentence: offsets into the unit's canonical text.
    """

    document: DocumentId
    unit_number: int
    sentence: Span
    text: str
    score: float
