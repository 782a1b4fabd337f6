"""The dialog of watched folders: which there are, how they are, add one, take one off.

Must not know other pages.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from carrel.domain.documents import Failure
from carrel.domain.events import Event, WatchingChanged
from carrel.domain.watching import WatchedFolder
from carrel.ui import words
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.dialogs.choose import choose_folder
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import ElidedLabel, hairline, label

WIDTH: Final = 640
HEIGHT: Final = 260
"""Pixels of the list; it scrolls."""

ABOUT: Final = (
    "What comes into these folders, or changes there, is added by itself while Carrel is open, as "
    "soon as it stood still. A file that is deleted stays here as a document and is marked."
)
NONE_YET: Final = "No folder is watched."


class WatchedDialog(CardDialog):
    """The watched folders."""

    def __init__(self, parent: QWidget, app: AppApi, bridge: EventBridge, theme: Theme) -> None:
        """Ask for the folders, now and whenever something changes."""
        super().__init__(parent, theme, "Watched folders", "folder-open")
        self._app, self._bridge = app, bridge
        self.setFixedWidth(WIDTH)
        self.folders: tuple[WatchedFolder, ...] = ()
        self.column.addWidget(label(ABOUT, "caption", wrap=True))
        self.column.addSpacing(tokens.GAP_S)
        self.list = QScrollArea()
        self.list.setWidgetResizable(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("Watched folders")
        self.list.setFixedHeight(HEIGHT)
        self.column.addWidget(self.list)
        self.said = label("", "caption", wrap=True)
        self.column.addWidget(self.said)
        self.look = button("Look now")
        self.look.clicked.connect(self._on_look_wanted)
        self.watch = button("Watch a folder…", theme=theme, icon="folder-plus")
        self.watch.clicked.connect(lambda: choose_folder(self, "Watch a folder", self.add))
        close = button("Close", "primary")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        for made in (self.look, self.watch, close):
            self.buttons.addWidget(made)
        self._show(())
        bridge.event_published.connect(self._on_event_published)
        self._ask()

    def add(self, paths: list[Path]) -> None:
        """Watch these folders."""
        self.said.setText("")
        for path in paths:
            self._bridge.deliver(self._app.watching.add(path), _nothing, self._on_failed)

    def _remove(self, folder: WatchedFolder) -> None:
        self.said.setText(f"{folder.path} is watched no more. Its documents stay.")
        self._bridge.deliver(self._app.watching.remove(folder.id), _nothing, self._on_failed)

    def _on_look_wanted(self) -> None:
        if self._app.adding.paused:
            self.said.setText("Adding is paused. Go on with it to look at the folders.")
        else:
            self.said.setText("Carrel looks at the folders in a second or two.")
            self._app.watching.hint()

    def _on_failed(self, failure: Failure) -> None:
        self.said.setText(f"{failure.reason} {failure.remedy}")

    def _on_event_published(self, event: Event) -> None:
        if isinstance(event, WatchingChanged):
            self._ask()

    def _ask(self) -> None:
        self._bridge.deliver(self._app.watching.folders(), self._show)

    def _show(self, folders: Sequence[WatchedFolder]) -> None:
        self.folders = tuple(folders)
        inside = QWidget()
        inside.setProperty("surface", "clear")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, tokens.GAP_M, 0)
        column.setSpacing(tokens.GAP_S)
        for at, folder in enumerate(folders):
            if at:
                column.addWidget(hairline())
            column.addWidget(self._line(folder))
        if not folders:
            column.addWidget(label(NONE_YET, "body"))
        column.addStretch(1)
        self.list.setWidget(inside)
        self.look.setEnabled(bool(folders))

    def _line(self, folder: WatchedFolder) -> QWidget:
        made = QWidget()
        made.setProperty("surface", "clear")
        grid = QGridLayout(made)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setHorizontalSpacing(tokens.GAP_L)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        name = ElidedLabel(str(folder.path), "strong", Qt.TextElideMode.ElideMiddle)
        grid.addWidget(name, 0, 0)
        for row, line in enumerate(folder_words(folder, time.time()), 1):
            grid.addWidget(label(line, "caption", wrap=True), row, 0)
        off = button("Stop watching", "small")
        off.setAccessibleName(f"Stop watching {folder.path}")
        off.clicked.connect(partial(self._remove, folder))
        grid.addWidget(off, 0, 1, Qt.AlignmentFlag.AlignTop)
        return made


def folder_words(folder: WatchedFolder, now: float) -> list[str]:
    """Lines about how a folder is."""
    if folder.looked_at is None:
        lines = [] if folder.trouble else ["It is looked at for the first time."]
    else:
        facts = [words.count(folder.files, "file")]
        if folder.waiting:
            facts.append(f"{folder.waiting:,} may still be written")
        facts.append(f"looked at {_ago(now - folder.looked_at)}")
        lines = [" · ".join(facts)]
    if folder.trouble is not None:
        lines.insert(0, f"{folder.trouble.reason} {folder.trouble.remedy}")
    return [*lines, *folder.left_out]


def _ago(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{words.count(minutes, 'minute')} ago"
    hours = round(minutes / 60)
    return f"{words.count(hours, 'hour')} ago" if hours < 48 else f"{hours // 24} days ago"


def _nothing(_result: object) -> None:
    """The event that follows shows the folders anew."""
