"""The language of search: what of a query are words, and what says how they must stand where.

    covenant -draft            not in passages with “draft”; NOT draft is the same
    buffer AND breach          both words, in one passage
    rent OR lease              one of them at least; AND binds tighter than OR
    liquid*                    any word that begins so
    "net outflows"             these words as they stand
    type:pdf,docx date:2023..  only documents that meet it (`FILTERS`)

AND, OR and NOT count in capitals only; a dash only before a word and after a blank; a colon only
after the name of a filter. Questions, sentences and titles in capitals are prose and stay as they
are, but for filters. Must not know documents or the index.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import regex

from carrel.domain.searching import Filter, Piece, PieceKind
from carrel.language.sentences import sentences
from carrel.language.terms import terms
from carrel.retrieval.words import STOP_TERMS

FILTERS: Final = ("type", "date", "added", "tag", "folder", "author", "name")
"""Names of conditions on documents."""

MAX_WORDED: Final = 1_000
"""Characters. A longer text is prose that was pasted, and what looks like an operator in it is an
accident."""

MAX_DEPTH: Final = 8
"""Parentheses inside each other; deeper ones are read as prose."""

MAX_GROUPS: Final = 64
"""Groups that one demand may become; alternatives of many words each multiply."""

MIN_BEGINNING: Final = 2
"""Letters before the ``*``; with fewer nearly every passage has such a word."""

LONG_CAPITALS: Final = 3
"""Letters; longer words in capitals are shouted, shorter ones are abbreviations."""

LIKE_A_NAME: Final = 0.75
"""Likeness, 0 to 1, from which an unknown name before a colon is told as a misspelt filter."""

_BEGINNING: Final = regex.compile(rf"\p{{L}}[\p{{L}}\p{{M}}\p{{N}}'’]{{{MIN_BEGINNING - 1},}}\*")
_OPENING: Final = '"“„«'
_CLOSING: Final = '"”“»'
_QUOTED: Final = rf"[{_OPENING}][^{_OPENING}{_CLOSING}\n]+[{_CLOSING}]"
_FILTER: Final = rf"-?(?:{'|'.join(FILTERS)}):(?:{_QUOTED}|[^\s{_OPENING}{_CLOSING}])+"
_END: Final = regex.compile(r"(?:[,;!?)]|(?<!\.)\.(?!\.)|(?<=\.\.)\.)+\Z")
"""Punctuation of the sentence around a filter; two points belong to a period that is open."""
_VALUE: Final = regex.compile(rf"(?:{_QUOTED}|[^,{_OPENING}{_CLOSING}])+")
_MISSPELT: Final = regex.compile(r"-?(?P<name>[a-z]{3,12}):[^\s/]+")
_PHRASE: Final = r"[\"“„«「][^\"“”„«»「」\n]{2,200}[\"”“»」]"
_TOKEN: Final = regex.compile(
    rf"(?<![^\s(])(?P<filter>{_FILTER})"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A query taken apart.

    Attributes:
        text: what is left as a question, phrases with their quotation marks.
        groups: of each, one piece at least must stand in a passage.
        excluded: pieces that must not.
        filters: conditions on documents.
        notes: sentences on what was not read as it may have been meant.
    """

    text: str
    groups: tuple[tuple[Piece, ...], ...] = ()
    excluded: tuple[Piece, ...] = ()
    filters: tuple[Filter, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it is nothing but words and phrases."""
        return not (self.groups or self.excluded or self.filters)


@dataclass(frozen=True, slots=True)
class _Not:
    of: _Demand


@dataclass(frozen=True, slots=True)
class _Every:
    of: tuple[_Demand, ...]


@dataclass(frozen=True, slots=True)
class _Any:
    of: tuple[_Demand, ...]


_Demand = Piece | _Not | _Every | _Any
_Group = tuple[tuple[Piece, bool], ...]
"""Pieces of which one must stand there, or, where it says so, must not."""


def parse(query: str) -> Wording:
    """Take a query apart; one without any sign of the language comes back as it is.

    Args:
        query: any text; one longer than `MAX_WORDED` is prose.
    """
    if len(query) > MAX_WORDED:
        return Wording(text=query)
    tokens = [_Token.of(match) for match in _TOKEN.finditer(query)]
    filing = _Filing(tokens)
    notes, gone = filing.notes, filing.gone
    groups: list[tuple[Piece, ...]] = []
    excluded: list[Piece] = []
    if not _is_prose(filing.kept, _blanked(query, gone)):
        reader = _Reader(filing.kept)
        reader.read()
        gone = gone + reader.gone
        for demand in reader.demands:
            made = _groups(demand, denied=False)
            if made is None or any(len(one) > 1 and any(no for _, no in one) for one in made):
                notes.append(
                    "“OR” with words to leave out, or with very many groups, cannot be demanded; "
                    "the other words were searched."
                )
                continue
            excluded += [one[0][0] for one in made if one[0][1]]
            groups += [tuple(piece for piece, _ in one) for one in made if not one[0][1]]
    text = " ".join(_blanked(query, gone).split()) if gone else query
    return Wording(
        text=text,
        groups=tuple(dict.fromkeys(groups)),
        excluded=tuple(dict.fromkeys(excluded)),
        filters=tuple(filing.filters),
        notes=tuple(notes),
    )


def _groups(demand: _Demand, *, denied: bool) -> list[_Group] | None:
    """A demand as groups that all must be met; None when there are too many."""
    if isinstance(demand, Piece):
        return [((demand, denied),)]
    if isinstance(demand, _Not):
        return _groups(demand.of, denied=not denied)
    parts: list[list[_Group]] = []
    for one in demand.of:
        part = _groups(one, denied=denied)
        if part is None:
            return None
        parts.append(part)
    if isinstance(demand, _Every) is not denied:  # none of several is each of them left out
        joined = [group for part in parts for group in part]
        return joined if len(joined) <= MAX_GROUPS else None
    several: list[_Group] = [()]
    for part in parts:
        if len(several) * len(part) > MAX_GROUPS:
            return None
        several = [tuple(dict.fromkeys(left + right)) for left, right in product(several, part)]
    return several


def _read_filter(token: str) -> Filter | None:
    """One filter; None when it names nothing."""
    said = _END.sub("", token)
    name, colon, rest = said.removeprefix("-").partition(":")
    values = [_bare(value) for value in _VALUE.findall(rest)]
    values = [value for value in values if value]
    if not (colon and values):
        return None
    return Filter(
        name=name, value=values[0], others=tuple(values[1:]), excluded=said.startswith("-")
    )


def _misspelt(token: str) -> str:
    """What is said of a word that looks like a filter and is none; empty for other words."""
    found = _MISSPELT.fullmatch(token)
    if found is None or found["name"] in FILTERS:
        return ""
    meant = difflib.get_close_matches(found["name"], FILTERS, 1, LIKE_A_NAME)
    return f"“{token}” was searched as words; did you mean “{meant[0]}:”?" if meant else ""


def _bare(value: str) -> str:
    return " ".join(regex.sub(rf"[{_OPENING}{_CLOSING}]", "", value).split())


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
                    found = replace(found, excluded=not found.excluded)
                if joins:
                    last = self.filters[-1]
                    self.filters[-1] = replace(last, others=last.others + found.values)
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
            if token.kind != "filter":
                said = "" if token.kind != "word" else _misspelt(token.text)
            elif (read := _read_filter(token.text)) is not None:
                found[at], said = read, ""
            else:
                said = f"“{token.text}” names nothing; it was searched as words."
            if said:
                self.notes.append(said)
        return found

    def _are_alike(self, left: int, right: int) -> bool:
        one, other = self._found.get(left), self._found.get(right)
        if one is None or other is None:
            return False
        return one.name == other.name and not (one.excluded or other.excluded)


@dataclass(frozen=True, slots=True)
class _Found:
    """Something that was read as a demand.

    Attributes:
        end: the token after it.
        said: whether an operator says so; words alone are only looked for.
        gone: what of it is no word to be looked for.
    """

    demand: _Demand
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
        self.demands: list[_Demand] = []
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
        joined: _Demand = _Any(demands) if operator == "OR" else _Every(demands)
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
        begins = leaf.kind is PieceKind.BEGINNING
        gone = (token.run,) if begins else token.quotes
        found = _Found(leaf, at + 1, said=begins, gone=gone)
        if token.minus and not self._is_left_out(at):
            return self._without(token, found)
        return found

    def _leaf(self, token: _Token) -> Piece | None:
        if token.kind == "phrase":
            inner = token.text[1:-1].strip()
            return Piece(PieceKind.PHRASE, inner) if terms(inner) else None
        if token.kind not in {"word", "filter"} or token.text in _OPERATORS:
            return None
        bare = token.text.strip(",.;:")
        if _BEGINNING.fullmatch(bare):
            return Piece(PieceKind.BEGINNING, bare[:-1])
        return Piece(PieceKind.WORD, bare.removesuffix("*")) if terms(bare) else None

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
        if not found or end >= len(self._tokens):
            return None
        gone = [self._tokens[at].run, self._tokens[end].run]
        gone += [run for one in found for run in one.gone]
        said = any(one.said for one in found)
        several = tuple(one.demand for one in found)
        demand = several[0] if len(several) == 1 else _Every(several)
        return _Found(demand, end + 1, said=said, gone=tuple(gone))

    def _without(self, token: _Token, of: _Found) -> _Found:
        whole = (token.start, self._tokens[of.end - 1].end)
        return _Found(_Not(of.demand), of.end, said=True, gone=(whole,))

    def _text(self, at: int) -> str:
        return self._tokens[at].text if at < len(self._tokens) else ""

    def _may_deny(self, at: int) -> bool:
        """Whether NOT stands behind a word it could not emphasise: “fees NOT”, not “are NOT”."""
        before = self._text(at - 1) if at else ""
        return bool(before) and before.casefold() not in _FUNCTION_WORDS

    def _is_left_out(self, at: int) -> bool:
        """Whether a dash stands for a part of a word: “Ein- und -ausgang”."""
        before = self._text(at - 1) if at else ""
        return before not in _OPERATORS and before.casefold() in _CONJUNCTIONS

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
        (at, one.text)
        for at, one in enumerate(tokens)
        if one.text.lower() != one.text.upper() and one.text not in _OPERATORS
    ]
    loud = sum(text.isupper() and len(text) > LONG_CAPITALS for _, text in cased)
    shouted = all(text.isupper() for _, text in cased) or loud > max(1, len(cased) - loud)
    return shouted and any(at not in beside for at, _ in cased)


def _blanked(text: str, gone: Sequence[_Run]) -> str:
    for start, end in gone:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
