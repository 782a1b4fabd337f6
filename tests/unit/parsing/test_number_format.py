"""Numbers look as spreadsheet programs show them."""

import pytest

from carrel.parsing.formats.number_format import general, is_date, iso, moment, shown, shows_text
from carrel.parsing.formats.shifting import moved

ACCOUNTING = '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)'


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (1234.5, "#,##0.00", "1,234.50"),
        (1e30, "#,##0.0", "1" + ",000" * 10 + ".0"),
        (0.256, "0.0%", "25.6%"),
        (-1234, "#,##0_);[Red](#,##0)", "(1,234)"),
        (0, ACCOUNTING, "-"),
        (-1234.5, ACCOUNTING, "(1,234.50)"),
        (1234.5, "[$€-407] #,##0.00", "€ 1,234.50"),
        (-3.5, '"€"#,##0.00', "-€3.50"),
        (45000, "yyyy-mm-dd", "2023-03-15"),
        (45000.75, "m/d/yyyy h:mm AM/PM", "3/15/2023 6:00 PM"),
        (59, "m/d/yyyy", "2/28/1900"),
        (43831, "dddd, mmmm d, yyyy", "Wednesday, January 1, 2020"),
        (1.5, "[h]:mm:ss", "36:00:00"),
        (45000.123456, "mm:ss.0", "57:46.6"),
        (0.999999999, "h:mm:ss", "0:00:00"),
        (12345678, "0.00E+00", "1.23E+07"),
        (9.999, "0.0E+0", "1.0E+1"),
        (12345, "##0.0E+0", "12.3E+3"),
        (2.3333333, "# ?/?", "2 1/3"),
        (1500000, '#,##0.0,,"M"', "1.5M"),
        (5551234, "000-0000", "555-1234"),
        (3, "00000", "00003"),
        (0.05, "#.##", ".05"),
        (-0.001, "0.00", "0.00"),
        (0.5, "0", "1"),
        (1000, '[>=1000]#,##0,"K";0', "1K"),
        (5, '[>=1000]#,##0,"K";0', "5"),
        (0.1 + 0.2, "General", "0.3"),
        (1e20, "General", "1E+20"),
        (-1, "yyyy", "-1"),
        (7, '"unclosed', "unclosed"),
    ],
)
def test_a_number_in_a_format(value, code, expected):
    assert shown(value, code) == expected


def test_general_has_eleven_places():
    assert general(123456789012) == "1.23457E+11"
    assert general(0.00001234) == "1.234E-05"
    assert general(1 / 3) == "0.333333333"


def test_a_date_is_told_from_a_number_and_given_as_iso():
    assert is_date("d-mmm-yy")
    assert not is_date('0.00 "days"')
    assert iso(45000.5, "m/d/yyyy h:mm") == "2023-03-15T12:00:00"
    assert iso(45000, "m/d/yyyy") == "2023-03-15"
    assert iso(0.25, "h:mm") == "06:00:00"
    assert iso(1.5, "[h]:mm") == "PT129600S"


def test_a_span_of_time_beyond_all_numbers_is_none():
    assert iso(2.0, "[h]:mm") == "PT172800S"
    assert iso(1.5e308, "[h]:mm") is None


def test_days_may_count_from_1904():
    assert shown(0, "yyyy-mm-dd", from_1904=True) == "1904-01-01"
    assert moment(-1) is None
    assert moment(2_958_466) is None


def test_text_stands_where_the_format_has_its_place():
    assert shows_text("ab", '0;0;0;"id "@') == "id ab"
    assert shows_text("ab", "0.00") == "ab"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("SUM(A1:B2)", "SUM(B3:C4)"),
        ("$A1+A$1+$A$1", "$A3+B$1+$A$1"),
        ("'A1'!B2&\"A1\"", "'A1'!C4&\"A1\""),
        ("LOG10(A1)+Table1[A1]", "LOG10(B3)+Table1[A1]"),
        ("XFD1", "#REF!"),
    ],
)
def test_a_shared_formula_is_moved(formula, expected):
    assert moved(formula, 2, 1) == expected
