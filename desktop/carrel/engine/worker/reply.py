"""One answer on its way: read the prompt, write until there is a reason to stop, tell all of it.

An answer that runs in circles, or numbers that are none, get one more try from
an empty context. Must not know other requests or the window.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from carrel.engine.chat.choice_grammar import grammar_of_choices
from carrel.engine.chat.json_grammar import grammar_of
from carrel.engine.errors import DamagedWeights, PromptTooLong
from carrel.engine.wire.protocol import MAX_SEED, Finish, Generate, Restart, Sampling, Tally
from carrel.engine.worker.load import Loaded
from carrel.engine.worker.session import Aborted, Session
from carrel.engine.worker.words import Words
from carrel.engine.worker.writing import Writing
from carrel.system.frames import Frame
from carrel.system.worker import Wire

WARMER: Final = 0.2
"""Added to the temperature after a loop: the likeliest words were what led into it."""
WARM: Final = 0.6
"""The temperature after a loop without chance."""


class Reply:
    """One answer on its way."""

    def __init__(
        self, request: Generate, loaded: Loaded, words: Words, session: Session, wire: Wire
    ) -> None:
        self._request = request
        self._loaded = loaded
        self._words = words
        self._session = session
        self._wire = wire
        segments = words.segments(
            request.conversation,
            request.thinking,
            tools=request.tools,
            response_format=request.response_format,
        )
        self._prompt = words.prompt(segments)
        self._grammar = _grammar_for(request)
        self._reused = 0
        self._prefill_seconds = 0.0

    def run(self) -> Tally:
        """Read, then write until there is a reason to stop.

        Raises:
            PromptTooLong: nothing was read.
            DamagedWeights: from an empty context, too.
            BadSchema: llama.cpp cannot read its grammar.
        """
        total = len(self._prompt.tokens)
        if total >= self._loaded.context_tokens:
            raise PromptTooLong(tokens=total, context=self._loaded.context_tokens - 1)
        restart: Restart | None = None
        sampling = self._request.sampling
        try:
            tally = self._attempt(sampling)
            if tally.finish is Finish.LOOP:
                restart = Restart.LOOP
                sampling = _another_chance(sampling)
        except DamagedWeights:
            restart = Restart.NUMBERS
        if restart is None:
            return tally
        self._session.forget()
        self._send({"event": "restarted", "reason": restart})
        return replace(self._attempt(sampling), restarted=restart)

    def _attempt(self, sampling: Sampling) -> Tally:
        writing = Writing(
            self._request,
            self._loaded,
            self._words,
            self._session,
            self._send,
            self._grammar,
            thinks=self._prompt.thinks,
        )
        began = time.monotonic()
        finish = self._read()
        self._prefill_seconds += time.monotonic() - began
        began = time.monotonic()
        if finish is None:
            finish = writing.run(sampling)
        return Tally(
            finish=finish,
            prompt_tokens=len(self._prompt.tokens),
            reused_tokens=self._reused,
            thinking_tokens=writing.thinking_tokens,
            answer_tokens=writing.answer_tokens,
            prefill_seconds=self._prefill_seconds,
            decode_seconds=time.monotonic() - began,
            thinking_cut=writing.thinking_cut,
            repeated=writing.repeated,
        )

    def _read(self) -> Finish | None:
        total = len(self._prompt.tokens)

        def on_progress(done: int) -> None:
            self._send({"event": "prefilled", "done": done, "total": total})

        try:
            self._reused = self._session.read(self._prompt, on_progress)
        except Aborted:
            return Finish.CANCELLED
        return None

    def _send(self, frame: Frame) -> None:
        self._wire.send({**frame, "id": self._request.id})


def _another_chance(sampling: Sampling) -> Sampling:
    """A little warmer, with another seed that follows from the first: the whole can be repeated."""
    warmer = sampling.temperature + WARMER if sampling.temperature else WARM
    return replace(sampling, temperature=warmer, seed=(sampling.seed + 1) % MAX_SEED)


def _grammar_for(request: Generate) -> str:
    """What the answer is held to; empty for free text."""
    if request.choices:
        return grammar_of_choices(request.choices, request.alone)
    return grammar_of(request.json_schema) if request.json_schema else ""
