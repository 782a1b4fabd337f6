"""Tokens become thoughts and words."""

from carrel.engine.wire.protocol import Said, Thought
from carrel.engine.worker.speech import Speech

THINK, THOUGHT = 7, 8


def test_a_letter_cut_between_tokens_is_put_together() -> None:
    speech = Speech(think=THINK, thought=THOUGHT, thinking=False)
    first, second = "数".encode()[:2], "数".encode()[2:]

    assert speech.feed(1, first) == []
    assert speech.feed(2, second) == [Said(text="数")]


def test_thinking_opened_by_the_prompt_ends_with_its_token_only() -> None:
    speech = Speech(think=THINK, thought=THOUGHT, thinking=True)

    parts = speech.feed(1, b"</think>") + speech.feed(THOUGHT, b"</think>") + speech.feed(2, b"x")

    assert parts == [Thought(text="</think>"), Said(text="x")]
    assert (speech.thinking_tokens, speech.answer_tokens) == (2, 1)


def test_an_unfinished_letter_at_the_border_stays_on_its_side() -> None:
    speech = Speech(think=THINK, thought=THOUGHT, thinking=True)

    assert speech.feed(1, "é".encode()[:1]) == []
    assert speech.feed(THOUGHT, b"") == [Thought(text="�")]
    assert speech.feed(2, b"y") == [Said(text="y")]
    assert speech.finish() == []
