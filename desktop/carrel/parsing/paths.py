"""Paths inside containers. They are shown and stored, never used to open a file.

The worker cleans them; our side refuses any that is not clean. Must not know formats.
"""

import re
from typing import Final, NamedTuple

from carrel.parsing.limits import MAX_PATH

_NEVER: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
"""Control characters, half surrogate pairs, and marks that make a name read backwards."""

_DRIVE: Final = re.compile(r"[A-Za-z]:(?=/|\Z)|[A-Za-z]:(?=[^/])")

UNNAMED: Final = "unnamed"


class CleanPath(NamedTuple):
    """A path that may be kept, and whether what it was made of was unfit."""

    path: str
    changed: bool


def clean_path(untrusted_path: str) -> CleanPath:
    """A relative path without ``..``, ``.``, empty parts and control characters."""
    path = untrusted_path.replace("\\", "/")  # Windows programs write it so
    shown = _NEVER.sub("·", path)
    changed = shown != path
    drive = _DRIVE.match(shown)
    if drive:
        shown, changed = shown[drive.end() :], True
    parts = [part for part in shown.split("/") if part not in {"", ".", ".."}]
    changed = changed or shown.startswith("/") or ".." in shown.split("/")
    clean = "/".join(parts)
    if len(clean) > MAX_PATH:
        clean, changed = "…" + clean[1 - MAX_PATH :].lstrip("/"), True
    return CleanPath(clean or UNNAMED, changed or not clean)


def is_clean(untrusted_path: str) -> bool:
    """Whether a path is one `clean_path` would leave as it is."""
    return bool(untrusted_path) and clean_path(untrusted_path) == (untrusted_path, False)
