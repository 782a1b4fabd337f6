"""Pages as bad scanners, copies and cameras leave them: sloped, noisy, faint, coarse.

Deterministic: the same page is worn in the same way each time.
"""

import io
from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image

Wear = Callable[[Image.Image], Image.Image]

SEED: Final = 7


def sloped(degrees: float) -> Wear:
    """Turned clockwise, as paper drawn in askew."""
    return lambda page: page.rotate(
        -degrees, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255
    )


def packed(quality: int) -> Wear:
    """With the blocks and ripples of JPEG."""

    def wear(page: Image.Image) -> Image.Image:
        out = io.BytesIO()
        page.save(out, "JPEG", quality=quality)
        out.seek(0)
        return Image.open(out).convert("L")

    return wear


def peppered(share: float) -> Wear:
    """With this share of pixels black or white, as copies of copies have."""

    def wear(page: Image.Image) -> Image.Image:
        pixels = np.array(page)
        dice = np.random.default_rng(SEED).random(pixels.shape)
        pixels[dice < share / 2] = 0
        pixels[dice > 1 - share / 2] = 255
        return Image.fromarray(pixels)

    return wear


def grainy(deviation: float) -> Wear:
    """With the grain of a dark camera: normal noise of so many greys."""

    def wear(page: Image.Image) -> Image.Image:
        noise = np.random.default_rng(SEED).normal(0.0, deviation, (page.height, page.width))
        return Image.fromarray(np.clip(np.asarray(page) + noise, 0, 255).astype(np.uint8))

    return wear


def faint(ink: int, paper: int) -> Wear:
    """Grey ink on grey paper that darkens to the right, as by a lamp from the left."""

    def wear(page: Image.Image) -> Image.Image:
        light = np.linspace(1.0, 0.6, page.width)[None, :]
        pixels = ink + np.asarray(page, np.float32) / 255.0 * (paper - ink)
        return Image.fromarray((pixels * light).astype(np.uint8))

    return wear


def all_of(*wears: Wear) -> Wear:
    """One after the other."""

    def wear(page: Image.Image) -> Image.Image:
        for one in wears:
            page = one(page)
        return page

    return wear


WORN: Final[tuple[tuple[str, int, Wear], ...]] = (
    ("sloped by 1°", 200, sloped(1.0)),
    ("sloped by 3°", 200, sloped(3.0)),
    ("JPEG at quality 20", 200, packed(20)),
    ("salt and pepper, 1 %", 200, peppered(0.01)),
    ("salt and pepper, 4 %", 200, peppered(0.04)),
    ("grain", 200, grainy(40.0)),
    ("faint, in a shadow", 200, faint(120, 200)),
    ("150 dots per inch", 150, lambda page: page),
    ("100 dots per inch", 100, lambda page: page),
    (
        "150 dots, 2°, faint, peppered, JPEG",
        150,
        all_of(sloped(2.0), faint(90, 220), peppered(0.01), packed(40)),
    ),
)
"""What is done to a page: its name, dots per inch it is drawn at, and how."""
