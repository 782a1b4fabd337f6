"""Who and what is named in documents: rather too few than wrong ones."""

import pytest

from carrel.answering.facts.entities import entities
from carrel.answering.facts.identifiers import identifiers_in
from carrel.answering.facts.naming import company_key, names_in
from carrel.domain.documents import Unit, UnitKind
from carrel.domain.facts import Entity, EntityKind
from carrel.domain.ids import DocumentId, UnitId


def pages(*texts: str, document: int = 1) -> list[Unit]:
    return [
        Unit(
            id=UnitId(n), document=DocumentId(document), kind=UnitKind.PAGE, number=n, label="",
            text=text,
        )
        for n, text in enumerate(texts, 1)
    ]  # fmt: skip


def named(text: str) -> list[str]:
    return [text[one.span.start : one.span.end] for one in names_in(text)]


def of_kind(kind: EntityKind, *texts: str) -> list[Entity]:
    documents = [pages(text, document=n) for n, text in enumerate(texts, 1)]
    return [one for one in entities(documents).entities if one.kind is kind]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("It was sold to Acme Holdings, Inc. in May.", ["Acme Holdings, Inc."]),
        ("Under Acme Ltd. rules", ["Acme Ltd."]),
        ("Die Müller & Söhne GmbH & Co. KG zahlt.", ["Müller & Söhne GmbH & Co. KG"]),
        ("paid by Société Générale S.A. and Siemens AG", ["Société Générale S.A.", "Siemens AG"]),
        ("The Bank of America Corporation’s loan", ["Bank of America Corporation"]),
        (
            "filed with the Securities and Exchange Commission.",
            ["Securities and Exchange Commission"],
        ),
        ("Mr. John F. van der Berg said", ["Mr. John F. van der Berg"]),
        ("signed by Michael F. Roman, Chairman", ["Michael F. Roman"]),
        ("Frau Dr. Angela Weber ist krank.", ["Frau Dr. Angela Weber"]),
        ("Michael F. Roman Director Gregory R. Page Director",
         ["Michael F. Roman", "Gregory R. Page"]),
        ("in Oslo and in St. Paul, Minnesota", ["Oslo", "St. Paul", "Minnesota"]),
    ],
)  # fmt: skip
def test_a_name_with_evidence_is_found_to_its_ends(text: str, names: list[str]) -> None:
    assert named(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "The Company and its Parent Company grew.",
        "CONSOLIDATED STATEMENT OF ACME INC. AND JOHN SMITH",
        "Revenue Recognition. Total Company sales rose.",
        "Lockheed Martin Sikorsky won the prize.",
        "John Deere Company and Charles Schwab Corporation",
        "Thomas Street was closed. Mary Hospital, too.",
        "Appointment and Authority of the Agent",
        "A limited liability company is a company.",
        "Northern California and Bank Austria",
        "Martin said so.",
        "It was made by Steven Madden, Ltd. in Ohio.",
        "Documents Incorporated by Reference",
    ],
)
def test_headings_beginnings_and_words_of_offices_are_no_people(text: str) -> None:
    people = [one for one in names_in(text) if one.kind is EntityKind.PERSON]

    assert people == []
    assert not {"Documents Incorporated", "The Company", "Total Company", "Parent Company"} & set(
        named(text)
    )
    assert not any(name in ("California", "Austria") for name in named(text))


def test_names_written_differently_are_one_with_all_its_places() -> None:
    (company,) = of_kind(
        EntityKind.ORGANISATION,
        "The shares of 3M Company rose. 3M Co. paid more.",
        "The 3M Company sells tape.",
    )

    assert (company.name, company.count, company.documents) == ("3M Company", 3, 2)
    assert [mention.document for mention in company.mentions] == [1, 1, 2]
    assert company_key("3M Company") == company_key("3M Co.") == "3m"


def test_a_surname_with_a_title_belongs_to_the_only_person_who_has_it() -> None:
    one = "Michael F. Roman leads. Mr. Roman was born in Ohio."
    (person,) = of_kind(EntityKind.PERSON, one)
    assert (person.name, person.count) == ("Michael F. Roman", 2)

    two = of_kind(EntityKind.PERSON, f"{one} Anna B. Roman does not.")
    assert sorted(person.name for person in two) == [
        *("Anna B. Roman", "Michael F. Roman", "Mr. Roman")
    ]


def test_a_surname_in_another_document_is_somebody_else() -> None:
    found = of_kind(EntityKind.PERSON, "Anna B. Hill leads.", "Mr. Hill does not.")

    assert sorted(one.name for one in found) == ["Anna B. Hill", "Mr. Hill"]

    two = of_kind(EntityKind.PERSON, "Anna B. Hill leads. Ms. Hill is ill.", "John C. Hill paints.")
    assert [(one.name, one.count) for one in two] == [("Anna B. Hill", 2), ("John C. Hill", 1)]


