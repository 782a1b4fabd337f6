"""Conditions on documents, by what these say of themselves."""

import pytest

from carrel.domain.ids import DocumentId
from carrel.domain.searching import Filed
from carrel.retrieval.filtering import NothingFits, fitting
from carrel.retrieval.wording import parse

ADDED = 1_577_880_000.0  # noon of 1 January 2020, UTC


def meets(query, *properties, name="a.pdf"):
    one = Filed(DocumentId(1), "pdf", name, name, ADDED, old=False)
    one.properties = properties
    try:
        return bool(fitting({one.id: one}, parse(query).filters, ()))
    except NothingFits:
        return False


@pytest.mark.parametrize(
    ("properties", "month"),
    [
        ([("Changed", "2023-05-17"), ("Created", "2022-01-02")], "2022-01"),
        ([("Start", "2021-03-01 10:00"), ("Changed", "2023-05-17")], "2021-03"),
        ([("Changed", "2023-05-17")], "2023-05"),
        ([("Created", "20230517")], "2023-05"),
        ([("Created", "2019")], "2019-07"),
        ([("Date", "Wed, 17 May 2023 10:00:00 +0000")], "2023-05"),
        ([("Created", "no date"), ("Saved", "2024-02-29")], "2024-02"),
        ([], "2020-01"),
    ],
)
def test_the_date_is_the_documents_own(properties, month):
    assert meets(f"date:{month}", *properties)
    assert not meets("date:2018", *properties)
    assert meets("added:2020-01", *properties)


@pytest.mark.parametrize(
    ("written", "inside", "outside"),
    [
        ("2024-Q1", "2024-03-31", "2024-04-01"),
        ("2024Q4", "2024-10-01", "2024-09-30"),
        ("2023-Q3..2024-02", "2024-02-29", "2024-03-01"),
        ("..2023", "2023-12-31", "2024-01-01"),
        ("2023..", "2023-01-01", "2022-12-31"),
    ],
)
def test_spans_of_days(written, inside, outside):
    assert meets(f"date:{written}", ("Created", inside))
    assert not meets(f"date:{written}", ("Created", outside))


def test_who_last_changed_a_document_is_not_its_author():
    said = [("Author", "Ada Byron"), ("Last changed by", "Jane Smith")]
    assert meets("author:byron", *said)
    assert not meets("author:jane", *said)
    assert meets('author:"Smith, J",byron', *said)


@pytest.mark.parametrize(
    "query", ["name:10-k", 'name:"annual report"', "name:annual*", "type:.pdf"]
)
def test_signs_in_names_make_no_difference(query):
    assert meets(query, name="Annual_Report 10K.pdf")
    assert not meets("name:10-q", name="Annual_Report 10K.pdf")
