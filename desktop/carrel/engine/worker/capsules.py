"""Write the context's full state into shared memory, and take it from there.

The owner made the memory, gave it its size and passed its descriptor at the
start; this process has no other way to move a gigabyte. Before llama.cpp is
shown a state, all that can be said about it is checked: how many tokens, which
ones, how many bytes, llama.cpp's own first words. Must not know files or keys.
"""

from __future__ import annotations

import ctypes
import hashlib
import mmap
import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from carrel.engine.chat.encoding import USER, Encoding, Message, Role, Thinking
from carrel.engine.errors import (
    BadRequest,
    CapsuleRefused,
    LoadCancelled,
    NoMemoryForCapsule,
    PromptTooLong,
)
from carrel.engine.wire.capsules import (
    CapsuleRequest,
    Fingerprint,
    Forget,
    Hold,
    Keep,
    Point,
    Restore,
    tokens_digest,
)
from carrel.engine.wire.job import Job
from carrel.engine.worker.binding import api
from carrel.engine.worker.ledger import capsule_points
from carrel.engine.worker.load import Loaded
from carrel.engine.worker.session import Aborted, Session
from carrel.engine.worker.words import Prompt, Words
from carrel.system.frames import Frame

HEAD_BYTES: Final = 16 << 20
"""Bytes at the start of each file that are hashed; all headers end before: the largest, with a
vocabulary of 129,280 words, takes 8 MiB."""
TAIL_BYTES: Final = 1 << 20
"""Bytes at the end of each file that are hashed."""

_STATE_START: Final = struct.pack("<Ii", 0xAF143CD8, 0)
"""llama.cpp's first words of a sequence's state: its mark and the sequence's number."""


