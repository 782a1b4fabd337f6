"""The formats of answer text, made of theme tokens.

Every character and block of a transcript gets its format here, so a change of
theme is a change of `Looks`. Must not know markdown or any page.
"""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QTextBlockFormat,
    QTextCharFormat,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextOption,
    QTextTableCellFormat,
    QTextTableFormat,
)

from carrel.ui.markdown.blocks import Style
from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import SIZE_ANSWER, SIZE_CAPS, SIZE_META

_USER: Final = int(QTextFormat.Property.UserProperty)
PROPERTY_GROUND: Final = _USER + 1
"""Block: what is painted under it; one of the ``GROUND_…`` names."""
PROPERTY_QUOTE: Final = _USER + 2
"""Block: left edges of the quotation bars beside it, pixels, as a list."""
PROPERTY_MARKER: Final = _USER + 3
"""Block: characters of its list marker, which copying turns into markdown."""
PROPERTY_WORDS: Final = _USER + 4
"""Character: what an inline object stands for when text is copied."""

PROPERTY_RIGHT_TAB: Final = _USER + 5
"""Block: its last words stand at the right edge; the tab moves when the column does."""
PROPERTY_CODE: Final = _USER + 6
"""Block: the head of a code block, with its number."""

GROUND_CODE: Final = "code"
GROUND_RULE: Final = "rule"

LINE_HEIGHT: Final = 1.75
"""Pitch of lines as a multiple of the type size: 145 % of Inter's own line of 1.21."""
TIGHT_LINE_HEIGHT: Final = 1.45
"""The same for headings, bubbles and notices."""
PARAGRAPH_GAP: Final = 10
"""Pixels between paragraphs."""
LIST_INDENT: Final = 20
QUOTE_INDENT: Final = 16
CODE_PADDING: Final = 14
SIZE_CODE: Final = 13
SIZE_HEADINGS: Final = (18, 16, 15, 14, 14, 14)
"""Type sizes of headings 1 to 6, pixels. An answer is not a page: they stay near the text."""
CODE_LINE_HEIGHT: Final = 19
CODE_HEAD_HEIGHT: Final = 24
CODE_FOOT: Final = 10
"""Pixels of the card below the last line of code."""


class Looks:
    """All formats of one theme."""

    def __init__(self, theme: Theme) -> None:
        """Make the formats from the theme's present tokens."""
        self.theme = theme
        self.tokens = theme.tokens
        self.body = self.characters(SIZE_ANSWER)
        self._styled: dict[tuple[int, Style], QTextCharFormat] = {}
        self.code = self._code()
        self.caps = self.characters(SIZE_CAPS, weight=600, colour="text3")
        self.meta = self.characters(SIZE_META, colour="text2")

    def colour(self, token: str) -> QColor:
        """A token as a colour."""
        return QColor(getattr(self.tokens, token))

    def characters(self, size: int, *, weight: int = 400, colour: str = "text") -> QTextCharFormat:
        """The interface face in a size (pixels), weight and colour token."""
        made = QTextCharFormat()
        made.setFont(self.theme.font(size, weight))
        made.setForeground(QBrush(self.colour(colour)))
        return made

    def _code(self) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setFont(self.theme.code_font(SIZE_CODE))
        made.setForeground(QBrush(self.colour("text")))
        return made

    def styled(
        self, style: Style, *, size: int = SIZE_ANSWER, weight: int = 400
    ) -> QTextCharFormat:
        """Body or heading text in an inline style.

        Args:
            style: of the run.
            size: pixels.
            weight: of text that is not bold.
        """
        key = (size * 1000 + weight, style)
        if key not in self._styled:
            self._styled[key] = self._make_styled(style, size, weight)
        return self._styled[key]

    def _make_styled(self, style: Style, size: int, weight: int) -> QTextCharFormat:
        made = self.characters(size, weight=max(weight, 600) if style & Style.BOLD else weight)
        if style & Style.CODE:
            made.setFont(self.theme.code_font(size - 1))
            made.setBackground(QBrush(self.colour("track")))
        if style & Style.ITALIC:
            made.setFontItalic(True)
        if style & Style.STRIKE:
            made.setFontStrikeOut(True)
        if style & Style.LINK:
            made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        if style & Style.TARGET:
            made.setForeground(QBrush(self.colour("text3")))
        return made

    # ── blocks ──────────────────────────────────────────────────────────────

    def paragraph(
        self, *, size: int = SIZE_ANSWER, left: float = 0.0, top: float = 0.0,
        bottom: float = PARAGRAPH_GAP,
        tight: bool = False,
    ) -> QTextBlockFormat:  # fmt: skip
        """A block of running text; lengths in pixels."""
        made = QTextBlockFormat()
        pitch = round(size * (TIGHT_LINE_HEIGHT if tight else LINE_HEIGHT))
        made.setLineHeight(pitch, int(QTextBlockFormat.LineHeightTypes.MinimumHeight.value))
        made.setLeftMargin(left)
        made.setTopMargin(top)
        made.setBottomMargin(bottom)
        return made

    def spacer(self, height: float) -> QTextBlockFormat:
        """An empty block of an exact height in pixels."""
        made = QTextBlockFormat()
        made.setLineHeight(height, int(QTextBlockFormat.LineHeightTypes.FixedHeight.value))
        return made

    def code_block(self, *, left: float, top: float = 0.0, bottom: float = 0.0) -> QTextBlockFormat:
        """One line of code on its card."""
        made = QTextBlockFormat()
        made.setLineHeight(
            CODE_LINE_HEIGHT, int(QTextBlockFormat.LineHeightTypes.MinimumHeight.value)
        )
        made.setLeftMargin(left + CODE_PADDING)
        made.setRightMargin(CODE_PADDING)
        made.setTopMargin(top)
        made.setBottomMargin(bottom)
        made.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        made.setProperty(PROPERTY_GROUND, GROUND_CODE)
        return made

    # ── tables ──────────────────────────────────────────────────────────────

    def table(self, *, left: float) -> QTextTableFormat:
        """A table of rules only, over the whole column."""
        made = QTextTableFormat()
        made.setBorder(0)
        made.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
        made.setCellPadding(0)
        made.setCellSpacing(0)
        made.setBorderCollapse(True)
        made.setLeftMargin(left)
        made.setTopMargin(14)
        made.setBottomMargin(0)
        made.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        return made

    def cell(self, *, head: bool, first: bool, last: bool) -> QTextTableCellFormat:
        """A cell with a rule under it; the outer cells align with the text around."""
        made = QTextTableCellFormat()
        made.setTopPadding(4)
        made.setBottomPadding(3)
        made.setLeftPadding(0 if first else 10)
        made.setRightPadding(2 if last else 10)
        made.setBottomBorder(1)
        made.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        made.setBottomBorderBrush(QBrush(self.colour("line_strong" if head else "line")))
        made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignTop)
        return made

    def plain_cell(self) -> QTextTableCellFormat:
        """A cell without rules."""
        made = QTextTableCellFormat()
        made.setTopPadding(2)
        made.setBottomPadding(2)
        made.setRightPadding(8)
        made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignTop)
        return made


def right_tab(column: float, format_: QTextBlockFormat) -> QTextOption.Tab:
    """The tab that sets words flush with the right edge of a block in a column (pixels)."""
    room = column - format_.leftMargin() - format_.rightMargin()
    return QTextOption.Tab(max(40.0, room), QTextOption.TabType.RightTab)
