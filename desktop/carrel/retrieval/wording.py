"""The language of search: what of a query are words, and what says how they must stand where.

    covenant -draft            not in passages with “draft”; NOT draft is the same
    buffer AND breach          both words, in one passage
    rent OR lease              one of them at least
    liquid*                    any word that begins so
    "net outflows"             these words as they stand
    type:pdf date:2023..2024   only documents that meet it (`FILTERS`)

AND, OR and NOT count in capitals only, and not among words in capitals; a dash only before a word
and after a blank; a colon only after the name of a filter. All else is prose and stays as it is.
Must not know documents or the index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import regex

from carrel.domain.searching import Filter, Piece, PieceKind

FILTERS: Final = ("type", "date", "tag", "folder", "author", "name")
"""Names of conditions on documents."""

MAX_PIECES: Final = 32
"""Pieces of a query that are told apart; more is a pasted text, and is read as prose."""

MIN_BEGINNING: Final = 2
"""Letters before the ``*``; with fewer nearly every passage has such a word."""

_TOKEN: Final = regex.compile(
    r"(?<!\S)(?:"
    rf"(?P<minus>-)?(?P<filter>{'|'.join(FILTERS)}):(?:\"(?P<quoted>[^\"\n]*)\"|(?P<value>[^\s\"]+))"
    r"|(?P<not>-)?\(?[\"“„«「](?P<phrase>[^\"\n“”„«»「」]{2,200})[\"“”»」]\)?"
    r"|(?P<word>\S+)"
    r")(?!\S)|(?P<rest>\S+)"
)
_BEGINNING: Final = regex.compile(rf"\p{{L}}[\p{{L}}\p{{M}}\p{{N}}'’]{{{MIN_BEGINNING - 1},}}\*")
_EXCLUDED: Final = regex.compile(r"-\p{L}[\p{L}\p{M}\p{N}'’.&-]*")
_PLAIN: Final = regex.compile(r"\(?[\p{L}\p{N}][\p{L}\p{M}\p{N}'’.,&-]*\*?\)?")
_AND: Final = "AND"
_OR: Final = "OR"
_NOT: Final = "NOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A query taken apart.

    Attributes:
        text: what is left as a question, phrases with their quotation marks.
        groups: of each, one piece at least must stand in a passage.
        excluded: pieces that must not.
        filters: conditions on documents.
    """

    text: str
    groups: tuple[tuple[Piece, ...], ...] = ()
    excluded: tuple[Piece, ...] = ()
    filters: tuple[Filter, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it is nothing but words and phrases."""
        return not (self.groups or self.excluded or self.filters)


@dataclass(slots=True)
class _Token:
    text: str
    piece: Piece | None = None
    operator: str = ""
    excluded: bool = False
    filter: Filter | None = None


def parse(query: str) -> Wording:
    """Take a query apart; one without any sign of the language comes back as it is."""
    tokens = [_token(found) for found in _TOKEN.finditer(query)]
    _settle_operators(tokens)
    special = [token for token in tokens if token.operator or token.excluded or token.filter]
    special += [t for t in tokens if t.piece and t.piece.kind is PieceKind.BEGINNING]
    if not special or len(special) > MAX_PIECES:
        return Wording(text=query)
    groups: list[list[Piece]] = []
    joined = ""
    excluded: list[Piece] = []
    words: list[str] = []
    negated = False
    for at, token in enumerate(tokens):
        if token.operator:
            negated = token.operator == _NOT
            joined = "" if negated else token.operator
            continue
        if token.filter:
            pass
        elif token.piece is not None and (token.excluded or negated):
            excluded.append(token.piece)
        elif token.piece is not None and (
            joined
            or _operator(tokens, at + 1) in {_AND, _OR}
            or token.piece.kind is PieceKind.BEGINNING
        ):
            if joined == _OR and groups:
                groups[-1].append(token.piece)
            else:
                groups.append([token.piece])
            if token.piece.kind is not PieceKind.BEGINNING:
                words.append(token.piece.text)
        else:
            words.append(token.text)
        joined, negated = "", False
    return Wording(
        text=" ".join(words),
        groups=tuple(tuple(group) for group in groups),
        excluded=tuple(excluded),
        filters=tuple(token.filter for token in tokens if token.filter),
    )


def _token(found: regex.Match[str]) -> _Token:
    text = found[0]
    if found["filter"]:
        value = (found["quoted"] or found["value"] or "").strip()
        if not value:
            return _Token(text)
        excluded = bool(found["minus"])
        return _Token(text, filter=Filter(name=found["filter"], value=value, excluded=excluded))
    if found["phrase"]:
        piece = Piece(PieceKind.PHRASE, found["phrase"].strip())
        return _Token(text, piece=piece, excluded=bool(found["not"]))
    if text in {_AND, _OR, _NOT}:
        return _Token(text, operator=text)
    if _EXCLUDED.fullmatch(text):
        return _Token(text, piece=Piece(PieceKind.WORD, text[1:]), excluded=True)
    if _PLAIN.fullmatch(text):
        bare = text.strip("(),.")
        if _BEGINNING.fullmatch(bare):
            return _Token(text, piece=Piece(PieceKind.BEGINNING, bare[:-1]))
        if bare:
            return _Token(text, piece=Piece(PieceKind.WORD, bare.removesuffix("*")))
    return _Token(text)


def _settle_operators(tokens: list[_Token]) -> None:
    """Those that stand between nothing, or among words in capitals, are words."""
    shouted = sum(_is_shouted(token) for token in tokens)
    quiet = sum(token.piece is not None and not _is_shouted(token) for token in tokens)
    for at, token in enumerate(tokens):
        if not token.operator:
            continue
        before = tokens[at - 1] if at else None
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        holds = after is not None and after.piece is not None and not after.excluded
        if token.operator != _NOT:
            holds = holds and before is not None and before.piece is not None
            holds = holds and before is not None and not before.excluded
        if not holds or (shouted > 1 and shouted > quiet):
            token.operator = ""


def _is_shouted(token: _Token) -> bool:
    letters = [sign for sign in token.text if sign.isalpha()]
    return bool(token.piece) and len(letters) > 3 and all(sign.isupper() for sign in letters)


def _operator(tokens: list[_Token], at: int) -> str:
    return tokens[at].operator if at < len(tokens) else ""
