"""How surely forged quotes are told from genuine ones, and how long the checks of an answer take.

A thousand quotes of real pages are forged in nine ways (one number, order of figures, scale,
currency, direction, negation, name, spliced halves, another page or document), a thousand are
only written another way. With CARREL_FINANCE set to a folder of PDFs, on their pages; otherwise
on made ones. Forged sentences around genuine quotes are counted, too.
"""

import os
import random
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from carrel.answering.citing import Citer
from carrel.answering.elided import check_cited
from carrel.answering.figures import figures
from carrel.answering.instructions import instructed
from carrel.answering.support import check_support
from carrel.domain.answers import Citation, Verdict
from carrel.domain.documents import Hit, Passage, Span, Unit, UnitKind, UnitPlace
from carrel.domain.ids import DocumentId, PassageId, UnitId
from carrel.domain.support import Support
from run import Row

QUOTES = 1_000
ANSWERS = 200
QUOTES_OF_AN_ANSWER = 8
MOST_FILES = 10
LEAST_CHARACTERS = 800
PASSAGE = 1_200

_NUMBER = re.compile(
    r"(?<![\w.,-])\d{1,3}(?:,\d{3})+(?![\w,]|\.\d)"
    r"|(?<![\w.,-])\d{2,4}(?:\.\d+)?(?![\w,]|\.\d)"
)
_NEGATION = re.compile(
    r"(?i)^(?:no|not|nor|none|never|without|unless|except\w*|exclu\w*|fail\w*|lack\w*|absent|un\w+"
    r"|can\w*|non\w*|neither|nothing)\W*$|n['’]t\W*$"
)
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{4,}\b")
_TURNS = (
    (" increased ", " decreased "), (" increase ", " decrease "), (" higher ", " lower "),
    (" not ", " "), (" may ", " may not "), (" will ", " will not "), (" are ", " are not "),
    (" was ", " was not "), (" million", " billion"), (" billion", " million"), ("$", "€"),
    (" and ", " without "), (" is ", " is not "), (" no ", " "), (" before ", " after "),
)  # fmt: skip
_NAMES = ("Globex", "Initech", "Umbrella", "Wonka", "Tyrell", "Cyberdyne", "Soylent")

Pages = list[list[str]]
"""Texts of units by document."""


def main() -> list[Row]:
    """Measure."""
    chance = random.Random(11)
    pages = _pages()
    genuine, forged = _genuine(pages, chance), _forged(pages, chance)
    alarms = [kind for kind, quote, page in genuine if _verdict(quote, page) is Verdict.NOT_FOUND]
    missed = [
        (kind, quote)
        for kind, quote, page in forged
        if _verdict(quote, page) is not Verdict.NOT_FOUND
    ]
    for kind, quote in missed[:5]:
        print(f"    passed: {kind}: {quote[:110]!r}", file=sys.stderr)
    for kind in sorted(set(alarms)):
        print(f"    false alarms, {kind}: {alarms.count(kind)}", file=sys.stderr)
    figures, sound = _sentences(pages, chance)
    times = _times(pages, chance)
    return [
        Row(what="forged quotes that pass", value=100 * len(missed) / QUOTES, unit="%", gate=0.1),
        Row(what="genuine quotes said to be missing", value=100 * len(alarms) / QUOTES, unit="%",
            gate=0.5),
        Row(what="sentences with a wrong figure that pass", value=figures, unit="%", gate=8.0),
        Row(what="sound sentences said to have no support", value=sound, unit="%", gate=1.0),
        Row(what=f"checks of an answer with {QUOTES_OF_AN_ANSWER} quotes, CPU p95",
            value=statistics.quantiles(times, n=20)[-1], unit="ms", gate=20.0),
    ]  # fmt: skip


def _verdict(quote: str, page: str) -> Verdict:
    return check_cited(quote, page).verdict


# ── material ────────────────────────────────────────────────────────────────


