"""The words of a question as what they mean for one sheet: columns, cells, what to compute.

The longest wording wins; a word that could mean two things and is not told apart by its
neighbours makes the question doubtful. Must not know statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from typing import Final

import regex

from carrel.answering.sheets.books import Column, Sheet, words_of
from carrel.answering.sheets.wording import LONGEST, PHRASES, PLAIN, Aggregate, Word
from carrel.language.folding import fold
from carrel.language.months import MONTHS
from carrel.language.numbers import normal_number
from carrel.language.terms import terms
from carrel.retrieval.glossary import Glossary, folded_terms

MOST_WORDS: Final = 60
"""Words of a question; a longer one asks for more than one figure."""

LONGEST_VALUE: Final = 12
"""Words of a cell that a question may name."""

_SIGNS: Final = {">": Word.OVER, "<": Word.UNDER, ">=": Word.AT_LEAST, "<=": Word.AT_MOST,
                 "≥": Word.AT_LEAST, "≤": Word.AT_MOST, "=": Word.FILLER}  # fmt: skip
_TOKEN: Final = regex.compile(
    r"[\"“„«](?P<quoted>[^\"”“»]{1,200})[\"”“»]"
    r"|(?P<word>\p{N}+(?:[.,]\p{N}+)*|[\p{L}\p{M}\p{N}]+)|(?P<sign>>=|<=|[<>=≥≤])|(?P<share>%)"
)
_NEGATIVE: Final = regex.compile(r"(?<![\p{L}\p{N}])[-−]\s?\p{N}|!=|<>")
_NUMBER: Final = regex.compile(r"[0-9]+(?:[.,][0-9]+)*\Z")
_QUARTER: Final = regex.compile(r"q([1-4])\Z")


class Kind(Enum):
    """What a stretch of a question is."""

    COLUMN = auto()
    VALUE = auto()
    AGGREGATE = auto()
    WORD = auto()
    NUMBER = auto()
    NAME = auto()
    MONTH = auto()
    QUARTER = auto()


@dataclass(slots=True)
class Item:
    """A stretch of a question.

    Attributes:
        columns: it may name, or whose cells it may name.
        spellings: of cells, by their column's number.
        words: all it may mean among the wordings.
        number: a figure, the number of a month or of a quarter.
    """

    kind: Kind
    said: str
    columns: tuple[Column, ...] = ()
    spellings: Mapping[int, tuple[str, ...]] | None = None
    aggregate: Aggregate | None = None
    words: tuple[Word, ...] = ()
    number: Decimal = Decimal(0)
    share: bool = False

    def means(self, *words: Word) -> bool:
        """Whether it is one of these wordings."""
        return self.kind is Kind.WORD and any(word in self.words for word in words)

    @property
    def says_nothing(self) -> bool:
        """Whether it may stand between a column and its value."""
        return self.kind is Kind.NAME or self.means(Word.NEUTRAL, Word.FILLER)


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    quoted: tuple[str, ...] = ()
    sign: Word | None = None
    share: bool = False


class Matcher:
    """Takes questions apart for one sheet.

    Args:
        sheet: its columns and what they hold.
        names: what the workbook and the sheet are called.
        glossary: words that stand for others.
    """

    def __init__(self, sheet: Sheet, names: Sequence[str], glossary: Glossary | None) -> None:
        self._names = {word for name in names for word in _stems(words_of(name))}
        self._full: dict[tuple[str, ...], set[int]] = {}
        self._other: dict[tuple[str, ...], set[int]] = {}
        self._part: dict[tuple[str, ...], set[int]] = {}
        self._values: dict[tuple[str, ...], set[int]] = {}
        self._columns = sheet.columns
        for column in sheet.columns.values():
            self._add_column(column, glossary)

    def items(self, question: str) -> list[Item] | None:
        """The stretches of a question; None where a word means nothing here, or two things."""
        folded = fold(question, case=True).text
        if _NEGATIVE.search(folded):
            return None
        tokens = [_token(match) for match in _TOKEN.finditer(folded)]
        if not tokens or len(tokens) > MOST_WORDS:
            return None
        items: list[Item] = []
        at = 0
        while at < len(tokens):
            found = self._longest(tokens, at)
            if found is None:
                return None
            item, length = found
            if tokens[at].share and items and items[-1].kind is Kind.NUMBER:
                items[-1].share = True
            else:
                items.append(item)
            at += length
        return items if all(map(_settled, _told_apart(items))) else None

    def _add_column(self, column: Column, glossary: Glossary | None) -> None:
        if not column.title:
            return
        bare = regex.sub(r"[(\[][^()\[\]]*[)\]]", " ", column.title)
        for title in (column.title, bare):
            if stems := _stems(words_of(title)):
                self._full.setdefault(stems, set()).add(column.number)
        stems = _stems(words_of(bare))
        for first in range(len(stems)):
            for last in range(first + 1, len(stems) + 1):
                if stems[first:last] != stems:
                    self._part.setdefault(stems[first:last], set()).add(column.number)
        for way in _other_ways(bare, glossary):
            self._other.setdefault(way, set()).add(column.number)
        for words in column.spellings:
            if len(words) <= LONGEST_VALUE:
                self._values.setdefault(words, set()).add(column.number)

    def _longest(self, tokens: Sequence[_Token], at: int) -> tuple[Item, int] | None:
        token = tokens[at]
        if token.quoted:
            return self._quoted(token)
        if token.sign is not None:
            return Item(Kind.WORD, token.word, words=(token.sign,)), 1
        if token.share:
            return Item(Kind.WORD, "%", words=(Word.NEUTRAL,)), 1
        plain = _until(tokens, at)
        for length in range(min(len(plain), max(LONGEST, LONGEST_VALUE)), 0, -1):
            item = self._meant(tuple(plain[:length]))
            if item is not None:
                return item, length
        return None

    def _quoted(self, token: _Token) -> tuple[Item, int] | None:
        """What stands between quotation marks is a cell or a column, never a wording."""
        values = self._values.get(token.quoted, set())
        full = self._full.get(_stems(token.quoted), set())
        if bool(values) == bool(full):
            return None
        return (self._value(token.quoted) if values else self._column(full, token.word)), 1

    def _meant(self, words: tuple[str, ...]) -> Item | None:
        meanings = PHRASES.get(words, [])
        stems = _stems(words)
        full = self._full.get(stems) or self._other.get(stems) or set()
        values = self._values.get(words, set())
        said = " ".join(words)
        aggregate = next((one for one in meanings if isinstance(one, Aggregate)), None)
        plain = tuple(one for one in meanings if isinstance(one, Word))
        if full or values:
            item = self._value(words) if values else Item(Kind.COLUMN, said)
            item.aggregate, item.words = aggregate, plain
            if full:
                item.columns = tuple(self._columns[n] for n in sorted(full))
                item.kind = Kind.COLUMN
            return item
        if aggregate is not None:
            return Item(Kind.AGGREGATE, said, aggregate=aggregate, words=plain)
        if plain:
            return Item(Kind.WORD, said, words=plain)
        return self._other_item(words, stems, said)

    def _other_item(self, words: tuple[str, ...], stems: tuple[str, ...], said: str) -> Item | None:
        part = self._part.get(stems, set())
        called = len(words) == 1 and set(stems) <= self._names
        if len(part) > 1 and called:
            return Item(Kind.NAME, said)
        if part and not all((word,) in PLAIN for word in words):
            return self._column(part, said)
        if len(words) > 1:
            return None
        (word,) = words
        if _NUMBER.match(word):
            number = normal_number(word)
            known = regex.fullmatch(r"[0-9]+(?:\.[0-9]+)?", number) is not None
            return Item(Kind.NUMBER, word, number=Decimal(number)) if known else None
        if word in MONTHS:
            return Item(Kind.MONTH, word, number=Decimal(MONTHS[word]))
        if quarter := _QUARTER.match(word):
            return Item(Kind.QUARTER, word, number=Decimal(quarter[1]))
        return Item(Kind.NAME, word) if called else None

    def _value(self, words: tuple[str, ...]) -> Item:
        held = sorted(self._values[words])
        spellings = {n: tuple(sorted(self._columns[n].spellings[words])) for n in held}
        columns = tuple(self._columns[n] for n in held)
        return Item(Kind.VALUE, " ".join(words), columns=columns, spellings=spellings)

    def _column(self, numbers: set[int], said: str) -> Item:
        return Item(Kind.COLUMN, said, columns=tuple(self._columns[n] for n in sorted(numbers)))


def _token(match: regex.Match[str]) -> _Token:
    if match["quoted"]:
        return _Token(match["quoted"], quoted=words_of(match["quoted"]) or ("",))
    if match["sign"]:
        return _Token(match["sign"], sign=_SIGNS[match["sign"]])
    return _Token(match[0], share=bool(match["share"]))


def _until(tokens: Sequence[_Token], at: int) -> list[str]:
    """The plain words from there on, up to a sign or a quotation."""
    found: list[str] = []
    for token in tokens[at:]:
        if token.quoted or token.sign is not None or token.share:
            break
        found.append(token.word)
    return found


def _stems(words: Sequence[str]) -> tuple[str, ...]:
    return tuple("".join(terms(word)) or word for word in words)


def _other_ways(title: str, glossary: Glossary | None) -> Iterator[tuple[str, ...]]:
    """How else a column may be called; only where a whole title is a wording of the glossary."""
    if glossary is None:
        return
    found = folded_terms(title)
    for group, _ in glossary.named(found):
        if any(folded_terms(way) == found for way in group.said):
            for way in group.said:
                words = words_of(way)
                # “Total revenue” is a way to say revenue; here it asks for the total of it.
                if words and not any((word,) in PHRASES for word in words):
                    yield _stems(words)


# ── neighbours ──────────────────────────────────────────────────────────────


def _told_apart(items: list[Item]) -> list[Item]:
    """Each item as one thing, where its neighbours say which."""
    for at, item in enumerate(items):
        if item.kind is Kind.COLUMN and (item.aggregate or item.words or item.spellings):
            _settle_column(items, at)
    for at, item in enumerate(items):
        if item.kind is Kind.VALUE:
            _settle_value(items, at)
    return items


def _settle_column(items: list[Item], at: int) -> None:
    """A column's title that is also a wording, or the text of a cell."""
    item = items[at]
    if item.spellings is not None:
        item.columns = ()  # a title that stands in cells, too: nothing tells which is meant
    elif item.aggregate is not None:
        others = (one for place, one in enumerate(items) if place != at)
        if not any(one.kind is Kind.AGGREGATE for one in others):
            item.columns = ()
    item.words = ()


def _settle_value(items: list[Item], at: int) -> None:
    """The text of cells: of the column that is named beside it, or of the only one."""
    item = items[at]
    beside = {column.number for column in _beside(items, at)}
    fitting = tuple(column for column in item.columns if column.number in beside)
    if fitting:
        item.columns = fitting
    elif item.aggregate is not None:
        item.kind, item.columns, item.spellings = Kind.AGGREGATE, (), None
    elif item.words:
        item.kind, item.columns, item.spellings = Kind.WORD, (), None


def _beside(items: list[Item], at: int) -> Iterator[Column]:
    """Columns named before a value, with nothing but values between, or right behind it."""
    for item in reversed(items[:at]):
        if item.kind is Kind.COLUMN:
            yield from item.columns
            break
        if item.kind is not Kind.VALUE and not item.says_nothing and not item.means(Word.OR):
            break
    if at + 1 < len(items) and items[at + 1].kind is Kind.COLUMN:
        yield from items[at + 1].columns


def _settled(item: Item) -> bool:
    return len(item.columns) == 1 or item.kind not in (Kind.COLUMN, Kind.VALUE)
