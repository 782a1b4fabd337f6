"""The rows of the models table, and the details of one. Plain Python: no Qt, no app."""

from dataclasses import dataclass
from typing import Final

from carrel.domain.installed import (
    GENERIC_PROFILE,
    EngineState,
    InstalledModel,
    SignatureState,
)
from carrel.domain.plans import FitVerdict
from carrel.domain.self_tests import CheckState, Feature, SelfTest
from carrel.ui import words
from carrel.ui.catalog_page import fit, tasks
from carrel.ui.catalog_page.fit import Fit, PlanTable
from carrel.ui.catalog_page.state import CatalogState, loading_words

_STATUS: Final = {
    EngineState.READY: "active",
    EngineState.BUSY: "busy",
    EngineState.LOADING: "loading",
    EngineState.CRASHED: "crashed",
    EngineState.OFF: "",
}
STATUS_WORDS: Final = {
    "active": ("Active", "ok"),
    "busy": ("Answering", "ok"),
    "loading": ("Loading", "accent"),
    "crashed": ("Stopped", "bad"),
    "held": ("Switched off", "bad"),
    "off": ("Switched off", "bad"),
}
"""Words and tone of each status of a row."""
_CHECKS: Final = {
    CheckState.PASSED: ("circle-check", "ok", "passed"),
    CheckState.FAILED: ("circle-x", "bad", "failed"),
    CheckState.SKIPPED: ("minus", "text3", "skipped"),
}
GENERIC_NOTE: Final = (
    "This program has no profile for it, so it is run by the template in its file. "
    "Thinking efforts and exact encoding are not checked."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row, ready to be shown.

    Attributes:
        marks: what to be careful about, in words: generic, unsigned.
        status: ``active``, ``busy``, ``loading``, ``crashed``, ``off``, or empty.
        loading: how far a load is, in words; empty else.
        can_load: whether *Load* is offered.
        can_remove: whether it may be taken off the list at all.
        spoken: the whole row, for those who hear the window.
    """

    name: str
    title: str
    detail: str
    marks: str
    size: str
    context: tuple[str, str]
    fit: Fit
    speed: tuple[str, str]
    licence: str
    status: str
    loading: str
    can_load: bool
    can_remove: bool
    opened: bool
    busy: bool
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line with an icon of a tone; a title and a sentence, either may be empty."""

    icon: str
    tone: str
    title: str
    detail: str = ""
    spoken: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """All that is known of one model.

    Attributes:
        table: memory by context; None while it is not known.
        fit: notes on the verdict: what it means, what to change, where it runs, how fast.
        origin: notes on where it comes from.
        self_test: a sentence on the last self-test.
        checks: its checks, one each.
        path: the first file.
        facts: label and value pairs.
        running: what is being done with it; empty when nothing is.
    """

    name: str
    title: str
    table: PlanTable | None
    fit: tuple[Note, ...]
    origin: tuple[Note, ...]
    self_test: str
    checks: tuple[Note, ...]
    path: str
    facts: tuple[tuple[str, str], ...]
    running: str
    status: str
    can_load: bool
    can_remove: bool
    missing: bool


def rows(state: CatalogState, now: float) -> tuple[Row, ...]:
    """The rows to show."""
    return tuple(_row(state, found, now) for found in state.installed)


def how_many(installed: int, built_in: int) -> str:
    """How many models there are: ``2 installed · 1 built in``."""
    parts = ((installed, "installed"), (built_in, "built in"))
    return " · ".join(f"{number} {what}" for number, what in parts if number)


def _row(state: CatalogState, found: InstalledModel, now: float) -> Row:
    plan = state.plans.get(found.name)
    missing = found.name in state.missing
    status = status_of(state, found)
    verdict = fit.fit_of(plan, state.plan_failures.get(found.name), missing=missing)
    context, speed = fit.context_of(found, plan), fit.speed_of(found, plan)
    marks, detail = " · ".join(marks_of(found)), detail_of(found)
    loading = loading_words(state, now) if status == "loading" else ""
    size = words.size(found.size)
    task = state.task_of(found.name)
    spoken = [found.title, detail, marks, size, f"context {' '.join(context)}", verdict.words]
    spoken += [" ".join(speed) if speed[1] else "", STATUS_WORDS[status][0] if status else ""]
    return Row(
        name=found.name,
        title=found.title,
        detail=detail,
        marks=marks,
        size=size,
        context=context,
        fit=verdict,
        speed=speed,
        licence=found.licence or "Not named",
        status=status,
        loading=loading,
        can_load=_can_load(state, found),
        can_remove=not found.built_in,
        opened=state.opened == found.name,
        busy=task is not None,
        spoken=", ".join(part for part in spoken if part),
    )


def status_of(state: CatalogState, found: InstalledModel) -> str:
    """What the engine does with a model.

    When its self-test forbids answers it is ``held`` while it is loaded, and ``off`` otherwise.
    """
    test = found.self_test
    forbidden = test is not None and Feature.ANSWERS in test.off
    if state.engine_name == found.name and (status := _STATUS[state.engine]):
        return "held" if forbidden and status == "active" else status
    return "off" if forbidden else ""


def _can_load(state: CatalogState, found: InstalledModel) -> bool:
    plan = state.plans.get(found.name)
    unfit = plan is not None and plan.verdict is FitVerdict.DOES_NOT_FIT
    idle = status_of(state, found) in {"", "crashed"}
    return idle and not unfit and found.name not in state.missing


def detail_of(found: InstalledModel) -> str:
    """Quantisation and profile in a line; first, whether it came with the program."""
    known = found.quantisation and found.quantisation != "mixed"
    quantisation = found.quantisation if known else "mixed quantisation"
    named = found.profile_title if found.profile != GENERIC_PROFILE else ""
    if named == found.title:
        named = ""
    own = "Built in" if found.built_in else ""
    return " · ".join(part for part in (own, quantisation, named or found.architecture) if part)


def marks_of(found: InstalledModel) -> tuple[str, ...]:
    """What to be careful about, in words."""
    marks = ["generic"] if found.profile == GENERIC_PROFILE else []
    if found.signature is SignatureState.UNSIGNED:
        marks.append("unsigned")
    if found.signature is SignatureState.UNKNOWN_KEY:
        marks.append("unknown signer")
    return tuple(marks)


# ── details ─────────────────────────────────────────────────────────────────


def details(state: CatalogState, now: float, today: float) -> Details | None:
    """The details of the model that is opened; None when none is.

    Args:
        state: of the page.
        now: seconds of a monotonic clock, for rates.
        today: seconds since the epoch, for dates.
    """
    found = state.find(state.opened)
    if found is None:
        return None
    plan = state.plans.get(found.name)
    task = state.task_of(found.name)
    status = status_of(state, found)
    running = f"{tasks.head(task)}: {tasks.detail(task, now)}" if task is not None else ""
    return Details(
        name=found.name,
        title=found.title,
        table=fit.table_of(plan) if plan is not None else None,
        fit=_fit_notes(state, found),
        origin=_origin(found, today),
        self_test=_test_words(found.self_test, today),
        checks=_checks(found.self_test),
        path=str(found.path),
        facts=_facts(found),
        running=running if status != "loading" else loading_words(state, now),
        status=status,
        can_load=_can_load(state, found),
        can_remove=not found.built_in,
        missing=found.name in state.missing,
    )


def _fit_notes(state: CatalogState, found: InstalledModel) -> tuple[Note, ...]:
    plan, failure = state.plans.get(found.name), state.plan_failures.get(found.name)
    if found.name in state.missing:
        return (
            Note(
                icon="file-x",
                tone="warn",
                title="The file is not there now",
                detail=f"Connect the drive with {found.path}.",
            ),
        )
    if failure is not None:
        return (
            Note(
                icon="circle-question-mark",
                tone="warn",
                title=failure.reason,
                detail=failure.remedy,
            ),
        )
    if plan is None:
        return (Note(icon="clock", tone="text2", title="Working out how it fits…"),)
    verdict = plan.verdict
    notes = [
        Note(
            icon=fit.VERDICT_ICONS[verdict],
            tone=fit.VERDICT_TONES[verdict],
            title=fit.VERDICT_WORDS[verdict],
            detail=fit.MEANINGS[verdict],
        )
    ]
    if plan.advice:
        notes.append(
            Note(icon="info", tone="accent_text", title="What to change", detail=plan.advice)
        )
    if plan.placement.words:
        notes.append(
            Note(icon="cpu", tone="text2", title="Where it runs", detail=plan.placement.words)
        )
    speed, how = fit.speed_of(found, plan)
    if how:
        detail = f"{speed}, {_how_known(how, plan.estimate.bandwidth)}"
        notes.append(Note(icon="clock", tone="text2", title="Speed while writing", detail=detail))
    return tuple(notes)


def _how_known(how: str, bandwidth: int) -> str:
    if how == "measured":
        return "measured with this model on this computer."
    said = f" ({words.size(bandwidth)}/s)" if bandwidth else ""
    return f"estimated from the speed of this computer's memory{said}."


def _origin(found: InstalledModel, today: float) -> tuple[Note, ...]:
    notes = [_signature(found)]
    if found.profile == GENERIC_PROFILE:
        notes.append(Note(icon="info", tone="warn", title="Generic profile", detail=GENERIC_NOTE))
    elif found.profile_title:
        notes.append(
            Note(icon="package", tone="text2", title="Profile", detail=found.profile_title)
        )
    if found.verified_at:
        when = words.day(found.verified_at, today)
        verified = Note(
            icon="circle-check", tone="ok", title="Verified", detail=f"Every byte, {when}."
        )
    else:
        verified = Note(
            icon="circle-question-mark",
            tone="text2",
            title="Not verified since it was " + ("installed" if found.built_in else "imported"),
            detail="Verify compares every byte with what "
            + ("this program was made with." if found.built_in else "was imported."),
        )
    notes.append(verified)
    notes += [Note(icon="info", tone="warn", title="Note", detail=w) for w in found.warnings]
    return tuple(notes)


def _signature(found: InstalledModel) -> Note:
    if found.built_in:
        return Note(
            icon="package",
            tone="ok",
            title="Built in",
            detail="It came with the program; how it was made stands in models/nano of its source.",
        )
    match found.signature:
        case SignatureState.SIGNED:
            return Note(
                icon="shield-check",
                tone="ok",
                title="Signed",
                detail=f"By {found.signer or 'a key this computer trusts'}.",
            )
        case SignatureState.UNKNOWN_KEY:
            return Note(
                icon="shield-alert",
                tone="warn",
                title="Signed by an unknown key",
                detail=f"{found.signer or 'The key'} is not trusted on this computer. Compare it "
                "with what the sender names.",
            )
        case SignatureState.UNSIGNED:
            return Note(
                icon="shield-alert",
                tone="warn",
                title="Unsigned pack",
                detail="Its bytes are as the pack lists them, but nobody vouches for who made it.",
            )
        case _:
            return Note(
                icon="file",
                tone="text2",
                title="A file by itself",
                detail="It came without a pack, so nothing says who made it.",
            )


def _test_words(test: SelfTest | None, today: float) -> str:
    if test is None:
        return "Not run yet. It runs when the model is loaded for the first time."
    when = words.day(test.ran_at, today)
    took = words.seconds(test.seconds)
    result = "Passed" if test.passed else "Failed"
    return " ".join((f"{result} {when}, in {took}.", *tasks.off_words(test)))


def _checks(test: SelfTest | None) -> tuple[Note, ...]:
    notes = []
    for check in test.checks if test is not None else ():
        icon, tone, said = _CHECKS[check.state]
        spoken = f"{check.title}: {said}. {check.detail}"
        notes.append(
            Note(icon=icon, tone=tone, title=check.title, detail=check.detail, spoken=spoken)
        )
    return tuple(notes)


def _facts(found: InstalledModel) -> tuple[tuple[str, str], ...]:
    many = len(found.files)
    loaded = (
        f"{words.tokens(found.loaded_context)} context, cache {found.loaded_cache}"
        if found.loaded_context
        else "Not loaded yet"
    )
    return (
        ("Architecture", f"{found.architecture}, {words.count(found.layers, 'layer')}"),
        ("On disk", words.size(found.size) + (f" in {many} files" if many > 1 else "")),
        ("Last loaded", loaded),
        ("Licence", found.licence or "Not named in the file"),
        ("SHA-256", found.sha256),
    )


def can_work(state: CatalogState, name: str) -> bool:
    """Whether a model can be verified or tested now: nothing is being done with it."""
    return state.task_of(name) is None and name not in state.missing
