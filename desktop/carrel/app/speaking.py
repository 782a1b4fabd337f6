"""How hard a model can be made to think, and how fast it spoke. Must not know engines."""

from typing import Final

from carrel.domain.answers import Effort, Exchange
from carrel.engine.files.profiles import profile_of


def efforts_of(profile: str) -> tuple[Effort, ...]:
    """What a card offers; an effort only the engine knows is left out."""
    known = {effort.value for effort in Effort}
    return tuple(Effort(one.value) for one in profile_of(profile).efforts if one.value in known)


NOTED_READ: Final = 512
"""Tokens an answer must have read for its speed of reading to be remembered."""


def reading_speed_of(exchange: Exchange | None) -> float:
    """Tokens a second an answer's prompt was read at; 0 where too few were read to tell."""
    answer = exchange.answer if exchange else None
    if answer is None or not answer.timing.prefill:
        return 0.0
    read = answer.tokens.prompt - answer.tokens.known
    return read / answer.timing.prefill * 1000 if read >= NOTED_READ else 0.0


def speed_of(exchange: Exchange | None) -> float:
    """Tokens a second of an answer; 0 without one."""
    answer = exchange.answer if exchange else None
    if answer is None or not answer.timing.decode:
        return 0.0
    return answer.tokens.answer / answer.timing.decode * 1000
