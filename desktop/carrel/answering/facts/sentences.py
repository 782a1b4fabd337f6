"""The sentences of a document with the way to their places. Must not know what is looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import regex

from carrel.domain.documents import Span, Unit, UnitKind, UnitPlace
from carrel.domain.facts import Mention
from carrel.domain.ids import DocumentId
from carrel.language.running import RunningText
from carrel.language.sentences import sentences

Stopped = Callable[[], bool]

_TITLED: Final = regex.compile(r"(?<!\p{L})(?:Mr|Mrs|Ms|Dr|Prof|Messrs)\.\Z")
"""A title at the end of a line: the name stands in the next."""


class Stop(Exception):
    """Somebody does not want the result any more."""


class Told(NamedTuple):
    """A sentence or a row.

    Attributes:
        raw: as it stands, with line ends.
        at: its start in the running text.
        kind: of the unit it stands in.
    """

    document: DocumentId
    raw: str
    at: int
    kind: UnitKind
    text: RunningText
    places: dict[int, UnitPlace]

    def mention(self, words: Span, *, whole: bool = False) -> Mention:
        """Some of its words as a place.

        Args:
            words: code points of `raw`; empty only where the whole sentence is marked.
            whole: mark all of the sentence instead.
        """
        start, end = words
        while start < end and self.raw[start].isspace():
            start += 1
        while end > start and self.raw[end - 1].isspace():
            end -= 1
        words = Span(start, end)
        meant = Span(0, len(self.raw)) if whole else words
        side = self.text.side(self.at + meant.start, self.at + meant.end)
        before = " ".join(self.raw[: words.start].split())
        meant_words = " ".join(self.raw[words.start : words.end].split())
        text = " ".join(self.raw.split())
        spaced = words.start > 0 and self.raw[words.start - 1].isspace() and before
        hot = len(before) + bool(spaced)
        return Mention(
            self.document,
            self.places[side.unit],
            Span(side.start, side.end),
            text,
            Span(hot, hot + len(meant_words)),
        )


def told_sentences(units: Sequence[Unit], stopped: Stopped) -> Iterator[Told]:
    """The sentences of one document, in order.

    Raises:
        Stop: `stopped` said so.
    """
    if not units:
        return
    places = {unit.number: UnitPlace(unit.kind, unit.number, unit.label) for unit in units}
    kinds = {unit.kind for unit in units}
    text = RunningText(units)
    mixed = len(kinds) > 1
    kind = next(iter(kinds))
    for start, end in _whole(text.text):
        if stopped():
            raise Stop
        if mixed:
            kind = places[text.side(start, start + 1).unit].kind
        yield Told(units[0].document, text.text[start:end], start, kind, text, places)


def _whole(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, those in one that were parted behind a title."""
    begun = -1
    for start, end in sentences(text):
        first = start if begun < 0 else begun
        begun = -1
        if _TITLED.search(text, max(start, end - 8), end) and text[end : end + 2].strip():
            begun = first
            continue
        yield first, end
    if begun >= 0:
        yield begun, len(text.rstrip())