def test_a_first_name_before_a_word_of_the_document_is_no_person() -> None:
    assert of_kind(EntityKind.PERSON, "They bought Scott Safety. The safety of all counts.") == []
    assert len(of_kind(EntityKind.PERSON, "They met Scott Sanders.")) == 1


def test_amounts_are_grouped_by_value_and_rows_of_tables_left_out() -> None:
    found = of_kind(
        EntityKind.AMOUNT,
        "It paid $0.3 billion in cash, or $300 million, or €500. It cost 2,50 EUR.\n\n"
        "Net income $ 5,363 $ 4,869 $ 5,058\n\nAccounts receivable $ 25",
    )

    assert {(one.name, one.count) for one in found} == {
        *(("$300 million", 2), ("€500", 1), ("€2.50", 1))
    }


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("write to Jane.Doe@Example.org.", EntityKind.MAIL, "jane.doe@example.org"),
        ("call (651) 733-1110 now", EntityKind.PHONE, "+16517331110"),
        ("Tel.: 030 901820-0", EntityKind.PHONE, "0309018200"),
        ("ring +49 30 901820", EntityKind.PHONE, "+4930901820"),
        ("IBAN DE89 3704 0044 0532 0130 00 bei", EntityKind.IDENTIFIER, "DE89370400440532013000"),
        ("LEI 529900T8BM49AURSDO55,", EntityKind.IDENTIFIER, "529900T8BM49AURSDO55"),
        ("ISIN US0378331005", EntityKind.IDENTIFIER, "US0378331005"),
        ("Commission file number 1-3285", EntityKind.IDENTIFIER, "1-3285"),
        ("Rechnung Nr. 2024-0815", EntityKind.IDENTIFIER, "2024-0815"),
    ],
)
def test_addresses_and_numbers_have_one_form(text: str, kind: EntityKind, key: str) -> None:
    (found,) = identifiers_in(text)

    assert (found.kind, found.key) == (kind, key)


@pytest.mark.parametrize(
    "text",
    [
        "IBAN DE89 3704 0044 0532 0130 01 bei",
        "ISIN US0378331006",
        "Message-ID: <4c2a146147@mail.example>",
        "2018 2017 2016 and 1,234,567,890",
        "version 1.2.3.4567",
        "LIBOR + 2.58 115.63 115.63",
    ],
)
def test_a_wrong_check_digit_or_a_mere_look_is_nothing(text: str) -> None:
    assert list(identifiers_in(text)) == []


def test_a_mention_marks_the_words_themselves() -> None:
    units = pages("Rain.\n\nIt was sold to Acme\nHoldings, Inc. in May.")
    (company,) = entities([units]).entities
    (mention,) = company.mentions

    marked = units[0].text[mention.span.start : mention.span.end]
    assert marked == "Acme\nHoldings, Inc."
    assert mention.words == "Acme Holdings, Inc."


def test_what_the_rest_of_a_document_makes_sure_is_found_too():
    text = (
        "The Quorvex Company was sued by Quorvex Company workers. Quorvex does not agree. They "
        "buy from Mullbury Corporation. They sell to Mullbury Corporation, a mullbury. Then "
        "Mullbury left.\n\n"
        "The Department of Environmental Quality (DEQ) wrote to it in Decatur, Alabama, and then "
        "DEQ wrote to Morgan County.\n\n"
        "Yoram Rubanenko joined in 2013. Mr.\nRubanenko and Leanne G. Caret were heard by the "
        "U.S. District Court for the Southern District of Ohio, see www.quorvex.com."
    )
    found = entities([[Unit(id=1, document=1, kind=UnitKind.PAGE, number=1, label="", text=text)]])
    named = {(one.kind.value, one.name): one.count for one in found.entities}
    assert named["person", "Yoram Rubanenko"] == 2
    assert named["person", "Leanne G. Caret"] == 1
    quorvex = next(count for (_, name), count in named.items() if "Quorvex" in name)
    assert quorvex == 3
    assert next(count for (_, name), count in named.items() if name.startswith("Mullbury")) == 2
    assert any("District Court" in name for _, name in named)
    assert ("place", "Ohio") not in named
    assert {("place", "Decatur"), ("place", "Morgan County")} <= set(named)
    deq = next(one for one in found.entities if "Environmental" in one.name or one.name == "DEQ")
    assert [mention.words for mention in deq.mentions][-1] == "DEQ"
