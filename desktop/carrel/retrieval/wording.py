"""How a search is worded: what must stand in a passage, what must not, and in which documents.

    liquidity "net sales" -draft (covenant OR undertaking) AND waiver type:pdf date:2023

A question in prose comes out as it went in: operators count in capitals and between
words only, a dash before a word after a blank only, and known filters only. Pure; must
not know documents or the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import regex

from carrel.language.sentences import sentences
from carrel.language.terms import terms
from carrel.retrieval import filters
from carrel.retrieval.demands import AllOf, AnyOf, Demand, Not, Phrase, all_of, word
from carrel.retrieval.filters import Filter, misspelt, read_filter
from carrel.retrieval.words import STOP_TERMS

MAX_WORDED: Final = 1_000
"""Characters. A longer text is prose that was pasted, and what looks like an operator in it is an
accident."""

MAX_DEPTH: Final = 8
"""Parentheses inside each other; deeper ones are read as prose."""

_PHRASE: Final = r"[\"“„«「][^\"“”„«»「」\n]{2,200}[\"”“»」]"
_TOKEN: Final = regex.compile(
    rf"(?<![^\s(])(?P<filter>{filters.PATTERN})"
    rf"|(?P<minus>(?<![^\s(])-(?={_PHRASE}|\p{{L}}[^\s()]))?"
    rf"(?:(?P<phrase>{_PHRASE})|(?P<word>[^\s()\"“”„«»「」]+))"
    r"|(?P<open>(?<![^\s(])\()|(?P<close>\))|(?P<mark>\S)",
    regex.VERSION1,
)
_CONJUNCTION_LIST: Final = "and or und oder bzw sowie et ou y e o u и или ve veya & /"
_CONJUNCTIONS: Final = frozenset(_CONJUNCTION_LIST.split())
"""After these a dash stands for the part of a word that is left out: “Ein- und -ausgang”."""
_SETTLED: Final = frozenset({"yes", "no", "true", "false"})
"""“Answer YES OR NO” tells how to answer."""
_ASKS: Final = ("?", "？", "؟")
_OPERATORS: Final = frozenset({"AND", "OR", "NOT"})
_FUNCTION_WORDS: Final = STOP_TERMS - {"and", "or"}
_KINDS: Final = ("filter", "phrase", "word", "open", "close", "mark")

_Run = tuple[int, int]
"""Start and end, in characters of the search."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A search, taken apart.

    Attributes:
        text: what is looked for and ranked by, without operators and filters; as typed where there
            are none.
        demand: what must be so in each passage; None for nothing.
        filters: which documents are meant; all must fit.
        notes: sentences on what was not read as it may have been meant.
    """

    text: str
    demand: Demand | None = None
    filters: tuple[Filter, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def understood(self) -> str:
        """What was read besides words, for a line under the search; empty for plain words."""
        said = [one.said for one in self.filters]
        both = self.demand.of if isinstance(self.demand, AllOf) else (self.demand,)
        with_ = [_spoken(one) for one in both if one is not None and not isinstance(one, Not)]
        without = [_spoken(one.of) for one in both if isinstance(one, Not)]
        said += [f"with {' and '.join(with_)}"] if with_ else []
        said += [f"without {', '.join(without)}"] if without else []
        return " · ".join(said)


def read(question: str) -> Wording:
    """Take a search apart.

    Args:
        question: any text; one longer than `MAX_WORDED` is prose.
    """
    if len(question) > MAX_WORDED:
        return Wording(question)
    tokens = [_Token.of(match) for match in _TOKEN.finditer(question)]
    filing = _Filing(tokens)
    demands: list[Demand] = []
    gone = filing.gone
    if not _is_prose(filing.kept, _blanked(question, gone)):
        reader = _Reader(filing.kept)
        reader.read()
        demands = reader.demands
        gone = gone + reader.gone
    notes = tuple(filing.notes)
    if not gone:
        return Wording(question, notes=notes)
    text = " ".join(_blanked(question, gone).split())
    return Wording(text, all_of(demands), tuple(filing.filters), notes)


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of a search between blanks.

    Attributes:
        kind: the name of its group in `_TOKEN`.
        minus: whether a dash stands before it, which is part of it.
    """

    kind: str
    text: str
    start: int
    end: int
    minus: bool = False

    @classmethod
    def of(cls, match: regex.Match[str]) -> _Token:
        kind = next(kind for kind in _KINDS if match[kind] is not None)
        return cls(kind, match[kind], match.start(), match.end(), minus=match["minus"] is not None)

    @property
    def run(self) -> _Run:
        """Where it stands, with its dash."""
        return self.start, self.end

    @property
    def quotes(self) -> tuple[_Run, ...]:
        """Its quotation marks, if it is a phrase."""
        if self.kind != "phrase":
            return ()
        return (self.end - len(self.text), self.end - len(self.text) + 1), (self.end - 1, self.end)


