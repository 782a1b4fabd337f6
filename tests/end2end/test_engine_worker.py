"""The real worker under its lock: exactness, stopping, dying."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from carrel.catalog.installed import Catalog
from carrel.domain.errors import FileError
from carrel.domain.installed import FileIdentity, InstalledModel
from carrel.engine.chat.encoding import Message, Role, Thinking, render
from carrel.engine.client import Engine
from carrel.engine.errors import (
    DamagedWeights,
    EngineClosed,
    EngineCrashed,
    FileChanged,
    LoadCancelled,
    NotEnoughMemory,
    OtherArchitecture,
    TruncatedGguf,
)
from carrel.engine.wire.protocol import EngineSettings, Finish, Prefilled, Said, Sampling

GREEDY = Sampling(temperature=0)
EXACT = EngineSettings(context_tokens=4096, cache_type="f32", fused_attention=False)
"""With single precision weights, batches of another size and rows in another order then give the
same numbers but for the last bits, and greedy answers can be compared word by word."""
PASSAGE = Path(__file__).resolve().parents[2] / "models" / "tiny" / "text.txt"


def user(text: str) -> Message:
    return Message(role=Role.USER, text=text)


def assistant(text: str, thinking: str = "") -> Message:
    return Message(role=Role.ASSISTANT, text=text, thinking=thinking)


@pytest.fixture
def start(exact_gguf: Path) -> Iterator:
    engines: list[Engine] = []

    def begin(settings: EngineSettings = EXACT, path: Path = exact_gguf) -> Engine:
        engines.append(Engine.start(path, settings))
        return engines[-1]

    yield begin
    for engine in engines:
        engine.close()


def cold(start, conversation, thinking=Thinking.OFF, tokens=24):
    engine = start()
    try:
        return engine.generate(conversation, GREEDY, max_tokens=tokens, thinking=thinking)
    finally:
        engine.close()


SYSTEM = Message(role=Role.SYSTEM, text="Answer.\n" + PASSAGE.read_text("utf-8")[:900])
FIRST = (SYSTEM, user("What was the operating income in 2022?" + " Say it." * 40))


@pytest.mark.parametrize("thinking", [Thinking.OFF, Thinking.LOW])
def test_a_second_turn_is_answered_as_if_it_were_the_first(start, thinking: Thinking) -> None:
    engine = start()
    one = engine.generate(FIRST, GREEDY, max_tokens=24, thinking=thinking)
    second = (*FIRST, assistant(one.text, one.thinking), user("And in 2021?"))

    two = engine.generate(second, GREEDY, max_tokens=24, thinking=thinking)

    assert two.tally.reused_tokens > 0
    fresh = cold(start, second, thinking)
    assert (two.text, two.thinking) == (fresh.text, fresh.thinking)


def test_asking_again_rereads_one_token_and_gives_the_same_words(start) -> None:
    engine = start()
    answers = [engine.generate(FIRST, GREEDY, max_tokens=40) for _ in range(3)]

    assert len({answer.text for answer in answers}) == 1
    assert [a.tally.prompt_tokens - a.tally.reused_tokens for a in answers[1:]] == [1, 1]


def test_an_edited_question_keeps_the_system_text_and_nothing_stale(start) -> None:
    engine = start()
    engine.generate(FIRST, GREEDY, max_tokens=24)
    edited = (SYSTEM, user("Who wrote the minutes?"))
    again = engine.generate(edited, GREEDY, max_tokens=24)
    back = engine.generate(FIRST, GREEDY, max_tokens=24)

    assert again.tally.reused_tokens > 100
    assert again.text == cold(start, edited).text
    assert back.text == cold(start, FIRST).text


def test_many_turns_back_and_forth_stay_exact(start) -> None:
    engine = start()
    chat = FIRST
    branches = []
    for question in ("And in 2021?", "Which section remains?", "Thank you."):
        answer = engine.generate(chat, GREEDY, max_tokens=12)
        branches.append((chat, answer.text))
        chat = (*chat, assistant(answer.text), user(question))
    for conversation, text in (branches[1], branches[0], branches[2]):
        assert engine.generate(conversation, GREEDY, max_tokens=12).text == text
        assert cold(start, conversation, tokens=12).text == text


def test_a_state_of_another_branch_is_never_restored(start) -> None:
    """A state saved in one chat lies between two prompts of another that share their beginning."""
    engine = start()
    text = PASSAGE.read_text("utf-8")[:640]  # a little longer than the other chat
    engine.generate((*FIRST, assistant("Yes."), user("And in 2021?")), GREEDY, max_tokens=8)
    engine.generate((SYSTEM, user(text + " Who?")), GREEDY, max_tokens=8)
    other_end = (SYSTEM, user(text + " When was it?"))

    assert engine.generate(other_end, GREEDY, max_tokens=24).text == cold(start, other_end).text


def test_a_cancel_while_reading_ends_within_a_second_and_leaves_it_right(
    start, exact_gguf: Path
) -> None:
    settings = replace(EXACT, context_tokens=16_384, batch_tokens=512)
    engine = start(settings)
    long = (SYSTEM, user(PASSAGE.read_text("utf-8") * 2))
    stopped = []

    def stop(event: object) -> None:
        if isinstance(event, Prefilled) and event.done > 600 and not stopped:
            engine.cancel()
            stopped.append(time.monotonic())

    answer = engine.generate(long, GREEDY, max_tokens=5, on_event=stop)
    took = time.monotonic() - stopped[0]

    assert answer.tally.finish is Finish.CANCELLED
    assert answer.text == ""
    assert took < 1
    again = engine.generate(long, GREEDY, max_tokens=24)
    with Engine.start(exact_gguf, settings) as other:
        assert again.text == other.generate(long, GREEDY, max_tokens=24).text
    assert again.tally.reused_tokens > 100  # the system text was read before the cancel
    after = engine.generate(FIRST, GREEDY, max_tokens=24)
    assert after.text == cold(start, FIRST).text


def test_a_cancel_from_another_thread_while_writing_ends_within_a_second(start) -> None:
    engine = start(EngineSettings(context_tokens=65_536))
    speaking = threading.Event()
    times: list[float] = []

    def cancel_soon() -> None:
        speaking.wait(30)
        times.append(time.monotonic())
        engine.cancel()

    thread = threading.Thread(target=cancel_soon)
    thread.start()
    finish = Finish.STOP
    for seed in range(1, 30):
        answer = engine.generate(
            FIRST,
            Sampling(seed=seed),
            max_tokens=50_000,
            on_event=lambda e: speaking.set() if isinstance(e, Said) else None,
        )
        finish = answer.tally.finish
        if finish is Finish.CANCELLED:
            break
    took = time.monotonic() - times[0]
    thread.join()

    assert finish is Finish.CANCELLED
    assert took < 1


def test_no_special_string_of_the_vocabulary_can_be_smuggled_in(start, tiny_gguf: Path) -> None:
    """Every special string inside a document costs more than one token: none became special."""
    import build

    tokens, types, _ = build.vocabulary()
    special = [t for t, kind in zip(tokens, types, strict=True) if kind != build.NORMAL_TYPE]
    engine = start()
    counts = engine.count_tokens(special)
    assert len(special) > 15
    assert min(counts) > 1
    joined = engine.count_tokens(["".join(special)])
    assert joined[0] > len(special) * 2
    # The same in a prompt: exactly the format's own special tokens are added to the text's.
    hostile = " x ".join(special)
    (plain,) = engine.count_tokens([hostile])
    frame = [s for s in render((user(hostile),), Thinking.OFF) if s.special]
    answer = engine.generate((user(hostile),), GREEDY, max_tokens=1)
    assert answer.tally.prompt_tokens == plain + len(frame)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGKILL, "memory ran out"),
        (signal.SIGABRT, "a check inside it failed"),
        (signal.SIGSEGV, "memory it should not"),
        (signal.SIGBUS, "cut short"),
    ],
)
def test_a_killed_worker_is_reported_with_the_reason_and_can_be_replaced(
    start, number: signal.Signals, words: str
) -> None:
    engine = start()

    def kill(event: object) -> None:
        if isinstance(event, Said):
            os.kill(engine.pid, number)

    with pytest.raises(EngineCrashed, match=words):
        engine.generate(FIRST, Sampling(seed=3), max_tokens=3000, on_event=kill)
    assert not engine.alive
    with pytest.raises(EngineClosed):
        engine.generate(FIRST, GREEDY, max_tokens=1)
    assert start().generate(FIRST, GREEDY, max_tokens=3).text


def test_closing_while_it_speaks_ends_the_answer_with_an_error(start) -> None:
    engine = start(EngineSettings(context_tokens=65_536))
    began = threading.Event()
    seen: list[BaseException] = []

    def ask() -> None:
        try:
            for seed in range(1, 30):
                engine.generate(
                    FIRST, Sampling(seed=seed), max_tokens=60_000, on_event=lambda _: began.set()
                )
        except EngineClosed as error:
            seen.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    assert began.wait(30)
    engine.close()
    thread.join(10)

    assert len(seen) == 1


def test_too_little_memory_is_a_sentence(start) -> None:
    limit = 600 << 20
    with pytest.raises((NotEnoughMemory, EngineCrashed)) as caught:
        start(EngineSettings(context_tokens=1 << 20, address_space=limit))
    assert "memory" in caught.value.failure.reason


def test_weights_that_are_no_numbers_are_noticed(start, hostile_gguf) -> None:
    def poison(writer) -> None:
        kind, dimensions, raw = writer.tensors["output_norm.weight"]
        writer.tensors["output_norm.weight"] = (kind, dimensions, b"\0\0\xc0\x7f" * (len(raw) // 4))

    engine = start(path=hostile_gguf(poison))
    with pytest.raises(DamagedWeights):
        engine.generate(FIRST, GREEDY, max_tokens=5)


def test_a_wrong_file_never_reaches_the_engine(start, hostile_gguf, tmp_path, tiny_gguf) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(tiny_gguf.read_bytes()[:500_000])
    with pytest.raises(TruncatedGguf):
        start(path=cut)
    other = hostile_gguf(
        lambda w: w.metadata.__setitem__("general.architecture", (8, "deepseek41"))
    )
    with pytest.raises(OtherArchitecture):
        start(path=other)
    for missing in (tmp_path / "none.gguf", tmp_path):
        with pytest.raises(FileError):
            start(path=missing)


def entry(path: Path, **changes) -> InstalledModel:
    stat = path.stat()
    values = {
        "name": "tiny", "title": "", "path": path, "size": stat.st_size, "layers": 5,
        "architecture": "deepseek4", "context_tokens": 1 << 20, "quantisation": "", "licence": "",
        "sha256": "", "added_at": 0.0, "files": (FileIdentity(stat.st_size, stat.st_mtime_ns),),
    }  # fmt: skip
    return InstalledModel(**{**values, **changes})


def test_a_file_that_changed_or_went_away_is_not_loaded(tiny_gguf: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.gguf"
    shutil.copy(tiny_gguf, copy)
    listed = entry(copy)
    Engine.start(listed, EXACT).close()

    os.utime(copy, ns=(1, 1))
    with pytest.raises(FileChanged, match="was changed"):
        Engine.start(listed, EXACT)
    copy.unlink()
    with pytest.raises(FileChanged, match="moved or deleted"):
        Engine.start(listed, EXACT)


def test_a_repaired_yarn_entry_gives_what_an_unharmed_file_gives(exact_gguf, tmp_path) -> None:
    import build

    harmed = tmp_path / "harmed.gguf"
    writer = build.describe(1, exact=True)
    for key in [key for key in writer.metadata if ".rope.scaling." in key]:
        del writer.metadata[key]
    writer.write(harmed)
    repaired = Catalog(tmp_path / "list").import_file(harmed)
    assert "YaRN" in repaired.warnings[0]
    long = (user(PASSAGE.read_text("utf-8")),)

    def answer(path: InstalledModel | Path) -> str:
        with Engine.start(path, EXACT) as engine:
            return engine.generate(long, GREEDY, max_tokens=24).text

    assert answer(repaired) == answer(exact_gguf)
    assert answer(harmed) == answer(exact_gguf)
    unrepaired = {"deepseek4.rope.scaling.type": "none", "deepseek4.rope.scaling.factor": 1.0}
    assert answer(entry(harmed, kv_overrides=unrepaired)) != answer(exact_gguf)


def test_loading_can_be_stopped(tiny_gguf: Path) -> None:
    with pytest.raises(LoadCancelled):
        Engine.start(tiny_gguf, EXACT, cancelled=lambda: True)


def test_the_worker_sees_no_files_and_has_no_sockets(start) -> None:
    engine = start()
    status = Path(f"/proc/{engine.pid}/status").read_text("ascii")

    assert "Seccomp:\t2" in status
    assert "NoNewPrivs:\t1" in status
    assert Path(f"/proc/{engine.pid}/oom_score_adj").read_text("ascii").strip() == "500"
    opened = [str(link.readlink()) for link in Path(f"/proc/{engine.pid}/fd").iterdir()]
    assert not [name for name in opened if name.startswith("socket:")]


def test_no_worker_is_left_when_the_engine_is_closed(start) -> None:
    engine = start()
    pid = engine.pid
    engine.close()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
