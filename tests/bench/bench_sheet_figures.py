"""How surely wrong figures of workbooks are told from right ones, and how long it takes.

A thousand sentences of answers state a figure that follows from a real workbook (a total, an
average, a count, a difference, a change in per cent, a share), cite a row or two of it, and are
right; a thousand state another one: a digit changed, other rows, another column, the total counted
twice, a mean for a sum, a row too few. The whole check of an answer decides, pages included, and
the recomputing by itself.
"""

import datetime
import random
import statistics
import sys
import time
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from carrel.answering.sheets.recomputing import Recomputing
from carrel.answering.support import check_support
from carrel.domain.answers import Citation, Verdict
from carrel.domain.documents import UnitKind, UnitPlace
from carrel.domain.sheets import named
from carrel.domain.support import Fate, Support
from made_books import ReadBooks, xlsx
from run import Row

SENTENCES = 1_000
WORKBOOKS = 20
ROWS = 24
REGIONS = ("North", "South", "East", "West")
STATES = ("open", "closed", "on hold")
NAMES = ("Acme", "Globex", "Initech", "Umbrella", "Tyrell", "Wonka", "Soylent", "Hooli")
HEAD = ["Order", "Customer", "Region", "Status", "Day", "Amount", "Units", "Discount"]


@dataclass(frozen=True)
class Case:
    """A sentence with its question, the rows it cites and the figure it should have."""

    kind: str
    question: str
    sentence: str
    rows: tuple[int, ...]
    value: Decimal
    places: int
    percent: bool = False


