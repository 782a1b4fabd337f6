"""Draws one row of the documents page. Must not know the app.

Head and rows share `columns`, so that they stand under each other at every width.
"""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from carrel.ui.library_page.item_model import ROW_ROLE
from carrel.ui.library_page.state import Row, Tone
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme, tokens

PAD: Final = 16
ICON: Final = 18
REMEDY_HEIGHT: Final = 18
"""Extra height of a row that says what to do, pixels."""
ACTIONS_WIDTH: Final = 108
INDENT: Final = 26
"""Pixels a row moves to the right for each container it lies in, up to MOST_INDENTS."""
MOST_INDENTS: Final = 5
FOLD: Final = 14
"""Pixels of the arrow that opens a container; it stands left of the icon."""
FOLD_ROOM: Final = 8
"""Pixels more than the margin, so that the arrow keeps off the frame of the chosen row."""

CHIP_PAD: Final = 7
CHIP_GAP: Final = 6
CHIP_WIDTH: Final = 120
"""Pixels of the words of one chip; a longer one loses its end."""

_WIDTHS: Final = (("state", 118), ("units", 112), ("size", 88), ("added", 124))
_LEAST_WIDTHS: Final = {"units": 700, "size": 780, "added": 900}
"""Columns that go when the table is narrower than this, pixels."""

_FILL: Final = {
    Tone.OK: ("ok_weak", "ok"),
    Tone.WARN: ("warn_weak", "warn"),
    Tone.BAD: ("bad_weak", "bad"),
    Tone.BUSY: ("accent_weak", "accent_text"),
}


def columns(area: QRect, depth: int = 0) -> dict[str, QRect]:
    """Where each column lies in an area of this width, for a row inside so many containers."""
    shown = [(name, w) for name, w in _WIDTHS if area.width() >= _LEAST_WIDTHS.get(name, 0)]
    right = area.right() - PAD - ACTIONS_WIDTH
    found = {"actions": QRect(right, area.top(), ACTIONS_WIDTH + PAD, area.height())}
    for name, width in reversed(shown):
        right -= width
        found[name] = QRect(right, area.top(), width, area.height())
    left = area.left() + PAD + FOLD_ROOM + INDENT * min(depth, MOST_INDENTS)
    found["fold"] = QRect(left - FOLD - 3, area.top(), FOLD, area.height())
    found["icon"] = QRect(left, area.top(), ICON, area.height())
    left += ICON + 12
    found["name"] = QRect(left, area.top(), max(40, right - left - PAD), area.height())
    return found


class LibraryHead(QWidget):
    """The names of the columns."""

    def __init__(self, theme: Theme) -> None:
        """Draw with the theme."""
        super().__init__()
        self._theme = theme
        self._row_width = 0
        self.setFixedHeight(38)
        theme.changed.connect(self.update)

    def set_row_width(self, width: int) -> None:
        """Follow the rows below, which a scroll bar makes narrower."""
        self._row_width = width
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ground with its round upper corners, and the names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("side"))
        radius = tokens.RADIUS_CARD - 1
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0, 0, 0, radius), radius, radius)
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.colour("line"))
        painter.setFont(self._theme.font(tokens.SIZE_META, 600))
        painter.setPen(self._theme.colour("text2"))
        places = columns(QRect(0, 0, self._row_width or self.width(), self.height()))
        places["name"].setLeft(places["icon"].left())
        for name, words in (
            ("name", "Document"),
            ("units", "Length"),
            ("size", "Size"),
            ("added", "Added"),
            ("state", "State"),
        ):
            if name in places:
                painter.drawText(places[name], int(Qt.AlignmentFlag.AlignVCenter), words)


