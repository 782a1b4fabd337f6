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
from typing import Final

from carrel.answering.whole import Remembered
from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.domain.workspaces import Kept
from carrel.engine.capsule_talk import Beginning, CapsuleImage, CapsuleTalk
from carrel.engine.chat.encoding import Message, Thinking
from carrel.engine.errors import CapsuleRefused, NoMemoryForCapsule
from carrel.engine.speaker import Speaker
from carrel.engine.wire.protocol import SpeechEvent
from carrel.workspace.capsules import Capsule, NewCapsule
from carrel.workspace.errors import CapsuleDamaged
from carrel.workspace.store import Workspace

LEAST_TOKENS: Final = 256
"""Tokens; fewer are read faster than their capsule."""

_log = logging.getLogger(__name__)
OnEvent = Callable[[SpeechEvent], None]
Stopped = Callable[[], bool]


class _Stopped(Exception):
    """Somebody wants no answer any more."""


class Remembering:
    """The engine's memory of documents.

    Args:
        workspace: open.
        budget: bytes capsules may take in all; 0 keeps none. Asked each time.
        off: why capsules of an installed model may not be used; empty if they may.
    """

    def __init__(
        self, workspace: Workspace, budget: Callable[[], int], off: Callable[[str], str]
    ) -> None:
        self._capsules = workspace.capsules
        self._budget = budget
        self._off = off
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
        beginning = engine.hold(messages, thinking, on_event=on_event)
        seconds = beginning.held.seconds
        self._keep(engine, beginning, documents, saved + seconds, budget, part)
        held = beginning.held
        kept = held.here.tokens if held.here is not None and not held.finished else 0
        return Remembered(
            known=held.reused,
            seconds=seconds,
            finished=held.finished,
            kept=kept if kept >= LEAST_TOKENS and held.state_bytes <= budget else 0,
        )

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

    def _keep(
        self,
        engine: CapsuleTalk,
        beginning: Beginning,
        documents: tuple[DocumentId, ...],
        seconds: float,
        budget: int,
        part: str,
    ) -> None:
        """Store what was read, in the background; answering does not wait for the disk."""
        held = beginning.held
        if held.here is None or held.here.tokens < LEAST_TOKENS or held.state_bytes > budget:
            return
        new = NewCapsule(
            key=engine.capsule_key(held.here),
            tokens=held.here.tokens,
            size=held.state_bytes,
            documents=documents,
            whole=held.here.tokens == held.tokens,
            seconds=seconds,
            weights=engine.weights,
            thinking=beginning.thinking.value,
            part=part,
        )
        try:
            if self._capsules.find([new.key]).result() is not None:
                return
            image = engine.keep(beginning)
        except KnownError as error:
            _log.warning("what was read could not be kept: %s", error)
            return
        self._writing.submit(self._write, new, image, budget)

    def _write(self, new: NewCapsule, image: CapsuleImage, budget: int) -> None:
        with image:
            try:
                self._capsules.write(new, image.read_into, budget=budget)
            except KnownError as error:
                _log.warning("what was read could not be kept: %s", error)
            except Exception:  # noqa: BLE001 - the border of the writing thread
                _log.exception("writing a capsule failed")
