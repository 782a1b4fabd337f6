"""Sketches of words tell texts that are nearly the same from others, however they are cut."""

import random

import numpy as np
import pytest

from carrel.language.likeness import KEPT, NEARLY, SketchBuilder, is_sketch, parts, share

CHANCE = random.Random(11)
WORDS = ["".join(CHANCE.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(3000)]


def text(seed, count=2000):
    return random.Random(seed).choices(WORDS, k=count)


def changed(words, rate, seed=1):
    chance = random.Random(seed)
    return [chance.choice(WORDS) if chance.random() < rate else word for word in words]


def sketch(*units):
    builder = SketchBuilder()
    for unit in units:
        builder.add(unit if isinstance(unit, str) else " ".join(unit))
    return builder.build()


@pytest.mark.parametrize(("rate", "alike"), [(0.01, True), (0.02, True), (0.15, False), (1, False)])
def test_a_few_changed_words_are_nearly_the_same_and_many_are_not(rate, alike):
    found = [share(sketch(text(n)), sketch(changed(text(n), rate, n))) >= NEARLY for n in range(20)]
    assert found == [alike] * 20


def test_the_estimate_is_near_the_true_share():
    words = text(5)
    other = changed(words, 0.03)
    sets = [{tuple(one[at : at + 4]) for at in range(len(one) - 3)} for one in (words, other)]
    true = len(sets[0] & sets[1]) / len(sets[0] | sets[1])
    assert share(sketch(words), sketch(other)) == pytest.approx(true, abs=0.1)


def test_where_the_text_is_cut_and_how_it_is_written_make_no_difference():
    words = text(6)
    cut = [words[at : at + 37] for at in range(0, len(words), 37)]
    assert sketch(*cut) == sketch(words) == sketch(" ,\n".join(words).upper())
    assert sketch(*[[word] for word in words]) == sketch(words)


def test_short_texts_are_compared_whole_and_very_short_ones_not_at_all():
    words = text(7, count=60)
    assert share(sketch(words), sketch(words)) == 1.0
    assert share(sketch(words), sketch([*words, "more"])) == pytest.approx(57 / 58)
    assert sketch(words[:20]) == b""
    assert share(b"", sketch(words)) == 0.0


def test_words_without_blanks_between_them_count_one_by_one():
    line = "流动性披露摘要本公司截至二零二五年十二月三十一日的流动性覆盖率为百分之一百二十"
    assert share(sketch(line), sketch(line[:-1])) > 0.9


def test_candidates_of_alike_texts_share_a_number():
    for number in range(50):
        one, other = sketch(text(number)), sketch(changed(text(number), 0.05, number))
        assert set(parts(one)) & set(parts(other))


def test_only_sketches_are_taken_for_sketches():
    made = sketch(text(8))
    assert is_sketch(made)
    assert is_sketch(b"")
    hashes = np.frombuffer(made, dtype="<u8")
    assert len(hashes) == KEPT
    for wrong in (made[:-1], made + made[-8:], hashes[::-1].tobytes(), bytes(16)):
        assert not is_sketch(wrong)
