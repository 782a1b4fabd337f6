"""The window's end of capsules: hold a beginning, take its state, give one back.

Part of `engine.client.Engine`. The state's bytes are read from shared memory with
plain reads, never mapped: a worker that cut the memory short could otherwise end
the window. Must not know files, keys or documents.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Final

from carrel.engine.chat.encoding import Message, Thinking
from carrel.engine.errors import (
    BadRequest,
    CapsuleRefused,
    EngineClosed,
    EngineCrashed,
    NoMemoryForCapsule,
)
from carrel.engine.wire.capsules import (
    CapsuleEvent,
    CapsuleRequest,
    Confirmed,
    Fingerprint,
    Fingerprinted,
    Forget,
    Held,
    Hold,
    Keep,
    Point,
    Restore,
    capsule_key,
)
from carrel.engine.wire.protocol import EngineInfo, SpeechEvent

PIECE_BYTES: Final = 1 << 20
"""Bytes moved at a time; the size of an encrypted chunk."""


def _ignore(_event: SpeechEvent) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The front of a conversation, and what the engine holds of it.

    Attributes:
        messages: the last is the engine's; what follows must be a question of the user.
        held: as of the last time it was asked.
    """

    messages: tuple[Message, ...]
    thinking: Thinking
    held: Held


class CapsuleImage:
    """A state in shared memory, to be read out once; the engine waits with the next until `close`.

    Attributes:
        point: the tokens it covers.
        size: bytes.
    """

    def __init__(self, memory: CapsuleMemory, point: Point, size: int) -> None:
        self.point = point
        self.size = size
        self._descriptor = memory.descriptor
        self._memory: CapsuleMemory | None = memory

    def pieces(self) -> Iterator[bytes]:
        """The bytes, a MiB at a time.

        Raises:
            CapsuleRefused: the worker cut the memory short.
        """
        position = 0
        while position < self.size:
            piece = os.pread(self._descriptor, min(PIECE_BYTES, self.size - position), position)
            if not piece:
                raise CapsuleRefused(cause="its memory was cut short")
            position += len(piece)
            yield piece

    def read_into(self, room: memoryview, start: int) -> None:
        """Fill a buffer with the bytes from a position on.

        Raises:
            CapsuleRefused: the worker cut the memory short.
        """
        while room:
            count = os.preadv(self._descriptor, [room], start)
            if not count:
                raise CapsuleRefused(cause="its memory was cut short")
            room = room[count:]
            start += count

    def close(self) -> None:
        """Give the memory back; may be called twice, from any thread."""
        memory, self._memory = self._memory, None
        if memory is not None:
            memory.leave()

    def __enter__(self) -> CapsuleImage:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class CapsuleMemory:
    """Memory for one state at a time, shared with the worker.

    Whoever uses it calls `enter` before and `leave` after; closing does not wait for them.
    """

    def __init__(self) -> None:
        self.descriptor = os.memfd_create("carrel-capsule")
        self._used = threading.Lock()
        self._guard = threading.Lock()
        self._closed = False

    def enter(self) -> None:
        """Wait until nobody else uses it.

        Raises:
            EngineClosed: it was let go.
        """
        self._used.acquire()
        if self._closed:
            self._used.release()
            raise EngineClosed

    def leave(self) -> None:
        """Empty it and let others use it; from any thread."""
        with self._guard:
            if self._closed:
                os.close(self.descriptor)
            else:
                os.ftruncate(self.descriptor, 0)
            self._used.release()

    def allocate(self, size: int) -> None:
        """Give it this size, and all its pages: twice as fast as when the worker touches each.

        Raises:
            NoMemoryForCapsule: there is not so much.
        """
        try:
            os.ftruncate(self.descriptor, 0)
            os.posix_fallocate(self.descriptor, 0, size)
        except OSError as error:
            raise NoMemoryForCapsule from error

    def fill(self, pieces: Iterable[bytes | memoryview], size: int) -> None:
        """Write a state; it must have exactly this size.

        Raises:
            CapsuleRefused: it has not.
        """
        position = 0
        try:
            os.ftruncate(self.descriptor, 0)
            os.ftruncate(self.descriptor, size)
            for piece in pieces:
                if position + len(piece) > size:
                    raise CapsuleRefused(cause="it is longer than it should be")
                view = memoryview(piece)
                while view:
                    written = os.pwrite(self.descriptor, view, position)
                    position += written
                    view = view[written:]
        except OSError as error:
            raise NoMemoryForCapsule from error
        if position != size:
            raise CapsuleRefused(cause="it is shorter than it should be")

    def close(self) -> None:
        """Let go, at once or when its user leaves; may be called twice."""
        with self._guard:
            if not self._closed:
                self._closed = True
                if self._used.acquire(blocking=False):
                    os.close(self.descriptor)
                    self._used.release()


