"""Posting segments: built, merged, and checked on arrival."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.language.segment import (
    Postings,
    Segment,
    SegmentBuilder,
    SegmentError,
    merge,
    term_hash,
)


def built(*texts, heading=""):
    builder = SegmentBuilder()
    for text in texts:
        builder.add(text=text, heading=heading)
    return builder.build()


def ordinals(segment, term, field="body"):
    postings = getattr(segment, field)
    (run,) = postings.find([term_hash(term)])
    return list(zip(postings.ordinals[run].tolist(), postings.counts[run].tolist(), strict=True))


def test_a_segment_says_where_each_term_occurs_and_how_often():
    segment = Segment.load(built("red fish", "blue fish fish", "1,577 12", heading="Animals"))
    assert ordinals(segment, "fish") == [(0, 1), (1, 2)]
    assert ordinals(segment, "anim", "heading") == [(0, 1), (1, 1), (2, 1)]
    assert ordinals(segment, "anim") == []
    assert segment.body_lengths.tolist() == [2, 3, 2]
    assert segment.digit_shares[0] == 0
    assert segment.digit_shares[2] > 200


def test_an_empty_segment_can_be_stored_and_read():
    assert Segment.load(SegmentBuilder().build()).passages == 0


def test_merging_keeps_every_posting():
    one, two = built("red fish"), built("blue fish", "red")
    merged = merge([Segment.load(one), Segment.load(two)], gaps=[2])
    again = Segment.load(merged.to_bytes())
    assert again.passages == 5
    assert ordinals(again, "fish") == [(0, 1), (3, 1)]
    assert ordinals(again, "red") == [(0, 1), (4, 1)]


def test_merging_drops_what_is_gone():
    segment = Segment.load(built("red fish", "blue fish"))
    merged = Segment.load(merge([segment], kept=[np.array([False, True])]).to_bytes())
    assert ordinals(merged, "fish") == [(1, 1)]
    assert ordinals(merged, "red") == []


def test_more_passages_than_a_segment_holds_are_refused():
    segment = Segment.load(built("x"))
    with pytest.raises(SegmentError):
        merge([segment, segment], gaps=[70_000])


def test_a_damaged_segment_is_refused_or_still_consistent():
    body = built(*(f"word{n % 7} other{n} common" for n in range(40)), heading="Title here")
    source = random.Random(3)
    refused = 0
    for _ in range(600):
        damaged = bytearray(body)
        for _ in range(source.randint(1, 3)):
            damaged[source.randrange(len(damaged))] ^= 1 << source.randrange(8)
        try:
            segment = Segment.load(bytes(damaged))
        except SegmentError:
            refused += 1
            continue
        for field in (segment.body, segment.heading):
            assert int(field.ordinals.max(initial=0)) < segment.passages
            assert int(field.offsets[-1]) == len(field.ordinals)
    assert refused > 300


@pytest.mark.parametrize(
    "change",
    [
        {"ordinals": [1, 0]},
        {"ordinals": [0, 0]},
        {"ordinals": [0, 2]},
        {"counts": [1, 0]},
        {"offsets": [0, 1]},
        {"offsets": [1, 2]},
    ],
)
def test_postings_that_would_mislead_a_search_are_refused(change):
    segment = Segment.load(built("fish", "fish"))
    kept = {"hashes": segment.body.hashes, "offsets": [0, 2], "ordinals": [0, 1], "counts": [1, 1]}
    kinds = {"offsets": np.uint32, "ordinals": np.uint16, "counts": np.uint8, "hashes": np.uint64}
    arrays = {name: np.array(kept[name], dtype=kinds[name]) for name in kept}
    for name, values in change.items():
        arrays[name] = np.array(values, dtype=kinds[name])
    wrong = replace(segment, body=Postings(**arrays))
    with pytest.raises(SegmentError):
        Segment.load(wrong.to_bytes())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 300))
def test_arbitrary_bytes_never_pass_for_a_segment(noise, cut):
    body = built("one two", "three")
    for untrusted in (noise, body[: min(cut, len(body) - 1)], body + noise[:1] + b"\0"):
        with pytest.raises(SegmentError):
            Segment.load(untrusted)