class _Filing:
    """The filters of a search, and what is left without them.

    Attributes:
        kept: all other tokens.
        gone: where filters stand, and the operators beside them.
    """

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self.filters: list[Filter] = []
        self.notes: list[str] = []
        self.kept: list[_Token] = []
        self.gone: list[_Run] = []
        self._found = self._read(tokens)
        joins = shuts_out = waits = False
        for at, token in enumerate(tokens):
            if at in self._found:
                found = self._found[at]
                if shuts_out:
                    found = found.turned()
                if joins:
                    self.filters[-1] = self.filters[-1].joined(found)
                else:
                    self.filters.append(found)
                joins = shuts_out = False
            elif token.text == "NOT" and at + 1 in self._found:
                shuts_out = True
                if self.kept and self.kept[-1].text in {"AND", "OR"}:
                    self.gone.append(self.kept.pop().run)
            elif token.text in {"AND", "OR"} and {at - 1, at + 1} & self._found.keys():
                if waits and at + 1 not in self._found:  # “rent AND type:pdf AND lease”
                    self.kept.append(token)
                    continue
                waits = token.text == "AND" and (waits or at - 1 not in self._found)
                joins = token.text == "OR" and self._are_alike(at - 1, at + 1)
                if token.text == "OR" and not joins:
                    self.notes.append("“OR” beside a filter was not read: all filters must fit.")
            else:
                self.kept.append(token)
                waits = False
                continue
            self.gone.append(token.run)

    def _read(self, tokens: Sequence[_Token]) -> dict[int, Filter]:
        found: dict[int, Filter] = {}
        for at, token in enumerate(tokens):
            read = read_filter(token.text) if token.kind == "filter" else misspelt(token.text)
            if isinstance(read, Filter):
                found[at] = read
            elif read:
                self.notes.append(read)
        return found

    def _are_alike(self, left: int, right: int) -> bool:
        one, other = self._found.get(left), self._found.get(right)
        if one is None or other is None:
            return False
        return one.name is other.name and not (one.shuts_out or other.shuts_out)


@dataclass(frozen=True, slots=True)
class _Found:
    """Something that was read as a demand.

    Attributes:
        end: the token after it.
        said: whether an operator says so; words alone are only looked for.
        gone: what of it is no word to be looked for.
    """

    demand: Demand
    end: int
    said: bool
    gone: tuple[_Run, ...] = ()


