"""Answer requests with a loaded engine, one after another.

The main thread loads, reads and writes; the wire's thread only takes cancels,
which must not wait. Must not know the window.
"""

from __future__ import annotations

import threading
import time
from dataclasses import asdict

from carrel.domain.errors import EngineError
from carrel.engine.chat.encoding import Encoding
from carrel.engine.errors import BadRequest
from carrel.engine.wire.capsules import (
    CapsuleRequest,
    is_capsule_request,
    parse_capsule_request,
)
from carrel.engine.wire.frames import failed_frame, parse_request
from carrel.engine.wire.job import Job
from carrel.engine.wire.protocol import Cancel, Count, EngineInfo, Examine, Generate, Request
from carrel.engine.worker.capsules import Capsules, loaded_fingerprint
from carrel.engine.worker.examination import examine
from carrel.engine.worker.inspection import check_files
from carrel.engine.worker.load import Loaded, load
from carrel.engine.worker.reply import Reply
from carrel.engine.worker.session import Session
from carrel.engine.worker.template import TemplateProcess
from carrel.engine.worker.words import Words
from carrel.system.frames import Frame, FrameError
from carrel.system.worker import Wire


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
            by_template = facts.encoding is Encoding.TEMPLATE
            # A process of its own, forked before llama.cpp has threads.
            renderer = TemplateProcess.start() if by_template else None
            loaded = load(self._job, facts, self._report)
            words = Words(loaded.words, facts.encoding)
            if renderer is not None:
                words.ask_by_template(renderer, loaded.network)
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
            profile=facts.profile,
            profile_title=facts.profile_title,
            encoding=facts.encoding,
            fingerprint=loaded_fingerprint(self._job),
        )
        self._wire.send({"event": "ready", "id": 0, **asdict(info)})
        session = Session(loaded)
        capsules = Capsules(self._job, loaded, words, session, self._wire.send)
        while True:
            self._answer(self._wire.receive(), loaded, words, session, capsules)

    def _report(self, step: str, done: int, total: int) -> None:
        self._wire.send({"event": "progress", "id": 0, "step": step, "done": done, "total": total})

    def _answer(
        self,
        untrusted: Frame,
        loaded: Loaded,
        words: Words,
        session: Session,
        capsules: Capsules,
    ) -> None:
        try:
            request: Request | CapsuleRequest
            if is_capsule_request(untrusted):
                request = parse_capsule_request(untrusted)
            else:
                request = parse_request(untrusted)
        except FrameError as error:
            untrusted_id = untrusted.get("id")
            number = untrusted_id if isinstance(untrusted_id, int) else 0
            self._wire.send(failed_frame(number, BadRequest(**error.fields)))
            return
        self._begin(request.id, loaded)
        try:
            if isinstance(request, Generate):
                tally = Reply(request, loaded, words, session, self._wire).run()
                self._wire.send({"event": "done", "id": request.id, **asdict(tally)})
            elif isinstance(request, Count):
                counts = [len(words.text(text)) for text in request.texts]
                self._wire.send({"event": "counted", "id": request.id, "counts": counts})
            elif isinstance(request, Examine):
                found = examine(request.id, loaded, words, session)
                self._wire.send({"event": "examined", **asdict(found)})
            elif not isinstance(request, Cancel):
                capsules.answer(request)
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
