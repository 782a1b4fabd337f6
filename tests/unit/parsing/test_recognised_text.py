"""From recognised words to canonical text: lines, rows of tables, hyphens, boxes."""

import numpy as np
import pytest

from carrel.parsing.formats.recognised_rows import in_rows
from carrel.parsing.formats.recognised_text import Composer
from carrel.parsing.formats.recognition import PageRead, Word

SAME = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def words(*rows: tuple[int, int, str], sure: float = 90.0) -> tuple[Word, ...]:
    """Words of lines, each line by its left, its top and its text; ten pixels a letter."""
    found = []
    for left, top, text in rows:
        at = left
        for place, word in enumerate(text.split()):
            box = (at, top, at + 10 * len(word), top + 20)
            found.append(Word(word, sure, box, begins_line=place == 0, leftwards=False))
            at = box[2] + 10
    return tuple(found)


def composed(*rows: tuple[int, int, str], scale: float = 2.0, to_page=SAME, covered=()):
    read = PageRead(words=words(*rows), language="eng", turned=0, to_page=to_page)
    return Composer().compose(read, scale, covered)


def test_words_stand_on_lines_with_a_box_and_a_confidence_for_each_letter():
    found = composed((100, 40, "Net sales"), (100, 80, "rose"))
    assert found.text == "Net sales\nrose"
    assert found.boxes.shape == (14, 4)
    assert found.boxes[0].tolist() == [50, 20, 55, 30]
    assert found.boxes[3].tolist() == [65, 20, 70, 30]
    assert np.isnan(found.boxes[9]).all()
    assert found.confidences == bytes([90] * 14)


def test_a_word_broken_at_a_line_end_is_joined():
    found = composed((0, 0, "the agree-"), (0, 40, "ment ends"))
    assert found.text == "the agreement ends"
    assert len(found.boxes) == len(found.confidences) == len(found.text)
    kept = composed((0, 0, "a long-"), (0, 40, "Term thing"))
    assert kept.text == "a long-Term thing"


def test_boxes_go_back_to_the_page_as_it_was_scanned():
    # The page, 1000 wide, had been turned upside down.
    upside_down = np.array([[-1.0, 0.0, 1000.0], [0.0, -1.0, 600.0]])
    found = composed((100, 40, "ab"), to_page=upside_down)
    assert found.boxes[0].tolist() == [445, 270, 450, 280]
    assert found.boxes[1].tolist() == [440, 270, 445, 280]


def test_words_where_text_is_known_already_are_left_out():
    found = composed(
        (100, 40, "Page 3"), (100, 80, "read this"), covered=[(45.0, 15.0, 90.0, 32.0)]
    )
    assert found.text == "read this"


def test_a_page_without_words_has_no_text():
    assert composed().text == ""
    assert composed((100, 40, "Page 3"), covered=[(0.0, 0.0, 500.0, 500.0)]).text == ""


def test_figures_join_the_words_of_their_row():
    found = composed(
        (0, 0, "Net income"), (0, 40, "Other"), (300, 2, "122,641 $ 266,799"), (310, 41, "(12)")
    )
    assert found.text == "Net income 122,641 $ 266,799\nOther (12)"


@pytest.mark.parametrize(
    "rows",
    [
        ((0, 0, "left one"), (0, 40, "left two"), (300, 0, "right one"), (300, 40, "right two")),
        ((0, 0, "It ended in"), (0, 40, "words and"), (300, 0, "2018."), (300, 40, "More words")),
    ],
    ids=["columns of prose", "one figure alone"],
)
def test_prose_stays_in_its_columns(rows):
    given = words(*rows)
    assert in_rows(given) == given


def test_figures_without_words_on_their_left_stay_where_they_are():
    given = words((0, 0, "2018 2017"), (0, 40, "12 13"))
    assert in_rows(given) == given