class _Reader:
    """Reads operators, parentheses and dashes.

    Attributes:
        demands: what must be so.
        gone: what is no word to be looked for.
    """

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self.demands: list[Demand] = []
        self.gone: list[_Run] = []

    def read(self) -> None:
        """Read all of it."""
        at = 0
        while at < len(self._tokens):
            found = self._any(at, depth=0, inside=False)
            if found is not None and found.said:
                self.demands.append(found.demand)
                self.gone += found.gone
            at = found.end if found is not None else at + 1

    def _any(self, at: int, *, depth: int, inside: bool) -> _Found | None:
        return self._chain(at, "OR", depth=depth, inside=inside)

    def _chain(self, at: int, operator: str, *, depth: int, inside: bool) -> _Found | None:
        """Operands with one operator between them; AND binds tighter than OR.

        Args:
            inside: whether an operator or a parenthesis opens here, so that NOT may stand first.
        """

        def operand(at: int, *, inside: bool) -> _Found | None:
            if operator == "OR":
                return self._chain(at, "AND", depth=depth, inside=inside)
            return self._one(at, depth=depth, inside=inside)

        found = [first] if (first := operand(at, inside=inside)) else []
        gone: list[_Run] = []
        while found and self._text(found[-1].end) == operator:
            another = operand(found[-1].end + 1, inside=True)
            if another is None or self._is_settled(found[-1].end):
                break
            gone.append(self._tokens[found[-1].end].run)
            found.append(another)
        if len(found) < 2:
            return found[0] if found else None
        gone += [run for one in found for run in one.gone]
        demands = tuple(one.demand for one in found)
        joined: Demand = AnyOf(demands) if operator == "OR" else AllOf(demands)
        return _Found(joined, found[-1].end, said=True, gone=tuple(gone))

    def _one(self, at: int, *, depth: int, inside: bool) -> _Found | None:
        if at >= len(self._tokens):
            return None
        token = self._tokens[at]
        if token.kind == "open":
            return self._group(at, depth=depth)
        if token.text == "NOT" and not token.minus and (inside or self._may_deny(at)):
            of = self._one(at + 1, depth=depth, inside=True)
            return None if of is None else self._without(token, of)
        leaf = self._leaf(token)
        if leaf is None:
            return None
        found = _Found(leaf, at + 1, said=False, gone=token.quotes)
        if token.minus and not self._is_left_out(at):
            return self._without(token, found)
        return found

    def _leaf(self, token: _Token) -> Demand | None:
        if token.kind == "phrase":
            return Phrase(token.text[1:-1].strip()) if terms(token.text) else None
        if token.kind not in {"word", "filter"} or token.text in _OPERATORS:
            return None
        found = word(token.text)
        return found if found.terms else None

    def _group(self, at: int, *, depth: int) -> _Found | None:
        """What stands in parentheses: all of it, where nothing else is said."""
        if depth == MAX_DEPTH:
            return None
        found: list[_Found] = []
        end = at + 1
        while end < len(self._tokens) and self._tokens[end].kind != "close":
            one = self._any(end, depth=depth + 1, inside=not found)
            if one is None:
                return None
            found.append(one)
            end = one.end
        demand = all_of([one.demand for one in found])
        if demand is None or end >= len(self._tokens):
            return None
        gone = [self._tokens[at].run, self._tokens[end].run]
        gone += [run for one in found for run in one.gone]
        said = any(one.said for one in found)
        return _Found(demand, end + 1, said=said, gone=tuple(gone))

    def _without(self, token: _Token, of: _Found) -> _Found:
        whole = (token.start, self._tokens[of.end - 1].end)
        return _Found(Not(of.demand), of.end, said=True, gone=(whole,))

    def _text(self, at: int) -> str:
        return self._tokens[at].text if at < len(self._tokens) else ""

    def _may_deny(self, at: int) -> bool:
        """Whether NOT stands behind a word it could not emphasise: “fees NOT”, not “are NOT”."""
        before = self._text(at - 1) if at else ""
        return bool(before) and before.casefold() not in _FUNCTION_WORDS

    def _is_left_out(self, at: int) -> bool:
        """Whether a dash stands for a part of a word: “Ein- und -ausgang”."""
        return at > 0 and self._text(at - 1).casefold() in _CONJUNCTIONS

    def _is_settled(self, at: int) -> bool:
        """Whether an operator only says how to answer: “YES OR NO”."""
        sides = (self._text(at - 1), self._text(at + 1))
        return any(side.strip(".,:;!").casefold() in _SETTLED for side in sides)


def _is_prose(tokens: Sequence[_Token], text: str) -> bool:
    """Whether capitals and dashes in a text are those of prose: a question, sentences, a title."""
    if text.rstrip(" )\"'”’»」").endswith(_ASKS) or len(sentences(text.strip())) > 1:
        return True
    operators = [at for at, token in enumerate(tokens) if token.text in _OPERATORS]
    beside = {at + step for at in operators for step in (-1, 0, 1)}
    cased = [
        (at, one.text) for at, one in enumerate(tokens) if one.text.lower() != one.text.upper()
    ]
    shouted = all(text.isupper() for _, text in cased)
    return shouted and any(at not in beside for at, _ in cased)


def _blanked(text: str, gone: Sequence[_Run]) -> str:
    for start, end in gone:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _spoken(demand: Demand) -> str:
    match demand:
        case Not(of):
            return f"no {_spoken(of)}"
        case AllOf(several):
            return " and ".join(map(_spoken, several))
        case AnyOf(several):
            return f"({' or '.join(map(_spoken, several))})"
        case _:
            return f"“{demand.said}”"
