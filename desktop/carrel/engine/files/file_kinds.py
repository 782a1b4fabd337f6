"""Tell a GGUF file from the other files people take for one, by its first bytes.

Must not know what stands in a GGUF file.
"""

from __future__ import annotations

import struct
from typing import Final

from carrel.engine.errors import FailedDownload, NotGguf, OldGguf, TruncatedGguf

MAGIC_BYTES: Final = 64
"""Bytes looked at; the longest mark ends within these."""
VERSION: Final = 3
"""Of the format; since August 2023."""

_MAGIC: Final = b"GGUF"
_POINTER: Final = b"version https://git-lfs"
_HEADER_START: Final = 24
"""Bytes of magic, version and both counts."""
_MAX_SAFETENSORS_HEADER: Final = 100_000_000
"""Bytes; that format's own limit."""

_MARKS: Final = (
    (b"PK\x03\x04", "it is a ZIP archive; PyTorch checkpoints are such archives"),
    (b"PK\x05\x06", "it is an empty ZIP archive"),
    (b"\x80\x02", "it is a Python pickle, as old PyTorch checkpoints are"),
    (b"\x80\x03", "it is a Python pickle, as old PyTorch checkpoints are"),
    (b"\x80\x04", "it is a Python pickle, as old PyTorch checkpoints are"),
    (b"\x80\x05", "it is a Python pickle, as old PyTorch checkpoints are"),
    (b"lmgg", "it is in GGML, a format before GGUF"),
    (b"fmgg", "it is in GGMF, a format before GGUF"),
    (b"tjgg", "it is in GGJT, a format before GGUF"),
    (b"algg", "it is an adapter in a format before GGUF"),
    (b"\x1f\x8b", "it is compressed with gzip; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7-Zip archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with Zstandard; unpack it first"),
    (b"\xfd7zXZ\0", "it is compressed with xz; unpack it first"),
    (b"\x89HDF", "it is in HDF5, as Keras models are"),
    (b"%PDF", "it is a PDF document"),
)
"""First bytes of files that lie beside GGUF files or are downloaded in their place."""


def check_magic(start: bytes) -> None:
    """Check that a file begins like GGUF, version 3.

    Args:
        start: the first MAGIC_BYTES bytes, or all if there are fewer.

    Raises:
        NotGguf: it is something else, named if it can be told.
        FailedDownload: nothing, or what was left in the place of a model.
        OldGguf: another version of the format.
        TruncatedGguf: it ends within its first bytes.
    """
    if not start:
        raise FailedDownload(fault="it is empty")
    if not start.startswith(_MAGIC):
        raise _named(start)
    if len(start) < _HEADER_START:
        raise TruncatedGguf(size=len(start), needed=_HEADER_START)
    (version,) = struct.unpack_from("<I", start, 4)
    if version == VERSION:
        return
    if version & 0xFFFF == 0:
        raise NotGguf(fault="it was made for a machine with the other order of bytes")
    raise OldGguf(version=version)


def _named(start: bytes) -> NotGguf:
    for mark, name in _MARKS:
        if start.startswith(mark):
            return NotGguf(fault=name)
    if start.startswith(_POINTER):
        return FailedDownload(fault="it is only a pointer to a file that was never downloaded")
    if len(start) > 9 and start[8:9] == b"{":
        (length,) = struct.unpack_from("<Q", start)
        if length <= _MAX_SAFETENSORS_HEADER:
            return NotGguf(fault="it is a safetensors file; it must be converted to GGUF first")
    if start.lstrip()[:1] == b"<":
        return FailedDownload(fault="it is a web page")
    if start.lstrip()[:1] in {b"{", b"["}:
        return NotGguf(fault="it is JSON, perhaps a configuration beside the model")
    return NotGguf(fault="it does not begin with “GGUF”")
