"""Figures that statements state: which question takes which cell, and which takes none."""

import numpy as np
import pytest

from carrel.answering.stated import stated_figure
from carrel.domain.documents import Hit, Passage, Unit, UnitKind, UnitPlace
from carrel.parsing.boxes import pack_boxes
from carrel.workspace.errors import UnitGone

INCOME = "Consolidated Statements of Income"
BALANCE = "Consolidated Balance Sheets"
CASH = "Consolidated Statements of Cash Flows"
MILLIONS = "(In millions, except per share data)"
NAME = "ACME_2021_10K.pdf"

INCOME_ROWS = [
    ("Net sales", "14,082", "11,303"),
    ("Cost of sales", "9,019", "7,772"),
    ("Other income, net", "92", "123"),
    ("Net income", "1,906", "512"),
    ("Diluted earnings per share", "1.28", "0.54"),
]
BALANCE_ROWS = [
    ("Inventories, net", "2,481", "2,438"),
    ("Total current assets", "7,659", "8,027"),
    ("Total assets", "30,154", "30,775"),
    ("Property, plant and equipment", "15,804", "15,742"),
]
CASH_ROWS = [
    ("Depreciation", "1,452", "1,399"),
    ("Changes in assets and liabilities:", "", ""),
    ("Receivables", "(103)", "423"),
    ("Net cash provided by operating activities", "3,412", "2,180"),
    ("Purchases of property, plant and equipment", "(1,637)", "(1,377)"),
]


def page(number, title, rows, heads=("2021", "2020"), above=(), document=1):
    """A page of a report as a parser gives it: letters 5 wide and 10 high, rows 14 apart."""
    lines = [[(title, 0)], *[[(line, 0)] for line in above]]
    lines.append([(MILLIONS, 0), *[(head, 300 + 80 * at) for at, head in enumerate(heads)]])
    lines += [
        [(row[0], 0), *[(cell, 320 + 80 * at - 5 * len(cell)) for at, cell in enumerate(row[1:])]]
        for row in rows
    ]
    text, boxes = "", []
    for down, line in enumerate(lines):
        for at, (words, left) in enumerate((words, left) for words, left in line if words):
            text += (" " if at else "") + words
            boxes += [(np.nan,) * 4] if at else []
            for letter, sign in enumerate(words):
                x = left + 5.0 * letter
                blank = sign == " "
                boxes.append((x, 14.0 * down, x + 5.0 * (not blank), 14.0 * down + 10))
        text += "\n"
        boxes.append((np.nan,) * 4)
    return Unit(
        id=number, document=document, kind=UnitKind.PAGE, number=number, label="", text=text,
        char_boxes=pack_boxes(np.array(boxes, np.float32)),
    )  # fmt: skip


class Sources:
    def __init__(self, *units):
        self.units = {(unit.document, unit.number): unit for unit in units}

    def unit(self, document, number):
        if (document, number) not in self.units:
            raise UnitGone(number=number)
        return self.units[document, number]

    def boxes(self, unit, spans):
        return ()

    def cells(self, unit, span):
        return ""


def hits(*units, names=(NAME, "OTHER_2021_10K.pdf")):
    return [
        Hit(
            rank=rank, score=1.0,
            passage=Passage(id=rank, document=unit.document, unit=unit.id, start=0,
                            end=len(unit.text), heading="", text=unit.text),
            document_name=names[unit.document - 1], document_sha256="",
            place=UnitPlace(unit.kind, unit.number, ""), spans=(), boxes=(),
        )
        for rank, unit in enumerate(units, start=1)
    ]  # fmt: skip


def ask(question, *units, **how):
    return stated_figure(question, hits(*units), Sources(*units), **how)


REPORT = (
    page(56, INCOME, INCOME_ROWS),
    page(57, BALANCE, BALANCE_ROWS),
    page(58, CASH, CASH_ROWS),
)


@pytest.mark.parametrize(
    ("question", "figure", "number"),
    [
        ("What were Acme's net sales in 2021?", "14,082", 56),
        ("What were Acme's net sales in 2020?", "11,303", 56),
        ("How much revenue did Acme make in FY2021?", "14,082", 56),
        ("What is the FY21 net income for Acme (in USD millions)?", "1,906", 56),
        ("Using only the balance sheet, what were Acme's total assets at the end of 2021?",
         "30,154", 57),
        ("What was Acme's capex in 2021?", "(1,637)", 58),
        ("What was Acme's net cash from operating activities in 2020?", "2,180", 58),
        ("Acme inventories 2021", "2,481", 57),
        ("What were Acme's assets in 2021?", "30,154", 57),
    ],
)  # fmt: skip
def test_the_row_that_is_asked_for_in_the_column_of_the_year(question, figure, number):
    found = ask(question, *REPORT)
    assert (found.figure, found.hit.place.number, found.scale) == (figure, number, "million")
    unit = next(unit for unit in REPORT if unit.number == number)
    words = unit.text[found.span.start : found.span.end]
    assert words.startswith(found.row[0])
    assert figure in words


