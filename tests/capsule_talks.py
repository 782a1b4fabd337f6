"""Talks with the real worker about capsules, for quick and for long tests."""

from dataclasses import replace
from pathlib import Path

from carrel.engine.capsule_talk import Beginning
from carrel.engine.chat.encoding import Message, Role
from carrel.engine.client import Engine
from carrel.engine.wire.protocol import EngineSettings, Sampling

GREEDY = Sampling(temperature=0)
TEXT = (Path(__file__).resolve().parents[1] / "models" / "tiny" / "text.txt").read_text("utf-8")
ROOMY = EngineSettings(context_tokens=8192)
EXACT = replace(ROOMY, cache_type="f32", fused_attention=False)
SMALL = replace(ROOMY, cache_type="q8_0")
ASK = Message(role=Role.USER, text="What was the operating income in 2022?")

LENGTHS = (127, 128, 129, 256, 257, 513, 1001, 4099)
"""Tokens: around the window, around the blocks and batches, and none of them."""
FORMATS = {"f16": ROOMY, "f32": EXACT, "q8_0": SMALL}


def beginning(engine: Engine, tokens: int) -> tuple[Message, ...]:
    """A beginning of exactly so many tokens."""
    system = Message(role=Role.SYSTEM, text="Answer.")

    def made(words: str) -> tuple[Message, ...]:
        return (
            system,
            Message(role=Role.USER, text=words),
            Message(role=Role.ASSISTANT, text="I have read it."),
        )

    low, high = 1, 8 * tokens
    source = TEXT * (high // len(TEXT) + 1)
    while low < high:
        middle = (low + high) // 2
        if engine.look(made(source[:middle])).held.tokens < tokens:
            low = middle + 1
        else:
            high = middle
    for tail in ("", " .", " a", "\n\n-", " 1 2 3"):
        for length in range(max(1, low - 12), low + 4):
            found = made(source[:length] + tail)
            if engine.look(found).held.tokens == tokens:
                return found
    raise AssertionError(f"no beginning of {tokens} tokens")


def taken(engine: Engine, messages: tuple[Message, ...]) -> tuple[Beginning, bytes]:
    held = engine.hold(messages)
    with engine.keep(held) as image:
        state = b"".join(image.pieces())
    assert len(state) == held.held.state_bytes
    return held, state


def put_back(engine: Engine, messages: tuple[Message, ...], state: bytes) -> None:
    found = engine.look(messages)
    engine.restore(found, found.held.points[-1], [state], len(state))


def check_round_trip(start, settings: EngineSettings, tokens: int) -> None:
    """A state restored in new processes goes on bit for bit as the one never interrupted."""
    whole = start(settings)
    messages = beginning(whole, tokens)
    asked = (*messages, ASK)
    numbers = whole.fingerprint(asked)
    answer = whole.generate(asked, GREEDY, max_tokens=32)
    keeper = start(settings)
    _, state = taken(keeper, messages)
    keeper.close()

    for context in (settings.context_tokens, settings.context_tokens // 8 * 5):
        other = start(replace(settings, context_tokens=context))
        put_back(other, messages, state)
        again = other.generate(asked, GREEDY, max_tokens=32)
        assert again.tally.reused_tokens == tokens
        assert (again.text, again.tally.answer_tokens) == (answer.text, answer.tally.answer_tokens)
        other.forget()
        put_back(other, messages, state)
        assert other.fingerprint(asked) == numbers
        other.close()
