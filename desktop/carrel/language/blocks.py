"""Blocks of a text as one piece of bytes: made in the parser process, stored as it is.

msgpack inside zlib, bounded on the way in; nothing in it is trusted until
`unpack_blocks` has checked it. Must not know databases or formats.
"""

import zlib
from collections.abc import Sequence
from typing import Any, Final

import msgpack

from carrel.domain.blocks import Block, BlockKind

MAX_BLOCKS: Final = 50_000
"""Blocks of one unit: of 400,000 characters one in eight."""

MAX_LEVEL: Final = 100_000
"""Levels of headings are small; numbers of items are not."""

_MOST_BYTES: Final = MAX_BLOCKS * 16
"""Bytes unpacked: four small numbers each."""

_KINDS: Final = tuple(BlockKind)


def pack_blocks(blocks: Sequence[Block]) -> bytes:
    """Blocks as bytes; empty for none. See `unpack_blocks`."""
    if not blocks:
        return b""
    body = [(b.start, b.end, _KINDS.index(b.kind), b.level) for b in blocks]
    packed: bytes = msgpack.packb(body)
    return zlib.compress(packed, 1)


def unpack_blocks(untrusted_body: bytes, characters: int) -> tuple[Block, ...]:
    """The blocks of a unit of so many code points: in order, apart from each other, none empty.

    Raises:
        ValueError: the bytes are no such blocks, or claim more than their limits.
    """
    if not untrusted_body:
        return ()
    unpacker = zlib.decompressobj()
    try:
        untrusted_packed = unpacker.decompress(untrusted_body, _MOST_BYTES + 1)
        if len(untrusted_packed) > _MOST_BYTES or not unpacker.eof or unpacker.unused_data:
            raise ValueError("blocks of the wrong size")
        untrusted: Any = msgpack.unpackb(untrusted_packed, max_array_len=MAX_BLOCKS)
    except (zlib.error, msgpack.UnpackException) as error:
        raise ValueError("blocks are not packed data") from error
    if not isinstance(untrusted, list):
        raise ValueError("blocks are no list")
    blocks: list[Block] = []
    last = 0
    for untrusted_block in untrusted:
        match untrusted_block:
            case [start, end, kind, level] if (
                _within(start, last, characters)
                and _within(end, start + 1, characters)
                and _within(kind, 0, len(_KINDS) - 1)
                and _within(level, 0, MAX_LEVEL)
            ):
                blocks.append(Block(start, end, _KINDS[kind], level))
                last = end
            case _:
                raise ValueError("an unfit block")
    return tuple(blocks)


def _within(untrusted_number: Any, least: int, most: int) -> bool:  # noqa: ANN401 - any at all
    return type(untrusted_number) is int and least <= untrusted_number <= most
