"""The time left: nothing until it is known, then close to the truth, and it does not jump."""

import random
from itertools import pairwise

import pytest

from carrel.app.estimating import KNOWN_AFTER_SECONDS, Estimate

READERS = 2


def run(files, *, speed, readers=READERS, surprise=None):
    """Read files in a made-up machine; returns (seconds left in truth, what was shown)."""
    estimate = Estimate()
    for kind, size in files:
        estimate.expect(kind, size)
    waiting, free, clock = list(enumerate(files)), [0.0] * readers, 0.0
    ends, told = [], []
    while waiting:
        number, (kind, size) = waiting.pop(0)
        at = min(range(readers), key=lambda one: free[one])
        clock = free[at]
        for end in sorted(one for one in ends if one[0] <= clock):
            ends.remove(end)
            estimate.end(end[1], end[2])
        told.append((clock, estimate.seconds_left(clock)))
        estimate.begin(number, kind, size, clock)
        seconds = speed(kind, size)
        if surprise is not None and number >= surprise:
            seconds *= 3
        free[at] += seconds
        ends.append((free[at], number, seconds))
    whole = max(free)
    return [(whole - at, shown) for at, shown in told]


def steady(kind, size):
    return {"pdf": 0.2, "txt": 0.01}[kind] + size * {"pdf": 4e-7, "txt": 1e-8}[kind]


def mixed(count):
    chance = random.Random(1)
    return [
        ("pdf", chance.randint(10_000, 5_000_000)) if chance.random() < 0.3
        else ("txt", chance.randint(100, 20_000))
        for _ in range(count)
    ]  # fmt: skip


def test_nothing_is_said_until_it_is_known():
    estimate = Estimate()
    estimate.expect("pdf", 10_000_000, count=10)
    assert estimate.seconds_left(0.0) is None
    estimate.begin(1, "pdf", 1_000_000, 0.0)
    assert estimate.seconds_left(60.0) is None  # nothing is through yet
    estimate.end(1, 0.5)
    assert estimate.seconds_left(0.5) is None  # too early
    assert estimate.seconds_left(KNOWN_AFTER_SECONDS) is not None


def test_notes_do_not_foretell_how_long_scans_take():
    estimate = Estimate()
    estimate.expect("tif", 1_000_000_000, count=100)
    estimate.expect("txt", 10_000, count=10)
    for number in range(10):
        estimate.begin(number, "txt", 1_000, number)
        estimate.end(number, 1.0)
    assert estimate.seconds_left(20.0) is None
    estimate.begin("t", "tif", 10_000_000, 20.0)
    estimate.end("t", 30.0)
    assert estimate.seconds_left(50.0) == pytest.approx(3_000 * 0.99, rel=0.4)


def test_a_mixed_folder_is_foretold_within_a_third_and_never_rises():
    told = [(left, shown) for left, shown in run(mixed(600), speed=steady) if shown is not None]
    assert len(told) > 500
    later = told[len(told) // 10 :]
    assert all(0.67 * left - 2 < shown < 1.33 * left + 2 for left, shown in later)
    rises = [b - a for (_, a), (_, b) in pairwise(told) if b > a + 1e-9]
    assert len(rises) <= 1


def test_a_machine_that_becomes_slower_is_told_after_a_while_and_not_at_once():
    told = run(mixed(600), speed=steady, surprise=300)
    late = [(left, shown) for left, shown in told[500:] if shown is not None]
    assert all(shown > 0.4 * left for left, shown in late)
    values = [shown for _, shown in told if shown is not None]
    rises = [b for a, b in pairwise(values) if b > a + 1e-9]
    assert len(rises) < 20  # in steps, not with every file


def test_what_is_not_read_after_all_is_not_waited_for():
    estimate = Estimate()
    for number in range(4):
        estimate.expect("pdf", 1_000_000)
        if number < 2:
            estimate.begin(number, "pdf", 1_000_000, number * 2.0)
            estimate.end(number, 2.0)
    two = estimate.seconds_left(4.0)
    assert two == pytest.approx(4.0)
    estimate.drop("pdf", 1_000_000)
    assert estimate.seconds_left(4.0) == pytest.approx(2.0)
    estimate.idle()
    assert estimate.seconds_left(5.0) is None


def test_half_a_file_is_half_the_wait():
    estimate = Estimate()
    estimate.expect("pdf", 2_000_000, count=2)
    estimate.begin("a", "pdf", 1_000_000, 0.0)
    estimate.end("a", 10.0)
    estimate.begin("b", "pdf", 1_000_000, 10.0)
    estimate.move("b", 0.5)
    assert estimate.seconds_left(15.0) == pytest.approx(5.0, rel=0.6)
