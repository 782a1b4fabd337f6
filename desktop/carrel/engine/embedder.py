"""One loaded embedding model in a locked worker, as seen from the window's side.

Texts go in, vectors come out; what arrives is checked. Must not know documents.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from carrel.domain.errors import EngineError, ProcessError
from carrel.engine.errors import (
    EngineClosed,
    EngineCrashed,
    EngineLostFile,
    EngineStuck,
    LoadCancelled,
    engine_error,
)
from carrel.engine.fields import Fields
from carrel.engine.files.embedding_check import EmbeddingFacts
from carrel.engine.files.parts import OpenParts, parts_of
from carrel.engine.wire.embedding import (
    FLOAT_BYTES,
    MAX_TEXTS,
    embed_frame,
    embedding_argument,
    parse_embedded,
    parse_ready,
)
from carrel.engine.wire.protocol import MAX_BYTES
from carrel.system.child import Child, WorkerEnded, WorkerSilent
from carrel.system.frames import Frame, FrameError

POLL_SECONDS: Final = 0.2
"""Seconds between two looks at whether it was cancelled."""
ANSWER_SECONDS: Final = 600.0
"""Seconds a worker may take for one request; one that steps back may have to wait for long."""

Vectors = npt.NDArray[np.float32]
"""One row for each text, of length 1; a row of zeros where a text says nothing."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderInfo:
    """Which model is loaded.

    Attributes:
        sha256: over all bytes of the file, computed by the worker that loaded it.
    """

    facts: EmbeddingFacts
    sha256: str


class Embedder:
    """A worker with one embedding model. One request at a time; `close` from any thread."""

    def __init__(self, child: Child, info: EmbedderInfo) -> None:
        self._child = child
        self.info = info
        self._asking = threading.Lock()
        self._number = 0
        self._closed = False

    @classmethod
    def start(
        cls,
        path: Path,
        *,
        steps_back: bool = False,
        threads: int = 0,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Self:
        """Check, hash and load a file; blocks, so not for the window's thread.

        Args:
            path: of the GGUF file, or of one of its parts.
            steps_back: work only while nobody else wants the processor.
            threads: that compute; 0 for as many as are good here.
            on_progress: bytes hashed, and bytes in all.
            cancelled: asked now and then.

        Raises:
            FileError: a file cannot be opened.
            EngineError: GgufError says what is wrong with the file; LoadFailed; LoadCancelled;
                EngineCrashed.
        """
        with OpenParts(parts_of(path)) as parts:
            argument = embedding_argument(parts, threads=threads, steps_back=steps_back)
            child = Child("embed", [argument], pass_fds=parts.descriptors)
            try:
                return cls(child, _await_ready(child, on_progress, cancelled))
            except BaseException:
                child.kill()
                child.close()
                raise

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._child.pid

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is looked for; see `passages`."""
        return self._vectors([self.info.facts.asks + text for text in texts])

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is looked through.

        Raises:
            EngineClosed: it was closed.
            EngineError: EngineCrashed; DamagedWeights; EngineStuck.
        """
        return self._vectors([self.info.facts.tells + text for text in texts])

    def close(self) -> None:
        """End the worker; may be called twice, also while a request runs."""
        self._closed = True
        self._child.kill()
        self._child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        rows = [
            self._request(tuple(texts[at : at + MAX_TEXTS]))
            for at in range(0, len(texts), MAX_TEXTS)
        ]
        if not rows:
            return np.zeros((0, self.info.facts.dimension), np.float32)
        return unit_rows(np.concatenate(rows))

    def _request(self, texts: tuple[str, ...]) -> Vectors:
        with self._asking:
            if self._closed:
                raise EngineClosed
            self._number += 1
            number = self._number
            size = len(texts) * self.info.facts.dimension * FLOAT_BYTES
            until = time.monotonic() + ANSWER_SECONDS
            try:
                self._child.send(embed_frame(number, texts))
                raw = self._answer(number, size, until)
            except ProcessError as error:
                if self._closed:
                    raise EngineClosed from error
                raise _crashed(self._child, error) from error
        vectors = np.frombuffer(raw, "<f4").reshape(len(texts), -1)
        if not bool(np.isfinite(vectors).all()):
            raise EngineCrashed(cause="it sent something unreadable")
        return vectors

    def _answer(self, number: int, size: int, until: float) -> bytes:
        while True:
            try:
                untrusted_frame = self._child.receive(POLL_SECONDS)
            except WorkerSilent:
                if time.monotonic() > until:
                    self.close()
                    raise EngineStuck from None
                continue
            match untrusted_frame.get("event"):
                case "embedded":
                    return parse_embedded(untrusted_frame, number=number, size=size)[0]
                case "failed":
                    raise engine_error(untrusted_frame.get("code"), untrusted_frame.get("fields"))
                case _:
                    raise FrameError(cause="an unknown event")


def unit_rows(vectors: Vectors) -> Vectors:
    """Each row with length 1; a row of zeros stays one."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    scaled: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled


def _await_ready(
    child: Child, on_progress: Callable[[int, int], None], cancelled: Callable[[], bool]
) -> EmbedderInfo:
    while True:
        if cancelled():
            raise LoadCancelled
        try:
            untrusted_frame = child.receive(POLL_SECONDS)
            match untrusted_frame.get("event"):
                case "progress":
                    on_progress(*_progress(untrusted_frame))
                case "ready":
                    facts, sha256 = parse_ready(untrusted_frame)
                    return EmbedderInfo(facts=facts, sha256=sha256)
                case "failed":
                    raise engine_error(untrusted_frame.get("code"), untrusted_frame.get("fields"))
                case _:
                    raise FrameError(cause="an unknown event")
        except WorkerSilent:
            continue
        except ProcessError as error:
            raise _crashed(child, error) from error


def _progress(untrusted_frame: Frame) -> tuple[int, int]:
    fields = Fields(untrusted_frame)
    total = fields.integer("total", 0, MAX_BYTES)
    return fields.integer("done", 0, total), total


def _crashed(child: Child, error: ProcessError) -> EngineError:
    if not isinstance(error, WorkerEnded):
        _log.warning("the embedding worker: %s", error)
        child.kill()
        return EngineCrashed(cause="it sent something unreadable")
    ending = child.ending()
    _log.warning("the embedding worker ended: %s\n%s", ending, child.log_tail)
    return EngineLostFile(cause=ending) if child.lost_file else EngineCrashed(cause=ending)
