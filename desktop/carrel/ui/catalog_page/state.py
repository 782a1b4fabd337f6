"""What the models page shows: state + event → state, and the rows made of it.

Plain Python: no Qt, no app.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from carrel.domain.documents import Failure
from carrel.domain.events import (
    EngineChanged,
    Event,
    ImportProgressed,
    JobFailed,
    ModelImported,
    ModelRemoved,
)
from carrel.domain.ids import JobId
from carrel.domain.installed import EngineState, InstalledModel
from carrel.ui import words
from carrel.ui.machine import Machine

KEPT_FREE: Final = 2 << 30
"""Bytes left to the system and this window when judging whether a file fits."""
TIGHT: Final = 0.85
"""Above this share of the memory the computer may begin to swap while answering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A GGUF file being checked."""

    job: JobId
    name: str
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    cancelling: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogState:
    """Installed models, the engine, the machine."""

    installed: tuple[InstalledModel, ...] = ()
    loaded: bool = False
    engine: EngineState = EngineState.OFF
    engine_name: str = ""
    engine_progress: float = 0.0
    tokens_per_second: float = 0.0
    engine_failure: Failure | None = None
    imports: tuple[Import, ...] = ()
    import_failure: Failure | None = None
    machine: Machine = field(default_factory=Machine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Whether a file fits in memory: a tone, words, and how full it gets (0 to 1)."""

    tone: str
    words: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row, ready to be shown.

    Attributes:
        status: ``active``, ``busy``, ``loading``, ``crashed``, or empty when it can be loaded.
    """

    name: str
    title: str
    detail: str
    size: str
    context: str
    fit: Fit
    speed: str
    licence: str
    status: str
    progress: float
    warnings: tuple[str, ...]


def with_installed(state: CatalogState, installed: tuple[InstalledModel, ...]) -> CatalogState:
    """The list as stored."""
    by_title = sorted(installed, key=lambda found: found.title.casefold())
    return replace(state, installed=tuple(by_title), loaded=True)


def with_engine(state: CatalogState, engine: EngineState, name: str) -> CatalogState:
    """What the engine was doing when the page opened."""
    return replace(state, engine=engine, engine_name=name)


def with_machine(state: CatalogState, machine: Machine) -> CatalogState:
    """A fresh look at the computer."""
    return replace(state, machine=machine)


def importing(state: CatalogState, job: JobId, name: str) -> CatalogState:
    """The user chose a file."""
    return replace(state, imports=(*state.imports, Import(job=job, name=name)), import_failure=None)


def cancelling(state: CatalogState, job: JobId) -> CatalogState:
    """The user asked to stop."""
    changed = tuple(replace(i, cancelling=True) if i.job == job else i for i in state.imports)
    return replace(state, imports=changed)


def dismissed(state: CatalogState) -> CatalogState:
    """The failures have been read."""
    return replace(state, import_failure=None, engine_failure=None)


def apply(state: CatalogState, event: Event) -> CatalogState:
    """The state after an event."""
    match event:
        case ImportProgressed(job=job):
            changed = tuple(
                replace(
                    i,
                    name=event.name,
                    done=event.done,
                    total=event.total,
                    seconds_left=event.seconds_left,
                )
                if i.job == job
                else i
                for i in state.imports
            )
            return replace(state, imports=changed)
        case ModelImported(job=job, installed=found):
            others = tuple(known for known in state.installed if known.name != found.name)
            state = replace(state, imports=tuple(i for i in state.imports if i.job != job))
            return with_installed(state, (*others, found))
        case ModelRemoved(name=name):
            return with_installed(state, tuple(i for i in state.installed if i.name != name))
        case EngineChanged():
            return replace(
                state,
                engine=event.state,
                engine_name=event.installed_model,
                engine_progress=event.progress,
                tokens_per_second=event.tokens_per_second or state.tokens_per_second,
                engine_failure=event.failure,
            )
        case JobFailed(job=job, failure=failure) if any(i.job == job for i in state.imports):
            stopped = any(i.job == job and i.cancelling for i in state.imports)
            return replace(
                state,
                imports=tuple(i for i in state.imports if i.job != job),
                import_failure=None if stopped else failure,
            )
    return state


def fit(size: int, machine: Machine) -> Fit:
    """Whether a file of this size fits in this machine's memory."""
    if not machine.memory_total:
        return Fit(tone="plain", words="Unknown", share=0.0)
    usable = max(1, machine.memory_total - KEPT_FREE)
    share = size / usable
    if share > 1:
        more = words.memory(size - usable)
        return Fit(tone="bad", words=f"Does not fit: {more} GB short", share=1.0)
    if share > TIGHT:
        return Fit(tone="warn", words=f"Tight: {words.memory(usable - size)} GB free", share=share)
    return Fit(tone="ok", words="Fits in memory", share=share)


def rows(state: CatalogState) -> tuple[Row, ...]:
    """The rows to show."""
    return tuple(_row(state, found) for found in state.installed)


def _row(state: CatalogState, found: InstalledModel) -> Row:
    mine = state.engine_name == found.name
    status = {
        EngineState.READY: "active",
        EngineState.BUSY: "busy",
        EngineState.LOADING: "loading",
        EngineState.CRASHED: "crashed",
        EngineState.OFF: "",
    }[state.engine]
    speed = f"{state.tokens_per_second:.1f} tok/s" if mine and state.tokens_per_second else "–"
    return Row(
        name=found.name,
        title=found.title,
        detail=" · ".join(
            part
            for part in (found.quantisation, found.architecture, f"{found.layers} layers")
            if part
        ),
        size=words.size(found.size),
        context=words.tokens(found.context_tokens),
        fit=fit(found.size, state.machine),
        speed=speed,
        licence=found.licence or "Not named",
        status=status if mine else "",
        progress=state.engine_progress if mine else 0.0,
        warnings=found.warnings,
    )


def import_words(running: Import) -> str:
    """``Checking “x.gguf” · 3.1 of 9.0 GB · about 20 s left``."""
    if running.cancelling:
        return f"Stopping the check of “{running.name}”…"
    parts = [f"Checking “{running.name}”"]
    if running.total:
        parts.append(f"{words.size(running.done)} of {words.size(running.total)}")
    if running.seconds_left is not None:
        parts.append(words.left(running.seconds_left))
    return " · ".join(parts)
