import pytest

from carrel.language.readings import read_numbers


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1.234,5 EUR", {"1234.5"}),
        ("1,234.5 EUR", {"1234.5"}),
        ("١٬٢٣٤٫٥", {"1234.5"}),
        ("१२,३४,५६७", {"1234567"}),
        ("1.234", {"1234", "1.234"}),
        ("1.5亿元", {"150000000"}),
        ("3천만 원", {"30000000"}),
        ("12 ล้านบาท", {"12000000"}),
        ("4,5 mln zł", {"4500000"}),
        ("10.0.0.1", {"10.0.0.1"}),
    ],
)
def test_a_number_has_the_values_it_may_mean(text, values):
    (found,) = read_numbers(text).single
    assert found.values == values


def test_two_words_multiply_one_another():
    (found,) = read_numbers("1.200 mil millones").single
    assert "1200000000000" in found.values
    assert found.text == "1.200 mil millones"


def test_runs_of_digits_in_threes_are_one_number_or_several():
    found = read_numbers("rows 12 345 678 and 9")
    assert [one.values for one in found.joined] == [{"12345678"}, {"12345"}, {"345678"}]
    assert found.joined[0].parts == (0, 1, 2)
    assert [one.text for one in found.single] == ["12", "345", "678", "9"]


def test_numbers_behind_one_another_are_summed_and_places_are_the_texts_own():
    text = "売上高は 1億2,345万円"
    (joined,) = read_numbers(text).joined
    assert joined.values == {"123450000"}
    assert text[joined.start : joined.end] == "1億2,345万"


def test_a_minus_is_a_sign_only_where_no_word_or_number_stands_before_it():
    signs = [one.negative for one in read_numbers("-5 and 2019-2020, COVID-19, (-3), −7").single]
    assert signs == [True, False, False, False, True, True]
