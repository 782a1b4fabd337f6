"""What differs between two documents: numbers first, layout never."""

import pytest

from carrel.answering.comparing import Stop, compare
from carrel.domain.comparing import ChangeKind, Comparison
from carrel.domain.documents import Unit, UnitKind
from carrel.domain.ids import DocumentId, UnitId

RENT = "The tenant pays a rent of $1,200 a month to the landlord."
LAW = "This agreement is governed by the laws of Norway."
KEYS = "All keys are handed back on the last day of the lease."
PETS = "No pets are allowed in the flat or in the garden."
HEAT = "Heating and water are billed once a year by the meter."


def pages(*texts: str, kind: UnitKind = UnitKind.PAGE) -> list[Unit]:
    return [
        Unit(id=UnitId(n), document=DocumentId(1), kind=kind, number=n, label="", text=text)
        for n, text in enumerate(texts, 1)
    ]


def kinds(found: Comparison) -> list[ChangeKind]:
    return [change.kind for change in found.changes]


def test_a_changed_amount_is_told_with_its_unit_and_percent_before_changed_words() -> None:
    before = pages(f"{PETS}\n\n{LAW}", f"{KEYS}\n\n{RENT}")
    after = pages(
        f"{PETS}\n\n{LAW.replace('Norway', 'Sweden')}", f"{KEYS}\n\n{RENT.replace('1,200', '1500')}"
    )

    found = compare(before, after)

    assert kinds(found) == [ChangeKind.NUMBERS, ChangeKind.CHANGED]
    rent = found.changes[0]
    assert [tuple(figure) for figure in rent.figures] == [("1,200", "1500", "$", 25.0)]
    assert rent.before is not None
    assert rent.after is not None
    assert before[1].text[rent.before.start : rent.before.end] == RENT
    assert (rent.after.unit, rent.after.text) == (2, RENT.replace("1,200", "1500"))
    assert found.unchanged == 2


@pytest.mark.parametrize(
    ("old", "new"), [("2023", "2024"), ("5 % interest", "7 days"), ("0 units", "7 units")]
)
def test_no_percent_is_told_where_it_says_nothing(old: str, new: str) -> None:
    line = "The parties agreed on {} in the last round of talks."

    found = compare(pages(line.format(old)), pages(line.format(new)))

    assert [figure.percent for figure in found.changes[0].figures] == [None]


def test_another_spelling_of_a_number_is_no_change() -> None:
    found = compare(pages(RENT), pages(RENT.replace("1,200", "1200.00")))

    assert (found.changes, found.unchanged) == ((), 1)


def test_other_lines_pages_and_running_heads_are_no_change() -> None:
    body = f"{RENT} {LAW} {KEYS} {PETS} {HEAT}"
    words = body.split()
    old = [" ".join(words[at : at + 15]) for at in range(0, len(words), 15)]
    new = [" ".join(words[at : at + 11]) for at in range(0, len(words), 11)]
    before = pages(*(f"Lease 2020\n{text}\n{n}" for n, text in enumerate(old, 1)))
    after = pages(*(f"Draft for review\n{text}\nPage {n} of 9" for n, text in enumerate(new, 1)))

    found = compare(before, after)

    assert (found.changes, found.unchanged) == ((), 5)


def test_added_and_removed_sentences_are_joined_to_passages() -> None:
    found = compare(pages(f"{RENT} {LAW}"), pages(f"{RENT} {PETS} {HEAT}"))

    assert kinds(found) == [ChangeKind.ADDED, ChangeKind.REMOVED]
    added, removed = found.changes
    assert added.after is not None
    assert added.after.text == f"{PETS} {HEAT}"
    assert removed.before is not None
    assert removed.before.text == LAW


def test_a_sentence_that_stands_elsewhere_was_moved() -> None:
    before = pages(f"{PETS} {RENT} {LAW} {KEYS} {HEAT}")
    after = pages(f"{RENT} {LAW} {KEYS} {HEAT}", PETS)

    found = compare(before, after)

    assert kinds(found) == [ChangeKind.MOVED]
    assert found.changes[0].after is not None
    assert found.changes[0].after.unit == 2
    assert found.unchanged == 4


def test_sheets_and_sections_are_not_read_across_their_ends() -> None:
    found = compare(
        pages("Net sales", "Costs", kind=UnitKind.SHEET),
        pages("Net sales", "Costs", "Gains", kind=UnitKind.SHEET),
    )

    assert kinds(found) == [ChangeKind.ADDED]
    assert found.unchanged == 2


def test_nothing_is_compared_once_it_was_stopped() -> None:
    with pytest.raises(Stop):
        compare(pages(RENT), pages(LAW), stopped=lambda: True)


def test_long_documents_with_nothing_in_common_are_compared() -> None:
    before = pages("\n\n".join(f"Alpha beta gamma {'x' * (n % 50)}{n}q." for n in range(2500)))
    after = pages("\n\n".join(f"Delta zeta theta {'y' * (n % 50)}{n}w." for n in range(2500)))

    assert compare(before, after).unchanged == 0


def figures(old, new):
    return [
        (one.old, one.new, one.unit, one.percent)
        for change in compare(pages(old), pages(new)).changes
        for one in change.figures
    ]


def test_rows_about_other_things_are_no_changed_numbers():
    old = "Total\n\nNet income 7,514 8,060\n\nTaxes paid 12 14"
    new = "Total\n\nOperating income 17,532 15,100\n\nTaxes paid 12 15"
    assert figures(old, new) == [("14", "15", "", None)]


def test_years_and_page_numbers_have_no_percentage_and_signs_belong_to_what_follows():
    assert figures("Legal proceedings of the group 33", "Legal proceedings of the group 29") == [
        ("33", "29", "", None)
    ]
    assert figures("In the year 2020 we were paid $7.9 million.",
                   "In the year 2022 we were paid $8.2 million.") == [
        ("2020", "2022", "", None), ("7.9", "8.2", "$ million", pytest.approx(3.797, abs=0.01)),
    ]  # fmt: skip
