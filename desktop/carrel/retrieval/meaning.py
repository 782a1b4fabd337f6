"""Vectors of passages in memory, and how alike a question's vector is to them.

Vectors are kept as whole numbers of eight bits with a scale each. Many are looked
through in two steps: the signs of their numbers first, then the best exactly.
Any number of threads search; changes replace immutable parts. Must not know
where vectors come from, or texts.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from carrel.domain.meaning import Trust

EXACT_ROWS: Final = 16_384
"""Vectors of a part up to which all are compared exactly: some milliseconds."""
RESCORED: Final = 2_048
"""Vectors compared exactly after the signs were looked at."""
PARTS: Final = 12
"""Parts; when there are more, the small ones are joined."""
LEVELS: Final = 127
"""The largest whole number of eight bits."""
NEAREST: Final = 100
"""Passages that meaning alone brings before the judge of scores."""
SCALE_BYTES: Final = 4
"""Bytes of a vector's scale: single precision, little endian."""

Numbers = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


def pack(vectors: Numbers) -> bytes:
    """Vectors as they are stored: the scales, then the whole numbers."""
    most = np.abs(vectors).max(axis=1, initial=0.0)
    scales = (most / LEVELS).astype("<f4")
    safe = np.where(scales > 0, scales, np.float32(1))[:, None]
    codes = np.rint(vectors / safe).astype(np.int8)
    return bytes(scales.tobytes() + codes.tobytes())


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Vectors of some passages, in the order of their ids."""

    ids: Ids
    codes: npt.NDArray[np.int8]
    scales: Numbers
    signs: npt.NDArray[np.uint64]
    centre: Numbers

    @classmethod
    def of(cls, ids: Ids, codes: npt.NDArray[np.int8], scales: Numbers) -> _Part:
        """Make vectors ready; signs are only made for many."""
        centre = np.zeros(codes.shape[1], np.float32)
        signs = np.zeros((0, 0), np.uint64)
        if len(ids) > EXACT_ROWS:
            some = slice(None, None, max(1, len(ids) // EXACT_ROWS))
            centre = (codes[some] * scales[some, None]).mean(axis=0)
            signs = np.concatenate(
                [
                    _signs(codes[at : at + EXACT_ROWS] * scales[at : at + EXACT_ROWS, None], centre)
                    for at in range(0, len(ids), EXACT_ROWS)
                ]
            )
        return cls(ids, codes, scales, signs, centre)

    def cosines(self, rows: npt.NDArray[np.intp] | slice, vector: Numbers) -> Numbers:
        found: Numbers = (self.codes[rows].astype(np.float32) @ vector) * self.scales[rows]
        return found

    def nearest(
        self, vector: Numbers, among: Sequence[tuple[int, int]] | None, limit: int
    ) -> tuple[Ids, Numbers]:
        rows = np.arange(len(self.ids)) if among is None else self._rows(among)
        if len(rows) > EXACT_ROWS and len(self.signs):
            asked = _signs(vector[None, :], self.centre)
            signs = self.signs if among is None else self.signs[rows]
            apart = np.bitwise_count(signs ^ asked).sum(axis=1, dtype=np.uint16)
            rows = rows[np.argpartition(apart, RESCORED)[:RESCORED]]
        whole = len(rows) == len(self.ids)
        likeness = self.cosines(slice(None) if whole else rows, vector)
        if len(rows) > limit:
            best = np.argpartition(-likeness, limit)[:limit]
            rows, likeness = rows[best], likeness[best]
        return self.ids[rows], likeness

    def _rows(self, among: Sequence[tuple[int, int]]) -> npt.NDArray[np.intp]:
        chosen = np.zeros(len(self.ids), dtype=bool)
        for first, size in among:
            low, high = np.searchsorted(self.ids, (first, first + size))
            chosen[low:high] = True
        return np.flatnonzero(chosen)


def _signs(vectors: Numbers, centre: Numbers) -> npt.NDArray[np.uint64]:
    """One bit for each number: whether it is above the average."""
    bits = np.packbits(vectors > centre, axis=1)
    padded = np.zeros((len(bits), -(-bits.shape[1] // 8) * 8), np.uint8)
    padded[:, : bits.shape[1]] = bits
    return padded.view(np.uint64)


class Meanings:
    """The vectors of an open workspace; all of one model."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._parts: tuple[_Part, ...] = ()
        self._dimension = 0

    def __len__(self) -> int:
        """Passages that have a vector."""
        return sum(len(part.ids) for part in self._parts)

    def open(self, dimension: int, stored: Iterable[tuple[int, bytes]] = ()) -> None:
        """Take over what is stored of a model, in place of all there was.

        Args:
            dimension: numbers of a vector; 0 for no model.
            stored: id of the first passage and `pack`ed vectors, in the order of the ids.
        """
        rows = [_unpacked(first, body, dimension) for first, body in stored]
        joined = _joined(rows)
        with self._changing:
            self._dimension = dimension
            self._parts = () if joined is None else (joined,)

    def add(self, first: int, body: bytes, dimension: int) -> None:
        """Take over more; those of another width are left out, their model is gone."""
        ids, codes, scales = _unpacked(first, body, dimension)
        with self._changing:
            if dimension != self._dimension or not len(ids):
                return
            parts = (*self._parts, _Part.of(ids, codes, scales))
            if len(parts) > PARTS:
                parts = _tidied(parts)
            self._parts = parts

    def nearest(
        self, vector: Numbers, among: Sequence[tuple[int, int]] | None = None, limit: int = NEAREST
    ) -> tuple[Ids, Numbers]:
        """The passages most alike, in no order, with their likeness (cosine, -1 to 1).

        Args:
            vector: of length 1.
            among: runs of ids, each with its size; None for all.
            limit: how many at most.
        """
        parts = self._parts if len(vector) == self._dimension else ()
        found = [part.nearest(vector, among, limit) for part in parts]
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        ids = np.concatenate([ids for ids, _ in found])
        likeness = np.concatenate([likeness for _, likeness in found])
        best = np.argsort(-likeness, kind="stable")[:limit]
        return ids[best], likeness[best]

    def likeness(self, vector: Numbers, ids: Ids) -> Numbers:
        """How alike some passages are; -1 for those without a vector."""
        found = np.full(len(ids), -1.0, np.float32)
        parts = self._parts if len(vector) == self._dimension else ()
        for part in parts:
            places = np.minimum(np.searchsorted(part.ids, ids), len(part.ids) - 1)
            here = np.flatnonzero(part.ids[places] == ids)
            if len(here):
                found[here] = part.cosines(places[here], vector)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Meant:
    """What one question means, and how far that is trusted."""

    meanings: Meanings
    vector: Numbers
    trust: Trust

    def nearest(self, among: Sequence[tuple[int, int]] | None) -> Ids:
        """Passages to be judged although they may have no word of the question."""
        return self.meanings.nearest(self.vector, among)[0]

    def shares(self, ids: Ids) -> Numbers:
        """What likeness adds to the scores of passages, of the best score."""
        return worth(self.meanings.likeness(self.vector, ids), self.trust)


