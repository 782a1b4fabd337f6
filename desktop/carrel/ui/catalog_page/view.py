"""The models page as widgets: renders `CatalogState`, sends commands to the app.

Must not know other pages.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.documents import Failure
from carrel.domain.events import Event
from carrel.domain.installed import InstalledModel
from carrel.ui import machine, words
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.catalog_page import state as catalog
from carrel.ui.catalog_page.cards import MachineCard, ModelsTable
from carrel.ui.catalog_page.state import CatalogState, Import
from carrel.ui.dialogs.ask import confirm
from carrel.ui.dialogs.choose import choose_files
from carrel.ui.machine import Machine
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button, icon_button
from carrel.ui.widgets.header import PageHeader
from carrel.ui.widgets.labels import label
from carrel.ui.widgets.picture import IconPicture

LOOK_MILLISECONDS = 5000
"""Time between two looks at the computer; memory does not move faster than anyone reads."""


class CatalogPage(QWidget):
    """Installed models, and the computer they run on.

    Signals:
        machine_seen: carries a fresh `Machine`.
        state_changed: the engine or the list changed; carries the `CatalogState`.
    """

    machine_seen = Signal(object)
    state_changed = Signal(object)

    def __init__(
        self, app: AppApi, bridge: EventBridge, theme: Theme, threads: ThreadPoolExecutor
    ) -> None:
        """Build the page and ask for the list."""
        super().__init__()
        self._app, self._bridge, self._theme, self._threads = app, bridge, theme, threads
        self._imports_shown: dict[int, _ImportCard] = {}
        self.state = catalog.with_engine(CatalogState(), *app.engine_state())
        self._build()
        bridge.event_published.connect(self._on_event_published)
        bridge.deliver(app.installed_models(), self._on_installed_arrived)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        self.look()
        self._show(self.state)

    def look(self) -> None:
        """Look at the computer, off this thread; not once the window closes."""
        if not self._timer.isActive():
            return
        self._bridge.deliver(
            self._threads.submit(machine.look, self._app.info.folder),
            self._on_machine_arrived,
            self._on_nothing,
        )

    def stop_looking(self) -> None:
        """The window closes."""
        self._timer.stop()

    def choose_file(self) -> None:
        """Let the user choose a GGUF file to import."""
        choose_files(self.window(), "Import a GGUF file", self.import_paths, "GGUF files (*.gguf)")

    def import_paths(self, paths: list[Path]) -> None:
        """Check and list these files."""
        for path in paths:
            job = self._app.import_model(path)
            self._show(catalog.importing(self.state, job, path.name))

    # ── building ────────────────────────────────────────────────────────────

    def _build(self) -> None:
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(0)
        self.header = PageHeader("Models")
        choose = button("Import model file…", "primary", theme=self._theme, icon="folder-open")
        choose.clicked.connect(self.choose_file)
        self.header.add(choose)
        outside.addWidget(self.header)
        inside = QWidget()
        inside.setProperty("surface", "clear")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(tokens.GUTTER, 20, tokens.GUTTER, 20)
        self._column.setSpacing(tokens.GAP_L)
        self._column.addLayout(self._cards())
        self.failure = _FailureCard(self._theme)
        self.failure.dismiss.clicked.connect(self._on_failure_dismissed)
        self._column.addWidget(self.failure)
        self._imports = QVBoxLayout()
        self._imports.setSpacing(tokens.GAP_S)
        self._column.addLayout(self._imports)
        self.table = ModelsTable(self._theme)
        self.table.load_wanted.connect(self._on_load_wanted)
        self.table.unload_wanted.connect(self._on_unload_wanted)
        self.table.remove_wanted.connect(self._on_remove_wanted)
        self.table.copy_wanted.connect(lambda name: QGuiApplication.clipboard().setText(name))
        self._column.addWidget(self.table)
        self.empty = self._empty()
        self._column.addWidget(self.empty)
        self._column.addWidget(self._promise())
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        area.setFrameShape(QFrame.Shape.NoFrame)
        outside.addWidget(area, 1)

    def _cards(self) -> QBoxLayout:
        self._card_row = QHBoxLayout()
        self._card_row.setSpacing(tokens.GAP_M)
        self.memory = MachineCard(self._theme, "memory-stick", "Memory")
        self.processor = MachineCard(self._theme, "cpu", "Processor")
        self.storage = MachineCard(self._theme, "hard-drive", "Storage")
        for card in (self.memory, self.processor, self.storage):
            self._card_row.addWidget(card, 1)
        return self._card_row

    def _empty(self) -> QWidget:
        card = QFrame()
        card.setProperty("surface", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(28, 28, 28, 28)
        column.setSpacing(tokens.GAP_S)
        column.addWidget(IconPicture(self._theme, "box", 28, "accent"))
        column.addWidget(label("No model on this computer yet", "title"))
        column.addWidget(
            label(
                "Answers come straight from your documents until then. To have them written by "
                "DeepSeek V4-Flash, import its GGUF file from a disk or a USB stick.",
                "plain",
                wrap=True,
            )
        )
        row = QHBoxLayout()
        choose = button("Import a GGUF file…", "primary")
        choose.clicked.connect(self.choose_file)
        row.addWidget(choose)
        row.addStretch(1)
        column.addSpacing(tokens.GAP_S)
        column.addLayout(row)
        return card

    def _promise(self) -> QWidget:
        card = QFrame()
        card.setProperty("surface", "card")
        row = QHBoxLayout(card)
        row.setContentsMargins(15, 11, 15, 11)
        row.setSpacing(tokens.GAP_M)
        row.addWidget(IconPicture(self._theme, "shield-check", 18, "ok"))
        row.addWidget(
            label(
                "Models are loaded only from this computer. Every GGUF file is checked before it "
                "is listed, and runs in a process without network or files.",
                "plain",
                wrap=True,
            ),
            1,
        )
        return card

    # ── state ───────────────────────────────────────────────────────────────

    def _show(self, state: CatalogState) -> None:
        self.state = state
        rows = catalog.rows(state)
        self.table.show_rows(rows)
        self.table.setVisible(bool(rows))
        self.empty.setVisible(state.loaded and not rows and not state.imports)
        self.header.set_meta(f"{len(rows)} installed" if rows else "")
        self.failure.show_failure(state.import_failure or state.engine_failure)
        self._show_imports(state.imports)
        self._show_machine(state.machine)
        self.state_changed.emit(state)

    def _show_imports(self, running: tuple[Import, ...]) -> None:
        for job in [job for job in self._imports_shown if job not in {i.job for i in running}]:
            gone = self._imports_shown.pop(job)
            gone.setParent(None)
            gone.deleteLater()
        for each in running:
            card = self._imports_shown.get(each.job)
            if card is None:
                card = self._imports_shown[each.job] = _ImportCard()
                card.stop.clicked.connect(partial(self._on_stop_clicked, each))
                self._imports.addWidget(card)
            card.show_import(each)

    def _show_machine(self, seen: Machine) -> None:
        if seen.memory_total:
            used, total = words.memory(seen.memory_used), words.memory(seen.memory_total)
            share = seen.memory_used / seen.memory_total
            self.memory.show_value(f"{used} of {total} GB used", share)
        if seen.threads:
            parts = [words.count(seen.threads, "thread")]
            if seen.vectors:
                parts.append(seen.vectors)
            self.processor.show_value(" · ".join(parts), seen.busy)
        if seen.storage_total:
            share = 1 - seen.storage_free / seen.storage_total
            free, total = words.size(seen.storage_free), words.size(seen.storage_total)
            self.storage.show_value(f"{free} of {total} free", share)

    def _on_event_published(self, event: Event) -> None:
        state = catalog.apply(self.state, event)
        if state is not self.state:
            self._show(state)

    def _on_installed_arrived(self, installed: tuple[InstalledModel, ...]) -> None:
        self._show(catalog.with_installed(self.state, installed))

    def _on_machine_arrived(self, seen: Machine) -> None:
        self._show(catalog.with_machine(self.state, seen))
        self.machine_seen.emit(seen)

    # ── commands ────────────────────────────────────────────────────────────

    def load(self, name: str) -> None:
        """Load an installed model."""
        self._on_load_wanted(name)

    def _on_load_wanted(self, name: str) -> None:
        self._bridge.deliver(self._app.load_engine(name), self._on_nothing, self._on_failed)

    def _on_unload_wanted(self) -> None:
        self._bridge.deliver(self._app.unload_engine(), self._on_nothing, self._on_failed)

    def _on_remove_wanted(self, name: str) -> None:
        title = next((i.title for i in self.state.installed if i.name == name), name)
        confirm(
            self,
            self._theme,
            title="Take this model off the list?",
            words=f"“{title}” will no longer be offered. Its file stays where it is.",
            action="Take off the list",
            accepted=lambda: self._bridge.deliver(
                self._app.remove_model(name), self._on_nothing, self._on_failed
            ),
        )

    def _on_stop_clicked(self, running: Import) -> None:
        self._app.cancel(running.job)
        self._show(catalog.cancelling(self.state, running.job))

    def _on_failure_dismissed(self) -> None:
        self._show(catalog.dismissed(self.state))

    def _on_failed(self, failure: Failure) -> None:
        self.failure.show_failure(failure)

    def _on_nothing(self, _result: object) -> None:
        """The event that follows redraws the page."""

    # ── Qt ──────────────────────────────────────────────────────────────────

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the cards under each other where there is no room beside."""
        super().resizeEvent(event)
        beside = self.width() >= 620
        self._card_row.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        )

    def showEvent(self, event: QShowEvent) -> None:
        """Look at once when the page is opened."""
        super().showEvent(event)
        self.look()


