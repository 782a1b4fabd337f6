"""At most one engine: loaded when first needed, kept, told about, started again after a crash.

Must not know questions or documents.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from carrel.app.trying import Trying, refuse_if_unfit
from carrel.catalog.installed import Catalog
from carrel.domain.documents import Failure
from carrel.domain.errors import KnownError
from carrel.domain.events import EngineChanged, Event
from carrel.domain.ids import JobId
from carrel.domain.installed import EngineState
from carrel.engine.client import Engine
from carrel.engine.errors import LoadCancelled
from carrel.engine.protocol import EngineSettings

CONTEXT_TOKENS: Final = 16_384
"""Tokens. Sixteen passages of 1,200 characters, the history and an answer take about 10,000; the
state of V4-Flash for 16,384 takes 150 MiB. Larger contexts come with the fit check."""

_log = logging.getLogger(__name__)

Start = Callable[..., Engine]
OnProgress = Callable[[int, int], None]


def _ignore(_done: int, _total: int) -> None:
    return


class EngineHost:
    """Owns the engine.

    Args:
        catalog: installed models.
        publish: where events go.
        start: `Engine.start`, or a fake with its contract.
        trying: tries a model after its first load; None trusts every model.

    Attributes:
        answering: the job the engine works for now.
    """

    def __init__(
        self,
        catalog: Catalog,
        publish: Callable[[Event], None],
        start: Start = Engine.start,
        trying: Trying | None = None,
    ) -> None:
        self._catalog = catalog
        self._publish = publish
        self._start = start
        self._trying = trying
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._name = ""
        self._state = EngineState.OFF
        self._stopped = threading.Event()
        self._contexts: dict[str, int] = {}
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

    def rest(self, tokens_per_second: float) -> None:
        """Tell that an answer ended, and how fast it was."""
        engine = self._engine
        if engine is not None:
            alive = EngineState.READY if engine.alive else EngineState.CRASHED
            self._tell(alive, tokens_per_second=tokens_per_second)

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
            self._name = ""
            self._tell(EngineState.OFF)
            raise
        except KnownError as error:
            self._tell(EngineState.CRASHED, failure=error.failure)
            raise

    def _load(
        self,
        name: str,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
    ) -> Engine:
        installed = self._catalog.get(name)

        def tell(done: int, total: int) -> None:
            on_progress(done, total)
            self._tell(EngineState.LOADING, progress=done / total if total else 0.0)

        wanted = self._contexts.get(name, CONTEXT_TOKENS)
        engine = self._start(
            installed,
            EngineSettings(context_tokens=min(wanted, installed.context_tokens)),
            on_progress=tell,
            cancelled=cancelled,
        )
        self._engine = engine
        return engine

    def _drop(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def _tell(
        self,
        state: EngineState,
        *,
        progress: float = 0.0,
        tokens_per_second: float = 0.0,
        failure: Failure | None = None,
    ) -> None:
        self._state = state
        self._publish(
            EngineChanged(
                state=state,
                installed_model=self._name,
                progress=progress,
                tokens_per_second=tokens_per_second,
                failure=failure,
            )
        )
