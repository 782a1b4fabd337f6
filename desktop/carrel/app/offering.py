"""What each way of answering would take now, and why one is not possible.

Speeds are those measured in earlier answers; what was read before is known by
the capsules. A mode that is added gets one line in `OFFERS`. Must not know
how a mode answers, nor how an offer is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from carrel.answering.passages import THINKING_TOKENS
from carrel.answering.prompt import MAX_PASSAGES
from carrel.answering.research.budget import RESULT_TOKENS
from carrel.answering.seeking import CANDIDATES, CHOICE_TOKENS, PLANNING_SHARE, QUERY_TOKENS
from carrel.answering.whole import shares_of
from carrel.catalog.installed import Catalog
from carrel.domain.answers import AnswerMode, Effort
from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.domain.installed import NANO_PROFILE, EngineState, InstalledModel
from carrel.domain.offers import ModeOffer
from carrel.engine.files.profiles import profile_of
from carrel.engine.fit.verdict import WANTED_TOKENS
from carrel.workspace.capsules import Capsule
from carrel.workspace.store import Workspace
from carrel.workspace.texts import TextSize

ASCII_TOKENS: Final = 0.3
"""Tokens of one character of English, as DeepSeek says of its vocabulary."""

WIDE_TOKENS: Final = 0.15
"""Tokens more for each further byte of a character in UTF-8: a Chinese one has three and takes
0.6."""

UNIT_TOKENS: Final = 40
"""Tokens of the line with fence and number before each page or section."""

PASSAGE_TOKENS: Final = 330
"""Tokens of a passage with its fences, on average over annual reports."""

PREVIEW_TOKENS: Final = 95
"""Tokens of a preview, on average."""

RULES_TOKENS: Final = 450
"""Tokens of the rules, the question and the chat format."""

USUAL_ANSWER_TOKENS: Final = 350
"""Tokens of a usual answer: what most take; the longest has 2,048."""

USUAL_PLAN_TOKENS: Final = 90
"""Tokens written to plan a search: four queries and some numbers."""

NANO_TOKENS: Final = 400
"""Tokens Carrel Nano is shown: its few sentences."""

USUAL_RESEARCH_STEPS: Final = 8
"""Searches and openings of a usual research; at most 24 are allowed."""

CALL_TOKENS: Final = 60
"""Tokens written to call a tool once."""

RESTORE_BYTES: Final = 1 << 30
"""Bytes a second that come back from a capsule and are decrypted, on an ordinary disk."""

AT_ONCE_SECONDS: Final = 0.2
"""Seconds a search and the marking of sentences take at most."""

NO_TEXT: Final = TextSize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a question would meet.

    Attributes:
        installed: the model chosen; None for none.
        context: tokens it is loaded with, or would be.
        loaded: whether it is.
        effort: of thinking.
        chosen: whether documents were chosen; otherwise all are asked about.
        text: of the chosen documents with what lies inside of them.
        capsule: what the model read of exactly these before; None if nothing.
        plans: whether searches are planned by the model.
    """

    installed: InstalledModel | None
    context: int = WANTED_TOKENS
    loaded: bool = False
    effort: Effort = Effort.OFF
    chosen: bool = False
    text: TextSize = NO_TEXT
    capsule: Capsule | None = None
    plans: bool = True

    @property
    def nano(self) -> bool:
        """Whether the model chosen is the one that reads sentences only."""
        return self.installed is not None and self.installed.profile == NANO_PROFILE

    @property
    def thinking(self) -> int:
        """Tokens of thinking to expect: half of what is allowed."""
        return min(THINKING_TOKENS[self.effort], self.context // 4) // 2


def tokens_of(text: TextSize) -> int:
    """About how many tokens a text has for DeepSeek V4's vocabulary, with the lines around it."""
    further = max(0, text.size - text.characters)
    return round(text.characters * ASCII_TOKENS + further * WIDE_TOKENS + text.units * UNIT_TOKENS)


def _seconds(found: Situation, read: int, written: int) -> float | None:
    """To read and write so many tokens; None where a speed is not known."""
    installed = found.installed
    if installed is None or not installed.tokens_per_second or not installed.reading_per_second:
        return None
    return read / installed.reading_per_second + written / installed.tokens_per_second


def _needs_model(found: Situation) -> str:
    return "" if found.installed else "Needs a model: import one under Models"


def _evidence(_found: Situation) -> ModeOffer:
    return ModeOffer(mode=AnswerMode.EVIDENCE, seconds=AT_ONCE_SECONDS)


def _passages(found: Situation) -> ModeOffer:
    if refusal := _needs_model(found):
        return ModeOffer(mode=AnswerMode.PASSAGES, refusal=refusal)
    read, written = NANO_TOKENS, USUAL_ANSWER_TOKENS // 4
    if not found.nano:
        read = min(found.context // 2, RULES_TOKENS + MAX_PASSAGES * PASSAGE_TOKENS)
        written = USUAL_ANSWER_TOKENS + found.thinking
        if found.plans:
            read += min(found.context // PLANNING_SHARE, CANDIDATES * PREVIEW_TOKENS)
            read += RULES_TOKENS
            written += min(USUAL_PLAN_TOKENS, QUERY_TOKENS + CHOICE_TOKENS)
    return ModeOffer(
        mode=AnswerMode.PASSAGES,
        seconds=_seconds(found, read, written),
        tokens=read,
        loads=not found.loaded,
    )


def _whole(found: Situation) -> ModeOffer:
    mode = AnswerMode.WHOLE
    if refusal := _needs_model(found):
        return ModeOffer(mode=mode, refusal=refusal)
    if found.nano:
        return ModeOffer(mode=mode, refusal="Carrel Nano reads single sentences only")
    if not found.chosen:
        return ModeOffer(mode=mode, refusal="Choose the documents to read first")
    if not found.text.characters:
        return ModeOffer(mode=mode, refusal="The chosen documents have no text")
    capsule = found.capsule
    tokens = capsule.tokens if capsule and capsule.whole else tokens_of(found.text)
    room = shares_of(found.context, found.effort)[0] - RULES_TOKENS
    if tokens > room:
        return ModeOffer(
            mode=mode,
            tokens=tokens,
            refusal=f"About {tokens:,} tokens, and {max(0, room):,} fit",
            guessed=True,
        )
    known = min(capsule.tokens, tokens) if capsule else 0
    read = tokens - known
    seconds = _seconds(found, read + RULES_TOKENS, USUAL_ANSWER_TOKENS + found.thinking)
    if seconds is not None and capsule is not None:
        seconds += capsule.size / RESTORE_BYTES
    return ModeOffer(
        mode=mode,
        seconds=seconds,
        tokens=tokens,
        read_once=read > RULES_TOKENS,
        known=known / tokens,
        loads=not found.loaded,
    )


def _research(found: Situation) -> ModeOffer:
    mode = AnswerMode.RESEARCH
    if refusal := _needs_model(found):
        return ModeOffer(mode=mode, refusal=refusal)
    if found.installed is not None and not profile_of(found.installed.profile).tools:
        return ModeOffer(mode=mode, refusal="The model was not trained to search by itself")
    read = min(found.context // 2, USUAL_RESEARCH_STEPS * RESULT_TOKENS)
    written = USUAL_ANSWER_TOKENS + found.thinking + USUAL_RESEARCH_STEPS * CALL_TOKENS
    return ModeOffer(
        mode=mode, seconds=_seconds(found, read, written), tokens=read, loads=not found.loaded
    )


OFFERS: Final[Mapping[AnswerMode, Callable[[Situation], ModeOffer]]] = MappingProxyType(
    {
        AnswerMode.EVIDENCE: _evidence,
        AnswerMode.PASSAGES: _passages,
        AnswerMode.WHOLE: _whole,
        AnswerMode.RESEARCH: _research,
    }
)
"""How each mode is weighed, in the order they are offered."""


class Offering:
    """Weighs the ways of answering.

    Args:
        workspace: knows texts and capsules.
        catalog: knows the models and their speeds.
        state: what the engine does now, and with which model.
        plans: whether searches are planned by the model.
    """

    def __init__(
        self,
        workspace: Workspace,
        catalog: Catalog,
        state: tuple[EngineState, str],
        *,
        plans: bool,
    ) -> None:
        self._workspace = workspace
        self._catalog = catalog
        self._state = state
        self._plans = plans

    def offers(
        self, documents: tuple[DocumentId, ...], model: str, effort: Effort
    ) -> tuple[ModeOffer, ...]:
        """All modes, for a question about these documents. Blocks for some milliseconds.

        Args:
            documents: asked about; empty means all.
            model: name of the installed model chosen; empty for none.
            effort: how hard it is to think.
        """
        found = self.situation(documents, model, effort)
        return tuple(offer(found) for offer in OFFERS.values())

    def situation(self, documents: tuple[DocumentId, ...], model: str, effort: Effort) -> Situation:
        """What a question would meet; see `offers`."""
        installed = self._installed(model)
        state, loaded = self._state
        inside = self._workspace.documents.with_inside(documents).result() if documents else ()
        sizes = [self._workspace.texts.size(one).result() for one in inside]
        text = TextSize(*(sum(part) for part in zip(*sizes, strict=True))) if sizes else TextSize()
        with_text = tuple(one for one, size in zip(inside, sizes, strict=True) if size.units)
        return Situation(
            installed=installed,
            context=installed.loaded_context or WANTED_TOKENS if installed else WANTED_TOKENS,
            loaded=loaded == model and state in (EngineState.READY, EngineState.BUSY),
            effort=effort,
            chosen=bool(documents),
            text=text,
            capsule=self._capsule(installed, effort, with_text),
            plans=self._plans,
        )

    def _installed(self, model: str) -> InstalledModel | None:
        try:
            return self._catalog.get(model) if model else None
        except KnownError:  # taken off the list meanwhile
            return None

    def _capsule(
        self, installed: InstalledModel | None, effort: Effort, documents: tuple[DocumentId, ...]
    ) -> Capsule | None:
        if installed is None or not installed.sha256 or not documents:
            return None
        found = self._workspace.capsules.of_model(installed.sha256, effort.value).result()
        these = [one for one in found if one.documents == documents and not one.part]
        return max(these, key=lambda one: one.tokens, default=None)
