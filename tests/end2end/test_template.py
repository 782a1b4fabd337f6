"""Chat templates inside model files, run in their own process: usual ones, broken ones, hostile."""

import contextlib
import json
import os
import resource
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from carrel.engine.chat.conversation import Message, Role, Thinking
from carrel.engine.chat.encoding import Encoding, render
from carrel.engine.errors import TemplateRefused
from carrel.engine.worker.template import Template, TemplateProcess

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "encoding"
V4 = FIXTURES / "deepseek-ai-DeepSeek-V4-Flash-0731.jinja"
BEGIN = "<｜begin▁of▁sentence｜>"
MAX_SECONDS = 2
"""Of processor time, for trying a hostile template and then a good one."""
MAX_BYTES = 300 << 20
"""Of memory, at the highest, beyond what the process that is forked from holds already."""


@pytest.fixture
def process():
    with warnings.catch_warnings():
        # Python 3.12 warns of forking beside threads; the worker has none, pytest may.
        warnings.simplefilter("ignore", DeprecationWarning)
        started = TemplateProcess.start()
    yield started
    started.close()


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def system(text: str) -> Message:
    return Message(role=Role.SYSTEM, text=text)


def user(text: str) -> Message:
    return Message(role=Role.USER, text=text)


def answer(text: str, thinking: str = "") -> Message:
    return Message(role=Role.ASSISTANT, text=text, thinking=thinking)


CHAT = (system("s"), user("q {{ x }}"), answer("a", "t"), user('r "<|im_end|>"'))

CHATML = """\
{%- for message in messages %}
    {%- if loop.first and message.role != 'system' %}
        {{- '<|im_start|>system\\nYou help.<|im_end|>\\n' }}
    {%- endif %}
    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
"""
HEADERS = """\
{{- bos_token }}
{%- if strftime_now is defined %}{% set today = strftime_now("%d %b %Y") %}{% endif %}
{%- set ns = namespace(said=false) %}
{% for message in messages -%}
    {%- if message['role'] == 'system' and not ns.said -%}
        {%- set ns.said = true -%}
        {{ '<|h|>system<|/h|>\\n\\nToday: ' + today + '\\n\\n' }}
    {%- else -%}
        {{ '<|h|>' + message['role'] + '<|/h|>\\n\\n' }}
    {%- endif -%}
    {{ message['content'] | trim + '<|eot|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|h|>assistant<|/h|>\\n\\n' }}{% endif %}
"""
NO_SYSTEM = """\
{{ bos_token }}{% if messages[0]['role'] == 'system' %}
{{ raise_exception('System role not supported') }}{% endif %}
{% for message in messages %}
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
{{ raise_exception('Roles must alternate') }}{% endif %}
{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}
{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}
{% endfor %}
{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}
"""
EXTRAS = """\
{%- macro say(role, text) -%}
[{{ role }}]{{ text.split('</think>')[-1].lstrip('\\n') }}
{%- endmacro -%}
{%- for message in messages -%}
    {%- if loop.index > 100 %}{% break %}{% endif -%}
    {%- generation -%}{{ say(message.role, message.content) }}{%- endgeneration -%}
    {{- '{"n": 1}' | from_json | tojson(indent=None) -}}
{%- endfor -%}
{%- if add_generation_prompt %}[assistant]{% endif -%}
"""


