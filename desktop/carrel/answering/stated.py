"""A figure that a table of a document states: “What were 3M's net sales in 2018?”.

It stands in the row whose label says what is asked, in the column that the year heads. It is
taken only where nothing is left to doubt: one year is asked for, one column has it, every word of
the question is in the label or names the document, and no other row of that name says another
number. Pure; must not know how pages were found.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

import regex

from carrel.answering.citing import Sources
from carrel.answering.compose import literal
from carrel.answering.figures import page_scales
from carrel.answering.tabling import tables_on_page
from carrel.domain.documents import Hit, Span, Unit, UnitPlace
from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.domain.tables import Table, TableCell
from carrel.language.terms import terms
from carrel.parsing.boxes import unpack_boxes
from carrel.retrieval.glossary import Glossary, folded_terms, holds, shipped_glossary
from carrel.retrieval.query import understand
from carrel.retrieval.routing import Names
from carrel.retrieval.words import STOP_TERMS

MAX_PAGES: Final = 12
"""Pages whose tables are looked for, 15 ms each; only those with a fitting line count."""

AROUND: Final = 4
"""Pages before and after a statement: a set of them takes some five pages."""

MAX_ROW: Final = 400
"""Code points from the first to the last cell of a row; what is longer does not stand together."""

TOP: Final = 600
"""Code points at the top of a page in which its title stands."""

_SCALES: Final = {3: "thousand", 6: "million", 9: "billion"}

_YEAR: Final = regex.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_SHORT_YEAR: Final = regex.compile(r"(?i)\bfy ?'?([0-9]{2})(?![0-9])")
_PART_OF_YEAR: Final = regex.compile(
    r"(?i)\b(?:q[1-4]|(?:first|second|third|fourth|last|[1-4](?:st|nd|rd|th)) (?:quarter|half)"
    r"|(?:fy)?(?:19|20)?[0-9]{2}q[1-4]|quarter(?:ly|s)?|half[- ]year|h[12]|months?|weeks?|daily"
    r"|quartals?|trimestre|semestre|halbjahr(?:es)?|monate?n?)\b"
)
_PLAIN_LIST: Final = """
spend spent make made generate generated record recorded post posted
amount figure value usd eur gbp dollar euro million billion thousand year end ended fiscal fy
company report reported state stated consolidated january february march april may june july
august september october november december
"""
_PLAIN: Final = frozenset(term for word in _PLAIN_LIST.split() for term in terms(word))
"""Words of a question that may be missing from the label of the row that is asked for."""

_HARMLESS: Final = frozenset(("net", "total", "consolid"))
"""Words that a label may have beside those asked for. Any other may make it another thing: “total
current assets”."""

_SAYS_NOTHING: Final = STOP_TERMS - set(terms("other not before after without"))
"""Words of a label that do not matter; “other income” is not income."""

_NO_FIGURE: Final = regex.compile(
    r"(?i)^\W*(?:has|have|had|does|do|did|is|are|was|were|can|could|will|would|should|why|when|who"
    r"|where|which|list|name|explain|describe|summari[sz]e|compare)\b"
)
"""Beginnings of questions that no single figure answers."""

_LEADING: Final = regex.compile(
    r"(?i)^[^,:?]{0,200}\b(?:statements?|balance sheets?|information|details)\b[^,:?]{0,100}[,:]\s*"
)
"""A clause before the question that says where to look."""

_TITLE: Final = regex.compile(
    r"(?i)[^0-9:]{0,40}(?:statements?of\p{L}{0,40}?"
    r"(?:income|operations|earnings|cashflows?|financialposition|financialcondition|profit)"
    r"|balancesheets?|(?:income|cashflow|profitandloss)statements?)[^0-9:]{0,60}"
)
"""A line, without its blanks: some pages part letters of their titles."""

_OF_A_PART: Final = regex.compile(
    r"(?i)\bparent[- ](?:company|only)\b|\bguarant(?:ee|or)|\bsummari[sz]ed financial\b"
    r"|\bcondensed consolidating\b|\bunconsolidated\b|\bvariable interest\b|\bjoint ventures?\b"
    r"|\bdiscontinued\b|\bheld for sale\b|\bpro forma\b"
)
"""What at the top of a page says that its statement is of a part of the company only."""

LOOK_FOR: Final = "consolidated balance sheets statements of income cash flows"
"""Words by which statements are looked for beside the question's own."""

