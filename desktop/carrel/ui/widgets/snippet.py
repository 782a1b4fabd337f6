"""A few lines of literal text with some words marked, painted. Must not know any page."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QPainter, QTextCharFormat, QTextLayout, QTextOption

from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme, tokens
from carrel.ui.viewer.shown_text import utf16

LINE_HEIGHT: Final = 19
"""Pixels from line to line."""
DARK_OPACITY: Final = 0.28
"""Of the ground behind marked words in the dark theme; light letters stay readable on it."""


def paint_snippet(
    painter: QPainter,
    area: QRect,
    theme: Theme,
    pieces: Iterable[tuple[str, bool]],
    *,
    lines: int,
    colour: str,
) -> None:
    """Paint the first lines of a text; marked words get a ground and weight.

    Args:
        pieces: words in order, and whether they are marked.
        lines: at most.
        colour: token of the words; marked ones take the theme's text colour.
    """
    text, formats, at = "", [], 0
    for piece, marked in pieces:
        clean = visible(piece)
        if marked:
            one = QTextLayout.FormatRange()
            one.start, one.length = at, utf16(clean)
            one.format = _mark(theme)
            formats.append(one)
        text += clean
        at += utf16(clean)
    layout = QTextLayout(text, theme.font(tokens.SIZE_UI))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.setFormats(formats)
    layout.beginLayout()
    for number in range(lines):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(area.width())
        line.setPosition(QPointF(0, number * LINE_HEIGHT))
    layout.endLayout()
    painter.setPen(theme.colour(colour))
    layout.draw(painter, QPointF(area.topLeft()))


def _mark(theme: Theme) -> QTextCharFormat:
    form = QTextCharFormat()
    ground = theme.colour("mark")
    ground.setAlphaF(DARK_OPACITY if theme.dark else tokens.MARK_OPACITY)
    form.setBackground(ground)
    form.setForeground(theme.colour("text"))
    form.setFontWeight(600)
    return form
