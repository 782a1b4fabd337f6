"""Translates documents: one piece after another, each a turn of its own in the line for the engine.

A question in a chat waits for one piece and not for the book. What came of a piece is stored before
the next begins. Must not know how a piece is translated.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from carrel.answering.errors import (
    CannotTranslate,
    LanguageUnknown,
    NothingToTranslate,
    TooMuchToTranslate,
)
from carrel.answering.pieces import all_pieces, flowing, has_words
from carrel.answering.translating import SYSTEM, Before, Written, seed_of, translate_piece
from carrel.app.asking import Asking, Stopped
from carrel.app.engine_host import EngineHost
from carrel.app.offering import tokens_of
from carrel.app.speaking import NOTED_READ
from carrel.app.translation_export import write_translation
from carrel.catalog.installed import Catalog
from carrel.domain.documents import Failure, Span, Unit
from carrel.domain.errors import BUG_FAILURE, AskError, EngineError, KnownError
from carrel.domain.events import Event, TranslationChanged, TranslationRemoved
from carrel.domain.ids import DocumentId, JobId, TranslationId
from carrel.domain.installed import NANO_PROFILE, InstalledModel
from carrel.domain.translating import (
    BY_CODE,
    LANGUAGES,
    Expected,
    NewTranslation,
    Piece,
    Translated,
    Translation,
    TranslationSheet,
    TranslationState,
)
from carrel.engine.errors import LoadCancelled
from carrel.workspace.errors import TranslationGone
from carrel.workspace.store import Workspace
from carrel.workspace.texts import TextSize
from carrel.workspace.translations import OpenPiece

MOST_PIECES: Final = 20_000
"""Pieces of one translation: a book of three thousand pages has about as many. At half a minute
each that is a week of work."""

MOST_BROKEN: Final = 2
"""Pieces in a row that fail for a reason of the engine's before a translation pauses itself: one
may be the piece's fault, two are not."""

