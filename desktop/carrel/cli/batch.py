"""Files of JSON lines that a command answers one by one. Must not know what is asked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from carrel.domain.errors import KnownError

MAX_LINE: Final = 1 << 20
"""Characters of one line; a question has a few hundred."""


class BatchUnreadable(KnownError):
    """A batch file, or a line of it, cannot be used."""

    code = "cli.batch"
    sentence = "“{name}” cannot be used as a batch: {cause}."
    remedy = 'It must hold JSON lines such as {{"id": 1, "query": "liquidity covenant"}}.'


def read_batch(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a batch, each with a query or a question.

    Raises:
        BatchUnreadable: the file or a line of it; lines before it were given.
    """
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if not line.strip():
                    continue
                try:
                    untrusted_line = json.loads(line[:MAX_LINE])
                except ValueError as error:
                    raise BatchUnreadable(
                        name=path.name, cause=f"line {number} is not JSON"
                    ) from error
                if not isinstance(untrusted_line, dict) or not isinstance(
                    untrusted_line.get("query", untrusted_line.get("question")), str
                ):
                    raise BatchUnreadable(name=path.name, cause=f"line {number} has no query")
                yield untrusted_line
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BatchUnreadable(name=path.name, cause=cause) from error


def question_of(line: dict[str, Any]) -> str:
    """What a line of a batch asks."""
    return str(line.get("query", line.get("question")))


def documents_of(line: dict[str, Any]) -> str:
    """The documents a line names, with commas between them; empty for all."""
    several = line.get("documents")
    if isinstance(several, list):
        return ",".join(str(one) for one in several)
    return str(line.get("document") or "")
