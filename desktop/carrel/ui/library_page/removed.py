"""Rows of removed documents that can still come back. Plain Python: no Qt, no app."""

import time

from carrel.domain.documents import UNDO_SECONDS, Removal
from carrel.ui import words
from carrel.ui.library_page.nesting import Shown
from carrel.ui.library_page.state import Row, Rows, Tone


def removed_rows(removals: tuple[Removal, ...], *, wanted: str = "") -> Rows:
    """One row for each removal, the last first.

    Args:
        wanted: only those whose names hold these words.
    """
    parts = wanted.casefold().split()
    found = [
        _row(one) for one in removals if all(part in one.document.name.casefold() for part in parts)
    ]
    return Rows(found, _made)


def _made(place: Shown) -> Row:
    raise AssertionError(f"{place.key} is no removed document")


def _row(removal: Removal) -> Row:
    document, inside = removal.document, len(removal.documents) - 1
    until = time.strftime("%H:%M", time.localtime(removal.removed_at + UNDO_SECONDS))
    also = f" · with {words.count(inside, 'document')} inside" if inside else ""
    return Row(
        key=f"removed {document.id}",
        name=document.name,
        icon=words.kind_icon(document.kind),
        detail=f"Can come back until {until}, while the window is open{also}",
        tone=Tone.BUSY,
        state="Removed",
        units=words.units(document),
        size=words.size(document.size),
        added=words.day(document.added_at, None),
        document=document.id,
    )
