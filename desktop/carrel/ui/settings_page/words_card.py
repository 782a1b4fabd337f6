"""The card about words that stand for others. Must not know how search uses them."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.settings_page.words_dialog import WordsDialog
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import label

WORDS: Final = (
    "Search knows abbreviations and words that mean the same: capex and capital expenditure, "
    "contract and agreement. Names of your projects, products and parties, and your house’s "
    "abbreviations, can be added for this workspace."
)


class WordsCard(QFrame):
    """Opens the dialog of the workspace's own words."""

    def __init__(self, app: AppApi, bridge: EventBridge, theme: Theme) -> None:
        """Say what it is for."""
        super().__init__()
        self._app, self._bridge, self._theme = app, bridge, theme
        self.dialog: WordsDialog | None = None
        self.setProperty("surface", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 18)
        column.setSpacing(tokens.GAP_M)
        column.addWidget(label("Words that stand for others", "title"))
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_M)
        row.addWidget(label(WORDS, "plain", wrap=True), 1)
        self.edit = button("Edit…", "small", theme=theme)
        self.edit.setAccessibleName("Edit the words that stand for others")
        self.edit.clicked.connect(self.open)
        row.addWidget(self.edit, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)

    def open(self) -> None:
        """Show the dialog."""
        dialog = WordsDialog(self.window(), self._app, self._bridge, self._theme)
        self.dialog = dialog
        dialog.finished.connect(self._on_finished)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_finished(self) -> None:
        self.dialog = None
        self.edit.setFocus()
