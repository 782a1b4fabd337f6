"""Everything known of one model, opened below its row. Must not know the app."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from carrel.ui.catalog_page.cards import Pill, note_line
from carrel.ui.catalog_page.fit import PlanCell, PlanTable
from carrel.ui.catalog_page.rows import Details, Note
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import ElidedLabel, hairline, label, restyle
from carrel.ui.widgets.picture import IconPicture

BESIDE_WIDTH = 820
"""Pixels from which the two halves stand beside each other."""
UNITS = "Memory is counted in GiB, 2³⁰ bytes; files in GB, 10⁹ bytes: 1 GiB is 1.07 GB."


class DetailsSheet(QFrame):
    """Plan, advice, origin, self-test, and what can be done.

    Attributes:
        buttons: in the order of the eye.

    Signals:
        load_wanted, remove_wanted, verify_wanted, test_wanted, plan_wanted, copy_wanted: carry
            the name.
        unload_wanted, stop_wanted: of the model that is loaded or being loaded.
    """

    load_wanted = Signal(str)
    unload_wanted = Signal()
    stop_wanted = Signal()
    remove_wanted = Signal(str)
    verify_wanted = Signal(str)
    test_wanted = Signal(str)
    plan_wanted = Signal(str)
    copy_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        """Lay out empty halves and the buttons."""
        super().__init__()
        self._theme = theme
        self._shown: Details | None = None
        self.setProperty("line", "sheet")
        column = QVBoxLayout(self)
        column.setContentsMargins(41, 14, 20, 16)
        column.setSpacing(tokens.GAP_M)
        self._halves = QHBoxLayout()
        self._halves.setSpacing(tokens.GAP_XXL)
        self._left, self._right = QVBoxLayout(), QVBoxLayout()
        for half, stretch in ((self._left, 11), (self._right, 9)):
            half.setSpacing(tokens.GAP_M)
            self._halves.addLayout(half, stretch)
        column.addLayout(self._halves)
        column.addWidget(hairline())
        column.addLayout(self._button_row())

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_S)
        self.verify = button("Verify", "small")
        self.test = button("Self-test", "small")
        self.load = button("Load", "small")
        self.unload = button("Unload", "small")
        self.stop = button("Cancel loading", "small")
        self.plan = button("Work out the fit again", "small")
        self.remove = button("Take off the list…", "danger-small")
        self.running = ElidedLabel("", "meta")
        for made, signal in (
            (self.verify, self.verify_wanted),
            (self.test, self.test_wanted),
            (self.load, self.load_wanted),
            (self.plan, self.plan_wanted),
            (self.remove, self.remove_wanted),
        ):
            made.clicked.connect(lambda _=False, signal=signal: signal.emit(self._name))
        self.unload.clicked.connect(self.unload_wanted)
        self.stop.clicked.connect(self.stop_wanted)
        left = (self.load, self.unload, self.stop, self.test, self.verify, self.plan)
        for made in left:
            row.addWidget(made)
        self.buttons: list[QWidget] = [*left, self.remove]
        row.addWidget(self.running, 1)
        row.addWidget(self.remove)
        return row

    @property
    def _name(self) -> str:
        return self._shown.name if self._shown is not None else ""

    def show_details(self, details: Details, *, last: bool) -> None:
        """Bring all up to date; what did not change keeps its widgets."""
        if self.property("last") != last:
            self.setProperty("last", last)
            restyle(self)
        before, self._shown = self._shown, details
        if details == before:
            return
        self.setAccessibleName(f"Details of {details.title}")
        self._show_buttons(details)
        if before is None or _content(before) != _content(details):
            self._fill(details)

    def _show_buttons(self, details: Details) -> None:
        running = details.status in {"active", "busy", "held"}
        loading = details.status == "loading"
        self.load.setVisible(details.can_load)
        self.unload.setVisible(running)
        self.stop.setVisible(loading)
        free = not details.running and not details.missing
        self.verify.setEnabled(free)
        self.test.setEnabled(free)
        self.plan.setVisible(not details.missing and not running and not loading)
        self.remove.setVisible(details.can_remove)
        self.remove.setEnabled(not running and not loading and not details.running)
        self.running.setText(details.running)
        for made, does in (
            (self.load, "Load"),
            (self.unload, "Unload"),
            (self.verify, "Verify every byte of"),
            (self.test, "Run the self-test of"),
            (self.plan, "Work out again the fit of"),
            (self.remove, "Take off the list:"),
        ):
            made.setAccessibleName(f"{does} {details.title}")

    def _fill(self, details: Details) -> None:
        for half in (self._left, self._right):
            _empty(half)
        left, right = self._left, self._right
        left.addWidget(label("Fit on this computer", "strong"))
        self._add_notes(left, details.fit)
        if details.table is not None:
            left.addSpacing(tokens.GAP_XS)
            left.addWidget(_PlanGrid(self._theme, details.table))
            left.addWidget(label(UNITS, "caption", wrap=True))
        left.addStretch(1)
        right.addWidget(label("Where it comes from", "strong"))
        self._add_notes(right, details.origin)
        right.addLayout(_facts((("File", details.path), *details.facts)))
        right.addSpacing(tokens.GAP_XS)
        right.addWidget(label("Self-test", "strong"))
        right.addWidget(label(details.self_test, "plain", wrap=True))
        self._add_notes(right, details.checks)
        right.addStretch(1)
        self._fit_halves()

    def _add_notes(self, column: QVBoxLayout, notes: tuple[Note, ...]) -> None:
        block = QVBoxLayout()
        block.setSpacing(10)
        for note in notes:
            block.addWidget(note_line(self._theme, note))
        column.addLayout(block)

    def _fit_halves(self) -> None:
        beside = self.width() >= BESIDE_WIDTH
        self._halves.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the halves under each other where there is no room beside."""
        super().resizeEvent(event)
        self._fit_halves()


