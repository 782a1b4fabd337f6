"""What is fuzzed: each target is a decoder of ours, the errors it may end in, and nothing else.

A target is called with bytes of any kind. It returns, or raises an error that it names; whatever
else leaves it is a finding. Imported by `fuzz.py` under coverage, and by the tests that go through
seeds and earlier findings without it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from carrel.domain.errors import KnownError


class Target(NamedTuple):
    """A decoder.

    Attributes:
        run: gives it bytes.
        errors: that it may end in.
        longest: bytes of an input; longer ones tell nothing more and take longer.
    """

    run: Callable[[bytes], object]
    errors: tuple[type[KnownError], ...]
    longest: int = 4096


def targets() -> dict[str, Target]:
    """All of them by name."""
    import fuzzed_documents
    import fuzzed_files
    import fuzzed_frames
    import fuzzed_pieces

    return {
        **fuzzed_documents.TARGETS,
        **fuzzed_pieces.TARGETS,
        **fuzzed_frames.TARGETS,
        **fuzzed_files.TARGETS,
    }


INSTRUMENTED: Final = (
    *("carrel.parsing", "carrel.language", "carrel.domain.sheets", "carrel.engine.files"),
    *("carrel.engine.wire", "carrel.engine.chat", "carrel.engine.fields", "carrel.system.frames"),
    *("carrel.workspace.capsule_file",),
)
"""Packages whose branches lead the fuzzer."""
