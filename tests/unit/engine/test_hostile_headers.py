"""No header, however large or long, costs more than five seconds or 600 MB."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import gguf_writer as g
import pytest

SECONDS, BYTES = 5.0, 600 << 20
STRINGS = 1 << 20

MEASURE = """
import json, sys, time
from carrel.domain.errors import EngineError
from carrel.engine.files.gguf_check import check
began, said = time.process_time(), ""
try:
    check([open(path, "rb") for path in sys.argv[1:]])
except EngineError as error:
    said = error.failure.reason
seconds = time.process_time() - began
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([seconds, int(peak.split()[1]) * 1024, said]))
"""


def string(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


def start(tensors: int, entries: int) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, entries)


def entry(key: str, kind: int, value: bytes) -> bytes:
    return string(key.encode()) + struct.pack("<I", kind) + value


def many(key: str, count: int, form: bytes) -> bytes:
    items = b"".join(string(form % n) for n in range(count))
    return entry(key, g.ARRAY, struct.pack("<IQ", g.STRING, count) + items)


CHAT = entry("general.architecture", g.STRING, string(b"llama")) + entry(
    "tokenizer.ggml.model", g.STRING, string(b"gpt2")
)


def tensors(count: int, form: bytes) -> bytes:
    rows = (string(form % n) + struct.pack("<IQIQ", 1, 8, 0, 32 * n) for n in range(count))
    return b"".join(rows)


def longest_lists() -> bytes:
    types = struct.pack("<IQ", 5, STRINGS) + struct.pack("<i", 1) * STRINGS
    head = (
        start(1, 5)
        + CHAT
        + many("tokenizer.ggml.tokens", STRINGS, b"%012d")
        + many("tokenizer.ggml.merges", STRINGS, b"%06d x")
        + entry("tokenizer.ggml.token_type", g.ARRAY, types)
        + tensors(1, b"token_embd.weight%d")
    )
    return head + bytes(-len(head) % 32 + 32)


def most_tensors() -> bytes:
    count = 65_536
    head = start(count, 2) + CHAT + tensors(count, b"blk.0.x%08d")
    return head + bytes(-len(head) % 32 + 32 * count)


def most_entries() -> bytes:
    body = struct.pack("<IQ", 0, 15_000) + bytes(15_000)
    rows = b"".join(entry(f"k{n}", g.ARRAY, body) for n in range(4094))
    return start(0, 4096) + CHAT + rows


def longest_numbers() -> bytes:
    body = struct.pack("<IQ", 10, STRINGS) + bytes(8 * STRINGS)
    return start(0, 9) + CHAT + b"".join(entry(f"k{n}", g.ARRAY, body) for n in range(7))


def beyond_the_header() -> bytes:
    body = struct.pack("<IQ", 10, STRINGS) + bytes(8 * STRINGS)
    return start(0, 20) + CHAT + b"".join(entry(f"k{n}", g.ARRAY, body) for n in range(18))


def measured(paths: list[Path]) -> tuple[float, int, str]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, size, said = json.loads(done.stdout)
    return seconds, size, said


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (longest_lists, "a byte has no token"),
        (most_tensors, "tokenizer.ggml.tokens"),
        (most_entries, "vocabulary without a model"),
        (longest_numbers, "vocabulary without a model"),
        (beyond_the_header, "larger than any real one"),
        (lambda: start(0, 3) + CHAT + many("x", STRINGS + 1, b"%d"), "1048577 items"),
        (lambda: start(65_537, 2), "65537 tensors"),
        (lambda: start(0, 4097), "4097 entries"),
        (lambda: start(0, 1) + entry("x", g.ARRAY, struct.pack("<IQ", 8, STRINGS)), "cut short"),
        (lambda: start(0, 1) + entry("x", g.STRING, struct.pack("<Q", 1 << 60)), "bytes"),
    ],
)  # fmt: skip
def test_a_hostile_header_costs_little(make, words: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.gguf"
    path.write_bytes(make())

    seconds, size, said = measured([path])

    assert words in said
    assert seconds < SECONDS
    assert size < BYTES


def test_a_vocabulary_of_the_real_size_is_read_in_a_second(tmp_path: Path) -> None:
    """As large as V4's: 129,280 tokens and 127,741 merges."""
    import build

    writer = build.describe(1)
    tokens, types = (
        writer.metadata[f"tokenizer.ggml.{name}"][1][1] for name in ("tokens", "token_type")
    )
    more = [f"Ġw{n:06d}" for n in range(129_280 - len(tokens))]
    tokens += more
    types += [1] * len(more)
    merges = writer.metadata["tokenizer.ggml.merges"][1][1]
    merges += [f"Ġ w{n:06d}" for n in range(127_741 - len(merges))]
    path = tmp_path / "real.gguf"
    writer.write(path)

    seconds, size, said = measured([path])

    assert "token_embd.weight” has another shape" in said
    assert seconds < 2
    assert size < 200 << 20


def test_many_parts_cost_no_more_than_one(tmp_path: Path) -> None:
    paths = []
    for number in range(999):
        path = tmp_path / f"{number}.gguf"
        own = (("split.no", number), ("split.count", 999))
        head = (
            start(60, 4 if number == 0 else 2)
            + (CHAT if number == 0 else b"")
            + b"".join(entry(key, 2, struct.pack("<H", value)) for key, value in own)
            + tensors(60, b"p%d." % number + b"%08d")
        )
        path.write_bytes(head + bytes(-len(head) % 32 + 32 * 60))
        paths.append(path)

    seconds, size, said = measured(paths)

    assert "the parts hold 59940 tensors" in said
    assert seconds < SECONDS
    assert size < BYTES