class _ImportCard(QFrame):
    """A GGUF file being checked."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.GAP_L, tokens.GAP_M, tokens.GAP_M, tokens.GAP_M)
        row.setSpacing(tokens.GAP_L)
        column = QVBoxLayout()
        self.words = label(role="strong", wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the check")
        column.addWidget(self.words)
        column.addWidget(self.bar)
        row.addLayout(column, 1)
        self.stop = button("Stop")
        row.addWidget(self.stop)

    def show_import(self, running: Import) -> None:
        self.words.setText(catalog.import_words(running))
        self.bar.setValue(round(1000 * running.done / running.total) if running.total else 0)
        self.stop.setEnabled(not running.cancelling)


class _FailureCard(QFrame):
    """What went wrong and what to do, until it is read."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("surface", "notice")
        row = QHBoxLayout(self)
        row.setContentsMargins(15, 11, 10, 11)
        row.setSpacing(tokens.GAP_M)
        row.addWidget(IconPicture(theme, "triangle-alert", 18, "bad"))
        column = QVBoxLayout()
        column.setSpacing(2)
        self.reason = label(role="bad", wrap=True)
        self.remedy = label(wrap=True)
        column.addWidget(self.reason)
        column.addWidget(self.remedy)
        row.addLayout(column, 1)
        self.dismiss = icon_button(theme, "x", "Dismiss")
        row.addWidget(self.dismiss)

    def show_failure(self, failure: Failure | None) -> None:
        self.setVisible(failure is not None)
        if failure is not None:
            self.reason.setText(failure.reason)
            self.remedy.setText(failure.remedy)
