"""Numbers of lines beside a text; painted, so they are neither selected nor copied.

Must not know what the lines are.
"""

from typing import Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextBlock
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from carrel.ui.theme import Theme

LEFT: Final = 12
RIGHT: Final = 4
"""Pixels beside the numbers."""
LEAST_DIGITS: Final = 3
"""Room is kept for so many, so that the text stands still from one unit to the next."""


class LineNumbers(QWidget):
    """A column at the left of a text view.

    Args:
        view: makes room for it and says which lines are seen.
    """

    def __init__(self, view: QPlainTextEdit, theme: Theme) -> None:
        super().__init__(view)
        self._view, self._theme = view, theme
        self._first = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Line numbers")
        view.updateRequest.connect(self._on_update_requested)
        self.hide()

    def show_from(self, first: int) -> None:
        """Number the lines from this one on; 0 hides the numbers."""
        self._first = first
        self.setVisible(first > 0)
        self.update()

    @property
    def room(self) -> int:
        """Pixels needed; 0 while hidden."""
        if not self._first:
            return 0
        digits = max(LEAST_DIGITS, len(str(self._first + self._view.blockCount())))
        return LEFT + RIGHT + digits * self._view.fontMetrics().horizontalAdvance("0")

    def seen(self, area: QRect) -> list[tuple[int, int]]:
        """The lines that begin in an area: number, and top in pixels."""
        found = []
        view = self._view
        block = self._view.firstVisibleBlock()
        while block.isValid():
            top = round(_top(view, block))
            if top > area.bottom():
                break
            found.append((self._first + block.blockNumber(), top))
            block = block.next()
        return found

    def _on_update_requested(self, area: QRect, moved: int) -> None:
        if moved:
            self.scroll(0, moved)
        else:
            self.update(0, area.y(), self.width(), area.height())

    def sizeHint(self) -> QSize:
        """As wide as the numbers."""
        return QSize(self.room, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground of the text, and the numbers that are in view."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.colour("raised"))
        painter.setPen(self._theme.colour("text3"))
        painter.setFont(self._view.font())
        height = self._view.fontMetrics().height()
        for number, top in self.seen(self.rect()):
            area = QRect(0, top, self.width() - RIGHT, height)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignRight), str(number))


def _top(view: QPlainTextEdit, block: QTextBlock) -> float:
    return view.blockBoundingGeometry(block).translated(view.contentOffset()).top()
