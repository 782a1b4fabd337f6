"""Calls of tools, written as V4 was trained to write them and read again token by token."""

import json
import random
import time
from dataclasses import replace

import pytest

from carrel.engine.chat.conversation import MAX_CALLS, MAX_JSON_CHARACTERS, ToolCall
from carrel.engine.chat.dsml import CallReader, calls_written
from carrel.engine.chat.segments import DSML, Segment
from carrel.engine.wire.protocol import Called, Said, Thought
from carrel.engine.worker.speech import Speech
from made_chats import WORDS, Chats

THINK, THOUGHT, MARK, WORD = 1, 2, 3, 4
CALLS = 10_000
"""Written and read again."""


def tokens_of(segments, chance: random.Random):
    """Segments as tokens, text cut anywhere, also inside letters."""
    for segment in segments:
        if segment.special:
            yield MARK, DSML.encode()
            continue
        raw = segment.text.encode()
        start = 0
        while start < len(raw):
            end = start + chance.choice((1, 1, 2, 3, 7, 40))
            yield WORD, raw[start:end]
            start = end


def heard(tokens, *, thinking: bool = False, dsml: int = MARK):
    speech = Speech(think=THINK, thought=THOUGHT, thinking=thinking, dsml=dsml)
    parts = [part for token, piece in tokens for part in speech.feed(token, piece)]
    parts += speech.finish()
    said = "".join(part.text for part in parts if isinstance(part, Said))
    thought = "".join(part.text for part in parts if isinstance(part, Thought))
    return thought, said, [part.call for part in parts if isinstance(part, Called)]


def numbered(calls) -> list[ToolCall]:
    return [replace(call, id=f"call_{n}") for n, call in enumerate(calls, 1)]


def test_ten_thousand_calls_are_read_as_they_were_written() -> None:
    chats = Chats(seed=8)
    chance = chats.chance
    written = 0
    while written < CALLS:
        # A name that holds a quotation mark and what follows it in a tag could be read two ways.
        calls = [
            ToolCall.of(
                "f" + chats.text().replace('"', "”"),
                {
                    f"{chats.text()}k{n}".replace('"', "”"): chats.value()
                    for n in range(chance.randrange(5))
                },
            )
            for _ in range(chance.randrange(1, 4))
        ]
        before = chats.text()
        written += len(calls)

        found = heard(tokens_of([Segment(before, special=False), *calls_written(calls)], chance))

        assert found == ("", before, numbered(calls))


def test_a_text_that_only_spells_the_tags_is_text() -> None:
    call = ToolCall.of("f", {"x": f"</{DSML}parameter>\n</{DSML}invoke>\n</{DSML}tool_calls>"})
    spelled = "".join(segment.text for segment in calls_written([call]))

    assert heard([(WORD, spelled.encode())]) == ("", spelled, [])
    assert heard(tokens_of(calls_written([call]), random.Random(1)))[2] == numbered([call])


def test_a_call_is_told_before_the_block_ends() -> None:
    speech = Speech(think=THINK, thought=THOUGHT, thinking=False, dsml=MARK)
    call = ToolCall.of("f", {"x": 1})
    tokens = list(tokens_of(calls_written([call]), random.Random(1)))
    told = [n for n, token in enumerate(tokens) if any(map(_is_call, speech.feed(*token)))]

    assert len(told) == 1
    assert told[0] < len(tokens) - 3


def _is_call(part) -> bool:
    return isinstance(part, Called)


def pieces(text: str):
    """Text in which ``¤`` stands for the token."""
    for n, part in enumerate(text.split("¤")):
        if n:
            yield MARK, DSML.encode()
        if part:
            yield WORD, part.encode()


HEAD = '\n\n<¤tool_calls>\n<¤invoke name="f">\n'
VALUE = '<¤parameter name="x" string="false">1</¤parameter>\n'
END = "</¤invoke>\n</¤tool_calls>"


@pytest.mark.parametrize(
    "malformed",
    [
        "a ¤ b",
        "\n\n<¤",
        "\n\n<¤tool_calls>",
        "\n\n<¤tool_calls> and then",
        "\n\n<¤tool_calls>\n<¤invoke>\n</¤invoke>",
        "\n\n<¤tool_calls>\n<¤invoke name=f>\n</¤invoke>",
        '\n\n<¤tool_calls>\n<¤invoke name="' + "f" * 1000 + '">\n</¤invoke>',
        HEAD + '<¤parameter name="x" string="maybe">1</¤parameter>\n' + END,
        HEAD + '<¤parameter name="x" string="false">nonsense</¤parameter>\n' + END,
        HEAD + '<¤parameter name="x" string="false">' + "[" * 100_000 + "</¤parameter>\n" + END,
        HEAD + VALUE + VALUE + END,
        HEAD + '<¤parameter name="x" string="true">a¤b</¤parameter>\n' + END,
        HEAD + VALUE,
        HEAD + VALUE + "</¤tool_calls>",
        HEAD + "free text" + END,
        HEAD + '<¤parameter name="' + "x" * 1000,
    ],
)
def test_what_is_no_call_is_said_as_it_is(malformed: str) -> None:
    thought, said, calls = heard(pieces(malformed))

    assert (thought, said, calls) == ("", malformed.replace("¤", DSML), [])


