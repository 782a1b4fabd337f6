"""The models page as widgets: renders `CatalogState`, sends commands to the app.

Must not know other pages.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QGuiApplication,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.documents import Failure
from carrel.domain.events import Event
from carrel.domain.installed import EngineState, InstalledModel
from carrel.domain.plans import FitPlan
from carrel.settings import models_folder
from carrel.ui import machine, words
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.catalog_page import fit, rows, tasks
from carrel.ui.catalog_page import state as catalog
from carrel.ui.catalog_page.cards import MachineCard
from carrel.ui.catalog_page.empty import EmptyCard
from carrel.ui.catalog_page.stack import CardStack
from carrel.ui.catalog_page.state import CatalogState
from carrel.ui.catalog_page.table import ModelsTable
from carrel.ui.catalog_page.tasks import FailedTask, TaskKind
from carrel.ui.dialogs.ask import confirm
from carrel.ui.dialogs.choose import choose_files, choose_folder
from carrel.ui.machine import Machine
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.header import PageHeader
from carrel.ui.widgets.labels import label
from carrel.ui.widgets.picture import IconPicture

LOOK_MILLISECONDS: Final = 5000
"""Time between two looks at the computer; memory does not move faster than anyone reads."""
BESIDE_WIDTH: Final = 820
"""Pixels from which the four cards about the computer stand in one row."""
MODEL_FILES: Final = "Model files and pack manifests (*.gguf *.carrel.json)"


class CatalogPage(QWidget):
    """Installed models, and the computer they run on.

    Signals:
        machine_seen: carries a fresh `Machine`.
        state_changed: the engine or the list changed; carries the `CatalogState`.
        help_wanted: the user wants to know what models and packs are.
    """

    machine_seen = Signal(object)
    state_changed = Signal(object)
    help_wanted = Signal()

    def __init__(
        self, app: AppApi, bridge: EventBridge, theme: Theme, threads: ThreadPoolExecutor
    ) -> None:
        """Build the page and ask for the list."""
        super().__init__()
        self._app, self._bridge, self._theme, self._threads = app, bridge, theme, threads
        self._planning: set[str] = set()
        self._looking = False
        self.state = catalog.with_engine(CatalogState(), *app.engine_state())
        self._build()
        bridge.event_published.connect(self._on_event_published)
        self._read_list()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        self.look()
        self._show(self.state)

    # ── what the window may ask ─────────────────────────────────────────────

    def look(self) -> None:
        """Look at the computer and for the files, off this thread; not once the window closes.

        One look at a time: a drive that does not answer must not take every thread.
        """
        if not self._timer.isActive() or self._looking:
            return
        self._looking = True
        paths = {found.name: found.path for found in self.state.installed}
        looked = self._threads.submit(_look, models_folder(), paths)
        self._bridge.deliver(looked, self._on_machine_arrived, self._on_look_failed)

    def stop_looking(self) -> None:
        """The window closes."""
        self._timer.stop()

    def load(self, name: str) -> None:
        """Load an installed model."""
        self._load(name)

    def open_details(self, name: str) -> None:
        """Show the details of a model."""
        if self.state.opened != name:
            self._on_opened(name)

    def stop_loading(self) -> None:
        """Give up the load under way."""
        self._app.stop_loading()

    def choose_file(self) -> None:
        """Let the user choose GGUF files or the manifest of a pack."""
        choose_files(self.window(), "Import a model", self.import_paths, MODEL_FILES)

    def choose_pack(self) -> None:
        """Let the user choose the folder of a pack."""
        choose_folder(self.window(), "Import a model pack", self.import_paths)

    def import_paths(self, paths: list[Path]) -> None:
        """Check, copy and list these files and packs."""
        for path in paths:
            job = self._app.import_model(path)
            self._show(catalog.importing(self.state, job, path))

    # ── building ────────────────────────────────────────────────────────────

    def _build(self) -> None:
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.setSpacing(0)
        self.header = PageHeader("Models")
        self.verify_all = button("Verify all", theme=self._theme, icon="shield-check")
        self.verify_all.setToolTip("Compare every byte of every model with what was imported")
        self.verify_all.clicked.connect(self._on_verify_all_clicked)
        self.choose = button("Import model…", "primary", theme=self._theme, icon="folder-open")
        self.choose.clicked.connect(self._on_choose_clicked)
        self.header.add(self.verify_all)
        self.header.add(self.choose)
        outside.addWidget(self.header)
        inside = QWidget()
        inside.setProperty("surface", "clear")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(tokens.GUTTER, 20, tokens.GUTTER, 20)
        self._column.setSpacing(tokens.GAP_L)
        self._card_grid = QGridLayout()
        self._card_grid.setSpacing(tokens.GAP_M)
        # Still empty: what lies in a layout when it is added to another must never move within it,
        # or the binding keeps the address of what was deleted and takes the next object for it.
        self._column.addLayout(self._card_grid)
        self._add_cards()
        self.stack = CardStack(self._theme)
        self._column.addWidget(self.stack)
        self.table = ModelsTable(self._theme)
        self._column.addWidget(self.table)
        self.empty = EmptyCard(self._theme)
        self._column.addWidget(self.empty)
        self._column.addWidget(self._promise())
        self._column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(inside)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        outside.addWidget(self.area, 1)
        self._connect()

    def _connect(self) -> None:
        table, stack = self.table, self.stack
        table.opened.connect(self._on_opened)
        table.load_wanted.connect(self._load)
        table.unload_wanted.connect(self._on_unload_wanted)
        table.stop_wanted.connect(self.stop_loading)
        table.remove_wanted.connect(self._on_remove_wanted)
        table.verify_wanted.connect(self._on_verify_wanted)
        table.test_wanted.connect(self._on_test_wanted)
        table.plan_wanted.connect(self._on_plan_wanted)
        table.copy_wanted.connect(lambda name: QGuiApplication.clipboard().setText(name))
        stack.task_stopped.connect(self._on_task_stopped)
        stack.load_stopped.connect(self.stop_loading)
        stack.load_wanted.connect(self._load)
        stack.retry_wanted.connect(self._on_retry_wanted)
        stack.list_wanted.connect(self._read_list)
        stack.engine_dismissed.connect(lambda: self._show(catalog.engine_dismissed(self.state)))
        stack.failure_dismissed.connect(
            lambda job: self._show(catalog.failure_dismissed(self.state, job))
        )
        stack.outcome_dismissed.connect(
            lambda outcome: self._show(catalog.outcome_dismissed(self.state, outcome))
        )
        self.empty.file_wanted.connect(self.choose_file)
        self.empty.folder_wanted.connect(self.choose_pack)
        self.empty.help_wanted.connect(self.help_wanted)

    def _add_cards(self) -> None:
        self.memory = MachineCard(self._theme, "memory-stick", "Memory")
        self.processor = MachineCard(self._theme, "cpu", "Processor")
        self.graphics = MachineCard(self._theme, "monitor", "Graphics")
        self.storage = MachineCard(self._theme, "hard-drive", "Model storage")
        self._machine_cards = (self.memory, self.processor, self.graphics, self.storage)
        self._place_cards(len(self._machine_cards))

    def _place_cards(self, in_row: int) -> None:
        for at, card in enumerate(self._machine_cards):
            self._card_grid.addWidget(card, at // in_row, at % in_row)
            self._card_grid.setColumnStretch(at, 1 if at < in_row else 0)
        self._cards_in_row = in_row

    def _promise(self) -> QWidget:
        card = QFrame()
        card.setProperty("surface", "card")
        row = QHBoxLayout(card)
        row.setContentsMargins(15, 11, 15, 11)
        row.setSpacing(tokens.GAP_M)
        row.addWidget(IconPicture(self._theme, "shield-check", 18, "ok"))
        row.addWidget(
            label(
                "Models are loaded only from this computer. Every file is checked before it is "
                "listed, and runs in a process without network or files.",
                "plain",
                wrap=True,
            ),
            1,
        )
        return card

    # ── state ───────────────────────────────────────────────────────────────

    def _show(self, state: CatalogState) -> None:
        self.state = state
        now, today = time.monotonic(), time.time()
        shown = rows.rows(state, now)
        self.table.show_rows(shown, rows.details(state, now, today))
        self.table.setVisible(bool(shown))
        brought = sum(not found.built_in for found in state.installed)
        waits = state.loaded and not brought and state.list_failure is None
        self.empty.setVisible(waits and not state.tasks)
        self.header.set_meta(rows.how_many(brought, len(shown) - brought))
        verifying = any(task.kind is TaskKind.VERIFY for task in state.tasks)
        self.verify_all.setVisible(bool(shown))
        self.verify_all.setEnabled(not verifying)
        self.stack.show_state(state, now)
        self._show_machine(state)
        self.state_changed.emit(state)
        if self.isVisible():
            self._plan_unplanned()

    def _show_machine(self, state: CatalogState) -> None:
        seen = state.machine
        if seen.memory_total:
            used, total = words.memory(seen.memory_used), words.memory(seen.memory_total)
            share = seen.memory_used / seen.memory_total
            self.memory.show_value(f"{used} of {total} GiB used", share)
        if seen.threads:
            parts = [words.count(seen.threads, "thread")]
            if seen.vectors:
                parts.append(seen.vectors)
            self.processor.show_value(" · ".join(parts), seen.busy)
        graphics = fit.graphics_of(state.devices)
        self.graphics.show_value(graphics.words, graphics.share, graphics.detail)
        if seen.storage_total:
            share = 1 - seen.storage_free / seen.storage_total
            free = words.part(seen.storage_free, seen.storage_total)
            self.storage.show_value(f"{free} free", share)

    def _on_event_published(self, event: Event) -> None:
        before = self.state
        state = catalog.apply(before, event, time.monotonic(), time.time())
        if state is not before:
            self._show(state)
            self._announce(before, state)

    def _announce(self, before: CatalogState, state: CatalogState) -> None:
        """Say aloud what was found or failed, for those who hear the window."""
        said = [f.head for f in state.failed if f not in before.failed]
        said += [o.head for o in state.outcomes if o not in before.outcomes]
        for sentence in said:
            spoken = QAccessibleAnnouncementEvent(self, sentence)
            QAccessible.updateAccessibility(spoken)

    def _read_list(self) -> None:
        self._bridge.deliver(
            self._app.installed_models(), self._on_installed_arrived, self._on_list_failed
        )

    def _on_installed_arrived(self, installed: tuple[InstalledModel, ...]) -> None:
        self._show(catalog.with_installed(self.state, installed))
        self.look()

    def _on_list_failed(self, failure: Failure) -> None:
        self._show(catalog.without_list(self.state, failure))

    def _on_machine_arrived(self, seen: tuple[Machine, frozenset[str]]) -> None:
        self._looking = False
        self._show(catalog.with_machine(self.state, *seen))
        self.machine_seen.emit(seen[0])

    def _on_look_failed(self, _failure: Failure) -> None:
        self._looking = False

    # ── plans ───────────────────────────────────────────────────────────────

    def _plan_unplanned(self) -> None:
        for name in self.state.unplanned:
            if name not in self._planning:
                self._planning.add(name)
                self._bridge.deliver(
                    self._app.plan_model(name),
                    partial(self._on_planned, name),
                    partial(self._on_plan_failed, name),
                )

    def _on_planned(self, name: str, plan: FitPlan) -> None:
        self._planning.discard(name)
        self._show(catalog.with_plan(self.state, name, plan))

    def _on_plan_failed(self, name: str, failure: Failure) -> None:
        self._planning.discard(name)
        self._show(catalog.without_plan(self.state, name, failure))

    def _on_plan_wanted(self, name: str) -> None:
        self._show(catalog.without_plan(self.state, name, None))

    # ── commands ────────────────────────────────────────────────────────────

    def _on_opened(self, name: str) -> None:
        self._show(catalog.opened(self.state, name))
        if self.state.opened:
            QTimer.singleShot(0, self.table, self._reveal_sheet)

    def _reveal_sheet(self) -> None:
        """Scroll so that the row and as much of its details as fits can be seen."""
        row = self.table.rows.get(self.state.opened)
        if row is not None:
            self.area.ensureWidgetVisible(self.table.sheet, 0, tokens.GAP_L)
            self.area.ensureWidgetVisible(row, 0, tokens.GAP_L)

    def _load(self, name: str, context_tokens: int = 0) -> None:
        self._show(catalog.engine_dismissed(self.state))
        loading = self._app.load_engine(name, context_tokens=context_tokens)
        self._bridge.deliver(loading, self._on_nothing, self._on_load_failed)

    def _on_load_failed(self, failure: Failure) -> None:
        if failure.code != tasks.CANCELLED:
            self._show(catalog.load_failed(self.state, failure))

    def _on_unload_wanted(self) -> None:
        if self.state.engine is EngineState.LOADING:
            self.stop_loading()
        self._bridge.deliver(self._app.unload_engine(), self._on_nothing)

    def _on_verify_wanted(self, name: str) -> None:
        self._work(TaskKind.VERIFY, name)

    def _on_test_wanted(self, name: str) -> None:
        self._work(TaskKind.TEST, name)

    def _on_verify_all_clicked(self) -> None:
        for found in self.state.installed:
            self._work(TaskKind.VERIFY, found.name)

    def _work(self, kind: TaskKind, name: str) -> None:
        if not rows.can_work(self.state, name):
            return
        start = self._app.verify_model if kind is TaskKind.VERIFY else self._app.asking.test_model
        self._show(catalog.working(self.state, start(name), kind, name))

    def _on_retry_wanted(self, failed: FailedTask) -> None:
        self._show(catalog.failure_dismissed(self.state, failed.job))
        if failed.path is not None:
            self.import_paths([failed.path])
        else:
            self._work(failed.kind, failed.name)

    def _on_task_stopped(self, job: int) -> None:
        found = next((task for task in self.state.tasks if task.job == job), None)
        if found is not None:
            self._app.cancel(found.job)
            self._show(catalog.cancelling(self.state, found.job))

    def _on_remove_wanted(self, name: str) -> None:
        found = self.state.find(name)
        confirm(
            self,
            self._theme,
            title="Take this model off the list?",
            words=f"“{found.title if found else name}” will no longer be offered. Its files stay "
            "where they are; import it again to have it back.",
            action="Take off the list",
            accepted=lambda: self._bridge.deliver(self._app.remove_model(name), self._on_nothing),
        )

    def _on_choose_clicked(self) -> None:
        menu = QMenu(self)
        for said, act in (
            ("GGUF file or pack manifest…", self.choose_file),
            ("Folder of a model pack…", self.choose_pack),
        ):
            entry = menu.addAction(said)
            entry.triggered.connect(lambda _=False, act=act: act())
        menu.aboutToHide.connect(menu.deleteLater)
        corner = self.choose.rect().bottomRight()
        corner.setX(corner.x() - menu.sizeHint().width())
        menu.popup(self.choose.mapToGlobal(corner))

    def _on_nothing(self, _result: object) -> None:
        """The event that follows redraws the page."""

    # ── Qt ──────────────────────────────────────────────────────────────────

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the cards in two rows where there is no room in one."""
        super().resizeEvent(event)
        in_row = len(self._machine_cards) if self.width() >= BESIDE_WIDTH else 2
        if in_row != self._cards_in_row:
            self._place_cards(in_row)

    def showEvent(self, event: QShowEvent) -> None:
        """Look at once when the page is opened."""
        super().showEvent(event)
        self.look()
        self._plan_unplanned()


def _look(folder: Path, paths: dict[str, Path]) -> tuple[Machine, frozenset[str]]:
    """The computer now, and the models whose file is not there; reads the disk."""
    missing = frozenset(name for name, path in paths.items() if not machine.is_there(path))
    return machine.look(folder), missing
