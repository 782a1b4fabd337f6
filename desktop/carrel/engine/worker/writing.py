"""Write one answer, token by token, until there is a reason to stop.

Must not know how the prompt came into the context, or what happens after an
answer that went wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from carrel.engine.chat.stops import StopStrings
from carrel.engine.wire.conversations import written_call
from carrel.engine.wire.protocol import Called, Finish, Generate, Sampling, Thought
from carrel.engine.worker.load import Loaded
from carrel.engine.worker.loops import Loop, LoopDetector
from carrel.engine.worker.sampling import Sampler
from carrel.engine.worker.session import Aborted, Session
from carrel.engine.worker.speech import MAX_SHOWN_CHARACTERS, Speech, Spoken
from carrel.engine.worker.thinking_budget import CLOSING, ThinkingBudget
from carrel.engine.worker.words import NO_TOKEN, Words
from carrel.system.frames import Frame

MIN_SECONDS_BETWEEN_PIECES: Final = 0.02
"""Seconds. A quick engine's tokens go out fifty times a second, together; nobody reads faster. A
slow one's go out one by one, as they come."""


class Writing:
    """One attempt at an answer.

    Args:
        send: takes frames without a request's number.
        grammar: of the answer, not of the thinking; empty for free text.

    Attributes:
        thinking_cut: thinking was ended because its budget was spent.
        repeated: characters shown last that only repeat.
    """

    def __init__(
        self,
        request: Generate,
        loaded: Loaded,
        words: Words,
        session: Session,
        send: Callable[[Frame], None],
        grammar: str,
        *,
        thinks: bool,
    ) -> None:
        self._request = request
        self._loaded = loaded
        self._words = words
        self._session = session
        self._send = send
        self._grammar = grammar
        self._thinking = thinks
        offered = request.tools or any(message.tools for message in request.conversation)
        self._speech = Speech(
            think=words.think,
            thought=words.thought,
            thinking=self._thinking,
            dsml=words.dsml if offered else NO_TOKEN,
        )
        self._stops = StopStrings(request.stop)
        self._loops = LoopDetector()
        limited = self._thinking and request.thinking_budget and words.thought != NO_TOKEN
        self._closing = words.text(CLOSING) if limited else []
        self._budget = ThinkingBudget(request.thinking_budget if limited else 0, len(self._closing))
        self._written = 0
        self._shown = 0
        self._sound = 0
        self._stopped = False
        self._ends: list[int] = []
        self._kept: list[str] = []
        self._kept_event = ""
        self._sent_at = 0.0
        self.thinking_cut = False
        self.repeated = 0

    @property
    def thinking_tokens(self) -> int:
        """Tokens thought so far."""
        return self._speech.thinking_tokens

    @property
    def answer_tokens(self) -> int:
        """Tokens said so far."""
        return self._speech.answer_tokens

    def run(self, sampling: Sampling) -> Finish:
        """Write until there is a reason to stop; a cancel is one.

        Raises:
            DamagedWeights: the engine computed something that is no number.
            DecodeFailed: llama.cpp failed.
            BadSchema: llama.cpp cannot read the grammar.
        """
        context = self._loaded.context
        try:
            with Sampler(sampling, context, self._words, self._grammar) as sampler:
                finish = self._write_with(sampler)
        except Aborted:
            finish = Finish.CANCELLED
        if not self._stopped:
            self._show_all(self._speech.finish())
            self._keep("said", self._stops.rest())
        self._send_kept()
        if finish is Finish.LOOP:
            self.repeated = self._shown - self._sound
        return finish

    def _write_with(self, sampler: Sampler) -> Finish:
        while True:
            token = sampler.next(held=not self._thinking)
            if self._words.ends(token):
                return Finish.STOP
            finish = self._take(token)
            if finish is not None:
                return finish
            if self._thinking and self._budget.over(self.thinking_tokens, self._words.piece(token)):
                self.thinking_cut = True
                closing = self._closing if self._budget.closed else []
                for forced in (*closing, self._words.thought):
                    finish = self._take(forced)
                    if finish is not None:
                        return finish

    def _take(self, token: int) -> Finish | None:
        """Tell a token and put it into the context; returns the reason to stop if there is one."""
        self._written += 1
        if not self._show_all(self._speech.feed(token, self._words.piece(token))):
            return Finish.STOP
        if token in (self._words.think, self._words.thought):
            self._thinking = token == self._words.think
            self._loops.clear()
            self._ends.clear()
        else:
            self._ends.append(self._shown)
            loop = self._loops.add(token)
            if loop is not None:
                self._sound = self._shown_before(loop)
                return Finish.LOOP
        if self._written == self._request.max_tokens:
            return Finish.LENGTH  # the last one need not be computed further
        if self._session.full:
            return Finish.CONTEXT
        self._session.write(token)
        return None

    def _shown_before(self, loop: Loop) -> int:
        """Characters shown before the tokens that only repeat."""
        last = len(self._ends) - loop.repeated - 1
        return self._ends[last] if last >= 0 else 0

    def _show_all(self, parts: list[Spoken]) -> bool:
        """Tell parts of speech; False when a stop string came."""
        for part in parts:
            if isinstance(part, Called):
                self._keep("said", self._stops.rest())
                self._send_kept()
                self._send({"event": "called", "call": written_call(part.call)})
                continue
            if isinstance(part, Thought):
                self._keep("thought", part.text)
                continue
            text, stopped = self._stops.feed(part.text)
            self._keep("said", text)
            if stopped:
                self._stopped = True
                return False
        return True

    def _keep(self, event: str, text: str) -> None:
        """Send a piece of text, or keep it for a moment if the last one was just sent."""
        if not text:
            return
        if event != self._kept_event:
            self._send_kept()
            self._kept_event = event
        self._kept.append(text)
        self._shown += len(text)
        long = len(text) >= MAX_SHOWN_CHARACTERS
        if long or time.monotonic() - self._sent_at >= MIN_SECONDS_BETWEEN_PIECES:
            self._send_kept()

    def _send_kept(self) -> None:
        if self._kept:
            self._send({"event": self._kept_event, "text": "".join(self._kept)})
            self._kept.clear()
            self._sent_at = time.monotonic()
