"""Where documents disagree: one sentence in both, with another number, date or “not”.

Two sentences are compared when all their words that carry meaning are the same and they speak of
the same time; a sentence that each report repeats with its own figures is left out. Pure; must not
know where documents come from.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

import regex

from carrel.answering.facts.dating import Found, dates_in
from carrel.answering.facts.sentences import Stop, Stopped, Told, told_sentences
from carrel.answering.figures import Figure, figures, same_unit
from carrel.domain.documents import Span, Unit
from carrel.domain.facts import Clash, Contradiction, Contradictions, Sureness, When
from carrel.language.folding import fold
from carrel.language.months import MONTHS

ALIKE: Final = 0.2
"""Share of the shorter document’s sentences that stand in both, with whatever figures, from which
two documents are about the same company or thing. Measured on sixteen reports: of one company
0.30 to 0.69, of two companies 0.10 at most."""

MOST_CONTRADICTIONS: Final = 2_000
"""Pairs that are kept; nobody reads more."""

LEAST_WORDS: Final = 4
"""Words that carry meaning in a sentence that is compared; shorter ones recur by chance."""

LEAST_ROW_WORDS: Final = 2
"""The same for rows of figures."""

LEAST_YEARS: Final = 10
"""How often a document has to name a year before it counts as the year that it is about."""

HEAD_AWAY: Final = 40
"""Rows below the head of a table that still belong to it."""

_TOKEN: Final = regex.compile(r"[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)?|[0-9][\p{N}.,']*")
_YEAR: Final = regex.compile(r"(?<![\d.,$€£])(?:19|20)\d\d(?![\d%]|[.,]\d)")
_FILING: Final = regex.compile(r"(?i)/s/|incorporated (?:herein )?by reference|^\W*\d+\.\d+\s")
"""Lists of exhibits and signatures: each document numbers and dates its own."""

_NAME_PERIOD: Final = regex.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?!\d)|(?<![\p{L}\d])(?:FY|fy)(?P<short>\d\d)(?!\d)"
    r"|(?<![\p{L}])[Qq](?P<quarter>[1-4])(?!\d)"
)
_OWN_TIME: Final = regex.compile(
    r"(?i)\b(?:current(?:ly)?|this (?:year|quarter|month|period|report)|to date|today|now"
    r"|recent(?:ly)?"
    r"|last (?:year|quarter|month)|prior (?:year|quarter)|previous (?:year|quarter)|derzeit|aktuell"
    r"|dieses (?:jahr|quartal)|vorjahr|actuellement|actualmente|сейчас|ago)\b"
)
_PERIOD: Final = regex.compile(
    r"(?i)\b(?:(?:months?|weeks?|quarters?|years?|periods?|days?) (?:ended|ending)|as of|as at"
    r"|through|quarter|stichtag|zum ende|fiscal|geschäftsjahr|exercice)\b"
)
_ROW: Final = regex.compile(r"\t|\d[%)\s]*\Z")
"""A figure at the end; prose ends with a full stop."""

_OURSELVES: Final = regex.compile(
    r"(?i)\b(?:we|our|us|the (?:company|corporation|firm|group|registrant|issuer|undersigned)|wir"
    r"|unser\p{L}*|die gesellschaft|nous|notre|nos|la société|nosotros|nuestr\p{L}+|la sociedad|мы"
    r"|наш\p{L}*|компания)\b"
)
"""Who this is depends on whose document it is."""

_LABEL: Final = regex.compile(
    r"(?i)\b(?:notes?|items?|pages?|pp?|sections?|exhibits?|parts?|tables?|figures?|chapters?|rules?"
    r"|articles?|clauses?|no|nr|numbers?|codes?|topic|form|schedule|appendix|annex|asu|asc|seite|abschnitt|artikel"
    r"|anlage|ziffer|tabelle|line|lines|level|tier|phase|class|series|version)\.?\s?\(?\Z|§\s?\Z"
)
_ITEM: Final = regex.compile(r"\W*\d{1,3}[.)]+\s")
"""The number of an item in a list."""

_QUIET_WORDS: Final = """
a an the this that these those its their our his her of in on at by to for from with as and or is
are was were be been being has have had do does did will would approximately about around nearly
roughly some circa ca us usd eur gbp chf dollar dollars euro euros million millions billion
billions thousand mn bn percent per cent der die das dem den des ein eine einem einen einer und
oder ist sind war waren wird werden hat haben von vom im am zum zur auf mit für rund etwa ungefähr
mio mrd millionen milliarden prozent le la les un une des du de et ou est sont était environ pour
par el los las y del al es son fue por para cerca aproximadamente в на и из от до с по около
"""
_QUIET: Final = frozenset(_QUIET_WORDS.split())
_NEGATION_WORDS: Final = """
not no never neither nor cannot without nicht kein keine keinen keiner keinem nie niemals
ne pas jamais aucun aucune sin nunca ningún ninguna не нет никогда
"""
_NEGATIONS: Final = frozenset(_NEGATION_WORDS.split())
_EXCUSED: Final = regex.compile(
    r"(?i)\bnot only\b|\bno later than\b|\bno less than\b|\bnot less than\b|\bnot more than\b"
    r"|\bno more than\b|\bwhether or not\b|\bnot exceed|\bnotwithstanding\b"
)

Period = tuple[frozenset[int], int]
Heard = Callable[[int], None]


class _Claim(NamedTuple):
    told: Told
    period: Period
    head: tuple[str, ...]
    """Of a row: the years at the head of its table."""
    row: bool
    negated: bool
    numbers: tuple[str, ...]


def contradictions(
    documents: Iterable[tuple[str, Sequence[Unit]]],
    *,
    stopped: Stopped = lambda: False,
    heard: Heard = lambda _done: None,
) -> Contradictions:
    """Where some documents disagree.

    Args:
        documents: the name and the units of each, in order; taken one after another.
        stopped: asked many times a second.
        heard: told how many documents are done.

    Raises:
        Stop: `stopped` said so.
    """
    groups: dict[str, list[_Claim]] = defaultdict(list)
    for done, (name, units) in enumerate(documents, 1):
        for key, claim in _claims(name, units, stopped):
            groups[key].append(claim)
        heard(done)
    alike = _alike(groups)
    found: list[Contradiction] = []
    for group in groups.values():
        if stopped():
            raise Stop
        found += _in_group(group, alike)
    sure = list(Sureness)
    found.sort(
        key=lambda one: (
            sure.index(one.sureness), one.first.document, one.first.place.number, one.first.span
        )
    )  # fmt: skip
    return Contradictions(
        contradictions=tuple(found[:MOST_CONTRADICTIONS]), more=len(found) > MOST_CONTRADICTIONS
    )


def period_of(name: str, units: Sequence[Unit]) -> Period:
    """The years that a document is about, by its name, else by its text, and its quarter or 0."""
    years: set[int] = set()
    quarter = 0
    for match in _NAME_PERIOD.finditer(name.replace("_", " ")):
        if match["quarter"]:
            quarter = int(match["quarter"])
        else:
            years.add(int(match["year"] or f"20{match['short']}"))
    if not years:
        counts = Counter(year for unit in units for year in _YEAR.findall(unit.text))
        years = {int(year) for year, count in counts.most_common(1) if count >= LEAST_YEARS}
    return frozenset(years), quarter


def _claims(name: str, units: Sequence[Unit], stopped: Stopped) -> Iterator[tuple[str, _Claim]]:
    period = period_of(name, units)
    head: tuple[str, ...] = ()
    away = 0
    for told in told_sentences(units, stopped):
        tokens = _TOKEN.findall(fold(told.raw, case=True).text)
        words = [one for one in tokens if not one[0].isdigit()]
        numbers = tuple(one for one in tokens if one[0].isdigit())
        row = len(numbers) >= max(1, len(words) - 1) or _ROW.search(told.raw) is not None
        years = tuple(_YEAR.findall(told.raw))
        away += 1
        if len(years) >= 2 and len(years) * 2 >= len(numbers):
            head, away = years, 0
        elif away > HEAD_AWAY:
            head = ()
        telling = sorted(
            one
            for one in words
            if one not in _QUIET
            and one not in _NEGATIONS
            and not one.endswith("n't")
            and one not in MONTHS
        )
        if len(telling) < (LEAST_ROW_WORDS if row else LEAST_WORDS):
            continue
        denied = sum(one in _NEGATIONS or one.endswith("n't") for one in words)
        key = f"{'row' if row else ''} {' '.join(telling)}"
        yield key, _Claim(told, period, head if row else (), row, denied % 2 == 1, numbers)


def _alike(groups: Mapping[str, Sequence[_Claim]]) -> frozenset[tuple[int, int]]:
    """Pairs of documents that have much in common; in the order of the documents."""
    sizes: Counter[int] = Counter()
    common: Counter[tuple[int, int]] = Counter()
    for group in groups.values():
        documents = list(dict.fromkeys(claim.told.document for claim in group))
        sizes.update(documents)
        common.update(combinations(documents, 2))
    return frozenset(
        pair for pair, count in common.items() if count >= ALIKE * min(sizes[one] for one in pair)
    )


def _in_group(
    group: Sequence[_Claim], alike: frozenset[tuple[int, int]]
) -> Iterator[Contradiction]:
    """Pairs of a sentence that stands once in each of two documents."""
    by_document: dict[int, list[_Claim]] = defaultdict(list)
    for claim in group:
        by_document[claim.told.document].append(claim)
    once = [
        claims[0]
        for claims in by_document.values()
        if len({(one.numbers, one.negated) for one in claims}) == 1
    ]
    for at, one in enumerate(once):
        for other in once[at + 1 :]:
            if (one.numbers, one.negated) != (other.numbers, other.negated):
                pair = (one.told.document, other.told.document)
                if pair not in alike and (one.row or _OURSELVES.search(one.told.raw)):
                    continue
                found = _clash(one, other)
                if found is not None:
                    yield found


def _clash(one: _Claim, other: _Claim) -> Contradiction | None:
    named = _years(one)
    if named != _years(other) or one.head != other.head:
        return None
    if not named and not one.head and _differ(one.period, other.period):
        return None
    texts = (one.told.raw, other.told.raw)
    if any(map(_FILING.search, texts)):
        return None
    if one.period != other.period and (one.row or any(map(_OWN_TIME.search, texts))):
        return None
    dated = [dates_in(claim.told.raw) for claim in (one, other)]
    days = [[found.when for found in dates] for dates in dated]
    same_days = days[0] == days[1]
    if not same_days:
        return _clash_of_dates(one, other, dated)
    differing = _differing(one, other, dated)
    sure = Sureness.HIGH if (named or _told(one.period)) and not one.row else Sureness.MEDIUM
    if one.negated != other.negated:
        excused = any(_EXCUSED.search(claim.told.raw) for claim in (one, other))
        if differing or differing is None or excused or one.row:
            return None
        denying, saying = ("first", "second") if one.negated else ("second", "first")
        words = f"The {denying} denies what the {saying} says."
        spans = _denying(one), _denying(other)
        return _made(Clash.NEGATION, Sureness.MEDIUM, one, other, spans, words)
    if not differing:
        return None
    first, second = differing[0]
    told = " and ".join(a.text for a, _ in differing), " and ".join(b.text for _, b in differing)
    spans = Span(first.start, first.end), Span(second.start, second.end)
    return _made(Clash.NUMBERS, sure, one, other, spans, _says(*told))


def _denying(claim: _Claim) -> Span:
    """The word that denies; empty where there is none."""
    for match in _TOKEN.finditer(claim.told.raw):
        word = match[0].casefold().replace("’", "'")
        if word in _NEGATIONS or word.endswith("n't"):
            return Span(*match.span())
    return Span(0, 0)


def _clash_of_dates(
    one: _Claim, other: _Claim, dated: Sequence[Sequence[Found]]
) -> Contradiction | None:
    """One date differs and nothing else; the ends of two periods are no contradiction."""
    if len(dated[0]) != len(dated[1]) or _differing(one, other, dated):
        return None
    if one.row or any(_PERIOD.search(claim.told.raw) for claim in (one, other)):
        return None
    if one.negated != other.negated or one.period != other.period:
        return None
    pairs = [(a, b) for a, b in zip(*dated, strict=True) if a.when != b.when]
    if len(pairs) != 1 or any(_agree(a, b) for a, b in pairs):
        return None
    a, b = pairs[0]
    words = _says(a.when.words, b.when.words)
    return _made(Clash.DATES, Sureness.HIGH, one, other, (a.span, b.span), words)


def _says(one: str, other: str) -> str:
    return f"The first says {one}, the second {other}."


def _agree(one: Found, other: Found) -> bool:
    """Whether both may mean one day: one says less, or may be read the other way round."""
    return any(
        a.first <= b.last and b.first <= a.last for a in _readings(one) for b in _readings(other)
    )


def _readings(found: Found) -> list[When]:
    return [found.when] if found.swapped is None else [found.when, found.swapped]


def _differing(
    one: _Claim, other: _Claim, dated: Sequence[Sequence[Found]]
) -> list[tuple[Figure, Figure]] | None:
    """The figures that differ, each with the one in its place; None when places do not fit."""
    sides = [
        [figure for figure in figures(claim.told.raw) if _meant(claim.told.raw, figure, dates)]
        for claim, dates in zip((one, other), dated, strict=True)
    ]
    if len(sides[0]) != len(sides[1]):
        return None
    pairs = list(zip(*sides, strict=True))
    if any(not same_unit(a, b) for a, b in pairs):
        return None
    found = [(a, b) for a, b in pairs if not _equal(a, b)]
    if one.period != other.period and any(not a.unit and not a.scale for a, _ in found):
        return None  # ages, counts and the like go on changing
    if one.row and all(map(_is_page, sides[0])):
        return None
    # A sentence in which most figures are others tells of another time or thing.
    return found if len(found) <= max(1, len(pairs) // 2) or one.row else None


def _meant(text: str, figure: Figure, dates: Sequence[Found]) -> bool:
    """Whether a figure is a quantity: no year, no part of a date, no number of a note or page."""
    inside = any(date.span.start <= figure.start < date.span.end for date in dates)
    label = _LABEL.search(text[max(0, figure.start - 24) : figure.start])
    item = _ITEM.match(text)
    counts = item is not None and figure.start < item.end()
    return not (inside or figure.is_year or label or counts)


def _is_page(figure: Figure) -> bool:
    """Whether a figure of a row may be the number of a page."""
    return not figure.unit and not figure.scale and figure.number.isdigit() and figure.value < 1000


def _equal(a: Figure, b: Figure) -> bool:
    """Equal, or one is the other rounded."""
    off = abs(a.value - b.value)
    if a.scale or b.scale or a.unit or b.unit:
        return off <= max(a.step, b.step) / 2 and (a.step != b.step or not off)
    return not off


def _years(claim: _Claim) -> frozenset[str]:
    return frozenset(_YEAR.findall(claim.told.raw))


def _told(period: Period) -> bool:
    return bool(period[0])


def _differ(one: Period, other: Period) -> bool:
    """Whether documents are about different times; one that says none agrees with all."""
    years = bool(one[0] and other[0]) and one[0] != other[0]
    return years or bool(one[1] and other[1] and one[1] != other[1])


def _made(
    kind: Clash,
    sure: Sureness,
    one: _Claim,
    other: _Claim,
    spans: tuple[Span, Span],
    words: str,
) -> Contradiction:
    first, second = spans
    return Contradiction(
        kind=kind,
        sureness=sure,
        first=one.told.mention(first, whole=True),
        second=other.told.mention(second, whole=True),
        words=words,
    )
