"""The strip beside the page: small pages, and the table of contents.

Pictures are asked for one after another, only those in view, so that the page itself
never waits for more than one of them. Must not know the app.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QListView,
    QPushButton,
    QStackedWidget,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.documents import OutlineEntry, PageImage
from carrel.ui.theme import Theme, tokens
from carrel.ui.viewer.strip_items import (
    THUMB_HEIGHT,
    THUMB_WIDTH,
    OutlineDelegate,
    OutlineItems,
    PageDelegate,
    PageItems,
)
from carrel.ui.widgets.buttons import button

PAGES_WIDTH: Final = 156
CONTENTS_WIDTH: Final = 212
"""Pixels of the strip; headings need more room than small pages."""
THUMB_SCALE: Final = 0.19
"""Pixels per point of a small page: A4 becomes 113 pixels wide. Larger pages are made smaller."""
ASK_MILLISECONDS: Final = 40
"""A pause in scrolling after which pictures are asked for."""


class _List(QListView):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(24)


class SideStrip(QFrame):
    """Small pages and contents of one document.

    Signals:
        unit_chosen: carries the number of a unit.
        entry_chosen: carries an `OutlineEntry`.
        picture_wanted: a picture of this page is in view and missing; carries its number.
    """

    unit_chosen = Signal(int)
    entry_chosen = Signal(object)
    picture_wanted = Signal(int)

    def __init__(self, theme: Theme) -> None:
        """An empty strip, hidden."""
        super().__init__()
        self.setProperty("surface", "strip")
        self.setAccessibleName("Pages and contents")
        self._number = 0
        self._asked = 0
        self.pages = PageItems(self)
        self.outline = OutlineItems(self)
        self.page_list = self._list("Pages", PageDelegate(theme, self.pages, self), self.pages)
        delegate = OutlineDelegate(theme, self.outline, self)
        self.outline_list = self._list("Contents", delegate, self.outline)
        self.page_list.selectionModel().currentChanged.connect(self._on_page_chosen)
        self.page_list.verticalScrollBar().valueChanged.connect(self._ask_soon)
        for chosen in (self.outline_list.clicked, self.outline_list.activated):
            chosen.connect(self._on_entry_chosen)
        self._rested = QTimer(self)
        self._rested.setSingleShot(True)
        self._rested.setInterval(ASK_MILLISECONDS)
        self._rested.timeout.connect(self._ask)
        self._lay_out(theme)
        self.hide()

    def _list(
        self, name: str, delegate: QStyledItemDelegate, items: PageItems | OutlineItems
    ) -> _List:
        made = _List(name)
        made.setItemDelegate(delegate)
        made.setModel(items)
        return made

    def _lay_out(self, theme: Theme) -> None:
        self._side = QStackedWidget()
        self._side.addWidget(self.page_list)
        self._side.addWidget(self.outline_list)
        self._tabs = QWidget()
        row = QHBoxLayout(self._tabs)
        row.setContentsMargins(6, 0, 6, 0)
        row.setSpacing(2)
        self._group = QButtonGroup(self)
        self.tabs: tuple[QPushButton, QPushButton] = (
            button("Pages", "quiet", theme=theme),
            button("Contents", "quiet", theme=theme),
        )
        for at, tab in enumerate(self.tabs):
            tab.setCheckable(True)
            self._group.addButton(tab, at)
            tab.clicked.connect(partial(self._show_side, at))
            row.addWidget(tab)
        self.tabs[0].setChecked(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 1, 0)
        column.setSpacing(tokens.GAP_XS)
        column.addWidget(self._tabs)
        column.addWidget(self._side, 1)

    # ── what is shown ───────────────────────────────────────────────────────

    @property
    def useful(self) -> bool:
        """Whether there is anything to show."""
        return self.pages.rowCount() > 0 or self.outline.rowCount() > 0

    def show_pages(self, count: int) -> None:
        """Another document: so many pages, 0 for one without, and no contents yet."""
        self._asked = self._number = 0
        self.pages.show_count(count)
        self.outline.show_entries(())
        self._choose_side()

    def show_labels(self, labels: Sequence[str]) -> None:
        """The printed numbers of the pages."""
        self.pages.show_labels(labels)

    def show_outline(self, entries: tuple[OutlineEntry, ...]) -> None:
        """The table of contents has arrived."""
        self.outline.show_entries(entries)
        self._choose_side()
        self._show_line()

    def show_number(self, number: int) -> None:
        """The unit that is shown beside."""
        if number == self._number:
            return
        self._number = number
        if 0 < number <= self.pages.rowCount():
            self.page_list.setCurrentIndex(self.pages.index(number - 1))
            self.page_list.scrollTo(self.pages.index(number - 1))
            self._ask_soon()
        self._show_line()

    def show_picture(self, number: int, image: PageImage | None) -> None:
        """A picture has arrived, or cannot be had; the next is asked for."""
        self._asked = 0
        small = QImage()
        if image is not None:
            whole = QImage(
                image.pixels, image.width, image.height, 4 * image.width,
                QImage.Format.Format_RGB32,
            )  # fmt: skip
            ratio = self.devicePixelRatioF()
            small = whole.scaled(
                round(THUMB_WIDTH * ratio), round(THUMB_HEIGHT * ratio),
                Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation,
            )  # fmt: skip
        self.pages.show_picture(number, small.copy())
        self._ask_soon()

    # ── inside ──────────────────────────────────────────────────────────────

    def _choose_side(self) -> None:
        pages, lines = self.pages.rowCount() > 0, self.outline.rowCount() > 0
        self._tabs.setVisible(pages and lines)
        at = self._group.checkedId() if pages and lines else int(lines)
        self._show_side(at)

    def _show_side(self, at: int) -> None:
        self._side.setCurrentIndex(at)
        self.setFixedWidth(CONTENTS_WIDTH if at else PAGES_WIDTH)

    def _show_line(self) -> None:
        row = self.outline.row_of(self._number)
        self.outline_list.setCurrentIndex(self.outline.index(row) if row >= 0 else QModelIndex())

    def _on_page_chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid() and current.row() + 1 != self._number:
            self._number = current.row() + 1
            self._show_line()
            self.unit_chosen.emit(self._number)

    def _on_entry_chosen(self, index: QModelIndex) -> None:
        entry = self.outline.entries[index.row()] if index.isValid() else None
        if entry is not None and entry.unit:
            self.entry_chosen.emit(entry)

    def _ask_soon(self) -> None:
        self._rested.start()

    def _ask(self) -> None:
        """Ask for the first picture in view that is missing, unless one is on its way."""
        if self._asked or not self.page_list.isVisible():
            return
        first = self.page_list.indexAt(QPoint(8, 1)).row()
        last = self.page_list.indexAt(QPoint(8, self.page_list.viewport().height() - 1)).row()
        last = last if last >= 0 else self.pages.rowCount() - 1
        for number in range(max(first, 0) + 1, last + 2):
            if self.pages.picture(number) is None:
                self._asked = number
                self.picture_wanted.emit(number)
                return

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other pages are in view."""
        super().resizeEvent(event)
        self._ask_soon()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with the pages in view."""
        super().showEvent(event)
        if 0 < self._number <= self.pages.rowCount():
            self.page_list.scrollTo(self.pages.index(self._number - 1))
        self._ask_soon()
