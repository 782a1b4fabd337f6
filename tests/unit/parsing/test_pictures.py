"""Pictures say how large they are before anyone decodes them; absurd ones are refused."""

import struct

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage

from carrel.parsing import errors
from carrel.parsing.pictures import MAX_PIXELS, pixels
from carrel.parsing.sniff import sniff


def picture(form: str, width: int, height: int) -> bytes:
    """A picture written by Qt."""
    made = QImage(width, height, QImage.Format.Format_RGB32)
    made.fill(0xFF336699)
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert made.save(buffer, form)
    return bytes(kept.data())


@pytest.mark.parametrize("form", ["PNG", "JPG"])
def test_the_size_is_the_one_the_picture_was_made_with(form):
    body = picture(form, 321, 123)
    assert pixels(body) == 321 * 123
    assert sniff(body, "a") == {"PNG": "png", "JPG": "jpeg"}[form]


def test_tiff_of_both_byte_orders_and_every_webp_say_their_size():
    for order, mark in (("<", b"II*\0"), (">", b"MM\0*")):
        entries = struct.pack(f"{order}HHHIHxxHHII", 2, 256, 3, 1, 640, 257, 4, 1, 480)
        assert pixels(mark + struct.pack(f"{order}I", 8) + entries) == 640 * 480
    head = b"RIFF\0\0\0\0WEBP"
    assert pixels(head + b"VP8X" + bytes(8) + b"\x7f\x02\0\xdf\x01\0") == 640 * 480
    assert pixels(head + b"VP8L" + bytes(5) + struct.pack("<I", 639 | 479 << 14)) == 640 * 480
    assert pixels(head + b"VP8 " + bytes(10) + struct.pack("<HH", 640, 480)) == 640 * 480


def test_a_picture_that_claims_billions_of_pixels_is_refused():
    body = bytearray(picture("PNG", 9, 9))
    body[16:24] = struct.pack(">II", 100_000, MAX_PIXELS // 100_000 + 1)
    with pytest.raises(errors.Bomb):
        sniff(bytes(body), "a")


@pytest.mark.parametrize(
    "body", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"II*\0\xff\xff\xff\xff"]
)
def test_a_header_cut_short_claims_nothing(body):
    assert pixels(body) == 0
