from carrel.parsing.remarks import CODES, PICTURE_PAGES, Remark, ranges


def test_ranges_are_spelt_short():
    assert ranges([1, 2, 3, 7, 9, 10]) == "1–3, 7, 9–10"
    assert ranges([]) == ""
    assert ranges(range(1, 100, 2)).endswith(", …")


def test_one_page_and_many_are_said_differently():
    one = Remark(code=PICTURE_PAGES, numbers=(3,))
    many = Remark(code=PICTURE_PAGES, numbers=(3, 4, 5))
    assert one.sentence == "Page 3 is a picture of text; it was not read."
    assert many.sentence == "Pages 3–5 are pictures of text; they were not read."
    assert one.is_loss


def test_every_remark_makes_a_sentence():
    for code in CODES:
        sentence = Remark(code=code, numbers=(1,), name="x").sentence
        assert sentence.endswith(".")
        assert "{" not in sentence
