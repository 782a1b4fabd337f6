"""Look at a loaded engine from inside: the chat format's tokens, and numbers computed twice.

For the self-test. Must not know who asked or what follows from it.
"""

from __future__ import annotations

import ctypes
import time
from operator import sub
from typing import Final

from carrel.engine.chat.segments import BEGIN
from carrel.engine.errors import SelfTestStopped
from carrel.engine.wire.protocol import MAX_FAULT_CHARACTERS, MAX_LOGIT, Examined
from carrel.engine.worker.binding import all_finite, api
from carrel.engine.worker.load import Loaded
from carrel.engine.worker.session import Aborted, Session
from carrel.engine.worker.words import Prompt, Words

TEXT: Final = "The minutes of the meeting were approved on 12 March 2024."
"""What is computed twice; some fifteen tokens, so that it is quick where a token takes seconds."""
MAX_TOKENS: Final = 24
"""Tokens of it at most; a vocabulary without merges has one for each letter."""


def examine(number: int, loaded: Loaded, words: Words, session: Session) -> Examined:
    """Do it; the context is empty afterwards.

    Raises:
        SelfTestStopped: by a cancel.
        DecodeFailed: llama.cpp failed.
    """
    begin = [words.template[BEGIN]] if BEGIN in words.template else []
    tokens = [*begin, *words.text(TEXT)][:MAX_TOKENS]
    try:
        first, _ = _logits(tokens, loaded, words, session)
        second, seconds = _logits(tokens, loaded, words, session)
    except Aborted:
        raise SelfTestStopped from None
    finally:
        session.forget()
    finite = all_finite(first) and all_finite(second)
    spread = max(first) - min(first) if finite else 0.0
    difference = max(map(abs, map(sub, first, second))) if finite else 0.0
    return Examined(
        id=number,
        special=len(words.template),
        faults=tuple(fault[:MAX_FAULT_CHARACTERS] for fault in _faults(words)),
        tokens=len(tokens),
        finite=finite,
        spread=min(spread, MAX_LOGIT),
        difference=min(difference, MAX_LOGIT),
        seconds=seconds,
    )


def _logits(
    tokens: list[int], loaded: Loaded, words: Words, session: Session
) -> tuple[ctypes.Array[ctypes.c_float], float]:
    """All logits after a text read from the beginning, and the seconds it took."""
    session.forget()
    began = time.monotonic()
    session.read(Prompt(tokens, []), lambda _: None)
    found = api.llama_get_logits_ith(loaded.context, -1)
    row = (ctypes.c_float * words.count)()
    if found:
        ctypes.memmove(row, found, ctypes.sizeof(row))
    return row, time.monotonic() - began


def _faults(words: Words) -> list[str]:
    """What is wrong with the chat format's tokens: each must be itself, and only when meant."""
    faults: list[str] = []
    for text, token in words.template.items():
        if words.name(token) != text:
            faults.append(f"“{text}” becomes “{words.name(token)}”")
        if not words.special.isdisjoint(words.text(f"a {text} b")):
            faults.append(f"“{text}” inside a document becomes a command")
    return faults
