"""Tool calls in DSML, the markup V4 was trained to call tools with: written, and read again.

Every tag holds the token ``｜DSML｜``. Reading goes by that token's number: a text that only
spells it is text, in an argument as anywhere else. What does not follow the format is given
back as the text it is. Pure; must not know numbers of tokens, llama.cpp or the wire.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from carrel.engine.chat.conversation import (
    MAX_CALLS,
    MAX_JSON_CHARACTERS,
    MAX_NAME_CHARACTERS,
    ToolCall,
    is_json,
    json_text,
)
from carrel.engine.chat.segments import DSML, Segment, plain, special

MAX_HEAD_CHARACTERS: Final = MAX_NAME_CHARACTERS + 64
"""Characters of a tag up to its value; what is longer is no tag."""

_MARK: Final = special(DSML)


def calls_written(calls: Sequence[ToolCall]) -> list[Segment]:
    """The block of calls that ends an assistant's message; nothing if there are none."""
    if not calls:
        return []
    segments = [plain("\n\n<"), _MARK, plain("tool_calls>\n")]
    for call in calls:
        segments += [plain("<"), _MARK, plain(f'invoke name="{_sound(call.name)}">\n')]
        values = call.values()
        for name, value in values.items():
            is_text = isinstance(value, str)
            head = f'parameter name="{_sound(name)}" string="{"true" if is_text else "false"}">'
            shown = _sound(value) if isinstance(value, str) else json_text(value)
            segments += [plain("<"), _MARK, plain(head + shown)]
            segments += [plain("</"), _MARK, plain("parameter>\n")]
        if not values:
            segments.append(plain("\n"))
        segments += [plain("</"), _MARK, plain("invoke>\n")]
    return [*segments, plain("</"), _MARK, plain("tool_calls>")]


def _sound(text: str) -> str:
    """Without halves of pairs, which an escape in JSON can hold and no text may."""
    return text.encode(errors="replace").decode()


class _At(Enum):
    """What is being read inside a block: what the last mark began, or what follows a call."""

    BLOCK = auto()
    CALL = auto()
    VALUE = auto()
    VALUE_END = auto()
    CALL_END = auto()
    AFTER_CALL = auto()
    BLOCK_END = auto()


_NAME: Final = rf'name="(?P<name>.{{0,{MAX_NAME_CHARACTERS}}}?)"'
_VALUE_HEAD: Final = re.compile(rf'parameter {_NAME} string="(?P<text>true|false)">', re.DOTALL)

_RUNS: Final = {
    _At.BLOCK: re.compile(r"tool_calls>\n(?P<next></?)"),
    _At.CALL: re.compile(rf"invoke {_NAME}>\n\n?(?P<next></?)", re.DOTALL),
    _At.VALUE: re.compile(rf"{_VALUE_HEAD.pattern}(?P<value>.*)(?P<next></)", re.DOTALL),
    _At.VALUE_END: re.compile(r"parameter>\n(?P<next></?)"),
    _At.AFTER_CALL: re.compile(r"\n(?P<next></?)"),
}
"""The whole text up to the next mark."""

_STARTS: Final = {
    _At.BLOCK: "tool_calls>\n</",
    _At.CALL: 'invoke name="',
    _At.VALUE: 'parameter name="',
    _At.VALUE_END: "parameter>\n</",
    _At.CALL_END: "invoke>",
    _At.AFTER_CALL: "\n</",
    _At.BLOCK_END: "tool_calls>",
}
"""How that text must start; for tags without a name or value, all there can be of it."""

_NEXT: Final = {
    (_At.BLOCK, "<"): _At.CALL,
    (_At.BLOCK, "</"): _At.BLOCK_END,
    (_At.CALL, "<"): _At.VALUE,
    (_At.CALL, "</"): _At.CALL_END,
    (_At.VALUE, "</"): _At.VALUE_END,
    (_At.VALUE_END, "<"): _At.VALUE,
    (_At.VALUE_END, "</"): _At.CALL_END,
    (_At.AFTER_CALL, "<"): _At.CALL,
    (_At.AFTER_CALL, "</"): _At.BLOCK_END,
}
"""What the next mark begins, by what stands before it."""

_MAY_BEGIN: Final = re.compile(r"\n{0,2}<?\Z")
"""The end of a text that may turn out to begin a block."""


