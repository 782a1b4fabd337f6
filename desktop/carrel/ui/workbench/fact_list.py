"""The list of facts for Qt: its lines, and how one is drawn. Must not know the app."""

from typing import Final, NamedTuple

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

from carrel.domain.facts import Mention
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.snippet import LINE_HEIGHT, paint_snippet
from carrel.ui.workbench.compare_delegate import columns
from carrel.ui.workbench.fact_rows import FactRow, Names, Pieces, pieces, place_words, row_pieces

LINE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
LINES: Final = 2
"""Lines of a sentence; the viewer has the whole."""
HEAD: Final = 24
INDENT: Final = 26
"""Pixels by which the further places of a fact stand to the right."""
_ROOT = QModelIndex()


class Line(NamedTuple):
    """A fact, or one of its places below it.

    Attributes:
        mention: None for the fact itself.
    """

    row: FactRow
    mention: Mention | None = None
    opened: bool = False


class FactLines(QAbstractListModel):
    """The facts shown; the places of one that was opened follow it."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._lines: list[Line] = []
        self.names: Names = {}

    def show_rows(self, rows: tuple[FactRow, ...], names: Names) -> None:
        """Show other facts, all closed."""
        self.beginResetModel()
        self._lines = [Line(row) for row in rows]
        self.names = names
        self.endResetModel()

    def toggle(self, at: int) -> None:
        """Show the places of a fact below it, or hide them again."""
        line = self._lines[at]
        count = len(line.row.mentions)
        if line.opened:
            self.beginRemoveRows(_ROOT, at + 1, at + count)
            del self._lines[at + 1 : at + 1 + count]
            self.endRemoveRows()
        else:
            self.beginInsertRows(_ROOT, at + 1, at + count)
            self._lines[at + 1 : at + 1] = [Line(line.row, one) for one in line.row.mentions]
            self.endInsertRows()
        self._lines[at] = line._replace(opened=not line.opened)
        self.dataChanged.emit(self.index(at), self.index(at))

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """As many as are shown."""
        return 0 if parent.isValid() else len(self._lines)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> object:
        """The line to be drawn, or its words to be heard."""
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role == LINE_ROLE:
            return line
        if role == int(Qt.ItemDataRole.AccessibleTextRole):
            return self._spoken(line)
        return None

    def _spoken(self, line: Line) -> str:
        told = [line.row.title, line.row.note, line.row.words] if line.mention is None else []
        mention = line.mention or next(iter(line.row.mentions), None)
        if mention is not None:
            told += [place_words(mention, self.names), mention.text]
        return ". ".join(filter(None, told))


class FactDelegate(QStyledItemDelegate):
    """Draws facts: title and note, then the sentence of the first place, or two side by side."""

    def __init__(
        self,
        theme: Theme,
        items: FactLines,
        parent: QWidget,
        *,
        paired: bool,
        lines: int = LINES,
    ) -> None:
        """Draw with the theme.

        Args:
            paired: whether each fact has two places that belong side by side.
            lines: of a sentence.
        """
        super().__init__(parent)
        self._theme, self._items, self._paired = theme, items, paired
        self._count = lines

    def sizeHint(
        self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """All lines are alike."""
        more = HEAD if self._paired else 0
        return QSize(option.rect.width(), HEAD + more + self._count * LINE_HEIGHT + 18)

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
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("selection"))
            painter.drawRoundedRect(QRectF(area), 8, 8)
        painter.setPen(self._theme.colour("line"))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        inside = area.adjusted(12, 5, -12, -5)
        if line.mention is not None:
            self._place(painter, inside.adjusted(INDENT, 0, 0, 0), line.mention)
        elif self._paired:
            self._head(painter, inside, line.row.title, line.row.note)
            for part, mention in zip(
                columns(inside.adjusted(0, HEAD, 0, 0)), line.row.mentions, strict=True
            ):
                self._place(painter, part, mention)
        else:
            first = next(iter(line.row.mentions), None)
            note = line.row.note
            where = place_words(first, self._items.names) if first else ""
            several = len(line.row.mentions) > 1
            sign = ("▾ " if line.opened else "▸ ") if several else ""
            self._head(painter, inside, f"{sign}{line.row.title}", where, note)
            self._words(painter, inside, row_pieces(line.row))
        painter.restore()

    def _head(self, painter: QPainter, area: QRect, title: str, right: str, note: str = "") -> None:
        top = QRect(area.left(), area.top(), area.width(), HEAD - 4)
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self._theme.font(tokens.SIZE_META))
        painter.setPen(self._theme.colour("text2"))
        told = right if not note or note == right else f"{note}   {right}"
        shown = painter.fontMetrics().elidedText(
            visible(told), Qt.TextElideMode.ElideMiddle, area.width() // 2
        )
        painter.drawText(top, int(centre | Qt.AlignmentFlag.AlignRight), shown)
        used = painter.fontMetrics().horizontalAdvance(shown)
        painter.setFont(self._theme.font(tokens.SIZE_UI, 600))
        painter.setPen(self._theme.colour("accent_text"))
        left = painter.fontMetrics().elidedText(
            visible(title), Qt.TextElideMode.ElideRight, area.width() - used - 24
        )
        painter.drawText(top, int(centre | Qt.AlignmentFlag.AlignLeft), left)

    def _place(self, painter: QPainter, area: QRect, mention: Mention) -> None:
        top = QRect(area.left(), area.top(), area.width(), HEAD - 4)
        painter.setFont(self._theme.font(tokens.SIZE_META))
        painter.setPen(self._theme.colour("text2"))
        shown = painter.fontMetrics().elidedText(
            visible(place_words(mention, self._items.names)),
            Qt.TextElideMode.ElideMiddle,
            area.width(),
        )
        left = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.drawText(top, left, shown)
        self._sentence(painter, area, mention)

    def _sentence(self, painter: QPainter, area: QRect, mention: Mention) -> None:
        self._words(painter, area, pieces(mention))

    def _words(self, painter: QPainter, area: QRect, told: Pieces) -> None:
        below = area.adjusted(0, HEAD, 0, 0)
        paint_snippet(painter, below, self._theme, told, lines=self._count, colour="text")
