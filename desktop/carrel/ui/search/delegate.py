"""Draws one hit: document and place, then the words with what was found marked.

The snippet is laid out as plain text; found words get a ground and weight, so
that no colour has to be told apart. Must not know the app.
"""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from carrel.ui.markdown.visible import visible
from carrel.ui.search.state import Row
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.snippet import paint_snippet

ROW_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
HEIGHT: Final = 78
LINES: Final = 2


class HitDelegate(QStyledItemDelegate):
    """Draws hits."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        """Draw with the theme."""
        super().__init__(parent)
        self._theme = theme

    def sizeHint(
        self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """All rows are alike."""
        return QSize(option.rect.width(), HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one hit."""
        row = index.data(ROW_ROLE)
        if not isinstance(row, Row):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area: QRect = option.rect.adjusted(6, 2, -6, -2)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("selection"))
            painter.drawRoundedRect(QRectF(area), 8, 8)
        self._head(painter, area.adjusted(12, 8, -12, 0), row)
        words = area.adjusted(12, 30, -12, 0)
        paint_snippet(painter, words, self._theme, row.pieces, lines=LINES, colour="text2")
        painter.restore()

    def _head(self, painter: QPainter, area: QRect, row: Row) -> None:
        painter.setFont(self._theme.font(tokens.SIZE_META))
        metrics = painter.fontMetrics()
        where = visible(" · ".join(part for part in (row.heading, row.place) if part))
        shown = metrics.elidedText(where, Qt.TextElideMode.ElideLeft, area.width() * 55 // 100)
        line = QRect(area.left(), area.top(), area.width(), 18)
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self._theme.colour("text2"))
        painter.drawText(line, int(centre | Qt.AlignmentFlag.AlignRight), shown)
        left = area.width() - metrics.horizontalAdvance(shown) - 16
        painter.setFont(self._theme.font(tokens.SIZE_UI, 600))
        painter.setPen(self._theme.colour("text"))
        name = painter.fontMetrics().elidedText(
            visible(row.name), Qt.TextElideMode.ElideMiddle, left
        )
        painter.drawText(line, int(centre), name)
