"""What can be typed after `carrel timeline`."""

import datetime

import pytest

from carrel.cli.arguments import parse
from carrel.cli.usage import WrongUsage


def test_a_period_reaches_from_the_first_to_the_last_of_its_days() -> None:
    options = parse(["timeline", "a.pdf", "b.pdf", "--from", "2020-03", "--to", "2020"])

    assert options.documents == ["a.pdf", "b.pdf"]
    assert options.since == datetime.date(2020, 3, 1)
    assert options.until == datetime.date(2020, 12, 31)


@pytest.mark.parametrize(
    "wrong", ["2021-02-30", "2021-13", "March", "", "20210304567", "2021-99999999999"]
)
def test_what_no_calendar_has_is_refused(wrong: str) -> None:
    with pytest.raises(WrongUsage, match="a date such as"):
        parse(["timeline", "a.pdf", "--from", wrong])
