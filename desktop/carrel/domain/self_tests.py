"""The self-test of an installed model: what was tried, what came of it, what is switched off.

Must not know how anything is tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """What came of one check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Feature(StrEnum):
    """What a failed check switches off."""

    NONE = ""
    ANSWERS = "answers"
    """The model may not answer at all."""
    CAPSULES = "capsules"
    """What was read is not kept; every document is read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheck:
    """One check.

    Attributes:
        name: stable, for programs: ``encoder``, ``logits``, ``golden``, ``capsule``.
        title: for people.
        detail: one sentence: the figure seen, or why it failed or was skipped.
        switches_off: the feature that is off while this check fails.
    """

    name: str
    title: str
    state: CheckState
    detail: str
    switches_off: Feature = Feature.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """A whole self-test.

    Attributes:
        ran_at: seconds since the epoch.
        seconds: how long it took.
        engine: llama.cpp's version it was run with; with another one it has to run again.
    """

    checks: tuple[SelfCheck, ...]
    ran_at: float
    seconds: float
    engine: str

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return all(check.state is not CheckState.FAILED for check in self.checks)

    @property
    def off(self) -> frozenset[Feature]:
        """The features that are switched off."""
        failed = (check for check in self.checks if check.state is CheckState.FAILED)
        return frozenset(check.switches_off for check in failed) - {Feature.NONE}
