"""Cards of what is being done with models, what failed, and what was found.

Must not know the app.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from carrel.domain.documents import Failure
from carrel.ui.catalog_page import tasks
from carrel.ui.catalog_page.cards import meter
from carrel.ui.catalog_page.tasks import FailedTask, Outcome, Task
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button, icon_button
from carrel.ui.widgets.labels import label
from carrel.ui.widgets.picture import IconPicture

MOST_LINES = 6
"""Damages named on a card; more are counted."""


class TaskCard(QFrame):
    """A job under way: what, how far, and a way to stop it.

    Signals:
        stop_wanted: the user wants it to end.
    """

    stop_wanted = Signal()

    def __init__(self) -> None:
        """Start without words."""
        super().__init__()
        self.setProperty("surface", "card")
        row = QHBoxLayout(self)
        row.setContentsMargins(15, tokens.GAP_M, tokens.GAP_M, 14)
        row.setSpacing(tokens.GAP_L)
        column = QVBoxLayout()
        column.setSpacing(tokens.GAP_XS)
        self.head, self.words = label(role="strong", wrap=True), label(role="plain", wrap=True)
        self.bar = meter("Progress")
        column.addWidget(self.head)
        column.addWidget(self.words)
        column.addSpacing(tokens.GAP_XS)
        column.addWidget(self.bar)
        row.addLayout(column, 1)
        self.stop = button("Cancel", "small")
        self.stop.clicked.connect(self.stop_wanted)
        row.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_progress(self, head: str, words: str, share: float, *, stoppable: bool) -> None:
        """Show how far it is."""
        self.head.setText(head)
        self.words.setText(words)
        self.bar.setAccessibleName(f"Progress: {head}")
        self.bar.setValue(round(1000 * share))
        self.stop.setAccessibleName(f"Cancel: {head}")
        self.stop.setEnabled(stoppable)

    def show_task(self, task: Task, now: float) -> None:
        """Show how far a job is."""
        words = tasks.detail(task, now)
        self.show_progress(
            tasks.head(task), words, tasks.share(task), stoppable=not task.cancelling
        )


class _NoteCard(QFrame):
    """An icon, a head, more lines, actions, and a way to be rid of it.

    Signals:
        action_taken: carries the number of the button.
    """

    action_taken = Signal(int)

    def __init__(self, theme: Theme, surface: str, icon: str, tone: str) -> None:
        super().__init__()
        self.setProperty("surface", surface)
        row = QHBoxLayout(self)
        row.setContentsMargins(15, 12, 10, 12)
        row.setSpacing(tokens.GAP_M)
        self._icon = IconPicture(theme, icon, 18, tone)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self._row = row
        self._column = QVBoxLayout()
        self._column.setSpacing(3)
        row.addLayout(self._column, 1)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(tokens.GAP_S)
        row.addLayout(self._actions)
        self.dismiss = icon_button(theme, "x", "Dismiss", size=28, picture=16)
        row.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)

    def _say(self, words: str, role: str) -> None:
        if words:
            self._column.addWidget(label(words, role, wrap=True))

    def _offer(self, *actions: str) -> None:
        for at, words in enumerate(actions):
            made = button(words, "small")
            made.clicked.connect(lambda _=False, at=at: self.action_taken.emit(at))
            self._actions.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)


class FailureCard(_NoteCard):
    """What went wrong, what to do about it, and a way to do it."""

    def __init__(self, theme: Theme, head: str, failure: Failure, *actions: str) -> None:
        """Show a failure with these buttons."""
        super().__init__(theme, "notice", "triangle-alert", "bad")
        self.setAccessibleName(f"{head}. {failure.reason} {failure.remedy}")
        self._say(head, "bad")
        self._say(failure.reason, "")
        self._say(failure.remedy, "")
        self._say(f"Code: {failure.code}", "meta")
        self._offer(*actions)


class OutcomeCard(_NoteCard):
    """What a verification or a self-test found."""

    def __init__(self, theme: Theme, outcome: Outcome) -> None:
        """Show a result."""
        good = outcome.tone == "ok"
        icon = "circle-check" if good else "circle-x"
        super().__init__(theme, "notice-ok" if good else "notice", icon, outcome.tone)
        self.setAccessibleName(" ".join((outcome.head, *outcome.lines, outcome.remedy)))
        self._say(outcome.head, outcome.tone)
        for line in outcome.lines[:MOST_LINES]:
            self._say(line, "")
        if len(outcome.lines) > MOST_LINES:
            self._say(f"And {len(outcome.lines) - MOST_LINES} more.", "")
        self._say(outcome.remedy, "")
        if self._column.count() == 1:
            self._row.setAlignment(self._icon, Qt.AlignmentFlag.AlignVCenter)


def failed_card(theme: Theme, failed: FailedTask) -> FailureCard:
    """The card of a job that can be tried again."""
    return FailureCard(theme, failed.head, failed.failure, "Try again")
