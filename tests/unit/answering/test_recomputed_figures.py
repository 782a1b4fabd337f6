"""Figures of an answer that stand nowhere: computed again from cited cells, or left as missing."""

import datetime

import pytest

from carrel.answering.sheets import recomputing as recomputing_of_answers
from carrel.answering.sheets.recomputing import Recomputing
from carrel.answering.statements import answer_sentences
from carrel.answering.support import check_support
from carrel.domain.answers import Citation, Verdict
from carrel.domain.documents import UnitKind, UnitPlace
from carrel.domain.support import CheckedFigure, Fate, Support
from made_books import ReadBooks, xlsx

HEAD = ["Order", "Customer", "Region", "Status", "Day", "Amount", "Share"]
ROWS = [
    ["O-1", "Acme", "North", "open", datetime.date(2024, 1, 5), 1200.5, 0.1],
    ["O-2", "Globex", "South", "open", datetime.date(2024, 2, 7), 310.25, 0.2],
    ["O-3", "Acme", "North", "closed", datetime.date(2024, 3, 7), 88, 0.3],
    ["O-4", "Hooli", "South", "closed", datetime.date(2024, 4, 7), 47.5, 0.4],
    ["Total", None, None, None, None, ("=SUM(F2:F5)", 1646.25), None],
]
BOOKS = ReadBooks(orders_dot_xlsx=xlsx(("Orders", [HEAD, *ROWS]), Day="yyyy-mm-dd", Share="0%"))


def cited(*rows):
    unit = BOOKS.unit(1, 1)
    lines = unit.text.split("\n")
    return [
        Citation(
            n=n, verdict=Verdict.EXACT, quote=lines[row - 1], document=1,
            document_name="orders.xlsx", place=UnitPlace(UnitKind.SHEET, 1, "Orders"),
            end=len(lines[row - 1]), source_text=lines[row - 1], cells=f"Orders!A{row}:G{row}",
        )
        for n, row in enumerate(rows, 1)
    ]  # fmt: skip


def checked(text, rows, question="How do the orders compare?"):
    recomputing = Recomputing(BOOKS, question)
    unit = BOOKS.unit(1, 1)
    (statement,) = check_support(
        text, cited(*rows), question=question, page_of=lambda _: unit.text,
        elsewhere=recomputing.locate,
    )  # fmt: skip
    return statement, recomputing.computed


def located(text, figure, rows, question="How do the orders compare?"):
    """What becomes of a figure that was found missing."""
    recomputing = Recomputing(BOOKS, question)
    (sentence,) = answer_sentences(text)
    missing = CheckedFigure(text=figure, fate=Fate.MISSING)
    return recomputing.locate(missing, sentence, cited(*rows)), recomputing.computed


def test_the_figure_that_the_question_asks_for_is_computed_again():
    question = "What is the total amount for region North?"
    statement, computed = checked("The total amount for North is 1,288.50 [1].", [2], question)
    assert statement.support is Support.SUPPORTED
    (figure,) = [one for one in statement.figures if one.fate is Fate.COMPUTED]
    assert figure.working == "SUM(Orders!F2:F5, where Region is “North”) = 1,288.5"
    assert figure.statement.startswith('SELECT sum("Amount")')
    assert [one.statement for one in computed] == [figure.statement]


@pytest.mark.parametrize(
    ("text", "figure", "rows", "working"),
    [
        ("Together the amount comes to 1,510.75 [1][2].", "1,510.75", [2, 3],
         "SUM(Orders!F2:F3) = 1,510.75"),
        ("The average amount of both is 755.38 [1][2].", "755.38", [2, 3],
         "AVERAGE(Orders!F2:F3) = 755.375"),
        ("Acme's amount is 890.25 more [1][2].", "890.25", [2, 3],
         "Orders!F2 - Orders!F3 = 890.25"),
        ("The amount fell by 74.2% [1][2].", "74.2%", [2, 3],
         "(Orders!F3 - Orders!F2) / Orders!F2 = -74.156601 %"),
        ("Its share of the total amount: it is 18.8% of it [1].", "18.8%", [3],
         "Orders!F3 / SUM(Orders!F2:F5) = 18.845862 %"),
        ("The total amount with status closed is 135.50 [1].", "135.50", [4],
         "SUM(Orders!F2:F5, where Status is “closed”) = 135.5"),
    ],
)  # fmt: skip
def test_a_figure_that_follows_from_cited_cells_says_how(text, figure, rows, working):
    found, computed = located(text, figure, rows)
    assert (found.fate, found.working) == (Fate.COMPUTED, working)
    assert [one.working for one in computed] == [working]
    with BOOKS.opened(1) as book:
        assert book.select(computed[0].statement).rows


@pytest.mark.parametrize(
    ("text", "rows", "question"),
    [
        ("The total amount for South is 1,288.50 [1].", [2], "total amount for region North"),
        ("The average amount for North is 1,288.50 [1].", [2], "total amount for region North"),
        ("In 2023 the total amount for North was 1,288.50 [1].", [2],
         "total amount for region North"),
        ("The total amount for North is 1,289 thousand [1].", [2], "total amount for region North"),
        ("The amount is 1,288.50 [1].", [3], "Who is the customer?"),
        ("Together the amount comes to 1,511.75 [1][2].", [2, 3], "?"),
        ("The orders are 1,510.75 apart in amount [1][2].", [2, 3], "?"),
        ("Together the amount of Hooli comes to 1,510.75 [1][2].", [2, 3], "?"),
        ("The amount rose by 74.2% [1][2].", [2, 3], "?"),
        ("The total amount is 3,292.50 [1].", [2], "What is the total amount?"),
    ],
)  # fmt: skip
def test_a_figure_of_something_else_stays_missing(text, rows, question):
    figure = next(one for one in ("1,288.50", "1,289 thousand", "1,510.75", "1,511.75", "3,292.50",
                              "74.2%") if one in text)  # fmt: skip
    found, computed = located(text, figure, rows, question)
    assert found.fate is Fate.MISSING
    assert not computed


def test_an_answer_full_of_figures_is_not_looked_through_for_minutes(monkeypatch):
    monkeypatch.setattr(recomputing_of_answers, "MOST_SECONDS", -1.0)
    figure, computed = located("Together the amount comes to 1,510.75 [1][2].", "1,510.75", [2, 3])
    assert figure.fate is Fate.MISSING
    assert not computed