if TYPE_CHECKING:
    from typing import Protocol

    class _Talker(Protocol):
        @property
        def info(self) -> EngineInfo: ...
        def converse(
            self, request: Callable[[int], CapsuleRequest], on_event: Callable[[SpeechEvent], None]
        ) -> CapsuleEvent: ...
else:
    _Talker = object


class CapsuleTalk(_Talker):
    """What an engine can do with capsules; needs `converse` and these.

    Attributes:
        weights: identifies the content of the model's files.
    """

    weights: str
    _memory: CapsuleMemory

    def capsule_key(self, point: Point) -> str:
        """What a state after these tokens can be used for; 64 hexadecimal digits."""
        return capsule_key(weights=self.weights, loaded=self.info.fingerprint, tokens=point.sha256)

    def look(self, messages: tuple[Message, ...], thinking: Thinking = Thinking.OFF) -> Beginning:
        """How much of a beginning the engine holds; reads nothing.

        Raises:
            EngineError: as `Engine.generate`; PromptTooLong if the context cannot hold it.
        """
        return self._hold(messages, thinking, read=False, on_event=_ignore)

    def hold(
        self,
        messages: tuple[Message, ...],
        thinking: Thinking = Thinking.OFF,
        *,
        until: int = 0,
        on_event: Callable[[SpeechEvent], None] = _ignore,
    ) -> Beginning:
        """Read a beginning, computing as little as possible; stopped by `cancel`.

        Args:
            until: tokens of one of its points, where reading pauses; 0 reads all. To read on from
                there later gives the same numbers as reading without a pause.

        Raises:
            EngineError: as `look`.
        """
        return self._hold(messages, thinking, read=True, until=until, on_event=on_event)

    def keep(self, beginning: Beginning) -> CapsuleImage:
        """Take the state at the end of what `hold` read; to be closed by the caller.

        Raises:
            CapsuleRefused: there is none to be kept, or no memory for it.
            EngineError: as `Engine.generate`.
        """
        point, size = beginning.held.here, beginning.held.state_bytes
        if point is None or not size:
            raise CapsuleRefused(cause="there is no state to be kept")
        self._memory.enter()
        image = CapsuleImage(self._memory, point, size)
        try:
            self._memory.allocate(size)
            self._confirmed(lambda number: Keep(id=number, size=size), "kept")
        except BaseException:
            image.close()
            raise
        return image

    def restore(
        self, beginning: Beginning, point: Point, pieces: Iterable[bytes | memoryview], size: int
    ) -> None:
        """Put a state back, so that the tokens up to a point need no reading.

        If this fails the engine holds nothing or what it held, never a wrong state.

        Args:
            point: one of ``beginning.held.points``.
            pieces: the bytes of the state, from `CapsuleImage.pieces`; errors raised in it
                go on.
            size: bytes of it.

        Raises:
            CapsuleRefused: it is not the state of these tokens.
            EngineError: as `Engine.generate`.
        """
        if point not in beginning.held.points:
            raise CapsuleRefused(cause="it is of another text")
        self._memory.enter()
        try:
            self._memory.fill(pieces, size)
            self._confirmed(
                lambda number: Restore(
                    id=number,
                    prefix=beginning.messages,
                    thinking=beginning.thinking,
                    tokens=point.tokens,
                    sha256=point.sha256,
                    size=size,
                ),
                "restored",
            )
        finally:
            self._memory.leave()

    def forget(self) -> None:
        """Empty the context, as if the engine had just been loaded.

        Raises:
            EngineError: as `Engine.generate`.
        """
        self._confirmed(lambda number: Forget(id=number), "forgotten")

    def fingerprint(
        self, conversation: tuple[Message, ...], thinking: Thinking = Thinking.OFF
    ) -> str:
        """SHA-256 of the raw numbers from which the first word of an answer would be chosen.

        Equal whatever the engine held before, if all it went on from was bit for bit right.

        Raises:
            EngineError: as `Engine.generate`.
        """

        def request(number: int) -> Fingerprint:
            return Fingerprint(id=number, conversation=conversation, thinking=thinking)

        found = self.converse(request, _ignore)
        if not isinstance(found, Fingerprinted):
            raise EngineCrashed(cause="it answered something else")
        return found.sha256

    def _hold(
        self,
        messages: tuple[Message, ...],
        thinking: Thinking,
        *,
        read: bool,
        on_event: Callable[[SpeechEvent], None],
        until: int = 0,
    ) -> Beginning:
        if not messages:
            raise BadRequest(cause="there is nothing to hold")

        def request(number: int) -> Hold:
            return Hold(id=number, prefix=messages, thinking=thinking, read=read, until=until)

        found = self.converse(request, on_event)
        if not isinstance(found, Held):
            raise EngineCrashed(cause="it answered something else")
        return Beginning(messages=messages, thinking=thinking, held=found)

    def _confirmed(self, request: Callable[[int], CapsuleRequest], event: str) -> None:
        if self.converse(request, _ignore) != Confirmed(event=event):
            raise EngineCrashed(cause="it answered something else")
