"""Cards behind a text that is set for reading: the header of a mail, a slide.

Painted, not part of the text, so nothing of them is selected or copied. Must not know the app.
"""

from itertools import groupby
from typing import Final

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QTextCursor
from PySide6.QtWidgets import QTextEdit

from carrel.domain.blocks import BlockKind
from carrel.domain.documents import HIDDEN_SLIDE, Span, UnitKind, UnitView
from carrel.ui.theme import Theme, tokens
from carrel.ui.viewer.reading_builder import CAPTION
from carrel.ui.viewer.reading_layout import ASIDE_LEVEL
from carrel.ui.viewer.reading_run import Part, Run

OUTSET: Final = 19
"""Pixels from the text to the edge of its card, at the sides; the bar of a mark fits between."""
ABOVE: Final = 12
"""The same above and below."""


class Cards:
    """Paints the cards that are in view, before the text itself is.

    Args:
        view: painted on.
        run: what the view shows.
    """

    def __init__(self, view: QTextEdit, theme: Theme, run: Run) -> None:
        self._view, self._theme, self._run = view, theme, run

    def paint(self, zoom: float) -> None:
        """Paint; only while the view paints itself. `zoom`: times the usual size."""
        painter = QPainter(self._view.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for _, row in groupby(self._run.parts, lambda part: part.number):
            parts = list(row)
            if parts[0].view.unit.kind is UnitKind.SLIDE:
                self._slide(painter, parts, zoom)
        painter.setPen(self._theme.colour("line"))
        painter.setBrush(self._theme.colour("code"))
        for part in self._run.parts:
            for start, end in part.places.cards:
                first, last = part.at + start, part.at + end
                if self._in_view(first, last):
                    painter.drawPath(_rounded(self.around(first, last)))

    def around(self, first: int, last: int) -> QRect:
        """The card around what stands between two places of the document, in the viewport."""
        view = self._view
        top, foot = self._rect(first).top() - ABOVE, self._rect(last).bottom() + ABOVE + 2
        form = view.document().rootFrame().frameFormat()
        left = round(form.leftMargin()) - OUTSET
        right = view.viewport().width() - round(form.rightMargin()) + OUTSET
        return QRect(left, top, right - left, foot - top)

    def _slide(self, painter: QPainter, parts: list[Part], zoom: float) -> None:
        first, last = parts[0].at, self._run.end_of(parts[-1])
        if parts[0].span.start or not self._in_view(first, last):
            return
        card = self.around(first, last)
        card.setHeight(max(card.height(), round(CAPTION * zoom) + 2 * ABOVE - 4))
        shape = _rounded(card)
        aside = self._aside(parts[0].view)
        if aside:
            below = QRect(card.left(), aside - ABOVE, card.width(), card.bottom())
            rule = QRect(below.left(), below.top(), below.width(), 1)
            painter.save()
            painter.setClipPath(shape)
            painter.fillRect(below, self._theme.colour("code"))
            painter.fillRect(rule, self._theme.colour("line"))
            painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._theme.colour("line"))
        painter.drawPath(shape)
        self._caption(painter, parts[0].view, card, zoom)

    def _caption(self, painter: QPainter, view: UnitView, card: QRect, zoom: float) -> None:
        """The number of a slide at the left, at the right that it is hidden."""
        painter.setFont(self._theme.font(max(6, round(tokens.SIZE_META * zoom))))
        area = card.adjusted(OUTSET, ABOVE - 3, -OUTSET, 0)
        words = f"Slide {view.unit.number}" + ("" if view.unit.text.strip() else " · no words")
        painter.setPen(self._theme.colour("text3"))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft), words)
        if view.unit.label.endswith(HIDDEN_SLIDE.strip()):
            painter.setPen(self._theme.colour("warn"))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignRight), "Hidden slide")

    def _aside(self, view: UnitView) -> int:
        """Where the notes and comments of a slide begin, pixels from the top; 0 for nowhere."""
        for block in view.blocks:
            if block.kind is BlockKind.HEADING and block.level >= ASIDE_LEVEL:
                pieces = self._run.pieces(view.unit.number, Span(block.start, block.end))
                return self._rect(pieces[0][0]).top() if pieces else 0
        return 0

    def _rect(self, position: int) -> QRect:
        cursor = QTextCursor(self._view.document())
        cursor.setPosition(position)
        return self._view.cursorRect(cursor)

    def _in_view(self, first: int, last: int) -> bool:
        area = self._view.viewport().rect()
        top = self._view.cursorForPosition(QPoint(area.left(), area.top())).position()
        foot = self._view.cursorForPosition(QPoint(area.right(), area.bottom())).position()
        return first <= foot and last >= top


def _rounded(card: QRect) -> QPainterPath:
    made = QPainterPath()
    area = QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5)
    made.addRoundedRect(area, tokens.RADIUS_BUTTON, tokens.RADIUS_BUTTON)
    return made