class _PlanGrid(QFrame):
    """Memory by context and cache type; the recommended one is marked in words."""

    def __init__(self, theme: Theme, table: PlanTable) -> None:
        super().__init__()
        self.setProperty("surface", "inset")
        self.setAccessibleName("Memory by context")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 10, 8, 8)
        column.setSpacing(tokens.GAP_S)
        head = QHBoxLayout()
        head.setContentsMargins(6, 0, 0, 0)
        head.addWidget(label("Memory by context", "strong"))
        head.addStretch(1)
        pill = Pill()
        head.addWidget(pill)
        column.addLayout(head)
        pill.show_word(table.recommended, "accent")  # without a parent it would be a window
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.GAP_XS)
        grid.setVerticalSpacing(2)
        for at, name in enumerate(("Context", *table.heads)):
            shown = label(name, "head")
            shown.setContentsMargins(6, 0, 0, 4)
            grid.addWidget(shown, 0, at)
            grid.setColumnStretch(at, 5 if at else 2)
        for line, (size, cells) in enumerate(table.rows, start=1):
            shown = label(size)
            shown.setContentsMargins(6, 0, 0, 0)
            grid.addWidget(shown, line, 0)
            for at, cell in enumerate(cells, start=1):
                grid.addWidget(_plan_cell(theme, cell), line, at)
        column.addLayout(grid)


def _plan_cell(theme: Theme, cell: PlanCell | None) -> QWidget:
    made = QFrame()
    row = QHBoxLayout(made)
    row.setContentsMargins(6, 4, 6, 4)
    row.setSpacing(7)
    if cell is None:
        row.addWidget(label("–", "plain"))
        return made
    made.setAccessibleName(cell.spoken)
    if cell.recommended:
        made.setProperty("surface", "chosen")
    row.addWidget(IconPicture(theme, cell.icon, 14, cell.tone))
    row.addWidget(label(cell.total, "strong" if cell.recommended else ""))
    words = ElidedLabel(cell.verdict, "meta")
    row.addWidget(words, 1)
    return made


def _facts(facts: tuple[tuple[str, str], ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(tokens.GAP_L)
    grid.setVerticalSpacing(4)
    for at, (name, value) in enumerate(facts):
        grid.addWidget(label(name, "meta"), at, 0)
        words = ElidedLabel(value, "meta-text", Qt.TextElideMode.ElideMiddle)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        grid.addWidget(words, at, 1)
    grid.setColumnStretch(1, 1)
    return grid


def _content(details: Details) -> tuple[object, ...]:
    """What the halves show."""
    return (
        details.name,
        details.table,
        details.fit,
        details.origin,
        details.self_test,
        details.checks,
        details.path,
        details.facts,
    )


def _empty(layout: QBoxLayout | QGridLayout) -> None:
    """Take everything out of a layout, and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif isinstance(inner, QBoxLayout | QGridLayout):
            _empty(inner)
