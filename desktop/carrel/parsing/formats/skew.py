"""How far the lines of a scanned page slope, by the profile of its rows. Pure.

A page of text has rows of ink and rows of paper in turn; the angle at which these differ
most is the slope of its lines. Must not know what becomes of it.
"""

import math
from typing import Final

import numpy as np
from PIL import Image

LONGEST: Final = 800
"""Pixels of the longer side looked at: lines of ten points are still apart."""

STEEPEST: Final = 15.0
"""Degrees looked at, to both sides. Paper drawn into a scanner slopes by 1 to 5."""

GAIN: Final = 1.25
"""Times as much contrast of rows as without turning before a slope is believed."""


def slope(grey: Image.Image) -> float:
    """Radians by which lines run down to the right; 0 if none stands out.

    Args:
        grey: mode ``L``, upright or upside down.
    """
    small = grey.copy()
    small.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32)
    ink = Image.fromarray(np.abs(pixels - np.median(pixels)))
    level = _contrast(ink, 0.0)
    best = max(np.arange(-STEEPEST, STEEPEST + 0.1, 1.0), key=lambda angle: _contrast(ink, angle))
    best = max(np.arange(best - 0.8, best + 0.9, 0.2), key=lambda angle: _contrast(ink, angle))
    return math.radians(float(best)) if _contrast(ink, best) > GAIN * level else 0.0


def _contrast(ink: Image.Image, angle: float) -> float:
    """How much rows differ from the next once the page is turned by so many degrees."""
    turned = ink.rotate(float(angle), resample=Image.Resampling.BILINEAR)
    rows = np.asarray(turned).sum(axis=1)
    return float(np.square(np.diff(rows)).sum())
