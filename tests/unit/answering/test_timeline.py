"""Dates in documents: read rightly or not at all, and each event once."""

import datetime

import pytest

from carrel.answering.facts.dating import dates_in
from carrel.answering.facts.sentences import Stop
from carrel.answering.facts.timeline import having_words, timeline
from carrel.domain.documents import Unit, UnitKind
from carrel.domain.facts import Order, Precision, When
from carrel.domain.ids import DocumentId, UnitId


def pages(*texts: str, document: int = 1, kind: UnitKind = UnitKind.PAGE) -> list[Unit]:
    return [
        Unit(id=UnitId(n), document=DocumentId(document), kind=kind, number=n, label="", text=text)
        for n, text in enumerate(texts, 1)
    ]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("signed on 12 March 2021 in Oslo", "2021-03-12"),
        ("signed on March 12, 2021 in Oslo", "2021-03-12"),
        ("signed on Sept. 5th, 2021.", "2021-09-05"),
        ("unterzeichnet am 12. März 2021 in Bonn", "2021-03-12"),
        ("Ihr Brief vom 12.03.21 liegt vor", "2021-03-12"),
        ("signé le 1er août 2020 à Paris", "2020-08-01"),
        ("firmado el 12 de marzo de 2021", "2021-03-12"),
        ("подписан 12 марта 2021 г.", "2021-03-12"),
        ("в марте 2021 года", "2021-03"),
        ("on 2021-03-12T10:00 sharp", "2021-03-12"),
        ("the 2021-03 report", "2021-03"),
        ("the second quarter of 2020", "2020-Q2"),
        ("im zweiten Quartal 2020", "2020-Q2"),
        ("за II квартал 2020", "2020-Q2"),
        ("for Q2 2020", "2020-Q2"),
        ("fiscal year 2019", "2019"),
        ("by 2020, or", "2020"),
        ("签署于2021年3月12日", "2021-03-12"),
        ("on March 12,\n2021", "2021-03-12"),
    ],
)
def test_a_date_is_read_in_the_ways_people_write_it(text: str, iso: str) -> None:
    (found,) = dates_in(text)

    assert found.when.iso == iso


@pytest.mark.parametrize(
    "text",
    [
        "on 31 February 2021",
        "on 2021-02-30",
        "on 13/13/2021",
        "on 00/04/2021",
        "by 2000 employees",
        "the 2025 notes",
        "the years 2009-10",
        "Section 4.2.1 and 2,019 units",
        "call 2021-555-0100",
    ],
)
def test_what_no_calendar_has_or_is_no_date_is_left_out(text: str) -> None:
    assert dates_in(text) == []


def test_how_much_is_said_is_kept() -> None:
    text = "In 2019, in May 2019, in Q3 2019, in fiscal 2019 and on 4 May 2019 it rained."

    found = [one.when for one in dates_in(text)]

    assert [one.precision for one in found] == [
        *(Precision.YEAR, Precision.MONTH, Precision.QUARTER, Precision.YEAR, Precision.DAY)
    ]
    assert [one.fiscal for one in found] == [False, False, False, True, False]
    assert found[2].last == datetime.date(2019, 9, 30)


SLASHED = "The goods were handed over on 03/04/2021 in the harbour."


def test_a_date_that_can_be_read_two_ways_is_said_to_be() -> None:
    (one,) = timeline([pages(SLASHED)]).happenings

    assert one.order is Order.AMBIGUOUS
    assert (one.when, one.other) == (When(2021, 3, 4), When(2021, 4, 3))
    assert "3 April 2021" in one.doubt
    april = datetime.date(2021, 4, 1)
    assert one.between(april, None)
    assert one.between(None, datetime.date(2021, 3, 10))
    assert not one.between(datetime.date(2021, 4, 4), None)


@pytest.mark.parametrize(
    ("other", "iso"), [("25/12/2020", "2021-04-03"), ("12/25/2020", "2021-03-04")]
)
def test_it_is_decided_by_the_other_dates_of_its_own_document_only(other: str, iso: str) -> None:
    beside = f"{SLASHED}\n\nThe contract was signed on {other} by both of them."

    decided = timeline([pages(beside)]).happenings[-1]
    elsewhere = timeline([pages(beside), pages(SLASHED, document=2)]).happenings

    assert (decided.when.iso, decided.order) == (iso, Order.DECIDED)
    assert decided.doubt
    assert [one.order for one in elsewhere].count(Order.AMBIGUOUS) == 1


def test_contradicting_dates_of_a_document_decide_nothing() -> None:
    text = f"{SLASHED}\n\nThey met on 25/12/2020 in Rome.\n\nThey met on 12/25/2020 in Rome again."

    assert timeline([pages(text)]).happenings[-1].order is Order.AMBIGUOUS


def test_the_place_is_marked_and_found_again_behind_a_page_break() -> None:
    units = pages("Rain fell.", "Costs rose. The lease\nbegins on 1 May 2020 in Oslo. It rained.")

    (one,) = timeline([units]).happenings

    (mention,) = one.mentions
    assert mention.place.number == 2
    assert units[1].text[mention.span.start : mention.span.end].startswith("The lease\nbegins")
    assert mention.text == "The lease begins on 1 May 2020 in Oslo."
    assert mention.words == "1 May 2020"


def test_the_same_event_in_two_documents_is_one_line_and_other_figures_are_another() -> None:
    told = "On 4 May 2020 the company bought Acme Inc. for $40 million in cash."
    again = "On 4 May 2020, the company bought Acme Inc. for $40 million in cash."

    found = timeline(
        [pages(told), pages(again, document=2), pages(told.replace("40", "45"), document=3)]
    ).happenings

    assert [[mention.document for mention in one.mentions] for one in found] == [[1, 2], [3]]


def test_heads_of_tables_and_rows_of_figures_are_no_events() -> None:
    text = (
        "Years ended December 31, 2018\n\nTotal assets at May 1, 2018  1,200  1,300  1,400\n\n"
        "The merger closed on May 2, 2018 in London."
    )

    found = timeline([pages(text)]).happenings

    assert [one.when.day for one in found] == [2]


def test_a_row_of_a_sheet_with_a_day_is_an_event() -> None:
    rows = "Tenant\tBegins\tRent\nAcme\t2021-03-12\t1,200\nTotal\t2021\t1,200"

    found = timeline([pages(rows, kind=UnitKind.SHEET)]).happenings

    assert [one.when.iso for one in found] == ["2021-03-12"]


def test_events_stand_in_order_and_are_filtered_by_words() -> None:
    text = "In 2021 sales rose again. On 3 May 2020 sales fell in Rome. In 2020 costs rose again."

    found = timeline([pages(text)])

    assert [one.when.iso for one in found.happenings] == ["2020", "2020-05-03", "2021"]
    assert [one.when.iso for one in having_words(found, "ROSE costs")] == ["2020"]


def test_it_stops_when_nobody_wants_it_and_tells_how_far_it_is() -> None:
    asked = iter([False, False, True])
    text = "In 2021 sales rose again. In 2020 costs rose again. In 2019 it rained all day."
    with pytest.raises(Stop):
        timeline([pages(text)], stopped=lambda: next(asked))
    heard: list[int] = []

    timeline([pages(text), pages(text)], heard=heard.append)

    assert heard == [1, 2]
