"""Citation marks inside text: a number one can click, drawn on the line.

A chip is one character of the document. Its height stays below that of the
text, so that no line moves; it is painted a little past it. Must not know
markdown, nor what a click does.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFontMetricsF,
    QPainter,
    QPen,
    QPyTextObject,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
)

from carrel.domain.answers import Citation, Verdict
from carrel.ui.markdown.looks import PROPERTY_WORDS, Looks
from carrel.ui.theme import Theme, fonts
from carrel.ui.theme.tokens import SIZE_CAPS, Tokens

CHIP_OBJECT: Final = int(QTextFormat.ObjectTypes.UserObject.value) + 1

_NUMBER: Final = int(QTextFormat.Property.UserProperty) + 20
_VERDICT: Final = int(QTextFormat.Property.UserProperty) + 21
_HREF: Final = int(QTextFormat.Property.UserProperty) + 22

CHIP_HEIGHT: Final = 16
"""Pixels painted. Together with `CHIP_ASCENT` it keeps within a 20 pixel line."""
CHIP_ASCENT: Final = 12
"""Pixels it claims above the baseline; less than a line of 14 pixel text has."""
CHIP_BELOW: Final = 3.5
"""Pixels it is painted below the baseline."""
CHIP_MARGIN: Final = 2
CHIP_PADDING: Final = 4.5
CHIP_RADIUS: Final = 4.5


def chip_words(citation: Citation) -> str:
    """What stands in a chip: the number, marked when the words differ or are missing."""
    return {Verdict.EXACT: "", Verdict.NEAR: "≈", Verdict.NOT_FOUND: "?"}[citation.verdict] + str(
        citation.n
    )


def chip_format(citation: Citation, href: str, looks: Looks) -> QTextCharFormat:
    """The format of the one character that is the chip.

    Args:
        citation: a quote that was not found gets no link.
        href: what an activated link reports; made by us, never by a text.
        looks: of the text around.
    """
    made = QTextCharFormat(looks.body)
    made.setObjectType(CHIP_OBJECT)
    made.setProperty(_NUMBER, chip_words(citation))
    made.setProperty(_VERDICT, citation.verdict.value)
    made.setProperty(_HREF, href)
    made.setProperty(PROPERTY_WORDS, f"[{citation.n}]")
    if citation.verdict is not Verdict.NOT_FOUND:
        made.setAnchor(True)
        made.setAnchorHref(href)
    return made


def paint_chip(
    painter: QPainter,
    area: QRectF,
    words: str,
    verdict: Verdict,
    theme: Theme,
    *,
    active: bool = False,
) -> None:
    """Draw a chip into its area."""
    tokens = theme.tokens
    fill, ink = _colours(tokens, verdict, active=active)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(QColor(fill)))
    painter.drawRoundedRect(area, CHIP_RADIUS, CHIP_RADIUS)
    if verdict is Verdict.NOT_FOUND:
        pen = QPen(QColor(ink), 1.0, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inner = area.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(inner, CHIP_RADIUS, CHIP_RADIUS)
    painter.setPen(QColor(ink))
    painter.setFont(theme.font(SIZE_CAPS, 600))
    painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), words)
    painter.restore()


def _colours(tokens: Tokens, verdict: Verdict, *, active: bool) -> tuple[str, str]:
    if verdict is Verdict.NOT_FOUND:
        return tokens.bg, tokens.bad
    if active:
        return tokens.accent, tokens.on_accent
    if verdict is Verdict.NEAR:
        return tokens.warn_weak, tokens.warn
    return tokens.accent_weak, tokens.accent_text


class ChipObject(QPyTextObject):
    """Draws the chips of a document."""

    def __init__(
        self,
        theme: Theme,
        is_active: Callable[[str], bool],
        has_focus: Callable[[int], bool],
        parent: QObject,
    ) -> None:
        """Ask `is_active` with a chip's href and `has_focus` with its position."""
        super().__init__(parent)
        self._theme = theme
        self._is_active = is_active
        self._has_focus = has_focus

    def intrinsicSize(self, _doc: QTextDocument, _at: int, format: QTextFormat) -> QSizeF:  # noqa: A002
        """The room a chip takes in its line, pixels."""
        words = format.stringProperty(_NUMBER)
        return QSizeF(chip_width(words) + 2 * CHIP_MARGIN, CHIP_ASCENT)

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        _doc: QTextDocument,
        at: int,
        format: QTextFormat,  # noqa: A002 - Qt's name
    ) -> None:
        """Paint a chip."""
        rect = QRectF(rect)
        words = format.stringProperty(_NUMBER)
        bottom = rect.bottom() + CHIP_BELOW
        area = QRectF(
            QPointF(rect.left() + CHIP_MARGIN, bottom - CHIP_HEIGHT),
            QSizeF(rect.width() - 2 * CHIP_MARGIN, CHIP_HEIGHT),
        )
        verdict = Verdict(format.stringProperty(_VERDICT))
        active = self._is_active(format.stringProperty(_HREF))
        paint_chip(painter, area, words, verdict, self._theme, active=active)
        if self._has_focus(at):
            paint_focus(painter, area, self._theme, CHIP_RADIUS + 2)


@lru_cache(maxsize=1_000)
def chip_width(words: str) -> float:
    """Pixels a chip is wide; never less than it is high. Asked for in every layout, so kept."""
    advance = QFontMetricsF(fonts.interface(SIZE_CAPS, 600)).horizontalAdvance(words)
    return max(float(CHIP_HEIGHT), advance + 2 * CHIP_PADDING)


def paint_focus(painter: QPainter, area: QRectF, theme: Theme, radius: float) -> None:
    """The ring around what the keyboard is on."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colour("accent"), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(area.adjusted(-2, -2, 2, 2), radius, radius)
    painter.restore()


def chip_href(format_: QTextFormat) -> str:
    """What a chip leads to, whether it is a link or not."""
    return format_.stringProperty(_HREF)
