"""What happens at the ends of a view: pushed past, it turns to the next or previous unit.

Must not know which view it is.
"""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QScrollBar

TURN_ANGLE: Final = 240
"""Wheel angle (eighths of a degree) past the end that turns: two notches."""


class Ends:
    """Watches the ends of one scroll bar."""

    def __init__(self, bar: QScrollBar) -> None:
        """Nothing has been pushed yet."""
        self._bar = bar
        self._pushed = 0

    def wheel(self, event: QWheelEvent) -> int | None:
        """Where a turn of the wheel leads: 1 on, -1 back, 0 nowhere yet; None: it only scrolls."""
        angle = event.angleDelta().y()
        end = self._bar.maximum() if angle < 0 else self._bar.minimum()
        if not angle or self._bar.value() != end:
            self._pushed = 0
            return None
        self._pushed = self._pushed + angle if (self._pushed < 0) == (angle < 0) else angle
        if abs(self._pushed) < TURN_ANGLE:
            return 0
        self._pushed = 0
        return 1 if angle < 0 else -1

    def key(self, event: QKeyEvent) -> int:
        """Where a key leads: 1 on, -1 back, 0 nowhere."""
        at_end = self._bar.value() == self._bar.maximum()
        if event.key() in {Qt.Key.Key_PageDown, Qt.Key.Key_Space} and at_end:
            return 1
        if event.key() == Qt.Key.Key_PageUp and self._bar.value() == self._bar.minimum():
            return -1
        return 0
