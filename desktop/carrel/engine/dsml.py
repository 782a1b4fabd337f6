"""Tool calls in DSML, the markup V4 was trained to call tools with: written, and read again.

Every tag holds the token ``｜DSML｜``. Reading goes by that token's number: a text that only
spells it is text, in an argument as anywhere else. A call that does not follow the format is
given back as the text it is. Pure; must not know numbers of tokens, llama.cpp or the wire.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from carrel.engine.conversation import ToolCall, json_text
from carrel.engine.segments import DSML, Segment, plain, special

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
