"""Pages and table of contents for Qt's list views, and how their rows are drawn.

Each list is made once and filled anew; nothing of it is ever replaced while a view works
on it. Must not know the app.
"""

from collections import OrderedDict
from collections.abc import Sequence
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
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from carrel.domain.documents import OutlineEntry
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.labels import tip

THUMB_WIDTH: Final = 112
THUMB_HEIGHT: Final = 146
"""Pixels a page is fitted into: A4 and Letter fill it."""
THUMB_ROW: Final = THUMB_HEIGHT + 34
KEPT_THUMBS: Final = 256
"""Pictures kept: some 16 MB, and scrolling back is instant."""
ENTRY_ROW: Final = 30
INDENT: Final = 10
MOST_INDENTS: Final = 5
"""Pixels a line of the contents moves right for each level, and how often."""

Index = QModelIndex | QPersistentModelIndex
_ROOT: Final = QModelIndex()
_DISPLAY: Final = int(Qt.ItemDataRole.DisplayRole)


class PageItems(QAbstractListModel):
    """The pages of a document by number, with the pictures that have arrived."""

    def __init__(self, parent: QObject) -> None:
        """No pages."""
        super().__init__(parent)
        self._count = 0
        self._labels: Sequence[str] = ()
        self._pictures: OrderedDict[int, QImage] = OrderedDict()

    def show_count(self, count: int) -> None:
        """Show so many pages, without pictures and labels yet."""
        self.beginResetModel()
        self._count, self._labels = count, ()
        self._pictures.clear()
        self.endResetModel()

    def show_labels(self, labels: Sequence[str]) -> None:
        """The printed numbers, in order."""
        self._labels = labels
        if self._count:
            self.dataChanged.emit(self.index(0), self.index(self._count - 1))

    def show_picture(self, number: int, picture: QImage) -> None:
        """The picture of a page has arrived; an empty one says that it cannot be had."""
        self._pictures[number] = picture
        while len(self._pictures) > KEPT_THUMBS:
            self._pictures.popitem(last=False)
        place = self.index(number - 1)
        self.dataChanged.emit(place, place)

    def picture(self, number: int) -> QImage | None:
        """The picture of a page, if it is there."""
        found = self._pictures.get(number)
        if found is not None:
            self._pictures.move_to_end(number)
        return found

    def rowCount(self, parent: Index = _ROOT) -> int:
        """How many pages."""
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = _DISPLAY) -> object:
        """The number as it is printed, or as it is said."""
        number = index.row() + 1
        printed = self._labels[index.row()] if index.row() < len(self._labels) else ""
        if role == _DISPLAY:
            return visible(printed) or str(number)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = f", printed {visible(printed)}" if printed not in {"", str(number)} else ""
            return f"Page {number}{said}"
        return None


class OutlineItems(QAbstractListModel):
    """The lines of a table of contents."""

    def __init__(self, parent: QObject) -> None:
        """No lines."""
        super().__init__(parent)
        self.entries: tuple[OutlineEntry, ...] = ()
        self.has_levels = False
        self._highest = 1

    def show_entries(self, entries: tuple[OutlineEntry, ...]) -> None:
        """Show other lines."""
        self.beginResetModel()
        self.entries = entries
        self._highest = min((entry.level for entry in entries), default=1)
        self.has_levels = any(entry.level > self._highest for entry in entries)
        self.endResetModel()

    def depth(self, row: int) -> int:
        """How far a line stands to the right."""
        return min(self.entries[row].level - self._highest, MOST_INDENTS)

    def row_of(self, number: int) -> int:
        """The last line that leads to a unit or one before it; -1 when there is none."""
        rows = [row for row, entry in enumerate(self.entries) if 0 < entry.unit <= number]
        best = max((self.entries[row].unit for row in rows), default=0)
        return next((row for row in rows if self.entries[row].unit == best), -1)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """How many lines."""
        return 0 if parent.isValid() else len(self.entries)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Lines that lead nowhere cannot be chosen."""
        leads = index.isValid() and self.entries[index.row()].unit > 0
        return super().flags(index) if leads else Qt.ItemFlag.NoItemFlags

    def data(self, index: Index, role: int = _DISPLAY) -> object:
        """The title."""
        entry = self.entries[index.row()]
        if role in {_DISPLAY, Qt.ItemDataRole.AccessibleTextRole}:
            return visible(entry.title)
        return tip(visible(entry.title)) if role == Qt.ItemDataRole.ToolTipRole else None


class PageDelegate(QStyledItemDelegate):
    """Draws a page with its number below."""

    def __init__(self, theme: Theme, items: PageItems, parent: QObject) -> None:
        """Draw pictures of these items."""
        super().__init__(parent)
        self._theme, self._items = theme, items

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """All rows are alike."""
        return QSize(THUMB_WIDTH + 2 * tokens.GAP_M, THUMB_ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one page."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area: QRect = option.rect
        picture = self._items.picture(index.row() + 1)
        frame = QRect(0, 0, THUMB_WIDTH, THUMB_HEIGHT)
        if picture is not None and not picture.isNull():
            size = picture.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
            frame = QRect(0, 0, size.width(), size.height())
        frame.moveCenter(QRect(area.left(), area.top(), area.width(), THUMB_HEIGHT + 12).center())
        painter.fillRect(frame, QColor("#FFFFFF"))
        if picture is not None:
            painter.drawImage(frame, picture)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.colour("accent" if chosen else "line"), 2 if chosen else 1))
        edge = 2 if chosen else 1
        painter.drawRect(frame.adjusted(-edge, -edge, edge - 1, edge - 1))
        painter.setFont(self._theme.font(tokens.SIZE_META, 600 if chosen else 400))
        painter.setPen(self._theme.colour("accent_text" if chosen else "text2"))
        words = QRect(area.left(), area.bottom() - 22, area.width(), 18)
        said = str(index.data())
        metrics = painter.fontMetrics()
        said = metrics.elidedText(said, Qt.TextElideMode.ElideMiddle, words.width() - 8)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignCenter), said)
        painter.restore()


class OutlineDelegate(QStyledItemDelegate):
    """Draws a line of the contents."""

    def __init__(self, theme: Theme, items: OutlineItems, parent: QObject) -> None:
        """Draw lines of these items."""
        super().__init__(parent)
        self._theme, self._items = theme, items

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """All rows are alike."""
        return QSize(THUMB_WIDTH, ENTRY_ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one line."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area: QRect = option.rect.adjusted(6, 1, -6, -1)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        under = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if chosen or under:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("selection" if chosen else "hover"))
            painter.drawRoundedRect(QRectF(area), tokens.RADIUS_CONTROL, tokens.RADIUS_CONTROL)
        depth = self._items.depth(index.row())
        entry = self._items.entries[index.row()]
        words = area.adjusted(tokens.GAP_S + INDENT * depth, 0, -tokens.GAP_S, 0)
        heavy = depth == 0 and self._items.has_levels
        painter.setFont(self._theme.font(tokens.SIZE_META, 600 if heavy else 400))
        token = "text3" if not entry.unit else "accent_text" if chosen else "text"
        painter.setPen(self._theme.colour(token))
        said = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, words.width()
        )
        side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words, int(side), said)
        painter.restore()
