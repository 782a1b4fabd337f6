import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from carrel.domain.documents import Box
from carrel.parsing.boxes import (
    GRAIN,
    line_boxes,
    marked_boxes,
    merge_lines,
    pack_boxes,
    unpack_boxes,
)

NAN = (math.nan,) * 4


def packed(*rows: tuple[float, float, float, float]) -> bytes:
    return pack_boxes(np.array(rows, dtype=np.float32))


def test_neighbours_on_a_line_become_one_box():
    assert line_boxes(packed((0, 0, 5, 10), (5, 0, 9, 10), (10, 1, 14, 9)), 0, 3) == (
        Box(0, 0, 14, 10),
    )


def test_a_line_end_ends_the_box_even_if_the_next_line_touches():
    assert line_boxes(packed((0, 0, 5, 10), NAN, (0, 4, 5, 14)), 0, 3) == (
        Box(0, 0, 5, 10),
        Box(0, 4, 5, 14),
    )


def test_a_word_joined_over_a_line_end_has_two_boxes():
    assert len(line_boxes(packed((80, 0, 85, 10), (0, 12, 5, 22)), 0, 2)) == 2


def test_a_superscript_belongs_to_its_line():
    assert len(line_boxes(packed((0, 0, 5, 10), (5, 0, 8, 5)), 0, 2)) == 1


def test_turned_text_runs_down():
    assert line_boxes(packed((0, 30, 10, 35), (0, 25, 10, 30), (0, 20, 10, 25)), 0, 3) == (
        Box(0, 20, 10, 35),
    )


def test_a_far_column_gets_a_box_of_its_own():
    assert len(line_boxes(packed((0, 0, 5, 10), (300, 0, 305, 10)), 0, 2)) == 2


def test_only_the_asked_characters_count():
    boxes = packed((0, 0, 5, 10), (5, 0, 10, 10), (10, 0, 15, 10))
    assert line_boxes(boxes, 1, 2) == (Box(5, 0, 10, 10),)
    assert line_boxes(boxes, 2, 99) == (Box(10, 0, 15, 10),)
    assert line_boxes(boxes, 2, 2) == ()
    assert line_boxes(b"", 0, 5) == ()


@given(
    npst.arrays(
        np.float32, st.tuples(st.integers(1, 50), st.just(4)), elements=st.floats(0, 900, width=32)
    )
)
def test_packing_keeps_every_box_within_half_a_grain(boxes):
    found = unpack_boxes(pack_boxes(boxes), len(boxes))
    assert found.shape == boxes.shape
    assert np.abs(found - boxes).max() <= 0.5 / GRAIN + 1e-4


@pytest.mark.parametrize("wrong", [b"", b"x", packed((0, 0, 1, 1)) + b"more", packed(NAN, NAN)])
def test_anything_but_the_right_number_of_boxes_is_refused(wrong):
    with pytest.raises(ValueError, match="boxes"):
        unpack_boxes(wrong, 1)


def test_a_bomb_of_boxes_is_not_inflated():
    with pytest.raises(ValueError, match="boxes"):
        unpack_boxes(pack_boxes(np.zeros((5_000_000, 4), np.float32)), 3)


def test_a_sloped_line_is_marked_in_pieces_that_leave_its_neighbours_alone():
    # A line of 100 letters, ten high, that sinks by sixty over its length.
    left = np.arange(100) * 6.0
    top = left / 10
    boxes = np.stack((left, top, left + 6, top + 10), axis=1).astype(np.float32)
    pieces = merge_lines(boxes)
    assert len(pieces) == 12
    assert max(piece.y1 - piece.y0 for piece in pieces) < 16
    assert (pieces[0].x0, pieces[-1].x1) == (0, 600)
    assert all(one.x1 == after.x0 for one, after in pairwise(pieces))
    down = merge_lines(boxes[:, [1, 0, 3, 2]])
    assert len(down) == 12


def test_a_superscript_does_not_cut_a_line():
    boxes = np.array([[0, 10, 6, 20], [6, 10, 12, 20], [12, 7, 15, 14], [15, 10, 21, 20]])
    assert merge_lines(boxes.astype(np.float32)) == (Box(0, 7, 21, 20),)


def middles_in(boxes, box):
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    return (box.x0 <= x) & (x <= box.x1) & (box.y0 <= y) & (y <= box.y1)


def test_a_raised_mark_between_the_marked_words_stays_out():
    letters = (0, 10, 10, 20), (10, 10, 20, 20), (20, 10, 30, 20), (20, 8, 28, 15)
    found = marked_boxes("abc*", packed(*letters), 0, 3)
    assert found == (Box(0, 10, 19.5, 20), Box(24.5, 10, 30, 20))
    assert line_boxes(packed(*letters), 0, 3) == (Box(0, 10, 30, 20),)


def test_a_stop_under_the_last_letter_stays_out_and_the_letter_in():
    found = marked_boxes("or.", packed((0, 0, 10, 10), (10, 0, 20, 10), (17, 8, 20, 10)), 0, 2)
    assert found == (Box(0, 0, 16.75, 10),)


def test_a_mark_beside_a_word_that_runs_down_stays_out():
    found = marked_boxes("ab*", packed((0, 0, 10, 10), (0, 10, 10, 20), (0, 17, 2, 20)), 0, 2)
    assert found == (Box(0, 0, 10, 16.75),)


def test_a_letter_whose_middle_is_near_that_of_another_stays_in():
    (found,) = marked_boxes("ab", packed((0, 0, 10, 10), (0, 0, 10.25, 10)), 0, 1)
    assert found.x0 == 0
    assert 5 < found.x1 < 5.125


def test_a_blank_drawn_over_the_marked_word_cuts_nothing():
    boxes = packed((0, 0, 10, 10), (0, 0, 4, 10))
    assert marked_boxes("% ", boxes, 0, 1) == (Box(0, 0, 10, 10),)


def test_close_lines_are_marked_to_halfway_between_them():
    boxes = packed((0, 0, 10, 14), (0, 10, 10, 24), (0, 20, 10, 34), (90, 2, 99, 16))
    assert marked_boxes("abcd", boxes, 1, 2) == (Box(0, 12, 10, 22),)


def test_boxes_of_another_text_are_refused():
    with pytest.raises(ValueError, match="boxes"):
        marked_boxes("abc", packed((0, 0, 5, 10)), 0, 1)


def test_where_two_texts_lie_over_one_another_the_line_is_marked_whole():
    row = np.arange(100, dtype=np.float32) * 5
    boxes = np.stack((row, row * 0, row + 5, row * 0 + 10), axis=1)
    twice = pack_boxes(np.concatenate((boxes, boxes)))
    assert marked_boxes("a" * 200, twice, 0, 100) == (Box(0, 0, 500, 10),)


@given(
    npst.arrays(
        np.float32,
        st.tuples(st.integers(2, 30), st.just(2)),
        elements=st.integers(0, 300).map(float),
    ),
    st.data(),
)
def test_no_letter_of_others_has_its_middle_in_a_mark(corners, data):
    boxes = np.hstack((corners, corners + np.float32(8)))
    end = data.draw(st.integers(1, len(boxes)))
    found = marked_boxes("a" * len(boxes), pack_boxes(boxes), 0, end)
    for box in found:
        # Where two letters have one middle across or along, no rectangle parts them.
        others = boxes[end:][middles_in(boxes[end:], box)]
        assert set(others[:, 0]) <= set(boxes[:end, 0]) or set(others[:, 1]) <= set(boxes[:end, 1])
    marked = np.zeros(end, dtype=bool)
    for box in found:
        marked |= middles_in(boxes[:end], box)
    assert marked.all()
