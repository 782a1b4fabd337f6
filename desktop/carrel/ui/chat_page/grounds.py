"""What is painted under the words of a transcript: bubbles, code cards, bars, rules.

Works from the properties of blocks alone. Only blocks in sight are visited.
Must not know exchanges or markdown.
"""

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen, QTextBlock, QTextDocument, QTextFormat

from carrel.ui.markdown.looks import (
    CODE_FOOT,
    CODE_PADDING,
    GROUND_CODE,
    GROUND_RULE,
    PROPERTY_GROUND,
    PROPERTY_QUOTE,
)
from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import RADIUS_BUTTON, RADIUS_CARD

GROUND_BUBBLE: Final = "bubble"
GROUND_THOUGHT: Final = "thought"
GROUND_STATUS: Final = "status"
GROUND_BAD: Final = "bad"
GROUND_WARN: Final = "warn"
GROUND_NOTE: Final = "note"
"""Under what is told of a search that found no answer."""

PROPERTY_SHARE: Final = int(QTextFormat.Property.UserProperty) + 40
"""Block: share done of the step a status line names, 0 to 1; negative when unknown."""

BUBBLE_PADDING_X: Final = 14
BUBBLE_PADDING_Y: Final = 9
NOTICE_PADDING: Final = 14
NOTE_PADDING: Final = 16
LOOK_BACK: Final = 4
"""Blocks visited above the first one in sight, so that the edge of a ground that begins above is
painted out of sight."""
BAR_WIDTH: Final = 160


def paint_grounds(
    painter: QPainter, document: QTextDocument, first: QTextBlock, area: QRectF, theme: Theme
) -> None:
    """Paint the grounds of all blocks that touch an area.

    Args:
        painter: in the document's coordinates.
        document: with a layout.
        first: the first block in the area.
        area: what is in sight.
        theme: of the colours.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for _ in range(LOOK_BACK):
        if not first.previous().isValid():
            break
        first = first.previous()
    ground, box = "", QRectF()
    for block in _from(first):
        rect = _words_rect(block, document)
        if rect.top() > area.bottom() + 40:
            break
        format_ = block.blockFormat()
        name = str(format_.property(PROPERTY_GROUND) or "")
        starts_new = name != ground or name == GROUND_BUBBLE
        if starts_new and ground:
            _paint_group(painter, ground, box, theme)
        full = QRectF(rect)
        full.setLeft(rect.left() + format_.leftMargin())
        full.setRight(document.textWidth() - document.documentMargin() - format_.rightMargin())
        box = full if starts_new else box.united(full)
        ground = name
        if format_.property(PROPERTY_QUOTE):
            following = block.next()
            below = _words_rect(following, document).top() if following.isValid() else 0.0
            _paint_quote_bars(painter, block, rect, below, theme)
        if name == GROUND_STATUS:
            _paint_status(painter, block, full, theme)
    if ground:
        _paint_group(painter, ground, box, theme)
    painter.restore()


def _words_rect(block: QTextBlock, document: QTextDocument) -> QRectF:
    """Where the words of a block stand.

    Qt puts what a line is widened by above its words, and leaves it out of the
    height it reports for the block.
    """
    rect = document.documentLayout().blockBoundingRect(block)
    lines = block.layout()
    if lines.lineCount() == 0:
        return rect
    first, last = lines.lineAt(0), lines.lineAt(lines.lineCount() - 1)
    top = rect.top() + first.y()
    return QRectF(rect.left(), top, rect.width(), rect.top() + last.y() + last.height() - top)


def _from(block: QTextBlock) -> Iterator[QTextBlock]:
    while block.isValid():
        yield block
        block = block.next()


def _paint_group(painter: QPainter, ground: str, box: QRectF, theme: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    if ground == GROUND_BUBBLE:
        painter.setBrush(QBrush(theme.colour("bubble")))
        x, y = BUBBLE_PADDING_X, BUBBLE_PADDING_Y
        painter.drawRoundedRect(box.adjusted(-x, -y, x, y), 14, 14)
    elif ground == GROUND_CODE:
        painter.setBrush(QBrush(theme.colour("code")))
        painter.setPen(QPen(theme.colour("line"), 1))
        card = box.adjusted(-CODE_PADDING + 0.5, -9.5, CODE_PADDING - 0.5, CODE_FOOT - 0.5)
        painter.drawRoundedRect(card, RADIUS_BUTTON, RADIUS_BUTTON)
    elif ground == GROUND_NOTE:
        painter.setBrush(QBrush(theme.colour("raised")))
        painter.setPen(QPen(theme.colour("line"), 1))
        card = box.adjusted(-NOTE_PADDING + 0.5, -11.5, NOTE_PADDING - 0.5, 11.5)
        painter.drawRoundedRect(card, RADIUS_CARD, RADIUS_CARD)
    elif ground in (GROUND_BAD, GROUND_WARN):
        painter.setBrush(QBrush(theme.colour(f"{ground}_weak")))
        card = box.adjusted(-NOTICE_PADDING - 26, -12, NOTICE_PADDING, 12)
        painter.drawRoundedRect(card, RADIUS_CARD, RADIUS_CARD)
        icon = QRectF(card.left() + NOTICE_PADDING, box.top() - 1, 18, 18)
        theme.paint_icon(painter, icon, "triangle-alert", ground)
    elif ground == GROUND_THOUGHT:
        painter.setBrush(QBrush(theme.colour("line")))
        painter.drawRoundedRect(QRectF(box.left() - 14, box.top(), 2, box.height()), 1, 1)
    elif ground == GROUND_RULE:
        painter.setBrush(QBrush(theme.colour("line")))
        painter.drawRect(QRectF(box.left(), round(box.bottom() - 6), box.width(), 1))


def _paint_quote_bars(
    painter: QPainter, block: QTextBlock, rect: QRectF, below: float, theme: Theme
) -> None:
    """One bar for each level; it reaches to the next block when that stands in the quote too."""
    following = block.next()
    deeper = following.blockFormat().property(PROPERTY_QUOTE) if following.isValid() else None
    quotes = block.blockFormat().property(PROPERTY_QUOTE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(theme.colour("accent")))
    for level, left in enumerate(quotes):
        goes_on = len(deeper or ()) > level
        bottom = below + 4 if goes_on else rect.bottom() + 1
        painter.drawRoundedRect(
            QRectF(rect.left() + float(left) + 1, rect.top() - 1, 3, bottom - rect.top() + 1),
            1.5,
            1.5,
        )


def _paint_status(painter: QPainter, block: QTextBlock, box: QRectF, theme: Theme) -> None:
    """A dot before the line, and a bar below it when the share done is known."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(theme.colour("accent")))
    painter.drawEllipse(QRectF(box.left() - 16, box.center().y() - 4, 8, 8))
    share = block.blockFormat().property(PROPERTY_SHARE)
    if share is None or float(share) < 0:
        return
    bar = QRectF(box.left(), box.bottom() + 7, BAR_WIDTH, 4)
    painter.setBrush(QBrush(theme.colour("track")))
    painter.drawRoundedRect(bar, 2, 2)
    bar.setWidth(max(4.0, BAR_WIDTH * min(1.0, float(share))))
    painter.setBrush(QBrush(theme.colour("accent")))
    painter.drawRoundedRect(bar, 2, 2)
