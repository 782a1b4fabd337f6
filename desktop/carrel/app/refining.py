"""Lets a model look over a timeline or names that rules found, some lines at a time.

Must not know how facts are found or judged.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Generic, TypeVar

from carrel.answering.facts.judging import KINDS, Candidate, Verdicts, judge
from carrel.answering.facts.refining import (
    Applied,
    apply_to_entities,
    apply_to_happenings,
    entity_candidate,
    happening_candidate,
)
from carrel.app.asking import Asking, Stopped
from carrel.app.engine_host import EngineHost
from carrel.app.facts import Facts
from carrel.app.turns import Turns
from carrel.domain.documents import Failure
from carrel.domain.errors import Reported
from carrel.domain.events import Event
from carrel.domain.fact_events import RefiningProgressed
from carrel.domain.facts import Entity, FactsKind, Happening
from carrel.domain.ids import DocumentId, JobId
from carrel.domain.installed import InstalledModel
from carrel.domain.refined import (
    Fate,
    RefinedEntities,
    RefinedEntity,
    RefinedHappening,
    RefinedTimeline,
    Refinement,
)

MOST_LOOKED: Final = 800
"""Facts looked over of one request: at two seconds each, half an hour. The others stay as the rules
found them, and that is told."""

Fact = TypeVar("Fact", Happening, Entity)
Result = TypeVar("Result")


@dataclass(slots=True)
class _Run(Generic[Fact]):
    """What is looked over; used by the thread that answers."""

    kind: FactsKind
    model: InstalledModel
    facts: Sequence[Fact]
    candidate: Callable[[Fact], Candidate]
    apply: Callable[[Sequence[Fact], Verdicts], Applied]
    applied: list[Applied] = field(default_factory=list)
    at: int = 0
    seconds: float = 0.0

    @property
    def seconds_left(self) -> float | None:
        """By what was looked over so far."""
        return self.seconds / self.at * (len(self.facts) - self.at) if self.at else None


class Refining:
    """Looks facts over, one request at a time. All methods return at once.

    A request that comes while another is worked on ends that one with what it has.

    Args:
        facts: finds them.
        asking: the line for the engine.
        engines: the engine.
        publish: told of progress.
    """

    def __init__(
        self, facts: Facts, asking: Asking, engines: EngineHost, publish: Callable[[Event], None]
    ) -> None:
        self._facts = facts
        self._asking = asking
        self._engines = engines
        self._publish = publish
        self._turns: Turns | None = None
        self._asked = 0
        self._lock = threading.Lock()
        self._look = ThreadPoolExecutor(1, thread_name_prefix="refining")

    def timeline(
        self, documents: Sequence[DocumentId], *, installed_model: str = ""
    ) -> Future[RefinedTimeline]:
        """The timeline of some documents, looked over; paused, with what was looked over so far.

        Raises (in the future):
            NoModel: none is installed.
            CannotWrite: the model only chooses sentences.
            DocumentGone: there is no such document.
            KnownError: the engine failed.
        """
        future: Future[RefinedTimeline] = Future()

        def begin() -> None:
            found = self._facts.timeline(documents).result()
            looked, rest = found.happenings[:MOST_LOOKED], found.happenings[MOST_LOOKED:]
            run = _Run(
                FactsKind.TIMELINE,
                self._asking.writer(installed_model),
                looked,
                happening_candidate,
                apply_to_happenings,
            )

            def made() -> RefinedTimeline:
                happenings = [one for part in run.applied for one in part.happenings]
                left = (*looked[run.at :], *rest)
                happenings += [RefinedHappening(happening=one, fate=Fate.UNSEEN) for one in left]
                by = _by(run, len(found.happenings))
                return RefinedTimeline(happenings=tuple(happenings), by=by, more=found.more)

            self._begin(run, asked, partial(_settle, future, made))

        asked = self._begun()
        self._look.submit(_guarded(begin, future))
        return future

    def entities(
        self, documents: Sequence[DocumentId], *, installed_model: str = ""
    ) -> Future[RefinedEntities]:
        """Who and what is named in some documents, the names looked over; see `timeline`."""
        future: Future[RefinedEntities] = Future()

        def begin() -> None:
            found = self._facts.entities(documents).result()
            names = [one for one in found.entities if one.kind in KINDS]
            # The most named first; those that may be one stand together in one asking.
            names.sort(key=lambda one: (KINDS.index(one.kind), -one.count))
            looked = sorted(names[:MOST_LOOKED], key=_side_by_side)
            run = _Run(
                FactsKind.ENTITIES,
                self._asking.writer(installed_model),
                looked,
                entity_candidate,
                apply_to_entities,
            )

            def made() -> RefinedEntities:
                entities = [one for part in run.applied for one in part.entities]
                left = [*looked[run.at :], *names[MOST_LOOKED:]]
                left += [one for one in found.entities if one.kind not in KINDS]
                entities += [RefinedEntity(entity=one, fate=_unjudged(one)) for one in left]
                entities.sort(key=_rank)
                by = _by(run, len(names))
                return RefinedEntities(entities=tuple(entities), by=by, more=found.more)

            self._begin(run, asked, partial(_settle, future, made))

        asked = self._begun()
        self._look.submit(_guarded(begin, future))
        return future

    def pause(self) -> None:
        """End within a second, with what was looked over until then."""
        self._asked += 1
        with self._lock:
            turns = self._turns
        if turns is not None:
            turns.pause()

    def close(self) -> None:
        """Start nothing more."""
        self.pause()
        self._look.shutdown(cancel_futures=True)

    # ── the work ─────────────────────────────────────────────────────────────

    def _begun(self) -> int:
        self.pause()
        return self._asked

    def _begin(self, run: _Run[Fact], asked: int, end: Callable[[Failure | None], None]) -> None:
        turns = Turns(self._asking, self._engines, partial(self._turn, run), end)
        with self._lock:
            self._turns = turns
        if asked != self._asked:  # it was paused, or another request came
            turns.pause()
        turns.take()

    def _turn(self, run: _Run[Fact], _job: JobId, stopped: Stopped) -> bool:
        waiting = run.facts[run.at :]
        if not waiting:
            return False
        engine = self._engines.engine(
            run.model.name,
            lambda done, total: self._tell(run, "loading", done, total),
            stopped,
            on_test=lambda done, total: self._tell(run, "testing", done, total),
        )
        self._tell(run, "judging", run.at, len(run.facts))
        begun = time.perf_counter()
        candidates = [run.candidate(one) for one in waiting]
        names = run.kind is FactsKind.ENTITIES
        batch = judge(engine, candidates, names=names, stopped=stopped)
        if batch is None:
            self._engines.rest(0.0)
            return True
        tally = batch.generated.tally
        pace = tally.answer_tokens / tally.decode_seconds if tally.decode_seconds else 0.0
        self._engines.rest(pace, tokens=tally.answer_tokens)
        run.applied.append(run.apply(waiting[: batch.looked], batch.verdicts))
        run.at += batch.looked
        run.seconds += time.perf_counter() - begun
        self._tell(run, "judging", run.at, len(run.facts))
        return run.at < len(run.facts)

    def _tell(self, run: _Run[Fact], step: str, done: int, total: int) -> None:
        self._publish(
            RefiningProgressed(
                kind=run.kind.value,
                step=step,
                done=done,
                total=total,
                seconds_left=run.seconds_left,
            )
        )


def _by(run: _Run[Fact], total: int) -> Refinement:
    fates = [one.fate for part in run.applied for one in part.happenings]
    fates += [one.fate for part in run.applied for one in part.entities]
    unjudged = fates.count(Fate.UNSEEN)
    return Refinement(
        installed_model=run.model.name,
        model_title=run.model.profile_title or run.model.title,
        looked=run.at - unjudged,
        total=total,
        refused=sum(part.refused for part in run.applied),
    )


def _guarded(begin: Callable[[], None], future: Future[Result]) -> Callable[[], None]:
    def run() -> None:
        try:
            begin()
        except BaseException as error:  # noqa: BLE001 - the future carries it
            future.set_exception(error)

    return run


def _settle(future: Future[Result], made: Callable[[], Result], failure: Failure | None) -> None:
    if failure is not None:
        future.set_exception(Reported(failure))
    else:
        future.set_result(made())


def _unjudged(one: Entity) -> Fate:
    """Amounts and the like need no second look."""
    return Fate.UNSEEN if one.kind in KINDS else Fate.KEPT


def _side_by_side(one: Entity) -> tuple[int, str, str]:
    """People by their last names, others by their first words."""
    words = one.name.casefold().split()
    key = words[-1] if one.kind is KINDS[0] else words[0]
    return KINDS.index(one.kind), key, one.name.casefold()


def _rank(one: RefinedEntity) -> tuple[int, int, str]:
    kinds = list(type(one.entity.kind))
    return kinds.index(one.entity.kind), -one.entity.count, one.entity.name.casefold()