WRITTEN_SHARE: Final = 1.3
"""Tokens of a translation for each of the original, on average over languages."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Run:
    """A translation that is worked on; used by the thread that answers.

    Attributes:
        open: characters of the pieces that are open and ask the engine.
        done, seconds: characters that were translated in this run, and the time they took.
        broken: numbers of the pieces that failed one after another.
    """

    listed: Translation
    sha256: str
    open: int
    done: int = 0
    seconds: float = 0.0
    broken: tuple[int, ...] = ()

    @property
    def seconds_left(self) -> float | None:
        """By what this run measured; None before anything is."""
        return self.open * self.seconds / self.done if self.done else None


class Translations:
    """Makes, runs and keeps translations. All methods return at once.

    Args:
        workspace: open.
        asking: the line for the engine.
        engines: the engine.
        catalog: the installed models.
        publish: tells what happened.
    """

    def __init__(
        self,
        workspace: Workspace,
        asking: Asking,
        engines: EngineHost,
        catalog: Catalog,
        publish: Callable[[Event], None],
    ) -> None:
        self._workspace = workspace
        self._stored = workspace.translations
        self._asking = asking
        self._engines = engines
        self._catalog = catalog
        self._publish = publish
        self._turns: dict[TranslationId, JobId] = {}
        self._pausing: set[TranslationId] = set()
        self._lock = threading.Lock()
        self._look = ThreadPoolExecutor(1, thread_name_prefix="translations")

    # ── what there is ────────────────────────────────────────────────────────

    def list(self) -> Future[tuple[Translation, ...]]:
        """All, the newest first."""
        return self._stored.list()

    def sheet(self, wanted: TranslationId) -> Future[TranslationSheet]:
        """One with all its pieces."""
        return self._stored.sheet(wanted)

    def newest(self, document: DocumentId, language: str) -> Future[Translation | None]:
        """The newest translation of a document into a language."""

        def find() -> Translation | None:
            every = self._stored.list().result()
            same = (one for one in every if (one.document, one.language) == (document, language))
            return next(same, None)

        return self._look.submit(find)

    def expected(self, new: NewTranslation) -> Future[Expected]:
        """What a translation would take.

        Raises (in the future):
            KnownError: as `create`.
        """
        return self._look.submit(self._expected, new)

    def _expected(self, new: NewTranslation) -> Expected:
        installed = self._translator(new.installed_model)
        sizes = [
            about_tokens(unit.text[slice(*span)])
            for unit, span in self._cut(new)
            if has_words(unit.text[slice(*span)])
        ]
        written = round(sum(sizes) * WRITTEN_SHARE)
        # Each piece is read with the one before and its translation; the rules are read once.
        read = round(sum(sizes) * (2 + WRITTEN_SHARE)) + about_tokens(SYSTEM)
        seconds = None
        if installed.tokens_per_second and installed.reading_per_second:
            seconds = written / installed.tokens_per_second + read / installed.reading_per_second
        return Expected(
            pieces=len(sizes), tokens=written, seconds=seconds, installed_model=installed.name
        )

    def export(self, wanted: TranslationId, path: Path) -> Future[Path]:
        """Write original and translation; see `carrel.app.translation_export`.

        Raises (in the future):
            TranslationOutputFailed: it cannot be written.
        """

        def write() -> Path:
            write_translation(self._stored.sheet(wanted).result(), path)
            return path

        return self._look.submit(write)

    # ── what can be done ─────────────────────────────────────────────────────

    def create(self, new: NewTranslation) -> Future[Translation]:
        """Cut a document into pieces and store them; translating does not begin by itself.

        Raises (in the future):
            CannotTranslate: only Carrel Nano is there, or was named.
            LanguageUnknown, NothingToTranslate, TooMuchToTranslate, DocumentGone.
        """

        def make() -> Translation:
            installed = self._translator(new.installed_model)
            made = replace(new, installed_model=installed.name)
            listed = self._stored.create(made, self._cut(new)).result()
            self._publish(TranslationChanged(translation=listed))
            return listed

        return self._look.submit(make)

    def start(self, wanted: TranslationId, installed_model: str = "") -> Future[Translation]:
        """Begin, or go on with what is open.

        Args:
            installed_model: that translates from now on; empty for the one before.
        """

        def begin() -> Translation:
            with self._lock:
                self._pausing.discard(wanted)
                if wanted in self._turns:
                    return self._stored.get(wanted).result()
                self._turns[wanted] = JobId(0)  # taken; the number follows
            try:
                run = self._run_of(wanted, installed_model)
            except BaseException:
                self._leave(wanted)
                raise
            self._tell(run)
            if run.listed.state is TranslationState.RUNNING:
                self._take_turn(run)
            else:
                self._leave(wanted)
            return run.listed

        return self._look.submit(begin)

    def pause(self, wanted: TranslationId) -> None:
        """Stop within a second; the piece that is being written stays open."""
        with self._lock:
            if wanted not in self._turns:
                return
            self._pausing.add(wanted)
            job = self._turns[wanted]
        if job:
            self._asking.cancel(job)

    def ask_again(
        self, wanted: TranslationId, pieces: Sequence[int] | None = None
    ) -> Future[Translation]:
        """Open these pieces again, or all that failed; `start` then asks for them.

        Args:
            pieces: their numbers.
        """

        def again() -> Translation:
            listed = self._stored.reopen(wanted, pieces).result()
            self._publish(TranslationChanged(translation=listed))
            return listed

        return self._look.submit(again)

    def remove(self, wanted: TranslationId) -> Future[None]:
        """Stop it, and remove it with its pieces."""
        self.pause(wanted)

        def gone() -> None:
            self._stored.remove(wanted).result()
            self._publish(TranslationRemoved(translation=wanted))

        # In the line of the engine: by then no piece of it is being written.
        return self._asking.soon(gone)

    def close(self) -> None:
        """Start nothing more; what is being translated is ended by who owns the line."""
        self._look.shutdown(cancel_futures=True)

    # ── the work ─────────────────────────────────────────────────────────────

    def _translator(self, wished: str) -> InstalledModel:
        """The installed model that translates: the one wished for, the usual one, or another.

        Raises:
            CannotTranslate: it is Carrel Nano, and nothing else is there.
            NoModel: none is installed.
        """
        installed = self._catalog.get(self._asking.choose_model(wished))
        if installed.profile != NANO_PROFILE:
            return installed
        others = [one for one in self._catalog.list() if one.profile != NANO_PROFILE]
        if wished or not others:
            raise CannotTranslate(title=installed.profile_title or installed.title)
        return others[0]

    def _cut(self, new: NewTranslation) -> Sequence[tuple[Unit, Span]]:
        if new.language not in BY_CODE:
            known = ", ".join(f"{one.code} ({one.name})" for one in LANGUAGES)
            raise LanguageUnknown(word=new.language, known=known)
        units = self._workspace.texts.units(new.document).result()
        pieces = tuple(all_pieces(units, about_tokens))
        if not any(has_words(unit.text[slice(*span)]) for unit, span in pieces):
            name = self._workspace.documents.get(new.document).result().name
            raise NothingToTranslate(name=name)
        if len(pieces) > MOST_PIECES:
            name = self._workspace.documents.get(new.document).result().name
            raise TooMuchToTranslate(name=name, pieces=len(pieces), most=MOST_PIECES)
        return pieces

    def _run_of(self, wanted: TranslationId, wished: str) -> _Run:
        sheet = self._stored.sheet(wanted).result()
        listed = sheet.translation
        waiting = [one for one in sheet.pieces if one.result is None]
        state, name = TranslationState.FINISHED, ""
        if waiting:
            state = TranslationState.RUNNING
            known = {one.name for one in self._catalog.list()}
            before = listed.installed_model if listed.installed_model in known else ""
            name = self._translator(wished or before).name
        document = self._workspace.documents.get(listed.document).result()
        listed = self._stored.set_state(wanted, state, installed_model=name).result()
        size = sum(len(one.source) for one in waiting if has_words(one.source))
        return _Run(listed=listed, sha256=document.sha256, open=size)

    def _take_turn(self, run: _Run) -> None:
        def work(job: JobId, stopped: Stopped) -> None:
            with self._lock:
                if run.listed.id in self._turns:
                    self._turns[run.listed.id] = job
            try:
                self._turn(run, stopped)
            except TranslationGone:  # with its document
                self._leave(run.listed.id)
                self._publish(TranslationRemoved(translation=run.listed.id))
            except LoadCancelled:
                if not self._held(run, stopped):
                    self._pause_for(run, None)
            except KnownError as error:
                self._pause_for(run, error.failure)
            except Exception:  # noqa: BLE001 - the border of this translation's work
                _log.exception("a translation failed")
                self._pause_for(run, BUG_FAILURE)

        self._asking.run(work)

    def _turn(self, run: _Run, stopped: Stopped) -> None:
        if self._held(run, stopped):
            return
        wanted = run.listed.id
        found = self._stored.next_open(wanted).result()
        while found is not None and not has_words(found.piece.source) and not stopped():
            kept = Translated(text=flowing(found.piece.source), kept=True)
            self._store(run, found.piece, kept)
            found = self._stored.next_open(wanted).result()
        if found is not None and has_words(found.piece.source):
            self._ask(run, found, stopped)
        if len(run.broken) >= MOST_BROKEN:
            self._pause_broken(run)
            return
        if run.listed.done == run.listed.pieces:
            self._leave(wanted)
            run.listed = self._stored.set_state(wanted, TranslationState.FINISHED).result()
            self._tell(run)
        elif not self._held(run, stopped):
            self._take_turn(run)

    def _ask(self, run: _Run, found: OpenPiece, stopped: Stopped) -> None:
        piece = found.piece
        engine = self._engines.engine(run.listed.installed_model, _ignore, stopped, on_test=_ignore)
        before = found.before
        began = time.monotonic()
        written: Written | None = None
        failure: Failure | None = None
        try:
            written = translate_piece(
                engine,
                piece.source,
                BY_CODE[run.listed.language],
                seed=seed_of(run.sha256, run.listed.language, piece.n, found.tries),
                stopped=stopped,
                before=Before(source=before.source, text=before.text) if before else None,
            )
        except (EngineError, AskError) as error:
            failure = error.failure
            broken = isinstance(error, EngineError)
            run.broken = (*run.broken, piece.n) if broken else ()
        self._rest(written, failure)
        seconds = time.monotonic() - began
        if failure is not None:
            self._store(run, piece, Translated(failure=failure, seconds=seconds))
        elif written is not None and written.result is not None:
            run.broken = ()
            run.done += len(piece.source)
            run.seconds += seconds
            self._store(run, piece, replace(written.result, seconds=seconds))

    def _rest(self, written: Written | None, failure: Failure | None) -> None:
        """Tell the engine's state, and how fast it was."""
        if written is None:
            self._engines.rest(0.0, failure)
            return
        speed = written.tokens / written.writing_seconds if written.writing_seconds else 0.0
        reading = 0.0
        if written.read >= NOTED_READ and written.reading_seconds:
            reading = written.read / written.reading_seconds
        self._engines.rest(speed, tokens=written.tokens, reading_per_second=reading)

    def _store(self, run: _Run, piece: Piece, result: Translated) -> None:
        run.listed = self._stored.finish_piece(run.listed.id, piece.n, result).result()
        if not result.kept:
            run.open = max(0, run.open - len(piece.source))
        self._tell(run, replace(piece, result=result))

    def _held(self, run: _Run, stopped: Stopped) -> bool:
        """Whether somebody paused it, or the program ends; then that is stored."""
        with self._lock:
            pausing = run.listed.id in self._pausing
        if not pausing and not stopped():
            return False
        self._leave(run.listed.id)
        if pausing:  # a program that ends leaves it as interrupted
            run.listed = self._stored.set_state(run.listed.id, TranslationState.PAUSED).result()
            self._tell(run)
        return True

    def _pause_broken(self, run: _Run) -> None:
        """The engine fails again and again: what it failed at is asked for again later."""
        sheet = self._stored.sheet(run.listed.id).result()
        failed = {one.n: one.result for one in sheet.pieces if one.result}
        last = failed.get(run.broken[-1])
        self._stored.reopen(run.listed.id, run.broken).result()
        self._pause_for(run, last.failure if last else None)

    def _pause_for(self, run: _Run, failure: Failure | None) -> None:
        self._leave(run.listed.id)
        paused = TranslationState.PAUSED
        try:
            run.listed = self._stored.set_state(run.listed.id, paused, failure).result()
        except KnownError:
            _log.warning("a translation could not be marked as paused")
            run.listed = replace(run.listed, state=paused, failure=failure)
        self._tell(run)

    def _leave(self, wanted: TranslationId) -> None:
        with self._lock:
            self._turns.pop(wanted, None)
            self._pausing.discard(wanted)

    def _tell(self, run: _Run, piece: Piece | None = None) -> None:
        self._publish(
            TranslationChanged(translation=run.listed, piece=piece, seconds_left=run.seconds_left)
        )


def about_tokens(text: str) -> int:
    """About how many tokens a text has."""
    return tokens_of(TextSize(len(text), len(text.encode(errors="replace")), 0))


def _ignore(_done: int, _total: int) -> None:
    return
