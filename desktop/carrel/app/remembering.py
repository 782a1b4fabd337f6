"""What the engine read, kept in the workspace: nothing that was read once is read again.

Joins the engine's states with the workspace's capsules. A capsule that cannot be
used is removed and the documents are read anew; one that cannot be written costs
nothing but the reading of the next time. Both are told in the log, and neither
changes an answer by a bit. Must not know questions.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from carrel.answering.whole import Remembered
from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.domain.workspaces import Kept
from carrel.engine.capsule_talk import Beginning, CapsuleImage, CapsuleTalk
from carrel.engine.chat.encoding import Message, Thinking
from carrel.engine.errors import CapsuleRefused, NoMemoryForCapsule
from carrel.engine.speaker import Speaker
from carrel.engine.wire.capsules import Held
from carrel.engine.wire.protocol import SpeechEvent
from carrel.system.memory import memory
from carrel.workspace.capsules import Capsule, NewCapsule
from carrel.workspace.errors import CapsuleDamaged
from carrel.workspace.store import Workspace

LEAST_TOKENS: Final = 256
"""Tokens; fewer are read faster than their capsule."""

STRIDE_TOKENS: Final = 2_048
"""Tokens from one place where reading may pause to the next; inside a long document a state is
settled every 8,192 only. A pause costs what it takes to send the text again: some 10 ms a MB."""

SAVE_SECONDS: Final = 60.0
"""Seconds of reading after which it is saved at the next such place: what a crash may take, and no
less, for each time costs a copy of the state in memory and a file that is written and synced."""

SAVED_BYTES_A_SECOND: Final = 4_000_000
"""Bytes written for each second of reading at most, on average. A state of V4-Flash has 0.9 GB
after 128,000 tokens, so it is saved every four minutes then, and every half hour after a million.
Saved at 600 MB/s (`tests/bench/bench_capsules.py`) that is seven seconds in a thousand; a disk good
for 600 TB stands it for more than four years of reading."""

SPARE_MEMORY: Final = 2
"""Times the state's size that must be free to copy it while the engine still reads."""

_log = logging.getLogger(__name__)
OnEvent = Callable[[SpeechEvent], None]
Stopped = Callable[[], bool]


class _Stopped(Exception):
    """Somebody wants no answer any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What is read, and what keeping it needs.

    Attributes:
        saved: seconds that a capsule put back has saved already.
    """

    engine: CapsuleTalk
    documents: tuple[DocumentId, ...]
    budget: int
    part: str
    saved: float
    on_event: OnEvent
    stopped: Stopped


