"""The cards above the list: what is being added with its commands, and what came of it.

Must not know the app or the list.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from carrel.domain.documents import DocumentState
from carrel.domain.events import Tally
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button, icon_button
from carrel.ui.widgets.labels import label


class ProgressCard(QFrame):
    """How far adding is.

    Signals:
        pause_wanted: begin no more files, or go on; carries which.
        stop_wanted: stop everything.
    """

    pause_wanted = Signal(bool)
    stop_wanted = Signal()

    def __init__(self) -> None:
        """Hidden until something is added."""
        super().__init__()
        self.setProperty("surface", "card")
        self._paused = False
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.GAP_L, tokens.GAP_M, tokens.GAP_M, tokens.GAP_M)
        row.setSpacing(tokens.GAP_L)
        column = QVBoxLayout()
        column.setSpacing(tokens.GAP_S)
        self.words = label(role="strong")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of adding")
        column.addWidget(self.words)
        column.addWidget(self.bar)
        row.addLayout(column, 1)
        self.pause = button("Pause")
        self.pause.setToolTip("Begin no more files; those in hand are read to their end")
        self.pause.clicked.connect(lambda: self.pause_wanted.emit(not self._paused))
        self.stop = button("Stop adding")
        self.stop.clicked.connect(self.stop_wanted)
        row.addWidget(self.pause)
        row.addWidget(self.stop)
        self.hide()

    def show_progress(self, said: str, share: float, *, paused: bool, can_stop: bool) -> None:
        """Say how far it is; no words hide the card.

        Args:
            share: 0 to 1.
        """
        self._paused = paused
        self.words.setText(said)
        self.bar.setValue(round(1000 * share))
        self.pause.setText("Go on" if paused else "Pause")
        self.pause.setAccessibleName("Go on adding" if paused else "Pause adding")
        self.stop.setEnabled(can_stop)
        self.setVisible(bool(said))


class SummaryCard(QFrame):
    """What came of everything that was added.

    Signals:
        shown: the user wants to see documents in this state; carries a `DocumentState`.
        dismissed: the user has read it.
    """

    shown = Signal(object)
    dismissed = Signal()

    def __init__(self, theme: Theme) -> None:
        """Hidden until something was added."""
        super().__init__()
        self.setProperty("surface", "card")
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.GAP_L, tokens.GAP_M, tokens.GAP_M, tokens.GAP_M)
        row.setSpacing(tokens.GAP_M)
        self.words = label(role="strong")
        row.addWidget(self.words, 1)
        self.partial = button("Show read in part", "small")
        self.failed = button("Show not read", "small")
        self.partial.clicked.connect(lambda: self.shown.emit(DocumentState.PARTIAL))
        self.failed.clicked.connect(lambda: self.shown.emit(DocumentState.FAILED))
        self.close_button = icon_button(theme, "x", "Hide the summary", size=28)
        self.close_button.clicked.connect(self.dismissed)
        for widget in (self.partial, self.failed, self.close_button):
            row.addWidget(widget)
        self.hide()

    def show_tally(self, tally: Tally | None) -> None:
        """Say what came of it; None hides the card."""
        if tally is not None:
            self.words.setText(f"Finished: {' · '.join(tally.phrases) or 'nothing new'}")
            self.partial.setVisible(bool(tally.partial))
            self.failed.setVisible(bool(tally.failed + tally.not_added))
        self.setVisible(tally is not None)
