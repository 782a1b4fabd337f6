"""What a bad scanner did to a page is undone, and a page it did nothing to stays as it is."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from carrel.parsing.formats.clearing import STRIP, cleared

SIZE = (700, STRIP + 200)


def page(ink=0, paper=255) -> Image.Image:
    """Rows of strokes and dots as of small print at 200 dots per inch."""
    image = Image.new("L", SIZE, paper)
    draw = ImageDraw.Draw(image)
    for top in range(30, SIZE[1] - 30, 24):
        for left in range(40, SIZE[0] - 40, 12):
            draw.rectangle((left, top, left + 3, top + 11), fill=ink)
            draw.rectangle((left, top - 6, left + 3, top - 3), fill=ink)
    return image


def greys(image: Image.Image) -> np.ndarray:
    return np.asarray(image, np.int16)


def in_a_shadow(image: Image.Image, least=0.55) -> Image.Image:
    light = np.linspace(1.0, least, image.width)[None, :]
    return Image.fromarray((greys(image) * light).astype(np.uint8))


def with_panel(ink: int) -> Image.Image:
    """A dark panel with light words in a light page."""
    image = page()
    dark = Image.new("L", (SIZE[0], SIZE[1] // 2), 40)
    draw = ImageDraw.Draw(dark)
    for left in range(40, SIZE[0] - 40, 9):
        draw.rectangle((left, 60, left + 2, 71), fill=ink)
    image.paste(dark, (0, 0))
    return image


@pytest.mark.parametrize(
    "image",
    [
        page(),
        page(60, 245),
        page(230, 20),  # light words on a dark ground
        with_panel(235),
        Image.new("L", (1, 1), 200),
        Image.new("L", SIZE, 128),
        Image.fromarray(np.random.default_rng(1).integers(90, 110, SIZE[::-1], np.uint8)),
    ],
)
def test_what_needs_no_clearing_stays_bit_by_bit(image):
    assert cleared(image) is image


def test_paper_in_a_shadow_becomes_white_and_faint_ink_black():
    want = greys(page())
    worn = in_a_shadow(page(120, 200))
    assert abs(greys(worn) - want).max() > 100
    left = abs(greys(cleared(worn)) - want)
    assert np.percentile(left, 99) <= 40


@pytest.mark.parametrize("share", [0.01, 0.05])
def test_specks_go_and_strokes_and_dots_stay(share):
    want = greys(page())
    dice = np.random.default_rng(3).random(want.shape)
    worn = want.copy()
    worn[dice < share / 2] = 0
    worn[dice > 1 - share / 2] = 255
    found = greys(cleared(Image.fromarray(worn.astype(np.uint8))))
    paper = want > 128
    specks = [np.count_nonzero(paper & (one < 190)) for one in (worn, found)]
    assert specks[1] < specks[0] / 20
    assert np.count_nonzero(~paper & (found > 64)) < 0.15 * np.count_nonzero(~paper)
