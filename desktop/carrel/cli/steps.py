"""What a model does on the way to an answer, line by line on the error output while it works.

The answer itself goes to the standard output, so that it can be piped.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from carrel.app import App
from carrel.cli.printing import plain
from carrel.domain.events import Event, StepTaken


@contextmanager
def steps_told(app: App) -> Iterator[None]:
    """Print steps while the block runs."""
    unsubscribe = app.subscribe(_tell)
    try:
        yield
    finally:
        unsubscribe()


def _tell(event: Event) -> None:
    if isinstance(event, StepTaken):
        print(f"· {plain(event.step.words)}", file=sys.stderr, flush=True)
