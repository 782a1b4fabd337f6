"""The lines of a questionnaire for Qt's list view, and how they are drawn.

Must not know the app.
"""

from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from carrel.domain.questionnaires import Finding
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.snippet import LINE_HEIGHT, paint_snippet
from carrel.ui.workbench.asked import FINDINGS, Line

LINE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
HEAD_HEIGHT: Final = 40
SAID_LINES: Final = 2
"""Lines of an answer; the whole of it is in the export, and its source one click away."""
SOURCE_HEIGHT: Final = 26
CELL_HEIGHT: Final = 26 + SAID_LINES * LINE_HEIGHT + SOURCE_HEIGHT + 16
COLOURS: Final = {
    Finding.FOUND: "ok",
    Finding.CHECK: "warn",
    Finding.NOT_STATED: "text2",
    Finding.FAILED: "bad",
    Finding.OPEN: "text3",
}

_ROOT = QModelIndex()


class AskedRows(QAbstractListModel):
    """The lines shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self.lines: tuple[Line, ...] = ()

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Show other lines; where their number stays, only those that changed are drawn anew."""
        before = self.lines
        if len(lines) != len(before):
            self.beginResetModel()
            self.lines = lines
            self.endResetModel()
            return
        self.lines = lines
        for at, (old, new) in enumerate(zip(before, lines, strict=True)):
            if old is not new and old != new:
                self.dataChanged.emit(self.index(at), self.index(at))

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """As many as there are."""
        return 0 if parent.isValid() else len(self.lines)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> object:
        """The line to be drawn, or its words to be heard."""
        if not index.isValid():
            return None
        line = self.lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role == int(Qt.ItemDataRole.AccessibleTextRole):
            return line.spoken
        return None


class AskedDelegate(QStyledItemDelegate):
    """Draws heads of groups and cells."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        """Draw with the theme."""
        super().__init__(parent)
        self._theme = theme

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Heads are low, and so are cells without a source."""
        line = index.data(LINE_ROLE)
        height = CELL_HEIGHT
        if isinstance(line, Line) and line.head:
            height = HEAD_HEIGHT
        elif isinstance(line, Line) and not line.source:
            failed = line.finding is Finding.FAILED
            height -= SOURCE_HEIGHT if failed else SOURCE_HEIGHT + LINE_HEIGHT
        return QSize(option.rect.width(), height)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one line."""
        line = index.data(LINE_ROLE)
        if not isinstance(line, Line):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area: QRect = option.rect.adjusted(6, 2, -6, -2)
        if option.state & QStyle.StateFlag.State_Selected and not line.head:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("selection"))
            painter.drawRoundedRect(QRectF(area), 8, 8)
        inside = area.adjusted(14, 6, -14, -6)
        if line.head:
            self._text(painter, line.head, inside, "text", size=tokens.SIZE_UI, weight=600)
        else:
            self._cell(painter, inside, line)
            painter.setPen(self._theme.colour("line"))
            painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        painter.restore()

    def _cell(self, painter: QPainter, area: QRect, line: Line) -> None:
        top = QRect(area.left(), area.top(), area.width(), 20)
        found = FINDINGS[line.finding]
        painter.setFont(self._theme.font(tokens.SIZE_META, 600))
        width = painter.fontMetrics().horizontalAdvance(found)
        right = QRect(top.right() - width, top.top(), width + 1, top.height())
        self._text(painter, found, right, COLOURS[line.finding], size=tokens.SIZE_META, weight=600)
        left = top.adjusted(0, 0, -width - 16, 0)
        self._text(painter, line.title, left, "text2", size=tokens.SIZE_META)
        said = QRect(area.left(), area.top() + 24, area.width(), SAID_LINES * LINE_HEIGHT)
        colour = "text3" if line.finding is Finding.OPEN else "text"
        paint_snippet(
            painter, said, self._theme, [(line.said, False)], lines=SAID_LINES, colour=colour
        )
        if line.source:
            source = QRect(area.left(), said.bottom() + 4, area.width(), 20)
            shown = f"“{line.quote}” · {line.source}" if line.quote else line.source
            if len(line.quote) > MOST_QUOTED:
                shown = f"“{line.quote[:MOST_QUOTED].rstrip()}…” · {line.source}"
            self._text(painter, shown, source, "accent_text" if line.citations else "bad",
                       size=tokens.SIZE_META)  # fmt: skip

    def _text(
        self,
        painter: QPainter,
        text: str,
        area: QRect,
        colour: str,
        *,
        size: int,
        weight: int = 400,
    ) -> None:
        painter.setFont(self._theme.font(size, weight))
        painter.setPen(self._theme.colour(colour))
        shown = painter.fontMetrics().elidedText(
            visible(text), Qt.TextElideMode.ElideRight, area.width()
        )
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(area, int(side), shown)


MOST_QUOTED: Final = 90
"""Characters of a quote in the list; where it stands has to fit beside it."""