_PROSE: Final = regex.compile(
    r"\b(?:the|our|is|are|was|were|on|see|which|that|these|this|to)\b|\.$"
)
_CHANGES: Final = frozenset(terms("changes"))
_PER_SHARE: Final = frozenset(terms("share shares unit units"))
_NET_CASH: Final = frozenset(terms("net cash"))
_FIGURE: Final = regex.compile(r"[(\-–—−]?(?:[$€£¥₹]|US\$)?\s?[(\-–−]?[0-9][0-9.,'’]*\)?\s?%?\)?")
_ASIDE: Final = regex.compile(r"\([^()]*\)|[*†‡]+\Z")
"""What of a label says nothing more: abbreviations, marks of notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A figure that a table states.

    Attributes:
        hit: a passage of its page.
        span: code points of the unit's text, from the first to the last cell of the row.
        figure: as it is written.
        scale: “million” where the page says so; empty where it says nothing, or several things.
        heads: over the cells of the row, the label's first; may be empty texts.
        row: its cells.
    """

    hit: Hit
    span: Span
    figure: str
    scale: str
    heads: tuple[str, ...]
    row: tuple[str, ...]

    def markdown(self, n: int) -> str:
        """The figure, and below it the row under the names of its columns.

        Args:
            n: number of the citation that leads there.
        """
        scale = f" {self.scale}" if self.scale else ""
        return "\n".join(
            (
                f"**{literal(self.figure)}{scale}** [{n}]",
                "",
                _line(self.heads),
                _line(["---", *["--:"] * (len(self.row) - 1)], written=True),
                f"| {literal(self.row[0])} [{n}] {_line(self.row[1:])}",
            )
        )


