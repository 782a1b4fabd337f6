"""The parser process that has everything loaded, and forks a child for each small document.

To start is the costly part of reading a note: 0.2 s for the interpreter, the decoders and the
lock, against 5 ms for the text. So one process does that once, and never sees a byte of any
document. Its child takes the document from the pipe, lets go of everything that is not its own,
narrows lock and limits further, and only then looks at it; it ends with its document. What a
document does to its child is gone with it, as if the child had been started by itself.

Must not know formats or the wire of a document.
"""

from __future__ import annotations

import ctypes
import gc
import os
import select
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import BinaryIO, Final, NoReturn

from carrel.domain.documents import Room
from carrel.domain.errors import LockError
from carrel.system import landlock
from carrel.system.frames import Frame, FrameError, read_frame, write_frame
from carrel.system.worker import Wire

PR_SET_PDEATHSIG: Final = 1

NICENESS: Final = 5
"""Steps a child stands back behind the window, which shares the processors with all of them."""

Read = Callable[[Wire, memoryview, str, Room], int]
"""Reads one document; returns the exit code."""

_TAKEN: Final = b"."


def serve(outputs: Sequence[int], limit: Callable[[int], None], read: Read) -> int:
    """Fork a child for each order until stdin ends; the process is locked already.

    An order is a frame ``{"slot", "name", "size", "depth", "members", "room"}`` and then frames
    ``{"body"}`` with the document; ``{"stop": slot}`` ends its child early. When the child has
    ended, ``{"ended": slot, "code"}`` is said on stdout: its exit code, negative for a signal.

    Args:
        outputs: pipes, one for the frames of each child, used once.
        limit: sets the limits for a document of this many bytes.
        read: reads the document in the child.
    """
    orders: BinaryIO = os.fdopen(os.dup(0), "rb", buffering=0)
    ended: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    gc.collect()
    gc.freeze()  # else every child would copy the pages of all objects at its first collection
    try:
        while (order := read_frame(orders)) is not None:
            slot = order.get("slot")
            if slot is None:  # a stop that came too late
                continue
            life, mine = os.pipe()
            owner = os.getpid()
            pid = os.fork()
            if pid == 0:
                _live(order, orders, outputs[slot], mine, owner, limit, read)
            os.close(mine)
            os.close(outputs[slot])
            code = _attend(pid, slot, life, orders)
            os.close(life)
            write_frame(ended, {"ended": slot, "code": code})
    except (FrameError, BrokenPipeError):
        pass  # the owner has gone in the middle of a word
    return 0


def _attend(pid: int, slot: int, life: int, orders: BinaryIO) -> int:
    """Wait for a child; end it when the owner says so or is gone. Returns how it ended."""
    waiting = select.poll()
    waiting.register(life, select.POLLIN)
    while True:
        came = {descriptor for descriptor, _ in waiting.poll()}
        if life in came:
            if os.read(life, 1) == _TAKEN:
                # Only now is what comes for us: until here it was the document.
                waiting.register(orders.fileno(), select.POLLIN)
                continue
            return _end(pid)
        stop = read_frame(orders)
        if stop is None:
            _end(pid)
            os._exit(0)
        if stop.get("stop") == slot:
            return _end(pid)


def _end(pid: int) -> int:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # one that is ending by itself is not disturbed any more
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _live(
    order: Frame,
    orders: BinaryIO,
    output: int,
    life: int,
    owner: int,
    limit: Callable[[int], None],
    read: Read,
) -> NoReturn:
    """The life of a child."""
    code = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != owner:
            os._exit(code)  # it was gone before it could take us along
        body = _take(orders, order["size"])
        os.write(life, _TAKEN)
        os.dup2(output, 1)
        os.closerange(3, life)
        os.closerange(life + 1, 1 << 16)
        os.nice(NICENESS)
        wire = Wire()
        try:
            _narrow()
            limit(order["size"])
        except LockError as error:
            sys.stderr.write(f"{error}\n")
            wire.send({"event": "failed", "code": error.code})
            os._exit(code)
        room = Room(depth=order["depth"], members=order["members"], size=order["room"])
        code = read(wire, memoryview(body), order["name"], room)
    except BaseException as error:  # noqa: BLE001 - nothing may return into the owner's loop
        sys.stderr.write(f"{type(error).__name__} in a forked parser\n")
    finally:
        sys.stderr.flush()
        os._exit(code)


def _narrow() -> None:
    """A domain of its own inside the lock: no signal reaches the process that forked it.

    Raises:
        LockError: the kernel refused.
    """
    try:
        landlock.restrict(scopes=True)
    except OSError as error:
        raise LockError(cause=str(error)) from error


def _take(orders: BinaryIO, size: int) -> bytearray:
    """The document's bytes.

    Raises:
        FrameError: the owner stopped in the middle.
    """
    body = bytearray(size)
    done = 0
    while done < size:
        piece = (read_frame(orders) or {}).get("body")
        if not isinstance(piece, bytes) or done + len(piece) > size:
            raise FrameError(cause="a document that does not come whole")
        body[done : done + len(piece)] = piece
        done += len(piece)
    return body
