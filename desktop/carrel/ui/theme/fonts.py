"""The type faces that ship with the program. Must not know any page.

Every script must have a face, so that no reader sees empty boxes: Inter for
Latin, Greek and Cyrillic, Noto Sans for the others, JetBrains Mono for code.
Chinese, Japanese and Korean come from the system's Noto Sans CJK where it is
installed, else from Droid Sans Fallback, which is a sixth of its size.
"""

from pathlib import Path
from typing import Final

from PySide6.QtGui import QFont, QFontDatabase

from carrel.system import resources

INTERFACE_FAMILIES: Final = (
    "Inter",
    "Noto Sans",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "DejaVu Sans",
    "Droid Sans Fallback",
)
CODE_FAMILIES: Final = ("JetBrains Mono", "DejaVu Sans Mono", *INTERFACE_FAMILIES[2:])

FONT_SUFFIXES: Final = frozenset({".ttf", ".otf", ".ttc"})


def load() -> tuple[str, ...]:
    """Make the shipped faces known to Qt.

    Returns:
        The families that were loaded; empty if the folder is missing.
    """
    try:
        folder = resources.path("assets/fonts")
    except FileNotFoundError:
        return ()
    families: list[str] = []
    for file in sorted(_files(folder)):
        number = QFontDatabase.addApplicationFont(str(file))
        if number >= 0:
            families += QFontDatabase.applicationFontFamilies(number)
    return tuple(families)


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.suffix.lower() in FONT_SUFFIXES]


def interface(size: int, weight: int = 400) -> QFont:
    """The interface face.

    Args:
        size: pixels at 100 %.
        weight: 400 regular, 500 medium, 600 semibold.
    """
    return _font(INTERFACE_FAMILIES, size, weight)


def code(size: int) -> QFont:
    """The face for code and exact text; `size` in pixels at 100 %."""
    font = _font(CODE_FAMILIES, size, 400)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setFeature(QFont.Tag("calt"), 0)  # else it draws -> and != as one sign
    return font


def _font(families: tuple[str, ...], size: int, weight: int) -> QFont:
    font = QFont()
    font.setFamilies(list(families))
    font.setPixelSize(size)
    font.setWeight(QFont.Weight(weight))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font
