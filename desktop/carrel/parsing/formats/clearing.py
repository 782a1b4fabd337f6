"""Pages as bad scanners, copies and cameras leave them, cleared before their text is recognised.

Shadows and faint ink are evened out, and specks of one pixel removed, each only where a page
shows that it has them: a clean page stays as it is, bit by bit. Pure.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Greys = NDArray[np.uint8]

STRIP: Final = 512
"""Rows worked on at a time: a page of 7,000 pixels would take hundreds of megabytes at once."""

CELL: Final = 8
"""Pixels of a cell in which the grey of the paper is looked for."""

PAPER_CELLS: Final = 9
"""Cells around it of which the brightest is paper: lines of text are closer to each other."""

EVEN: Final = 0.88
"""The darkest paper to the brightest, above which a page is lit evenly enough."""

STEP: Final = 0.06
"""Share by which paper may change from one cell to the next in a shadow. At edges of panels and
photographs it changes by more."""

MOST_STEPS: Final = 0.04
"""Share of cells where it changes by more, above which these are no shadows."""

LEAST_PAPER: Final = 90
"""Grey of the brightest paper below which the page is taken for light words on dark ground."""

MOSTLY_PAPER: Final = 0.7
"""How bright the middle pixel of a page must be, as a share of its paper: most of a page is paper,
and light words on a dark ground are not."""

FULL_CONTRAST: Final = 130
"""Greys between ink and paper from which nothing is gained by stretching them."""

LEAST_CONTRAST: Final = 40
"""Greys between them below which there is no ink to be seen, only grain."""

SPECK: Final = 70
"""Greys by which a speck differs from all eight pixels around it."""

FAR: Final = 40
"""Greys by which it differs from what is usual around it, on a page that has specks: those that
touch each other, or were smeared by JPEG."""

SPECKLED: Final = 0.002
"""Share of such pixels from which a page may be speckled. Clean pages at 200 dots per inch have
hardly any; at 100 the smallest letters give as many."""

SQUARE: Final = 64
"""Pixels of a square of which it is asked whether there is a speck in it; divides a strip."""

SPREAD: Final = 0.85
"""Share of squares with a speck from which it is no letters that make them: margins have none."""


def cleared(grey: Image.Image) -> Image.Image:
    """A page without shadows and specks.

    Args:
        grey: mode ``L``, with the pixels as they were scanned: specks that were enlarged are none.
    """
    lit = _lit(grey)
    return _despeckled(lit) if _is_speckled(lit) else lit


# ── light ───────────────────────────────────────────────────────────────────


def _lit(grey: Image.Image) -> Image.Image:
    """A page whose paper is white everywhere and whose ink is black."""
    paper = _paper(grey)
    cells = np.asarray(paper, np.float32)
    darkest, brightest = np.percentile(cells, (2, 98))
    if brightest < LEAST_PAPER:
        return grey
    even = darkest >= EVEN * brightest
    if not even and _steps(cells) > MOST_STEPS:
        return grey
    ink, usual = _shares(grey, cells)
    contrast = 255 * (1 - ink)
    if usual < MOSTLY_PAPER or contrast < LEAST_CONTRAST or (even and contrast >= FULL_CONTRAST):
        return grey
    ground = paper.filter(ImageFilter.GaussianBlur(PAPER_CELLS / 2))
    ground = ground.resize(grey.size, Image.Resampling.BILINEAR)
    out = np.empty((grey.height, grey.width), np.uint8)
    for rows in _strips(grey.height):
        white = np.maximum(_rows(ground, rows).astype(np.float32), 1.0)
        share = (_rows(grey, rows) / white - ink) / (1 - ink)
        out[rows] = np.clip(share * 255.0, 0.0, 255.0)
    return Image.fromarray(out)


def _paper(grey: Image.Image) -> Image.Image:
    """The grey of the paper, a pixel for each cell."""
    size = (max(grey.width // CELL, 1), max(grey.height // CELL, 1))
    cells = grey.resize(size, Image.Resampling.BOX)
    brightest = cells.filter(ImageFilter.MaxFilter(PAPER_CELLS))
    return brightest.filter(ImageFilter.MedianFilter(PAPER_CELLS))


def _steps(cells: NDArray[np.float32]) -> float:
    """The share of cells whose paper differs too much from that of the next."""
    across = np.abs(np.diff(cells, axis=1)) > STEP * np.maximum(cells[:, 1:], 1.0)
    down = np.abs(np.diff(cells, axis=0)) > STEP * np.maximum(cells[1:], 1.0)
    return float(max(across.mean() if across.size else 0.0, down.mean() if down.size else 0.0))


def _shares(grey: Image.Image, cells: NDArray[np.float32]) -> tuple[float, float]:
    """How bright ink and the middle pixel are, each as a share of the paper around it."""
    size = (cells.shape[1] * 4, cells.shape[0] * 4)
    looked = np.asarray(grey.resize(size, Image.Resampling.NEAREST), np.float32)
    around = np.maximum(np.kron(cells, np.ones((4, 4), np.float32)), 1.0)
    ink, usual = np.percentile(looked / around, (1, 50))
    return float(min(ink, 1.0)), float(usual)


# ── specks ──────────────────────────────────────────────────────────────────


def _is_speckled(grey: Image.Image) -> bool:
    """Whether specks stand all over a page, also where there are no letters."""
    found, squares, speckled = 0, 0, 0
    for rows in _strips(grey.height):
        pixels, least, most = _around(grey, rows)
        specks = (least - pixels > SPECK) | (pixels - most > SPECK)
        found += int(np.count_nonzero(specks))
        edges = [range(0, side, SQUARE) for side in specks.shape]
        some = np.logical_or.reduceat(np.logical_or.reduceat(specks, edges[0], 0), edges[1], 1)
        squares += some.size
        speckled += int(np.count_nonzero(some))
    enough = found > SPECKLED * grey.width * grey.height
    return enough and speckled >= SPREAD * squares


def _despeckled(grey: Image.Image) -> Image.Image:
    """Without specks: single ones first, then pixels that stand out of what is around them."""
    alone = np.empty((grey.height, grey.width), np.uint8)
    for rows in _strips(grey.height):
        pixels, least, most = _around(grey, rows)
        without = np.where(least - pixels > SPECK, least, pixels)
        alone[rows] = np.where(pixels - most > SPECK, most, without)
    image = Image.fromarray(alone)
    middle, least_, most_ = (
        image.filter(kind(3))
        for kind in (ImageFilter.MedianFilter, ImageFilter.MinFilter, ImageFilter.MaxFilter)
    )
    for rows in _strips(grey.height):
        pixels, usual = _rows(image, rows), _rows(middle, rows)
        extreme = (pixels == _rows(least_, rows)) | (pixels == _rows(most_, rows))
        far = np.abs(pixels.astype(np.int16) - usual) > FAR
        alone[rows] = np.where(extreme & far, usual, pixels)
    return Image.fromarray(alone)


def _around(grey: Image.Image, rows: slice) -> tuple[Any, Any, Any]:
    """Pixels, and the darkest and brightest of the eight around each."""
    top, foot = max(rows.start - 1, 0), min(rows.stop + 1, grey.height)
    found = np.asarray(grey.crop((0, top, grey.width, foot)))
    above, below = int(top == rows.start), int(foot == rows.stop)
    wide = np.pad(found, ((above, below), (1, 1)), mode="edge").astype(np.int16)
    height, width = rows.stop - rows.start, grey.width
    eight = [
        wide[down : down + height, across : across + width]
        for down in range(3)
        for across in range(3)
        if (down, across) != (1, 1)
    ]
    least, most = eight[0].copy(), eight[0].copy()
    for one in eight[1:]:
        np.minimum(least, one, out=least)
        np.maximum(most, one, out=most)
    return wide[1:-1, 1:-1], least, most


def _strips(height: int) -> Iterator[slice]:
    for top in range(0, height, STRIP):
        yield slice(top, min(top + STRIP, height))


def _rows(image: Image.Image, rows: slice) -> Greys:
    return np.asarray(image.crop((0, rows.start, image.width, rows.stop)))
