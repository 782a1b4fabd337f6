"""Try a loaded engine before it is trusted: its format, its numbers, its words, its stopping.

The same few checks for every model; what a failed one switches off is in its
result. Quick: the texts are short, and long ones are only read where the
machine has just shown that it reads quickly. Must not know how an engine runs
or where the result is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Final

from carrel.catalog.official import Continuation, continuations, differing_conversations
from carrel.domain.errors import KnownError
from carrel.domain.installed import InstalledModel
from carrel.domain.self_tests import CheckState, Feature, SelfCheck, SelfTest
from carrel.engine.capsule_talk import CapsuleTalk
from carrel.engine.chat.conversation import Message, Role
from carrel.engine.errors import EngineClosed, EngineCrashed, EngineStuck, SelfTestStopped
from carrel.engine.files.profiles import profile_of
from carrel.engine.speaker import Speaker
from carrel.engine.wire.protocol import Examined, Finish, Prefilled, Said, Sampling, SpeechEvent

QUICK_SECONDS: Final = 30.0
"""Seconds the comparison with official continuations may be expected to take when the test runs by
itself before a first answer; somebody waits."""
PATIENT_SECONDS: Final = 1800.0
"""The same when somebody asked for the test."""
READ_TOKENS: Final = 8_000
"""Tokens all continuations together may have; both long prompts have 7,200."""
ALLOWED_MISSES: Final = 1
"""First tokens that may differ from the official ones. Rounded weights change a word where two are
nearly as likely (an opening “Augusta Ada” for “Ada”), which one prompt of five invites; a file
computed wrongly gets not one right."""
CANCEL_SECONDS: Final = 1.0
"""Seconds from a cancel to its effect."""
CANCEL_TOKENS: Final = 64
"""Tokens begun for the sake of being stopped."""
SAME: Final = 1e-3
"""Largest difference between two computations of the same logits, as a share of their spread. On a
processor they are equal to the last bit; graphics processors may add in another order."""

MINUTES: Final = "The minutes of the meeting were approved. Present were the chair and a clerk. "
"""What is kept; some 16 tokens of V4's vocabulary."""
LONG_REPEATS: Final = 18
LONG_TOKENS: Final = 300
"""Tokens so many repeats have: past the window of 128 and two blocks of 128 compressed rows."""
OK: Final = "Noted."

_GREEDY: Final = Sampling(temperature=0)

OnStep = Callable[[int, int], None]
Check = Callable[["_Trial"], SelfCheck]


@dataclass(slots=True)
class _Trial:
    """What the checks share.

    Attributes:
        examined: by the first check that needed it.
        budget: seconds the continuations may take.
    """

    engine: Speaker
    installed: InstalledModel
    cancelled: Callable[[], bool]
    budget: float
    examined: Examined | None = None

    def look(self) -> Examined:
        if self.examined is None:
            self.examined = self.engine.examine()
        return self.examined


def engine_version() -> str:
    """The release of llama.cpp's binding, which pins llama.cpp itself."""
    try:
        return f"llama-cpp-python {metadata.version('llama-cpp-python')}"
    except metadata.PackageNotFoundError:
        return "llama-cpp-python of the bundle"


def run_self_test(
    engine: Speaker,
    installed: InstalledModel,
    *,
    on_step: OnStep = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
    patient: bool = False,
) -> SelfTest:
    """Run all checks; blocks for some seconds. The engine forgets what it had read.

    Args:
        on_step: called with the checks done and all checks.
        cancelled: polled between two checks and while one speaks.
        patient: somebody asked for it and will wait for long prompts.

    Raises:
        SelfTestStopped: cancelled.
        EngineError: EngineBusy, EngineClosed, EngineCrashed, EngineStuck: nothing can be said.
    """
    began = time.monotonic()
    trial = _Trial(engine, installed, cancelled, PATIENT_SECONDS if patient else QUICK_SECONDS)
    found: list[SelfCheck] = []
    on_step(0, len(CHECKS))
    for check in CHECKS:
        if cancelled():
            raise SelfTestStopped
        found.append(check(trial))
        on_step(len(found), len(CHECKS))
    return SelfTest(
        checks=tuple(found),
        ran_at=time.time(),
        seconds=time.monotonic() - began,
        engine=engine_version(),
    )


