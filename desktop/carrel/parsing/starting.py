"""Where parser processes come from: one alone for a large document, a fork for a small one.

Must not know what a parser says.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

from carrel.domain.documents import Room
from carrel.domain.errors import LockError
from carrel.parsing import limits
from carrel.parsing.render import ENVIRONMENT
from carrel.system.child import GRACE_SECONDS, Child, WorkerEnded, WorkerSilent
from carrel.system.frames import Frame, FrameError, unpack
from carrel.system.letters import LetterBox, ending_words, fill

FORKS: Final = 32
"""Documents one preloaded process is used for. Its children have the same memory layout, so it is
not kept for ever; a thirty-second of its start is 5 ms."""

PIECE_BYTES: Final = 1 << 20
"""Bytes of a document sent at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One document to read.

    Attributes:
        fd: a sealed memfd with its bytes.
        name: a hint about text kinds only.
    """

    fd: int
    name: str
    size: int
    room: Room


class Worker(Protocol):
    """A process that reads one document."""

    def receive(self, seconds: float | None = None) -> Frame:
        """The next frame; see `Child.receive`."""

    def kill(self) -> None:
        """Stop at once."""

    def close(self) -> object:
        """Let go of it; always to be called."""


def start_alone(order: Order) -> Child:
    """A process of its own, which maps the document as it lies in memory."""
    room = order.room
    numbers = (order.fd, order.size, room.depth, room.members, room.size)
    return Child(
        "parser",
        ["read", *map(str, numbers), order.name],
        pass_fds=[order.fd],
        environment=ENVIRONMENT,
    )


class Parsers:
    """Starts parsers, and keeps preloaded processes at hand for small documents. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Preloaded] = []
        self._closed = False

    def start(self, order: Order) -> Worker:
        """A process that reads this document."""
        if order.size > limits.MAX_FORKED_BYTES:
            return start_alone(order)
        with self._lock:
            mother = self._idle.pop() if self._idle else None
        mother = mother or _Preloaded()
        try:
            return _Forked(mother, mother.fork(order), self._take_back)
        except (WorkerEnded, FrameError):
            mother.close()
            return start_alone(order)

    def rest(self) -> None:
        """End the processes nobody uses; the next document starts one anew."""
        with self._lock:
            idle, self._idle = self._idle, []
        for mother in idle:
            mother.close()

    def close(self) -> None:
        """The same, for good."""
        self._closed = True
        self.rest()

    def _take_back(self, mother: _Preloaded) -> None:
        if mother.is_spent:
            # The next one loads while the present document is saved.
            mother.close()
            mother = _Preloaded()
        with self._lock:
            if not self._closed:
                self._idle.append(mother)
                return
        mother.close()


class _Preloaded:
    """A process that forks parsers, and the pipes they will speak through."""

    def __init__(self) -> None:
        pipes = [os.pipe() for _ in range(FORKS)]
        writing = [into for _, into in pipes]
        try:
            self.child = Child(
                "parser",
                ["preloaded", *map(str, writing)],
                pass_fds=writing,
                environment=ENVIRONMENT,
            )
        except BaseException:
            _close_all([out for out, _ in pipes])
            raise
        finally:
            _close_all(writing)
        self._unused = [out for out, _ in pipes]
        self.unused_from = 0

    @property
    def is_spent(self) -> bool:
        """Whether it can fork no more."""
        return self.unused_from == FORKS

    def fork(self, order: Order) -> tuple[int, BinaryIO]:
        """Let it fork a parser; returns the parser's number and what it will say.

        Raises:
            WorkerEnded: it is gone.
        """
        slot = self.unused_from
        self.unused_from += 1
        output = os.fdopen(self._unused[slot], "rb")
        self._unused[slot] = -1
        try:
            self.child.send(
                {
                    "slot": slot,
                    "name": order.name,
                    "size": order.size,
                    "depth": order.room.depth,
                    "members": order.room.members,
                    "room": order.room.size,
                }
            )
            position = 0
            while piece := os.pread(order.fd, PIECE_BYTES, position):
                position += len(piece)
                self.child.send({"body": piece})
        except BaseException:
            output.close()
            raise
        return slot, output

    def close(self) -> None:
        """End it; its parser, if one still runs, ends with it."""
        self.child.kill()
        self.child.close()
        _close_all([out for out in self._unused if out >= 0])
        self._unused = []


class _Forked:
    """A parser that a preloaded process forked."""

    def __init__(
        self,
        mother: _Preloaded,
        forked: tuple[int, BinaryIO],
        give_back: Callable[[_Preloaded], None],
    ) -> None:
        self._mother = mother
        self._slot, self._output = forked
        self._give_back = give_back
        self._code: int | None = None
        self._lock_failed = False
        self._letters = LetterBox()
        self._thread = threading.Thread(
            target=fill, args=(self._letters, self._output, self.kill), daemon=True,
            name="parser-frames",
        )  # fmt: skip
        self._thread.start()

    def receive(self, seconds: float | None = None) -> Frame:
        """Wait for the next frame; raises as `Child.receive`."""
        try:
            untrusted_body = self._letters.take(seconds)
        except TimeoutError as error:
            raise WorkerSilent(seconds=round(seconds or 0, 1)) from error
        if untrusted_body is not None:
            return unpack(untrusted_body)
        cause = self._ending()
        if self._lock_failed:
            return {"event": "failed", "code": LockError.code}
        raise WorkerEnded(cause=cause)

    def kill(self) -> None:
        """Let the process that forked it end it."""
        with suppress(WorkerEnded):
            self._mother.child.send({"stop": self._slot})

    def close(self) -> None:
        """Let go; its process is used again when it has said that the parser ended."""
        self._letters.discard()
        self._ending()
        self._thread.join(GRACE_SECONDS)
        if not self._thread.is_alive():  # else something it started holds on to the pipe
            self._output.close()
        if self._code is None:
            self._mother.close()
        else:
            self._give_back(self._mother)

    def _ending(self) -> str:
        """How it ended, in words; waits for it."""
        if self._code is None:
            try:
                said = self._mother.child.receive(GRACE_SECONDS)
            except WorkerSilent:
                return "it closed its output but still runs"
            except WorkerEnded as error:
                return error.fields.get("cause", "it ended")
            except FrameError:
                return "the process that started it failed"
            self._lock_failed = said.get("code") == LockError.code
            if said.get("ended") != self._slot or type(said.get("code")) is not int:
                return "the process that started it failed"
            self._code = said["code"]
        return ending_words(self._code)


def _close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
