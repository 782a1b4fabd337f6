"""At most one engine: loaded when first needed, kept, told about, started again after a crash.

Must not know questions or documents.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from carrel.app.planning import BIG_BYTES
from carrel.app.trying import Trying, refuse_if_unfit
from carrel.catalog.installed import Catalog
from carrel.catalog.pace import Pace
from carrel.domain.documents import Failure
from carrel.domain.errors import KnownError
from carrel.domain.events import EngineChanged, Event, ModelChanged
from carrel.domain.ids import JobId
from carrel.domain.installed import EngineState, InstalledModel
from carrel.engine.client import Engine
from carrel.engine.errors import (
    EngineKilled,
    EngineOutgrown,
    LoadCancelled,
    NotEnoughMemory,
    OtherIsLoaded,
    printable,
)
from carrel.engine.fit.verdict import CONTEXTS, WANTED_TOKENS
from carrel.engine.wire.protocol import EngineSettings
from carrel.system.sole import HeldElsewhere, Sole

NOTED_TOKENS: Final = 16
"""Tokens an answer must have for its speed to be remembered."""

_LOCK: Final = "loaded.lock"

_log = logging.getLogger(__name__)

Start = Callable[..., Engine]
OnProgress = Callable[[int, int], None]


def _ignore(_done: int, _total: int) -> None:
    return


Choose = Callable[[InstalledModel, int, Callable[[], bool]], EngineSettings]
"""How to load a model: given a wanted context (0 for none), and whether it was given up."""


def _as_wanted(
    installed: InstalledModel, wanted: int, _cancelled: Callable[[], bool]
) -> EngineSettings:
    context = min(wanted or WANTED_TOKENS, installed.context_tokens)
    return EngineSettings(context_tokens=context)


class EngineHost:
    """Owns the engine.

    Args:
        catalog: installed models.
        publish: where events go.
        start: `Engine.start`, or a fake with its contract.
        trying: tries a model after its first load; None trusts every model.
        choose: how a model is to be loaded; `Planner.choose`.
        folder: of the lock that lets one large model be loaded at a time; None for no lock.

    Attributes:
        answering: the job the engine works for now.
    """

    def __init__(
        self,
        catalog: Catalog,
        publish: Callable[[Event], None],
        start: Start = Engine.start,
        trying: Trying | None = None,
        *,
        choose: Choose = _as_wanted,
        folder: Path | None = None,
    ) -> None:
        self._catalog = catalog
        self._publish = publish
        self._start = start
        self._trying = trying
        self._choose = choose
        self._folder = folder
        self._sole: Sole | None = None
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._name = ""
        self._state = EngineState.OFF
        self._stopped = threading.Event()
        self._contexts: dict[str, int] = {}
        self._context = 0
        self.answering: JobId | None = None

    @property
    def state(self) -> tuple[EngineState, str]:
        """What the engine does, and with which installed model."""
        return self._state, self._name

    def engine(
        self,
        name: str,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
        *,
        on_test: OnProgress = _ignore,
    ) -> Engine:
        """The engine with this model loaded, about to answer; loads it when it is not.

        Args:
            on_test: called with the checks done and all checks of its self-test, if it needs one.

        Raises:
            KnownError: the model is not installed, cannot be loaded, or failed its self-test.
        """
        with self._lock:
            engine = self._ready(name, on_progress, cancelled)
            self._try(engine, name, on_test, cancelled)
            if self._trying is not None:
                refuse_if_unfit(self._catalog.get(name))
            self._tell(EngineState.BUSY)
            return engine

    def count(self, name: str, texts: Sequence[str]) -> list[int]:
        """Tokens of texts, by this model if it is loaded; none if not. Between two jobs only.

        Raises:
            EngineError: it failed.
        """
        engine = self._engine
        if engine is None or self._name != name or not engine.alive:
            return []
        return engine.count_tokens(texts)

    def test(
        self,
        name: str,
        on_test: OnProgress,
        cancelled: Callable[[], bool],
    ) -> None:
        """Run the self-test of a model in any case, loading it when it is not.

        Raises:
            KnownError: it cannot be loaded, or the test could not be carried out.
        """
        with self._lock:
            engine = self._ready(name, _ignore, cancelled)
            self._try(engine, name, on_test, cancelled, again=True)
            self._tell(EngineState.READY)

    def unload(self) -> None:
        """End the engine and give its memory back."""
        with self._lock:
            self._drop()
            self._name = ""
            self._tell(EngineState.OFF)

    def rest(
        self,
        tokens_per_second: float,
        failure: Failure | None = None,
        *,
        tokens: int = 0,
        reading_per_second: float = 0.0,
    ) -> None:
        """Tell that an answer ended, and how fast it was.

        Args:
            tokens: written; the speed of a few says nothing and is not noted.
            reading_per_second: tokens; 0 where too few were read to tell.
            failure: why there is no answer. If the engine died of it, it is told with the state,
                and an engine the system ended is loaded with a smaller context next time.
        """
        engine = self._engine
        if engine is None:
            return
        if engine.alive:
            writing = tokens_per_second if tokens >= NOTED_TOKENS else 0.0
            self._note_speed(writing, reading_per_second)
            self._tell(EngineState.READY, tokens_per_second=tokens_per_second)
            return
        if failure is not None and failure.code == EngineKilled.code:
            self._shrink(self._name, self._context)
        self._tell(EngineState.CRASHED, failure=failure)

    def load(self, name: str, context_tokens: int = 0) -> None:
        """Load a model without a question.

        Args:
            context_tokens: the size wanted, until the program ends; 0 leaves it as it is.

        Raises:
            KnownError: as `engine`.
        """
        with self._lock:
            if context_tokens and context_tokens != self._contexts.get(name):
                self._contexts[name] = context_tokens
                self._drop()
            engine = self._ready(name, _ignore, lambda: False)
            self._try(engine, name, _ignore, self._stopped.is_set)
            self._tell(EngineState.READY)

    def stop_loading(self) -> None:
        """Give up the load under way, if there is one; safe from any thread."""
        self._stopped.set()

    def cancel(self, job: JobId | None) -> None:
        """Stop the answer of a job, or any answer for None; safe from any thread."""
        engine = self._engine
        if engine is not None and (job is None or job == self.answering):
            engine.cancel()

    def close(self) -> None:
        """End the engine."""
        with self._lock:
            self._drop()

    def _try(
        self,
        engine: Engine,
        name: str,
        on_test: OnProgress,
        cancelled: Callable[[], bool],
        *,
        again: bool = False,
    ) -> None:
        """Run the self-test where one is due; a result that is not good is no error here."""
        if self._trying is None:
            return
        try_it = self._trying.now if again else self._trying.when_new
        try:
            try_it(engine, self._catalog.get(name), on_test, cancelled)
        except KnownError as error:
            if engine.alive:
                self._tell(EngineState.READY)
            else:
                self._tell(EngineState.CRASHED, failure=error.failure)
            raise

    def _ready(
        self,
        name: str,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
    ) -> Engine:
        if self._engine is not None and self._name == name and self._engine.alive:
            return self._engine
        self._drop()
        self._name = name
        self._stopped.clear()
        self._tell(EngineState.LOADING)
        try:
            return self._load(
                name, on_progress, cancelled=lambda: cancelled() or self._stopped.is_set()
            )
        except LoadCancelled:
            self._drop()
            self._name = ""
            self._tell(EngineState.OFF)
            raise
        except KnownError as error:
            self._drop()
            self._tell(EngineState.CRASHED, failure=error.failure)
            raise

    def _load(
        self,
        name: str,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
    ) -> Engine:
        installed = self._catalog.get(name)
        pace = Pace()

        def tell(done: int, total: int) -> None:
            on_progress(done, total)
            pace.add(done)
            self._tell(
                EngineState.LOADING,
                progress=done / total if total else 0.0,
                seconds_left=pace.seconds_left(total),
            )

        self._take_turn(installed)
        settings = self._choose(installed, self._contexts.get(name, 0), cancelled)
        self._context = settings.context_tokens
        try:
            engine = self._start(installed, settings, on_progress=tell, cancelled=cancelled)
        except EngineKilled as error:
            smaller = self._shrink(name, settings.context_tokens)
            if smaller:
                raise EngineOutgrown(**error.fields, smaller=smaller) from error
            raise
        except NotEnoughMemory as error:
            self._shrink(name, settings.context_tokens, told=error.fields.get("smaller", ""))
            raise
        self._engine = engine
        self._remember(installed, settings)
        return engine

    def _take_turn(self, installed: InstalledModel) -> None:
        """Two large models of different programs would push each other out of memory."""
        if self._folder is None or installed.size < BIG_BYTES:
            return
        try:
            self._sole = Sole(self._folder / _LOCK, installed.name)
        except HeldElsewhere as error:
            raise OtherIsLoaded(name=printable(str(error))) from error
        except OSError as error:
            _log.warning("no lock for large models: %s", error)

    def _shrink(self, name: str, context: int, told: str = "") -> int:
        """Load with less next time; the next smaller context, 0 if there is none.

        Args:
            told: the context the worker's sentence names, if it is one of ours.
        """
        smaller = max((n_ctx for n_ctx in CONTEXTS if n_ctx < context), default=0)
        smaller = next((n_ctx for n_ctx in CONTEXTS if str(n_ctx) == told), smaller)
        if smaller:
            self._contexts[name] = smaller
        return smaller

    def _remember(self, installed: InstalledModel, settings: EngineSettings) -> None:
        loaded = {
            "loaded_context": settings.context_tokens,
            "loaded_cache": settings.cache_type,
        }
        if any(getattr(installed, key) != value for key, value in loaded.items()):
            with suppress(KnownError):  # a list that cannot be written hinders no answer
                self._catalog.change(installed.name, **loaded)

    def _note_speed(self, writing: float, reading: float) -> None:
        if writing <= 0 and reading <= 0:
            return
        with suppress(KnownError):
            changed = self._catalog.note_speed(self._name, max(0.0, writing), reading)
            if changed is not None:
                self._publish(ModelChanged(installed=changed))

    def _drop(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
        sole, self._sole = self._sole, None
        if sole is not None:
            sole.close()

    def _tell(
        self,
        state: EngineState,
        *,
        progress: float = 0.0,
        tokens_per_second: float = 0.0,
        failure: Failure | None = None,
        seconds_left: float | None = None,
    ) -> None:
        self._state = state
        self._publish(
            EngineChanged(
                state=state,
                installed_model=self._name,
                progress=progress,
                tokens_per_second=tokens_per_second,
                failure=failure,
                seconds_left=seconds_left,
            )
        )
