"""Works through questionnaires: one cell after another, all questions of a document together.

Each cell takes a turn of its own in the line for the engine, so a question in a chat waits for
one cell and not for the night. What a cell's answer is, is stored before the next begins. Must not
know how a question is answered.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from carrel.answering import estimate
from carrel.answering.ask import Answering, Question
from carrel.answering.errors import DocumentsTooLong
from carrel.app.asking import Asking, Stopped
from carrel.app.cell_answers import CellAnswers
from carrel.app.engine_host import EngineHost
from carrel.app.question_files import read_questions
from carrel.app.sheet_export import write_sheet
from carrel.app.speaking import speed_of
from carrel.domain.answers import AnswerMode, Effort, Exchange, ExchangeState
from carrel.domain.documents import Failure
from carrel.domain.errors import BUG_FAILURE, KnownError, Reported
from carrel.domain.events import (
    AnswerProgressed,
    Event,
    JobFailed,
    QuestionnaireChanged,
    QuestionnaireProgressed,
    QuestionnaireRemoved,
)
from carrel.domain.ids import DocumentId, JobId, QuestionnaireId
from carrel.domain.offers import ModeOffer
from carrel.domain.questionnaires import (
    Cell,
    Finding,
    NewQuestionnaire,
    Questionnaire,
    RunState,
    Sheet,
)
from carrel.workspace.errors import DocumentGone
from carrel.workspace.store import Workspace

SAMPLED: Final = 12
"""Documents by which the time of a questionnaire is estimated."""

MOST_BROKEN: Final = 2
"""Cells in a row that fail for a reason of the machine's before a questionnaire pauses itself:
one may be the document's fault, two are not."""

_log = logging.getLogger(__name__)

Offers = Callable[[tuple[DocumentId, ...], str, Effort], Sequence[ModeOffer]]
"""What each way of answering would take for some documents, by the model of that name."""

MakeAnswering = Callable[[CellAnswers, Callable[[Event], None]], Answering]


@dataclass(slots=True)
class _Run:
    """A questionnaire that is worked on; used by the thread that answers."""

    sheet: Sheet
    cells: dict[tuple[int, int], Cell]
    waiting: deque[tuple[int, int]]
    too_long: set[int] = field(default_factory=set)
    broken: list[tuple[int, int]] = field(default_factory=list)

    @property
    def id(self) -> QuestionnaireId:
        return self.sheet.questionnaire.id


