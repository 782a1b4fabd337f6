"""Things inside the transcript that are drawn, not written: source cards and small buttons.

Each is one character of the document with a link of ours, so selection, the
keyboard and scrolling work as for words. Must not know what a click does.
"""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QBrush,
    QFontMetricsF,
    QPainter,
    QPen,
    QPyTextObject,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
)

from carrel.domain.answers import Citation, Verdict
from carrel.ui import words
from carrel.ui.markdown.chips import CHIP_HEIGHT, chip_width, chip_words, paint_chip, paint_focus
from carrel.ui.markdown.looks import PROPERTY_WORDS, Looks
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import RADIUS_BUTTON, RADIUS_CONTROL, SIZE_META, SIZE_UI

_USER_OBJECT: Final = int(QTextFormat.ObjectTypes.UserObject.value)
CARD_OBJECT: Final = _USER_OBJECT + 2
METER_OBJECT: Final = _USER_OBJECT + 4
BUTTON_OBJECT: Final = _USER_OBJECT + 3

_USER: Final = int(QTextFormat.Property.UserProperty)
_TITLE: Final = _USER + 30
_PLACE: Final = _USER + 31
_WORDS: Final = _USER + 32
_VERDICT: Final = _USER + 33
_WIDTH: Final = _USER + 34
_GAP: Final = _USER + 35
_HREF: Final = _USER + 36
_ICON: Final = _USER + 37

_SHARE: Final = _USER + 38
_COLOUR: Final = _USER + 39

METER_WIDTH: Final = 56
METER_ROOM: Final = METER_WIDTH + 10
"""Pixels of the bar and the space behind it."""
SIGN_SIDE: Final = 14
"""Pixels of a sign before a line."""
CARD_HEIGHT: Final = 44
CARD_GAP: Final = 8
CARD_LARGEST: Final = 300
"""Pixels; a single source does not need the whole column."""
CARD_LEAST: Final = 168
MORE_WIDTH: Final = 38
BUTTON_SIDE: Final = 30
BUTTON_ICON: Final = 16
BUTTON_ASCENT: Final = 20
"""Pixels a button claims above the baseline; the rest is painted below it, so that words beside it
stand at its middle."""
CHEVRON_SIDE: Final = 16
CHEVRON_ASCENT: Final = 11
"""Pixels claimed above the baseline, less than the words beside it have."""


def card_format(
    citation: Citation, href: str, looks: Looks, *, width: float, gap: float
) -> QTextCharFormat:
    """A source card: number, document and place. `width` and the `gap` after it in pixels."""
    made = _linked(CARD_OBJECT, href, looks)
    made.setProperty(_TITLE, visible(citation.document_name))
    made.setProperty(_PLACE, visible(words.cited_place(citation)))
    made.setProperty(_WORDS, chip_words(citation))
    made.setProperty(_VERDICT, citation.verdict.value)
    made.setProperty(_WIDTH, float(width))
    made.setProperty(_GAP, float(gap))
    return made


def more_format(count: int, href: str, looks: Looks) -> QTextCharFormat:
    """The card that stands for `count` further sources."""
    made = _linked(CARD_OBJECT, href, looks)
    made.setProperty(_WORDS, f"+{count}")
    made.setProperty(_VERDICT, Verdict.EXACT.value)
    made.setProperty(_WIDTH, float(MORE_WIDTH))
    made.setProperty(_GAP, 0.0)
    return made


def button_format(href: str, looks: Looks, *, icon: str = "", text: str = "") -> QTextCharFormat:
    """A small button: an icon alone, or words in a frame."""
    made = _linked(BUTTON_OBJECT, href, looks)
    made.setProperty(_ICON, icon)
    made.setProperty(_WORDS, text)
    return made


def chevron_format(href: str, looks: Looks, icon: str) -> QTextCharFormat:
    """The arrow of a line that folds."""
    made = _linked(BUTTON_OBJECT, href, looks)
    made.setProperty(_ICON, icon)
    made.setProperty(_WORDS, "")
    made.setProperty(_WIDTH, float(CHEVRON_SIDE))
    return made


