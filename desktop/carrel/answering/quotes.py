"""Does a quote stand in a text? Checked word by word, number by number, before it is shown.

Three verdicts:

* exact: the same words, numbers and punctuation in the same order. Spacing, hyphens at line
  ends, forms of quotes and dashes, and the grouping of digits do not count, nor the case of the
  first letter.
* near: nearly the same words. Everything that carries the meaning (numbers with their signs,
  units, scale words such as million, negations, directions such as increase, months) is the
  same and in the same order. The difference is shown.
* not found: anything else; also a quote too short to prove anything: a lone common word or a bare
  number of one or two digits stands on every page. A name, a number of three digits or more, a
  number with a unit, or two words of which one is not a function word are enough.

Pure; must not know the engine, the store or how the source was chosen.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import regex
from rapidfuzz.distance import Indel

from carrel.answering.aligning import aligned
from carrel.answering.meaning import CURRENCIES, FUNCTION_WORDS, carries_meaning
from carrel.domain.answers import Verdict
from carrel.domain.documents import Span
from carrel.language.folding import fold
from carrel.language.numbers import normal_number

MAX_QUOTE: Final = 4_000
"""Characters. The prompt asks for 40 words; ten times that may still be someone's quote. Longer
ones are only looked up as they stand."""

MAX_SOURCE: Final = 60_000
"""Characters searched for near matches. Of a longer unit, the part around ``within``."""

NEAR_SIMILARITY: Final = 0.90
"""Of 1: two words dropped from a line pass, another sentence with the same words does not."""

NEAR_WORDS: Final = 4
"""Words. A shorter quote must be exact: with one word changed, too little remains."""

MAX_DIFFERENCE: Final = 300
"""Characters of a difference that are shown."""

AROUND: Final = 40
"""Characters looked at on either side of a verbatim quote, more than any number has."""

_TOKEN: Final = regex.compile(
    r"(?P<plain>[A-Za-z]++(?![\p{L}\p{M}0-9'-]))"
    r"|(?P<negative>\((?=[$€£¥]? ?[0-9][0-9.,']*(?:\)|\Z)))"
    r"|(?P<mixed>[0-9]+(?:[.,'][0-9]+)*(?=\p{L})[\p{L}\p{M}0-9]*"
    r"|\p{L}[\p{L}\p{M}]*[0-9][\p{L}\p{M}0-9]*)"
    r"|(?P<number>(?:(?<![\p{L}\p{N})\]])-(?:[$€£¥] ?)?)?(?>[0-9]+(?:[.,'][0-9]+)*))"
    r"|(?P<sign>[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}"
    r"\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*)"
    r"|(?P<word>[\p{L}\p{M}]+(?:['-][\p{L}\p{M}]+)*)"
    r"|(?P<other>\S)",
    regex.VERSION1,
)
_EDGES: Final = " \t\r\n\"'“”‘’„«».,;:…*_"
_SEPARATOR: Final = "\x1f"


class Token(NamedTuple):
    """A word, number or sign of a folded text.

    Attributes:
        form: as compared for exactness.
        key: as compared for meaning: case folded; empty for punctuation.
        start, end: place in the original text.
        weighty: whether it carries meaning that may not change.
    """

    form: str
    key: str
    start: int
    end: int
    weighty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteCheck:
    """What became of a quote.

    Attributes:
        start, end: code points of the source; 0, 0 when not found.
        difference: near: the differing words as ``quote → source``. Not found: the reason in a
            few words, or empty when nothing like it stands there.
    """

    verdict: Verdict
    start: int = 0
    end: int = 0
    difference: str = ""


@dataclass(frozen=True, slots=True)
class _Text:
    """A source, taken apart once for all its quotes."""

    tokens: tuple[Token, ...]
    forms: str
    form_starts: tuple[int, ...]
    words: tuple[int, ...]
    keys: str
    key_starts: tuple[int, ...]
    places: dict[str, list[int]]


def check_quote(quote: str, source: str, *, within: Span | None = None) -> QuoteCheck:
    """Look a quote up in a text.

    Args:
        quote: the words as an engine wrote them; may be anything.
        source: the canonical text of the unit they should stand in.
        within: the part they should stand in; looked through first, and of several places the
            one inside it is taken. The rest of the source counts as well.
    """
    quote = quote.strip(_EDGES)
    if not quote:
        return QuoteCheck(verdict=Verdict.NOT_FOUND, difference="the quote is empty")
    if len(quote) > MAX_QUOTE:
        start = source.find(quote)
        if start < 0:
            return QuoteCheck(verdict=Verdict.NOT_FOUND, difference="the quote is too long")
        return QuoteCheck(verdict=Verdict.EXACT, start=start, end=start + len(quote))
    tokens = _tokens(quote)
    if not _prove_something(tokens):
        return QuoteCheck(verdict=Verdict.NOT_FOUND, difference="too short to prove anything")
    verbatim = _verbatim(quote, tokens, source, within)
    if verbatim is not None:
        return verbatim
    base, part = _searched(source, within)
    text = _text(part)
    inside = Span(within.start - base, within.end - base) if within else None
    found = _exact(tokens, text, inside) or _same_words(tokens, text, inside)
    if found is None:
        found = _near(tokens, text, inside)
    if found.verdict is Verdict.NOT_FOUND:
        return found
    difference = found.difference
    return QuoteCheck(
        verdict=found.verdict, start=found.start + base, end=found.end + base, difference=difference
    )


def proves_something(quote: str) -> bool:
    """Whether a quote is long or telling enough to be checked at all; see the module's rule."""
    quote = quote.strip(_EDGES)
    return bool(quote) and _prove_something(_tokens(quote[:MAX_QUOTE]))


