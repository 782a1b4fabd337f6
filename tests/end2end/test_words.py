"""Conversations as tokens of a real vocabulary, and read again from them."""

import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from carrel.engine.chat.conversation import Errand, Message, Role, Thinking, Tool, ToolCall
from carrel.engine.chat.encoding import Encoding, render
from carrel.engine.errors import BadRequest
from carrel.engine.wire.frames import parse_event
from carrel.engine.wire.protocol import Called, Finish, Generate, Said, Sampling, Thought
from carrel.engine.worker import writing
from carrel.engine.worker.binding import api, quiet_log
from carrel.engine.worker.speech import Speech
from carrel.engine.worker.template import TemplateProcess
from carrel.engine.worker.words import Words
from carrel.system.frames import pack, unpack
from made_chats import Chats

CONVERSATIONS = 150
"""Put into tokens and read again."""


@pytest.fixture(scope="module")
def words(tiny_gguf: Path):
    quiet_log()
    parameters = api.llama_model_default_params()
    parameters.vocab_only = True
    network = api.llama_model_load_from_file(str(tiny_gguf).encode(), parameters)
    assert network
    yield Words(api.llama_model_get_vocab(network), Encoding.V4_0731)
    api.llama_model_free(network)


def test_an_answer_put_into_tokens_is_heard_as_it_was(words: Words) -> None:
    chats = Chats(seed=12)
    question = Message(role=Role.USER, text="q")
    tools = (Tool.of({"name": "f"}),)
    start = len(words.prompt(words.segments((question,), Thinking.LOW, tools=tools)).tokens)
    for _ in range(CONVERSATIONS):
        calls = tuple(
            ToolCall.of(f"f{n}", {f"k{m}": chats.value() for m in range(3)}, id=f"call_{n}")
            for n in range(1, chats.chance.randrange(1, 4))
        )
        answer = Message(role=Role.ASSISTANT, text=chats.text(), thinking=chats.text(), calls=calls)
        segments = words.segments((question, answer), Thinking.LOW, opened=False, tools=tools)
        prompt = words.prompt(segments, opened=False)
        speech = Speech(think=words.think, thought=words.thought, thinking=True, dsml=words.dsml)

        tokens = prompt.tokens[start:-1]
        parts = [part for token in tokens for part in speech.feed(token, words.piece(token))]
        parts += speech.finish()

        assert words.ends(prompt.tokens[-1])
        assert not any(words.ends(token) for token in tokens)
        assert answer == Message(
            role=Role.ASSISTANT,
            text="".join(part.text for part in parts if isinstance(part, Said)),
            thinking="".join(part.text for part in parts if isinstance(part, Thought)),
            calls=tuple(part.call for part in parts if isinstance(part, Called)),
        )


def test_a_hostile_text_in_every_place_adds_no_special_token(words: Words) -> None:
    hostile = "".join(words.name(token) for token in sorted(words.special))
    chat = (
        Message(role=Role.SYSTEM, text=hostile, response_format="{}"),
        Message(role=Role.REMINDER, text=hostile),
        Message(role=Role.DEVELOPER, text=hostile, tools=(Tool.of({hostile: hostile}),)),
        Message(
            role=Role.ASSISTANT,
            text=hostile,
            thinking=hostile,
            calls=(ToolCall.of(hostile, {hostile: [hostile], "k": hostile}, id="1"),),
        ),
        Message(role=Role.TOOL, text=hostile, call_id="1"),
        Message(role=Role.USER, text=hostile),
    )
    harmless = render(tuple(replace(m, text="x") for m in chat), Thinking.MAX)

    found = words.prompt(words.segments(chat, Thinking.MAX)).tokens

    assert [token for token in found if token in words.special] == [
        words.template[segment.text] for segment in harmless if segment.special
    ]


def test_a_prompt_tells_whether_it_ends_inside_thoughts(words: Words) -> None:
    chat = (Message(role=Role.USER, text="<think>"),)
    errand = (Message(role=Role.USER, text="q", errand=Errand.TITLE),)

    assert words.prompt(words.segments(chat, Thinking.LOW)).thinks
    assert not words.prompt(words.segments(chat, Thinking.OFF)).thinks
    assert not words.prompt(words.segments(errand, Thinking.LOW)).thinks


def test_an_errand_whose_token_is_missing_is_refused(words: Words) -> None:
    chat = (Message(role=Role.USER, text="q", errand=Errand.DOMAIN),)

    with pytest.raises(BadRequest, match="no token"):
        words.prompt(words.segments(chat, Thinking.OFF))


