"""The settings page as widgets. Must not know where settings are kept."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.workspaces import Kept, Seal, WorkspaceInfo
from carrel.ui.dialogs.seal import SLOT_WORDS, about_words
from carrel.ui.settings_page.state import SHORTCUTS, THEME_CHOICES, SettingsState, kept_words
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.header import PageHeader
from carrel.ui.widgets.labels import label
from carrel.ui.widgets.picture import IconPicture

CARD_WIDTH: Final = 760
"""Pixels; longer lines are hard to read."""


class SettingsPage(QWidget):
    """Appearance, privacy, keys, about.

    Signals:
        theme_chosen: carries ``system``, ``light`` or ``dark``.
        seal_wanted: the user wants to know what the lock does.
        help_wanted: the user wants the help sheet.
        forget_wanted: the user wants what engines read to be deleted.
    """

    theme_chosen = Signal(str)
    seal_wanted = Signal()
    help_wanted = Signal()
    forget_wanted = Signal()

    def __init__(self, theme: Theme, info: WorkspaceInfo, seal: Seal) -> None:
        """Build the page."""
        super().__init__()
        self._theme = theme
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(0)
        outside.addWidget(PageHeader("Settings"))
        inside = QWidget()
        inside.setProperty("surface", "clear")
        column = QVBoxLayout(inside)
        column.setContentsMargins(tokens.GUTTER, 20, tokens.GUTTER, 20)
        column.setSpacing(tokens.GAP_L)
        self._column = column
        self._keys_card = self._keys()
        cards = (
            self._appearance(),
            self._privacy(info, seal),
            self._memory(),
            self._keys_card,
            self._about(),
        )
        for card in cards:
            card.setMaximumWidth(CARD_WIDTH)
            column.addWidget(card)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        outside.addWidget(area, 1)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def add_card(self, card: QFrame) -> None:
        """Show one more card, above the keys."""
        card.setMaximumWidth(CARD_WIDTH)
        self._column.insertWidget(self._column.indexOf(self._keys_card), card)

    def show_state(self, state: SettingsState) -> None:
        """Show what is chosen."""
        self._choices[state.theme].setChecked(True)

    def _appearance(self) -> QFrame:
        card, column = _card("Appearance")
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_S)
        self._choices: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        for value, words in THEME_CHOICES:
            choice = button(words, "segment")
            choice.setAccessibleName(f"Theme: {words}")
            choice.setCheckable(True)
            choice.clicked.connect(lambda _=False, value=value: self.theme_chosen.emit(value))
            group.addButton(choice)
            self._choices[value] = choice
            row.addWidget(choice)
        row.addStretch(1)
        column.addLayout(row)
        return card

    def _privacy(self, info: WorkspaceInfo, seal: Seal) -> QFrame:
        card, column = _card("Privacy")
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_M)
        icon, colour = ("shield-check", "ok") if seal.active else ("shield-alert", "bad")
        row.addWidget(IconPicture(self._theme, icon, 18, colour), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(seal.calls, wrap=True), 1)
        more = button("What this means", "link")
        more.clicked.connect(self.seal_wanted)
        row.addWidget(more, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        ways = ", ".join(SLOT_WORDS.get(slot, slot) for slot in info.slots)
        if ways:
            column.addWidget(
                label(f"This workspace can be opened with {ways}.", "plain", wrap=True)
            )
        return card

    def show_kept(self, kept: Kept) -> None:
        """Say what engines keep of documents."""
        self._kept.setText(kept_words(kept))
        self._forget.setEnabled(kept.count > 0)

    def _memory(self) -> QFrame:
        card, column = _card("What models have read")
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_M)
        self._kept = label("", "plain", wrap=True)
        self._forget = button("Delete all…", "small", theme=self._theme)
        self._forget.setAccessibleName("Delete all that models keep of documents they read")
        self._forget.setEnabled(False)
        self._forget.clicked.connect(self.forget_wanted)
        row.addWidget(self._kept, 1)
        row.addWidget(self._forget, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        return card

    def _keys(self) -> QFrame:
        card, column = _card("Help and keys")
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.GAP_XL)
        grid.setVerticalSpacing(6)
        for at, (keys, words) in enumerate(SHORTCUTS):
            grid.addWidget(label(keys, "strong"), at, 0)
            grid.addWidget(label(words, "plain"), at, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        more = button("How answers are made, and what their marks mean", "link")
        more.clicked.connect(self.help_wanted)
        column.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def _about(self) -> QFrame:
        card, column = _card("About")
        column.addWidget(label(about_words(), "plain", wrap=True))
        return card

    def _on_theme_changed(self) -> None:
        self.show_state(SettingsState(theme=str(self._theme.choice)))


def _card(title: str) -> tuple[QFrame, QVBoxLayout]:
    card = QFrame()
    card.setProperty("surface", "card")
    column = QVBoxLayout(card)
    column.setContentsMargins(20, 16, 20, 18)
    column.setSpacing(tokens.GAP_M)
    column.addWidget(label(title, "title"))
    return card, column
