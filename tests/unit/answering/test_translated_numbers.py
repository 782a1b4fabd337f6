import pytest

from carrel.answering.translated_numbers import MOST_NUMBERS, compare_numbers

SAME = [
    ("1.234,5 EUR", "1,234.5 EUR"),
    ("Umsatz 1.234.567,89 €", "Revenue of €1,234,567.89"),
    ("1,234.5", "١٬٢٣٤٫٥"),
    ("2021 sales were 1,234.5", "۲۰۲۱ ۱٬۲۳۴٫۵"),
    ("In 2021 waren es 5", "२०२१ में ५"),
    ("$1.5 billion", "15亿美元"),
    ("$150 million", "1.5亿美元"),
    ("1.2亿元", "120 million yuan"),
    ("1億2,345万円", "JPY 123.45 million"),
    ("1,2 Milliarden Euro", "1.2 billion euros"),
    ("3 Billionen", "3 trillion"),
    ("1.200 mil millones", "1.2 trillion"),
    ("12 345 678 руб.", "RUB 12,345,678"),
    ("12\u202f345\u202f678", "12.345.678"),
    ("32,765 234 1,074", "32 765 234 1 074"),
    ("It cost 650,000.", "Es kostete 650 000."),
    ("$1.821 billion", "18.21亿美元"),
    ("$1.821 billion", "1.821十亿美元"),
    ("May 14, 2019", "on the 14th day of May in 2019"),
    ("5 crore", "50 million"),
    ("12 ล้านบาท", "12 million baht"),
    ("3천만 원", "30 million won"),
    ("4,5 mln zł", "PLN 4.5 million"),
    ("3 April 2021", "2021年4月3日"),
    ("03/04/2021", "3. April 2021"),
    ("3 April 2021", "3 أبريل 2021"),
    ("3 April 2021", "٣ أبريل ٢٠٢١"),
    ("2021-04-03", "3 Nisan 2021"),
    ("2021-04-03", "3 เมษายน 2021"),
    ("2021-04-03", "3 kwietnia 2021"),
    ("2021-04-03", "2021년 4월 3일"),
    ("April 2021", "أبريل 2021"),
    ("8,5 %", "8.5%"),
    ("(5.2)", "-5,2"),
    ("-5.2%", "−5,2 %"),
    ("from 5 to -5", "von 5 auf -5"),
    ("1'234.50 CHF", "CHF 1 234,50"),
    ("0,125", "0.125"),
    ("Section 23.2", "Abschnitt 23.2"),
    ("10.0.0.1", "10.0.0.1"),
    ("$240m", "240 Millionen US-Dollar"),
    ("im Jahr 2021 bin ich", "in 2021 I am"),
]

DIFFERENT = [
    ("1.234,5", "12,345", "1.234,5"),
    ("1.5 billion", "1.5 million", "1.5 billion"),
    ("$150 million", "15亿美元", "150 million"),
    ("12 million", "12", "12 million"),
    ("3 April 2021", "2021年4月13日", "3 April 2021"),
    ("2021-04-03", "3 Mayıs 2021", "2021-04-03"),
    ("03/04/2021", "3. Mai 2021", "03/04/2021"),
    ("-5.2", "5.2", "-5.2"),
    ("1 234 567", "1 234 568", "1 234 567"),
    ("5 and 5", "5", "5"),
    ("1.2", "12", "1.2"),
    ("1億2,345万円", "1億2,346万円", "1億2,345万"),
    ("٢٠٢١", "2012", "٢٠٢١"),
    (
        "from 1 May 2018 to 1 May 2017, and in May 2018",
        "vom 3. Mai 2018 bis 1. Mai 2017, und im Mai 2018",
        "1 May 2018",
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_numbers_are_the_same_however_a_language_writes_them(one, other):
    for source, translation in ((one, other), (other, one)):
        found = compare_numbers(source, translation)
        assert (found.missing, found.added) == ((), ()), (source, translation)


@pytest.mark.parametrize(("source", "translation", "missing"), DIFFERENT)
def test_a_number_that_is_not_there_is_told_as_it_is_written(source, translation, missing):
    assert compare_numbers(source, translation).missing == (missing,)


def test_only_telling_numbers_of_the_translation_count_as_added():
    found = compare_numbers("Two members left in April.", "2 von 1.250 gingen am 4.")
    assert found.missing == ()
    assert found.added == ("1.250",)


def test_a_piece_of_nothing_but_numbers_is_not_compared_and_that_is_no_agreement():
    many = " ".join(["7"] * (MOST_NUMBERS + 1))
    assert compare_numbers(many, many).missing
