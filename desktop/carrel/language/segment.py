"""Posting segments: which terms occur in a run of consecutive passages, and how often.

An immutable block of bytes made in the parser process, stored encrypted as it
is, and read without copying. Terms are known by 64-bit hashes, passages by
their position in the run. Body and heading are separate fields. Must not know
passage ids, documents or ranking.

Layout, little-endian, no padding: the header, then per field (body, heading)
term hashes u64 and posting offsets u32 (one more than terms); then per passage
body length u16, heading length u16, share of digits u8, starts-a-unit u8; then
per field posting ordinals u16 and counts u8.
"""

import hashlib
import struct
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeVar

import numpy as np
import numpy.typing as npt

from carrel.domain.errors import KnownError
from carrel.language.guessing import looks_english_or_unknown
from carrel.language.terms import grams, terms

VERSION: Final = 1
"""Goes up when the layout or the analysis of terms changes; older segments are built anew."""

MAX_PASSAGES: Final = 65_535
"""Passages of one segment: an ordinal has 16 bits. Larger indexes have several segments."""

MAX_POSTINGS: Final = 64_000_000
"""Postings of one field: a thousand different terms in each of 65,535 passages."""

MAX_HASHES: Final = 200_000
"""Terms whose hash is remembered, about 25 MiB."""

_MAGIC: Final = b"CRLSEG"
_HEADER: Final = struct.Struct("<6sHIIIII")

Hashes = npt.NDArray[np.uint64]
Words = npt.NDArray[np.uint32]
Halves = npt.NDArray[np.uint16]
Bytes = npt.NDArray[np.uint8]

T = TypeVar("T", bound=np.generic)

_hashes: dict[str, int] = {}


class SegmentError(KnownError):
    """Bytes that are not a posting segment of this version."""

    code = "index.segment"
    sentence = "A part of the search index cannot be used: {cause}."
    remedy = "Rebuild the index of this workspace; no document is lost."