class Capsules:
    """Answers the requests about capsules.

    Args:
        send: sends a frame without its request's number, which is added here.
    """

    def __init__(
        self,
        job: Job,
        loaded: Loaded,
        words: Words,
        session: Session,
        send: Callable[[Frame], None],
    ) -> None:
        self._descriptor = job.capsule
        self._loaded = loaded
        self._words = words
        self._session = session
        self._send = send
        self._known: tuple[tuple[Message, ...], Thinking, Prompt, list[Point]] | None = None

    def answer(self, request: CapsuleRequest) -> None:
        """Do one request, and tell that it is done.

        Raises:
            EngineError: it cannot be done.
        """

        def tell(event: str, **fields: object) -> None:
            self._send({"event": event, "id": request.id, **fields})

        match request:
            case Hold():
                self._hold(request, tell)
            case Keep():
                self._keep(request.size)
                tell("kept")
            case Restore():
                self._restore(request)
                tell("restored")
            case Forget():
                self._session.forget()
                tell("forgotten")
            case Fingerprint():
                tell("fingerprinted", sha256=self._fingerprint(request))

    def _hold(self, request: Hold, tell: Callable[..., None]) -> None:
        prompt, points = self._prefix(request.prefix, request.thinking)
        reused = in_place = self._in_place(prompt)
        finished = True
        began = time.monotonic()
        if request.read:
            total = len(prompt.tokens)
            if request.until and all(point.tokens != request.until for point in points):
                raise BadRequest(cause="reading cannot pause there")
            try:
                reused = self._session.hold(
                    prompt,
                    lambda done: tell("prefilled", done=done, total=total),
                    until=request.until,
                )
            except Aborted:
                finished = False
            in_place = self._in_place(prompt)
        seconds = time.monotonic() - began if request.read else 0.0
        here = next((point for point in points if point.tokens == in_place), None)
        kept = here if self._ends_at(in_place) else None
        tell(
            "held",
            points=[asdict(point) for point in points],
            in_place=in_place,
            reused=min(reused, in_place),
            here=None if kept is None else asdict(kept),
            state_bytes=0 if kept is None else self._session.full_size(),
            seconds=seconds,
            finished=finished,
        )

    def _in_place(self, prompt: Prompt) -> int:
        found = self._session.covered(prompt)
        return found.position if found else 0

    def _ends_at(self, position: int) -> bool:
        """Whether the context ends there, with a state that may be kept."""
        able = self._descriptor >= 0 and self._session.settled
        return able and position == len(self._session.ledger.tokens)

    def _prefix(
        self, messages: tuple[Message, ...], thinking: Thinking
    ) -> tuple[Prompt, list[Point]]:
        """A beginning in tokens; the last one is remembered, it is asked for several times."""
        if self._known is None or self._known[:2] != (messages, thinking):
            prompt = self._beginning(messages, thinking)
            total = len(prompt.tokens)
            if total >= self._loaded.context_tokens:
                raise PromptTooLong(tokens=total, context=self._loaded.context_tokens - 1)
            points = tokens_digest(prompt.tokens, capsule_points(prompt.borders, total))
            self._known = (messages, thinking, prompt, points)
        return self._known[2:]

    def _beginning(self, messages: tuple[Message, ...], thinking: Thinking) -> Prompt:
        """The tokens that stand before a question which follows these messages."""
        if self._loaded.keeps_all or self._words.encoding is Encoding.TEMPLATE:
            raise CapsuleRefused(cause="that works with DeepSeek V4's own format only")
        question = Message(role=Role.USER, text="?")
        asked = self._words.segments((*messages, question), thinking)
        end = max(place for place, segment in enumerate(asked) if segment.text == USER)
        prompt = self._words.prompt(asked[:end], opened=False)
        if not prompt.tokens:
            raise BadRequest(cause="nothing stands before the question")
        return prompt

    def _keep(self, size: int) -> None:
        session = self._session
        if not session.settled or size != session.full_size():
            raise BadRequest(cause="the state to be kept is not there")
        with self._shared(size) as address:
            if not session.give(address, size):
                raise CapsuleRefused(cause="llama.cpp did not write it whole")

    def _restore(self, request: Restore) -> None:
        prompt, points = self._prefix(request.prefix, request.thinking)
        wanted = Point(tokens=request.tokens, sha256=request.sha256)
        if wanted not in points:
            raise CapsuleRefused(cause="it is of another text")
        with self._shared(request.size) as address:
            if ctypes.string_at(address, min(request.size, len(_STATE_START))) != _STATE_START:
                raise CapsuleRefused(cause="it is no state of llama.cpp")
            tokens = prompt.tokens[: wanted.tokens]
            if not self._session.take(tokens, address, request.size):
                raise CapsuleRefused(cause="llama.cpp did not accept it")

    def _fingerprint(self, request: Fingerprint) -> str:
        prompt = self._words.prompt(self._words.segments(request.conversation, request.thinking))
        total = len(prompt.tokens)
        if total >= self._loaded.context_tokens:
            raise PromptTooLong(tokens=total, context=self._loaded.context_tokens - 1)
        try:
            self._session.read(prompt, lambda _done: None, exact=True)
        except Aborted as error:
            raise LoadCancelled from error
        row = api.llama_get_logits_ith(self._loaded.context, -1)
        return hashlib.sha256(ctypes.string_at(row, 4 * self._words.count)).hexdigest()

    @contextmanager
    def _shared(self, size: int) -> Iterator[int]:
        """The address of the shared memory."""
        if self._descriptor < 0 or os.fstat(self._descriptor).st_size < size:
            raise BadRequest(cause="the memory for a capsule is too small")
        try:
            # All pages at once: one by one they cost as much as what is copied.
            memory = mmap.mmap(self._descriptor, size, mmap.MAP_SHARED | mmap.MAP_POPULATE)
        except OSError as error:
            raise NoMemoryForCapsule from error
        with memory:
            state = (ctypes.c_uint8 * size).from_buffer(memory)
            try:
                yield ctypes.addressof(state)
            finally:
                del state  # else the memory could not be let go


def loaded_fingerprint(job: Job) -> str:
    """What decides whether numbers computed elsewhere may be used here: see `EngineInfo`."""
    digest = hashlib.sha256(b"carrel engine 1\n")
    for descriptor in job.descriptors:
        size = os.fstat(descriptor).st_size
        digest.update(struct.pack("<Q", size))
        digest.update(_bytes_at(descriptor, 0, HEAD_BYTES))
        digest.update(_bytes_at(descriptor, max(0, size - TAIL_BYTES), TAIL_BYTES))
    for library in sorted(_library_folder().glob("*.so")):
        digest.update(library.name.encode() + hashlib.sha256(library.read_bytes()).digest())
    settings = job.settings
    kept = (settings.cache_type, settings.fused_attention, sorted(job.overrides.items()))
    digest.update(repr(kept).encode())
    return digest.hexdigest()


def _library_folder() -> Path:
    return Path(api.__file__).parent / "lib"


def _bytes_at(descriptor: int, start: int, count: int) -> bytes:
    pieces: list[bytes] = []
    while count and (piece := os.pread(descriptor, count, start)):
        pieces.append(piece)
        start += len(piece)
        count -= len(piece)
    return b"".join(pieces)