def _pages() -> Pages:
    folder = os.environ.get("CARREL_FINANCE", "")
    if not folder:
        return _made_pages(random.Random(5))
    from evaluate_search import Library, add_pdf

    found: Pages = []
    for path in sorted(Path(folder).glob("*.pdf"))[:MOST_FILES]:
        library = Library()
        add_pdf(library, path)
        texts: dict[int, list[str]] = {}
        for row in library.rows.values():
            texts.setdefault(row.place.number, []).append(row.passage.text)
        joined = ["\n".join(parts) for parts in texts.values()]
        found.append([text for text in joined if len(text) >= LEAST_CHARACTERS])
    return found


_SUBJECTS = (
    *("net sales", "operating income", "the liquidity buffer", "long-term debt", "headcount"),
    *("capital expenditure", "the pension deficit", "rental income", "free cash flow"),
)
_PLACES = ("Northgate", "Southwark", "Easton", "Westbury", "Riverside", "Hillcrest", "Lakeview")
_FORMS = (
    "In {year} {subject} of {place} was ${amount} million, an increase of {share}% on the year.",
    "The board of {place} did not approve {subject} of ${amount} million before {year}.",
    "According to {place}, {subject} will decrease to {share}% of ${amount} million and may fall.",
    "As of 30 September {year}, {subject} in {place} is ${amount} million, higher than planned.",
    "{place} and its banks agreed that {subject} must stay above {share}% until {year}.",
    "Purchases for {place} were ${amount} million while {subject} increased by {share} percent.",
)


def _made_pages(chance: random.Random) -> Pages:
    def sentence() -> str:
        return chance.choice(_FORMS).format(
            year=chance.randrange(1990, 2030), place=chance.choice(_PLACES),
            subject=chance.choice(_SUBJECTS), amount=f"{chance.randrange(1_000, 99_999):,}",
            share=round(chance.uniform(1, 99), 1),
        )  # fmt: skip

    return [[" ".join(sentence() for _ in range(14)) for _ in range(40)] for _ in range(8)]


def _quote(page: str, chance: random.Random) -> str:
    """Ten to thirty words of a page."""
    words = list(re.finditer(r"\S+", page))
    count = chance.randrange(10, 31)
    at = chance.randrange(max(1, len(words) - count))
    run = words[at : at + count]
    return page[run[0].start() : run[-1].end()]


def _any_page(pages: Pages, chance: random.Random) -> str:
    return chance.choice(chance.choice(pages))


# ── forging ─────────────────────────────────────────────────────────────────


def _forged(pages: Pages, chance: random.Random) -> list[tuple[str, str, str]]:
    ways: list[tuple[str, Callable[[str, str], str]]] = [
        ("number", lambda quote, _: _other_number(quote, chance)),
        ("order", lambda quote, _: _swapped(quote)),
        ("meaning", lambda quote, _: _turned(quote, chance)),
        ("name", lambda quote, _: _renamed(quote, chance)),
        ("spliced", lambda quote, _: _spliced(quote, _quote(_any_page(pages, chance), chance))),
        ("page", lambda *_: _quote(_any_page(pages, chance), chance)),
        ("shifted", lambda quote, _: _shifted(quote, chance)),
    ]
    made: list[tuple[str, str, str]] = []
    while len(made) < QUOTES:
        kind, forge = ways[len(made) % len(ways)]
        page = _any_page(pages, chance)
        quote = _quote(page, chance)
        other = forge(quote, page)
        # A forgery that happens to stand there is none.
        if other and _bare(other) != _bare(quote) and _bare(other) not in _bare(page):
            made.append((kind, other, page))
    return made


def _bare(text: str) -> str:
    return re.sub(r"[^\w%€$]+", "", text).casefold()


def _other_number(quote: str, chance: random.Random) -> str:
    found = list(_NUMBER.finditer(quote))
    if not found:
        return ""
    one = chance.choice(found)
    digits = [at for at in range(*one.span()) if quote[at].isdigit()]
    at = chance.choice(digits)
    digit = str((int(quote[at]) + chance.randrange(1, 10)) % 10)
    if at == digits[0] and digit == "0":
        digit = "1" if quote[at] != "1" else "2"
    return quote[:at] + digit + quote[at + 1 :]


