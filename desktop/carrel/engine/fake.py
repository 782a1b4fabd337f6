"""An engine that says what it was told to say.

Same interface and same behaviour as `engine.client.Engine`, held to it by one
suite of tests that runs on both (tests/contract/test_engine.py). For tests of
everything above the engine; needs no file and no process. A token is a word
with the space before it.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Self

from carrel.engine.chat.conversation import (
    MAX_TEXT_CHARACTERS,
    Message,
    Thinking,
    Tool,
    ToolCall,
    texts_of,
)
from carrel.engine.chat.encoding import TEMPLATE_TOKENS, render
from carrel.engine.chat.stops import StopStrings
from carrel.engine.errors import BadRequest, EngineBusy, EngineClosed, PromptTooLong
from carrel.engine.speaker import Generated, OnSpeech
from carrel.engine.wire.protocol import (
    Called,
    EngineInfo,
    Examined,
    Finish,
    Prefilled,
    Said,
    Sampling,
    Tally,
    Thought,
    total_characters,
)

_TOKEN: Final = re.compile(r"\s*\S+|\s+")

_Part = Thought | Said | Called

Script = Callable[[tuple[Message, ...]], tuple[str, str]]
"""From a conversation to what is thought and what is said."""

CallScript = Callable[[tuple[Message, ...]], tuple[ToolCall, ...]]
"""From a conversation to the calls its answer ends with, where tools are offered."""


def _no_calls(_: tuple[Message, ...]) -> tuple[ToolCall, ...]:
    return ()


class ScriptedEngine:
    """Speaks by a script.

    Args:
        script: gives thoughts and words; thoughts are left out when thinking is off.
        context_tokens: the prompt and the answer must fit.
        seconds_per_token: pace; a cancel comes through between two tokens.
        calls: gives the calls; one counts as a token.
    """

    def __init__(
        self,
        script: Script,
        *,
        context_tokens: int = 8192,
        seconds_per_token: float = 0.0,
        calls: CallScript = _no_calls,
    ) -> None:
        self._script = script
        self._calls = calls
        self._pace = seconds_per_token
        self._asking = threading.Lock()
        self._cancelled = threading.Event()
        self._closed = False
        self._known: list[str] = []
        self.conversations: list[tuple[Message, ...]] = []
        self.tools: list[tuple[Tool, ...]] = []
        self.info = EngineInfo(
            title="Scripted",
            words=1,
            layers=1,
            context_tokens=context_tokens,
            trained_tokens=context_tokens,
            threads=1,
            load_seconds=0.0,
        )

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return not self._closed

    def generate(
        self,
        conversation: tuple[Message, ...],
        sampling: Sampling = Sampling(),  # noqa: B008, ARG002 - the script does not choose
        *,
        max_tokens: int,
        thinking: Thinking = Thinking.OFF,
        tools: tuple[Tool, ...] = (),
        response_format: str = "",
        thinking_budget: int = 0,
        stop: Sequence[str] = (),
        json_schema: str = "",  # noqa: ARG002 - the script says what it says
        choices: Sequence[str] = (),  # noqa: ARG002
        alone: str = "",  # noqa: ARG002
        on_event: OnSpeech = lambda _: None,
    ) -> Generated:
        """Answer by the script; see `Engine.generate`."""
        _check_size(list(texts_of(conversation, tools, response_format)))
        with self._request():
            self.conversations.append(conversation)
            self.tools.append(tools)
            segments = render(conversation, thinking, tools=tools, response_format=response_format)
            prompt = _tokens("".join(segment.text for segment in segments))
            if len(prompt) >= self.info.context_tokens:
                raise PromptTooLong(tokens=len(prompt), context=self.info.context_tokens - 1)
            reused = self._common(prompt)
            for done in (reused, len(prompt)):
                on_event(Prefilled(done=done, total=len(prompt)))
            thoughts, words = self._script(conversation)
            thinks = _tokens(thoughts) if thinking is not Thinking.OFF else []
            kept = thinks[: thinking_budget or None]
            planned: list[_Part] = [Thought(text=token) for token in kept]
            planned += [Said(text=token) for token in _tokens(_until(stop, words))]
            if tools:
                planned += [Called(call=call) for call in self._calls(conversation)]
            began = time.monotonic()
            room = self.info.context_tokens - len(prompt)
            spoken, finish = self._speak(planned, min(max_tokens, room), on_event)
            if finish is Finish.LENGTH and room < max_tokens:
                finish = Finish.CONTEXT
            self._known = [*prompt, *map(_text, spoken)]
            thought = [part.text for part in spoken if isinstance(part, Thought)]
            said = [part.text for part in spoken if isinstance(part, Said)]
            called = tuple(part.call for part in spoken if isinstance(part, Called))
            tally = Tally(
                finish=finish,
                prompt_tokens=len(prompt),
                reused_tokens=reused,
                thinking_tokens=len(thought),
                answer_tokens=len(said) + len(called),
                prefill_seconds=0.0,
                decode_seconds=time.monotonic() - began,
                thinking_cut=len(kept) < len(thinks),
            )
            return Generated(
                text="".join(said), thinking="".join(thought), tally=tally, tool_calls=called
            )

    def cancel(self) -> None:
        """Stop the answer under way, if there is one."""
        if self._asking.locked():
            self._cancelled.set()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text."""
        _check_size(texts)
        with self._request():
            return [len(_tokens(text)) for text in texts]

    def examine(self) -> Examined:
        """A sound engine."""
        with self._request():
            self._known = []
            return Examined(
                id=1,
                special=len(TEMPLATE_TOKENS),
                faults=(),
                tokens=8,
                finite=True,
                spread=1.0,
                difference=0.0,
                seconds=0.0,
            )

    def close(self) -> None:
        """Switch it off."""
        self._closed = True
        self._cancelled.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _speak(
        self, planned: list[_Part], limit: int, on_event: OnSpeech
    ) -> tuple[list[_Part], Finish]:
        spoken: list[_Part] = []
        for part in planned:
            if len(spoken) == limit:
                return spoken, Finish.LENGTH
            if self._cancelled.wait(self._pace) if self._pace else self._cancelled.is_set():
                if self._closed:
                    raise EngineClosed
                return spoken, Finish.CANCELLED
            spoken.append(part)
            on_event(part)
        return spoken, Finish.STOP

    def _common(self, prompt: list[str]) -> int:
        limit = min(len(self._known), len(prompt) - 1)
        return next((n for n in range(limit) if self._known[n] != prompt[n]), limit)

    @contextmanager
    def _request(self) -> Iterator[None]:
        if self._closed:
            raise EngineClosed
        if not self._asking.acquire(blocking=False):
            raise EngineBusy
        self._cancelled.clear()
        try:
            yield
        finally:
            self._asking.release()


def _text(part: _Part) -> str:
    return part.call.arguments if isinstance(part, Called) else part.text


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _until(stop: Sequence[str], words: str) -> str:
    stops = StopStrings(stop)
    shown, stopped = stops.feed(words)
    return shown if stopped else shown + stops.rest()


def _check_size(texts: Sequence[str]) -> None:
    size = total_characters(texts)
    if size > MAX_TEXT_CHARACTERS:
        raise BadRequest(cause=f"{size} characters at once")
