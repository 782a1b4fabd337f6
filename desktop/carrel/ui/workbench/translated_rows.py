"""The pieces of a translation for Qt's list view, and how they are drawn: two columns of text.

Must not know the app.
"""

import unicodedata
from functools import lru_cache
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from carrel.answering.pieces import flowing
from carrel.domain.translating import Piece, PieceState, remarks
from carrel.ui.markdown.visible import visible_lines
from carrel.ui.theme import Theme, tokens
from carrel.ui.viewer.shown_text import utf16
from carrel.ui.widgets.snippet import DARK_OPACITY

PIECE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
HEAD_HEIGHT: Final = 30
GAP: Final = 28
"""Pixels between the columns."""
SIDE: Final = 20
"""Pixels left and right of both."""
LINE_HEIGHT: Final = 20
_ROOT = QModelIndex()
_SEPARATOR: Final = "\u2028"
_STATES: Final = {PieceState.CHECK: "To check", PieceState.FAILED: "Failed"}


class PieceRows(QAbstractListModel):
    """The pieces shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self.pieces: tuple[Piece, ...] = ()
        self.running = False

    def show_pieces(self, pieces: tuple[Piece, ...], *, running: bool) -> None:
        """Show other pieces; where they are the same ones, what changed is drawn anew."""
        before, self.running = self.pieces, running
        if [one.n for one in pieces] != [one.n for one in before]:
            self.beginResetModel()
            self.pieces = pieces
            self.endResetModel()
            return
        self.pieces = pieces
        if pieces:
            self.dataChanged.emit(self.index(0), self.index(len(pieces) - 1))
            if pieces != before:  # heights may differ
                self.layoutChanged.emit()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """As many as there are."""
        return 0 if parent.isValid() else len(self.pieces)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> object:
        """The piece to be drawn, or its words to be heard."""
        if not index.isValid():
            return None
        piece = self.pieces[index.row()]
        if role == PIECE_ROLE:
            return piece
        if role == int(Qt.ItemDataRole.AccessibleTextRole):
            note = remarks(piece.result) if piece.result else ""
            state = _STATES.get(piece.state, "")
            told = (said(piece, running=self.running), state, note, original(piece))
            return ". ".join(part for part in told if part)
        return None

    def begins_unit(self, row: int) -> bool:
        """Whether a row is the first of its page or section that is shown."""
        return row == 0 or self.pieces[row].place != self.pieces[row - 1].place


@lru_cache(256)
def original(piece: Piece) -> str:
    """The original as it is read."""
    return visible_lines(flowing(piece.source))


def said(piece: Piece, *, running: bool = False) -> str:
    """The translation, or what stands in its place."""
    if piece.result is None:
        return "Waits for its turn." if running else "Not translated yet."
    if piece.result.failure is not None:
        return f"{piece.result.failure.reason} {piece.result.failure.remedy}"
    return visible_lines(piece.result.text)


class PieceDelegate(QStyledItemDelegate):
    """Draws a piece beside its translation.

    Attributes:
        right_to_left: how the translation is written.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        """Draw with the theme."""
        super().__init__(parent)
        self._theme = theme
        self._heights: dict[tuple[object, ...], int] = {}
        self.right_to_left = False

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """As high as the longer of both, with the place above and remarks below."""
        piece, model = index.data(PIECE_ROLE), index.model()
        if not isinstance(piece, Piece) or not isinstance(model, PieceRows):
            return QSize(0, 0)
        width = option.rect.width()
        key = (width, piece, model.begins_unit(index.row()), model.running)
        if key not in self._heights:
            if len(self._heights) > 4 * 256:
                self._heights.clear()
            self._heights[key] = self._height(width, piece, model, row=index.row())
        return QSize(width, self._heights[key])

    def _height(self, width: int, piece: Piece, rows: PieceRows, *, row: int) -> int:
        left, right = columns(QRect(0, 0, width, 1))
        first = self._layout(original(piece), left.width())
        second = self._layout(said(piece, running=rows.running), right.width())
        note = remarks(piece.result) if piece.result else ""
        below = 0
        if note:
            below = self._layout(note, right.width(), small=True).lineCount() * LINE_HEIGHT
        lines = max(first.lineCount() * LINE_HEIGHT, second.lineCount() * LINE_HEIGHT + below)
        return lines + 24 + (HEAD_HEIGHT if rows.begins_unit(row) else 0)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one piece."""
        piece, model = index.data(PIECE_ROLE), index.model()
        if not isinstance(piece, Piece) or not isinstance(model, PieceRows):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRect(option.rect)
        if model.begins_unit(index.row()):
            self._head(painter, area, piece)
            area.setTop(area.top() + HEAD_HEIGHT)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("selection"))
            painter.drawRoundedRect(QRectF(area.adjusted(8, 2, -8, -2)), 8, 8)
        painter.setPen(self._theme.colour("line"))
        painter.drawLine(
            area.bottomLeft() + QRect(SIDE, 0, 0, 0).topLeft(),
            area.bottomRight() - QRect(SIDE, 0, 0, 0).topLeft(),
        )
        left, right = columns(area.adjusted(0, 12, 0, -12))
        self._texts(painter, left, right, piece, running=model.running)
        painter.restore()

    def _texts(
        self, painter: QPainter, left: QRect, right: QRect, piece: Piece, *, running: bool
    ) -> None:
        result = piece.result
        told = original(piece)
        missing = result.missing if result else ()
        self._draw(painter, left, self._layout(told, left.width(), marked=missing), "text")
        done = piece.state in (PieceState.DONE, PieceState.CHECK)
        layout = self._layout(
            said(piece, running=running),
            right.width(),
            marked=result.added if result else (),
            right_to_left=self.right_to_left if done else None,
        )
        colour = "text" if done else "bad" if piece.state is PieceState.FAILED else "text3"
        self._draw(painter, right, layout, colour)
        note = remarks(result) if result else ""
        if note:
            below = right.adjusted(0, layout.lineCount() * LINE_HEIGHT, 0, 0)
            self._draw(painter, below, self._layout(note, right.width(), small=True), "warn")

    def _head(self, painter: QPainter, area: QRect, piece: Piece) -> None:
        line = QRect(area.left() + SIDE, area.top(), area.width() - 2 * SIDE, HEAD_HEIGHT)
        painter.setFont(self._theme.font(tokens.SIZE_META, 600))
        painter.setPen(self._theme.colour("text2"))
        words = visible_lines(piece.place.words)
        shown = painter.fontMetrics().elidedText(
            words[:1].upper() + words[1:], Qt.TextElideMode.ElideRight, line.width()
        )
        painter.drawText(
            line, int(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft), shown
        )

    def _draw(self, painter: QPainter, area: QRect, layout: QTextLayout, colour: str) -> None:
        painter.setPen(self._theme.colour(colour))
        layout.draw(painter, QPointF(area.topLeft()))

    def _layout(
        self,
        text: str,
        width: int,
        *,
        marked: tuple[str, ...] = (),
        right_to_left: bool | None = None,
        small: bool = False,
    ) -> QTextLayout:
        shown = text.replace("\n", _SEPARATOR)
        size = tokens.SIZE_META if small else tokens.SIZE_UI
        layout = QTextLayout(shown, self._theme.font(size))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        if right_to_left if right_to_left is not None else _runs_left(text):
            option.setTextDirection(Qt.LayoutDirection.RightToLeft)
            option.setAlignment(Qt.AlignmentFlag.AlignRight)
        else:
            option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        layout.setTextOption(option)
        layout.setFormats(self._marks(shown, marked))
        layout.beginLayout()
        number = 0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1, width))
            line.setPosition(QPointF(0, number * LINE_HEIGHT))
            number += 1
        layout.endLayout()
        return layout

    def _marks(self, text: str, marked: tuple[str, ...]) -> list[QTextLayout.FormatRange]:
        form = QTextCharFormat()
        ground = self._theme.colour("mark")
        ground.setAlphaF(DARK_OPACITY if self._theme.dark else tokens.MARK_OPACITY)
        form.setBackground(ground)
        form.setForeground(self._theme.colour("text"))
        made: list[QTextLayout.FormatRange] = []
        for words in marked:
            at = text.find(words)
            if at >= 0:
                one = QTextLayout.FormatRange()
                one.start, one.length, one.format = utf16(text[:at]), utf16(words), form
                made.append(one)
        return made


def _runs_left(text: str) -> bool:
    """Whether the first letter of a text is one that is written from right to left."""
    directions = (unicodedata.bidirectional(sign) for sign in text[:200])
    return next((one in ("R", "AL") for one in directions if one in ("L", "R", "AL")), False)


def columns(area: QRect) -> tuple[QRect, QRect]:
    """Where original and translation stand."""
    width = max(2, area.width() - 2 * SIDE - GAP) // 2
    left = QRect(area.left() + SIDE, area.top(), width, area.height())
    return left, left.translated(width + GAP, 0)
