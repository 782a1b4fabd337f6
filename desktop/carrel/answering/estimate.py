"""How long a questionnaire that runs will still take.

What is measured counts: seconds of answers so far, apart for the first question of a document,
which makes the engine read it, and for the others. Pure arithmetic; must not know a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from carrel.domain.questionnaires import AskedDocument, Cell, Finding


def left(documents: Sequence[AskedDocument], cells: Sequence[Cell]) -> float | None:
    """Seconds for what is open, by what is done; None before anything is.

    Args:
        cells: the questions of one document after another.
    """
    size = {one.n: one.characters for one in documents}
    first_seconds = first_size = later_seconds = 0.0
    later = 0
    open_size = 0.0
    open_later = 0
    begun: set[int] = set()
    for cell in cells:
        first = cell.document not in begun
        begun.add(cell.document)
        weight = 1.0 + size.get(cell.document, 0)
        if cell.finding is Finding.OPEN:
            open_size += weight if first else 0.0
            open_later += not first
            continue
        answer = cell.exchange.answer if cell.exchange else None
        seconds = (answer.timing.total - answer.timing.load) / 1000 if answer else 0.0
        if first:
            first_seconds += seconds
            first_size += weight
        else:
            later_seconds += seconds
            later += 1
    if not first_size:
        return None
    each = later_seconds / later if later else first_seconds / first_size * _mean(size.values())
    return open_size * first_seconds / first_size + open_later * each


def _mean(numbers: Iterable[int]) -> float:
    every = list(numbers)
    return 1.0 + sum(every) / len(every) if every else 1.0