class Questionnaires:
    """Makes, runs and keeps questionnaires. All methods return at once.

    Args:
        workspace: open.
        asking: the line for the engine.
        engines: the engine, for telling that an answer ended.
        make: an `Answering` that stores cells and tells its events to the function given.
        publish: tells what happened.
        offers: tells what ways of answering take.
    """

    def __init__(
        self,
        workspace: Workspace,
        asking: Asking,
        engines: EngineHost,
        make: MakeAnswering,
        publish: Callable[[Event], None],
        offers: Offers,
    ) -> None:
        self._offers = offers
        self._stored = workspace.questionnaires
        self._workspace = workspace
        self._asking = asking
        self._engines = engines
        self._publish = publish
        self._cells = CellAnswers(self._stored)
        self._answering = make(self._cells, self._hear)
        self._turns: dict[QuestionnaireId, JobId] = {}
        self._pausing: set[QuestionnaireId] = set()
        self._lock = threading.Lock()
        self._failure: Failure | None = None
        self._look = ThreadPoolExecutor(1, thread_name_prefix="questionnaires")

    # ── what there is ────────────────────────────────────────────────────────

    def list(self) -> Future[tuple[Questionnaire, ...]]:
        """All, the newest first."""
        return self._stored.list()

    def sheet(self, wanted: QuestionnaireId) -> Future[Sheet]:
        """One with all its cells."""
        return self._stored.sheet(wanted)

    def with_identity(self, identity: str) -> Future[Questionnaire | None]:
        """The newest that was made from the file with this identity."""
        return self._stored.with_identity(identity)

    def questions_in(self, path: Path) -> Future[tuple[str, ...]]:
        """Questions out of a file; see `carrel.app.question_files`."""
        return self._look.submit(read_questions, path)

    def expected(self, new: NewQuestionnaire) -> Future[float | None]:
        """Seconds a questionnaire would take, about; None where no speed was measured yet."""
        return self._look.submit(self._expected, new)

    def _expected(self, new: NewQuestionnaire) -> float | None:
        """By some of its documents, evenly chosen: reading each once, then asking the rest."""
        step = max(1, len(new.documents) // SAMPLED)
        sample = new.documents[::step]
        name = new.installed_model
        if new.mode is not AnswerMode.EVIDENCE:
            name = self._asking.choose_model(name)
        total = 0.0
        for document in sample:
            found = {one.mode: one for one in self._offers((document,), name, new.effort)}
            first, later = found[new.mode], found[new.mode]
            if new.mode is AnswerMode.WHOLE:
                # What was read is kept for the other questions; what does not fit is searched.
                later = found[AnswerMode.PASSAGES]
                first = later if first.refusal else first
            if first.seconds is None or later.seconds is None:
                return None
            total += first.seconds + (len(new.questions) - 1) * later.seconds
        return total / len(sample) * len(new.documents) if sample else None

    def export(self, wanted: QuestionnaireId, path: Path) -> Future[Path]:
        """Write all answers with their sources; see `carrel.app.sheet_export`.

        Raises (in the future):
            OutputFailed: it cannot be written.
        """

        def write() -> Path:
            write_sheet(self._stored.sheet(wanted).result(), path)
            return path

        return self._look.submit(write)

    # ── what can be done ─────────────────────────────────────────────────────

    def create(self, new: NewQuestionnaire) -> Future[Questionnaire]:
        """Store a questionnaire; it does not begin by itself."""
        return self._told(self._stored.create(new))

    def extend(
        self, wanted: QuestionnaireId, documents: Sequence[DocumentId]
    ) -> Future[Questionnaire]:
        """Ask more documents; not while it is worked on."""
        return self._told(self._stored.extend(wanted, documents))

    def start(self, wanted: QuestionnaireId) -> Future[Questionnaire]:
        """Begin, or go on with what is open."""

        def begin() -> Questionnaire:
            with self._lock:
                self._pausing.discard(wanted)
                if wanted in self._turns:
                    return self._stored.get(wanted).result()
                self._turns[wanted] = JobId(0)  # taken; the number follows
            try:
                run = self._run_of(self._stored.sheet(wanted).result())
                state = RunState.RUNNING if run.waiting else RunState.FINISHED
                listed = self._stored.set_state(wanted, state).result()
            except BaseException:
                self._leave(wanted)
                raise
            run.sheet = replace(run.sheet, questionnaire=listed)
            self._tell(run)
            if run.waiting:
                self._take_turn(run)
            else:
                self._leave(wanted)
            return listed

        return self._look.submit(begin)

    def pause(self, wanted: QuestionnaireId) -> None:
        """Go no further than the answer that is being written."""
        with self._lock:
            if wanted in self._turns:
                self._pausing.add(wanted)

    def stop(self, wanted: QuestionnaireId) -> None:
        """Break the answer off that is being written; its cell stays open."""
        self.pause(wanted)
        with self._lock:
            job = self._turns.get(wanted)
        if job:
            self._asking.cancel(job)

    def ask_again(
        self, wanted: QuestionnaireId, cells: Sequence[tuple[int, int]] | None = None
    ) -> Future[Questionnaire]:
        """Open these cells again, or all that failed; `start` then asks them.

        Args:
            cells: document and question of each.
        """
        return self._told(self._stored.reopen(wanted, cells))

    def rename(self, wanted: QuestionnaireId, name: str) -> Future[Questionnaire]:
        """Call it otherwise."""
        return self._told(self._stored.rename(wanted, name))

    def remove(self, wanted: QuestionnaireId) -> Future[None]:
        """Stop it, and remove it with its answers."""
        self.stop(wanted)

        def gone() -> None:
            self._stored.remove(wanted).result()
            self._publish(QuestionnaireRemoved(questionnaire=wanted))

        # In the line of the engine: by then no cell of it is being written.
        return self._asking.soon(gone)

    def close(self) -> None:
        """Start nothing more; what is being answered is ended by who owns the line."""
        self._look.shutdown(cancel_futures=True)

    # ── the work ─────────────────────────────────────────────────────────────

    def _run_of(self, sheet: Sheet) -> _Run:
        cells = {(cell.document, cell.question): cell for cell in sheet.cells}
        waiting = deque(at for at, cell in cells.items() if cell.finding is Finding.OPEN)
        return _Run(sheet=sheet, cells=cells, waiting=waiting)

    def _take_turn(self, run: _Run) -> None:
        def work(job: JobId, stopped: Stopped) -> None:
            try:
                self._turn(run, job, stopped)
            except KnownError as error:
                self._pause_for(run, error.failure)
            except Exception:  # noqa: BLE001 - the border of this questionnaire's work
                _log.exception("a questionnaire failed")
                self._pause_for(run, BUG_FAILURE)

        job = self._asking.run(work)
        with self._lock:
            if run.id in self._turns:
                self._turns[run.id] = job

    def _turn(self, run: _Run, job: JobId, stopped: Stopped) -> None:
        if self._held(run, stopped):
            return
        at = run.waiting.popleft()
        exchange = self._ask(run, at, job, stopped)
        cell = Cell(document=at[0], question=at[1], exchange=exchange)
        if cell.finding is Finding.OPEN:
            run.waiting.appendleft(at)
        else:
            run.cells[at] = cell
            self._count_broken(run, at, exchange)
        if len(run.broken) >= MOST_BROKEN and exchange is not None:
            failure = exchange.failure or BUG_FAILURE
            self._stored.reopen(run.id, run.broken).result()
            self._pause_for(run, failure)
            return
        state = RunState.RUNNING if run.waiting else RunState.FINISHED
        if state is RunState.FINISHED:
            self._leave(run.id)
            self._stored.set_state(run.id, state).result()
        self._refresh(run)
        self._tell(run, cell if cell.finding is not Finding.OPEN else None)
        if run.waiting and not self._held(run, stopped):
            self._take_turn(run)

    def _held(self, run: _Run, stopped: Stopped) -> bool:
        """Whether somebody paused or stopped it, or the program ends; then that is stored."""
        with self._lock:
            pausing = run.id in self._pausing
        if not pausing and not stopped():
            return False
        self._leave(run.id)
        if pausing:  # a program that ends leaves it as interrupted
            self._stored.set_state(run.id, RunState.PAUSED).result()
            self._refresh(run)
            self._tell(run)
        return True

    def _ask(self, run: _Run, at: tuple[int, int], job: JobId, stopped: Stopped) -> Exchange | None:
        listed = run.sheet.questionnaire
        asked = run.sheet.documents[at[0] - 1]
        mode = listed.mode
        if mode is AnswerMode.WHOLE and asked.n in run.too_long:
            mode = AnswerMode.PASSAGES
        speaks = mode is not AnswerMode.EVIDENCE
        name = self._asking.choose_model(listed.installed_model) if speaks else ""
        self._cells.cell = (listed.id, *at)
        self._failure = None
        try:
            self._workspace.documents.get(asked.document).result()
        except DocumentGone as error:
            begun = self._cells.start(None, "", "", mode, ())
            return self._cells.fail(begun.id, error.failure)
        text = listed.questions[at[1] - 1]
        question = Question(
            job=job,
            text=text,
            chat=None,
            mode=mode,
            documents=(asked.document,),
            installed_model=name,
            effort=listed.effort,
            seed=_seed(listed, asked.sha256, text),
        )
        exchange = self._answering.answer(question, stopped)
        if exchange is None:
            raise Reported(self._failure or BUG_FAILURE)
        if speaks:
            tokens = exchange.answer.tokens.answer if exchange.answer else 0
            self._engines.rest(speed_of(exchange), exchange.failure, tokens=tokens)
        failure = exchange.failure
        if failure is not None and failure.code == DocumentsTooLong.code and not stopped():
            run.too_long.add(asked.n)
            if mode is AnswerMode.WHOLE:
                return self._ask(run, at, job, stopped)
        return exchange

    def _count_broken(self, run: _Run, at: tuple[int, int], exchange: Exchange | None) -> None:
        """Note what failed for a reason that is neither the question's nor the document's."""
        failure = exchange.failure if exchange and exchange.state is ExchangeState.FAILED else None
        family = failure.code.partition(".")[0] if failure else ""
        if family in {"", "ask"} or (failure and failure.code == DocumentGone.code):
            run.broken.clear()
        else:
            run.broken.append(at)

    def _pause_for(self, run: _Run, failure: Failure) -> None:
        self._leave(run.id)
        try:
            self._stored.set_state(run.id, RunState.PAUSED, failure).result()
            self._refresh(run)
        except KnownError:
            _log.warning("a questionnaire could not be marked as paused")
            paused = replace(run.sheet.questionnaire, state=RunState.PAUSED, failure=failure)
            run.sheet = replace(run.sheet, questionnaire=paused)
        self._tell(run)

    def _leave(self, wanted: QuestionnaireId) -> None:
        with self._lock:
            self._turns.pop(wanted, None)
            self._pausing.discard(wanted)

    def _refresh(self, run: _Run) -> None:
        run.sheet = replace(run.sheet, questionnaire=self._stored.get(run.id).result())

    def _tell(self, run: _Run, cell: Cell | None = None) -> None:
        left = estimate.left(run.sheet.documents, tuple(run.cells.values()))
        self._publish(
            QuestionnaireChanged(
                questionnaire=run.sheet.questionnaire, cell=cell, seconds_left=left
            )
        )

    def _told(self, future: Future[Questionnaire]) -> Future[Questionnaire]:
        def tell(done: Future[Questionnaire]) -> None:
            if not done.cancelled() and done.exception() is None:
                self._publish(QuestionnaireChanged(questionnaire=done.result()))

        future.add_done_callback(tell)
        return future

    def _hear(self, event: Event) -> None:
        """What the answer under way tells; its words are shown when they are checked."""
        wanted, document, question = self._cells.cell
        match event:
            case AnswerProgressed(step=step, done=done, total=total):
                self._publish(
                    QuestionnaireProgressed(
                        questionnaire=wanted,
                        document=document,
                        question=question,
                        step=step,
                        done=done,
                        total=total,
                    )
                )
            case JobFailed(failure=failure):
                self._failure = failure


def _seed(listed: Questionnaire, sha256: str, question: str) -> int:
    """The same for the same question and document, so that asking again gives the same answer."""
    text = f"{listed.mode}\0{listed.installed_model}\0{sha256}\0{question}"
    return int.from_bytes(hashlib.sha256(text.encode(errors="surrogatepass")).digest()[:3])