@pytest.mark.parametrize(
    "question",
    [
        "What were Acme's net sales?",
        "What were Acme's net sales from 2020 to 2021?",
        "What were Acme's net sales in 2019?",
        "What were Acme's net sales in the second quarter of 2021?",
        "What was the growth of Acme's net sales in 2021?",
        "What was Acme's other income before tax in 2021?",
        "What were Acme's receivables in 2021?",
        "What was Acme's fixed asset turnover ratio in 2021?",
        "Has Acme's net income improved in 2021?",
        "Why did Acme's net sales rise in 2021?",
        "What were Acme's net sales of optical fibre in 2021?",
    ],
)
def test_nothing_is_stated_where_something_is_in_doubt(question):
    assert ask(question, *REPORT) is None


def test_pages_beside_a_statement_that_was_found_are_looked_at():
    found = stated_figure("What were Acme's net sales in 2021?", hits(REPORT[1]), Sources(*REPORT))
    assert found.hit.place.number == 56


def test_more_is_looked_for_only_where_a_figure_may_be_found():
    asked = []

    def more(words):
        asked.append(words)
        return hits(*REPORT)

    question = "What were Acme's net sales in 2021?"
    assert stated_figure(question, (), Sources(*REPORT), more=more).figure == "14,082"
    assert stated_figure("Who leads Acme in 2021?", (), Sources(*REPORT), more=more) is None
    assert len(asked) == 1
    assert asked[0].startswith(question)


def test_two_statements_that_differ_state_nothing():
    other = page(90, INCOME, [("Net sales", "7", "8"), ("Net income", "1,906", "2")])
    assert ask("What were Acme's net sales in 2021?", *REPORT, other) is None
    assert ask("What was Acme's net income in 2021?", *REPORT, other).figure == "1,906"


@pytest.mark.parametrize(
    ("title", "above"),
    [
        ("Notes to the accounts", ()),
        ("Amounts recognised in the consolidated balance sheets", ()),
        ("Statement of operations (1): Net sales 816 1,201", ()),
        (INCOME, ("Parent company only",)),
        (INCOME, ("Deed of Cross Guarantee",)),
    ],
)
def test_tables_of_notes_and_of_parts_of_the_company_state_nothing(title, above):
    assert (
        ask("What were Acme's net sales in 2021?", page(90, title, INCOME_ROWS, above=above))
        is None
    )


def test_figures_per_share_have_no_scale():
    assert ask("What were Acme's diluted earnings per share in 2021?", *REPORT).scale == ""


def test_two_columns_of_one_year_state_nothing():
    rows = [(*row, *row[1:]) for row in INCOME_ROWS]
    unit = page(56, INCOME, rows, heads=("2021", "2020", "2021", "2020"))
    assert ask("What were Acme's net sales in 2021?", unit) is None


def test_the_document_that_is_named_is_asked():
    theirs = page(3, INCOME, [("Net sales", "5", "6"), ("Net income", "1", "2")], document=2)
    assert ask("What were Acme's net sales in 2021?", theirs, *REPORT).figure == "14,082"
    assert ask("What were net sales in 2021?", theirs, *REPORT) is None


def test_the_row_is_shown_under_the_names_of_its_columns():
    found = ask("What were Acme's net sales in 2021?", *REPORT)
    assert found.markdown(3).splitlines() == [
        "**14,082 million** [3]",
        "",
        "| (In millions, except per share data) | 2021 | 2020 |",
        "| --- | --: | --: |",
        "| Net sales [3] | 14,082 | 11,303 |",
    ]


def test_signs_of_markdown_in_a_table_are_shown_as_they_are():
    unit = page(56, INCOME, [("Net | sales*", "1,082", "1,303"), ("Net income", "1", "2")])
    assert r"| Net \| sales\* [1] | 1,082 |" in ask(
        "What were Acme's net sales in 2021?", unit
    ).markdown(1)
