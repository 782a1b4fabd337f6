"""The translation of a document: its pieces side by side, and what a program found about each.

A piece is a run of a document's text that is translated at once; all pieces together are all of
its text. Must not know how pieces are cut, translated, stored or shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from carrel.domain.documents import Failure, UnitPlace
from carrel.domain.ids import DocumentId, TranslationId

DISCLAIMER: Final = "Machine translation, not checked by a person; numbers were compared."
"""What is said of every translation, wherever it is shown or written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language that can be translated into.

    Attributes:
        code: ISO 639-1.
        name: in English, as the engine is told it.
        script: Unicode's name of its letters; Han stands for Japanese and Chinese.
        right_to_left: how it is written.
    """

    code: str
    name: str
    script: str = "Latin"
    right_to_left: bool = False


LANGUAGES: Final = (
    Language(code="ar", name="Arabic", script="Arabic", right_to_left=True),
    Language(code="zh", name="Chinese", script="Han"),
    Language(code="cs", name="Czech"),
    Language(code="da", name="Danish"),
    Language(code="nl", name="Dutch"),
    Language(code="en", name="English"),
    Language(code="fi", name="Finnish"),
    Language(code="fr", name="French"),
    Language(code="de", name="German"),
    Language(code="el", name="Greek", script="Greek"),
    Language(code="he", name="Hebrew", script="Hebrew", right_to_left=True),
    Language(code="hi", name="Hindi", script="Devanagari"),
    Language(code="hu", name="Hungarian"),
    Language(code="id", name="Indonesian"),
    Language(code="it", name="Italian"),
    Language(code="ja", name="Japanese", script="Japanese"),
    Language(code="ko", name="Korean", script="Hangul"),
    Language(code="no", name="Norwegian"),
    Language(code="fa", name="Persian", script="Arabic", right_to_left=True),
    Language(code="pl", name="Polish"),
    Language(code="pt", name="Portuguese"),
    Language(code="ro", name="Romanian"),
    Language(code="ru", name="Russian", script="Cyrillic"),
    Language(code="es", name="Spanish"),
    Language(code="sv", name="Swedish"),
    Language(code="th", name="Thai", script="Thai"),
    Language(code="tr", name="Turkish"),
    Language(code="uk", name="Ukrainian", script="Cyrillic"),
    Language(code="vi", name="Vietnamese"),
)
"""By their English names. Their words for months and for thousands, millions and so on are known
to `carrel.language`, so that numbers can be compared."""

BY_CODE: Final = {one.code: one for one in LANGUAGES}


def language_named(untrusted_word: str) -> Language | None:
    """A language by its code or its English name, whatever the case; None for any other word."""
    word = untrusted_word.strip().casefold()
    return next((one for one in LANGUAGES if word in (one.code, one.name.casefold())), None)


class TranslationState(StrEnum):
    """How far a translation has come."""

    READY = "ready"
    """It has not been started."""
    RUNNING = "running"
    """It is worked on, or waits for its turn."""
    PAUSED = "paused"
    """Somebody paused it, or something keeps it from going on."""
    INTERRUPTED = "interrupted"
    """The program ended while it was worked on."""
    FINISHED = "finished"
    """Every piece has a translation, or a reason why there is none."""


class Doubt(StrEnum):
    """What a program found wrong with the translation of a piece."""

    NUMBERS = "numbers missing"
    """A number, an amount or a date of the original does not stand in it."""
    ADDED = "numbers added"
    """A number of three digits or more, or with decimals, stands in it and not in the original."""
    CUT = "cut off"
    """It was ended because it grew too long."""
    COPY = "not translated"
    """It repeats the words of the original."""
    SCRIPT = "other script"
    """Most of its letters are not those of the language."""
    SHORT = "much shorter"
    """It has far less text than the original; something may have been left out."""
    REPEATS = "repeats itself"
    """The engine began to repeat itself; the repetition was cut off."""


class PieceState(StrEnum):
    """What became of a piece."""

    OPEN = "open"
    """It was not translated yet."""
    DONE = "done"
    CHECK = "to check"
    """There is a translation, and doubts about it."""
    FAILED = "failed"
    """There is no translation; the failure says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """What came of a piece.

    Attributes:
        text: the translation; empty where there is none.
        missing: numbers and dates of the original that were not found, as they stand there.
        added: numbers of the translation that the original does not have.
        failure: why there is no translation.
        seconds: it took.
        kept: it holds no words, so it stands as it is, and no engine was asked.
    """

    text: str = ""
    doubts: tuple[Doubt, ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    failure: Failure | None = None
    seconds: float = 0.0
    kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of the original and what became of it.

    Attributes:
        n: its place among all pieces, counts from 1.
        start, end: code points of the unit's canonical text.
        source: that text.
        moved: the document was read anew since, and other words stand in this place now.
        result: None as long as it was not translated.
    """

    n: int
    place: UnitPlace
    start: int
    end: int
    source: str
    moved: bool = False
    result: Translated | None = None

    @property
    def state(self) -> PieceState:
        """What became of it."""
        if self.result is None:
            return PieceState.OPEN
        if self.result.failure is not None:
            return PieceState.FAILED
        return PieceState.CHECK if self.result.doubts else PieceState.DONE

    @property
    def text(self) -> str:
        """The translation, as far as there is one."""
        return self.result.text if self.result else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTranslation:
    """What a translation is made of.

    Attributes:
        language: code of the language translated into.
        installed_model: name of the installed model; empty for the usual one.
    """

    document: DocumentId
    language: str
    installed_model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """A translation in a list.

    Attributes:
        document_name: as it is called now.
        made_at, changed_at: seconds since the epoch, UTC.
        pieces, units: all of them.
        done, units_done: those that are through, failed ones included.
        failed, doubtful: of the pieces that are through.
        seconds: worked on it so far.
        failure: what keeps it from going on; None when nothing does.
    """

    id: TranslationId
    document: DocumentId
    document_name: str
    language: str
    installed_model: str
    state: TranslationState
    made_at: float
    changed_at: float
    pieces: int
    units: int
    done: int
    units_done: int
    failed: int
    doubtful: int
    seconds: float
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationSheet:
    """A translation with all its pieces, in the order of the document."""

    translation: Translation
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a translation would take.

    Attributes:
        pieces: that the engine is asked for.
        tokens: to be written, about.
        seconds: about; None where no speed was measured yet.
        installed_model: that would translate.
    """

    pieces: int
    tokens: int
    seconds: float | None
    installed_model: str


def remarks(result: Translated) -> str:
    """What was found about a translation, in one line for the reader; empty when nothing was."""
    said: list[str] = []
    for doubt in result.doubts:
        match doubt:
            case Doubt.NUMBERS:
                said.append(f"Not found in the translation: {', '.join(result.missing)}")
            case Doubt.ADDED:
                said.append(f"Only in the translation: {', '.join(result.added)}")
            case _:
                said.append(SENTENCES[doubt])
    return ". ".join(said) + "." if said else ""


SENTENCES: Final = {
    Doubt.CUT: "The translation was cut off where it grew too long",
    Doubt.COPY: "It repeats the words of the original",
    Doubt.SCRIPT: "Most of it is not in the letters of this language",
    Doubt.SHORT: "It is much shorter than the original; something may be missing",
    Doubt.REPEATS: "The engine began to repeat itself; the repetition was cut off",
}
