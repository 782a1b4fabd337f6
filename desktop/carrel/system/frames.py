"""Frames between processes: a 4-byte big-endian length, then one msgpack map.

No pickle, no objects, no code: what arrives is plain data of the types msgpack
has, bounded in size, and still untrusted in meaning. Must not know who speaks.
"""

import struct
from typing import Any, BinaryIO, Final

import msgpack

from carrel.domain.errors import ProcessError

MAX_FRAME_BYTES: Final = 16 * 1024 * 1024
"""Bytes. The largest frame we send is a posting segment of 2,000 passages (about 2 MiB); eight
times that bounds a hostile worker without cutting off an odd document."""

MAX_DEPTH_ITEMS: Final = 4_000_000
"""Items in one array or map; bounds the memory a small frame can claim."""

_LENGTH: Final = struct.Struct(">I")

Frame = dict[str, Any]


class FrameError(ProcessError):
    """Bytes that are not a frame of ours."""

    code = "process.frame"
    sentence = "A helper process sent something unreadable ({cause})."
    remedy = "Try again; the rest of the program is not affected."


def pack(frame: Frame) -> bytes:
    """One frame as bytes, ready for a pipe.

    Raises:
        FrameError: it is larger than MAX_FRAME_BYTES.
    """
    body = msgpack.packb(frame, use_bin_type=True)
    if len(body) > MAX_FRAME_BYTES:
        raise FrameError(cause=f"{len(body)} bytes in one frame")
    return _LENGTH.pack(len(body)) + bytes(body)


def unpack(untrusted_body: bytes) -> Frame:
    """The map inside a frame.

    Raises:
        FrameError: not msgpack, or not a map with text keys.
    """
    try:
        untrusted_frame = msgpack.unpackb(
            untrusted_body,
            raw=False,
            strict_map_key=True,
            max_array_len=MAX_DEPTH_ITEMS,
            max_map_len=MAX_DEPTH_ITEMS,
        )
    except (ValueError, msgpack.UnpackException) as error:
        raise FrameError(cause=type(error).__name__) from error
    if not isinstance(untrusted_frame, dict) or not all(
        isinstance(key, str) for key in untrusted_frame
    ):
        raise FrameError(cause="not a map")
    return untrusted_frame


def write_frame(stream: BinaryIO, frame: Frame) -> None:
    """Write one frame and flush it.

    Raises:
        FrameError: it is too large.
        BrokenPipeError: nobody reads any more.
    """
    stream.write(pack(frame))
    stream.flush()


def read_frame(stream: BinaryIO) -> Frame | None:
    """The next frame, or None at a clean end.

    Raises:
        FrameError: the stream ends inside a frame, or what arrives is not one.
    """
    untrusted_body = read_body(stream)
    return None if untrusted_body is None else unpack(untrusted_body)


def read_body(stream: BinaryIO) -> bytes | None:
    """The next frame's bytes, not yet looked into, or None at a clean end.

    Raises:
        FrameError: the stream ends inside a frame, or the frame is too large.
    """
    head = _read_exactly(stream, _LENGTH.size, at_start=True)
    if head is None:
        return None
    (untrusted_length,) = _LENGTH.unpack(head)
    if untrusted_length > MAX_FRAME_BYTES:
        raise FrameError(cause=f"a frame of {untrusted_length} bytes")
    return _read_exactly(stream, untrusted_length, at_start=False) or b""


def _read_exactly(stream: BinaryIO, size: int, *, at_start: bool) -> bytes | None:
    parts: list[bytes] = []
    missing = size
    while missing:
        part = stream.read(missing)
        if not part:
            if at_start and missing == size:
                return None
            raise FrameError(cause="the stream ended inside a frame")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
