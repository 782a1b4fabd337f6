"""What was checked of an answer, as lines in a terminal. Takes an exchange."""

from carrel.answering import notes
from carrel.cli.printing import plain
from carrel.domain.answers import Exchange

MAX_SHOWN = 100
"""Characters of a sentence that is named again; it stands above in full."""

MOST_UNREAD = 5
"""Unread parts named; with ``--json`` all are."""


def print_checks(exchange: Exchange) -> None:
    """Print the sentences without support, computed figures, and what was searched and read."""
    answer = exchange.answer
    if answer is None:
        return
    if line := notes.support_line(answer):
        print(f"  {line}:")
        for one in answer.checks.unsupported:
            print(f"      “{_short(answer.text[one.start : one.end])}” - {plain(one.why)}")
    for working, statement in notes.computed(answer):
        print(f"  computed: {plain(working)}")
        if statement and statement not in answer.text:
            print(f"      {plain(statement)}")
    for line in notes.not_said_lines(exchange):
        print(f"  {plain(line)}")
    if line := notes.coverage_line(answer):
        unread = notes.unread_line(answer)
        print(f"  {line}" + (f"; {unread}:" if unread else ""))
    for part in answer.coverage.unread[:MOST_UNREAD]:
        print(f"      {plain(part.document_name)}: {plain(part.why)}")
    for passage in answer.checks.instructed:
        print(f"  {plain(notes.instructed_line(passage))}")


def _short(text: str) -> str:
    words = " ".join(plain(text).split())
    return words if len(words) <= MAX_SHOWN else f"{words[: MAX_SHOWN - 1]}…"