def direct(source: str, conversation, **variables) -> str:
    """The template with the texts themselves, as other programs run it."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["from_json"] = json.loads
    environment.filters["tojson"] = lambda value, **_: json.dumps(value)
    messages = [
        {"role": m.role.value, "content": m.text, "reasoning_content": m.thinking}
        for m in conversation
    ]
    source = source.replace("{%- generation -%}", "").replace("{%- endgeneration -%}", "")
    return environment.from_string(source).render(
        messages=messages,
        bos_token="<s>",
        eos_token="</s>",
        add_generation_prompt=True,
        strftime_now=lambda _: "01 Jan 2026",
        **variables,
    )


@pytest.mark.parametrize("source", [CHATML, HEADERS, EXTRAS], ids=["chatml", "headers", "extras"])
def test_a_usual_template_writes_what_it_would_with_the_texts(process, source: str) -> None:
    template = Template(process, source, "<s>", "</s>")

    segments = template.render(CHAT, Thinking.OFF)

    assert "".join(s.text for s in segments) == direct(source, CHAT, enable_thinking=False)
    assert [s.text for s in segments if not s.special] == [m.text for m in CHAT]


def test_a_template_without_a_system_hears_it_in_the_first_question(process) -> None:
    template = Template(process, NO_SYSTEM, "<s>", "</s>")
    folded = (user("s\n\n" + CHAT[1].text), *CHAT[2:])

    segments = template.render(CHAT, Thinking.OFF)

    assert "".join(s.text for s in segments) == direct(NO_SYSTEM, folded)


def test_v4_s_own_template_agrees_with_the_built_in_encoder(process) -> None:
    template = Template(process, V4.read_text("utf-8"), BEGIN, "")
    for thinking in (Thinking.OFF, Thinking.LOW, Thinking.HIGH):
        expected = render(CHAT, thinking, Encoding.V4_0731)

        segments = template.render(CHAT, thinking)

        assert "".join(s.text for s in segments) == "".join(s.text for s in expected)


HOSTILE = {
    "a loop": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "a long range": "{% for i in range(10**9) %}{% endfor %}",
    "a long string": "{{ 'a' * 10**9 }}",
    "a doubling string": "{% set n = namespace(a='x') %}{% for i in range(99) %}"
    "{% set n.a = n.a ~ n.a %}{% endfor %}",
    "a large power": "{{ (10 ** (10 ** 9)) | length }}",
    "a wide format": "{{ '%999999999d' % 1 }}",
    "a wide margin": "{{ 'x' | center(999999999) }}",
    "a long date": "{{ strftime_now('%Y' * 100000000) }}",
    "deep lists": "{{ " + "[" * 5000 + "]" * 5000 + " }}",
    "deep brackets": "{{ " + "(" * 20000 + "1" + ")" * 20000 + " }}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "much output": "{% for i in range(99999) %}{{ 'x' * 999 }}{% endfor %}",
    "changed messages": "{% for m in messages %}{{ m.update(content='x') }}{% endfor %}",
    "changed texts": "{% for m in messages %}{{ m.content | upper }}{% endfor %}",
    "cut texts": "{% for m in messages %}{{ m.content[:20] }}{% endfor %}",
    "texts turned round": "{% for m in messages %}{{ m.content | reverse }}{% endfor %}",
    "no texts": "Hello.",
    "another question": "{{ messages[-1].content }}",
    "unfinished": "{% for m in messages %}",
    "a refusal": "{{ raise_exception('not with me') }}",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_template_is_refused_in_time_and_the_next_one_is_run(
    source: str, process
) -> None:
    held = resident_bytes()
    with pytest.raises(TemplateRefused) as refused:
        Template(process, source, "<s>", "</s>")

    assert refused.value.failure.reason.startswith("The chat template in the model's file ")
    good = Template(process, CHATML, "<s>", "</s>")
    assert good.render(CHAT, Thinking.OFF)
    os.kill(process.pid, 9)
    # All its children have been waited for, so their times and sizes are counted in.
    _, _, usage = os.wait4(process.pid, 0)
    assert usage.ru_utime + usage.ru_stime < MAX_SECONDS
    # Their sizes begin with that of this process, which the tests before have made large.
    assert usage.ru_maxrss * 1024 - held < MAX_BYTES


SAY_ALL = "{% for m in messages %}{{ m.content }}{% endfor %}"
REACHING = {
    "the classes": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "a class by a filter": "{{ '' | attr('__class__') }}",
    "globals of a function": "{{ raise_exception.__globals__ }}",
    "globals of a helper": "{{ namespace.__init__.__globals__ }}",
    "what a method is bound to": "{{ strftime_now.__self__ }}",
    "globals of the template": "{{ self.__init__.__globals__ }}",
    "a frame": "{{ (messages | map('length')).gi_frame.f_globals }}",
    "a format's attribute": "{{ '{0.__class__.__base__}'.format(messages) }}",
    "a format's map": "{{ '{x.__class__}'.format_map({'x': messages}) }}",
    "another file": "{% include '/etc/passwd' %}",
    "an import": "{% import 'os' as os %}",
    "filler by chance": "{{ lipsum(1) }}",
    "a choice by chance": "{{ range(9999) | random }}",
    "a counter that stays": "{{ cycler('a', 'b').next() }}",
}


@pytest.mark.parametrize("payload", REACHING.values(), ids=REACHING)
def test_a_template_reaches_nothing_but_what_it_is_given(process, payload: str) -> None:
    assert Template(process, SAY_ALL, "<s>", "</s>").render(CHAT, Thinking.OFF)
    with contextlib.suppress(TemplateRefused):
        template = Template(process, payload + SAY_ALL, "<s>", "</s>")

        segments = template.render(CHAT, Thinking.OFF)

        assert [s.text for s in segments if s.special] == []


def test_the_worker_itself_never_loads_the_template_s_language() -> None:
    program = (
        "import sys, carrel.engine.worker, carrel.engine.worker.serve;"
        "sys.exit('jinja2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
