"""Colours code in a text view, a few milliseconds at a time, so that the window stays quick.

Must not know documents.
"""

import time
from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QBrush, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QPlainTextEdit

from carrel.ui.markdown.colouring import Coloured, coloured_tokens
from carrel.ui.theme import Theme
from carrel.ui.viewer.shown_text import ShownText

SLICE_SECONDS: Final = 0.006
"""Time spent before the window has its turn again; a frame has 16 ms."""


class CodeColours(QObject):
    """Gives the words of one text view their colours."""

    def __init__(self, view: QPlainTextEdit, theme: Theme) -> None:
        """Nothing is coloured yet."""
        super().__init__(view)
        self._view, self._theme = view, theme
        self._tokens: Iterator[Coloured] = iter(())
        self._shown = ShownText("")
        self._formats: dict[str, QTextCharFormat] = {}
        self._ranges: dict[int, list[QTextLayout.FormatRange]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._step)

    @property
    def busy(self) -> bool:
        """Whether there are words that have not got their colour yet."""
        return self._timer.isActive()

    def begin(self, language: str, text: str, shown: ShownText) -> None:
        """Colour another text, which the view shows already.

        Args:
            language: as Pygments names it; empty for a text without colours.
            shown: the same text as the view holds it.
        """
        self._timer.stop()
        self._shown, self._ranges = shown, {}
        self._tokens = coloured_tokens(language, text) if language else iter(())
        self._formats = {}
        if language:
            self._timer.start()

    def _step(self) -> None:
        end = time.monotonic() + SLICE_SECONDS
        touched: set[int] = set()
        for token in self._tokens:
            if token.token:
                touched |= self._colour(token)
            if time.monotonic() > end:
                self._timer.start()
                break
        document = self._view.document()
        for number in touched:
            block = document.findBlockByNumber(number)
            block.layout().setFormats(self._ranges[number])
            document.markContentsDirty(block.position(), block.length())

    def _colour(self, token: Coloured) -> set[int]:
        """Note the colour of a token in each line it stands in; returns their numbers."""
        start = self._shown.shown(token.start)
        end = self._shown.shown(token.start + token.length)
        block = self._view.document().findBlock(start)
        touched: set[int] = set()
        while block.isValid() and block.position() < end:
            first = max(start - block.position(), 0)
            made = QTextLayout.FormatRange()
            made.start = first
            made.length = min(end - block.position(), block.length() - 1) - first
            made.format = self._format(token.token)
            if made.length > 0:
                self._ranges.setdefault(block.blockNumber(), []).append(made)
                touched.add(block.blockNumber())
            block = block.next()
        return touched

    def _format(self, token: str) -> QTextCharFormat:
        if token not in self._formats:
            made = QTextCharFormat()
            made.setForeground(QBrush(self._theme.colour(token)))
            self._formats[token] = made
        return self._formats[token]