def meter_format(looks: Looks, share: float) -> QTextCharFormat:
    """A bar filled by a share, 0 to 1."""
    made = QTextCharFormat(looks.meta)
    made.setObjectType(METER_OBJECT)
    made.setProperty(_SHARE, float(share))
    made.setProperty(PROPERTY_WORDS, "")
    return made


def icon_format(looks: Looks, icon: str, colour: str) -> QTextCharFormat:
    """A small sign before a line, in a colour token."""
    made = QTextCharFormat(looks.meta)
    made.setObjectType(METER_OBJECT)
    made.setProperty(_ICON, icon)
    made.setProperty(_COLOUR, colour)
    made.setProperty(PROPERTY_WORDS, "")
    return made


def _linked(kind: int, href: str, looks: Looks) -> QTextCharFormat:
    made = QTextCharFormat(looks.body)
    made.setObjectType(kind)
    made.setAnchor(True)
    made.setAnchorHref(href)
    made.setProperty(_HREF, href)
    made.setProperty(PROPERTY_WORDS, "")
    return made


class CardObject(QPyTextObject):
    """Draws source cards."""

    def __init__(
        self,
        theme: Theme,
        is_active: Callable[[str], bool],
        is_hovered: Callable[[str], bool],
        has_focus: Callable[[int], bool],
        parent: QObject,
    ) -> None:
        """Ask the callables with a card's href, and the last with its position."""
        super().__init__(parent)
        self._theme = theme
        self._is_active = is_active
        self._is_hovered = is_hovered
        self._has_focus = has_focus

    def intrinsicSize(self, _doc: QTextDocument, _at: int, format: QTextFormat) -> QSizeF:  # noqa: A002
        """The size of a card and the gap after it, pixels."""
        return QSizeF(
            format.doubleProperty(_WIDTH) + format.doubleProperty(_GAP), CARD_HEIGHT + CARD_GAP
        )

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        _doc: QTextDocument,
        at: int,
        format: QTextFormat,  # noqa: A002 - Qt's name
    ) -> None:
        """Paint a card."""
        rect = QRectF(rect)
        theme = self._theme
        href = format.stringProperty(_HREF)
        active = self._is_active(href)
        area = QRectF(rect.left(), rect.top(), format.doubleProperty(_WIDTH), CARD_HEIGHT)
        frame = area.adjusted(0.5, 0.5, -0.5, -0.5)
        ground = "accent_weak" if active else "hover" if self._is_hovered(href) else "raised"
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("accent" if active else "line"), 1))
        painter.setBrush(QBrush(theme.colour(ground)))
        painter.drawRoundedRect(frame, RADIUS_BUTTON, RADIUS_BUTTON)
        if not format.hasProperty(_TITLE):
            painter.setPen(theme.colour("text"))
            painter.setFont(theme.font(SIZE_UI, 600))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), format.stringProperty(_WORDS))
        else:
            self._paint_source(painter, area, format, active=active)
        painter.restore()
        if self._has_focus(at):
            paint_focus(painter, area, theme, RADIUS_BUTTON + 2)

    def _paint_source(
        self, painter: QPainter, area: QRectF, format_: QTextFormat, *, active: bool
    ) -> None:
        theme = self._theme
        mark = format_.stringProperty(_WORDS)
        chip = QRectF(
            area.left() + 10, area.center().y() - CHIP_HEIGHT / 2 - 1,
            max(20.0, chip_width(mark)), CHIP_HEIGHT + 2,
        )  # fmt: skip
        verdict = Verdict(format_.stringProperty(_VERDICT))
        paint_chip(painter, chip, mark, verdict, theme, active=active)
        left = chip.right() + 9
        room = QRectF(left, area.top() + 5, area.right() - left - 10, 18)
        font = theme.font(SIZE_META, 600)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(theme.colour("text"))
        shown = metrics.elidedText(
            format_.stringProperty(_TITLE), Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), shown)
        font = theme.font(SIZE_META)
        painter.setFont(font)
        painter.setPen(theme.colour("text2"))
        place = QFontMetricsF(font).elidedText(
            format_.stringProperty(_PLACE), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room.translated(0, 16), int(Qt.AlignmentFlag.AlignVCenter), place)


