"""PDFium's characters of a page, and where each lies: one call for all text, one for each box.

PDFium gives boxes one by one, some 3,500 for a page of a report, so what a call costs in Python
decides how fast a report is read. Must not know what is done with the characters.
"""

import ctypes
from collections import deque
from itertools import repeat, starmap
from typing import Any, Final

import numpy as np
import pypdfium2.raw
from numpy.typing import NDArray

from carrel.parsing.boxes import Boxes

pdfium: Any = pypdfium2.raw

BLOCK: Final = 8192
"""Characters whose boxes are fetched in one go; nearly all pages have fewer."""

# The same functions without types, and with the interpreter's lock kept: arguments that need no
# converting make a call twice as fast, a lock that nobody waits for would make it slower. A parser
# has one thread.
_loose_box: Final = ctypes.PYFUNCTYPE(None)(
    ctypes.cast(pdfium.FPDFText_GetLooseCharBox, ctypes.c_void_p).value or 0
)
_text: Final = ctypes.PYFUNCTYPE(ctypes.c_int)(
    ctypes.cast(pdfium.FPDFText_GetText, ctypes.c_void_p).value or 0
)

_room: Final = (ctypes.c_float * (4 * BLOCK))()
_ROWS: Final[Boxes] = np.ctypeslib.as_array(_room).reshape(-1, 4)
_SLOTS: Final[list[Any]] = [ctypes.byref(_room, 16 * place) for place in range(BLOCK)]
_PLACES: Final = list(range(BLOCK))


def boxes_of(text_page: Any, count: int) -> Boxes:  # noqa: ANN401 - pypdfium2 has no types
    """The loose boxes of the first characters of a page.

    Args:
        count: how many; not more than there are.

    Returns:
        Rows in user space: left, top, right, bottom with y upwards.
    """
    boxes: Boxes = np.empty((count, 4), np.float32)
    page = _pointer(ctypes.cast(text_page, ctypes.c_void_p).value)
    for first in range(0, count, BLOCK):
        size = min(BLOCK, count - first)
        _ROWS[:size] = 0  # where PDFium knows of no box it writes none
        places = _PLACES if first == 0 else range(first, first + size)
        # A loop in C: `deque` runs the calls and keeps nothing, `zip` fills one tuple of arguments
        # again and again, which `map` would make anew for each call.
        deque(starmap(_loose_box, zip(repeat(page, size), places, _SLOTS, strict=False)), maxlen=0)
        boxes[first : first + size] = _ROWS[:size]
    return boxes


def codes_of(text_page: Any, count: int) -> NDArray[np.uint32]:  # noqa: ANN401
    """The code points of the first characters, one for each; halves of a pair stay apart."""
    units = np.zeros(count + 1, np.uint16)
    page = _pointer(ctypes.cast(text_page, ctypes.c_void_p).value)
    written: int = _text(page, 0, count, _pointer(units.ctypes.data)) - 1
    units = units[: max(written, 0)]
    if len(units) == count and not (units - np.uint16(0xD800) < np.uint16(0x800)).any():
        return units.astype(np.uint32)
    # Characters without text, or beyond the first plane: only one by one are they in step.
    return np.fromiter(
        (pdfium.FPDFText_GetUnicode(text_page, place) for place in range(count)),
        dtype=np.uint32,
        count=count,
    )


def _pointer(address: int | None) -> Any:  # noqa: ANN401
    """An address as an argument that needs no converting."""
    return ctypes.c_void_p.from_param(address)
