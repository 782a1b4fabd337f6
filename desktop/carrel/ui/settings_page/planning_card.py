"""The card that says whether models plan their searches. Must not know how they do."""

from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from carrel.settings import PLAN_SEARCHES, Settings
from carrel.ui.theme import tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import label

WORDS = (
    "Before it answers from passages, a model writes a few searches of its own and chooses among "
    "what they find. That finds more, and takes some seconds. Small workspaces and Carrel Nano do "
    "without it."
)


class PlanningCard(QFrame):
    """Switches planned searches on and off."""

    def __init__(self, settings: Settings) -> None:
        """Show what is set."""
        super().__init__()
        self._settings = settings
        self.setProperty("surface", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 18)
        column.setSpacing(tokens.GAP_M)
        column.addWidget(label("Planned searches", "title"))
        column.addWidget(label(WORDS, "plain", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_S)
        group = QButtonGroup(self)
        self.choices: dict[bool, QPushButton] = {}
        for value, words in ((True, "On"), (False, "Off")):
            choice = button(words, "segment")
            choice.setAccessibleName(f"Planned searches: {words}")
            choice.setCheckable(True)
            choice.setChecked(value is settings.get(PLAN_SEARCHES))
            choice.clicked.connect(lambda _=False, value=value: self._choose(value))
            group.addButton(choice)
            self.choices[value] = choice
            row.addWidget(choice)
        row.addStretch(1)
        column.addLayout(row)

    def _choose(self, value: bool) -> None:  # noqa: FBT001 - what a button stands for
        self._settings.put(PLAN_SEARCHES, value)