class Book:
    """A made workbook, as rows and as it is read from its file."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        start = datetime.date(2023, 1, 1)
        self.rows = [
            [
                f"O-{seed}{number:03}", chance.choice(NAMES), chance.choice(REGIONS),
                chance.choice(STATES), start + datetime.timedelta(days=chance.randrange(700)),
                round(chance.uniform(20, 9000), 2), chance.randrange(2, 400),
                chance.choice((0.0, 0.05, 0.1, 0.15)),
            ]
            for number in range(ROWS)
        ]  # fmt: skip
        total = ["Total", None, None, None, None,
                 (f"=SUM(F2:F{ROWS + 1})", round(sum(row[5] for row in self.rows), 2)),
                 (f"=SUM(G2:G{ROWS + 1})", sum(row[6] for row in self.rows)), None]  # fmt: skip
        sheet = ("Orders", [HEAD, *self.rows, total])
        self.books = ReadBooks(orders_dot_xlsx=xlsx(sheet, Day="yyyy-mm-dd", Discount="0%"))
        self.unit = self.books.unit(1, 1)

    def citation(self, n: int, row: int) -> Citation:
        lines = self.unit.text.split("\n")
        start = sum(len(line) + 1 for line in lines[:row])
        quote = lines[row]
        return Citation(
            n=n, verdict=Verdict.EXACT, quote=quote, document=1, document_name="orders.xlsx",
            place=UnitPlace(UnitKind.SHEET, 1, "Orders"), start=start, end=start + len(quote),
            source_text=quote, cells=named("Orders", f"A{row + 1}:H{row + 1}"),
        )  # fmt: skip

    def column(self, title: str) -> list[Decimal]:
        return [Decimal(str(row[HEAD.index(title)])) for row in self.rows]


def main() -> list[Row]:
    """Measure."""
    chance = random.Random(17)
    books = [Book(seed) for seed in range(1, WORKBOOKS + 1)]
    right, times = _judged(books, chance, wrong=False)
    wrong, _ = _judged(books, chance, wrong=True)
    missed = [case for case, supported, _ in right if not supported]
    passed = [(case, how) for case, supported, how in wrong if supported]
    recomputed = [case for case, _, how in wrong if how is Fate.COMPUTED]
    for case in missed[:5]:
        print(f"    not found: {case.kind}: {case.sentence}", file=sys.stderr)
    for case, how in passed[:8]:
        print(f"    passed: {case.kind}: {case.sentence} ({how})", file=sys.stderr)
    return [
        Row(what="wrong figures of sheets taken for recomputed",
            value=100 * len(recomputed) / SENTENCES, unit="%", gate=1.0),
        Row(what="wrong figures of sheets that pass, pages included",
            value=100 * len(passed) / SENTENCES, unit="%", gate=8.0),
        Row(what="right figures of sheets not found", value=100 * len(missed) / SENTENCES,
            unit="%", gate=5.0),
        Row(what="one sentence recomputed, p95", value=statistics.quantiles(times, n=20)[-1],
            unit="ms", gate=150.0),
    ]  # fmt: skip


def _judged(books: list[Book], chance: random.Random, *, wrong: bool):
    found = []
    times = []
    while len(found) < SENTENCES:
        book = chance.choice(books)
        case = _case(book, chance)
        if case is None:
            continue
        if wrong:
            case = _spoilt(book, case, chance)
            if case is None:
                continue
        text = f"{case.sentence.format(_written(case))} {''.join(_marks(case))}."
        cited = [book.citation(n, row) for n, row in enumerate(case.rows, 1)]
        recomputing = Recomputing(book.books, case.question)
        begun = time.perf_counter()
        (statement,) = check_support(
            text, cited, question=case.question, page_of=lambda _, b=book: b.unit.text,
            elsewhere=recomputing.locate,
        )  # fmt: skip
        times.append(1000 * (time.perf_counter() - begun))
        how = next((one.fate for one in statement.figures if one.statement), None)
        found.append((replace(case, sentence=text), statement.support is Support.SUPPORTED, how))
    return found, times


def _marks(case: Case) -> list[str]:
    return [f"[{n}]" for n in range(1, len(case.rows) + 1)]


def _written(case: Case) -> str:
    shown = f"{round(case.value, case.places):,f}"
    return f"{shown}%" if case.percent else shown


def _case(book: Book, chance: random.Random) -> Case | None:
    region, state = chance.choice(REGIONS), chance.choice(STATES)
    title = chance.choice(("Amount", "Units"))
    values = book.column(title)
    places = 2 if title == "Amount" else 0
    within = [n for n, row in enumerate(book.rows) if row[2] == region]
    of_state = [n for n, row in enumerate(book.rows) if row[3] == state]
    if len(within) < 2 or len(of_state) < 2:
        return None
    a, b = chance.sample(range(ROWS), 2)
    low = title.lower()
    match chance.randrange(7):
        case 0:
            return Case("total", f"What is the total {low} for region {region}?",
                        f"The total {low} for {region} was {{}}", (within[0] + 1,),
                        sum((values[n] for n in within), Decimal(0)), places)  # fmt: skip
        case 1:
            mean = sum((values[n] for n in of_state), Decimal(0)) / len(of_state)
            return Case("average", f"What is the average {low} where status is {state}?",
                        f"The average {low} with status {state} is {{}}", (of_state[0] + 1,),
                        mean, chance.randrange(0, 3))  # fmt: skip
        case 2 if len(of_state) > 1:
            return Case("count", f"How many rows have status {state}?",
                        f"In all {{}} rows have status {state}", (of_state[0] + 1,),
                        Decimal(len(of_state)), 0)  # fmt: skip
        case 3 if values[a] != values[b]:
            return Case("difference", f"How far apart are the two orders in {low}?",
                        f"The {low} of the first is {{}} "
                        f"{'more' if values[a] > values[b] else 'less'} than that of the second",
                        (a + 1, b + 1), abs(values[a] - values[b]),
                        places)  # fmt: skip
        case 4 if values[b]:
            change = 100 * (values[a] - values[b]) / values[b]
            if not 2 <= abs(change) < 900:
                return None
            word = "higher" if change > 0 else "lower"
            return Case("change", f"How do the two orders compare in {low}?",
                        f"The {low} is {{}} {word} than before", (a + 1, b + 1), abs(change), 1,
                        percent=True)  # fmt: skip
        case 5:
            share = 100 * values[a] / sum(values)
            return Case("share", f"What share of all {low} is order {book.rows[a][0]}?",
                        f"It makes up {{}} of the {low} of all orders", (a + 1,), share, 2,
                        percent=True)  # fmt: skip
        case 6:
            return Case("sum", f"What do the two orders come to in {low}?",
                        f"Together their {low} comes to {{}}", (a + 1, b + 1),
                        values[a] + values[b], places)  # fmt: skip
    return None


def _spoilt(book: Book, case: Case, chance: random.Random) -> Case | None:
    """The same with another figure; None where it would be written alike."""
    values = [*book.column("Amount"), *book.column("Units")]
    other = _case(book, chance)
    ways = [
        case.value
        + Decimal(chance.choice((1, -1))) * Decimal(10) ** chance.randrange(-case.places, 3),
        case.value * Decimal(str(round(chance.uniform(0.5, 1.5), 4))),
        other.value if other else case.value * 2,
        case.value + chance.choice(values),
        case.value * 2,
        case.value - chance.choice(values),
        case.value / 2,
    ]
    value = abs(chance.choice(ways))
    spoilt = replace(case, value=value)
    same = _written(spoilt) == _written(case) or value == 0
    return None if same else spoilt


if __name__ == "__main__":
    for row in main():
        print(row)
