"""One hostile input, read as the program would, and held to limits."""

import resource
import time
from typing import Final

from carrel.domain.errors import ParseError
from carrel.parsing.client import read_document
from carrel.system.shared_memory import SealedCopy
from made_hostile import Hostile

MOST_SECONDS: Final = 100.0
"""Seconds one input may take on a busy machine; here the longest takes 30."""

MOST_KIB: Final = 1_400_000
"""KiB any child may have held, less than the limit that its system keeps it to."""


def tried(one: Hostile) -> list[str]:
    """What went wrong with it; nothing if all is well."""
    copy = SealedCopy()
    copy.write(one.make())
    copy.seal()
    texts: list[str] = []
    before = _held()
    began = time.monotonic()
    try:
        summary = read_document(
            copy.fd,
            name=one.name,
            size=copy.size,
            on_unit=lambda unit: texts.append(unit.text),
            on_segment=lambda _body, _passages: None,
            on_progress=lambda _done, _total: None,
            on_member=lambda member: texts.append(member.path),
            cancelled=lambda: False,
        )
        ended = summary.state.value
        told = bool(summary.warnings) or ended == "read"
    except ParseError as error:
        ended = error.code
        told = bool(error.failure.reason and error.failure.remedy)
    finally:
        copy.close()
    seconds = time.monotonic() - began
    held = _held()
    wrong = [] if ended == one.ends else [f"it ended as {ended}, not as {one.ends}"]
    wrong += [] if told else ["it does not say what happened"]
    wrong += [] if seconds < MOST_SECONDS else [f"it took {seconds:.0f} s"]
    # The most any child held until now; more than before means that it was this one.
    wrong += [f"a child held {held} KiB"] if held > max(before, MOST_KIB) else []
    if one.says and not any(one.says in text for text in texts):
        wrong.append(f"“{one.says}” was not read")
    if any("root:" in text for text in texts):
        wrong.append("a file of this machine came out")
    return wrong


def _held() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
