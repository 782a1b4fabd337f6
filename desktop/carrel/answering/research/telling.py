"""The words of a research as they reach the reader: marks checked, and become numbers.

Whether words are the answer is known only when no call follows them; until then they are shown,
and set aside when one does. Must not know the engine.
"""

from __future__ import annotations

import time
from typing import Final

import regex

from carrel.answering.progress import Progress
from carrel.answering.research.claims import claim_before
from carrel.answering.research.line_citing import LineCiter
from carrel.answering.research.marks import Cited, LineMarks, Piece, Said
from carrel.engine.chat.segments import DSML

_NUMBERED: Final = regex.compile(r"\[([0-9]{1,4})\]")
"""What would be taken for a checked citation; only ours may look so."""


class Telling:
    """What is told in one turn.

    Attributes:
        seconds: spent on checks, of all turns.
    """

    def __init__(self, citer: LineCiter, progress: Progress) -> None:
        self._citer = citer
        self._progress = progress
        self._marks = LineMarks()
        self._group: list[Cited] = []
        self._told: list[str] = []
        self._in_code = False
        self._broken = False
        self.seconds = 0.0

    @property
    def text(self) -> str:
        """Told so far."""
        return "".join(self._told)

    def feed(self, text: str) -> None:
        """The engine said this; what was to be a call is not told, nor what comes after it."""
        if self._broken:
            return
        words, mark, _ = text.partition(DSML)
        if mark:
            self._broken = True
            words = words.removesuffix("<").rstrip()
        self._take(self._marks.feed(words))

    def finish(self) -> None:
        """It said no more."""
        self._take(self._marks.finish())
        self._settle()

    def set_aside(self) -> str:
        """It was no answer; returns it as what it was: a thought."""
        said = self.text
        self.begin()
        if said:
            self._progress.set_aside(said)
        return said

    def begin(self) -> None:
        """A new turn."""
        self._marks = LineMarks()
        self._group.clear()
        self._told.clear()
        self._in_code = self._broken = False
        self._citer.forget()

    def _take(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            if isinstance(piece, Cited):
                self._group.append(piece)
                continue
            # Marks with nothing but space between them prove one sentence together.
            if self._group and not piece.text.strip():
                continue
            self._settle()
            self._say(self._escaped(piece))

    def _settle(self) -> None:
        """Check the marks that stand side by side."""
        if not self._group:
            return
        begun = time.perf_counter()
        cited = self._citer.cite(claim_before(self.text), self._group)
        self.seconds += time.perf_counter() - begun
        self._group.clear()
        self._say("".join(f"[{n}]" for n in dict.fromkeys(one.n for one in cited)))

    def _escaped(self, said: Said) -> str:
        """With brackets around numbers as signs, so that only checked citations are citations."""
        parts = said.text.split("`")
        for place, part in enumerate(parts):
            if place:
                self._in_code = not self._in_code
            if not self._in_code:
                parts[place] = _NUMBERED.sub(r"\\[\1\\]", part)
        return "`".join(parts)

    def _say(self, text: str) -> None:
        if text:
            self._told.append(text)
            self._progress.say(text)
