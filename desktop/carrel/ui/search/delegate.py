"""Draws one hit: document and place, then the words with what was found marked.

The snippet is laid out as plain text; found words get a ground and weight, so
that no colour has to be told apart. Must not know the app.
"""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from carrel.ui.markdown.visible import visible
from carrel.ui.search.state import Row
from carrel.ui.theme import Theme, tokens
from carrel.ui.theme.tokens import MARK_OPACITY
from carrel.ui.viewer.shown_text import utf16

ROW_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
HEIGHT: Final = 78
LINES: Final = 2
LINE_HEIGHT: Final = 19


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
        self._snippet(painter, area.adjusted(12, 30, -12, 0), row)
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

    def _snippet(self, painter: QPainter, area: QRect, row: Row) -> None:
        text, formats, at = "", [], 0
        for piece, found in row.pieces:
            clean = visible(piece)
            if found:
                one = QTextLayout.FormatRange()
                one.start, one.length = at, utf16(clean)
                one.format = self._found()
                formats.append(one)
            text += clean
            at += utf16(clean)
        layout = QTextLayout(text, self._theme.font(tokens.SIZE_UI))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats(formats)
        layout.beginLayout()
        for number in range(LINES):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(area.width())
            line.setPosition(QPointF(0, number * LINE_HEIGHT))
        layout.endLayout()
        painter.setPen(self._theme.colour("text2"))
        layout.draw(painter, QPointF(area.topLeft()))

    def _found(self) -> QTextCharFormat:
        form = QTextCharFormat()
        ground = self._theme.colour("mark")
        ground.setAlphaF(MARK_OPACITY if not self._theme.dark else 0.28)
        form.setBackground(ground)
        form.setForeground(self._theme.colour("text"))
        form.setFontWeight(600)
        return form
