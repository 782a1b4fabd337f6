"""The rows above the page: page and zoom, citations. Must not know the app or the state."""

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QIntValidator, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QMenu, QWidget

from carrel.ui.theme import Theme
from carrel.ui.viewer.state import ZOOMS, Fit, ViewerState
from carrel.ui.widgets.buttons import button, icon_button
from carrel.ui.widgets.labels import label
from carrel.ui.widgets.picture import IconPicture

WIDE: Final = 470
"""Pixels; in a narrower row the zoom buttons go, and the menu between them does their work."""


class Row(QFrame):
    """A row of controls with a hairline below."""

    def __init__(self, height: int) -> None:
        """An empty row of so many pixels."""
        super().__init__()
        self.setProperty("surface", "viewerbar")
        self.setFixedHeight(height)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(14, 0, 10, 0)
        self.row.setSpacing(6)


class PageRow(Row):
    """Where in the document, and how large.

    Signals:
        turn_wanted: carries 1 for the next unit, -1 for the one before.
        number_entered: carries the number of a unit.
        zoom_wanted: carries 1 in, -1 out.
        zoom_chosen: carries pixels per point.
        fit_chosen: carries a `Fit`.
        rotate_wanted: carries clockwise quarters.
        find_wanted: the reader wants to look for words.
        words_chosen: carries whether recognised words are to have lines around them.
    """

    turn_wanted = Signal(int)
    number_entered = Signal(int)
    zoom_wanted = Signal(int)
    zoom_chosen = Signal(float)
    fit_chosen = Signal(object)
    rotate_wanted = Signal(int)
    find_wanted = Signal()
    words_chosen = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        """Build the row; nothing is open yet."""
        super().__init__(40)
        self.strip = icon_button(theme, "list", "Pages and contents", shortcut="F7")
        self.strip.setCheckable(True)
        self.strip.setEnabled(False)
        self.previous = icon_button(theme, "chevron-up", "Previous page")
        self.number = QLineEdit()
        self.number.setProperty("kind", "page")
        self.number.setFixedWidth(52)
        self.number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.number.setValidator(QIntValidator(1, 9_999_999, self.number))
        self.number.setAccessibleName("Page number")
        self.number.returnPressed.connect(self._on_number_entered)
        self.total = label(role="plain")
        self.next = icon_button(theme, "chevron-down", "Next page")
        self.previous.clicked.connect(partial(self.turn_wanted.emit, -1))
        self.next.clicked.connect(partial(self.turn_wanted.emit, 1))
        self.zoom_out = icon_button(theme, "zoom-out", "Zoom out", shortcut="Ctrl+-")
        self.fit = button("Fit width", "quiet")
        self.zoom_in = icon_button(theme, "zoom-in", "Zoom in", shortcut="Ctrl+=")
        self.zoom_out.clicked.connect(partial(self.zoom_wanted.emit, -1))
        self.fit.clicked.connect(self._open_menu)
        self.zoom_in.clicked.connect(partial(self.zoom_wanted.emit, 1))
        self.find_button = icon_button(theme, "search", "Find in this document", shortcut="Ctrl+F")
        self.find_button.clicked.connect(self.find_wanted)
        self.menu = QMenu(self.fit)
        self.menu.setAccessibleName("Size of the page")
        self._actions: list[QAction] = []
        left: tuple[QWidget, ...] = (
            self.strip,
            self.previous,
            self.number,
            self.total,
            self.next,
        )
        right: tuple[QWidget, ...] = (self.zoom_out, self.fit, self.zoom_in, self.find_button)
        for widget in left:
            self.row.addWidget(widget)
        self.row.addStretch(1)
        for widget in right:
            self.row.addWidget(widget)
        self._page_like = True
        self._state = ViewerState()

    def show_state(self, state: ViewerState) -> None:
        """Show where the reader is and how large the page is shown."""
        place, self._state = state.place, state
        if not self.number.hasFocus() or state.view is not None:
            self.number.setText(str(place.number) if place else "")
        self.number.setEnabled(place is not None)
        self.total.setText(state.page_words)
        self.previous.setEnabled(place is not None and place.number > 1)
        self.next.setEnabled(place is not None and place.number < state.total)
        self.find_button.setEnabled(place is not None)
        page_like = state.view is None or state.view.page_like
        size = state.zoom_words if page_like else f"{round((state.zoom or 1.0) * 100)} %"
        self.fit.setText(size)
        self.fit.setAccessibleName(f"Size: {size}")

    def name_unit(self, kind: str) -> None:
        """Call what is turned by its name, such as ``Page``."""
        self.number.setAccessibleName(f"{kind} number")
        for step, direction in ((self.previous, "Previous"), (self.next, "Next")):
            step.setAccessibleName(f"{direction} {kind.lower()}")
            step.setToolTip(f"{direction} {kind.lower()}")

    def fill_menu(self) -> None:
        """Offer what can be done with what is shown."""
        state = self._state
        page_like = state.view is None or state.view.page_like
        self.menu.clear()
        self._actions.clear()
        if page_like:
            for fit in Fit:
                chosen = state.zoom is None and state.fit is fit
                self._offer(f"Fit {fit}", partial(self.fit_chosen.emit, fit), chosen=chosen)
            self.menu.addSeparator()
        for zoom in ZOOMS:
            now = state.zoom if page_like else state.zoom or 1.0
            chosen = now is not None and abs(now - zoom) < 0.005
            self._offer(f"{round(zoom * 100)} %", partial(self.zoom_chosen.emit, zoom),
                        chosen=chosen)  # fmt: skip
        if page_like:
            self.menu.addSeparator()
            if state.view is not None and state.view.unit.recognised is not None:
                act = partial(self.words_chosen.emit, not state.outlined)
                self._offer("Show recognised words", act, chosen=state.outlined)
            self._offer("Rotate right\tCtrl+R", partial(self.rotate_wanted.emit, 1))
            self._offer("Rotate left\tCtrl+Shift+R", partial(self.rotate_wanted.emit, -1))

    def _offer(self, words: str, act: "partial[None]", *, chosen: bool | None = None) -> None:
        action = QAction(words, self.menu)
        action.setCheckable(chosen is not None)
        action.setChecked(bool(chosen))
        action.triggered.connect(lambda _checked=False: act())
        self._actions.append(action)
        self.menu.addAction(action)

    def _open_menu(self) -> None:
        self.fill_menu()
        self.menu.popup(self.fit.mapToGlobal(self.fit.rect().bottomLeft()))

    def _on_number_entered(self) -> None:
        self.number_entered.emit(int(self.number.text() or 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give way where there is little room."""
        super().resizeEvent(event)
        for widget in (self.zoom_out, self.zoom_in):
            widget.setVisible(self.width() >= WIDE)


class CitationRow(Row):
    """Which citation is shown.

    Signals:
        step_wanted: carries 1 for the next citation, -1 for the one before.
    """

    step_wanted = Signal(int)

    def __init__(self, theme: Theme) -> None:
        """Build the row."""
        super().__init__(38)
        self.row.addWidget(IconPicture(theme, "quote", 16, "accent_text"))
        self.words = label(role="plain")
        self.row.addWidget(self.words)
        self.row.addStretch(1)
        back = icon_button(theme, "chevron-left", "Previous citation", shortcut="Ctrl+[")
        onward = icon_button(theme, "chevron-right", "Next citation", shortcut="Ctrl+]")
        back.clicked.connect(partial(self.step_wanted.emit, -1))
        onward.clicked.connect(partial(self.step_wanted.emit, 1))
        self.steps = (back, onward)
        self.row.addWidget(back)
        self.row.addWidget(onward)

    def show_state(self, state: ViewerState) -> None:
        """Say which citation of how many; hide without one."""
        self.setVisible(state.citation is not None)
        self.words.setText(state.citation_words)
        for step in self.steps:
            step.setEnabled(len(state.citations) > 1)
