"""Where documents disagree: only what cannot both be true, and never across periods."""

import pytest

from carrel.answering.facts.contradictions import contradictions
from carrel.answering.facts.sentences import Stop
from carrel.domain.documents import Unit, UnitKind
from carrel.domain.facts import Clash, Contradiction, Sureness
from carrel.domain.ids import DocumentId, UnitId

RENT = "The tenant pays the landlord a monthly rent of $1,200 in advance."


def found(
    one: str, other: str, names: tuple[str, str] = ("a.txt", "b.txt")
) -> tuple[Contradiction, ...]:
    documents = [
        (
            name,
            [
                Unit(
                    id=UnitId(n), document=DocumentId(n), kind=UnitKind.PAGE, number=1, label="",
                    text=text,
                )
            ],
        )
        for n, (name, text) in enumerate(zip(names, (one, other), strict=True), 1)
    ]  # fmt: skip
    return contradictions(documents).contradictions


def test_another_amount_is_told_with_both_places() -> None:
    (one,) = found(f"It rained. {RENT}", RENT.replace("1,200", "1,260"))

    assert (one.kind, one.words) == (Clash.NUMBERS, "The first says $1,200, the second $1,260.")
    assert one.sureness is Sureness.MEDIUM
    assert [one.first.words, one.second.words] == ["$1,200", "$1,260"]
    assert one.first.span == (11, 11 + len(RENT))
    named = found(f"In 2021 {RENT}", f"In 2021 {RENT.replace('1,200', '1,260')}")
    assert [one.sureness for one in named] == [Sureness.HIGH]


def test_a_number_behind_a_line_end_is_marked_exactly() -> None:
    text = "At the end of it the firm worked with\n37,412 people in all of Norway."
    (one,) = found(text, text.replace("37", "38"))

    assert (one.first.words, one.second.words) == ("37,412", "38,412")


def test_another_day_and_a_denial_are_told() -> None:
    signed = "The lease was signed by both parties on {} in Oslo."
    (one,) = found(signed.format("12 March 2021"), signed.format("14 April 2021"))
    assert (one.kind, one.first.words) == (Clash.DATES, "12 March 2021")

    pets = "The tenant may {}keep pets inside the flat."
    (one,) = found(pets.format(""), pets.format("not "))
    assert (one.kind, one.words) == (Clash.NEGATION, "The second denies what the first says.")
    assert (one.first.words, one.second.words) == ("", "not")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (RENT, RENT),
        (f"In 2017 {RENT}", f"In 2018 {RENT.replace('1,200', '1,260')}"),
        (
            "Net sales for the quarter ended March 31, 2021 rose to $5 million.",
            "Net sales for the quarter ended June 30, 2021 rose to $6 million.",
        ),
        ("Sales of paper in Europe rose by 4 percent.",
         "Sales of paper in Asia rose by 5 percent."),
        ("The company paid about $1.2 billion in cash taxes.",
         "The company paid $1,213 million in cash taxes."),
        ("See the remarks about taxes paid in Note 13.",
         "See the remarks about taxes paid in Note 14."),
        ("The lease was signed in May 2021 by both parties.",
         "The lease was signed on 12 May 2021 by both parties."),
        ("The lease was signed on 03/04/2021 by both parties.",
         "The lease was signed on 3 April 2021 by both parties."),
        (f"{RENT}\n\n{RENT.replace('1,200', '1,300')}", RENT.replace("1,200", "1,260")),
        (f"{RENT}\n\n{RENT.replace('1,200', '1,260')}", RENT),
        ("2. The report fairly presents the condition of all things.",
         "(2) The report fairly presents the condition of all things."),
        ("3. The report fairly presents the condition of all things.",
         "4. The report fairly presents the condition of all things."),
        ("Liquidity and Capital Resources 22", "Liquidity and Capital Resources 23"),
        ("The fee is not less than $5 for each tenant.",
         "The fee is less than $5 for each tenant."),
    ],
)  # fmt: skip
def test_what_may_both_be_true_is_no_contradiction(one: str, other: str) -> None:
    assert found(one, other) == ()


@pytest.mark.parametrize(
    ("names", "many"),
    [
        (("ACME_2017_10K.pdf", "ACME_2018_10K.pdf"), 0),
        (("acme-2018Q1.pdf", "acme-2018Q2.pdf"), 0),
        (("ACME FY17.pdf", "ACME FY18.pdf"), 0),
        (("ACME_2018_10K.pdf", "ACME_2018_10K_new.pdf"), 1),
        (("ACME_2018_10K.pdf", "letter.pdf"), 1),
    ],
)
def test_the_years_in_the_names_of_documents_count(names: tuple[str, str], many: int) -> None:
    assert len(found(RENT, RENT.replace("1,200", "1,260"), names)) == many


def test_a_document_that_names_one_year_again_and_again_is_about_it() -> None:
    text = "\n\n".join(
        f"It rained on day {{}} of the year {{year}} in town {n}." for n in range(12)
    )
    one, other = (text.replace("{}", "4").replace("{year}", year) for year in ("2017", "2018"))

    assert found(f"{one}\n\n{RENT}", f"{other}\n\n{RENT.replace('1,200', '1,260')}") == ()
    assert found(f"{one}\n\n{RENT}", f"{one}\n\n{RENT.replace('1,200', '1,260')}") != ()


def test_rows_under_the_same_years_are_compared_and_others_not() -> None:
    head = "Year ended December 31 {} 2017\n\nTotal interest expense $ {} $ 1,100"
    names = ("ACME_2018_a.pdf", "ACME_2018_b.pdf")

    (one,) = found(head.format("2018", "1,234"), head.format("2018", "1,324"), names)
    assert (one.sureness, one.first.words) == (Sureness.MEDIUM, "$ 1,234")
    assert found(head.format("2018", "1,234"), head.format("2016", "1,324"), names) == ()


FIRST, SECOND = (
    "\n\n".join(f"{verb} the {noun} of the old {place} in town." for verb, noun, place in words)
    for words in (
        [("Paint", "walls", "hall"), ("Sweep", "floor", "barn"), ("Close", "doors", "mill"),
         ("Clean", "roofs", "farm"), ("Count", "bricks", "tower"), ("Lift", "stones", "bridge")],
        [("Feed", "horses", "king"), ("Sell", "apples", "queen"), ("Bring", "letters", "duke"),
         ("Write", "songs", "bishop"), ("Hide", "coins", "thief"), ("Light", "lamps", "guard")],
    )
)  # fmt: skip


@pytest.mark.parametrize(
    "line", ["We paid the banks $1,200 in interest and fees.", "Total interest expense $ 1,234"]
)
def test_what_two_firms_say_of_themselves_is_no_contradiction(line: str) -> None:
    other = line.replace("1,2", "1,3")

    assert found(f"{FIRST}\n\n{line}", f"{FIRST}\n\n{other}") != ()
    assert found(f"{FIRST}\n\n{line}", f"{SECOND}\n\n{other}") == ()
    named = line.replace("We", "Acme")
    assert bool(found(f"{FIRST}\n\n{named}", f"{SECOND}\n\n{named.replace('1,2', '1,3')}")) == (
        "Acme" in named
    )


def test_it_stops_when_nobody_wants_it() -> None:
    unit = Unit(
        id=UnitId(1), document=DocumentId(1), kind=UnitKind.PAGE, number=1, label="", text=RENT
    )
    with pytest.raises(Stop):
        contradictions([("a.txt", [unit])], stopped=lambda: True)
