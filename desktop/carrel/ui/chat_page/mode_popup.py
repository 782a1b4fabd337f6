"""The list from which one chooses how a question is answered, with what each way would take.

Must not know questions, models or the app; it holds offers.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from carrel.domain.answers import AnswerMode
from carrel.domain.offers import ModeOffer
from carrel.ui.chat_page.modes import MODES, Mode, cost_words
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import GAP_S
from carrel.ui.widgets.labels import label, set_role

POPUP_WIDTH: Final = 400
ICON_SIDE: Final = 18
ROW_LEFT: Final = 12


class ModeRow(QPushButton):
    """One way of answering: its name, what it does, what it would take."""

    def __init__(self, theme: Theme, mode: Mode) -> None:
        """A row that can be chosen; nothing is known of its cost yet."""
        super().__init__()
        self._theme, self._mode = theme, mode
        self._chosen = False
        self.setProperty("kind", "choice")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        self.setAccessibleName(f"{mode.name}. {mode.does}")
        self._icon = label()
        self._icon.setFixedSize(ICON_SIDE, ICON_SIDE)
        self._name = label(mode.name, "strong")
        self._does = label(mode.does, "meta")
        self._cost = label(cost_words(None), "accent-meta", wrap=True)
        lines = QVBoxLayout()
        lines.setSpacing(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(ROW_LEFT, 9, ROW_LEFT, 9)
        row.setSpacing(11)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(lines, 1)
        for line in (self._name, self._does, self._cost):
            lines.addWidget(line)
        for part in (self._icon, self._name, self._does, self._cost):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_offer(self, offer: ModeOffer | None, *, chosen: bool) -> None:
        """Say what it would take, and whether it is the one chosen.

        Args:
            offer: None while it is being found out.
        """
        self._chosen = chosen
        said = cost_words(offer)
        refused = offer is not None and bool(offer.refusal) and not offer.guessed
        self.setEnabled(not refused)
        self._cost.setText(visible(said))
        set_role(self._cost, "caption" if refused else "accent-meta")
        set_role(self._name, "caption" if refused else "strong")
        set_role(self._does, "caption" if refused else "meta")
        icon = "circle-check" if chosen else self._mode.icon
        colour = "text3" if refused else "accent_text" if chosen else "text2"
        self._icon.setPixmap(self._theme.icon(icon, colour).pixmap(ICON_SIDE, ICON_SIDE))
        state = "chosen" if chosen else "not possible" if refused else "not chosen"
        self.setAccessibleName(f"{self._mode.name}, {state}. {self._mode.does} {said}")

    def sizeHint(self) -> QSize:
        """As high as its lines."""
        width = POPUP_WIDTH - 12
        layout = self.layout()
        height = layout.totalHeightForWidth(width) if layout is not None else 0
        return QSize(width, max(height, 60))


class ModePopup(QFrame):
    """The ways of answering, one below the other.

    Signals:
        mode_chosen: carries an `AnswerMode`.
    """

    mode_chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        """A closed popup."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("surface", "card")
        self.setFixedWidth(POPUP_WIDTH)
        self.setAccessibleName("How to answer")
        self._anchor: QWidget | None = None
        self._chosen = AnswerMode.EVIDENCE
        self.rows: Mapping[AnswerMode, ModeRow] = {
            mode: ModeRow(theme, told) for mode, told in MODES.items()
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(GAP_S // 4)
        for mode, row in self.rows.items():
            row.clicked.connect(partial(self._on_chosen, mode))
            column.addWidget(row)

    def open_above(self, anchor: QWidget, chosen: AnswerMode) -> None:
        """Show it above a widget; costs follow with `show_offers`."""
        self._anchor, self._chosen = anchor, chosen
        for mode, row in self.rows.items():
            row.show_offer(None, chosen=mode is chosen)
        self._settle()
        self.show()
        self.rows[chosen].setFocus()

    def show_offers(self, offers: Mapping[AnswerMode, ModeOffer]) -> None:
        """Say what each would take."""
        for mode, row in self.rows.items():
            row.show_offer(offers.get(mode), chosen=mode is self._chosen)
        self._settle()

    def _settle(self) -> None:
        """Keep its foot above the widget it belongs to, however high its rows are."""
        height = sum(row.sizeHint().height() for row in self.rows.values())
        layout = self.layout()
        spaces = layout.spacing() * (len(self.rows) - 1) + 14 if layout is not None else 0
        self.setFixedHeight(height + spaces)
        if self._anchor is not None:
            self.move(self._anchor.mapToGlobal(QPoint(0, -self.height() - 6)))

    def _on_chosen(self, mode: AnswerMode) -> None:
        self.close()
        self.mode_chosen.emit(mode)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down walk the ways that are possible, round and round; Escape closes."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        able = [row for row in self.rows.values() if row.isEnabled()]
        at = next((n for n, row in enumerate(able) if row.hasFocus()), -step)
        if able:
            able[(at + step) % len(able)].setFocus(Qt.FocusReason.TabFocusReason)
