"""Make sure that the parts of a model belong together, and join their tensors.

llama.cpp loads whatever parts it is given, so a part of another download or one
that was renamed would be found out late or never. Must not know where the parts
lie or what their tensors are for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Final

from carrel.engine.errors import BadPart, GgufError, ShardError
from carrel.engine.files import gguf

_SPLIT: Final = "split."
_NUMBER, _COUNT, _TENSORS = "split.no", "split.count", "split.tensors.count"


def read_parts(streams: Sequence[BinaryIO]) -> tuple[gguf.Header, ...]:
    """The headers of all parts, in the order of the streams.

    Raises:
        GgufError: one is no sound GGUF file, or all together are larger than any real model's.
        OSError: the disk.
    """
    allowance = gguf.Allowance()
    headers = []
    for part, stream in enumerate(streams, 1):
        try:
            headers.append(gguf.read_header(stream, allowance))
        except GgufError as error:
            if len(streams) == 1:
                raise
            reason = error.failure.reason
            raise BadPart(part=part, count=len(streams), reason=reason) from error
    return tuple(headers)


def join(headers: Sequence[gguf.Header]) -> dict[str, gguf.Tensor]:
    """The tensors of all parts, once it is sure that the parts belong together.

    Raises:
        ShardError: they do not; the sentence says which part and why.
    """
    first, count = headers[0], len(headers)
    tensors: dict[str, gguf.Tensor] = {}
    for place, header in enumerate(headers):
        _check_place(header, place, count)
        if place:
            _check_entries(first, header, place + 1)
        doubled = tensors.keys() & header.tensors.keys()
        if doubled:
            raise ShardError(fault=f"“{min(doubled)}” is in two parts")
        tensors |= header.tensors
    stated = first.entries.get(_TENSORS)
    if count > 1 and (stated is None or stated.value != len(tensors)):
        told = stated.value if stated is not None else "no number"
        raise ShardError(
            fault=f"the parts hold {len(tensors)} tensors, but the first one says {told}"
        )
    return tensors


def _check_place(header: gguf.Header, place: int, count: int) -> None:
    number, stated = header.entries.get(_NUMBER), header.entries.get(_COUNT)
    if number is None and stated is None and count == 1:
        return
    part = f"part {place + 1} of {count}"
    for entry in (number, stated):
        if entry is None or entry.kind != gguf.UINT16 or not isinstance(entry.value, int):
            raise ShardError(fault=f"{part} is not what its name says; it is no part of a model")
    if stated is not None and stated.value != count:
        if count == 1:
            raise ShardError(fault=f"this is one of {stated.value} parts, under another name")
        raise ShardError(
            fault=f"{part} is not what its name says; it belongs to a model in {stated.value} parts"
        )
    if number is not None and isinstance(number.value, int) and number.value != place:
        raise ShardError(
            fault=f"{part} is not what its name says; it is part {number.value + 1} "
            "under another name"
        )


def _check_entries(first: gguf.Header, later: gguf.Header, part: int) -> None:
    """Later parts repeat the first one's entries, or none of them."""
    for key, entry in later.entries.items():
        if key.startswith(_SPLIT) and key != _TENSORS:
            continue
        if key == "general.alignment":
            continue
        if first.entries.get(key) != entry:
            raise ShardError(fault=f"part {part} belongs to another model: its “{key}” differs")
