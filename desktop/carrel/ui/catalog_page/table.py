"""The models table: one row each, which opens and closes. Must not know the app."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from carrel.ui.catalog_page.cards import FitCell, Pill, TwoLines
from carrel.ui.catalog_page.details_view import DetailsSheet
from carrel.ui.catalog_page.rows import STATUS_WORDS, Details, Row
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button, enter_presses, icon_button
from carrel.ui.widgets.labels import ElidedLabel, label, restyle, set_role
from carrel.ui.widgets.picture import IconPicture

COLUMNS = (
    ("Model", 28),
    ("Size on disk", 10),
    ("Context", 12),
    ("Fit on this computer", 19),
    ("Speed", 11),
    ("Licence", 10),
    ("", 0),
)
"""Heads and stretch of the table's columns; the last is as wide as its buttons."""
NARROW_HIDES = (2, 4, 5)
NARROW_WIDTH = 860
"""Below this width, pixels, context, speed and licence are hidden; the details name them."""
LEFT, RIGHT = 15, 12
"""Margins of a row, pixels."""
ACTIONS_WIDTH = 168
"""Pixels: the widest pill, a button and the menu."""
RUNNING = frozenset({"active", "busy", "held", "loading"})


class TableRow(QPushButton):
    """One model; pressed, it opens its details.

    Signals:
        moved: an arrow key was pressed; carries -1 or 1.
    """

    moved = Signal(int)

    def __init__(self, theme: Theme, name: str) -> None:
        """Lay out empty cells."""
        super().__init__()
        self.name = name
        self.row: Row | None = None
        self.setProperty("kind", "row")
        self.setAutoDefault(False)
        self.setFixedHeight(tokens.TABLE_ROW_HEIGHT)
        self._chevron = IconPicture(theme, "chevron-right", 16, "text3")
        self._title, self._detail = ElidedLabel("", "strong"), ElidedLabel("", "meta")
        self._marks = label(role="warn-meta")
        self._detail.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._size, self._licence = ElidedLabel(), ElidedLabel()
        self._context, self._speed = TwoLines(), TwoLines()
        self._fit = FitCell(theme)
        self.pill = Pill()
        self.load = button("Load", "small")
        self.stop = button("Cancel", "small")
        self.more = icon_button(theme, "ellipsis", "More", size=28)
        actions = QWidget()
        line = QHBoxLayout(actions)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        line.addStretch(1)
        for widget in (self.pill, self.load, self.stop, self.more):
            line.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        actions.setFixedWidth(ACTIONS_WIDTH)
        self.cells: list[QWidget] = [
            self._name_cell(),
            self._size,
            self._context,
            self._fit,
            self._speed,
            self._licence,
            actions,
        ]
        self.grid = _lay_out(self, self.cells)

    def _name_cell(self) -> QWidget:
        cell = QWidget()
        row = QHBoxLayout(cell)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self._chevron)
        column = QVBoxLayout()
        column.setSpacing(3)
        column.addStretch(1)
        column.addWidget(self._title)
        line = QHBoxLayout()
        line.setSpacing(0)
        line.addWidget(self._detail)
        line.addWidget(self._marks)
        line.addStretch(1)
        column.addLayout(line)
        column.addStretch(1)
        row.addLayout(column, 1)
        return cell

    def show_row(self, row: Row, *, last: bool) -> None:
        """Bring all cells up to date."""
        if self.property("last") != last:
            self.setProperty("last", last)
            restyle(self)
        if row == self.row:
            return
        self.row = row
        if self.property("open") != row.opened:
            self.setProperty("open", row.opened)
            restyle(self)
        state = "Its details are shown below" if row.opened else "Opens its details"
        self.setAccessibleName(row.spoken)
        self.setAccessibleDescription(state)
        self._chevron.show_icon("chevron-down" if row.opened else "chevron-right", "text3")
        self._title.setText(row.title)
        self._detail.setText(row.loading or row.detail)
        set_role(self._detail, "accent-meta" if row.loading else "meta")
        self._detail.updateGeometry()
        self._marks.setText(f" · {row.marks}")
        self._marks.setVisible(bool(row.marks) and not row.loading)
        self._size.setText(row.size)
        self._context.show_lines(row.context)
        self._fit.show_fit(row.fit, row.title)
        self._speed.show_lines(row.speed)
        self._licence.setText(row.licence)
        # while loading, the detail says so and the place is for the way to stop it
        words, tone = STATUS_WORDS.get("" if row.loading else row.status, ("", ""))
        self.pill.show_word(words, tone)
        for widget, shown, does in (
            (self.load, row.can_load, "Load"),
            (self.stop, row.status == "loading", "Stop loading"),
            (self.more, True, "More about"),
        ):
            widget.setVisible(shown)
            widget.setAccessibleName(f"{does} {row.title}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move among the rows; Enter opens, as the space bar does; Escape closes."""
        if enter_presses(self, event):
            return
        if event.key() == Qt.Key.Key_Escape and self.row is not None and self.row.opened:
            self.click()
            return
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(step)

    def minimumSizeHint(self) -> QSize:
        """The row gives way before the window does."""
        return QSize(300, tokens.TABLE_ROW_HEIGHT)

    def sizeHint(self) -> QSize:
        """As high as a row; a button would ask for the width of its words."""
        return self.minimumSizeHint()


class ModelsTable(QFrame):
    """The installed models.

    Signals:
        opened, load_wanted, remove_wanted, copy_wanted, verify_wanted, test_wanted: carry
            the model's name.
        unload_wanted, stop_wanted: of the model that is loaded or being loaded.
        plan_wanted: carries the name of a model whose plan could not be made.
    """

    opened = Signal(str)
    load_wanted = Signal(str)
    unload_wanted = Signal()
    stop_wanted = Signal()
    remove_wanted = Signal(str)
    copy_wanted = Signal(str)
    verify_wanted = Signal(str)
    test_wanted = Signal(str)
    plan_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        """Start without rows."""
        super().__init__()
        self._theme = theme
        self.setProperty("surface", "card")
        self.setAccessibleName("Installed models")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 1, 1, 1)
        self._column.setSpacing(0)
        self._head = _Head()
        self._column.addWidget(self._head)
        self.rows: dict[str, TableRow] = {}
        self._ordered: tuple[str, ...] = ()
        self.sheet = DetailsSheet(theme)
        self.sheet.hide()
        self._column.addWidget(self.sheet)
        for signal, own in (
            (self.sheet.load_wanted, self.load_wanted),
            (self.sheet.remove_wanted, self.remove_wanted),
            (self.sheet.verify_wanted, self.verify_wanted),
            (self.sheet.test_wanted, self.test_wanted),
            (self.sheet.plan_wanted, self.plan_wanted),
            (self.sheet.copy_wanted, self.copy_wanted),
        ):
            signal.connect(own)
        self.sheet.unload_wanted.connect(self.unload_wanted)
        self.sheet.stop_wanted.connect(self.stop_wanted)

    def show_rows(self, rows: tuple[Row, ...], details: Details | None) -> None:
        """Show these rows, and the details of one; what stays keeps its widgets and the focus."""
        names = [row.name for row in rows]
        for name in [name for name in self.rows if name not in names]:
            gone = self.rows.pop(name)
            gone.setParent(None)
            gone.deleteLater()
        at = 1
        for row in rows:
            shown = self.rows.get(row.name) or self._new_row(row.name)
            if self._column.indexOf(shown) != at:
                self._column.insertWidget(at, shown)
            at += 1
            last = row.name == names[-1] and not row.opened
            shown.show_row(row, last=last)
            if row.opened:
                if self._column.indexOf(self.sheet) != at:
                    self._column.insertWidget(at, self.sheet)
                at += 1
        self.sheet.setVisible(details is not None)
        if details is not None:
            self.sheet.show_details(details, last=names[-1] == details.name)
        order = (*names, details.name if details is not None else "")
        if order != self._ordered:
            self._ordered = order
            self._order_keys(names, order[-1])
            self._fit_columns()

    def _order_keys(self, names: list[str], opened: str) -> None:
        """Let Tab go down the page as the eye does: a row, its buttons, its details, the next."""
        chain: list[QWidget] = []
        for name in names:
            row = self.rows[name]
            chain += [row, row.load, row.stop, row.more]
            if name == opened:
                chain += self.sheet.buttons
        for before, after in pairwise(chain):
            self.setTabOrder(before, after)

    def _new_row(self, name: str) -> TableRow:
        made = self.rows[name] = TableRow(self._theme, name)
        made.clicked.connect(partial(self.opened.emit, name))
        made.moved.connect(partial(self._on_moved, name))
        made.load.clicked.connect(partial(self.load_wanted.emit, name))
        made.stop.clicked.connect(self.stop_wanted)
        made.more.clicked.connect(partial(self._menu, name))
        return made

    def _on_moved(self, name: str, step: int) -> None:
        names = sorted(self.rows, key=lambda found: self._column.indexOf(self.rows[found]))
        at = names.index(name) + step
        if 0 <= at < len(names):
            self.rows[names[at]].setFocus(Qt.FocusReason.TabFocusReason)

    def _menu(self, name: str) -> None:
        row = self.rows[name].row
        if row is None:
            return
        menu = QMenu(self)
        running = row.status in RUNNING
        idle = not row.busy
        remove = (
            "Take off the list…",
            partial(self.remove_wanted.emit, name),
            not running and idle,
        )
        entries: tuple[tuple[str, Callable[[], None], bool], ...] = (
            (
                "Hide details" if row.opened else "Show details",
                partial(self.opened.emit, name),
                True,
            ),
            ("Verify every byte", partial(self.verify_wanted.emit, name), idle),
            ("Run the self-test", partial(self.test_wanted.emit, name), idle),
            ("Unload", self.unload_wanted.emit, running),
            ("Copy its name", partial(self.copy_wanted.emit, name), True),
            *([remove] if row.can_remove else []),
        )
        for words, act, possible in entries:
            entry = menu.addAction(words)
            entry.setEnabled(possible)
            entry.triggered.connect(lambda _=False, act=act: act())
        menu.aboutToHide.connect(menu.deleteLater)
        below = self.rows[name].more
        menu.popup(below.mapToGlobal(below.rect().bottomLeft()))

    def _fit_columns(self) -> None:
        narrow = self.width() < NARROW_WIDTH
        lines: tuple[_Head | TableRow, ...] = (self._head, *self.rows.values())
        for line in lines:
            for at in NARROW_HIDES:
                line.cells[at].setVisible(not narrow)
                line.grid.setColumnStretch(at, 0 if narrow else COLUMNS[at][1])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide what does not fit."""
        super().resizeEvent(event)
        self._fit_columns()

    def minimumSizeHint(self) -> QSize:
        """The table gives way before the window does."""
        return QSize(320, super().minimumSizeHint().height())


class _Head(QFrame):
    """The heads of the columns."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(38)
        self.setProperty("line", "head")
        self.cells: list[QWidget] = [ElidedLabel(name, "head") for name, _ in COLUMNS]
        self.cells[-1].setFixedWidth(ACTIONS_WIDTH)
        self.grid = _lay_out(self, self.cells)


def _lay_out(line: QWidget, cells: list[QWidget]) -> QGridLayout:
    grid = QGridLayout(line)
    grid.setContentsMargins(LEFT, 0, RIGHT, 0)
    grid.setHorizontalSpacing(tokens.GAP_M)
    for at, cell in enumerate(cells):
        grid.addWidget(cell, 0, at, Qt.AlignmentFlag(0))
        grid.setColumnStretch(at, COLUMNS[at][1])
    return grid
