"""One answer on its way: read the prompt, write until there is a reason to stop, tell all of it.

Must not know other requests or the window.
"""

from __future__ import annotations

import time
from typing import Final

from carrel.engine.conversation import Thinking
from carrel.engine.conversation_wire import written_call
from carrel.engine.encoding import render
from carrel.engine.errors import PromptTooLong
from carrel.engine.protocol import Called, Finish, Generate, Tally, Thought
from carrel.engine.speech import MAX_SHOWN_CHARACTERS, Speech, Spoken
from carrel.engine.worker.load import Loaded
from carrel.engine.worker.sampling import Sampler
from carrel.engine.worker.session import Aborted, Session
from carrel.engine.worker.words import NO_TOKEN, Words
from carrel.system.frames import Frame
from carrel.system.worker import Wire

MIN_SECONDS_BETWEEN_PIECES: Final = 0.02
"""Seconds. A quick engine's tokens go out fifty times a second, together; nobody reads faster. A
slow one's go out one by one, as they come."""


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
        opened = request.thinking is not Thinking.OFF
        offered = request.tools or any(message.tools for message in request.conversation)
        self._speech = Speech(
            think=words.think,
            thought=words.thought,
            thinking=opened,
            dsml=words.dsml if offered else NO_TOKEN,
        )
        segments = render(
            request.conversation,
            request.thinking,
            words.encoding,
            tools=request.tools,
            response_format=request.response_format,
        )
        self._prompt = words.prompt(segments)
        self._kept: list[str] = []
        self._kept_event = ""
        self._sent_at = 0.0
        self._reused = 0
        self._prefill_seconds = 0.0
        self._decode_seconds = 0.0

    def run(self) -> Tally:
        """Read, then write until there is a reason to stop."""
        total = len(self._prompt.tokens)
        if total >= self._loaded.context_tokens:
            raise PromptTooLong(tokens=total, context=self._loaded.context_tokens - 1)
        finish = self._read(total)
        if finish is None:
            finish = self._write()
        return Tally(
            finish=finish,
            prompt_tokens=total,
            reused_tokens=self._reused,
            thinking_tokens=self._speech.thinking_tokens,
            answer_tokens=self._speech.answer_tokens,
            prefill_seconds=self._prefill_seconds,
            decode_seconds=self._decode_seconds,
        )

    def _read(self, total: int) -> Finish | None:
        def on_progress(done: int) -> None:
            self._send({"event": "prefilled", "done": done, "total": total})

        began = time.monotonic()
        try:
            self._reused = self._session.read(self._prompt, on_progress)
        except Aborted:
            return Finish.CANCELLED
        finally:
            self._prefill_seconds = time.monotonic() - began
        return None

    def _write(self) -> Finish:
        began = time.monotonic()
        try:
            with Sampler(
                self._request.sampling, self._loaded.context, self._words.count
            ) as sampler:
                finish = self._write_with(sampler)
        except Aborted:
            finish = Finish.CANCELLED
        for part in self._speech.finish():
            self._show(part)
        self._send_kept()
        self._decode_seconds = time.monotonic() - began
        return finish

    def _write_with(self, sampler: Sampler) -> Finish:
        for written in range(1, self._request.max_tokens + 1):
            token = sampler.next()
            if self._words.ends(token):
                return Finish.STOP
            for part in self._speech.feed(token, self._words.piece(token)):
                self._show(part)
            if written == self._request.max_tokens:
                break  # the last one need not be computed further
            if self._session.full:
                return Finish.CONTEXT
            self._session.write(token)
        return Finish.LENGTH

    def _show(self, part: Spoken) -> None:
        """Send a piece of text, or keep it for a moment if the last one was just sent."""
        if isinstance(part, Called):
            self._send_kept()
            self._send({"event": "called", "call": written_call(part.call)})
            return
        event = "thought" if isinstance(part, Thought) else "said"
        if event != self._kept_event:
            self._send_kept()
            self._kept_event = event
        self._kept.append(part.text)
        long = len(part.text) >= MAX_SHOWN_CHARACTERS
        if long or time.monotonic() - self._sent_at >= MIN_SECONDS_BETWEEN_PIECES:
            self._send_kept()

    def _send_kept(self) -> None:
        if self._kept:
            self._send({"event": self._kept_event, "text": "".join(self._kept)})
            self._kept.clear()
            self._sent_at = time.monotonic()

    def _send(self, frame: Frame) -> None:
        self._wire.send({**frame, "id": self._request.id})