class Remembering:
    """The engine's memory of documents.

    Args:
        workspace: open.
        budget: bytes capsules may take in all; 0 keeps none. Asked each time.
        off: why capsules of an installed model may not be used; empty if they may.
        every: seconds of reading between two savings of what was read so far, at least.
    """

    def __init__(
        self,
        workspace: Workspace,
        budget: Callable[[], int],
        off: Callable[[str], str],
        every: float = SAVE_SECONDS,
    ) -> None:
        self._capsules = workspace.capsules
        self._budget = budget
        self._off = off
        self._every = every
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="capsule-write")
        self._writing.submit(self._shrink)  # the budget may be smaller than the last time

    def read(
        self,
        engine: Speaker,
        installed_model: str,
        messages: tuple[Message, ...],
        documents: tuple[DocumentId, ...],
        *,
        thinking: Thinking,
        on_event: OnEvent,
        stopped: Stopped,
        part: str = "",
    ) -> Remembered:
        """Make the engine know these messages; see `answering.whole.Memory`."""
        budget = self._budget()
        if not isinstance(engine, CapsuleTalk) or not budget:
            return Remembered()
        why = self._off(installed_model)
        if why:
            _log.warning("capsules are off: %s", why)
            return Remembered()
        try:
            beginning = engine.look(messages, thinking)
        except CapsuleRefused as error:
            _log.info("capsules are off: %s", error)
            return Remembered()
        saved = 0.0
        try:
            found = self._restore(engine, beginning, stopped)
            saved = found.seconds if found is not None else 0.0
        except _Stopped:
            return Remembered(finished=False)
        reading = _Reading(
            engine=engine,
            documents=documents,
            budget=budget,
            part=part,
            saved=saved,
            on_event=on_event,
            stopped=stopped,
        )
        beginning, known, seconds = self._read_on(reading, beginning)
        self._keep(reading, beginning, seconds)
        held = beginning.held
        finished = held.in_place >= held.tokens
        kept = held.here.tokens if held.here is not None and not finished else 0
        return Remembered(
            known=known,
            seconds=seconds,
            finished=finished,
            kept=kept if kept >= LEAST_TOKENS and held.state_bytes <= budget else 0,
        )

    def _read_on(self, reading: _Reading, beginning: Beginning) -> tuple[Beginning, int, float]:
        """Read to the end, with a capsule on the way every now and then.

        Returns:
            The beginning as it is held, tokens known before, and seconds of reading.
        """
        known, seconds, since = -1, 0.0, 0.0
        while True:
            beginning = reading.engine.hold(
                beginning.messages,
                beginning.thinking,
                until=_pause(beginning.held),
                on_event=reading.on_event,
            )
            held = beginning.held
            seconds += held.seconds
            since += held.seconds
            known = held.reused if known < 0 else known
            if not held.finished or held.in_place >= held.tokens or reading.stopped():
                return beginning, known, seconds
            left = seconds * (held.tokens - held.in_place) / max(1, held.in_place - known)
            if min(since, left) >= max(self._every, held.state_bytes / SAVED_BYTES_A_SECOND):
                if _has_room(held.state_bytes):
                    self._keep(reading, beginning, seconds)
                since = 0.0

    def kept(self) -> Kept:
        """What there is."""
        found = self._capsules.list().result()
        return Kept(
            count=len(found),
            size=sum(capsule.size for capsule in found),
            seconds=sum(capsule.seconds * capsule.uses for capsule in found),
        )

    def clear(self) -> Future[None]:
        """Remove all capsules, also the one that is being written."""
        return self._writing.submit(self._clear)

    def _shrink(self) -> None:
        try:
            self._capsules.shrink(self._budget())
        except KnownError as error:
            _log.warning("what was read could not be made less: %s", error)

    def _clear(self) -> None:
        self._capsules.clear().result()

    def close(self) -> None:
        """Finish what is being written: it took longer to read than it takes to write."""
        self._writing.shutdown()

    def _restore(
        self, engine: CapsuleTalk, beginning: Beginning, stopped: Stopped
    ) -> Capsule | None:
        """Give the engine the capsule that covers most of what it does not hold."""
        points = {
            engine.capsule_key(point): point
            for point in beginning.held.points
            if point.tokens > beginning.held.in_place
        }
        while points:
            found = self._capsules.find(list(points)).result()
            if found is None:
                return None
            try:
                engine.restore(
                    beginning, points[found.key], self._pieces(found, stopped), found.size
                )
            except NoMemoryForCapsule as error:
                _log.warning("%s", error)
                return None
            except (CapsuleRefused, CapsuleDamaged) as error:
                _log.warning("a capsule was removed: %s", error)
                self._capsules.drop(found).result()
                del points[found.key]
                continue
            self._capsules.used(found)
            return found
        return None

    def _pieces(self, capsule: Capsule, stopped: Stopped) -> Iterator[memoryview]:
        for piece in self._capsules.read(capsule):
            if stopped():
                raise _Stopped
            yield piece

    def _keep(self, reading: _Reading, beginning: Beginning, seconds: float) -> None:
        """Store what was read, in the background; neither reading nor answering waits for the disk.

        Args:
            seconds: reading took, beside those saved.
        """
        held, engine = beginning.held, reading.engine
        too_large = held.state_bytes > reading.budget
        if held.here is None or held.here.tokens < LEAST_TOKENS or too_large:
            return
        new = NewCapsule(
            key=engine.capsule_key(held.here),
            tokens=held.here.tokens,
            size=held.state_bytes,
            documents=reading.documents,
            whole=held.here.tokens == held.tokens,
            seconds=reading.saved + seconds,
            weights=engine.weights,
            thinking=beginning.thinking.value,
            part=reading.part,
        )
        try:
            if self._capsules.find([new.key]).result() is not None:
                return
            image = engine.keep(beginning)
        except KnownError as error:
            _log.warning("what was read could not be kept: %s", error)
            return
        self._writing.submit(self._write, new, image, reading.budget)

    def _write(self, new: NewCapsule, image: CapsuleImage, budget: int) -> None:
        with image:
            try:
                self._capsules.write(new, image.read_into, budget=budget)
            except KnownError as error:
                _log.warning("what was read could not be kept: %s", error)
            except Exception:  # noqa: BLE001 - the border of the writing thread
                _log.exception("writing a capsule failed")


def _pause(held: Held) -> int:
    """Where to read next before looking whether to save; 0 for the end."""
    ahead = (one.tokens for one in held.points if one.tokens >= held.in_place + STRIDE_TOKENS)
    return next(ahead, 0)


def _has_room(size: int) -> bool:
    """Whether a copy of a state may be made while the engine reads; unknown counts as yes."""
    found = memory()
    return not found.total or found.available >= SPARE_MEMORY * size