def worth(likeness: Numbers, trust: Trust) -> Numbers:
    """What likeness is worth: nothing at the floor, the trust's weight from the ceiling on."""
    wide = max(trust.ceiling - trust.floor, 1e-6)
    found: Numbers = np.float32(trust.weight) * np.clip((likeness - trust.floor) / wide, 0, 1)
    return found


def _unpacked(first: int, body: bytes, dimension: int) -> tuple[Ids, npt.NDArray[np.int8], Numbers]:
    """Stored vectors; none where the bytes are not those of whole vectors."""
    size = dimension + SCALE_BYTES
    count = len(body) // size if dimension else 0
    if count * size != len(body):
        count = 0
    scales = np.frombuffer(body, "<f4", count)
    codes = np.frombuffer(body, np.int8, count * dimension, count * SCALE_BYTES)
    good = np.isfinite(scales) & (scales >= 0)
    ids = np.arange(first, first + count, dtype=np.int64)
    return ids[good], codes.reshape(count, dimension)[good], scales[good]


def _joined(
    rows: Sequence[tuple[Ids, npt.NDArray[np.int8], Numbers]],
) -> _Part | None:
    rows = sorted((row for row in rows if len(row[0])), key=lambda row: int(row[0][0]))
    if not rows:
        return None
    return _Part.of(
        np.concatenate([row[0] for row in rows]),
        np.concatenate([row[1] for row in rows]),
        np.concatenate([row[2] for row in rows]),
    )


def _tidied(parts: Sequence[_Part]) -> tuple[_Part, ...]:
    """Fewer parts: all but those that are much larger than the rest together become one."""
    by_size = sorted(parts, key=lambda part: len(part.ids))
    small = 0
    together: list[_Part] = []
    for part in by_size:
        if len(together) > 1 and len(part.ids) > 4 * small:
            break
        together.append(part)
        small += len(part.ids)
    whole = _joined_in_order(together)
    return (*(part for part in parts if part not in together), whole)


def _joined_in_order(parts: Sequence[_Part]) -> _Part:
    ids = np.concatenate([part.ids for part in parts])
    order = np.argsort(ids, kind="stable")
    codes = np.concatenate([part.codes for part in parts])[order]
    scales = np.concatenate([part.scales for part in parts])[order]
    return _Part.of(ids[order], codes, scales)
