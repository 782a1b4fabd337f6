"""The window's end of an engine: start it, ask it, stop it, say why it died.

All of llama.cpp is in the worker process; whatever happens there ends in one
`EngineError` here. One question at a time; `Engine.cancel` may come from any
thread. Must not know documents, prompts or Qt.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self

from carrel.domain.errors import ProcessError
from carrel.domain.installed import FileIdentity, InstalledModel
from carrel.engine.capsule_talk import CapsuleMemory, CapsuleTalk
from carrel.engine.chat.choice_grammar import grammar_of_choices
from carrel.engine.chat.conversation import (
    MAX_TEXT_CHARACTERS,
    Message,
    Thinking,
    Tool,
    texts_of,
)
from carrel.engine.chat.json_grammar import grammar_of
from carrel.engine.errors import (
    BadRequest,
    EngineBusy,
    EngineClosed,
    EngineCrashed,
    EngineKilled,
    EngineLostFile,
    EngineStuck,
    FileChanged,
    FileGone,
    LoadCancelled,
)
from carrel.engine.files.parts import OpenParts, parts_of
from carrel.engine.speaker import Generated, OnSpeech, generated
from carrel.engine.wire.capsules import (
    CapsuleEvent,
    CapsuleRequest,
    capsule_request_frame,
    is_capsule_event,
    parse_capsule_event,
)
from carrel.engine.wire.frames import parse_event, request_frame
from carrel.engine.wire.job import Overrides, Task, job_argument
from carrel.engine.wire.protocol import (
    MAX_TEXTS,
    Cancel,
    Count,
    Counted,
    Done,
    EngineInfo,
    EngineSettings,
    Event,
    Examine,
    Examined,
    Failed,
    Generate,
    Prefilled,
    Progress,
    Ready,
    Restarted,
    Sampling,
    SpeechEvent,
    total_characters,
)
from carrel.system.child import Child, WorkerEnded, WorkerSilent
from carrel.system.frames import Frame

POLL_SECONDS: Final = 0.2
"""Seconds between two looks at whether loading was cancelled."""

CANCEL_SECONDS: Final = 10.0
"""Seconds a cancelled worker has to say so; it needs under one. Then it is ended."""

OnProgress = Callable[[int, int], None]


def _ignore(*_: object) -> None:
    return


def _never() -> bool:
    return False


class Engine(CapsuleTalk):
    """A loaded engine in its own process. Made by `start`."""

    def __init__(
        self, child: Child, paths: tuple[Path, ...], memory: CapsuleMemory, weights: str
    ) -> None:
        self._child = child
        self._paths = paths
        self._memory = memory
        self.weights = weights
        self._info: EngineInfo | None = None
        self._asking = threading.Lock()
        self._guard = threading.Lock()
        self._number = 0
        self._current = 0
        self._cancelled_at: float | None = None
        self._closed = False
        self._dead = False

    @classmethod
    def start(
        cls,
        model: InstalledModel | Path,
        settings: EngineSettings = EngineSettings(),  # noqa: B008 - a frozen value
        *,
        on_progress: OnProgress = _ignore,
        cancelled: Callable[[], bool] = _never,
    ) -> Self:
        """Load a model; returns when it can be asked.

        Args:
            model: an installed model, whose file must be the one that was imported; or a
                file (any part of one that comes in parts) as it is.
            on_progress: called on this thread with what is done and what there is to do.
            cancelled: polled; the worker is ended at once when it says True.

        Raises:
            FileError: a file cannot be opened.
            EngineError: FileChanged, LoadCancelled, GgufError, LoadFailed, NotEnoughMemory,
                EngineCrashed.
        """
        with OpenParts(_parts(model)) as parts:
            overrides: Overrides = {}
            if isinstance(model, InstalledModel):
                if model.files and model.files != parts.identities():
                    raise FileChanged(name=model.path.name)
                overrides = model.kv_overrides or {}
            memory = CapsuleMemory()
            argument = job_argument(Task.SPEAK, parts, settings, overrides, memory.descriptor)
            child = Child("engine", [argument], pass_fds=[*parts.descriptors, memory.descriptor])
            engine = cls(child, parts.paths, memory, _weights(model, parts.identities()))
        try:
            engine._info = engine._await_ready(on_progress, cancelled)
        except BaseException:
            engine._give_up()
            raise
        return engine

    @property
    def info(self) -> EngineInfo:
        """What was loaded."""
        if self._info is None:
            raise EngineClosed
        return self._info

    @property
    def alive(self) -> bool:
        """Whether it can be asked: not closed and not crashed, as far as is known."""
        return not (self._closed or self._dead)

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._child.pid

    @property
    def log_tail(self) -> str:
        """The last lines the worker wrote; untrusted, printable characters only."""
        return self._child.log_tail

    def generate(
        self,
        conversation: tuple[Message, ...],
        sampling: Sampling = Sampling(),  # noqa: B008 - a frozen value
        *,
        max_tokens: int,
        thinking: Thinking = Thinking.OFF,
        tools: tuple[Tool, ...] = (),
        response_format: str = "",
        thinking_budget: int = 0,
        stop: Sequence[str] = (),
        json_schema: str = "",
        choices: Sequence[str] = (),
        alone: str = "",
        on_event: OnSpeech = _ignore,
    ) -> Generated:
        """Answer a conversation; blocks until it is finished or stopped.

        Args:
            max_tokens: written at most, thoughts included.
            tools: offered; the engine may end its answer with calls of them.
            response_format: JSON object the prompt says an answer must fit.
            thinking_budget: tokens of thinking at most; 0 for no limit but ``max_tokens``.
            stop: strings that end the answer and are left out of it.
            json_schema: the answer, not the thinking, is JSON valid under it.
            choices: the answer is one of these, or two of them, one after the other.
            alone: or this by itself, where there are choices.
            on_event: called on this thread; after `Restarted`, what came before is void. If it
                raises, the answer is stopped and the exception goes on.

        Raises:
            EngineError: EngineBusy, EngineClosed, EngineCrashed, EngineStuck, PromptTooLong,
                DamagedWeights, DecodeFailed, BadRequest, BadSchema.
        """
        if json_schema:
            grammar_of(json_schema)
        if choices:
            grammar_of_choices(choices, alone)
        _check_size(list(texts_of(conversation, tools, response_format)))
        with self._request() as number:
            self._send(
                request_frame(
                    Generate(
                        id=number,
                        conversation=conversation,
                        sampling=sampling,
                        max_tokens=max_tokens,
                        thinking=thinking,
                        tools=tools,
                        response_format=response_format,
                        thinking_budget=thinking_budget,
                        stop=tuple(stop),
                        json_schema=json_schema,
                        choices=tuple(choices),
                        alone=alone,
                    )
                )
            )
            return self._hear(number, on_event)

    def _hear(self, number: int, on_event: OnSpeech) -> Generated:
        heard: list[SpeechEvent] = []
        for event in self._events(number):
            if isinstance(event, Done):
                return generated(heard, event.tally)
            if isinstance(event, SpeechEvent):
                if isinstance(event, Restarted):
                    heard.clear()
                heard.append(event)
                self._tell(number, event, on_event)
        raise EngineCrashed(cause="it said nothing more")

    def converse(
        self, request: Callable[[int], CapsuleRequest], on_event: OnSpeech
    ) -> CapsuleEvent:
        """Send a request about capsules and wait for its end; see `CapsuleTalk`.

        Args:
            request: made for a fresh number.
            on_event: hears of reading; as for `generate`.

        Raises:
            EngineError: as `generate`.
        """
        with self._request() as number:
            self._send(capsule_request_frame(request(number)))
            for event in self._events(number):
                if isinstance(event, CapsuleEvent):
                    return event
                if isinstance(event, Prefilled):
                    self._tell(number, event, on_event)
        raise EngineCrashed(cause="it said nothing more")

    def cancel(self) -> None:
        """Stop the answer under way, if there is one; returns at once, from any thread."""
        with self._guard:
            number = self._current
            if not number or self._cancelled_at is not None:
                return
            self._cancelled_at = time.monotonic()
        with suppress(WorkerEnded):  # whoever waits for the answer will hear of it
            self._child.send(request_frame(Cancel(id=number)))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, as plain text.

        Raises:
            EngineError: EngineBusy, EngineClosed, EngineCrashed, BadRequest.
        """
        if len(texts) > MAX_TEXTS:
            raise BadRequest(cause=f"{len(texts)} texts at once")
        _check_size(texts)
        with self._request() as number:
            self._send(request_frame(Count(id=number, texts=tuple(texts))))
            for event in self._events(number):
                if isinstance(event, Counted) and len(event.counts) == len(texts):
                    return list(event.counts)
        raise EngineCrashed(cause="it said nothing more")

    def examine(self) -> Examined:
        """Look at the chat format's tokens and at the numbers of a fixed text, computed twice.

        Forgets what was read. For the self-test.

        Raises:
            EngineError: EngineBusy, EngineClosed, EngineCrashed, DecodeFailed, SelfTestStopped.
        """
        with self._request() as number:
            self._send(request_frame(Examine(id=number)))
            for event in self._events(number):
                if isinstance(event, Examined):
                    return event
        raise EngineCrashed(cause="it said nothing more")

    def close(self) -> None:
        """Switch it off; an answer under way ends with an error. May be called twice."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
        self._give_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _request(self) -> Iterator[int]:
        """A fresh request number while no other request runs."""
        if not self.alive:
            raise EngineClosed
        if not self._asking.acquire(blocking=False):
            raise EngineBusy
        try:
            with self._guard:
                self._number += 1
                self._current = self._number
                self._cancelled_at = None
            yield self._number
        finally:
            with self._guard:
                self._current = 0
            self._asking.release()

    def _send(self, frame: Frame) -> None:
        try:
            self._child.send(frame)
        except WorkerEnded as error:
            raise self._crashed() from error

    def _events(self, number: int) -> Iterator[Event | CapsuleEvent]:
        """Checked events of a request until it fails; the caller stops at its end."""
        while True:
            try:
                untrusted_frame = self._child.receive(POLL_SECONDS)
                event = _parsed(untrusted_frame, number)
            except WorkerSilent:
                self._check_stuck()
                continue
            except ProcessError as error:
                raise self._crashed(error) from error
            if isinstance(event, Failed):
                raise event.error
            yield event

    def _await_ready(self, on_progress: OnProgress, cancelled: Callable[[], bool]) -> EngineInfo:
        first_step = ""
        while True:
            if cancelled():
                raise LoadCancelled
            try:
                event = parse_event(self._child.receive(POLL_SECONDS), current=0)
            except WorkerSilent:
                continue
            except ProcessError as error:
                raise self._crashed(error) from error
            match event:
                case Ready(info=info):
                    return info
                case Failed(error=failed):
                    raise failed
                case Progress(step=step, done=done, total=total):
                    # Mapping what was just read takes no time; a second bar would be a lie.
                    first_step = first_step or step
                    if step in {first_step, "placing"}:
                        on_progress(done, total)
                case _:
                    pass

    def _tell(self, number: int, event: SpeechEvent, on_event: OnSpeech) -> None:
        try:
            on_event(event)
        except BaseException:
            self.cancel()
            for rest in self._events(number):
                if isinstance(rest, Done | CapsuleEvent):
                    break
            raise

    def _check_stuck(self) -> None:
        with self._guard:
            since = self._cancelled_at
        if since is not None and time.monotonic() - since > CANCEL_SECONDS:
            self._give_up()
            raise EngineStuck

    def _crashed(self, error: ProcessError | None = None) -> EngineCrashed | EngineClosed:
        if self._closed:
            return EngineClosed()
        ended = error is None or isinstance(error, WorkerEnded)
        cause = self._child.ending() if ended else "it sent something unreadable"
        family = EngineCrashed
        if ended and self._child.killed:
            family = EngineKilled
        elif ended and self._child.lost_file:
            family = EngineLostFile
        self._give_up()
        return family(cause=cause)

    def _give_up(self) -> None:
        """No more of this worker, without waiting for it to agree."""
        self._dead = True
        self._child.kill()
        self._child.close()
        self._memory.close()


def _parsed(untrusted_frame: Frame, number: int) -> Event | CapsuleEvent:
    if is_capsule_event(untrusted_frame):
        return parse_capsule_event(untrusted_frame, current=number)
    return parse_event(untrusted_frame, current=number)


def _weights(model: InstalledModel | Path, files: tuple[FileIdentity, ...]) -> str:
    """What identifies the content: its hash, or for a file as it is, size and time of change."""
    if isinstance(model, InstalledModel) and model.sha256:
        return model.sha256
    return " ".join(f"{one.size}/{one.modified_ns}" for one in files)


def _parts(model: InstalledModel | Path) -> tuple[Path, ...]:
    if isinstance(model, Path):
        return parts_of(model)
    if not model.path.exists():
        raise FileGone(name=model.path.name)
    return parts_of(model.path)


def _check_size(texts: Sequence[str]) -> None:
    size = total_characters(texts)
    if size > MAX_TEXT_CHARACTERS or sum(len(t.encode(errors="replace")) for t in texts) > (
        MAX_TEXT_CHARACTERS
    ):
        raise BadRequest(cause=f"{size} characters at once")
