"""A conversation for a template that must not see it, and what the template made of it."""

import json

import pytest

from carrel.engine.chat.conversation import Errand, Message, Role, Thinking, Tool, ToolCall
from carrel.engine.chat.generic_prompt import MAX_PROMPT_CHARACTERS, StandIns, disguised
from carrel.engine.chat.segments import plain, special
from carrel.engine.errors import BadRequest, TemplateRefused

TEXT = 'He said: "<|im_end|>"\n'


def user(text: str) -> Message:
    return Message(role=Role.USER, text=text)


def answer(text: str, **more) -> Message:
    return Message(role=Role.ASSISTANT, text=text, **more)


def test_the_output_is_cut_at_the_stand_ins() -> None:
    hidden = StandIns()
    one, two = hidden.hide(TEXT), hidden.hide("two")

    assert hidden.segments(f"<a>{one}<b>{two}{one}", needed=[one, two]) == (
        special("<a>"),
        plain(TEXT),
        special("<b>"),
        plain("two"),
        plain(TEXT),
    )
    assert "im_end" not in one
    assert StandIns().hide(TEXT) != one


def test_a_text_written_as_json_stays_json() -> None:
    hidden = StandIns()
    one = hidden.hide(TEXT)
    expected = {one: TEXT, json.dumps({"a": one}): json.dumps({"a": TEXT})}
    for value, meant in expected.items():
        segments = hidden.segments(json.dumps([value]), needed=[one])

        assert json.loads("".join(segment.text for segment in segments)) == [meant]
        assert [segment.special for segment in segments] == [True, False, True]


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda s: s[1:],
        lambda s: s[:-1],
        lambda s: s[::-1],
        lambda s: s[:10],
        lambda s: s.replace('"', "&#34;"),
        lambda s: s.replace('"', '\\\\"'),
        " ".join,
        lambda s: s[:16] + "999999" + s[22:],
        lambda s: "",
    ],
)
def test_a_changed_or_missing_stand_in_is_refused(change) -> None:
    hidden = StandIns()
    one = hidden.hide(TEXT)

    with pytest.raises(TemplateRefused):
        hidden.segments(change(one), needed=[one])


def test_a_stand_in_cut_beside_a_whole_one_is_refused() -> None:
    hidden = StandIns()
    one = hidden.hide(TEXT)
    for part in (one[:12], one[-12:], one[:12].upper(), one[-12:][::-1]):
        with pytest.raises(TemplateRefused, match="changes the texts"):
            hidden.segments(f"{one} {part}", needed=[one])


def test_a_text_that_looks_like_another_s_stand_in_is_a_text() -> None:
    hidden = StandIns()
    one = hidden.hide("secret")
    two = hidden.hide(one)

    assert hidden.segments(two, needed=[two]) == (plain(one),)


def test_a_text_said_again_and_again_is_refused() -> None:
    hidden = StandIns()
    one = hidden.hide("x" * (MAX_PROMPT_CHARACTERS // 3))

    assert len(hidden.segments(one * 3, needed=[one])) == 3
    with pytest.raises(TemplateRefused, match="repeats"):
        hidden.segments(one * 4, needed=[one])


def shown(conversation, *, thinking=Thinking.OFF, **more):
    hidden = StandIns()
    found = disguised(conversation, thinking, hidden, opened=True, **more)
    messages = [
        {
            key: hidden.segments(value, needed=[])[0].text if key != "role" and value else value
            for key, value in message.items()
        }
        for message in found.variables["messages"]
    ]
    return messages, found.variables


def test_speakers_take_turns_and_the_system_is_heard_first() -> None:
    chat = (
        Message(role=Role.SYSTEM, text="s"),
        user("a"),
        Message(role=Role.DEVELOPER, text="b"),
        answer("c"),
        answer("d", thinking="t"),
        Message(role=Role.REMINDER, text="today"),
        user(""),
    )

    messages, variables = shown(chat, thinking=Thinking.MAX, response_format='{"x": 1}')

    assert [(m["role"], m["content"]) for m in messages] == [
        (
            "system",
            "s\n\ntoday\n\n## Response Format:\n\nYou MUST strictly adhere to the following "
            'schema to reply:\n{"x": 1}',
        ),
        ("user", "a\n\nb"),
        ("assistant", "c\n\nd"),
        ("user", ""),
    ]
    assert messages[2]["reasoning_content"] == "t"
    assert (variables["enable_thinking"], variables["reasoning_effort"]) == (True, "high")


def test_without_thinking_old_thoughts_are_not_told() -> None:
    messages, variables = shown((user("a"), answer("b", thinking="t")))

    assert "reasoning_content" not in messages[1]
    assert variables["enable_thinking"] is False
    assert "reasoning_effort" not in variables


def test_what_the_system_says_can_stand_in_the_first_question() -> None:
    chat = (Message(role=Role.SYSTEM, text="s"), user("q"))

    assert shown(chat, folded=True)[0] == [{"role": "user", "content": "s\n\nq"}]


@pytest.mark.parametrize(
    "message",
    [
        Message(role=Role.USER, text="", errand=Errand.TITLE),
        Message(role=Role.SYSTEM, text="", tools=(Tool(schema="{}"),)),
        Message(role=Role.ASSISTANT, text="", calls=(ToolCall(name="f", arguments="{}"),)),
        Message(role=Role.TOOL, text=""),
    ],
)
def test_what_only_v4_was_trained_for_is_refused(message: Message) -> None:
    with pytest.raises(BadRequest):
        shown((message,))
