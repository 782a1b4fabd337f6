"""Why a hit stands where it does, as rows with bars. Must not know who asks."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from carrel.ui.markdown.visible import visible
from carrel.ui.search.state import WhyRow
from carrel.ui.theme import Theme, tokens

ROW_HEIGHT: Final = 24
HEAD_HEIGHT: Final = 30
BAR_WIDTH: Final = 120
BAR_HEIGHT: Final = 6
SHARE_WIDTH: Final = 44
WORD_SHARE: Final = 0.3
"""Of the width, for the words; the rest tells where they stand."""


class WhyView(QWidget):
    """A head and a row for each reason, the weightiest first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Start without reasons."""
        super().__init__(parent)
        self._theme = theme
        self._head, self.rows = "", tuple[WhyRow, ...]()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Why this hit")
        theme.changed.connect(self.update)

    def show_rows(self, head: str, rows: tuple[WhyRow, ...]) -> None:
        """Show other reasons."""
        self._head, self.rows = head, rows
        self.setAccessibleDescription("\n".join((head, *(row.spoken for row in rows))))
        self.setFixedHeight(self.sizeHint().height())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(400, HEAD_HEIGHT + ROW_HEIGHT * len(self.rows) + 6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the head and the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.colour("text2"))
        painter.setFont(self._theme.font(tokens.SIZE_META))
        area = self.rect().adjusted(18, 0, -18, 0)
        middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(area.left(), 4, area.width(), HEAD_HEIGHT - 6), middle, self._head)
        words_width = area.width() * WORD_SHARE
        bars = area.right() - BAR_WIDTH - SHARE_WIDTH
        for at, row in enumerate(self.rows):
            top = HEAD_HEIGHT + at * ROW_HEIGHT
            self._text(painter, row.words, QRectF(area.left(), top, words_width - 10, ROW_HEIGHT),
                       "text")  # fmt: skip
            left = area.left() + words_width
            self._text(painter, row.said, QRectF(left, top, bars - left - 12, ROW_HEIGHT), "text2")
            self._bar(painter, row.share, bars, top)

    def _text(self, painter: QPainter, text: str, area: QRectF, colour: str) -> None:
        painter.setPen(self._theme.colour(colour))
        shown = painter.fontMetrics().elidedText(
            visible(text), Qt.TextElideMode.ElideRight, int(area.width())
        )
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def _bar(self, painter: QPainter, share: float, left: float, top: float) -> None:
        ground = QRectF(left, top + (ROW_HEIGHT - BAR_HEIGHT) / 2, BAR_WIDTH, BAR_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("line"))
        painter.drawRoundedRect(ground, 3, 3)
        painter.setBrush(self._theme.colour("accent"))
        filled = QRectF(ground)
        filled.setWidth(max(BAR_HEIGHT, BAR_WIDTH * share))
        painter.drawRoundedRect(filled, 3, 3)
        painter.setPen(self._theme.colour("text2"))
        area = QRectF(ground.right() + 6, top, SHARE_WIDTH - 6, ROW_HEIGHT)
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, side, f"{share:.0%}" if share >= 0.005 else "< 1%")
