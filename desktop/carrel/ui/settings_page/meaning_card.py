"""The card about finding by meaning: which embedding model, how far it has come, how it did."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from carrel.domain.documents import Failure
from carrel.domain.events import Event, MeaningChanged
from carrel.domain.meaning import MeaningState, trust_said
from carrel.ui import words
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.dialogs.choose import choose_files
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import label

FILES: Final = "Embedding models (*.gguf)"
NONE: Final = (
    "Passages are found by their words. With an embedding model (a GGUF file of the BERT family) "
    "they are found by what they mean, too. Its vectors are computed on this computer while it "
    "has time, and kept encrypted in this workspace."
)


class MeaningCard(QFrame):
    """Chooses an embedding model, shows its progress, and removes it."""

    def __init__(self, app: AppApi, bridge: EventBridge, theme: Theme) -> None:
        """Show what is chosen."""
        super().__init__()
        self._app, self._bridge = app, bridge
        self.setProperty("surface", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 18)
        column.setSpacing(tokens.GAP_M)
        column.addWidget(label("Finding by meaning", "title"))
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_M)
        self.said = label("", "plain", wrap=True)
        self.choose = button("Choose a file…", "small", theme=theme)
        self.choose.setAccessibleName("Choose an embedding model file")
        self.remove = button("Remove", "small", theme=theme)
        self.remove.setAccessibleName("Remove the embedding model and its vectors")
        row.addWidget(self.said, 1)
        row.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        self.choose.clicked.connect(self._on_choose)
        self.remove.clicked.connect(self._on_remove)
        bridge.event_published.connect(self._on_event)
        self.show_state(app.meaning.state)

    def show_state(self, state: MeaningState) -> None:
        """Say how far it has come."""
        self.said.setText(state_said(state))
        self.remove.setVisible(state.chosen is not None)

    def use(self, paths: list[Path]) -> None:
        """Choose a file; what is wrong with it is said on the card."""
        self.choose.setEnabled(False)
        self.said.setText(f"Looking at {paths[0].name}…")
        future = self._app.meaning.use(paths[0])
        self._bridge.deliver(future, self._on_done, self._on_failed)

    def _on_choose(self) -> None:
        choose_files(self.window(), "Choose an embedding model", self.use, FILES)

    def _on_remove(self) -> None:
        self.remove.setEnabled(False)
        self._bridge.deliver(self._app.meaning.off(), self._on_done, self._on_failed)

    def _on_done(self, _result: object) -> None:
        self.choose.setEnabled(True)
        self.remove.setEnabled(True)
        self.show_state(self._app.meaning.state)

    def _on_failed(self, failure: Failure) -> None:
        self._on_done(None)
        self.said.setText(f"{failure.reason} {failure.remedy}")

    def _on_event(self, event: Event) -> None:
        if isinstance(event, MeaningChanged):
            self.show_state(event.state)


def state_said(state: MeaningState) -> str:
    """How far it has come, in some lines."""
    chosen = state.chosen
    if chosen is None:
        return NONE
    lines = [f"{chosen.name}: {state.done:,} of {words.count(state.total, 'passage')} ready."]
    if state.building and state.seconds_left is not None and state.done < state.total:
        lines[0] += f" {words.left(state.seconds_left).capitalize()}; you can go on working."
    lines += [trust_said(script, trust) for script, trust in state.trusts.items()]
    if not state.trusts and not state.building:
        lines.append("How far it can be trusted is measured once there are enough passages.")
    if state.failure is not None:
        lines.append(f"{state.failure.reason} {state.failure.remedy}")
    return "\n".join(lines)
