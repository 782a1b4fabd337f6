"""Character boxes: packed for storage, and merged into one box per line.

Pure arithmetic on arrays; importable anywhere. Boxes are points of the page as
displayed, origin top left (see `carrel.domain.documents`). Must not know PDFium.
"""

import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from carrel.domain.documents import Box

Boxes = NDArray[np.float32]
"""Shape (characters, 4): left, top, right, bottom; NaN rows have no place."""

GRAIN: Final = 16
"""Boxes are rounded to 1/16 point (0.02 mm), a quarter of a pixel at four times enlargement.
The zero bits this leaves halve what has to be stored."""

BOX_BYTES: Final = 16
"""Bytes of a box: four of float32."""

COMPRESSION: Final = 1
"""zlib level. Level 6 saves 12 % of the bytes at three times the processor time."""

MIN_OVERLAP: Final = 0.5
"""Share of the smaller extent two neighbours must share to stand on one line; superscripts do."""

MAX_GAP: Final = 3.0
"""Gap between neighbours of a line, in line heights, before a new box begins: beyond a column
gutter the page between two boxes belongs to other words."""


MAX_RISE: Final = 1.0
"""Heights of its tallest letter by which a line may rise before its box is cut into pieces;
superscripts and subscripts stay within half of one."""

MAX_CUTS: Final = 64
"""Letters of others within one line that its mark is cut at; where more lie in it, two texts are
drawn over one another, and no cut tells them apart."""

PIECE_RISE: Final = 0.5
"""Heights of a letter that one piece of a sloped line rises."""


def pack_boxes(boxes: Boxes) -> bytes:
    """Boxes as little-endian float32, compressed; empty for no rows."""
    if not len(boxes):
        return b""
    rounded = np.round(boxes * GRAIN) / GRAIN
    return zlib.compress(np.ascontiguousarray(rounded, dtype="<f4").tobytes(), COMPRESSION)


def unpack_boxes(untrusted_boxes: bytes, characters: int) -> Boxes:
    """The boxes of a unit of so many code points.

    Raises:
        ValueError: the bytes are not exactly that many boxes.
    """
    expected = characters * BOX_BYTES
    unpacker = zlib.decompressobj()
    try:
        body = unpacker.decompress(untrusted_boxes, expected + 1)
    except zlib.error as error:
        raise ValueError("boxes are not compressed data") from error
    if len(body) != expected or not unpacker.eof or unpacker.unused_data:
        raise ValueError(f"boxes of {len(body)} bytes for {characters} characters")
    return np.frombuffer(body, dtype="<f4").reshape(-1, 4).astype(np.float32, copy=False)


def line_boxes(char_boxes: bytes, start: int, end: int) -> tuple[Box, ...]:
    """One box per line for the characters from ``start`` to ``end``.

    Args:
        char_boxes: as stored in a unit; empty gives no boxes.
        start, end: code points of the unit's canonical text; clipped to it.

    Raises:
        ValueError: the bytes are not boxes.
    """
    if not char_boxes or end <= max(start, 0):
        return ()
    body = zlib.decompressobj().decompress(char_boxes, end * BOX_BYTES)
    if len(body) % BOX_BYTES:
        raise ValueError("not an array of boxes")
    return merge_lines(np.frombuffer(body, dtype="<f4").reshape(-1, 4)[max(start, 0) :])


def marked_boxes(text: str, char_boxes: bytes, start: int, end: int) -> tuple[Box, ...]:
    """As `line_boxes`, cut so that no other letter of the unit has its middle in a box.

    A raised mark between two words, or a full stop under the arm of an r, lies within the line of
    its neighbours; and boxes as high as a line reach into the next where lines stand close. Reads
    all boxes of the unit, and takes some times as long.

    Args:
        text: the unit's; its blanks are no letters.
        char_boxes, start, end: as of `line_boxes`.

    Raises:
        ValueError: the bytes are not boxes, or not as many as the text has code points.
    """
    start, end = max(start, 0), min(end, len(text))
    if not char_boxes or end <= start:
        return ()
    boxes = unpack_boxes(char_boxes, len(text))
    own = boxes[start:end]
    letter = _drawn(boxes) & ~np.fromiter(map(str.isspace, text), dtype=bool, count=len(text))
    letter[start:end] = False
    drawn, others = own[_drawn(own)], boxes[letter]
    return tuple(box for line in merge_lines(own) for box in _without(others, line, drawn))


def _without(others: Boxes, line: Box, own: Boxes) -> list[Box]:
    """The box of a line without what is not of it."""
    own = own[_middle_in(own, line)]
    if not len(own):
        return [line]
    middles = (own[:, :2] + own[:, 2:]) / 2
    down = bool(np.ptp(middles[:, 1]) > np.ptp(middles[:, 0]))
    inside = _middle_in(others, line)
    line = _trimmed(line, own, others[~inside], down=down)
    between = others[inside]
    if not 0 < len(between) <= MAX_CUTS:
        return [line]
    return [
        Box(max(one.x0, line.x0), max(one.y0, line.y0), min(one.x1, line.x1), min(one.y1, line.y1))
        for one in _cut(own, between, down=down)
    ]