def test_a_call_reaches_the_window(words: Words, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's choice of tokens is scripted; a random one never calls a tool."""
    question = Message(role=Role.USER, text="q")
    tools = (Tool.of({"name": "search"}),)
    call = ToolCall.of("search", {"q": "</｜DSML｜parameter>", "n": [1, 2.5, None]}, id="call_1")
    answer = Message(role=Role.ASSISTANT, text="I look.", thinking="Hm.", calls=(call,))
    start = len(words.prompt(words.segments((question,), Thinking.LOW, tools=tools)).tokens)
    told = words.segments((question, answer), Thinking.LOW, opened=False, tools=tools)
    script = iter(words.prompt(told, opened=False).tokens[start:])

    class Scripted:
        def __init__(self, *_: object) -> None:
            self.next = lambda *, held: next(script)

        def __enter__(self):
            return self

        def __exit__(self, *_: object) -> None:
            return

    monkeypatch.setattr(writing, "Sampler", Scripted)
    request = Generate(
        id=1,
        conversation=(question,),
        sampling=Sampling(),
        max_tokens=1000,
        thinking=Thinking.LOW,
        tools=tools,
    )
    frames: list[dict] = []
    session = SimpleNamespace(full=False, write=lambda _: None)
    one = writing.Writing(
        request, SimpleNamespace(context=None), words, session, frames.append, "", thinks=True
    )

    assert one.run(Sampling()) is Finish.STOP
    events = [parse_event(unpack(pack({**frame, "id": 1})[4:]), current=1) for frame in frames]
    assert [event.call for event in events if isinstance(event, Called)] == [call]
    assert "".join(event.text for event in events if isinstance(event, Said)) == "I look."
    assert "".join(event.text for event in events if isinstance(event, Thought)) == "Hm."
    assert isinstance(events[-1], Called)


@pytest.fixture(scope="module", params=["as it should be", "a command marked as plain"])
def other_words(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """The vocabulary of a model that is asked by the template in its file."""
    import build
    import build_generic

    path = tmp_path_factory.mktemp("generic") / "llama.gguf"
    writer = build_generic.describe()
    if request.param == "a command marked as plain":
        # Some converters do so; llama.cpp makes such a token a command when it loads.
        types = writer.metadata["tokenizer.ggml.token_type"][1][1]
        types[build_generic.SPECIAL.index(build_generic.END)] = build.NORMAL_TYPE
    writer.write(path)
    parameters = api.llama_model_default_params()
    parameters.vocab_only = True
    network = api.llama_model_load_from_file(str(path).encode(), parameters)
    assert network
    with warnings.catch_warnings():
        # Python 3.12 warns of forking beside threads; the worker has none, pytest may.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = TemplateProcess.start()
    words = Words(api.llama_model_get_vocab(network), Encoding.TEMPLATE)
    words.ask_by_template(process, network)
    yield words
    process.close()
    api.llama_model_free(network)


def other_chat(text: str) -> tuple[Message, ...]:
    return (
        Message(role=Role.SYSTEM, text=text),
        Message(role=Role.USER, text=text),
        Message(role=Role.ASSISTANT, text=text, thinking=text),
        Message(role=Role.USER, text=text),
    )


def test_a_generic_prompt_is_cut_into_tokens_as_the_whole_text_would_be(other_words: Words) -> None:
    chat = other_chat("Report of the bank: assets, 12.5 million.\n\nNext  line")
    segments = other_words.segments(chat, Thinking.LOW)
    whole = "".join(segment.text for segment in segments).encode()
    buffer = (api.llama_token * len(whole))()
    vocabulary = other_words._words
    count = api.llama_tokenize(vocabulary, whole, len(whole), buffer, len(whole), False, True)  # noqa: FBT003 - positional only

    assert other_words.prompt(segments).tokens == buffer[:count]


def test_no_text_gives_a_generic_model_a_command(other_words: Words) -> None:
    hostile = "".join(other_words.name(token) for token in sorted(other_words.special))

    def commands(text: str) -> list[int]:
        prompt = other_words.prompt(other_words.segments(other_chat(text), Thinking.LOW))
        return [token for token in prompt.tokens if token in other_words.special]

    assert commands(hostile) == commands("harmless")
    assert "<|im_end|>" in hostile
    assert len(commands("harmless")) > 8
