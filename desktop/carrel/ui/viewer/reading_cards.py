"""Cards behind a text that is set for reading: the header of a mail.

Painted, not part of the text, so nothing of them is selected or copied. Must not know the app.
"""

from typing import Final

from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtGui import QPainter, QTextCursor
from PySide6.QtWidgets import QTextEdit

from carrel.ui.theme import Theme, tokens
from carrel.ui.viewer.reading_run import Run

OUTSET: Final = 19
"""Pixels from the text to the edge of its card, at the sides; the bar of a mark fits between."""
ABOVE: Final = 12
"""The same above and below."""


def paint_cards(view: QTextEdit, theme: Theme, run: Run) -> None:
    """Paint the cards that are in view, before the text itself is."""
    painter = QPainter(view.viewport())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.colour("line"))
    painter.setBrush(theme.colour("code"))
    seen = seen_positions(view)
    for part in run.parts:
        for first, last in part.places.cards:
            if first <= seen[1] and last >= seen[0]:
                area = QRectF(around(view, first, last)).adjusted(0.5, 0.5, -0.5, -0.5)
                painter.drawRoundedRect(area, tokens.RADIUS_BUTTON, tokens.RADIUS_BUTTON)


def seen_positions(view: QTextEdit) -> tuple[int, int]:
    """The first and last place of the document that is in view."""
    area = view.viewport().rect()
    top = view.cursorForPosition(QPoint(area.left(), area.top()))
    foot = view.cursorForPosition(QPoint(area.right(), area.bottom()))
    return top.position(), foot.position()


def around(view: QTextEdit, first: int, last: int) -> QRect:
    """The card around what stands between two places of the document; pixels of the viewport."""
    cursor = QTextCursor(view.document())
    cursor.setPosition(first)
    top = view.cursorRect(cursor).top() - ABOVE
    cursor.setPosition(last)
    foot = view.cursorRect(cursor).bottom() + ABOVE
    form = view.document().rootFrame().frameFormat()
    left = round(form.leftMargin()) - OUTSET
    right = view.viewport().width() - round(form.rightMargin()) + OUTSET
    return QRect(left, top, right - left, foot - top)