def _verbatim(
    quote: str, tokens: Sequence[Token], source: str, within: Span | None
) -> QuoteCheck | None:
    """The common case, without taking the whole source apart: the very same characters.

    What stands around them is still looked at: “577 million” is no quote of “1,577 million”.
    """
    at = source.find(quote, within.start, within.end) if within is not None else -1
    at = source.find(quote) if at < 0 else at
    if at < 0:
        return None
    start = max(0, at - AROUND)
    part = _take_apart(source[start : at + len(quote) + AROUND])
    found = _exact(tokens, part, Span(at - start, at - start + len(quote)))
    if found is None:
        return None
    return QuoteCheck(verdict=Verdict.EXACT, start=found.start + start, end=found.end + start)


def _searched(source: str, within: Span | None) -> tuple[int, str]:
    if len(source) <= MAX_SOURCE:
        return 0, source
    middle = (within.start + within.end) // 2 if within else MAX_SOURCE // 2
    start = max(0, min(middle - MAX_SOURCE // 2, len(source) - MAX_SOURCE))
    return start, source[start : start + MAX_SOURCE]


def _tokens(text: str) -> tuple[Token, ...]:
    folded = fold(text)
    found: list[Token] = []
    starts, ends = folded.starts, folded.ends
    negative = False
    for match in _TOKEN.finditer(folded.text):
        kind = match.lastgroup
        raw = match[0]
        weighty = True
        if kind == "plain":
            form, key = raw, raw.lower()
            weighty = carries_meaning(key)
            key = "%" if key == "percent" else key
        elif kind == "number":
            key = form = _signed(raw, negative=negative)
        elif kind == "mixed":
            form, key = raw, raw.casefold()
        elif kind == "word":
            form = raw.replace("-", "").replace("'", "")
            key = form.casefold()
            weighty = carries_meaning(key)
            key = "%" if key == "percent" else key
        elif kind == "sign":
            key = form = raw
            weighty = carries_meaning(raw)
        else:
            form = raw
            key, weighty = (raw, raw not in CURRENCIES) if raw in _UNIT_SIGNS else ("", False)
        # “(1,577)” is minus 1,577 in accounts; the sign belongs to the number that follows.
        negative = kind == "negative" or (negative and kind == "other")
        start, end = match.span()
        found.append(Token(form, key, starts[start], ends[end - 1], weighty))
    return tuple(found)


_UNIT_SIGNS: Final = CURRENCIES | {"%", "‰", "°"}


def _signed(raw: str, *, negative: bool) -> str:
    digits = raw.lstrip("-$€£¥ ")
    sign = "-" if negative or raw.startswith("-") else ""
    return sign + normal_number(digits)


@lru_cache(maxsize=32)
def _text(source: str) -> _Text:
    return _take_apart(source)


def _take_apart(source: str) -> _Text:
    tokens = _tokens(source)
    words = tuple(number for number, token in enumerate(tokens) if token.key)
    forms, form_starts = _joined([token.form for token in tokens])
    keys, key_starts = _joined([tokens[number].key for number in words])
    places: dict[str, list[int]] = {}
    for number, token in enumerate(tokens):
        if token.key:
            places.setdefault(token.key, []).append(number)
    return _Text(tokens, forms, form_starts, words, keys, key_starts, places)


def _joined(parts: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    starts: list[int] = []
    at = 1
    for part in parts:
        starts.append(at)
        at += len(part) + 1
    return _SEPARATOR + _SEPARATOR.join(parts) + _SEPARATOR, tuple(starts)


def _prove_something(tokens: Sequence[Token]) -> bool:
    words = [token for token in tokens if token.key and token.form[:1].isalpha()]
    telling = [token for token in words if token.key not in FUNCTION_WORDS]
    if len(words) >= 2 and telling:
        return True
    for at, token in enumerate(tokens):
        digits = sum(map(str.isdigit, token.form))
        if digits >= 3 or (digits and not token.form.isdigit()):
            return True
        beside = [*tokens[max(0, at - 1) : at], *tokens[at + 1 : at + 2]]
        if digits and any(other.key in _UNIT_SIGNS or other in telling for other in beside):
            return True
    return any(token.form[0].isupper() and len(token.form) >= 2 for token in telling)


def _exact(tokens: Sequence[Token], text: _Text, within: Span | None) -> QuoteCheck | None:
    forms = [token.form for token in tokens]
    ranges = _runs(forms, text.forms, text.form_starts)
    first = forms[0]
    if not ranges and first[0].isalpha():
        other = first[0].swapcase() + first[1:]
        ranges = _runs([other, *forms[1:]], text.forms, text.form_starts)
    ranges = [
        (low, high) for low, high in ranges if tokens[0].form != "(" or text.tokens[low].form == "("
    ]
    if not ranges:
        return None
    low, high = _preferred(ranges, text, within)
    return QuoteCheck(
        verdict=Verdict.EXACT, start=text.tokens[low].start, end=text.tokens[high - 1].end
    )


def _same_words(tokens: Sequence[Token], text: _Text, within: Span | None) -> QuoteCheck | None:
    """The same words and numbers, with other punctuation or case."""
    keys = [token.key for token in tokens if token.key]
    ranges = [
        (text.words[low], text.words[high - 1] + 1)
        for low, high in _runs(keys, text.keys, text.key_starts)
    ]
    if not ranges:
        return None
    low, high = _preferred(ranges, text, within)
    return _near_check(tokens, text, low, high)


def _runs(parts: Sequence[str], joined: str, starts: Sequence[int]) -> list[tuple[int, int]]:
    """Where a run of parts occurs, as ranges of positions."""
    needle = _SEPARATOR + _SEPARATOR.join(parts) + _SEPARATOR
    found: list[tuple[int, int]] = []
    at = joined.find(needle)
    while at >= 0 and len(found) < 50:
        low = bisect_left(starts, at + 1)
        found.append((low, low + len(parts)))
        at = joined.find(needle, at + 1)
    return found


def _preferred(
    ranges: Sequence[tuple[int, int]], text: _Text, within: Span | None
) -> tuple[int, int]:
    if within is not None:
        for low, high in ranges:
            if text.tokens[low].start >= within.start and text.tokens[high - 1].end <= within.end:
                return low, high
    return ranges[0]


def _near(tokens: Sequence[Token], text: _Text, within: Span | None) -> QuoteCheck:
    """The place most of the words share, if little enough differs there."""
    missing = QuoteCheck(verdict=Verdict.NOT_FOUND)
    words = [token for token in tokens if token.key]
    if len(words) < NEAR_WORDS:
        return missing
    best = missing
    said = [token.key or token.form for token in tokens]
    for low, high in _candidates(tokens, text, within):
        own = aligned(said, [token.key or token.form for token in text.tokens[low:high]])
        if own is None:
            continue
        found = _near_check(tokens, text, low + own[0], low + own[1])
        if found.verdict is Verdict.NEAR:
            return found
        if found.difference and not best.difference:
            best = found
    return best


def _candidates(tokens: Sequence[Token], text: _Text, within: Span | None) -> list[tuple[int, int]]:
    """Ranges of the source that share many words with the quote at the same distances."""
    votes: Counter[int] = Counter()
    width = max(4, len(tokens) // 6)
    for at, token in enumerate(tokens):
        places = text.places.get(token.key, ()) if token.key else ()
        # A word that stands everywhere says nothing about where.
        weight = 4 if len(places) <= 2 else 2 if len(places) <= 8 else 1
        for place in places[:200]:
            bucket = (place - at) // width
            votes[bucket] += weight
            votes[bucket + 1] += weight
    if within is not None:
        for bucket in list(votes):
            start = min(max(bucket * width, 0), len(text.tokens) - 1)
            if within.start <= text.tokens[start].start < within.end:
                votes[bucket] += 1
    slack = width + 4
    return [
        (
            max(0, (bucket - 1) * width - slack),
            min(len(text.tokens), (bucket + 1) * width + len(tokens) + slack),
        )
        for bucket, _ in votes.most_common(3)
    ]


def _near_check(tokens: Sequence[Token], text: _Text, low: int, high: int) -> QuoteCheck:
    """Compare the quote with a range of the source, meaning first."""
    if any(token.form in CURRENCIES for token in tokens):
        # A sign of money at the edge is no word, and was left out of the range.
        low -= low > 0 and text.tokens[low - 1].form in CURRENCIES
        high += high < len(text.tokens) and text.tokens[high].form in CURRENCIES
    source = text.tokens[low:high]
    changed = _changed_meaning(tokens, source)
    left = " ".join(token.key for token in tokens if token.key)
    right = " ".join(token.key for token in source if token.key)
    similarity = Indel.normalized_similarity(left, right)
    if similarity < (NEAR_SIMILARITY if not changed else NEAR_SIMILARITY - 0.1):
        return QuoteCheck(verdict=Verdict.NOT_FOUND)
    if changed:
        return QuoteCheck(verdict=Verdict.NOT_FOUND, difference=changed)
    return QuoteCheck(
        verdict=Verdict.NEAR,
        start=source[0].start,
        end=source[-1].end,
        difference=_difference(tokens, source),
    )


def _changed_meaning(quote: Sequence[Token], source: Sequence[Token]) -> str:
    """What changed of that which may not change; empty when nothing did."""
    left = [token for token in quote if token.weighty]
    right = [token for token in source if token.weighty]
    if [token.key for token in left] != [token.key for token in right]:
        return _difference(left, right)
    money = [[token.form for token in side if token.form in CURRENCIES] for side in (quote, source)]
    if all(money) and set(money[0]) != set(money[1]):
        return f"{' '.join(money[0])} → {' '.join(money[1])}"
    return _changed_name(quote, source)


def _changed_name(quote: Sequence[Token], source: Sequence[Token]) -> str:
    """A word replaced by quite another one, where either is a name; empty when there is none."""
    left = [token.key or token.form for token in quote]
    right = [token.key or token.form for token in source]
    for step in _steps(left, right):
        gone, new = source[step[2] : step[3]], quote[step[0] : step[1]]
        if not gone and any(map(_is_name, new)):
            return _difference(new, gone)  # a name that does not stand there
        if not gone or not new:
            continue
        names = any(map(_is_name, (*gone, *new)))
        words = ("".join(token.key for token in side) for side in (new, gone))
        if names and Indel.normalized_similarity(*words) < 0.7:
            return _difference(new, gone)
    return ""


def _is_name(token: Token) -> bool:
    return token.form[0].isupper() and token.key not in FUNCTION_WORDS


def _steps(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """The ranges that differ, neighbouring removals and insertions taken together."""
    steps: list[tuple[int, int, int, int]] = []
    for step in Indel.opcodes(left, right):
        if step.tag == "equal":
            continue
        here = (step.src_start, step.src_end, step.dest_start, step.dest_end)
        if steps and steps[-1][1] == here[0] and steps[-1][3] == here[2]:
            here = (steps[-1][0], here[1], steps[-1][2], here[3])
            steps.pop()
        steps.append(here)
    return steps


def _difference(quote: Sequence[Token], source: Sequence[Token]) -> str:
    """The differing words as ``quote → source``."""
    left, right = ([token.form for token in side] for side in (quote, source))
    parts = [
        f"{' '.join(left[a:b]) or '∅'} → {' '.join(right[c:d]) or '∅'}"
        for a, b, c, d in _steps(left, right)
    ]
    shown = "; ".join(parts)
    return shown if len(shown) <= MAX_DIFFERENCE else shown[: MAX_DIFFERENCE - 1] + "…"
