"""Pictures in rich text, where they stand as digits or bytes. Must not know what is around."""

from typing import Final

from carrel.parsing.formats.inner_pictures import MAX_PICTURE_BYTES, InnerPictures

MAX_HELD_BYTES: Final = 96 * 1024 * 1024
"""Bytes of all pictures of a text that are held until its words were read. Pictures beyond are
listed as ones that cannot be had."""

_VECTORS: Final = frozenset(("emfblip", "wmetafile", "macpict", "pmmetafile"))
_DRAWING: Final = b"VCLMTF"
"""Stands for a drawing, whose own bytes are of no use."""

_NO_DIGITS: Final = bytes(set(range(256)) - set(b"0123456789abcdefABCDEF"))


class RtfPictures:
    """Gathers pictures one after the other.

    Args:
        pictures: where each is listed when it ends.
    """

    def __init__(self, pictures: InnerPictures) -> None:
        self._pictures = pictures
        self._body = bytearray()
        self._odd = b""
        self._is_drawing = False
        self._count = self._held = 0

    def word(self, word: str) -> None:
        """A control word inside the picture: its kind."""
        self._is_drawing |= word in _VECTORS

    def digits(self, text: bytes) -> None:
        """Bytes as pairs of hexadecimal digits."""
        if self._takes(len(text) // 2):
            pairs = self._odd + text.translate(None, _NO_DIGITS)
            even = len(pairs) & ~1
            self._body += bytes.fromhex(pairs[:even].decode("ascii"))
            self._odd = pairs[even:]

    def bytes(self, body: bytes) -> None:
        """Bytes as they are."""
        if self._takes(len(body)):
            self._body += body

    def end(self) -> None:
        """The picture is through."""
        body = _DRAWING if self._is_drawing else bytes(self._body)
        self._held += len(body)
        self._count += 1
        self._pictures.add(f"picture {self._count}", lambda: body)
        self._body.clear()
        self._odd, self._is_drawing = b"", False

    def _takes(self, size: int) -> bool:
        most = min(MAX_PICTURE_BYTES, MAX_HELD_BYTES - self._held)
        return not self._is_drawing and len(self._body) + size <= most
