"""Draws the sample delivery note and makes it look as if it came out of a scanner.

Must not know what the note says.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

DOTS: Final = 150
"""Per inch: what an office scanner is set to."""
SIZE: Final = (1240, 1754)
"""Pixels of A4 at that resolution."""
LEFT: Final = 130
SLOPE: Final = 0.6
"""Degrees the sheet lay askew."""
NOISE: Final = 5.0
"""Standard deviation of the paper's grey."""


def scan(pieces: Sequence[tuple[str, str]]) -> Image.Image:
    """The note as a grey picture."""
    image = QImage(*SIZE, QImage.Format.Format_Grayscale8)
    image.fill(QColor("#FAFAFA"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setPen(QColor("#1A1A1A"))
    y = 150.0
    for kind, words in pieces:
        y = _draw(painter, kind, words, y)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    sheet = Image.fromarray(rows[:, : image.width()].copy())
    sheet = sheet.rotate(SLOPE, resample=Image.Resampling.BICUBIC, fillcolor=250)
    grain = np.random.default_rng(4471).normal(0, NOISE, (SIZE[1], SIZE[0]))
    grey = np.asarray(sheet, np.float32) + grain
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


def _draw(painter: QPainter, kind: str, words: str, y: float) -> float:
    """Draw one line; returns where the next one begins."""
    if kind == "ROW":
        name, value = words.split("|")
        _put(painter, name, LEFT, y, 22, 600)
        _put(painter, value, LEFT + 330, y, 22, 400)
        painter.fillRect(QRectF(LEFT, y + 46, SIZE[0] - 2 * LEFT, 1.5), QColor("#8A8A8A"))
        return y + 66
    if kind == "SIGN":
        y += 150
        painter.fillRect(QRectF(LEFT, y - 8, 460, 2), QColor("#1A1A1A"))
        return y + _put(painter, words, LEFT, y, 20, 400)
    size, weight, after = {
        "NAME": (34, 600, 4),
        "SMALL": (20, 400, 90),
        "HEAD": (44, 600, 40),
    }.get(kind, (23, 400, 24))
    before = 26.0 if kind == "P" else 0.0
    return y + before + _put(painter, words, LEFT, y + before, size, weight) + after - before


def _put(painter: QPainter, words: str, x: float, y: float, pixels: int, weight: int) -> float:
    """Put words, wrapped; returns their height."""
    font = QFont("Inter")
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight(weight))
    painter.setFont(font)
    flags = int(Qt.TextFlag.TextWordWrap)
    room = QRectF(x, y, SIZE[0] - LEFT - x, 400)
    used = painter.boundingRect(room, flags, words)
    painter.drawText(room, flags, words)
    return used.height()
