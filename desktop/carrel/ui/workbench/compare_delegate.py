"""Draws one difference: both documents' words side by side, what differs marked.

Must not know the app.
"""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from carrel.domain.comparing import Change, ChangeKind
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.snippet import LINE_HEIGHT, paint_snippet
from carrel.ui.workbench.compared import KINDS, figures_words, pieces

CHANGE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
LINES: Final = 3
"""Lines of each side; the viewer has the whole."""
HEAD: Final = 26
HEIGHT: Final = HEAD + LINES * LINE_HEIGHT + 20
GAP: Final = 24
"""Pixels between the two sides."""
NOTHING: Final = {
    ChangeKind.ADDED: "Not in the first document",
    ChangeKind.REMOVED: "Not in the second document",
}


class ChangeDelegate(QStyledItemDelegate):
    """Draws differences.

    Attributes:
        nouns: what the units of each document are called.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        """Draw with the theme."""
        super().__init__(parent)
        self._theme = theme
        self.nouns = ("Part", "Part")

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
        """Draw one difference."""
        change = index.data(CHANGE_ROLE)
        if not isinstance(change, Change):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area: QRect = option.rect.adjusted(6, 2, -6, -2)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("selection"))
            painter.drawRoundedRect(QRectF(area), 8, 8)
        painter.setPen(self._theme.colour("line"))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        inside = area.adjusted(12, 6, -12, -6)
        self._head(painter, inside, change)
        before, after = pieces(change)
        for left, side, told in zip(
            columns(inside), (change.before, change.after), (before, after), strict=True
        ):
            place = left.adjusted(0, HEAD, 0, 0)
            if side is None:
                painter.setPen(self._theme.colour("text3"))
                painter.setFont(self._theme.font(tokens.SIZE_UI))
                painter.drawText(place, int(Qt.AlignmentFlag.AlignTop), NOTHING[change.kind])
            else:
                paint_snippet(painter, place, self._theme, told, lines=LINES, colour="text")
        painter.restore()

    def _head(self, painter: QPainter, area: QRect, change: Change) -> None:
        centre = Qt.AlignmentFlag.AlignVCenter
        for column, side, noun in zip(
            columns(area), (change.before, change.after), self.nouns, strict=True
        ):
            if side is not None:
                painter.setFont(self._theme.font(tokens.SIZE_META))
                painter.setPen(self._theme.colour("text2"))
                line = QRect(column.left(), column.top(), column.width(), 20)
                painter.drawText(
                    line, int(centre | Qt.AlignmentFlag.AlignLeft), f"{noun} {side.unit:,}"
                )
        right = columns(area)[1]
        line = QRect(right.left(), right.top(), right.width(), 20)
        told = figures_words(change.figures) or KINDS[change.kind]
        painter.setFont(self._theme.font(tokens.SIZE_META, 600))
        painter.setPen(self._theme.colour("accent_text" if change.figures else "text2"))
        shown = painter.fontMetrics().elidedText(
            visible(told), Qt.TextElideMode.ElideRight, right.width() - 80
        )
        painter.drawText(line, int(centre | Qt.AlignmentFlag.AlignRight), shown)


def columns(area: QRect) -> tuple[QRect, QRect]:
    """The halves of a row."""
    width = (area.width() - GAP) // 2
    return (
        QRect(area.left(), area.top(), width, area.height()),
        QRect(area.right() - width + 1, area.top(), width, area.height()),
    )
