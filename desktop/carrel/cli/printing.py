"""What reaches the terminal: JSON, sentences, and names that came from outside.

A file may be called anything, also something a terminal would obey.
"""

from __future__ import annotations

import io
import json
import sys


def print_json(value: object) -> None:
    """One line of JSON."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def plain(untrusted_text: object) -> str:
    """One line a terminal only shows: control characters become dots."""
    return "".join(c if c.isprintable() else "·" for c in str(untrusted_text))


def never_fail_to_print() -> None:
    """Print what the terminal's encoding lacks, and names that are no text, as escapes.

    In JSON these escapes mean the same characters.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
