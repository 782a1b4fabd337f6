"""Answer requests with a loaded engine, one after another.

The main thread loads, reads and writes; the wire's thread only takes cancels,
which must not wait. Must not know the window.
"""

from __future__ import annotations

import threading
import time
from dataclasses import asdict
from typing import Final

from carrel.domain.errors import EngineError
from carrel.engine.encoding import Thinking, render
from carrel.engine.errors import BadRequest, PromptTooLong
from carrel.engine.job import Job
from carrel.engine.protocol import (
    Cancel,
    Count,
    EngineInfo,
    Finish,
    Generate,
    Said,
    Tally,
    Thought,
    failed_frame,
    parse_request,
)
from carrel.engine.speech import Speech
from carrel.engine.worker.inspection import check_files
from carrel.engine.worker.load import Loaded, load
from carrel.engine.worker.sampling import Sampler
from carrel.engine.worker.session import Aborted, Session
from carrel.engine.worker.words import Words
from carrel.system.frames import Frame, FrameError
from carrel.system.worker import Wire

MIN_SECONDS_BETWEEN_PIECES: Final = 0.02
"""Seconds. A quick engine's tokens go out fifty times a second, together; nobody reads faster. A
slow one's go out one by one, as they come."""


class Server:
    """The worker's life.

    Args:
        started: when the process began, on the monotonic clock.
    """

    def __init__(self, job: Job, started: float) -> None:
        self._job = job
        self._started = started
        self._guard = threading.Lock()
        self._current = 0
        self._cancelled = 0
        self._loaded: Loaded | None = None
        self._wire = Wire(self._take_cancel)

    def run(self) -> int:
        """Load, then answer until the owner lets go.

        Returns:
            1 if loading failed; otherwise it does not return.
        """
        try:
            facts = check_files(self._job.descriptors)
            loaded = load(self._job, facts, self._report)
            words = Words(loaded.words)
        except EngineError as error:
            self._wire.send(failed_frame(0, error))
            return 1
        self._loaded = loaded
        info = EngineInfo(
            title=facts.title,
            words=words.count,
            layers=facts.geometry.layers,
            context_tokens=loaded.context_tokens,
            trained_tokens=facts.context_tokens,
            threads=loaded.threads,
            load_seconds=time.monotonic() - self._started,
            warnings=facts.warnings,
        )
        self._wire.send({"event": "ready", "id": 0, **asdict(info)})
        session = Session(loaded)
        while True:
            self._answer(self._wire.receive(), loaded, words, session)

    def _report(self, step: str, done: int, total: int) -> None:
        self._wire.send({"event": "progress", "id": 0, "step": step, "done": done, "total": total})

    def _answer(self, untrusted: Frame, loaded: Loaded, words: Words, session: Session) -> None:
        try:
            request = parse_request(untrusted)
        except FrameError as error:
            untrusted_id = untrusted.get("id")
            number = untrusted_id if isinstance(untrusted_id, int) else 0
            self._wire.send(failed_frame(number, BadRequest(**error.fields)))
            return
        self._begin(request.id, loaded)
        try:
            if isinstance(request, Generate):
                tally = _Answering(request, loaded, words, session, self._wire).run()
                self._wire.send({"event": "done", "id": request.id, **asdict(tally)})
            elif isinstance(request, Count):
                counts = [len(words.text(text)) for text in request.texts]
                self._wire.send({"event": "counted", "id": request.id, "counts": counts})
        except EngineError as error:
            self._wire.send(failed_frame(request.id, error))
        finally:
            self._begin(0, loaded)

    def _begin(self, number: int, loaded: Loaded) -> None:
        """Which request runs now; a cancel may have come before it."""
        with self._guard:
            self._current = number
            if number and self._cancelled == number:
                loaded.abort.raise_()
            else:
                loaded.abort.lower()

    def _take_cancel(self, untrusted: Frame) -> bool:
        if untrusted.get("do") != "cancel":
            return False
        try:
            request = parse_request(untrusted)
        except FrameError:
            return True  # a cancel of nothing
        if isinstance(request, Cancel):
            with self._guard:
                self._cancelled = request.id
                if self._loaded is not None and self._current == request.id:
                    self._loaded.abort.raise_()
        return True


class _Answering:
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
        self._speech = Speech(think=words.think, thought=words.thought, thinking=opened)
        self._prompt = words.prompt(render(request.conversation, request.thinking))
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

    def _show(self, part: Thought | Said) -> None:
        """Send a piece of text, or keep it for a moment if the last one was just sent."""
        event = "thought" if isinstance(part, Thought) else "said"
        if event != self._kept_event:
            self._send_kept()
            self._kept_event = event
        self._kept.append(part.text)
        if time.monotonic() - self._sent_at >= MIN_SECONDS_BETWEEN_PIECES:
            self._send_kept()

    def _send_kept(self) -> None:
        if self._kept:
            self._send({"event": self._kept_event, "text": "".join(self._kept)})
            self._kept.clear()
            self._sent_at = time.monotonic()

    def _send(self, frame: Frame) -> None:
        self._wire.send({**frame, "id": self._request.id})