class LibraryDelegate(QStyledItemDelegate):
    """Draws rows: icon, name with its second line, length, size, date, state."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        """Draw with the theme."""
        super().__init__(parent)
        self._theme = theme

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """A row is higher when it says what to do, unless there are very many."""
        view = option.widget
        if isinstance(view, QListView) and view.uniformItemSizes():
            return QSize(option.rect.width(), tokens.TABLE_ROW_HEIGHT)
        row = index.data(ROW_ROLE)
        extra = REMEDY_HEIGHT if isinstance(row, Row) and row.remedy else 0
        return QSize(option.rect.width(), tokens.TABLE_ROW_HEIGHT + extra)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one row."""
        row = index.data(ROW_ROLE)
        if not isinstance(row, Row):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = option.rect
        self._ground(painter, area, option.state)
        places = columns(area, row.depth)
        if row.is_open is not None:
            arrow = QRectF(places["fold"].left(), area.top() + 14, FOLD, FOLD)
            name = "chevron-down" if row.is_open else "chevron-right"
            self._theme.paint_icon(painter, arrow, name, "text2")
        icon_tone = "bad" if row.tone is Tone.BAD else "text2"
        square = QRectF(places["icon"].left(), area.top() + 12, ICON, ICON)
        self._theme.paint_icon(painter, square, row.icon, icon_tone)
        self._words(painter, places["name"], row)
        painter.setFont(self._theme.font(tokens.SIZE_UI))
        painter.setPen(self._theme.colour("text"))
        for name, words in (("units", row.units), ("size", row.size), ("added", row.added)):
            if name in places:
                painter.drawText(places[name], int(Qt.AlignmentFlag.AlignVCenter), words)
        self._pill(painter, places["state"], row)
        painter.restore()

    def _ground(self, painter: QPainter, area: QRect, state: QStyle.StateFlag) -> None:
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, self._theme.colour("selection"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, self._theme.colour("hover"))
        painter.fillRect(area.left(), area.bottom(), area.width(), 1, self._theme.colour("line"))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(area).adjusted(2, 2, -2, -3), 5, 5)

    def _words(self, painter: QPainter, area: QRect, row: Row) -> None:
        lines: list[tuple[str, int, int, str]] = [(row.name, tokens.SIZE_UI, 600, "text")]
        low = area.height() < tokens.TABLE_ROW_HEIGHT + REMEDY_HEIGHT
        detail = f"{row.detail} {row.remedy}" if low and row.remedy else row.detail
        lines.append((detail, tokens.SIZE_META, 400, self._detail_colour(row)))
        if row.remedy and not low:
            lines.append((row.remedy, tokens.SIZE_META, 400, "text2"))
        top = area.top() + 10
        for words, size, weight, colour in lines:
            painter.setFont(self._theme.font(size, weight))
            painter.setPen(self._theme.colour(colour))
            mode = Qt.TextElideMode.ElideMiddle if weight == 600 else Qt.TextElideMode.ElideRight
            named = weight == 600
            chips = self._chips(row, area.width()) if named else []
            room = area.width() - sum(width + CHIP_GAP for _, width in chips)
            shown = painter.fontMetrics().elidedText(visible(words), mode, room)
            painter.drawText(
                QRect(area.left(), top, area.width(), 22), int(Qt.AlignmentFlag.AlignVCenter), shown
            )
            if chips:
                left = area.left() + painter.fontMetrics().horizontalAdvance(shown)
                self._draw_chips(painter, left, top, chips)
            top += 21 if size == tokens.SIZE_UI else 18
        if row.progress is not None:
            self._bar(painter, QRectF(area.left(), area.bottom() - 9, area.width(), 4), row)

    def _chips(self, row: Row, width: int) -> list[tuple[str, int]]:
        """The chips that fit beside the name, each with its width; the last may count the rest."""
        metrics = QFontMetrics(self._theme.font(tokens.SIZE_META))
        room, found = width // 2, []
        for at, words in enumerate(row.chips):
            shown = metrics.elidedText(visible(words), Qt.TextElideMode.ElideRight, CHIP_WIDTH)
            wide = metrics.horizontalAdvance(shown) + 2 * CHIP_PAD
            if wide + CHIP_GAP > room:
                rest = f"+{len(row.chips) - at}"
                found.append((rest, metrics.horizontalAdvance(rest) + 2 * CHIP_PAD))
                break
            found.append((shown, wide))
            room -= wide + CHIP_GAP
        return found

    def _draw_chips(
        self, painter: QPainter, left: int, top: int, chips: list[tuple[str, int]]
    ) -> None:
        painter.setFont(self._theme.font(tokens.SIZE_META))
        for words, width in chips:
            left += CHIP_GAP
            painter.setPen(QPen(self._theme.colour("line"), 1))
            painter.setBrush(self._theme.colour("side"))
            area = QRectF(left + 0.5, top + 2.5, width - 1, 17)
            painter.drawRoundedRect(area, 8, 8)
            painter.setPen(self._theme.colour("text2"))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), words)
            left += width

    def _detail_colour(self, row: Row) -> str:
        if row.tone in {Tone.BAD, Tone.WARN}:
            return "bad" if row.tone is Tone.BAD else "warn"
        return "text2"

    def _bar(self, painter: QPainter, area: QRectF, row: Row) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("track"))
        painter.drawRoundedRect(area, 2, 2)
        share = row.progress if row.progress is not None else 0.0
        if share > 0:
            painter.setBrush(self._theme.colour("accent"))
            filled = QRectF(area.left(), area.top(), max(4.0, area.width() * share), area.height())
            painter.drawRoundedRect(filled, 2, 2)

    def _pill(self, painter: QPainter, area: QRect, row: Row) -> None:
        ground, words = _FILL[row.tone]
        painter.setFont(self._theme.font(tokens.SIZE_META, 600))
        width = painter.fontMetrics().horizontalAdvance(row.state) + 20
        pill = QRectF(area.left(), area.center().y() - 10, width, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.colour(ground)))
        painter.drawRoundedRect(pill, 10, 10)
        painter.setPen(self._theme.colour(words))
        painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), row.state)
