"""Our loop against llama-cpp-python's `Llama` class, on the tiny engine file, in the same run.

The tiny network takes about a millisecond a token, so this measures what we add
to each token: the process border, the frames, the checks. Ratios above 1 mean
that we are slower. Both sides get the same threads, batch and context, and the
same forced length.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from run import Row

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "desktop"), str(ROOT / "models" / "tiny")]

import build  # noqa: E402

from carrel.engine.client import Engine  # noqa: E402
from carrel.engine.encoding import Message, Role  # noqa: E402
from carrel.engine.protocol import EngineSettings, Said, Sampling  # noqa: E402

ROUNDS = 5
PROMPT_TOKENS, ANSWER_TOKENS = 2000, 200
SETTINGS = EngineSettings(context_tokens=4096, threads=1)


def main() -> list[Row]:
    """Measure both sides in turn, so that a busy machine is busy for both."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.gguf"
        build.build(path)
        began = time.perf_counter()
        engine = Engine.start(path, SETTINGS)
        ready = time.perf_counter() - began
        with engine:
            theirs = _llama(path)
            text = _text(engine)
            ours_read, ours_write, their_read, their_write = [], [], [], []
            for round_number in range(ROUNDS):
                read, write = _ask(engine, f"{round_number} {text}")
                ours_read.append(read)
                ours_write.append(write)
                read, write = theirs(f"{round_number} {text}")
                their_read.append(read)
                their_write.append(write)
            cancelled = _cancel_seconds(engine, text)
    mid = statistics.median
    return [
        Row(what="start of the worker until ready", value=ready * 1000, unit="ms", gate=2000),
        Row(what="reading, ours", value=PROMPT_TOKENS / mid(ours_read), unit="tok/s"),
        Row(what="reading, Llama class", value=PROMPT_TOKENS / mid(their_read), unit="tok/s"),
        Row(what="writing, ours", value=ANSWER_TOKENS / mid(ours_write), unit="tok/s"),
        Row(what="writing, Llama class", value=ANSWER_TOKENS / mid(their_write), unit="tok/s"),
        Row(
            what="seconds of ours per second of theirs, reading (best of)",
            value=min(ours_read) / min(their_read),
            unit="",
            gate=1.5,
        ),
        Row(
            what="seconds of ours per second of theirs, writing (best of)",
            value=min(ours_write) / min(their_write),
            unit="",
            gate=1.2,
        ),
        Row(what="cancel while writing until done", value=cancelled * 1000, unit="ms", gate=1000),
    ]


def _text(engine: Engine) -> str:
    text = (ROOT / "models" / "tiny" / "text.txt").read_text("utf-8")
    while engine.count_tokens([text])[0] > PROMPT_TOKENS:
        text = text[:-40]
    return text


def _ask(engine: Engine, text: str) -> tuple[float, float]:
    """Seconds to read a fresh prompt and to write the answer; a seed that does not stop early."""
    for seed in range(1, 50):
        fresh = (Message(role=Role.USER, text=f"{seed}{text}"),)
        answer = engine.generate(fresh, Sampling(seed=seed), max_tokens=ANSWER_TOKENS)
        if answer.tally.answer_tokens == ANSWER_TOKENS:
            return answer.tally.prefill_seconds, answer.tally.decode_seconds
    raise RuntimeError("the tiny engine always stops early")


def _llama(path: Path) -> Callable[[str], tuple[float, float]]:
    from llama_cpp import Llama

    llama = Llama(
        str(path), n_ctx=4096, n_batch=256, n_ubatch=256, n_threads=1, n_threads_batch=1,
        flash_attn=True, swa_full=False, verbose=False,
    )  # fmt: skip

    def ask(text: str) -> tuple[float, float]:
        llama.reset()
        tokens = llama.tokenize(text.encode(), add_bos=False)
        began = time.perf_counter()
        llama.eval(tokens)
        read = time.perf_counter() - began
        began = time.perf_counter()
        for written in range(ANSWER_TOKENS):
            token = llama.sample(temp=1.0, top_p=1.0, top_k=0, min_p=0.0, repeat_penalty=1.0)
            llama.detokenize([token]).decode("utf-8", "replace")
            if written < ANSWER_TOKENS - 1:
                llama.eval([token])
        return read, time.perf_counter() - began

    return ask


def _cancel_seconds(engine: Engine, text: str) -> float:
    asked: list[float] = []

    def stop(event: object) -> None:
        if isinstance(event, Said) and not asked:
            asked.append(time.perf_counter())
            engine.cancel()

    engine.generate(
        (Message(role=Role.USER, text=text),), Sampling(), max_tokens=1000, on_event=stop
    )
    return time.perf_counter() - asked[0]
