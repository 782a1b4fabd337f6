"""Cards about the computer, bars, notes, and the cell that says how a model fits.

Must not know the app.
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from carrel.ui.catalog_page.fit import Fit
from carrel.ui.catalog_page.rows import Note
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.labels import ElidedLabel, label, restyle, set_role, tip
from carrel.ui.widgets.picture import IconPicture

BAR_WIDTH = 150
"""Widest bar of a fit, pixels: in one column all bars are as long."""
FOOT_HEIGHT = 16
"""Height of what stands below a machine card's value, a bar or words, pixels."""


def meter(name: str) -> QProgressBar:
    """A bar from 0 to 1000 that says its name."""
    bar = QProgressBar()
    bar.setRange(0, 1000)
    bar.setTextVisible(False)
    bar.setAccessibleName(name)
    return bar


class MachineCard(QFrame):
    """One fact about the computer with a bar, or with words where a bar says nothing."""

    def __init__(self, theme: Theme, icon: str, title: str) -> None:
        """Start without a value."""
        super().__init__()
        self.setProperty("surface", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(15, 13, 15, 10)
        column.setSpacing(tokens.GAP_S)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(IconPicture(theme, icon, 18))
        head.addWidget(label(title, "plain"), 1)
        column.addLayout(head)
        self.value = ElidedLabel("–", "title")
        column.addWidget(self.value)
        self.bar = meter(title)
        self.detail = ElidedLabel("", "meta")
        self.detail.hide()
        foot = QWidget()
        foot.setFixedHeight(FOOT_HEIGHT)
        line = QHBoxLayout(foot)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.bar)
        line.addWidget(self.detail)
        column.addWidget(foot)

    def show_value(self, words: str, share: float | None, detail: str = "") -> None:
        """Show the fact, and fill the bar to a share from 0 to 1; None shows the detail instead."""
        self.value.setText(words)
        self.bar.setVisible(share is not None)
        self.detail.setVisible(share is None)
        self.detail.setText(detail)
        if share is not None:
            self.bar.setValue(round(1000 * share))
            self.bar.setToolTip(tip(detail))


class TwoLines(QWidget):
    """A figure, and below it how it is known."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        self.figure, self.how = ElidedLabel(), ElidedLabel("", "meta")
        column.addStretch(1)
        column.addWidget(self.figure)
        column.addWidget(self.how)
        column.addStretch(1)

    def show_lines(self, lines: tuple[str, str]) -> None:
        """Show both; an empty second line leaves the first in the middle."""
        self.figure.setText(lines[0])
        self.how.setText(lines[1])
        self.how.setVisible(bool(lines[1]))


class FitCell(QWidget):
    """Icon, words and a bar: never a colour alone."""

    def __init__(self, theme: Theme) -> None:
        """Start empty."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(7)
        line = QHBoxLayout()
        line.setSpacing(7)
        self._icon = IconPicture(theme, "clock", 16)
        self.words = ElidedLabel("", "plain")
        line.addWidget(self._icon)
        line.addWidget(self.words, 1)
        self.bar = meter("Share of the memory")
        self.bar.setMaximumWidth(BAR_WIDTH)
        column.addStretch(1)
        column.addLayout(line)
        column.addWidget(self.bar)
        column.addStretch(1)

    def show_fit(self, fit: Fit, title: str) -> None:
        """Show the verdict of a model."""
        self._icon.show_icon(fit.icon, "text2" if fit.tone == "plain" else fit.tone)
        self.words.setText(fit.words)
        set_role(self.words, fit.tone)
        self.setToolTip(tip(fit.meaning))
        self.bar.setAccessibleName(f"Share of the memory {title} takes")
        self.bar.setVisible(fit.share > 0)
        self.bar.setValue(round(1000 * fit.share))
        if self.bar.property("tone") != fit.tone:
            self.bar.setProperty("tone", fit.tone)
            restyle(self.bar)


class Pill(QFrame):
    """One word on a tinted ground, or nothing.

    The room beside the word is the layout's: a label does not notice padding that comes with
    another property.
    """

    def __init__(self) -> None:
        """Start without a word."""
        super().__init__()
        self.setFixedHeight(22)
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 0, 10, 0)
        self._label = label()
        line.addWidget(self._label)

    def show_word(self, word: str, tone: str) -> None:
        """Show a word; an empty one hides it."""
        self.setVisible(bool(word))
        self._label.setText(word)
        for widget in (self, self._label):
            if widget.property("pill") != tone:
                widget.setProperty("pill", tone)
                restyle(widget)


def note_line(theme: Theme, note: Note) -> QWidget:
    """An icon, a title, and a sentence below it."""
    line = QWidget()
    if note.spoken:
        line.setAccessibleName(note.spoken)
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(10)
    row.addWidget(IconPicture(theme, note.icon, 16, note.tone), 0, Qt.AlignmentFlag.AlignTop)
    block = QVBoxLayout()
    block.setSpacing(2)
    tone = note.tone if note.tone in {"ok", "warn", "bad"} else "strong"
    block.addWidget(label(note.title, tone, wrap=True))
    if note.detail:
        block.addWidget(label(note.detail, "plain", wrap=True))
    row.addLayout(block, 1)
    return line