def _trimmed(line: Box, own: Boxes, others: Boxes, *, down: bool) -> Box:
    """A line that ends halfway to the lines before and after it."""
    along, across = (1, 0) if down else (0, 1)
    edges = [line.x0, line.y0, line.x1, line.y1]
    beside = (others[:, along] < edges[along + 2]) & (others[:, along + 2] > edges[along])
    middles = (others[beside, across] + others[beside, across + 2]) / 2
    ours = (own[:, across] + own[:, across + 2]) / 2
    before, after = middles[middles < edges[across]], middles[middles > edges[across + 2]]
    if len(before):
        halfway = (float(before.max()) + float(ours.min())) / 2
        edges[across] = max(edges[across], halfway)
    if len(after):
        halfway = (float(after.min()) + float(ours.max())) / 2
        edges[across + 2] = min(edges[across + 2], halfway)
    return Box(*edges)


def _drawn(boxes: Boxes) -> NDArray[np.bool_]:
    """Neither a line end nor an empty box (some spaces)."""
    drawn: NDArray[np.bool_] = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return drawn


def _middle_in(boxes: Boxes, line: Box) -> NDArray[np.bool_]:
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    inside: NDArray[np.bool_] = (line.x0 <= x) & (x <= line.x1) & (line.y0 <= y) & (y <= line.y1)
    return inside


def _cut(letters: Boxes, between: Boxes, *, down: bool) -> list[Box]:
    """The boxes of the letters of a line, cut at the middles of others along the line."""
    along = 1 if down else 0
    cuts = np.unique((between[:, along] + between[:, along + 2]) / 2)
    middles = (letters[:, along] + letters[:, along + 2]) / 2
    part = np.searchsorted(cuts, middles)
    found: list[Box] = []
    for number in np.unique(part).tolist():
        here, own = letters[part == number], middles[part == number]
        edges = [*here[:, :2].min(axis=0).tolist(), *here[:, 2:].max(axis=0).tolist()]
        # Halfway to the next letter that is not marked: boxes are wider than what is drawn.
        if number > 0:
            halfway = (float(cuts[number - 1]) + float(own.min())) / 2
            edges[along] = max(edges[along], halfway)
        if number < len(cuts):
            halfway = (float(cuts[number]) + float(own.max())) / 2
            edges[along + 2] = min(edges[along + 2], halfway)
        found.append(Box(*edges))
    return found


def merge_lines(boxes: Boxes) -> tuple[Box, ...]:
    """Union of neighbouring boxes as long as they stand on one line.

    A NaN row (a line end in the text) always ends a line. Where a word was
    joined over a line end there is none, and the way the boxes lie decides.
    Lines may run across or down (vertical writing, turned text).
    """
    drawn = _drawn(boxes)
    kept = boxes[drawn]
    if not len(kept):
        return ()
    line_ends = np.cumsum(np.isnan(boxes[:, 0]))[drawn]
    begins = np.ones(len(kept), dtype=bool)
    begins[1:] = (np.diff(line_ends) > 0) | ~_continues(kept[:-1], kept[1:])
    starts = _sloped_apart(kept, np.flatnonzero(begins))
    low = np.minimum.reduceat(kept[:, :2], starts)
    high = np.maximum.reduceat(kept[:, 2:], starts)
    return tuple(Box(*edges) for edges in np.hstack((low, high)).tolist())


def _sloped_apart(boxes: Boxes, starts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where lines begin, those of a sloped scan cut into pieces of hardly more height.

    One box around such a line would cover its neighbours.
    """
    low = np.minimum.reduceat(boxes[:, :2], starts)
    high = np.maximum.reduceat(boxes[:, 2:], starts)
    letters = np.maximum.reduceat(boxes[:, 2:] - boxes[:, :2], starts)
    extent = high - low
    thin = np.where(extent[:, 0] >= extent[:, 1], 1, 0)  # lines run across, or down
    rows = np.arange(len(starts))
    rise = (extent - letters)[rows, thin] / letters[rows, thin]
    if not (rise > MAX_RISE).any():
        return starts
    ends = np.append(starts[1:], len(boxes))
    pieces = np.where(rise > MAX_RISE, np.ceil(rise / PIECE_RISE), 1).astype(int)
    cut = [
        np.linspace(start, end, min(count, end - start), endpoint=False).astype(np.intp)
        for start, end, count in zip(starts.tolist(), ends.tolist(), pieces.tolist(), strict=True)
    ]
    return np.unique(np.concatenate(cut))


def _continues(last: Boxes, box: Boxes) -> NDArray[np.bool_]:
    """For each row: whether the box goes on where the one before it left off."""
    size, last_size = box[:, 2:] - box[:, :2], last[:, 2:] - last[:, :2]
    # What the two share, sideways and up and down; negative where there is a gap.
    shared = np.minimum(box[:, 2:], last[:, 2:]) - np.maximum(box[:, :2], last[:, :2])
    beside = shared[:, 1] >= MIN_OVERLAP * np.minimum(size[:, 1], last_size[:, 1])
    below = shared[:, 0] >= MIN_OVERLAP * np.minimum(size[:, 0], last_size[:, 0])
    near_beside = -shared[:, 0] <= MAX_GAP * np.maximum(size[:, 1], last_size[:, 1])
    near_below = -shared[:, 1] <= MAX_GAP * np.maximum(size[:, 0], last_size[:, 0])
    continues: NDArray[np.bool_] = np.where(beside, near_beside, below & near_below)
    return continues