def needs_test(installed: InstalledModel) -> bool:
    """Whether a model has not been tried with this engine."""
    return installed.self_test is None or installed.self_test.engine != engine_version()


def _result(
    name: str,
    title: str,
    detail: str,
    *,
    passed: bool | None,
    off: Feature = Feature.NONE,
) -> SelfCheck:
    """A check's outcome; ``passed`` is None when it was skipped."""
    state = CheckState.SKIPPED
    if passed is not None:
        state = CheckState.PASSED if passed else CheckState.FAILED
    return SelfCheck(name=name, title=title, state=state, detail=detail, switches_off=off)


def _encoder(trial: _Trial) -> SelfCheck:
    """Official conversations are written as their makers write them, with this file's tokens."""
    name, title = "encoder", "Chat format"
    seen = trial.look()
    if seen.faults:
        detail = f"{seen.faults[0][:1].upper()}{seen.faults[0][1:]}."
        return _result(name, title, detail, passed=False, off=Feature.ANSWERS)
    profile = profile_of(trial.installed.profile)
    if profile.generic:
        detail = "Skipped: it is asked by the template in its file, which has no official cases."
        return _result(name, title, detail, passed=None)
    different = differing_conversations(profile.encoding)
    if different:
        detail = f"The official conversation “{different[0]}” is written differently."
        return _result(name, title, detail, passed=False, off=Feature.ANSWERS)
    detail = (
        f"{seen.special} tokens of the chat format are themselves, and the official conversations "
        "are written byte for byte."
    )
    return _result(name, title, detail, passed=True, off=Feature.ANSWERS)


def _logits(trial: _Trial) -> SelfCheck:
    """A fixed text gives numbers, not all alike, and the same ones again."""
    seen = trial.look()
    name, title = "logits", "Numbers"
    if not seen.finite:
        detail = "The engine computed values that are not numbers: the file is damaged."
        return _result(name, title, detail, passed=False, off=Feature.ANSWERS)
    if seen.spread == 0:
        detail = "All words come out equally likely: parts of the file are empty."
        return _result(name, title, detail, passed=False, off=Feature.ANSWERS)
    if seen.difference > SAME * seen.spread:
        detail = (
            f"The same text gave other numbers the second time, by up to {seen.difference:.3g}."
        )
        return _result(name, title, detail, passed=False, off=Feature.ANSWERS)
    again = "the same to the last bit" if seen.difference == 0 else "nearly the same"
    detail = f"{seen.tokens} tokens computed twice: all finite, {again}."
    return _result(name, title, detail, passed=True, off=Feature.ANSWERS)


def _golden(trial: _Trial) -> SelfCheck:
    """The first words are those the maker's own service gave."""
    name, title = "golden", "Official answers"
    cases = continuations(trial.installed.profile)
    if not cases:
        detail = "Skipped: no official answers are known for this model."
        return _result(name, title, detail, passed=None)
    chosen, why = _affordable(cases, trial)
    if not chosen:
        return _result(name, title, f"Skipped: {why}.", passed=None)
    firsts = whole = 0
    for case in chosen:
        question = (Message(role=Role.USER, text=case.prompt),)
        told = _speak(trial, question, len(case.steps))
        firsts += told.startswith(case.steps[0])
        whole += told == "".join(case.steps)
    enough = firsts >= max(1, len(chosen) - ALLOWED_MISSES)
    detail = (
        f"{firsts} of {len(chosen)} answers begin with the official word, "
        f"{whole} are the same as far as they are known{why and '; ' + why}."
    )
    # Not one word right is a file computed wrongly; a few wrong ones are told, and it may answer.
    off = Feature.ANSWERS if firsts == 0 else Feature.NONE
    return _result(name, title, detail, passed=enough, off=off)


def _affordable(
    cases: tuple[Continuation, ...], trial: _Trial
) -> tuple[tuple[Continuation, ...], str]:
    """As many as the machine reads in the time there is, by the speed just seen."""
    seen = trial.look()
    pace = max(seen.seconds, 1e-6) / seen.tokens
    chosen: list[Continuation] = []
    tokens = 0
    for case in cases:
        tokens += case.tokens + len(case.steps)
        room = trial.engine.info.context_tokens - 16
        if tokens > READ_TOKENS or tokens * pace > trial.budget or case.tokens > room:
            break
        chosen.append(case)
    if len(chosen) == len(cases):
        return tuple(chosen), ""
    minutes = sum(case.tokens for case in cases) * pace / 60
    return tuple(chosen), f"the longer prompts would take {minutes:.0f} minutes here"


