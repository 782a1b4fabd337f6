"""The ways of answering as the reader meets them: name, what it does, what it would take.

A mode that is added gets one line in `MODES`. Pure; must not know widgets or the app.
"""

from dataclasses import dataclass
from typing import Final

from carrel.domain.answers import AnswerMode
from carrel.domain.offers import ModeOffer

SHARE_WORTH_TELLING: Final = 0.01
"""Share of the reading below which it counts as not begun."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One way of answering.

    Attributes:
        name: in the composer and below answers.
        icon: Lucide name.
        does: one line.
        speaks: a model answers.
    """

    name: str
    icon: str
    does: str
    speaks: bool = True


MODES: Final[dict[AnswerMode, Mode]] = {
    AnswerMode.EVIDENCE: Mode(
        "Evidence", "quote", "Shows the sentences that answer. No model.", speaks=False
    ),
    AnswerMode.PASSAGES: Mode(
        "Passages", "sparkles", "A model answers from the best passages found by search."
    ),
    AnswerMode.WHOLE: Mode(
        "Whole documents", "book-open", "A model reads the chosen documents from end to end."
    ),
    AnswerMode.RESEARCH: Mode(
        "Research", "search", "A model searches and opens documents by itself."
    ),
}
"""In the order they are offered."""


def mode_name(mode: AnswerMode) -> str:
    """What a way of answering is called."""
    return MODES[mode].name


def cost_words(offer: ModeOffer | None) -> str:
    """What an answer would take: ``about 3 h, read once and kept``.

    Args:
        offer: None while it is being found out.
    """
    if offer is None:
        return "…"
    if offer.refusal:
        return f"{offer.refusal}: you choose sections" if offer.guessed else offer.refusal
    unknown = "time known after a first answer"
    said = unknown if offer.seconds is None else span_words(offer.seconds)
    if offer.read_once:
        begun = offer.known >= SHARE_WORTH_TELLING
        said += f", {offer.known:.0%} is read already" if begun else ", read once and kept"
    elif offer.known:
        said += ", read before"
    return f"{said}, after loading the model" if offer.loads else said


def span_words(seconds: float) -> str:
    """A span of time as one says it: ``at once``, ``about 40 s``, ``about 3 h``."""
    if seconds < 1:
        return "at once"
    if seconds < 10:
        return f"about {round(seconds)} s"
    if seconds < 90:
        return f"about {round(seconds / 5) * 5} s"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} min"
    if seconds < 48 * 3600:
        return f"about {round(seconds / 3600)} h"
    return f"about {round(seconds / 86_400)} days"
