"""What pictures promise as documents: pages, sizes on paper, pixels upright on white."""

import io
from contextlib import closing

import numpy as np
import pytest
from PIL import Image, ImageDraw

from carrel.domain.documents import UnitKind
from carrel.parsing import errors, limits, remarks
from carrel.parsing.formats import picture_document
from carrel.parsing.formats.pages import opened
from carrel.parsing.formats.picture_document import Picture
from format_reading import read

FORMS = ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF"]


def corner(mode="RGB", size=(300, 200)) -> Image.Image:
    """White, with a black square at the top left."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, 60, 60), fill="black")
    return image.convert(mode)


def saved(*images: Image.Image, form="PNG", **options) -> bytes:
    target = io.BytesIO()
    if len(images) > 1:
        options.update(save_all=True, append_images=list(images[1:]))
    images[0].save(target, form, **options)
    return target.getvalue()


def drawn(body: bytes, page=1, scale=1.0) -> np.ndarray:
    """A page as the viewer gets it: rows of BGRx."""
    memory = bytearray(limits.PAGE_MEMORY_BYTES)
    with opened(body) as draw:
        width, height = draw(page, scale, memory)
    return np.frombuffer(memory, np.uint8, width * height * 4).reshape(height, width, 4)


def dark_corner(pixels: np.ndarray) -> str:
    """Where the dark square is."""
    dark = pixels[..., :3].mean(axis=2) < 128
    rows, columns = dark.mean(axis=1), dark.mean(axis=0)
    vertical = "top" if rows[: len(rows) // 2].sum() > rows[len(rows) // 2 :].sum() else "bottom"
    half = len(columns) // 2
    return f"{vertical} {'left' if columns[:half].sum() > columns[half:].sum() else 'right'}"


@pytest.mark.parametrize("form", FORMS)
def test_each_kind_is_one_page_that_waits_to_be_read(form):
    (unit,), said = read(saved(corner(), form=form), "a")
    assert (unit.kind, unit.text) == (UnitKind.PAGE, "")
    assert (unit.width, unit.height) == pytest.approx((225, 150), rel=1e-3)
    assert said == {(remarks.PICTURES, ""): [1]}
    pixels = drawn(saved(corner(), form=form))
    assert dark_corner(pixels) == "top left"
    assert (pixels[..., 3] == 255).all()  # marks are blended with what lies beneath


def test_a_tiff_has_a_page_for_each_of_its_own():
    pages = [corner(size=(300, 200)), corner(size=(200, 300)), corner(size=(90, 90))]
    units, said = read(saved(*pages, form="TIFF", dpi=(150, 150)), "a.tif")
    assert [(unit.width, unit.height) for unit in units] == [(144, 96), (96, 144), (43.2, 43.2)]
    assert said == {(remarks.PICTURES, ""): [1, 2, 3]}


def test_a_thumbnail_in_a_tiff_is_no_page():
    thumbnail = corner(size=(30, 20))
    info = {254: 1}
    body = saved(corner(), form="TIFF")
    target = io.BytesIO()
    with Image.open(io.BytesIO(body)) as first:
        first.encoderinfo = {}
        thumbnail.encoderinfo = {"tiffinfo": info}
        first.save(target, "TIFF", save_all=True, append_images=[thumbnail])
    with closing(Picture(target.getvalue())) as picture:
        assert picture.pages == 1


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_of_a_film_the_first_frame_is_read_and_said(form):
    other = corner().rotate(180)
    units, said = read(saved(corner(), other, form=form), "a")
    assert len(units) == 1
    assert (remarks.MOVING_PICTURE, "") in said
    assert dark_corner(drawn(saved(corner(), other, form=form))) == "top left"


def test_a_fax_keeps_its_shape_when_its_dots_are_not_square():
    body = saved(corner(size=(1728, 1100)), form="TIFF", dpi=(204, 98))
    (unit,), _ = read(body, "fax.tif")
    assert unit.width == pytest.approx(1728 / 204 * 72)
    assert unit.height == pytest.approx(1100 / 98 * 72)
    assert drawn(body).shape[:2] == (round(unit.height), round(unit.width))


SHOWN_AT = ("top left", "top right", "bottom right", "bottom left") * 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_shown_the_way_the_camera_was_held(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    body = saved(corner(), form="JPEG", exif=exif)
    (unit,), _ = read(body, "a.jpg")
    assert (unit.width > unit.height) is (orientation < 5)
    assert dark_corner(drawn(body)) == SHOWN_AT[orientation - 1]
    assert drawn(body).shape[:2] == (unit.height, unit.width)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixel_is_shown_as_dark_on_white(mode):
    if mode == "I;16":
        image = Image.fromarray(np.asarray(corner("L")).astype(np.uint16) * 257)
    else:
        image = corner(mode)
    pixels = drawn(saved(image, form="TIFF" if mode == "CMYK" else "PNG"))
    assert dark_corner(pixels) == "top left"
    assert pixels[-5, -5, :3].tolist() == [255, 255, 255]


def test_what_is_transparent_is_shown_white():
    image = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    assert drawn(saved(image)).min(axis=(0, 1))[:3].tolist() == [255, 255, 255]


def test_a_picture_that_breaks_off_is_shown_as_far_as_it_goes_and_said():
    noise = Image.effect_noise((400, 400), 60)
    whole = saved(noise, form="PNG")
    (unit,), said = read(whole[: len(whole) // 2], "a.png")
    assert unit.width == pytest.approx(300)
    assert said[remarks.TORN_PICTURES, ""] == [1]
    assert drawn(whole[: len(whole) // 2]).shape[:2] == (300, 300)


def test_a_damaged_page_of_a_tiff_costs_that_page_only():
    noise = Image.effect_noise((300, 300), 60)
    body = bytearray(saved(noise, noise, form="TIFF", compression="tiff_adobe_deflate"))
    middle = body.index(b"\x78", 8)
    body[middle : middle + 400] = bytes(400)
    units, said = read(bytes(body), "a.tif")
    assert len(units) == 2
    broken = {code for (code, _), numbers in said.items() if 1 in numbers}
    assert broken & {remarks.DAMAGED_PAGES, remarks.TORN_PICTURES}
    assert 2 in said[remarks.PICTURES, ""]


def test_a_page_of_a_tiff_that_claims_too_much_is_never_decoded(monkeypatch):
    monkeypatch.setattr(picture_document, "MAX_PIXELS", 50_000)
    units, said = read(saved(corner(size=(90, 90)), corner(size=(400, 400)), form="TIFF"), "a.tif")
    assert len(units) == 2
    assert said[remarks.DAMAGED_PAGES, ""] == [2]
    with pytest.raises(errors.Bomb):
        read(saved(corner(size=(400, 400)), form="GIF"), "a.gif")


def test_a_large_picture_is_drawn_within_the_limit():
    pixels = drawn(saved(Image.new("1", (9000, 3000), 1)), scale=16.0)
    assert max(pixels.shape) <= limits.MAX_PAGE_PIXELS
    assert pixels.shape[1] / pixels.shape[0] == pytest.approx(3, rel=0.01)


def test_a_page_that_is_not_there_is_refused():
    with pytest.raises(errors.Damaged):
        drawn(saved(corner()), page=2)
