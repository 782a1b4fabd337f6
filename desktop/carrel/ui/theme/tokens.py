"""Colours, distances and type sizes, each with one name.

Plain values without Qt. Text tokens reach a contrast of 4.5 on every ground
they are used on (WCAG 2.2, 1.4.3; a test computes it).
"""

from dataclasses import dataclass, fields
from typing import Final

GAP_XS: Final = 4
GAP_S: Final = 8
GAP_M: Final = 12
GAP_L: Final = 16
GAP_XL: Final = 24
GAP_XXL: Final = 32
"""Distances in pixels; nothing in the window stands at another distance."""

GUTTER: Final = 24
"""Left and right margin of a page, pixels."""
SIDEBAR_WIDTH: Final = 252
VIEWER_WIDTH: Final = 520
VIEWER_LEAST_WIDTH: Final = 360
COLUMN_WIDTH: Final = 620
"""Text column of the start page and the chat, pixels; longer lines are hard to read."""
HEADER_HEIGHT: Final = 52
ROW_HEIGHT: Final = 32
TABLE_ROW_HEIGHT: Final = 62
STATUS_HEIGHT: Final = 20

RADIUS_CONTROL: Final = 6
RADIUS_BUTTON: Final = 8
RADIUS_CARD: Final = 10
RADIUS_COMPOSER: Final = 14

SIZE_DISPLAY: Final = 22
SIZE_TITLE: Final = 15
SIZE_ANSWER: Final = 14
SIZE_UI: Final = 13
SIZE_META: Final = 12
SIZE_CAPS: Final = 11
"""Type sizes in pixels at 100 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The colours of one theme, as ``#rrggbb``.

    Attributes:
        bg, side, raised: grounds: page, sidebar and bars, cards.
        gutter: the ground around a page in the viewer.
        bubble: the ground of the user's question.
        text, text2, text3: words: plain, secondary, captions and placeholders.
        accent, on_accent: a filled button and the words on it.
        accent_text, accent_weak: words and their tinted ground.
        ok, warn, bad: words of a state; ``…_weak`` is their ground.
        selection: ground of the selected row.
        hover: ground of the row or button under the pointer.
        line: hairlines, decoration only. `line_strong` under a table's head.
        mark: highlight on a page (drawn with `MARK_OPACITY`).
        track: the empty part of a bar.
        code: ground of code.
    """

    name: str
    bg: str
    side: str
    raised: str
    gutter: str
    bubble: str
    text: str
    text2: str
    text3: str
    accent: str
    on_accent: str
    accent_hover: str
    accent_text: str
    accent_weak: str
    ok: str
    ok_weak: str
    warn: str
    warn_weak: str
    bad: str
    bad_weak: str
    selection: str
    hover: str
    line: str
    line_strong: str
    mark: str
    track: str
    code: str


MARK_OPACITY: Final = 0.38
"""Share of the highlight colour laid over a page; the print stays readable."""
FOUND_OPACITY: Final = 0.20
NOW_OPACITY: Final = 0.45
"""Shares of the accent laid over words that were found, and over those looked at now."""

LIGHT: Final = Tokens(
    name="light",
    bg="#FFFFFF",
    side="#F6F7F8",
    raised="#FFFFFF",
    gutter="#E9EBEE",
    bubble="#EEF1F5",
    text="#1A1C20",
    text2="#555B64",
    text3="#686E78",
    accent="#2F57CC",
    on_accent="#FFFFFF",
    accent_hover="#2A4EB8",
    accent_text="#2348B5",
    accent_weak="#E7EDFC",
    ok="#12703F",
    ok_weak="#E3F4EA",
    warn="#8A5A00",
    warn_weak="#FCF1DA",
    bad="#B42318",
    bad_weak="#FCE9E7",
    selection="#E2E9FB",
    hover="#EEF0F3",
    line="#E1E4E8",
    line_strong="#555B64",
    mark="#FFC400",
    track="#E9EBEE",
    code="#F6F7F8",
)

DARK: Final = Tokens(
    name="dark",
    bg="#1C1E22",
    side="#16181B",
    raised="#24272C",
    gutter="#101214",
    bubble="#272B32",
    text="#ECEEF1",
    text2="#ABB1BB",
    text3="#8F96A1",
    accent="#5B86F7",
    on_accent="#0B1020",
    accent_hover="#7398F9",
    accent_text="#A9C1FF",
    accent_weak="#263250",
    ok="#6BD197",
    ok_weak="#1D3528",
    warn="#E9B949",
    warn_weak="#3A2F14",
    bad="#FF9085",
    bad_weak="#432120",
    selection="#28344F",
    hover="#2A2E34",
    line="#33373E",
    line_strong="#ABB1BB",
    mark="#FFC400",
    track="#2A2D33",
    code="#16181B",
)

COLOUR_NAMES: Final = tuple(field.name for field in fields(Tokens) if field.name != "name")


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, 0 to 1 (WCAG 2.2)."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
