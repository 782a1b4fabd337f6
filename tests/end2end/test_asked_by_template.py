"""A small model of another architecture, asked by the chat template in its own file."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import gguf_writer as g
import pytest

from carrel.engine.chat.encoding import Encoding, Message, Role, Thinking, Tool
from carrel.engine.client import Engine
from carrel.engine.errors import BadRequest, EngineCrashed, TemplateRefused
from carrel.engine.wire.protocol import EngineSettings, Said, Sampling, Thought
from carrel.system.lock import KILL_VARIABLE

GREEDY = Sampling(temperature=0)
SETTINGS = EngineSettings(context_tokens=1024, threads=1)
SYSTEM = Message(role=Role.SYSTEM, text="Be brief.")
QUESTION = Message(role=Role.USER, text="What is it? " + "Say it. " * 60)
OPENED = """\
{%- for m in messages %}
{{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n<think>\\n' }}{% endif %}
"""


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """Engines whose first forbidden system call would end them."""
    import build_generic

    monkeypatch.setenv(KILL_VARIABLE, "kill")
    engines: list[Engine] = []

    def begin(template: str = build_generic.TEMPLATE) -> Engine:
        writer = build_generic.describe("llama")
        writer.metadata["tokenizer.chat_template"] = (g.STRING, template)
        path = tmp_path / f"{len(engines)}.gguf"
        writer.write(path)
        engines.append(Engine.start(path, SETTINGS))
        return engines[-1]

    yield begin
    for engine in engines:
        engine.close()


def test_it_answers_and_remembers_what_it_read(start) -> None:
    engine = start()
    first = engine.generate((SYSTEM, QUESTION), GREEDY, max_tokens=6)
    answered = Message(role=Role.ASSISTANT, text=first.text)
    more = Message(role=Role.USER, text="And then?")

    second = engine.generate((SYSTEM, QUESTION, answered, more), GREEDY, max_tokens=6)

    assert engine.info.encoding is Encoding.TEMPLATE
    assert first.tally.answer_tokens > 0
    assert second.tally.reused_tokens > first.tally.prompt_tokens * 0.9


def test_thoughts_opened_by_the_template_end_with_their_token(start) -> None:
    events: list[object] = []

    answer = start(OPENED).generate(
        (QUESTION,),
        Sampling(seed=5),
        max_tokens=900,
        thinking=Thinking.LOW,
        on_event=events.append,
    )

    spoken = [type(event) for event in events if isinstance(event, Thought | Said)]
    assert answer.tally.thinking_tokens > 0
    assert answer.thinking
    assert spoken == sorted(spoken, key=lambda kind: kind is Said)


def test_it_cannot_be_offered_tools(start) -> None:
    engine = start()

    with pytest.raises(BadRequest, match="cannot be offered tools"):
        engine.generate((QUESTION,), max_tokens=1, tools=(Tool.of({"name": "f"}),))
    assert engine.generate((QUESTION,), GREEDY, max_tokens=1).tally.answer_tokens == 1


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{% for i in range(99999) %}{{ 'x' * 999 }}{% endfor %}", "writes too much"),
        ("{{ ''.__class__.__mro__ }}", "is unsafe"),
        ("{{ 'a' * 10**9 }}", "too much memory"),
        ("{{ raise_exception('no') }}", "no"),
        ("{% if %}", "cannot be used"),
    ],
)
def test_a_file_with_a_hostile_template_is_not_loaded(start, template: str, words: str) -> None:
    with pytest.raises(TemplateRefused, match=words):
        start(template)


def renderer_of(engine: Engine) -> int:
    """The process that renders: the worker's only child."""
    (child,) = Path(f"/proc/{engine.pid}/task/{engine.pid}/children").read_text("ascii").split()
    return int(child)


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_the_template_s_process_ends_with_the_worker(start) -> None:
    engine = start()
    renderer = renderer_of(engine)

    os.kill(engine.pid, signal.SIGKILL)
    with pytest.raises(EngineCrashed):
        engine.generate((QUESTION,), max_tokens=1)

    deadline = time.monotonic() + 10
    while runs(renderer) and time.monotonic() < deadline:
        os.sched_yield()
    assert not runs(renderer)


def test_a_lost_template_process_is_told_and_the_worker_lives(start) -> None:
    engine = start()
    renderer = renderer_of(engine)
    os.kill(renderer, signal.SIGKILL)

    with pytest.raises(TemplateRefused, match="its process has ended"):
        engine.generate((QUESTION,), max_tokens=1)
    assert engine.count_tokens(["still there"])[0] > 0