def term_hash(term: str) -> int:
    """The number a term is known by; the same on every machine."""
    known = _hashes.get(term)
    if known is None:
        digest = hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        known = int.from_bytes(digest, "little")
        if len(_hashes) >= MAX_HASHES:
            _hashes.clear()
        _hashes[term] = known
    return known


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """One field's postings.

    Attributes:
        hashes: terms, strictly ascending.
        offsets: where each term's postings begin; one more than terms.
        ordinals: passages, strictly ascending within a term.
        counts: occurrences in the passage, 1 to 255.
    """

    hashes: Hashes
    offsets: Words
    ordinals: Halves
    counts: Bytes

    def find(self, wanted: Sequence[int]) -> list[slice]:
        """Where the postings of some terms lie; empty for those that do not occur.

        Args:
            wanted: hashes of terms.
        """
        if not len(self.hashes):
            return [slice(0, 0)] * len(wanted)
        hashes = np.array(wanted, dtype=np.uint64)
        at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        known = self.hashes[at] == hashes
        starts = np.where(known, self.offsets[at], 0).tolist()
        ends = np.where(known, self.offsets[at + 1], 0).tolist()
        return [slice(start, end) for start, end in zip(starts, ends, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """The postings of consecutive passages.

    Attributes:
        passages: how many.
        body_lengths, heading_lengths: terms per passage, at most 65,535.
        digit_shares: digits among the characters that are not white space; 255 is all.
        starts_unit: 1 where a passage is the first of its unit.
    """

    passages: int
    body: Postings
    heading: Postings
    body_lengths: Halves
    heading_lengths: Halves
    digit_shares: Bytes
    starts_unit: Bytes

    def to_bytes(self) -> bytes:
        """The segment as `load` reads it."""
        header = _HEADER.pack(
            _MAGIC, VERSION, self.passages,
            len(self.body.hashes), len(self.body.ordinals),
            len(self.heading.hashes), len(self.heading.ordinals),
        )  # fmt: skip
        arrays: tuple[npt.NDArray[np.generic], ...] = (
            self.body.hashes, self.body.offsets, self.heading.hashes, self.heading.offsets,
            self.body_lengths, self.heading_lengths, self.digit_shares, self.starts_unit,
            self.body.ordinals, self.body.counts, self.heading.ordinals, self.heading.counts,
        )  # fmt: skip
        return b"".join([header, *(part.tobytes() for part in arrays)])

    @classmethod
    def load(cls, untrusted: bytes) -> Self:
        """Read a segment and check that nothing in it can mislead a search.

        Raises:
            SegmentError: another version, a wrong size, or postings out of order or range.
        """
        if len(untrusted) < _HEADER.size:
            raise SegmentError(cause="it is too short")
        header = _HEADER.unpack_from(untrusted)
        magic, version, passages, body_terms, body_size, heading_terms, heading_size = header
        if magic != _MAGIC:
            raise SegmentError(cause="it is no segment")
        if version != VERSION:
            raise SegmentError(cause=f"it has version {version}, not {VERSION}")
        if passages > MAX_PASSAGES or max(body_size, heading_size) > MAX_POSTINGS:
            raise SegmentError(cause="it is too large")
        reader = _Reader(untrusted, _HEADER.size)
        size = 12 * (body_terms + heading_terms) + 8 + 6 * passages + 3 * (body_size + heading_size)
        if len(untrusted) != _HEADER.size + size:
            raise SegmentError(cause="its size does not match its header")
        tables = [
            (reader.take(np.uint64, count), reader.take(np.uint32, count + 1))
            for count in (body_terms, heading_terms)
        ]
        body_lengths = reader.take(np.uint16, passages)
        heading_lengths = reader.take(np.uint16, passages)
        digit_shares = reader.take(np.uint8, passages)
        starts_unit = reader.take(np.uint8, passages)
        fields = [
            Postings(hashes, offsets, reader.take(np.uint16, count), reader.take(np.uint8, count))
            for (hashes, offsets), count in zip(tables, (body_size, heading_size), strict=True)
        ]
        for field in fields:
            _check(field, passages)
        if passages and int(starts_unit.max()) > 1:
            raise SegmentError(cause="its unit marks are wrong")
        return cls(
            passages, fields[0], fields[1], body_lengths, heading_lengths, digit_shares, starts_unit
        )


class _Reader:
    """Takes arrays from a block of bytes, in order, without copying."""

    def __init__(self, untrusted: bytes, at: int) -> None:
        self._bytes = untrusted
        self._at = at

    def take(self, kind: type[T], count: int) -> npt.NDArray[T]:
        """The next array."""
        found = np.frombuffer(self._bytes, dtype=kind, count=count, offset=self._at)
        self._at += found.nbytes
        return found


def _check(field: Postings, passages: int) -> None:
    offsets, ordinals = field.offsets, field.ordinals
    if int(offsets[0]) != 0 or int(offsets[-1]) != len(ordinals):
        raise SegmentError(cause="its offsets do not cover its postings")
    if len(offsets) > 1 and not bool((offsets[1:] > offsets[:-1]).all()):
        raise SegmentError(cause="its offsets do not ascend")
    if len(field.hashes) > 1 and not bool((field.hashes[1:] > field.hashes[:-1]).all()):
        raise SegmentError(cause="its terms do not ascend")
    if not len(ordinals):
        return
    if int(ordinals.max()) >= passages:
        raise SegmentError(cause="it names passages it does not have")
    if int(field.counts.min()) < 1:
        raise SegmentError(cause="it counts a term that does not occur")
    ascends = ordinals[1:] > ordinals[:-1]
    ascends[offsets[1:-1].astype(np.int64) - 1] = True
    if not bool(ascends.all()):
        raise SegmentError(cause="its passages do not ascend")


class _Field:
    """Postings under construction, passage by passage."""

    def __init__(self) -> None:
        self._hashes = array("Q")
        self._ordinals = array("H")
        self._counts = array("B")
        self.lengths = array("H")

    def add(self, ordinal: int, found: Sequence[str], pieces: Sequence[str] = ()) -> None:
        """Count the terms of the next passage; pieces of words do not make it longer."""
        counted = Counter(found)
        counted.update(pieces)
        for term, count in counted.items():
            self._hashes.append(term_hash(term))
            self._ordinals.append(ordinal)
            self._counts.append(min(count, 255))
        self.lengths.append(min(len(found), 65_535))

    def build(self) -> Postings:
        """The postings by term."""
        return _by_term(
            np.array(self._hashes, dtype=np.uint64),
            np.array(self._ordinals, dtype=np.uint16),
            np.array(self._counts, dtype=np.uint8),
        )


def _by_term(hashes: Hashes, ordinals: Halves, counts: Bytes) -> Postings:
    """Postings in order of passages become postings in order of terms."""
    # Stable: within a term the passages stay in order; and it merges sorted runs quickly.
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    first = np.ones(len(hashes), dtype=bool)
    first[1:] = hashes[1:] != hashes[:-1]
    offsets = np.append(np.flatnonzero(first), len(hashes)).astype(np.uint32)
    return Postings(hashes[first], offsets, ordinals[order], counts[order])


class SegmentBuilder:
    """Builds a segment from passages given in order. One thread at a time."""

    def __init__(self) -> None:
        self._body = _Field()
        self._heading = _Field()
        self._digit_shares = array("B")
        self._starts_unit = array("B")

    def __len__(self) -> int:
        """Passages added so far."""
        return len(self._starts_unit)

    def add(
        self, *, text: str, heading: str = "", page_heading: str = "", starts_unit: bool = True
    ) -> None:
        """Add the next passage.

        Args:
            text: its own text.
            heading: the headings above it.
            page_heading: the first lines of its page, where a page says what it shows.
            starts_unit: whether it is the first passage of its unit (page, section, ...).

        Raises:
            SegmentError: the segment is full.
        """
        ordinal = len(self)
        if ordinal >= MAX_PASSAGES:
            raise SegmentError(cause="it is full")
        latin = not looks_english_or_unknown(text)
        self._body.add(ordinal, terms(text), grams(text, latin=latin))
        self._heading.add(ordinal, [*terms(heading), *terms(page_heading)])
        characters = len("".join(text.split()))
        digits = sum(map(text.count, "0123456789"))
        self._digit_shares.append(min(255, 255 * digits // characters) if characters else 0)
        self._starts_unit.append(1 if starts_unit else 0)

    def build(self) -> bytes:
        """The segment of all passages added; the builder can go on."""
        return Segment(
            len(self),
            self._body.build(),
            self._heading.build(),
            np.array(self._body.lengths, dtype=np.uint16),
            np.array(self._heading.lengths, dtype=np.uint16),
            np.array(self._digit_shares, dtype=np.uint8),
            np.array(self._starts_unit, dtype=np.uint8),
        ).to_bytes()


def merge(
    segments: Sequence[Segment],
    *,
    gaps: Sequence[int] = (),
    kept: Sequence[npt.NDArray[np.bool_] | None] = (),
) -> Segment:
    """One segment in the place of several.

    Args:
        segments: in order of their passages.
        gaps: passages that no longer exist before each segment but the first; they become empty
            passages, so that positions still follow ids. None given means there are no gaps.
        kept: per segment the passages to keep; the others become empty. None keeps all.

    Raises:
        SegmentError: together they have more than MAX_PASSAGES.
    """
    kept = list(kept) or [None] * len(segments)
    starts: list[int] = []
    total = 0
    for number, segment in enumerate(segments):
        total += gaps[number - 1] if gaps and number else 0
        starts.append(total)
        total += segment.passages
    if total > MAX_PASSAGES:
        raise SegmentError(cause=f"{total} passages are too many for one segment")

    def spread(name: str, kind: type[T], *, fill: int = 0, mask: bool = True) -> npt.NDArray[T]:
        whole: npt.NDArray[T] = np.full(total, fill, dtype=kind)
        for segment, start, keep in zip(segments, starts, kept, strict=True):
            part = getattr(segment, name)
            whole[start : start + segment.passages] = (
                part * keep if keep is not None and mask else part
            )
        return whole

    return Segment(
        total,
        _merge_field([segment.body for segment in segments], starts, kept),
        _merge_field([segment.heading for segment in segments], starts, kept),
        spread("body_lengths", np.uint16),
        spread("heading_lengths", np.uint16),
        spread("digit_shares", np.uint8),
        spread("starts_unit", np.uint8, fill=1, mask=False),
    )


def _merge_field(
    fields: Sequence[Postings],
    starts: Sequence[int],
    kept: Sequence[npt.NDArray[np.bool_] | None],
) -> Postings:
    hashes: list[Hashes] = []
    ordinals: list[Halves] = []
    counts: list[Bytes] = []
    for field, start, keep in zip(fields, starts, kept, strict=True):
        spread = np.repeat(field.hashes, (field.offsets[1:] - field.offsets[:-1]).astype(np.intp))
        chosen = slice(None) if keep is None else keep[field.ordinals]
        hashes.append(spread[chosen])
        ordinals.append((field.ordinals[chosen].astype(np.uint32) + start).astype(np.uint16))
        counts.append(field.counts[chosen])
    if not hashes:
        return _Field().build()
    return _by_term(np.concatenate(hashes), np.concatenate(ordinals), np.concatenate(counts))
