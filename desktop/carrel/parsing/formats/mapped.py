"""Mapped bytes as a file to read and seek, without a copy. Must not know what they are."""

import io

from carrel.parsing.formats.base import Bytes


class MappedFile(io.RawIOBase):
    """A document's bytes, as readers of the standard library want them."""

    def __init__(self, body: Bytes) -> None:
        super().__init__()
        self._body = memoryview(body)
        self.position = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where reading goes on, bytes."""
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go somewhere; beyond the end nothing is read.

        Raises:
            OSError: before the beginning.
        """
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: len(self._body)}[whence]
        if start + offset < 0:
            raise OSError("before the beginning")
        self.position = start + offset
        return self.position

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Fill a buffer as far as there is something."""
        piece = self._body[self.position : self.position + len(buffer)]
        buffer[: len(piece)] = piece
        self.position += len(piece)
        return len(piece)
