"""What the models page knows: state + event → state. Plain Python: no Qt, no app."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from carrel.domain.documents import Failure
from carrel.domain.events import (
    EngineChanged,
    Event,
    ImportProgressed,
    JobFailed,
    ModelChanged,
    ModelImported,
    ModelRemoved,
    ModelVerified,
)
from carrel.domain.ids import JobId
from carrel.domain.installed import EngineState, InstalledModel
from carrel.domain.plans import Device, FitPlan
from carrel.ui import words
from carrel.ui.catalog_page import tasks
from carrel.ui.catalog_page.tasks import FailedTask, Mark, Outcome, Task, TaskKind
from carrel.ui.machine import Machine

MODEL_ENDINGS: Final = (".gguf", ".carrel.json")
"""How names of GGUF files and of manifests of packs end."""
LEAST_PROGRESS: Final = 0.02
"""Share of a load below which no time left is named: it would be a guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogState:
    """Installed models, the engine, the machine, and what is being done.

    Attributes:
        loaded: the list has arrived.
        list_failure: why it could not be read.
        engine_marks: progress of the load under way, to tell the time left.
        plans, plan_failures: by name of the model.
        missing: names of the models whose file is not there now.
        opened: name of the model whose details are shown; empty when closed.
    """

    installed: tuple[InstalledModel, ...] = ()
    loaded: bool = False
    list_failure: Failure | None = None
    engine: EngineState = EngineState.OFF
    engine_name: str = ""
    engine_progress: float = 0.0
    engine_marks: tuple[Mark, ...] = ()
    engine_failure: Failure | None = None
    tasks: tuple[Task, ...] = ()
    failed: tuple[FailedTask, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    plans: dict[str, FitPlan] = field(default_factory=dict)
    plan_failures: dict[str, Failure] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    opened: str = ""
    machine: Machine = field(default_factory=Machine)

    @property
    def devices(self) -> tuple[Device, ...] | None:
        """What can compute, as any plan saw it; None before the first."""
        return next((plan.devices for plan in self.plans.values()), None)

    def find(self, name: str) -> InstalledModel | None:
        """The installed model of this name."""
        return next((found for found in self.installed if found.name == name), None)

    def title(self, name: str) -> str:
        """How a model is called where it answers; its name when it is not on the list."""
        found = self.find(name)
        return words.answering_name(found) if found is not None else name

    def task_of(self, name: str) -> Task | None:
        """The job under way for an installed model."""
        return next((task for task in self.tasks if task.name == name), None)

    @property
    def unplanned(self) -> tuple[str, ...]:
        """Names of the models whose plan is still unknown."""
        known = self.plans.keys() | self.plan_failures.keys() | self.missing
        return tuple(found.name for found in self.installed if found.name not in known)


# ── what was read ───────────────────────────────────────────────────────────


def with_installed(state: CatalogState, installed: tuple[InstalledModel, ...]) -> CatalogState:
    """The list as stored."""
    by_title = sorted(
        installed, key=lambda found: (found.built_in, found.title.casefold(), found.name)
    )
    names = {found.name for found in installed}
    return replace(
        state,
        installed=tuple(by_title),
        loaded=True,
        list_failure=None,
        opened=state.opened if state.opened in names else "",
    )


def without_list(state: CatalogState, failure: Failure) -> CatalogState:
    """The list could not be read; nothing is known of what is installed."""
    return replace(state, loaded=True, list_failure=failure)


def with_engine(state: CatalogState, engine: EngineState, name: str) -> CatalogState:
    """What the engine was doing when the page opened."""
    return replace(state, engine=engine, engine_name=name)


def with_machine(state: CatalogState, machine: Machine, missing: frozenset[str]) -> CatalogState:
    """A fresh look at the computer; a file that is back is planned anew."""
    back = state.missing - missing
    kept = {name: failure for name, failure in state.plan_failures.items() if name not in back}
    return replace(state, machine=machine, missing=missing, plan_failures=kept)


def with_plan(state: CatalogState, name: str, plan: FitPlan) -> CatalogState:
    """How a model fits."""
    failures = {key: failure for key, failure in state.plan_failures.items() if key != name}
    return replace(state, plans={**state.plans, name: plan}, plan_failures=failures)


def without_plan(state: CatalogState, name: str, failure: Failure | None) -> CatalogState:
    """How a model fits is not known; with a failure, nor can it be found out."""
    plans = {key: plan for key, plan in state.plans.items() if key != name}
    failures = {key: known for key, known in state.plan_failures.items() if key != name}
    if failure is not None:
        failures[name] = failure
    return replace(state, plans=plans, plan_failures=failures)


# ── what the user did ───────────────────────────────────────────────────────


def opened(state: CatalogState, name: str) -> CatalogState:
    """Show the details of a model, or hide them if they are shown."""
    return replace(state, opened="" if state.opened == name else name)


def importing(state: CatalogState, job: JobId, path: Path) -> CatalogState:
    """The user chose a file or a pack; an earlier failure of the same one gives way."""
    title = path.name
    if title.casefold().endswith(MODEL_ENDINGS[1]):  # all manifests are named alike
        title = path.parent.name or title
    task = Task(job=job, kind=TaskKind.IMPORT, title=title, path=path)
    others = tuple(known for known in state.failed if known.path != path)
    return replace(state, tasks=(*state.tasks, task), failed=others)


def working(state: CatalogState, job: JobId, kind: TaskKind, name: str) -> CatalogState:
    """The user wants an installed model verified or tested; what was known of it gives way."""
    found = state.find(name)
    task = Task(job=job, kind=kind, title=found.title if found else name, name=name)
    return replace(
        state,
        tasks=(*state.tasks, task),
        failed=tuple(known for known in state.failed if (known.name, known.kind) != (name, kind)),
        outcomes=tuple(o for o in state.outcomes if (o.name, o.kind) != (name, kind)),
    )


def cancelling(state: CatalogState, job: JobId) -> CatalogState:
    """The user asked to stop."""
    changed = tuple(replace(t, cancelling=True) if t.job == job else t for t in state.tasks)
    return replace(state, tasks=changed)


def engine_dismissed(state: CatalogState) -> CatalogState:
    """The engine's failure has been read."""
    return replace(state, engine_failure=None)


def load_failed(state: CatalogState, failure: Failure) -> CatalogState:
    """A load came back without the engine; mostly the engine has said why already."""
    return state if state.engine_failure is not None else replace(state, engine_failure=failure)


def failure_dismissed(state: CatalogState, job: JobId) -> CatalogState:
    """The failure of a job has been read."""
    return replace(state, failed=tuple(known for known in state.failed if known.job != job))


def outcome_dismissed(state: CatalogState, outcome: Outcome) -> CatalogState:
    """A result has been read."""
    return replace(state, outcomes=tuple(o for o in state.outcomes if o != outcome))


# ── what happened ───────────────────────────────────────────────────────────


def apply(state: CatalogState, event: Event, now: float, today: float) -> CatalogState:
    """The state after an event.

    Args:
        state: before.
        event: what happened.
        now: seconds of a monotonic clock, for rates.
        today: seconds since the epoch, for dates in sentences.
    """
    match event:
        case ImportProgressed(job=job):
            changed = tuple(
                tasks.progressed(task, event, now) if task.job == job else task
                for task in state.tasks
            )
            return replace(state, tasks=changed) if changed != state.tasks else state
        case ModelImported(job=job, installed=found):
            state = without_plan(_done(state, job), found.name, None)
            return _with_one(replace(state, opened=found.name), found)
        case ModelVerified(job=job, installed=found):
            outcome = tasks.verified(found, event.damage, today)
            return _with_outcome(_with_one(_done(state, job), found), outcome)
        case ModelChanged(installed=found):
            return _changed(state, found)
        case ModelRemoved(name=name):
            return _without_one(state, name)
        case EngineChanged():
            return _engine_changed(state, event, now)
        case JobFailed(job=job, failure=failure):
            return _failed(state, job, failure)
    return state


def _done(state: CatalogState, job: JobId) -> CatalogState:
    return replace(state, tasks=tuple(task for task in state.tasks if task.job != job))


def _with_one(state: CatalogState, found: InstalledModel) -> CatalogState:
    others = tuple(known for known in state.installed if known.name != found.name)
    return with_installed(state, (*others, found))


def _without_one(state: CatalogState, name: str) -> CatalogState:
    state = without_plan(state, name, None)
    state = replace(
        state,
        outcomes=tuple(o for o in state.outcomes if o.name != name),
        failed=tuple(f for f in state.failed if f.name != name),
    )
    return with_installed(state, tuple(i for i in state.installed if i.name != name))


def _with_outcome(state: CatalogState, outcome: Outcome) -> CatalogState:
    others = [o for o in state.outcomes if (o.name, o.kind) != (outcome.name, outcome.kind)]
    return replace(state, outcomes=(*others, outcome))


def _changed(state: CatalogState, found: InstalledModel) -> CatalogState:
    """Something is known anew; a fresh self-test ends the job that asked for it."""
    before = state.find(found.name)
    state = _with_one(state, found)
    test = found.self_test
    if test is None or (before is not None and before.self_test == test):
        return state
    asked = [t for t in state.tasks if t.kind is TaskKind.TEST and t.name == found.name]
    for task in asked:
        state = _done(state, task.job)
    return _with_outcome(state, tasks.tested(found, test)) if asked or not test.passed else state


def _engine_changed(state: CatalogState, event: EngineChanged, now: float) -> CatalogState:
    loading = event.state is EngineState.LOADING
    same = state.engine is EngineState.LOADING and state.engine_name == event.installed_model
    marks = state.engine_marks[:1] if loading and same else ()
    if loading and not marks:
        marks = (Mark(at=now, done=event.progress),)
    return replace(
        state,
        engine=event.state,
        engine_name=event.installed_model,
        engine_progress=event.progress,
        engine_marks=marks,
        engine_failure=event.failure,
    )


def _failed(state: CatalogState, job: JobId, failure: Failure) -> CatalogState:
    task = next((task for task in state.tasks if task.job == job), None)
    if task is None:
        return state
    state = _done(state, job)
    if task.cancelling or failure.code == tasks.CANCELLED:
        return state
    return replace(state, failed=(*state.failed, tasks.failed(task, failure)))


# ── what can be imported ────────────────────────────────────────────────────


def is_model_file(path: Path) -> bool:
    """Whether a path is named like a GGUF file or the manifest of a pack."""
    return path.name.casefold().endswith(MODEL_ENDINGS)


def split_models(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """Of what was dropped on the models page, what is to be imported, and the rest.

    Folders are taken for packs. Reads the disk.
    """
    models = [path for path in paths if is_model_file(path) or path.is_dir()]
    return models, [path for path in paths if path not in models]


# ── sentences ───────────────────────────────────────────────────────────────


def loading_words(state: CatalogState, now: float) -> str:
    """``Reading weights 34 % · about 2 min left``; empty when nothing is being loaded."""
    if state.engine is not EngineState.LOADING:
        return ""
    progress = state.engine_progress
    if not progress:
        return "Starting the engine…"
    if progress >= 1:
        return "Getting it ready…"
    parts = [f"Reading weights {int(100 * progress)} %"]
    speed = tasks.rate(state.engine_marks, now, progress)
    if speed and progress - state.engine_marks[0].done >= LEAST_PROGRESS:
        parts.append(words.left((1 - progress) / speed))
    return " · ".join(parts)


def work_words(state: CatalogState, now: float) -> str:
    """What is being done with models, for one line: the load first, then the first job."""
    loading = loading_words(state, now)
    if loading:
        return f"{state.title(state.engine_name)}: {loading[0].lower()}{loading[1:]}"
    if not state.tasks:
        return ""
    first, more = state.tasks[0], len(state.tasks) - 1
    said = f"{tasks.head(first)}: {tasks.detail(first, now)}"
    return f"{said} · {more} more" if more else said
