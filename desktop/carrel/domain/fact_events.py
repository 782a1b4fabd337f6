"""What happens while a model writes a summary or looks facts over. See `carrel.domain.events`."""

from dataclasses import dataclass

from carrel.domain.events import Event
from carrel.domain.written import WrittenSection, WrittenSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingProgressed(Event):
    """What is being done for a summary that a model writes.

    Attributes:
        written, sections: how many are done, of how many.
        title: of the section under way; may be empty.
        step, done, total: as `AnswerProgressed`, or ``waiting`` for the engine.
        seconds_left: of all that is open; None while it is not known.
    """

    written: int
    sections: int
    title: str
    step: str
    done: int
    total: int
    seconds_left: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionWritten(Event):
    """A section of a summary is written, checked and stored.

    Attributes:
        summary: as far as it has come.
    """

    summary: WrittenSummary
    section: WrittenSection


@dataclass(frozen=True, slots=True, kw_only=True)
class RefiningProgressed(Event):
    """How far a model has come with looking over facts.

    Attributes:
        kind: of facts, such as ``timeline``.
        step: ``loading``, ``testing`` or ``judging``.
        done, total: facts, or the step's own unit.
        seconds_left: of all; None while it is not known.
    """

    kind: str
    step: str
    done: int
    total: int
    seconds_left: float | None = None