class CallReader:
    """Takes what is said, piece by piece, and gives back words and calls.

    Text goes through at once but for what may begin a block. Inside one nothing is shown until
    it is a call, or certain to be none. Takes time and memory in proportion to the text.
    """

    def __init__(self) -> None:
        self._held = ""
        self._at: _At | None = None
        self._unsettled: list[str] = []
        """All since the last call or word given away, marks spelled out."""
        self._run: list[str] = []
        """Of that, what came since the last mark."""
        self._run_length = 0
        self._start = ""
        """The first characters of it."""
        self._name = ""
        self._values: dict[str, str] = {}
        self._size = 0
        """Characters of the arguments as JSON, so far."""
        self._calls = 0

    def text(self, text: str) -> list[str | ToolCall]:
        """Take text."""
        if self._at is None:
            return self._outside(text)
        self._unsettled.append(text)
        self._run.append(text)
        self._run_length += len(text)
        if len(self._start) < MAX_HEAD_CHARACTERS:
            self._start = (self._start + text)[:MAX_HEAD_CHARACTERS]
        if self._at in {_At.CALL_END, _At.BLOCK_END} and self._start.startswith(_STARTS[self._at]):
            return self._ended(self._at)
        return [] if self._fits(self._at) else self._refused()

    def mark(self) -> list[str | ToolCall]:
        """Take the token ``｜DSML｜``."""
        if self._at is None:
            return self._begun()
        pattern = _RUNS.get(self._at)
        found = pattern.fullmatch("".join(self._run)) if pattern is not None else None
        if found is None or not self._taken(self._at, found):
            return [*self._refused(), *self._begun()]
        self._turn_to(_NEXT[self._at, found["next"]])
        self._unsettled.append(DSML)
        return []

    def finish(self) -> list[str | ToolCall]:
        """No more will come; only what closes a block after its last call may be missing."""
        complete = self._at in {_At.AFTER_CALL, _At.BLOCK_END} and self._calls > 0
        rest = "" if complete else "".join(self._unsettled)
        rest = self._held + rest
        self._leave()
        return [rest] if rest else []

    def _outside(self, text: str) -> list[str | ToolCall]:
        text = self._held + text
        found = _MAY_BEGIN.search(text)
        cut = found.start() if found is not None else len(text)
        self._held = text[cut:]
        return [text[:cut]] if cut else []

    def _begun(self) -> list[str | ToolCall]:
        """A mark outside: it begins a block, or is nothing."""
        if not self._held.endswith("<"):
            held, self._held = self._held, ""
            return [held + DSML]
        self._unsettled = [self._held, DSML]
        self._held = ""
        self._turn_to(_At.BLOCK)
        return []

    def _fits(self, at: _At) -> bool:
        """Whether what came since the last mark can still become what it must be."""
        start = _STARTS[at]
        if not (self._start.startswith(start) or start.startswith(self._start)):
            return False
        if at is _At.CALL:
            return self._run_length <= MAX_HEAD_CHARACTERS
        if at is _At.VALUE:
            headed = self._run_length <= MAX_HEAD_CHARACTERS or _VALUE_HEAD.match(self._start)
            return bool(headed) and self._run_length <= MAX_JSON_CHARACTERS
        return self._run_length <= len(start)

    def _taken(self, at: _At, found: re.Match[str]) -> bool:
        """Note a name or a value; False if it cannot be one."""
        if at is _At.CALL:
            self._name, self._values, self._size = found["name"], {}, 2
            return self._calls < MAX_CALLS
        if at is _At.VALUE:
            value = json_text(found["value"]) if found["text"] == "true" else found["value"]
            self._size += len(json_text(found["name"])) + len(value) + 4
            if found["name"] in self._values or self._size > MAX_JSON_CHARACTERS:
                return False
            self._values[found["name"]] = value
            return is_json(value)
        return True

    def _ended(self, at: _At) -> list[str | ToolCall]:
        rest = "".join(self._run)[len(_STARTS[at]) :]
        self._unsettled = []
        if at is _At.BLOCK_END:
            self._leave()
            return self._outside(rest)
        pairs = (f"{json_text(name)}: {value}" for name, value in self._values.items())
        arguments = "{" + ", ".join(pairs) + "}"
        self._calls += 1
        call = ToolCall(name=self._name, arguments=arguments, id=f"call_{self._calls}")
        self._turn_to(_At.AFTER_CALL)
        return [call, *(self.text(rest) if rest else [])]

    def _refused(self) -> list[str | ToolCall]:
        """All that is unsettled is text."""
        text = "".join(self._unsettled)
        self._leave()
        return self._outside(text)

    def _turn_to(self, at: _At | None) -> None:
        self._at = at
        self._run, self._run_length, self._start = [], 0, ""

    def _leave(self) -> None:
        self._turn_to(None)
        self._held, self._unsettled = "", []
