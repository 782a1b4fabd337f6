"""What the translation tool shows: state + event → state. Plain Python: no Qt, no app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from carrel.domain.documents import Failure, UnitKind
from carrel.domain.translating import (
    BY_CODE,
    DISCLAIMER,
    Expected,
    Piece,
    PieceState,
    Translation,
    TranslationSheet,
    TranslationState,
)
from carrel.ui import words

LEAF_LEAST: Final = 8
"""Pieces up to which short sections are shown together."""
LEAF_MOST: Final = 24
"""Pieces shown together at most: about twenty thousand characters, laid out in ten milliseconds."""

FILTERS: Final[dict[PieceState | None, str]] = {
    None: "All",
    PieceState.CHECK: "To check",
    PieceState.FAILED: "Failed",
}
"""What of a translation is shown, in the order of the filter."""

_PAGED: Final = frozenset({UnitKind.PAGE, UnitKind.SLIDE})


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslatedState:
    """One translation, as the tool shows it.

    Attributes:
        sheet: with all its pieces; None while there is none.
        only: the pieces that are shown; None for all.
        leaf: of those, what is in front; counts from 0.
        seconds_left: of all that is open; None while it is not known.
        expected: what a translation would take that is not begun yet.
        refusal: why there can be none.
    """

    sheet: TranslationSheet | None = None
    only: PieceState | None = None
    leaf: int = 0
    seconds_left: float | None = None
    expected: Expected | None = None
    refusal: Failure | None = None

    @property
    def running(self) -> bool:
        """Whether it is worked on."""
        listed = self.sheet.translation if self.sheet else None
        return listed is not None and listed.state is TranslationState.RUNNING


def leaves(pieces: Sequence[Piece]) -> tuple[tuple[Piece, ...], ...]:
    """Pieces as they are shown together: a page each, short sections joined, long ones parted."""
    made: list[list[Piece]] = []
    for _unit, group in groupby(pieces, key=lambda one: one.place.number):
        unit = list(group)
        joins = (
            bool(made)
            and unit[0].place.kind not in _PAGED
            and len(made[-1]) < LEAF_LEAST
            and len(made[-1]) + len(unit) <= LEAF_MOST
        )
        if joins:
            made[-1] += unit
        else:
            made += [unit[at : at + LEAF_MOST] for at in range(0, len(unit), LEAF_MOST)]
    return tuple(map(tuple, made))


def shown_leaves(state: TranslatedState) -> tuple[tuple[Piece, ...], ...]:
    """All that can be turned to; what is filtered stands together, wherever it is from."""
    pieces = state.sheet.pieces if state.sheet else ()
    if state.only is None:
        return leaves(pieces)
    found = [one for one in pieces if one.state is state.only]
    return tuple(tuple(found[at : at + LEAF_MOST]) for at in range(0, len(found), LEAF_MOST))


def with_changed(
    state: TranslatedState, listed: Translation, piece: Piece | None, left: float | None
) -> TranslatedState:
    """After a change of any translation; another one than that shown changes nothing."""
    sheet = state.sheet
    if sheet is None or sheet.translation.id != listed.id:
        return state
    pieces = sheet.pieces
    if piece is not None and 0 < piece.n <= len(pieces):
        pieces = (*pieces[: piece.n - 1], piece, *pieces[piece.n :])
    sheet = replace(sheet, translation=listed, pieces=pieces)
    return replace(state, sheet=sheet, seconds_left=left)


def counts(state: TranslatedState) -> dict[PieceState | None, int]:
    """How many pieces each filter shows."""
    if state.sheet is None:
        return dict.fromkeys(FILTERS, 0)
    listed = state.sheet.translation
    return {
        None: listed.pieces,
        PieceState.CHECK: listed.doubtful,
        PieceState.FAILED: listed.failed,
    }


def summary(state: TranslatedState) -> str:
    """One line on all of it, or on what it would take."""
    if state.refusal is not None:
        return f"{state.refusal.reason} {state.refusal.remedy}"
    if state.sheet is None:
        return _expected_words(state.expected) if state.expected else ""
    listed = state.sheet.translation
    paged = state.sheet.pieces[0].place.kind in _PAGED if state.sheet.pieces else False
    units = words.count(listed.units, "page" if paged else "section")
    if listed.state is TranslationState.FINISHED:
        said = [f"{units}, {words.count(listed.pieces, 'piece')} by {listed.installed_model}"]
    else:
        said = [f"{listed.units_done:,} of {units}, {listed.done:,} of {listed.pieces:,} pieces"]
    if state.running and state.seconds_left is not None:
        said.append(f"about {words.seconds(state.seconds_left)} left")
    elif listed.state is TranslationState.PAUSED:
        said.append("paused")
    elif listed.state is TranslationState.INTERRUPTED:
        said.append("interrupted; nothing that is done is lost")
    told = f"{', '.join(said)}. {DISCLAIMER}"
    if listed.failure is not None:
        told = f"{listed.failure.reason} {listed.failure.remedy} {told}"
    return told


def _expected_words(expected: Expected) -> str:
    took = "how long that takes is not known yet: no speed was measured here"
    if expected.seconds is not None:
        took = f"about {words.seconds(expected.seconds)}"
    count = words.count(expected.pieces, "piece")
    return f"{count} by {expected.installed_model}, {took}. You can pause at any time."


def leaf_words(state: TranslatedState) -> str:
    """Where the reader is: ``Page 3 of 40``."""
    every = shown_leaves(state)
    if len(every) < 2:
        return ""
    leaf = every[min(state.leaf, len(every) - 1)]
    if state.only is not None:
        return f"{state.leaf + 1:,} of {len(every):,}"
    first, last = leaf[0].place, leaf[-1].place
    total = state.sheet.pieces[-1].place.number if state.sheet else 0
    if first.kind in _PAGED:
        return f"{first.kind.value.capitalize()} {first.number:,} of {total:,}"
    if first.number == last.number:
        return f"Part {first.number:,} of {total:,}"
    return f"Parts {first.number:,} to {last.number:,} of {total:,}"


def proposed_name(listed: Translation) -> str:
    """What a file of it may be called."""
    stem = listed.document_name.rsplit(".", 1)[0] or listed.document_name
    kept = "".join(sign if sign.isalnum() or sign in " -_" else " " for sign in stem)
    return f"{' '.join(kept.split()) or 'Translation'} ({BY_CODE[listed.language].name}).docx"