def _swapped(quote: str) -> str:
    found = list(_NUMBER.finditer(quote))
    if len(found) < 2 or found[0][0] == found[-1][0]:
        return ""
    a, b = found[0], found[-1]
    return quote[: a.start()] + b[0] + quote[a.end() : b.start()] + a[0] + quote[b.end() :]


def _turned(quote: str, chance: random.Random) -> str:
    possible = [(old, new) for old, new in _TURNS if old in quote]
    return quote.replace(*chance.choice(possible), 1) if possible else ""


def _renamed(quote: str, chance: random.Random) -> str:
    found = list(_NAME.finditer(quote))
    if not found:
        return ""
    one = chance.choice(found)
    return quote[: one.start()] + chance.choice(_NAMES) + quote[one.end() :]


def _spliced(quote: str, other: str) -> str:
    left, right = quote.split(), other.split()
    return " ".join([*left[: len(left) // 2], *right[len(right) // 2 :]])


def _shifted(quote: str, chance: random.Random) -> str:
    """The figures of a row moved by one place."""
    found = list(_NUMBER.finditer(quote))
    if len(found) < 2:
        return ""
    numbers = [one[0] for one in found]
    by = chance.randrange(1, len(numbers))
    moved = iter([*numbers[by:], *numbers[:by]])
    return _NUMBER.sub(lambda _: next(moved), quote)


# ── genuine ─────────────────────────────────────────────────────────────────

_LIGATURES = (("ffi", "ﬃ"), ("fi", "ﬁ"), ("fl", "ﬂ"), ("ff", "ﬀ"))


def _genuine(pages: Pages, chance: random.Random) -> list[tuple[str, str, str]]:
    ways: list[tuple[str, Callable[[str], str]]] = [
        ("as it is", lambda quote: quote),
        (
            "spacing",
            lambda quote: re.sub(r"\s+", lambda _: chance.choice(" \n"), quote),
        ),
        ("hyphens", lambda quote: _hyphened(quote, chance)),
        ("ligatures", _ligatured),
        ("typography", _typographic),
        ("case", lambda quote: quote[0].swapcase() + quote[1:]),
        ("digits", lambda quote: re.sub(r"(?<=\d),(?=\d{3}\b)", "", quote)),
        ("edges", lambda quote: f"“{quote.strip('.,;:')}”."),
        ("ellipsis", lambda quote: f"…{quote}…"),
        ("left out", lambda quote: _left_out(quote, chance)),
    ]
    made: list[tuple[str, str, str]] = []
    while len(made) < QUOTES:
        kind, write = ways[len(made) % len(ways)]
        page = _any_page(pages, chance)
        quote = write(_quote(page, chance))
        if quote:
            made.append((kind, quote, page))
    return made


def _hyphened(quote: str, chance: random.Random) -> str:
    """Parted at a line end, as pages do."""
    found = list(re.finditer(r"(?<= )[a-z]{7,}(?= )", quote))
    if not found:
        return ""
    at = chance.choice(found).start() + 4
    return f"{quote[:at]}-\n{quote[at:]}"


def _ligatured(quote: str) -> str:
    for plain, sign in _LIGATURES:
        quote = quote.replace(plain, sign)
    return quote


def _typographic(quote: str) -> str:
    return quote.replace("'", "’").replace("’s", "'s").replace('"', "”").replace(" - ", " — ")


def _left_out(quote: str, chance: random.Random) -> str:
    """Some words out of the middle, none that turns the meaning."""
    words = quote.split()
    at = chance.randrange(4, len(words) - 4)
    out = words[at : at + 2]
    if any(_NEGATION.search(word) for word in out):
        return ""
    return " ".join([*words[:at], "…", *words[at + 2 :]])


# ── sentences and time ──────────────────────────────────────────────────────


def _sentences(pages: Pages, chance: random.Random) -> tuple[float, float]:
    """Per cent of wrong figures that pass, and of right ones that do not."""
    passed = alarms = made = 0
    while made < QUOTES // 2:
        page = _any_page(pages, chance)
        quote = _quote(page, chance)
        found = [one.text for one in figures(quote) if not one.is_year and len(one.number) > 1]
        if not found or not 6 < len(quote) < 300 or "[" in quote or "|" in quote:
            continue
        cited = _citation(quote, page)
        if cited is None:
            continue
        right = chance.choice(found)
        wrong = _other_number(right, chance)
        if not wrong or _bare(wrong) in _bare(page):
            continue
        made += 1
        for figure, sound in ((right, True), (wrong, False)):
            (statement,) = check_support(
                f"it came to {figure} in the end [1].", (cited,), page_of=lambda _, page=page: page
            )
            holds = statement.support is Support.SUPPORTED
            passed += holds and not sound
            alarms += sound and not holds
    return 100 * passed / made, 100 * alarms / made


def _citation(quote: str, page: str) -> Citation | None:
    found = check_cited(quote, page)
    if found.verdict is not Verdict.EXACT:
        return None
    return Citation(
        n=1, verdict=found.verdict, quote=quote, document=DocumentId(1), document_name="report.pdf",
        place=UnitPlace(UnitKind.PAGE, 1, ""), start=found.start, end=found.end,
        source_text=page[found.start : found.end],
    )  # fmt: skip


class _Sources:
    def __init__(self, texts: list[str]) -> None:
        self._texts = texts

    def unit(self, document: DocumentId, number: int) -> Unit:
        return Unit(
            id=UnitId(number), document=document, kind=UnitKind.PAGE, number=number, label="",
            text=self._texts[number - 1],
        )  # fmt: skip

    def boxes(self, unit: Unit, spans: object) -> tuple[()]:
        return ()

    def cells(self, unit: Unit, span: Span) -> str:
        return ""


def _times(pages: Pages, chance: random.Random) -> list[float]:
    """Milliseconds of all checks of an answer, on pages not seen before by half."""
    every = [page for texts in pages for page in texts]
    times: list[float] = []
    for _ in range(ANSWERS):
        texts = chance.sample(every, QUOTES_OF_AN_ANSWER)
        quotes = [_quote(text, chance) for text in texts]
        hits = [
            _hit(number, text, max(0, text.find(quote) - PASSAGE // 2))
            for number, (text, quote) in enumerate(zip(texts, quotes, strict=True), 1)
        ]
        quotes[0] = _other_number(quotes[0], chance) or quotes[0]
        quotes[1] = _turned(quotes[1], chance) or quotes[1]
        begun = time.process_time()
        citer = Citer(hits, _Sources(texts), lambda _: None)
        numbers = [citer.cite_quote(n, quote).n for n, quote in enumerate(quotes, 1)]
        answer = "\n\n".join(
            f"{' '.join(quote.split())} [{number}]."
            for quote, number in zip(quotes, numbers, strict=True)
        )
        check_support(
            answer, citer.citations,
            page_of=lambda cited, texts=texts: texts[cited.place.number - 1] if cited.place else "",
        )  # fmt: skip
        instructed(hits)
        times.append((time.process_time() - begun) * 1000)
    return times


def _hit(number: int, text: str, start: int) -> Hit:
    end = min(len(text), start + PASSAGE)
    passage = Passage(
        id=PassageId(number), document=DocumentId(1), unit=UnitId(number), start=start, end=end,
        heading="", text=text[start:end],
    )  # fmt: skip
    return Hit(
        rank=number, score=1.0, passage=passage, document_name="report.pdf", document_sha256="",
        place=UnitPlace(UnitKind.PAGE, number, ""), spans=(), boxes=(),
    )  # fmt: skip
