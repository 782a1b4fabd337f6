"""Small tools of the transcript: one layout for many changes, timers, links of ours.

Must not know exchanges.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QTextEdit


class Editing:
    """Lay out once for many changes."""

    def __init__(self, edit: QTextEdit) -> None:
        """Prepare; the changes happen inside ``with``."""
        self._cursor = QTextCursor(edit.document())

    def __enter__(self) -> None:
        self._cursor.beginEditBlock()

    def __exit__(self, *_exception: object) -> None:
        self._cursor.endEditBlock()


def single_shot(owner: QObject, call: Callable[[], None]) -> QTimer:
    """A timer that calls once each time it is started."""
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.timeout.connect(call)
    return timer


def parts(href: str) -> tuple[str, int, int]:
    """Kind, key and number of a link of ours; zeros for what is missing."""
    kind, key, number = [*href.split(":"), "", ""][:3]
    return kind, int(key) if key.isdecimal() else 0, int(number) if number.isdecimal() else 0
