"""The wire to the embedding worker, on one page: what it is started for, and its frames.

Down: ``embed``. Up: ``progress``, ``ready``, ``embedded``, ``failed``. Every frame is checked
where it arrives. Must not know llama.cpp or processes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from carrel.engine.errors import printable
from carrel.engine.fields import Fields, checked_text, choice
from carrel.engine.files.embedding_check import MAX_DIMENSION, EmbeddingFacts, Pooling
from carrel.engine.files.parts import MAX_PARTS, OpenParts
from carrel.engine.wire.job import MAX_PATH
from carrel.engine.wire.protocol import MAX_BYTES, MAX_THREADS
from carrel.system.frames import Frame, FrameError

MAX_TEXTS: Final = 64
"""Texts of one request; some seconds of work."""
MAX_CHARACTERS: Final = 8_000
"""Characters of one text; what is beyond is not looked at. A passage has 1,800."""
MAX_PROMPT: Final = 128
"""Characters put before a text."""
FLOAT_BYTES: Final = 4
"""Bytes of a number on the wire: single precision, little endian."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingJob:
    """What an embedding worker is started for.

    Attributes:
        descriptors: of the files, in their order.
        threads: that compute; 0 for as many as are good here.
        steps_back: works only while nobody else wants the processor, for good.
    """

    descriptors: tuple[int, ...]
    paths: tuple[Path, ...]
    threads: int
    steps_back: bool


def embedding_argument(parts: OpenParts, *, threads: int, steps_back: bool) -> str:
    """The job as the worker's argument."""
    return json.dumps(
        {
            "descriptors": parts.descriptors,
            "paths": [str(path.resolve()) for path in parts.paths],
            "threads": threads,
            "steps_back": steps_back,
        }
    )


def parse_embedding_job(untrusted_argument: str) -> EmbeddingJob:
    """Check the argument.

    Raises:
        FrameError: it is none of ours.
    """
    try:
        untrusted: Any = json.loads(untrusted_argument)
    except ValueError as error:
        raise FrameError(cause="the job is not JSON") from error
    fields = Fields(untrusted)
    numbers = [Fields({"n": number}) for number in fields.many("descriptors", MAX_PARTS)]
    paths = [checked_text(path, "paths", MAX_PATH) for path in fields.many("paths", MAX_PARTS)]
    if not numbers or not all(paths) or any("\0" in path for path in paths):
        raise FrameError(cause="a path is none")
    return EmbeddingJob(
        descriptors=tuple(number.integer("n", 3, 1 << 20) for number in numbers),
        paths=tuple(map(Path, paths)),
        threads=fields.integer("threads", 0, MAX_THREADS),
        steps_back=fields.truth("steps_back"),
    )


def embed_frame(number: int, texts: tuple[str, ...]) -> Frame:
    """A request for the vectors of some texts; cut to what is looked at."""
    return {"do": "embed", "id": number, "texts": [text[:MAX_CHARACTERS] for text in texts]}


def parse_embed(untrusted_frame: Frame) -> tuple[int, tuple[str, ...]]:
    """Check a request that reached the worker; its number and texts.

    Raises:
        FrameError: it is none of ours.
    """
    fields = Fields(untrusted_frame)
    number = fields.integer("id", 1, 1 << 62)
    if fields.raw("do") != "embed":
        raise FrameError(cause="an unknown request")
    untrusted_texts = fields.many("texts", MAX_TEXTS)
    return number, tuple(checked_text(t, "texts", MAX_CHARACTERS) for t in untrusted_texts)


def ready_frame(facts: EmbeddingFacts, sha256: str) -> Frame:
    """The model is loaded."""
    return {"event": "ready", "id": 0, "sha256": sha256, **asdict(facts)}


def parse_ready(untrusted_frame: Frame) -> tuple[EmbeddingFacts, str]:
    """Check what a worker says about its model; the facts and the SHA-256 of its file.

    Raises:
        FrameError: something is missing or out of range.
    """
    fields = Fields(untrusted_frame)
    sha256 = fields.text("sha256", 64)
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise FrameError(cause="a SHA-256 that is none")
    facts = EmbeddingFacts(
        title=printable(fields.text("title", 256)),
        architecture=printable(fields.text("architecture", 64)),
        size=fields.integer("size", 1, MAX_BYTES),
        dimension=fields.integer("dimension", 1, MAX_DIMENSION),
        context_tokens=fields.integer("context_tokens", 1, 1 << 24),
        inner=fields.integer("inner", 1, 1 << 24),
        heads=fields.integer("heads", 1, 1 << 16),
        pooling=choice(Pooling, fields.text("pooling", 8)),
        asks=fields.text("asks", MAX_PROMPT),
        tells=fields.text("tells", MAX_PROMPT),
    )
    return facts, sha256


def embedded_frame(number: int, vectors: bytes, tokens: int) -> Frame:
    """The vectors of a request's texts, one after another.

    Args:
        tokens: that were read for them.
    """
    return {"event": "embedded", "id": number, "vectors": vectors, "tokens": tokens}


def parse_embedded(untrusted_frame: Frame, *, number: int, size: int) -> tuple[bytes, int]:
    """Check vectors that reached the window; the bytes and the number of tokens read.

    Args:
        number: of the request.
        size: bytes that are due.

    Raises:
        FrameError: they are none of ours.
    """
    fields = Fields(untrusted_frame)
    if fields.integer("id", 1, 1 << 62) != number:
        raise FrameError(cause="an answer nobody asked for")
    untrusted_vectors = fields.raw("vectors")
    if not isinstance(untrusted_vectors, bytes) or len(untrusted_vectors) != size:
        raise FrameError(cause="vectors of another size")
    return untrusted_vectors, fields.integer("tokens", 0, 1 << 31)
