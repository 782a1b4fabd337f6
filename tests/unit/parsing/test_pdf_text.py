import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.parsing.formats.pdf_text import Vocabulary, canonical


def made(text: str, vocabulary: Vocabulary | None = None):
    codes = np.array([ord(char) for char in text], dtype=np.uint32)
    boxes = np.array([[i * 10, 0, i * 10 + 9, 12] for i in range(len(text))], dtype=np.float32)
    return canonical(codes, boxes.reshape(-1, 4), vocabulary or Vocabulary())


def test_line_ends_and_blanks_are_made_plain():
    text, boxes, places = made(" One  two \r\n\r\nthree\u00a0four \r\n")
    assert text == "One two\nthree four"
    assert np.isnan(boxes[7]).all()
    assert not np.isnan(np.delete(boxes, 7, axis=0)).any()
    assert places.tolist()[:3] == [1, 2, 3]


@pytest.mark.parametrize("mark", ["\ufffe", "\x02"])
def test_a_word_broken_at_a_line_end_is_joined(mark):
    text, boxes, _ = made(f"the infor{mark}mation here; information there")
    assert text.startswith("the information here")
    assert boxes[9][0] == 100.0  # “m” keeps its own box: the mark at 90 went


def test_a_hyphen_that_belongs_to_the_word_stays():
    text, boxes, _ = made("a long\ufffeterm plan")
    assert text == "a long-term plan"
    assert boxes[6][0] == 60.0


def test_other_pages_tell_what_a_hyphen_means():
    vocabulary = Vocabulary()
    made("the cost-plus contract and the costplan", vocabulary)
    assert made("a cost\ufffeplus deal", vocabulary)[0] == "a cost-plus deal"
    assert made("a cost\ufffeplan deal", vocabulary)[0] == "a costplan deal"


def test_halves_of_broken_words_are_not_learnt():
    vocabulary = Vocabulary()
    made("ap\ufffeplied", vocabulary)
    assert made("ap\ufffeplied", vocabulary)[0] == "applied"


def test_a_hyphen_before_a_number_stays():
    assert made("Form 10\ufffeK and ASU\ufffe2016")[0] == "Form 10-K and ASU-2016"


def test_a_supposed_blank_between_touching_letters_goes():
    codes = np.array([ord(char) for char in "Incom e x"], dtype=np.uint32)
    boxes = np.array([[i * 6, 0, i * 6 + 5.8, 10] for i in range(9)], dtype=np.float32)
    boxes[5] = (40, 10, 40, 10)  # supposed: no height
    boxes[6] = (30, 0, 35, 10)
    boxes[7] = (36, 0, 39, 10)  # a real blank
    boxes[8] = (39, 0, 45, 10)
    assert canonical(codes, boxes, Vocabulary())[0] == "Income x"


def test_surrogate_halves_become_one_character_with_one_box():
    codes = np.array([0x61, 0xD83D, 0xDE00, 0x62, 0xD83D], dtype=np.uint32)
    boxes = np.array([[i, 0, i + 1, 1] for i in range(5)], dtype=np.float32)
    text, found, _ = canonical(codes, boxes, Vocabulary())
    assert text == "a\U0001f600b"
    assert found[1].tolist() == [1.0, 0.0, 3.0, 1.0]


@given(
    st.text(
        st.one_of(
            st.sampled_from(" \r\n\t\u00a0\ufffe\x02\xad\x00-"), st.characters(codec="utf-16")
        ),
        max_size=120,
    )
)
def test_text_boxes_and_places_always_agree(raw):
    text, boxes, places = made(raw)
    assert len(text) == len(boxes) == len(places)
    assert text == text.strip(" \n")
    assert "  " not in text
    assert "\n\n" not in text
    text.encode("utf-8")
    for char, box, place in zip(text, boxes, places, strict=True):
        assert np.isnan(box).all() == (char == "\n")
        if char not in " \n-":
            assert raw[place] == char
            assert box[0] == place * 10


def test_supposed_blanks_stay_wherever_pdfium_puts_them_but_hidden_words_go():
    from carrel.parsing.formats.pdf import _outside

    boxes = np.array(
        [(10, 10, 20, 20), (900, 15, 900, 15), (20, 10, 30, 20), (900, 10, 910, 20)], np.float32
    )
    assert _outside(boxes, 595, 842).tolist() == [False, False, False, True]