def _speak(trial: _Trial, question: tuple[Message, ...], tokens: int) -> str:
    def stop(_: SpeechEvent) -> None:
        if trial.cancelled():
            trial.engine.cancel()

    answer = trial.engine.generate(question, _GREEDY, max_tokens=tokens, on_event=stop)
    if answer.tally.finish is Finish.CANCELLED:
        raise SelfTestStopped
    return answer.text


def _capsule(trial: _Trial) -> SelfCheck:
    """The state after a text, taken out and put back, goes on with the same numbers."""
    name, title = "capsule", "Kept reading"
    engine = trial.engine
    if not isinstance(engine, CapsuleTalk):
        return _result(name, title, "Skipped: this engine keeps no states.", passed=None)
    if profile_of(trial.installed.profile).generic:
        detail = "Skipped: what a generic model read is not kept; it reads documents anew."
        return _result(name, title, detail, passed=None)
    front = (Message(role=Role.USER, text=_kept_text(trial)), Message(role=Role.ASSISTANT, text=OK))
    whole = (*front, Message(role=Role.USER, text="Who came?"))
    engine.forget()
    expected = engine.fingerprint(whole)
    engine.forget()
    held = engine.hold(front)
    with engine.keep(held) as image:
        state = b"".join(image.pieces())
        point = image.point
    engine.forget()
    engine.restore(engine.look(front), point, [state], len(state))
    same = engine.fingerprint(whole) == expected
    engine.forget()
    outcome = "gives the same numbers, bit for bit" if same else "gives other numbers"
    detail = f"The state after {point.tokens} tokens ({len(state):,} bytes), put back, {outcome}."
    return _result(name, title, detail, passed=same, off=Feature.CAPSULES)


def _kept_text(trial: _Trial) -> str:
    """Long enough for all kinds of compressed rows, where the machine reads it in time."""
    seen = trial.look()
    long = 2 * LONG_TOKENS * seen.seconds / seen.tokens < trial.budget
    return (MINUTES * (LONG_REPEATS if long else 1)).strip()


def _stop(trial: _Trial) -> SelfCheck:
    """A cancel comes through while it writes."""
    asked: list[float] = []

    def cancel(event: SpeechEvent) -> None:
        if not asked and (isinstance(event, Said) or _begun(event)):
            asked.append(time.monotonic())
            trial.engine.cancel()

    question = (Message(role=Role.USER, text="Count from one to a hundred."),)
    trial.engine.generate(question, _GREEDY, max_tokens=CANCEL_TOKENS, on_event=cancel)
    took = time.monotonic() - asked[0] if asked else 0.0
    detail = f"It stopped {max(1, round(took * 1000))} ms after it was told to."
    return _result("stop", "Stopping", detail, passed=took <= CANCEL_SECONDS)


def _begun(event: SpeechEvent) -> bool:
    return isinstance(event, Prefilled) and event.done == event.total


def _told(name: str, title: str, check: Check, off: Feature) -> Check:
    """A check whose own failing with a known error is a failed check, not the end of the test."""

    def run(trial: _Trial) -> SelfCheck:
        try:
            return check(trial)
        except (SelfTestStopped, EngineClosed, EngineCrashed, EngineStuck):
            raise
        except KnownError as error:
            return _result(name, title, error.failure.reason, passed=False, off=off)

    return run


CHECKS: Final[tuple[Check, ...]] = (
    _told("encoder", "Chat format", _encoder, Feature.ANSWERS),
    _told("logits", "Numbers", _logits, Feature.ANSWERS),
    _told("golden", "Official answers", _golden, Feature.ANSWERS),
    _told("capsule", "Kept reading", _capsule, Feature.CAPSULES),
    _told("stop", "Stopping", _stop, Feature.NONE),
)
"""In this order; the first ones tell how fast the machine is."""