def _line(cells: Sequence[str], *, written: bool = False) -> str:
    return f"| {' | '.join(cells if written else map(literal, cells))} |"


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that may be meant, and how well it fits: less is better."""

    guessed: bool
    extra: int
    rank: int
    stated: Stated

    @property
    def order(self) -> tuple[bool, int, int]:
        return self.guessed, self.extra, self.rank


def stated_figure(
    question: str,
    hits: Sequence[Hit],
    sources: Sources,
    glossary: Glossary | None = None,
    more: Callable[[str], Sequence[Hit]] = lambda _words: (),
) -> Stated | None:
    """The figure that a table states for a question, or None where that is not sure.

    Args:
        question: as asked.
        hits: the passages found for it, the best first.
        sources: canonical texts and the boxes of their letters.
        glossary: words that stand for others; the shipped ones when none is given.
        more: finds further passages; only called where a figure may be found.
    """
    asked = _LEADING.sub("", question) or question
    year = _year(question)
    if year is None or _PART_OF_YEAR.search(asked) or _NO_FIGURE.search(asked):
        return None
    hits = [*hits, *more(f"{question} {LOOK_FOR}")]
    named, naming = _named(question, hits)
    ways = _ways(asked, naming, glossary or shipped_glossary())
    if not ways:
        return None
    rows = [
        row
        for rank, (hit, unit) in enumerate(_pages(hits, sources, named, [way for way, _ in ways]))
        for table in _tables(unit)
        for row in _fitting(table, unit, hit, year, ways, _HARMLESS | naming, rank)
    ]
    return _surest(rows)


def _year(question: str) -> str | None:
    years = set(_YEAR.findall(question)) | {f"20{two}" for two in _SHORT_YEAR.findall(question)}
    return years.pop() if len(years) == 1 else None


def _named(question: str, hits: Sequence[Hit]) -> tuple[set[DocumentId], set[str]]:
    """The documents that a question names (all that were found for none), and by which terms."""
    documents = list({hit.passage.document: hit.document_name for hit in hits}.items())
    query = understand(question)
    found = Names([name for _, name in documents]).find(query.words, query.shouted)
    naming = {term for one in found for word in one.words for term in terms(word)}
    best = max((one.share for one in found), default=0.0)
    chosen = {documents[one.position][0] for one in found if one.share == best}
    return chosen or {id_ for id_, _ in documents}, naming


def _ways(asked: str, naming: set[str], glossary: Glossary) -> list[tuple[frozenset[str], bool]]:
    """The terms that the label must hold, in the question's words first, then in others'."""
    query = understand(asked, glossary)
    own = {
        term
        for term in terms(asked)
        if term in query.heading
        and term not in naming | _PLAIN | STOP_TERMS
        and not any(map(str.isdigit, term))
    }
    own -= query.heading.keys() - set(query.body)
    if not own:
        return []
    ways = [(frozenset(own), False)]
    told = folded_terms(asked)
    for group, used in glossary.named(told):
        said = [one for one in group.said if holds(told, folded_terms(one))] if used else []
        for one in said:
            for other in group.said:
                there = set(terms(other)) - STOP_TERMS
                way = frozenset((own - set(terms(one))) | there)
                if there and all(way != known for known, _ in ways):
                    ways.append((way, True))
    return ways


def _pages(
    hits: Sequence[Hit],
    sources: Sources,
    named: set[DocumentId],
    ways: Sequence[frozenset[str]],
) -> Iterator[tuple[Hit, Unit]]:
    """The statements with a line that fits, each page once, in the order of the hits.

    Statements follow one another, so the pages around one that was found are looked at, too.
    """
    waiting = deque((hit, hit.place.number, True) for hit in hits)
    seen: set[tuple[int, int]] = set()
    given = 0
    while waiting and given < MAX_PAGES:
        hit, number, found = waiting.popleft()
        place = hit.passage.document, number
        if hit.passage.document not in named or place in seen:
            continue
        seen.add(place)
        unit = _page(sources, *place)
        if unit is None or not unit.char_boxes or not _is_statement(unit.text):
            continue
        if found:
            around = range(max(1, number - AROUND), number + AROUND + 1)
            waiting.extend((hit, beside, False) for beside in around)
        if any(_may_fit(line, ways) for line in unit.text.splitlines()):
            given += 1
            yield replace(hit, place=UnitPlace(unit.kind, unit.number, unit.label)), unit


def _page(sources: Sources, document: DocumentId, number: int) -> Unit | None:
    try:
        return sources.unit(document, number)
    except KnownError:  # there are no more
        return None


def _is_statement(text: str) -> bool:
    """Whether a title at the top of a page is that of a financial statement of all."""
    return _OF_A_PART.search(text[:TOP]) is None and any(
        _TITLE.fullmatch("".join(line.split())) and _PROSE.search(line) is None
        for line in text[:TOP].splitlines()
    )


def _may_fit(line: str, ways: Sequence[frozenset[str]]) -> bool:
    if not any(map(str.isdigit, line)):
        return False
    there = set(terms(line))
    return any(way <= there for way in ways)


def _tables(unit: Unit) -> tuple[Table, ...]:
    return tables_on_page(unit.number, unit.text, unpack_boxes(unit.char_boxes, len(unit.text)))


def _fitting(
    table: Table,
    unit: Unit,
    hit: Hit,
    year: str,
    ways: Sequence[tuple[frozenset[str], bool]],
    harmless: Set[str],
    rank: int,
) -> Iterator[_Row]:
    heads = _heads(table)
    columns = [at for at, head in enumerate(heads) if at and year in _YEAR.findall(head)]
    if len(columns) != 1:
        return
    changing = False  # within the changes of a statement of cash flows, which name balances
    for row in table.rows[table.heads :]:
        label, cell = row[0], row[columns[0]]
        if label is None:
            continue
        there = set(terms(_ASIDE.sub(" ", label.text))) - _SAYS_NOTHING
        changing = (changing or bool(_CHANGES & there)) and not there >= _NET_CASH
        fits = [
            (guessed, len(there - way))
            for way, guessed in ways
            if way <= there and there - way <= harmless
        ]
        if not fits or changing or cell is None or not _FIGURE.fullmatch(cell.text):
            continue
        cells = [one for one in row if one is not None]
        span = Span(
            min(part.start for one in cells for part in one.spans),
            max(part.end for one in cells for part in one.spans),
        )
        if span.end - span.start > MAX_ROW:
            continue
        guessed, extra = min(fits)
        yield _Row(
            guessed,
            extra,
            rank,
            Stated(
                hit=hit,
                span=span,
                figure=cell.text,
                scale=_scale(unit.text, there, cell),
                heads=heads,
                row=tuple(one.text if one else "" for one in row),
            ),
        )


def _heads(table: Table) -> tuple[str, ...]:
    """The words over each column, those of several rows joined."""
    above = [[cell.text if cell else "" for cell in row] for row in table.rows[: table.heads]]
    return tuple(" ".join(filter(None, column)) for column in zip(*above, strict=True))


def _scale(text: str, label: Set[str], cell: TableCell) -> str:
    scales = page_scales(text)
    if cell.text.rstrip(")").endswith("%") or len(scales) != 1 or _PER_SHARE & label:
        return ""
    return _SCALES.get(next(iter(scales)), "")


def _surest(rows: Sequence[_Row]) -> Stated | None:
    """The row that fits best, unless another that may be meant as well says something else."""
    if not rows:
        return None
    best = min(rows, key=lambda row: row.order)
    place = best.stated.hit.place
    rivals = [
        row
        for row in rows
        if row.guessed == best.guessed
        and (row.extra == best.extra or row.stated.hit.place != place)
    ]
    said = {_bare(row.stated.figure) for row in rivals}
    documents = {row.stated.hit.passage.document for row in rivals}
    return best.stated if len(said) == 1 and len(documents) == 1 else None


def _bare(figure: str) -> str:
    return "".join(sign for sign in figure if sign.isdigit() or sign in "().-")
