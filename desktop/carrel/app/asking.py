"""The line of work for the one engine: questions, tests of models, loads; one after another.

Must not know how a question is answered.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from carrel.answering.ask import Answering, Question
from carrel.answering.errors import NoModel
from carrel.app.engine_host import EngineHost
from carrel.app.publisher import Publisher
from carrel.app.speaking import reading_speed_of, speed_of
from carrel.catalog.installed import Catalog
from carrel.domain.answers import AnswerMode, Effort, Exchange, Section
from carrel.domain.errors import BUG_FAILURE, KnownError, Reported
from carrel.domain.events import AnswerFinished, ChatsChanged, ImportProgressed, JobFailed
from carrel.domain.ids import ChatId, DocumentId, JobId
from carrel.domain.installed import NANO_PROFILE, EngineState, InstalledModel
from carrel.settings import CHOSEN_MODEL, PLAN_SEARCHES, Settings

_log = logging.getLogger(__name__)

COUNT_SECONDS: Final = 2.0
"""The longest wait for a count; who asked meanwhile may be answered for hours."""

T = TypeVar("T")

Stopped = Callable[[], bool]
"""Asked often by whoever works; then it ends within a second."""


class Asking:
    """What waits for the engine, in order.

    Args:
        answering: answers a question.
        engines: the one engine.
        catalog: the installed models.
        settings: knows the model chosen before.
        publisher: tells what happened.
        ids: of jobs.
    """

    def __init__(
        self,
        answering: Answering,
        engines: EngineHost,
        catalog: Catalog,
        settings: Settings,
        publisher: Publisher,
        ids: itertools.count[int],
    ) -> None:
        self._answering = answering
        self._engines = engines
        self._catalog = catalog
        self._settings = settings
        self._publisher = publisher
        self._ids = ids
        self._stopped: dict[JobId, threading.Event] = {}
        self._line = ThreadPoolExecutor(1, thread_name_prefix="ask")
        self._plain = ThreadPoolExecutor(1, thread_name_prefix="ask-evidence")

    # ── what is asked for ────────────────────────────────────────────────────

    def ask(
        self,
        question: str,
        *,
        chat: ChatId | None,
        mode: AnswerMode,
        documents: tuple[DocumentId, ...] = (),
        installed_model: str | None = None,
        effort: Effort = Effort.OFF,
        seed: int | None = None,
        sections: tuple[Section, ...] = (),
    ) -> JobId:
        """Answer a question; questions wait for one another.

        Args:
            sections: of the documents to be read whole, where these are too long; empty for all.
            effort: how hard the engine thinks first.
            seed: of its chance; None draws one, which the answer keeps.
        """
        asked = Question(
            job=JobId(next(self._ids)),
            text=question,
            chat=chat,
            mode=mode,
            documents=documents,
            installed_model=installed_model or "",
            effort=effort,
            seed=seed,
            plans=self._settings.get(PLAN_SEARCHES),
            sections=sections if mode is AnswerMode.WHOLE else (),
        )
        if mode is AnswerMode.EVIDENCE:  # needs no engine, so it does not wait for one
            self._stopped[asked.job] = threading.Event()
            self._plain.submit(self._work, asked.job, partial(self._answer, asked), engine=False)
            return asked.job
        return self._begin(asked.job, partial(self._answer, asked))

    def ask_and_wait(
        self,
        question: str,
        *,
        mode: AnswerMode,
        documents: tuple[DocumentId, ...] = (),
        installed_model: str | None = None,
        effort: Effort = Effort.OFF,
        seed: int | None = None,
        sections: tuple[Section, ...] = (),
    ) -> Exchange:
        """Answer a question in a new chat and wait for it.

        Raises:
            KnownError: it could not be answered; the sentence says why.
        """
        with self._publisher.listen() as events:
            job = self.ask(
                question,
                chat=None,
                mode=mode,
                documents=documents,
                installed_model=installed_model,
                effort=effort,
                seed=seed,
                sections=sections,
            )
            for event in events:
                match event:
                    case AnswerFinished(job=found, exchange=exchange) if found == job:
                        return exchange
                    case JobFailed(job=found, failure=failure) if found == job:
                        raise Reported(failure)
        raise AssertionError("events never end")

    def test_model(self, name: str) -> JobId:
        """Run an installed model's self-test, loading it when it is not.

        Tells `ImportProgressed` with the step ``testing``, then `ModelChanged` with the result,
        or `JobFailed` when the test could not be carried out.
        """
        job = JobId(next(self._ids))
        return self._begin(job, partial(self._test, job, name))

    def run(self, work: Callable[[JobId, Stopped], None]) -> JobId:
        """Do any other work with the engine when its turn comes.

        Args:
            work: tells its progress and its end itself; what it raises is told as `JobFailed`.
        """
        job = JobId(next(self._ids))
        return self._begin(job, partial(work, job))

    def soon(self, work: Callable[[], T]) -> Future[T]:
        """Do something short between two jobs."""
        return self._line.submit(work)

    def count(self, name: str, texts: Sequence[str]) -> list[int]:
        """Tokens of texts, by this model if it is loaded and rests; none if not. Blocks shortly.

        Raises:
            KnownError: it failed.
            TimeoutError: somebody else was quicker to ask.
        """
        if self._engines.state != (EngineState.READY, name):
            return []
        return self.soon(lambda: self._engines.count(name, texts)).result(COUNT_SECONDS)

    def cancel(self, job: JobId) -> bool:
        """Stop a job; returns whether it is one of these."""
        stopped = self._stopped.get(job)
        if stopped is None:
            return False
        stopped.set()
        self._engines.cancel(job)
        return True

    def stop(self) -> None:
        """Stop all jobs; the program ends."""
        for stopped in list(self._stopped.values()):
            stopped.set()
        self._engines.cancel(None)

    def close(self) -> None:
        """Wait for the job under way."""
        self._line.shutdown(cancel_futures=True)
        self._plain.shutdown(cancel_futures=True)

    def choose_model(self, wished: str = "") -> str:
        """The installed model: the one wished for, the one loaded, or the one chosen before.

        Raises:
            NoModel: none is installed.
        """
        installed = [one.name for one in self._catalog.list()]
        _, loaded = self._engines.state
        wishes = (wished, loaded, self._settings.get(CHOSEN_MODEL), *installed)
        chosen = next((name for name in wishes if name), "")
        if not chosen:
            raise NoModel
        return chosen

    def writer(self, wished: str = "") -> InstalledModel:
        """The installed model that writes sentences of its own.

        Carrel Nano, which only chooses sentences, is passed over unless it is wished for.

        Raises:
            NoModel: none is installed.
            NotInstalled: there is none of that name.
        """
        found = self._catalog.get(self.choose_model(wished))
        if found.profile == NANO_PROFILE and not wished:
            others = [one for one in self._catalog.list() if one.profile != NANO_PROFILE]
            found = others[0] if others else found
        return found

    # ── how ──────────────────────────────────────────────────────────────────

    def _begin(self, job: JobId, work: Callable[[Stopped], None]) -> JobId:
        self._stopped[job] = threading.Event()
        self._line.submit(self._work, job, work)
        return job

    def _work(self, job: JobId, work: Callable[[Stopped], None], *, engine: bool = True) -> None:
        try:
            if engine:
                self._engines.answering = job
            work(self._stopped[job].is_set)
        except KnownError as error:
            self._publisher.publish(JobFailed(job=job, failure=error.failure))
        except Exception:  # noqa: BLE001 - the border of the line
            _log.exception("work with the engine failed")
            self._publisher.publish(JobFailed(job=job, failure=BUG_FAILURE))
        finally:
            if engine:
                self._engines.answering = None
            self._stopped.pop(job, None)

    def _answer(self, question: Question, stopped: Stopped) -> None:
        speaks = question.mode is not AnswerMode.EVIDENCE
        if speaks:
            question = question.with_model(self.choose_model(question.installed_model))
        try:
            exchange = self._answering.answer(question, stopped)
        except Exception:  # noqa: BLE001 - told and stored already
            _log.exception("answering failed")
            return
        if speaks:
            answer = exchange.answer if exchange else None
            self._engines.rest(
                speed_of(exchange),
                exchange.failure if exchange else None,
                tokens=answer.tokens.answer if answer else 0,
                reading_per_second=reading_speed_of(exchange),
            )
        self._publisher.publish(ChatsChanged())

    def _test(self, job: JobId, name: str, stopped: Stopped) -> None:
        def progress(done: int, total: int) -> None:
            self._publisher.publish(
                ImportProgressed(
                    job=job, name=name, done=done, total=total, seconds_left=None, step="testing"
                )
            )

        self._engines.test(name, progress, stopped)