class ButtonObject(QPyTextObject):
    """Draws small buttons."""

    def __init__(
        self,
        theme: Theme,
        is_hovered: Callable[[str], bool],
        has_focus: Callable[[int], bool],
        parent: QObject,
    ) -> None:
        """Ask `is_hovered` with a button's href and `has_focus` with its position."""
        super().__init__(parent)
        self._theme = theme
        self._is_hovered = is_hovered
        self._has_focus = has_focus

    def intrinsicSize(self, _doc: QTextDocument, _at: int, format: QTextFormat) -> QSizeF:  # noqa: A002
        """The size of a button, pixels."""
        text = format.stringProperty(_WORDS)
        if format.hasProperty(_WIDTH):
            return QSizeF(CHEVRON_SIDE + 6, CHEVRON_ASCENT)
        if not text:
            return QSizeF(BUTTON_SIDE + 2, BUTTON_ASCENT)
        advance = QFontMetricsF(self._theme.font(SIZE_UI, 500)).horizontalAdvance(text)
        return QSizeF(advance + 28, BUTTON_SIDE)

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        _doc: QTextDocument,
        at: int,
        format: QTextFormat,  # noqa: A002 - Qt's name
    ) -> None:
        """Paint a button."""
        rect = QRectF(rect)
        theme = self._theme
        if format.hasProperty(_WIDTH):
            top = rect.bottom() - CHEVRON_SIDE + 3
            arrow = QRectF(rect.left(), top, CHEVRON_SIDE, CHEVRON_SIDE)
            theme.paint_icon(painter, arrow, format.stringProperty(_ICON), "text2")
            if self._has_focus(at):
                paint_focus(painter, arrow, theme, RADIUS_CONTROL)
            return
        text = format.stringProperty(_WORDS)
        hovered = self._is_hovered(format.stringProperty(_HREF))
        top = rect.bottom() - (BUTTON_SIDE if text else BUTTON_ASCENT)
        area = QRectF(rect.left(), top, rect.width() if text else BUTTON_SIDE, BUTTON_SIDE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("line"), 1) if text else Qt.PenStyle.NoPen)
        if text or hovered:
            painter.setBrush(QBrush(theme.colour("hover" if hovered else "raised")))
            painter.drawRoundedRect(
                area.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CONTROL, RADIUS_CONTROL
            )
        if text:
            painter.setFont(theme.font(SIZE_UI, 500))
            painter.setPen(theme.colour("text"))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)
        else:
            inset = (BUTTON_SIDE - BUTTON_ICON) / 2
            theme.paint_icon(
                painter,
                area.adjusted(inset, inset, -inset, -inset),
                format.stringProperty(_ICON),
                "text" if hovered else "text2",
            )
        painter.restore()
        if self._has_focus(at):
            paint_focus(painter, area, theme, RADIUS_CONTROL + 2)


class MeterObject(QPyTextObject):
    """Draws the bar of how much was read, and small signs before lines."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        """Draw in the colours of a theme."""
        super().__init__(parent)
        self._theme = theme

    def intrinsicSize(self, _doc: QTextDocument, _at: int, format: QTextFormat) -> QSizeF:  # noqa: A002
        """The size of a bar or a sign and the space behind it, pixels."""
        width = METER_ROOM if format.hasProperty(_SHARE) else SIGN_SIDE + 7
        return QSizeF(width, CHEVRON_ASCENT)

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        _doc: QTextDocument,
        _at: int,
        format: QTextFormat,  # noqa: A002 - Qt's name
    ) -> None:
        """Paint a bar or a sign."""
        rect = QRectF(rect)
        if not format.hasProperty(_SHARE):
            area = QRectF(rect.left(), rect.bottom() - SIGN_SIDE + 2, SIGN_SIDE, SIGN_SIDE)
            icon, colour = format.stringProperty(_ICON), format.stringProperty(_COLOUR)
            self._theme.paint_icon(painter, area, icon, colour)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(rect.left(), rect.bottom() - 7, METER_WIDTH, 5)
        painter.setBrush(QBrush(self._theme.colour("track")))
        painter.drawRoundedRect(bar, 2.5, 2.5)
        share = format.doubleProperty(_SHARE)
        if share > 0:
            bar.setWidth(max(5.0, METER_WIDTH * share))
            painter.setBrush(QBrush(self._theme.colour("accent")))
            painter.drawRoundedRect(bar, 2.5, 2.5)
        painter.restore()