def test_calls_before_the_fault_are_kept() -> None:
    good = HEAD + VALUE + "</¤invoke>"

    assert heard(pieces(good + "\n<¤nonsense"))[1:] == (
        f"\n<{DSML}nonsense",
        numbered([ToolCall.of("f", {"x": 1})]),
    )
    for cut in ("", "\n", "\n</¤", "\n</¤tool_ca", "\n</¤tool_calls>"):
        assert heard(pieces(good + cut))[1:] == ("", numbered([ToolCall.of("f", {"x": 1})]))
    assert heard(pieces(good + "\n</¤tool_calls> More."))[1] == " More."


def test_a_block_after_a_broken_one_is_read() -> None:
    broken = "\n\n<¤tool_calls>\n<"

    assert heard(pieces(broken + HEAD.lstrip("\n<") + VALUE + END))[2] == []
    assert heard(pieces("\n\n<¤tool_calls> oh " + HEAD + VALUE + END))[1:] == (
        f"\n\n<{DSML}tool_calls> oh ",
        numbered([ToolCall.of("f", {"x": 1})]),
    )


def test_inside_thoughts_a_call_is_a_thought() -> None:
    block = HEAD + VALUE + END

    thought, said, calls = heard([*pieces(block), (THOUGHT, b""), *pieces(block)], thinking=True)

    assert thought == block.replace("¤", DSML)
    assert (said, len(calls)) == ("", 1)


def test_where_no_tools_are_offered_nothing_is_held_back() -> None:
    assert heard(pieces(HEAD + VALUE + END), dsml=-1)[1:] == (
        (HEAD + VALUE + END).replace("¤", DSML),
        [],
    )


def test_no_more_calls_than_the_wire_carries() -> None:
    one = '<¤invoke name="f">\n\n</¤invoke>\n'
    said, calls = heard(pieces("\n\n<¤tool_calls>\n" + one * (MAX_CALLS + 5)))[1:]

    assert len(calls) == MAX_CALLS
    assert said.count("invoke name") == 5


def test_arguments_longer_than_the_wire_carries_are_text() -> None:
    half = "x" * (MAX_JSON_CHARACTERS // 2)
    both = "".join(
        f'<¤parameter name="{name}" string="true">{half}</¤parameter>\n' for name in "ab"
    )
    whole = f'<¤parameter name="a" string="true">{half}{half}</¤parameter>\n'

    for long in (both, whole):
        said, calls = heard(pieces(HEAD + long + END))[1:]
        assert not calls
        assert said == (HEAD + long + END).replace("¤", DSML)


def test_hostile_output_never_raises_and_loses_nothing_but_calls() -> None:
    chance = random.Random(5)
    fragments = [
        *WORDS, "¤", "¤", "¤", "tool_calls>\n", "invoke name=", '"f">\n', 'parameter name="x" ',
        'string="true">', 'string="false">', "parameter>\n", "invoke>\n", "<¤", "</¤", HEAD, VALUE,
        END, "1", HEAD + VALUE + END,
    ]  # fmt: skip
    seen = 0
    for _ in range(5000):
        text = "".join(chance.choices(fragments, k=chance.randrange(20)))
        _, said, calls = heard(pieces(text))
        seen += len(calls)
        for call in calls:
            assert isinstance(json.loads(call.arguments), dict)
        if not calls and "</¤tool_calls>" not in text:
            assert said == text.replace("¤", DSML)
    assert seen > 100


@pytest.mark.parametrize(
    "text",
    [
        "<" * 200_000,
        "\n" * 200_000,
        HEAD * 5_000,
        "<¤" * 50_000,
        HEAD + '<¤parameter name="x" string="true">' + "</" * 200_000,
        HEAD + ('<¤parameter name="x" string="' * 50_000),
    ],
)
def test_time_grows_with_the_text_and_not_faster(text: str) -> None:
    reader = CallReader()
    began = time.monotonic()
    for n, part in enumerate(text.split("¤")):
        if n:
            reader.mark()
        for start in range(0, len(part), 4):
            reader.text(part[start : start + 4])
    reader.finish()

    assert time.monotonic() - began < 2
