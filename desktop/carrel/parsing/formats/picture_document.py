"""Pictures opened with Pillow: their pages, how large these are on paper, and their pixels.

Only the decoders of the kinds we read are ever tried. A picture is decoded when its pixels are
wanted, upright, on white, and reduced at once where fewer pixels do. Must not know text.
"""

import io
import struct
from typing import Any, Final

import numpy as np
from PIL import (
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from carrel.parsing.errors import Bomb, Damaged, OutOfMemory
from carrel.parsing.formats.base import Bytes
from carrel.parsing.limits import MAX_PAGE_PIXELS, MAX_PAGE_POINTS, MAX_UNITS
from carrel.parsing.pictures import MAX_PIXELS

KINDS: Final = {
    "png": PngImagePlugin.PngImageFile.format,
    "jpeg": JpegImagePlugin.JpegImageFile.format,
    "tiff": TiffImagePlugin.TiffImageFile.format,
    "webp": WebPImagePlugin.WebPImageFile.format,
    "bmp": BmpImagePlugin.BmpImageFile.format,
    "gif": GifImagePlugin.GifImageFile.format,
}
"""Kinds of picture, and what Pillow calls them."""

POINTS_PER_INCH: Final = 72.0

SCREEN_DOTS: Final = 96.0
"""Dots per inch of a picture that does not say: screenshots mostly."""

UNSURE_DOTS: Final = (72.0, 96.0)
"""Dots per inch that programs write when they do not know."""

DOTS_RANGE: Final = (30.0, 4_800.0)
"""Dots per inch anybody scans with; others are mistakes."""

UNSURE_POINTS: Final = 842.0
"""Longest side of a page whose dots per inch are not known: that of A4. A photograph of a page
would be metres wide at the 72 its camera writes."""

REDUCED_PAGE: Final = 1
"""Bit of a TIFF's NewSubfileType (tag 254): a smaller copy of another page."""

_SUBFILE_TYPE: Final = 254

_UNDECODABLE: Final = (
    *(OSError, ValueError, SyntaxError, TypeError, EOFError, IndexError, KeyError),
    *(OverflowError, ZeroDivisionError, AttributeError, NotImplementedError, struct.error),
)
"""What Pillow's decoders raise on damaged pictures; each was seen in its sources."""


class Picture:
    """An open picture with one or more pages.

    Attributes:
        pages: how many; a TIFF can have many, everything else has one.
        moves: whether it has further frames of a film, which are no pages.
    """

    def __init__(self, body: Bytes) -> None:
        Image.MAX_IMAGE_PIXELS = None  # checked here, for every page, and not only warned of
        try:
            self._image: Any = Image.open(io.BytesIO(body), formats=tuple(KINDS.values()))
        except _UNDECODABLE as error:
            raise Damaged from error
        _check_size(self._image)
        self._places = self._pages()
        self.pages = len(self._places)
        self.moves = self._image.format != "TIFF" and getattr(self._image, "n_frames", 1) > 1

    def close(self) -> None:
        """Let go of it."""
        self._image.close()

    def points(self, page: int) -> tuple[float, float]:
        """Width and height of a page in points, upright.

        Args:
            page: counts from 1.

        Raises:
            Damaged: there is no such page.
        """
        self._seek(page)
        width, height = self._image.size
        across, down = _dots(self._image.info.get("dpi"), max(width, height))
        size = (width * POINTS_PER_INCH / across, height * POINTS_PER_INCH / down)
        if self._turn() >= 5:  # the EXIF orientations that lie on their side
            size = (size[1], size[0])
        return min(size[0], MAX_PAGE_POINTS), min(size[1], MAX_PAGE_POINTS)

    def decoded(self, page: int, longest: int, *, torn: bool = False) -> Image.Image:
        """The pixels of a page: upright, without transparency, grey (``L``) or coloured (``RGB``).

        Args:
            page: counts from 1.
            longest: pixels of the longer side that are wanted; larger ones are reduced to it.
            torn: take what there is of a picture that breaks off.

        Raises:
            Damaged: it cannot be decoded (whole).
            Bomb: it has more pixels than any page.
            OutOfMemory: it needs more memory than there is.
        """
        self._seek(page)
        ImageFile.LOAD_TRUNCATED_IMAGES = torn
        try:
            if self._image.format == "JPEG":
                self._image.draft(None, (longest, longest))
            self._image.load()
            turn = self._turn()
            image = _plain(_reduced(self._image, longest))
            if turn > 1:
                image = image.transpose(_TURNS[turn])
        except MemoryError as error:
            raise OutOfMemory from error
        except _UNDECODABLE as error:
            raise Damaged from error
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
        return image

    def _turn(self) -> int:
        """The EXIF orientation, 1 for upright."""
        try:
            found = self._image.getexif().get(ExifTags.Base.Orientation, 1)
        except _UNDECODABLE:
            return 1
        return found if isinstance(found, int) and found in range(1, 9) else 1

    def _seek(self, page: int) -> None:
        if not 1 <= page <= self.pages:
            raise Damaged
        try:
            self._image.seek(self._places[page - 1])
        except _UNDECODABLE as error:
            raise Damaged from error
        _check_size(self._image)

    def _pages(self) -> list[int]:
        """The frames that are pages."""
        if self._image.format != "TIFF":
            return [0]
        found: list[int] = []
        for frame in range(MAX_UNITS):
            try:
                self._image.seek(frame)
                kind = self._image.tag_v2.get(_SUBFILE_TYPE, 0)
            except _UNDECODABLE:
                break
            if not (isinstance(kind, int) and kind & REDUCED_PAGE):
                found.append(frame)
        return found or [0]


class PictureDrawer:
    """Draws pages of a picture into memory somebody else gives; keeps the last one decoded."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._kept: tuple[int, Image.Image] | None = None

    def draw(self, page: int, scale: float, memory: Any) -> tuple[int, int]:  # noqa: ANN401
        """Draw a page; see `pdf_render.draw` for the meanings.

        Raises:
            Damaged, Bomb, OutOfMemory: as `Picture.decoded`.
        """
        points = self._picture.points(page)
        scale = min(scale, MAX_PAGE_PIXELS / max(points))
        width, height = (min(max(round(side * scale), 1), MAX_PAGE_PIXELS) for side in points)
        if self._kept is None or self._kept[0] != page:
            image = self._picture.decoded(page, MAX_PAGE_PIXELS, torn=True)
            self._kept = (page, image.convert("RGB"))
        shown = self._kept[1]
        if shown.size != (width, height):
            shown = shown.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
        body = shown.convert("RGBA").tobytes(
            "raw", "BGRA"
        )  # the fourth byte full, as PDFium has it
        memory[: len(body)] = body
        return width, height


_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation to what makes it upright (TIFF 6.0, tag 274)."""


def _check_size(image: Any) -> None:  # noqa: ANN401
    width, height = image.size
    if not 0 < width * height <= MAX_PIXELS:
        raise Bomb if width * height else Damaged


def _dots(untrusted_dots: object, longest: int) -> tuple[float, float]:
    """Dots per inch across and down; by a guess where the picture does not know."""
    dots = (0.0, 0.0)
    if isinstance(untrusted_dots, tuple) and len(untrusted_dots) == 2:
        try:
            dots = (float(untrusted_dots[0]), float(untrusted_dots[1]))
        except (TypeError, ValueError, ZeroDivisionError, OverflowError):
            dots = (0.0, 0.0)
    known = all(DOTS_RANGE[0] <= one <= DOTS_RANGE[1] for one in dots)  # NaN fails this, too
    unsure = not known or all(round(one) in UNSURE_DOTS for one in dots)
    if not known:
        dots = (SCREEN_DOTS, SCREEN_DOTS)
    if unsure and longest * POINTS_PER_INCH / min(dots) > UNSURE_POINTS:
        guess = longest * POINTS_PER_INCH / UNSURE_POINTS
        return guess, guess
    return dots


def _reduced(image: Image.Image, longest: int) -> Image.Image:
    """A picture of about the size wanted, before anything else is done with its pixels."""
    times = max(image.size) // max(longest, 1)
    if times < 2:
        return image
    if image.mode in {"1", "P"}:
        image = image.convert("L" if image.mode == "1" else "RGBA")
    if image.mode.startswith("I;16"):
        image = _eight_bit(image)
    return image.reduce(times)


def _plain(image: Image.Image) -> Image.Image:
    """Grey or coloured, 8 bits, on white."""
    if image.mode in {"1", "L"} and "transparency" not in image.info:
        return image.convert("L")
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        return _eight_bit(image)
    if image.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in image.info:
        covered = image.convert("RGBA")
        white = Image.new("RGBA", covered.size, "white")
        return Image.alpha_composite(white, covered).convert("RGB")
    return image.convert("RGB")


def _eight_bit(image: Image.Image) -> Image.Image:
    """Deep grey as 8 bits; Pillow itself would cut everything bright off."""
    deep = np.nan_to_num(np.asarray(image, dtype=np.float32))
    top = float(deep.max(initial=0.0))
    scale = 255.0 / 65_535.0 if 255.0 < top <= 65_535.0 else 255.0 / max(top, 255.0)
    return Image.fromarray(np.clip(deep * scale, 0, 255).astype(np.uint8))
