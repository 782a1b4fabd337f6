"""Cards about the computer, and the rows of the models table. Must not know the app."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from carrel.ui.catalog_page.state import Row
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button, icon_button
from carrel.ui.widgets.labels import ElidedLabel, label, restyle, set_role
from carrel.ui.widgets.picture import IconPicture

COLUMNS = (
    ("Model", 5),
    ("Size on disk", 2),
    ("Context", 2),
    ("Fit on this computer", 4),
    ("Last speed", 2),
    ("Licence", 3),
    ("", 3),
)
"""Heads and stretch of the table's columns."""
NARROW_HIDES = (2, 4, 5)
NARROW_WIDTH = 860
"""Below this width, pixels, context, speed and licence are hidden."""


def meter(name: str) -> QProgressBar:
    """A bar from 0 to 1000 that says its name."""
    bar = QProgressBar()
    bar.setRange(0, 1000)
    bar.setTextVisible(False)
    bar.setAccessibleName(name)
    return bar


class MachineCard(QFrame):
    """One fact about the computer with a bar."""

    def __init__(self, theme: Theme, icon: str, title: str) -> None:
        """Start without a value."""
        super().__init__()
        self.setProperty("surface", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(15, 13, 15, 15)
        column.setSpacing(tokens.GAP_S)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(IconPicture(theme, icon, 18))
        head.addWidget(label(title, "plain"), 1)
        column.addLayout(head)
        self.value = ElidedLabel("–", "title")
        column.addWidget(self.value)
        self.bar = meter(title)
        column.addWidget(self.bar)

    def show_value(self, words: str, share: float) -> None:
        """Show the fact and fill the bar to a share from 0 to 1."""
        self.value.setText(words)
        self.bar.setValue(round(1000 * share))


class FitCell(QWidget):
    """Icon, words and a bar: never a colour alone."""

    ICONS: ClassVar[dict[str, str]] = {
        "ok": "circle-check",
        "warn": "triangle-alert",
        "bad": "circle-x",
    }

    def __init__(self, theme: Theme, row: Row) -> None:
        """Show the verdict of a row."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(7)
        line = QHBoxLayout()
        line.setSpacing(7)
        icon = self.ICONS.get(row.fit.tone, "circle-question-mark")
        colour = row.fit.tone if row.fit.tone in self.ICONS else "text2"
        line.addWidget(IconPicture(theme, icon, 16, colour))
        line.addWidget(ElidedLabel(row.fit.words, row.fit.tone), 1)
        column.addStretch(1)
        column.addLayout(line)
        bar = meter(f"Share of memory {row.title} takes")
        bar.setProperty("tone", row.fit.tone)
        bar.setValue(round(1000 * row.fit.share))
        bar.setMaximumWidth(150)
        column.addWidget(bar)
        column.addStretch(1)


class ModelsTable(QFrame):
    """The installed models.

    Signals:
        load_wanted, unload_wanted, remove_wanted, copy_wanted: carry the model's name.
    """

    load_wanted = Signal(str)
    unload_wanted = Signal()
    remove_wanted = Signal(str)
    copy_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        """Start without rows."""
        super().__init__()
        self._theme = theme
        self.setProperty("surface", "card")
        self.setAccessibleName("Installed models")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 1, 1, 1)
        self._column.setSpacing(0)
        self._cells: list[list[QWidget]] = []
        self._shown: tuple[Row, ...] = ()

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Show these rows; nothing is built anew while nothing changed."""
        if rows == self._shown and self._cells:
            return
        self._shown = rows
        self._cells = []
        while (item := self._column.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.setParent(None)
                old.deleteLater()
        self._add_line([label(name, "meta") for name, _ in COLUMNS], 38, head=True)
        for at, row in enumerate(rows):
            self._add_line(self._row_cells(row), tokens.TABLE_ROW_HEIGHT, last=at == len(rows) - 1)
        self._fit_columns()

    def _add_line(
        self, cells: list[QWidget], height: int, *, head: bool = False, last: bool = False
    ) -> None:
        line = QFrame()
        line.setFixedHeight(height)
        line.setProperty("line", "head" if head else "last" if last else "row")
        grid = QGridLayout(line)
        grid.setContentsMargins(15, 0, 12, 0)
        grid.setHorizontalSpacing(tokens.GAP_M)
        for at, cell in enumerate(cells):
            if head:
                set_role(cell, "head")  # type: ignore[arg-type]
            grid.addWidget(cell, 0, at, Qt.AlignmentFlag(0))
            grid.setColumnStretch(at, COLUMNS[at][1])
            grid.setColumnMinimumWidth(at, 40)
        self._cells.append(cells)
        self._column.addWidget(line)

    def _row_cells(self, row: Row) -> list[QWidget]:
        name = QWidget()
        column = QVBoxLayout(name)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addStretch(1)
        column.addWidget(ElidedLabel(row.title, "strong"))
        if row.warnings:
            detail = ElidedLabel(row.warnings[0], "warn-meta")
            detail.setToolTip("\n".join(row.warnings))
        else:
            detail = ElidedLabel(row.detail, "meta")
        column.addWidget(detail)
        column.addStretch(1)
        return [
            name,
            label(row.size),
            label(row.context),
            FitCell(self._theme, row),
            label(row.speed),
            ElidedLabel(row.licence),
            self._actions(row),
        ]

    def _actions(self, row: Row) -> QWidget:
        cell = QWidget()
        line = QHBoxLayout(cell)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        line.addStretch(1)
        pills = {
            "active": ("Active", "ok"),
            "busy": ("Answering", "ok"),
            "loading": (f"Loading {round(100 * row.progress)} %", "accent"),
            "crashed": ("Stopped", "bad"),
        }
        if row.status in pills:
            words, tone = pills[row.status]
            pill = label(words)
            pill.setProperty("pill", tone)
            restyle(pill)
            pill.setFixedHeight(22)
            line.addWidget(pill, 0, Qt.AlignmentFlag.AlignVCenter)
        if row.status in {"", "crashed"}:
            load = button("Load", "small")
            load.setAccessibleName(f"Load {row.title}")
            load.clicked.connect(partial(self.load_wanted.emit, row.name))
            line.addWidget(load)
        more = icon_button(self._theme, "ellipsis", f"More about {row.title}", size=28)
        more.clicked.connect(partial(self._menu, row, more))
        line.addWidget(more)
        return cell

    def _menu(self, row: Row, below: QWidget) -> None:
        menu = QMenu(self)
        running = row.status in {"active", "busy", "loading"}
        entries: tuple[tuple[str, Callable[[], None], bool], ...] = (
            ("Unload", self.unload_wanted.emit, running),
            ("Copy name", partial(self.copy_wanted.emit, row.name), True),
            ("Take off the list…", partial(self.remove_wanted.emit, row.name), not running),
        )
        for words, act, possible in entries:
            entry = menu.addAction(words)
            entry.setEnabled(possible)
            entry.triggered.connect(lambda _=False, act=act: act())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(below.mapToGlobal(below.rect().bottomLeft()))

    def _fit_columns(self) -> None:
        narrow = self.width() < NARROW_WIDTH
        for cells in self._cells:
            for at in NARROW_HIDES:
                cells[at].setVisible(not narrow)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide what does not fit."""
        super().resizeEvent(event)
        self._fit_columns()

    def minimumSizeHint(self) -> QSize:
        """The table gives way before the window does."""
        return QSize(320, super().minimumSizeHint().height())
