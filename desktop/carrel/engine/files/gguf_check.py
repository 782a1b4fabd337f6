"""Decide whether the engine can run a GGUF file, before llama.cpp sees it.

llama.cpp ends the process on many contradictions in a file's metadata. This
check refuses each of those by name, so that a wrong file costs a sentence and
not a worker. It is no substitute for running the worker locked up. Must not
know where files lie or who asks.

The rules come from llama.cpp's loader and from mutating headers against it
(tests/soak/test_gguf_mutants.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from carrel.engine.chat.encoding import Encoding
from carrel.engine.errors import UnfitGguf, VocabularyFile, printable
from carrel.engine.files import gguf
from carrel.engine.files.architectures import refusal
from carrel.engine.files.generic_check import check_generic
from carrel.engine.files.geometry import Geometry, Shape
from carrel.engine.files.gguf_values import MAX_CONTEXT, MIN_CONTEXT, Values
from carrel.engine.files.profiles import match_profile
from carrel.engine.files.shards import join, read_parts
from carrel.engine.files.v4_check import ARCHITECTURE, Overrides, check_v4, repair_yarn
from carrel.engine.files.vocabulary import check_generic_vocabulary, check_vocabulary

_MAIN_SHARE: Final = 0.2
"""A number format with a fifth of the bytes belongs in the name of the quantisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a sound file says about itself.

    Attributes:
        size: bytes of all parts.
        quantisation: formats that make up most of the file, the largest first.
        profile: id of its card; see `engine.profiles`.
        profile_title: how the card calls it; shown wherever it answers.
        encoding: the format it is asked in.
        warnings: sentences for the user.
        overrides: metadata to be replaced while loading.
    """

    title: str
    version: str
    licence: str
    size: int
    quantisation: str
    context_tokens: int
    profile: str
    profile_title: str
    encoding: Encoding
    architecture: str
    geometry: Shape
    warnings: tuple[str, ...]
    overrides: Overrides


def check(streams: Sequence[BinaryIO]) -> Facts:
    """Check a file, or all parts of a file in their order.

    Raises:
        GgufError: the sentence names the fault.
        OSError: the disk.
    """
    return check_headers(read_parts(streams), streams)


def check_headers(headers: Sequence[gguf.Header], streams: Sequence[BinaryIO]) -> Facts:
    """Check files whose headers have been read.

    Raises:
        GgufError: the sentence names the fault.
        OSError: the disk.
    """
    first = headers[0]
    architecture = first.text("general.architecture")
    error = refusal(architecture, first.text("general.type"))
    if error is not None:
        raise error
    tensors = join(headers)
    if not tensors:
        raise VocabularyFile
    overrides: Overrides = {}
    repairs: tuple[str, ...] = ()
    shape: Shape
    if architecture == ARCHITECTURE:
        words = check_vocabulary(first)
        shape = check_v4(headers, streams, tensors, words)
        overrides, repairs = repair_yarn(first)
    else:
        words = check_generic_vocabulary(first)
        shape = check_generic(first, tensors, words)
    values = Values(first, architecture + ".")
    stated = values.integer("vocab_size", 1, 1 << 22, missing=words)
    if stated != words:
        raise UnfitGguf(fault=f"{stated} words are stated, but {words} are there")
    match = match_profile(first, shape if isinstance(shape, Geometry) else None, overrides.keys())
    return Facts(
        title=printable(first.text("general.name")),
        version=printable(first.text("general.version")),
        licence=printable(first.text("general.license")),
        size=sum(header.size for header in headers),
        quantisation=_quantisation(tensors.values()),
        context_tokens=values.integer("context_length", MIN_CONTEXT, MAX_CONTEXT),
        profile=match.profile.id,
        profile_title=match.profile.title,
        encoding=match.encoding,
        architecture=architecture,
        geometry=shape,
        warnings=(*repairs, *match.warnings),
        overrides=overrides,
    )


def _quantisation(tensors: Iterable[gguf.Tensor]) -> str:
    shares: Counter[str] = Counter()
    for tensor in tensors:
        shares[tensor.type_name] += tensor.size
    total = shares.total()
    main = [name for name, size in shares.most_common() if size >= _MAIN_SHARE * total]
    return " + ".join(main) or "mixed"
