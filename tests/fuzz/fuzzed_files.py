"""Files of ours and of others that are checked before anything is done with them."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Final

from carrel.domain.errors import EngineError
from carrel.engine.files import gguf_check
from carrel.workspace.capsule_file import CapsuleFile
from carrel.workspace.errors import CapsuleDamaged
from carrel.workspace.keys import DataKey
from targets import Target

MOST_WEIGHTS: Final = 1 << 20
"""Bytes behind a header: the check looks at their places, hardly ever at them."""

STATE: Final = b"The state of a conversation. " * 40
DIGEST_CHARACTERS: Final = 64


def _header(body: bytes) -> None:
    """The first four bytes say how many follow the header."""
    weights = int.from_bytes(body[:4], "little") % (MOST_WEIGHTS + 1)
    gguf_check.check([io.BytesIO(body[4:] + bytes(weights))])


def capsule_in(folder: Path) -> CapsuleFile:
    """A capsule that always has the same key, place and size."""
    return CapsuleFile(
        folder,
        DataKey("ab" * 16, bytes(32)),
        capsule="cd" * 16,
        secret=bytes(32),
        use="ef" * 32,
        tokens=7,
        size=len(STATE),
    )


_FOLDER: Final = tempfile.TemporaryDirectory(prefix="carrel-fuzz-")


def _capsule(body: bytes) -> None:
    """A digest as in the database, then the file; what is read is what was written."""
    file = capsule_in(Path(_FOLDER.name))
    file.path.write_bytes(body[DIGEST_CHARACTERS:])
    digest = body[:DIGEST_CHARACTERS].decode("latin-1")
    assert b"".join(bytes(piece) for piece in file.read(digest)) == STATE


TARGETS: Final = {
    "gguf-header": Target(_header, (EngineError,), 32_768),
    "capsule": Target(_capsule, (CapsuleDamaged,), 8_192),
}
