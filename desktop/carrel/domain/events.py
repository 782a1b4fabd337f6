"""Everything that can happen, on one page; what a model does with facts, in `fact_events`.

Commands go down as plain calls; these come up. All carry what a page needs to
redraw without asking back. Must not know who listens.
"""

from dataclasses import dataclass, fields

from carrel.domain.answers import AnswerMode, AnswerStep, Citation, Exchange
from carrel.domain.documents import Document, Failure, Inside
from carrel.domain.ids import ChatId, DocumentId, ExchangeId, JobId, QuestionnaireId, TranslationId
from carrel.domain.installed import EngineState, InstalledModel
from carrel.domain.meaning import MeaningState
from carrel.domain.questionnaires import Cell, Questionnaire
from carrel.domain.translating import Piece, Translation


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something happened."""


# ── adding documents ────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class AddingStarted(Event):
    """Paths were accepted, and remembered beyond a crash; the first files were found.

    Attributes:
        left_out: sentences about what of the folders is not added, each with the folder's path.
    """

    job: JobId
    names: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesFound(Event):
    """More files of a job were found: its folders are still being walked.

    Attributes:
        first: index of the first of them; the others follow.
        left_out: as in `AddingStarted`; comes with the last of them.
    """

    job: JobId
    first: int
    names: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersFound(Event):
    """A file of a job holds documents; they were stored and are read as files of the same job.

    Attributes:
        first: index of the first of them; the others follow.
        paths: inside the container.
    """

    job: JobId
    container: Document
    first: int
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProgressed(Event):
    """One file of a job moved on.

    Attributes:
        index: position in ``AddingStarted.names``.
        step: ``storing``, ``reading``, ``saving``.
        done, total: units of the step (bytes or document units); total 0 if unknown.
        seconds_left: estimate for the whole job, or None.
    """

    job: JobId
    index: int
    name: str
    step: str
    done: int
    total: int
    seconds_left: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAdded(Event):
    """One file of a job is finished, whatever came of it.

    Attributes:
        document: None when the file could not even be stored.
        duplicate: the same bytes were there already.
        inside: where it lies in another document; None for a file of its own.
    """

    job: JobId
    index: int
    path: str
    document: Document | None
    duplicate: bool
    failure: Failure | None
    inside: Inside | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What came of the files of a job, those inside others among them.

    Attributes:
        read, partial, failed: documents by what was read of them.
        duplicates: were there already.
        not_added: could not even be stored.
        stopped: the user did not want them any more.
    """

    read: int = 0
    partial: int = 0
    failed: int = 0
    duplicates: int = 0
    not_added: int = 0
    stopped: int = 0

    @property
    def phrases(self) -> tuple[str, ...]:
        """What came of the files, each count that is not 0: ``30 read in part``."""
        told = (
            (self.read, "read"),
            (self.partial, "read in part"),
            (self.failed + self.not_added, "not read"),
            (self.duplicates, "there already"),
            (self.stopped, "stopped"),
        )
        return tuple(f"{number:,} {what}" for number, what in told if number)

    def plus(self, other: "Tally") -> "Tally":
        """What came of both."""
        return Tally(
            **{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AddingFinished(Event):
    """All files of a job are finished, or the job was cancelled."""

    job: JobId
    cancelled: bool
    tally: Tally = Tally()


@dataclass(frozen=True, slots=True, kw_only=True)
class AddingPaused(Event):
    """No file is begun any more, or again; those in hand are read to their end."""

    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchingChanged(Event):
    """There are more or fewer watched folders, or more is known about one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeaningChanged(Event):
    """Finding by meaning moved on: a model was chosen, vectors were made, or it cannot go on."""

    state: MeaningState


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionQueued(Event):
    """Pages of a document wait to have their text recognised.

    Attributes:
        total: how many.
    """

    job: JobId
    document: Document
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionProgressed(Event):
    """A page was recognised and can be searched.

    Attributes:
        document: as it is now.
        done, total: pages of this job.
        seconds_left: an estimate.
    """

    job: JobId
    document: Document
    done: int
    total: int
    seconds_left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionFinished(Event):
    """The text recognition of a document ended.

    Attributes:
        document: as it is now.
        done: whether no page waits any more; otherwise the ledger says why they do.
    """

    job: JobId
    document: Document
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentChanged(Event):
    """A document has a new state (read after a restart, say)."""

    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRemoved(Event):
    """A document, its passages and its original are gone, or out of sight until they come back."""

    document: DocumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalsChanged(Event):
    """There are more or fewer removed documents that can come back."""


# ── asking ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked(Event):
    """The question is stored and will be answered."""

    job: JobId
    chat: ChatId
    exchange: ExchangeId
    chat_title: str
    question: str
    mode: AnswerMode


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerProgressed(Event):
    """A step before the first word.

    Attributes:
        step: ``searching``, ``loading``, ``testing`` (after a first load), ``reading`` (prefill),
            ``working`` (anything else; ``detail`` says what).
        done, total: of the step's own unit (bytes, checks or tokens); total 0 if unknown.
        detail: what is done, for the reader: ``Searching for “net sales 2018”…``; empty where
            the step's name says it.
    """

    job: JobId
    step: str
    done: int
    total: int
    seconds_left: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken(Event):
    """Something was done on the way to the answer; it is kept with it."""

    job: JobId
    step: AnswerStep


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingAdded(Event):
    """The engine thought aloud."""

    job: JobId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerAdded(Event):
    """Words of the answer; ``[n]`` refers to a citation announced before."""

    job: JobId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationChecked(Event):
    """A quote was checked; comes before the ``[n]`` that refers to it."""

    job: JobId
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRestarted(Event):
    """What was thought, said and cited so far is void; the answer begins anew.

    Attributes:
        reason: a sentence for the user.
    """

    job: JobId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSetAside(Event):
    """What was said so far was said on the way: it goes behind the thoughts, its citations go."""

    job: JobId


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFinished(Event):
    """The exchange as stored: answered or stopped. Replaces what was streamed."""

    job: JobId
    exchange: Exchange


# ── engine and installed models ─────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelImported(Event):
    """A GGUF file passed the check and is listed."""

    job: JobId
    installed: InstalledModel


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRemoved(Event):
    """An installed model was taken off the list."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProgressed(Event):
    """A GGUF file or pack is being checked, copied, hashed, verified or tested.

    Attributes:
        step: ``hashing``, ``copying``, ``verifying`` (bytes) or ``testing`` (checks).
    """

    job: JobId
    name: str
    done: int
    total: int
    seconds_left: float | None
    step: str = "hashing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVerified(Event):
    """Every byte of an installed model was compared with its hash.

    Attributes:
        damage: sentences that name what differs; empty when all is as imported.
    """

    job: JobId
    installed: InstalledModel
    damage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChanged(Event):
    """What is known about an installed model changed: a self-test, a speed, a signature."""

    installed: InstalledModel


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChanged(Event):
    """The engine process changed state.

    Attributes:
        progress: 0 to 1 while loading.
        seconds_left: estimate while loading, or None.
        tokens_per_second: of the last answer, 0 before the first.
    """

    state: EngineState
    installed_model: str
    progress: float = 0.0
    tokens_per_second: float = 0.0
    failure: Failure | None = None
    seconds_left: float | None = None


# ── any job ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed(Event):
    """A job ended without its result."""

    job: JobId
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatsChanged(Event):
    """Chats were added, renamed or removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionnaireChanged(Event):
    """A questionnaire was made, went on, stopped, or another of its cells is done.

    Attributes:
        cell: that was done; None when something else changed.
        seconds_left: of all that is open; None while it is not known.
    """

    questionnaire: Questionnaire
    cell: Cell | None = None
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionnaireProgressed(Event):
    """What is being done for a questionnaire now.

    Attributes:
        document, question: their places; counting from 1.
        step, done, total: as `AnswerProgressed`.
    """

    questionnaire: QuestionnaireId
    document: int
    question: int
    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionnaireRemoved(Event):
    """A questionnaire is gone with its answers."""

    questionnaire: QuestionnaireId


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationChanged(Event):
    """A translation was made, went on, stopped, or another of its pieces is through.

    Attributes:
        piece: that is through; None when something else changed.
        seconds_left: of all that is open; None while it is not known.
    """

    translation: Translation
    piece: Piece | None = None
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationRemoved(Event):
    """A translation is gone with its pieces."""

    translation: TranslationId


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsProgressed(Event):
    """How far a search for facts has come.

    Attributes:
        kind: what is looked for, such as ``timeline``.
        done, total: documents.
    """

    kind: str
    done: int
    total: int
