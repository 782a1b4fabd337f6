"""Finding by meaning: the chosen embedding model, its vectors built in the background, questions.

Two workers at most: one that builds and steps back behind everything else, and one for
questions that does not. Adding documents never waits for either; what was added gets its
vectors later, and is found by its words meanwhile. Must not know how vectors are compared.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Final

from carrel.app.publisher import Publisher
from carrel.domain.errors import EngineError, KnownError
from carrel.domain.events import (
    AddingFinished,
    AddingStarted,
    DocumentChanged,
    Event,
    MeaningChanged,
    RecognitionFinished,
)
from carrel.domain.ids import JobId, PassageId
from carrel.domain.meaning import EmbeddingChoice, MeaningState
from carrel.engine.embedder import Embedder, EmbedderInfo
from carrel.engine.errors import EmbeddingChanged, EmbeddingGone, LoadCancelled
from carrel.retrieval.meaning import Meanings, Meant, Numbers, pack
from carrel.retrieval.trusting import SAMPLES, measure, samples, script_in
from carrel.workspace.store import Workspace
from carrel.workspace.vectors import Missing

BATCH: Final = 32
"""Passages of one request and of one row: some seconds of work that a crash can lose."""
TELL_SECONDS: Final = 0.5
"""Seconds between two events on progress."""
REST_SECONDS: Final = 0.2
"""Seconds between two looks whether documents are still being added."""
QUESTION_SECONDS: Final = 1.0
"""The longest a search waits for the vector of its question, which takes some 10 ms once the model
is loaded; then words alone have to do, and the next search has it."""
MEASURE_AGAIN: Final = 2.0
"""Times as many passages as when a model was measured, from which it is measured again."""
LOOKED_AT: Final = 12
"""Passages looked at for each sample wanted: many are tables, lists or too short."""
QUESTION_CHARACTERS: Final = 2_000
"""Characters of a question whose meaning is looked for."""

_log = logging.getLogger(__name__)

Start = Callable[..., Embedder]


class Meaning:
    """Owns the vectors of the open workspace and the workers that make them.

    Args:
        workspace: open.
        publisher: of events.
        start: `Embedder.start`.

    Attributes:
        patience: seconds a search waits for the vector of its question; a command waits longer
            than a window.
    """

    def __init__(
        self, workspace: Workspace, publisher: Publisher, start: Start = Embedder.start
    ) -> None:
        self._workspace = workspace
        self._publish = publisher.publish
        self._start = start
        self._meanings = Meanings()
        self._changing = threading.Lock()
        self._state = MeaningState()
        self._closing = threading.Event()
        self._again = threading.Event()
        self._loaded = threading.Event()
        self.patience = QUESTION_SECONDS
        self._adding: set[JobId] = set()
        self._waiting = False
        self._asking: Embedder | None = None
        self._asking_for = ""
        self._building: Embedder | None = None
        self._builder = ThreadPoolExecutor(1, thread_name_prefix="meaning")
        self._questions = ThreadPoolExecutor(1, thread_name_prefix="meant")
        self._unsubscribe = publisher.subscribe(self._hear)

    # ── what there is ────────────────────────────────────────────────────────

    @property
    def state(self) -> MeaningState:
        """How far it has come."""
        return self._state

    def open(self) -> None:
        """Read what is stored, then go on building; returns at once."""
        self._submit(self._load)

    def use(self, path: Path) -> Future[EmbeddingChoice]:
        """Choose a model; its vectors are built in the background from then on.

        Raises (in the future):
            FileError, EngineError: the file cannot be used; what was chosen before stays.
        """
        self._again.set()  # what is being built for another model ends after its batch
        return self._builder.submit(self._choose, path.absolute())

    def off(self) -> Future[None]:
        """Choose no model, and remove all vectors."""
        self._again.set()
        return self._builder.submit(self._forget)

    def loaded(self) -> MeaningState:
        """The state once what is stored was read."""
        self._loaded.wait()
        return self._state

    def wait(self) -> MeaningState:
        """Wait until nothing is left to build now; for commands."""
        self._builder.submit(lambda: None).result()
        while self._waiting:
            self._builder.submit(lambda: None).result()
        return self._state

    def close(self) -> None:
        """Stop building, end the workers; what was computed is kept."""
        self._unsubscribe()
        self._closing.set()
        self._again.set()
        self._loaded.set()
        for worker in (self._building, self._asking):
            if worker is not None:
                worker.close()
        self._builder.shutdown(cancel_futures=True)
        self._questions.shutdown(cancel_futures=True)
        if self._asking is not None:
            self._asking.close()

    # ── questions ────────────────────────────────────────────────────────────

    def meant(self, question: str) -> Meant | None:
        """What a question means; None where no model is trusted with it, or none answers in time.

        The words of a search that is one word, or all numbers, are looked for as they are.
        """
        self._loaded.wait(self.patience)
        chosen = self._state.chosen
        trust = self._state.trusts.get(script_in(question))
        if chosen is None or trust is None or trust.weight <= 0 or not len(self._meanings):
            return None
        if len([word for word in question.split() if any(map(str.isalpha, word))]) < 2:
            return None
        with suppress(RuntimeError, TimeoutError, KnownError):
            asked = self._questions.submit(self._vector, chosen, question[:QUESTION_CHARACTERS])
            return Meant(self._meanings, asked.result(self.patience), trust)
        return None

    def _vector(self, chosen: EmbeddingChoice, question: str) -> Numbers:
        worker = self._asking
        if worker is None or self._asking_for != chosen.identity:
            if worker is not None:
                worker.close()
            self._asking = None
            worker = self._begin(chosen, steps_back=False)
            self._asking, self._asking_for = worker, chosen.identity
        try:
            found: Numbers = worker.questions([question])[0]
            return found
        except EngineError:
            worker.close()
            self._asking = None
            raise

    # ── building ─────────────────────────────────────────────────────────────

    def _submit(self, run: Callable[[], None]) -> None:
        def safely() -> None:
            try:
                run()
            except LoadCancelled:
                return
            except KnownError as error:
                if self._closing.is_set():
                    return  # its worker was ended with it
                _log.warning("meaning: %s", error.failure.code)
                self._set(building=False, seconds_left=None, failure=error.failure)
                self._loaded.set()
            except Exception:  # noqa: BLE001 - search by words goes on without it
                _log.exception("meaning")
                self._loaded.set()

        with suppress(RuntimeError):  # closing
            self._builder.submit(safely)

    def _load(self) -> None:
        chosen = self._workspace.vectors.chosen().result()
        if chosen is None:
            self._meanings.open(0)
            self._set(chosen=None, done=0, total=0, building=False, trusts={}, failure=None)
            self._loaded.set()
            return
        self._meanings.open(
            chosen.dimension, self._workspace.vectors.load(chosen.identity).result()
        )
        trusts, _ = self._workspace.vectors.trusts().result()
        done, total = self._workspace.vectors.counts(chosen.identity).result()
        self._set(chosen=chosen, done=done, total=total, trusts=trusts, failure=None)
        self._loaded.set()
        self._build()

    def _choose(self, path: Path) -> EmbeddingChoice:
        self._again.clear()
        try:
            with self._start(path, cancelled=self._closing.is_set) as worker:
                choice = _choice(path, worker.info)
            self._workspace.vectors.choose(choice).result()
        finally:
            self._submit(self._load)  # also goes on with what was chosen before
        return choice

    def _forget(self) -> None:
        self._workspace.vectors.choose(None).result()
        self._again.clear()
        self._load()

    def _hear(self, event: Event) -> None:
        match event:
            case AddingStarted(job=job):
                with self._changing:
                    self._adding.add(job)
            case AddingFinished(job=job):
                with self._changing:
                    self._adding.discard(job)
                self._more()
            case RecognitionFinished() | DocumentChanged():
                self._more()

    def _more(self) -> None:
        """Something may have been added; once it is quiet, it gets its vectors."""
        with self._changing:
            quiet = not self._adding and not self._waiting and not self._state.building
            if self._state.chosen is None or not quiet:
                return
            self._waiting = True
        self._submit(self._build)

    def _build(self) -> None:
        with self._changing:
            self._waiting = False
        chosen = self._state.chosen
        if chosen is None or self._closing.is_set():
            return
        vectors = self._workspace.vectors
        missing = vectors.missing(chosen.identity).result()
        done, total = vectors.counts(chosen.identity).result()
        self._set(quiet=True, done=done, total=total)
        if missing:
            vectors.sweep().result()
        known, at = vectors.trusts().result()
        if missing or not at or total >= MEASURE_AGAIN * at:
            self._set(building=True, failure=None)
            try:
                self._work(chosen, missing, measured=bool(known) and total < MEASURE_AGAIN * at)
            finally:
                worker, self._building = self._building, None
                if worker is not None:
                    worker.close()
                self._set(building=False, seconds_left=None)
            if self._state.done > done:  # meanwhile more may have been added
                self._more()

    def _work(self, chosen: EmbeddingChoice, missing: Sequence[Missing], *, measured: bool) -> None:
        worker = self._building = self._begin(chosen, steps_back=True)
        if not measured:
            self._measure(chosen, worker)
        began, first, told = time.monotonic(), self._state.done, 0.0
        for run in _batches(missing):
            self._rest()
            if self._closing.is_set() or self._again.is_set():
                return
            ids = [PassageId(id_) for id_ in range(run.first, run.first + run.passages)]
            stored = self._workspace.passages.get(ids).result()
            if len(stored) != len(ids):
                continue  # removed or read anew meanwhile
            body = pack(worker.passages([one.passage.text for one in stored]))
            if not self._workspace.vectors.keep(chosen.identity, run, body).result():
                continue
            self._meanings.add(run.first, body, chosen.dimension)
            now = time.monotonic()
            done = self._state.done + run.passages
            left = (now - began) / max(1, done - first) * max(0, self._state.total - done)
            self._set(quiet=now - told < TELL_SECONDS, done=done, seconds_left=left)
            told = now if now - told >= TELL_SECONDS else told

    def _measure(self, chosen: EmbeddingChoice, worker: Embedder) -> None:
        """Find out what the model knows about texts like these."""
        runs = self._workspace.passages.living().result()
        ids = [id_ for run in runs for id_ in run]
        Random(chosen.sha256).shuffle(ids)  # noqa: S311 - nothing secret is drawn
        found = samples(self._texts(ids[: LOOKED_AT * SAMPLES]), seed=1)
        trusts = measure(found, worker.questions, worker.passages)
        if self._workspace.vectors.trust(chosen.identity, trusts, len(ids)).result():
            self._set(trusts=trusts)

    def _texts(self, ids: Sequence[int]) -> Iterator[str]:
        for at in range(0, len(ids), BATCH):
            batch = [PassageId(id_) for id_ in ids[at : at + BATCH]]
            for one in self._workspace.passages.get(batch).result():
                yield one.passage.text

    def _rest(self) -> None:
        """Documents that are being added come first."""
        while self._adding and not self._closing.wait(REST_SECONDS):
            if self._again.is_set():
                return

    def _begin(self, chosen: EmbeddingChoice, *, steps_back: bool) -> Embedder:
        """A worker with the very model whose vectors are stored.

        Raises:
            EmbeddingGone, EmbeddingChanged: it is there no more.
        """
        if not chosen.path.exists():
            raise EmbeddingGone(name=chosen.path.name)
        worker = self._start(chosen.path, steps_back=steps_back, cancelled=self._closing.is_set)
        if _choice(chosen.path, worker.info).identity != chosen.identity:
            worker.close()
            raise EmbeddingChanged(name=chosen.path.name)
        return worker

    def _set(self, *, quiet: bool = False, **changes: Any) -> None:  # noqa: ANN401 - of the state
        with self._changing:
            self._state = replace(self._state, **changes)
        if not quiet:
            self._publish(MeaningChanged(state=self._state))


def _choice(path: Path, info: EmbedderInfo) -> EmbeddingChoice:
    facts = info.facts
    return EmbeddingChoice(
        path=path,
        title=facts.title,
        sha256=info.sha256,
        architecture=facts.architecture,
        dimension=facts.dimension,
        pooling=facts.pooling.value,
        asks=facts.asks,
        tells=facts.tells,
    )


def _batches(missing: Sequence[Missing]) -> Iterator[Missing]:
    """Runs of at most `BATCH` passages."""
    for run in missing:
        for at in range(0, run.passages, BATCH):
            size = min(BATCH, run.passages - at)
            yield Missing(run.document, run.first + at, size)
