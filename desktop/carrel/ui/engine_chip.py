"""The button that says which model answers, with its menu. Must not know the app."""

from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QMenu, QPushButton

from carrel.domain.installed import EngineState
from carrel.ui import words
from carrel.ui.catalog_page.state import CatalogState
from carrel.ui.theme import Theme
from carrel.ui.widgets.labels import tip

NO_MODEL = "No model loaded"


class EngineChip(QPushButton):
    """Shows the engine; offers the installed models.

    Signals:
        load_wanted: carries a name.
        unload_wanted, stop_wanted, page_wanted: from the menu.
    """

    load_wanted = Signal(str)
    unload_wanted = Signal()
    stop_wanted = Signal()
    page_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        """Start without a model."""
        super().__init__(NO_MODEL)
        self._state = CatalogState()
        self.setProperty("kind", "chip")
        self.setIcon(theme.icon("cpu", "text2"))
        self.setIconSize(QSize(16, 16))
        self.setMaximumWidth(300)
        self.clicked.connect(self.open_menu)
        self.show_state(self._state)

    def show_state(self, state: CatalogState, loading: str = "") -> None:
        """Show which model is loaded, and how far.

        Args:
            state: of the models page.
            loading: how far a load is, in words.
        """
        self._state = state
        title = self._title(state.engine_name)
        said = {
            EngineState.OFF: NO_MODEL,
            EngineState.LOADING: f"Loading {title} · {int(100 * state.engine_progress)} %",
            EngineState.READY: title,
            EngineState.BUSY: title,
            EngineState.CRASHED: f"{title} stopped",
        }[state.engine]
        shown = said if len(said) <= 38 else said[:24].rstrip() + "…" + said[-12:].lstrip()
        self.setText(" " + shown.replace("&", "&&"))
        self.setAccessibleName(f"Model: {said}")
        more = f"{loading}\n" if loading else ""
        self.setToolTip(tip(f"{said}\n{more}Choose a model (Ctrl+M)"))

    def open_menu(self) -> None:
        """Offer the installed models."""
        menu = QMenu(self)
        for installed in self._state.installed:
            entry = menu.addAction(self._title(installed.name).replace("&", "&&"))
            entry.setCheckable(True)
            running = self._state.engine is not EngineState.OFF
            entry.setChecked(running and installed.name == self._state.engine_name)
            entry.triggered.connect(partial(self.load_wanted.emit, installed.name))
        if self._state.installed:
            menu.addSeparator()
        if self._state.engine is EngineState.LOADING:
            stop = menu.addAction("Cancel loading")
            stop.triggered.connect(lambda _=False: self.stop_wanted.emit())
        else:
            off = menu.addAction("Unload the model")
            off.setEnabled(self._state.engine is not EngineState.OFF)
            off.triggered.connect(lambda _=False: self.unload_wanted.emit())
        page = menu.addAction("Models…")
        page.triggered.connect(lambda _=False: self.page_wanted.emit())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _title(self, name: str) -> str:
        found = self._state.find(name)
        if found is None:
            return name or NO_MODEL
        title = words.short_name(found)
        known = found.quantisation and found.quantisation != "mixed"
        return f"{title} · {found.quantisation}" if known else title
