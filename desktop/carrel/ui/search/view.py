"""The search panel: renders `SearchState` over the window; Enter opens a hit.

Must not know the viewer; a hit leaves as a signal.
"""

from functools import partial
from typing import Final

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.documents import Failure, Hit
from carrel.domain.searching import Found, Why
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.search import state as search
from carrel.ui.search.delegate import HEIGHT, ROW_ROLE, HitDelegate
from carrel.ui.search.state import SearchState
from carrel.ui.search.why import WhyView
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.labels import hairline, label
from carrel.ui.widgets.picture import IconPicture

PANEL_WIDTH: Final = 720
PANEL_TOP: Final = 84
SHOWN_HITS: Final = 6
PAUSE_MILLISECONDS: Final = 90
"""A pause in typing this long starts a search; shorter ones would search for half words."""
HITS_WANTED: Final = 30


class SearchPanel(QWidget):
    """Covers its parent, dims it, and shows the panel.

    Signals:
        hit_chosen: carries a `Place`.
        closed: the panel went away.
    """

    hit_chosen = Signal(object)
    closed = Signal()

    def __init__(self, app: AppApi, bridge: EventBridge, theme: Theme, parent: QWidget) -> None:
        """Build the panel, hidden."""
        super().__init__(parent)
        self._covered = parent
        self._app, self._bridge, self._theme = app, bridge, theme
        self.state = SearchState()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MILLISECONDS)
        self._pause.timeout.connect(self._search)
        self._before: QWidget | None = None
        self._build()
        theme.changed.connect(self.update)
        parent.installEventFilter(self)
        self.hide()

    def _build(self) -> None:
        self.panel = QFrame(self)
        self.panel.setProperty("surface", "card")
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(18, 8, 14, 8)
        row.setSpacing(tokens.GAP_M)
        row.addWidget(IconPicture(self._theme, "search", 20))
        self.field = QLineEdit()
        self.field.setProperty("kind", "search")
        self.field.setPlaceholderText("Search all documents")
        self.field.setAccessibleName("Search all documents")
        self.field.textChanged.connect(self._on_typed)
        self.field.installEventFilter(self)
        row.addWidget(self.field, 1)
        row.addWidget(label("Esc to close", "caption"))
        column.addLayout(row)
        column.addWidget(hairline())
        self.items = QStandardItemModel(self)
        self.list = QListView()
        self.list.setAccessibleName("Passages found")
        self.list.setModel(self.items)
        self.list.setItemDelegate(HitDelegate(self._theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.clicked.connect(self._on_chosen)
        column.addSpacing(4)
        column.addWidget(self.list)
        column.addSpacing(4)
        foot = QHBoxLayout()
        foot.setContentsMargins(18, 8, 14, 10)
        foot.setSpacing(tokens.GAP_M)
        self.why = WhyView(self._theme)
        self.why.hide()
        column.addWidget(self.why)
        self.said = label(role="meta", wrap=True)
        self.keys = label("↑ ↓ to move · Enter to open", "caption")
        self.explain = QPushButton("Why this hit")
        self.explain.setProperty("kind", "link")
        self.explain.setCheckable(True)
        self.explain.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.explain.setToolTip("Which words count, and how much (Ctrl+I)")
        self.explain.toggled.connect(self._explain)
        foot.addWidget(self.said, 1)
        foot.addWidget(self.explain)
        foot.addSpacing(tokens.GAP_M)
        foot.addWidget(self.keys)
        column.addLayout(foot)

    def open(self) -> None:
        """Show the panel with the last query selected."""
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self.setGeometry(self._covered.rect())
        self.show()
        self.raise_()
        self._place()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self._show(self.state)

    def close_panel(self) -> None:
        """Hide the panel; what was focused before is focused again."""
        before, self._before = self._before, None
        if before is not None and shiboken6.isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self.closed.emit()

    @property
    def settled(self) -> bool:
        """Whether the newest query has been answered."""
        return not self.state.searching and not self._pause.isActive()

    # ── state ───────────────────────────────────────────────────────────────

    def _on_typed(self) -> None:
        self._pause.start()

    def _search(self) -> None:
        self._show(search.asked(self.state, self.field.text()))
        if self.state.query:
            request = self.state.request
            self._bridge.deliver(
                self._app.look_for(self.state.query, limit=HITS_WANTED),
                partial(self._on_found, request),
                partial(self._on_failed, request),
            )

    def _on_found(self, request: int, found: Found) -> None:
        self._show(search.with_found(self.state, request, found))

    def _on_failed(self, request: int, failure: Failure) -> None:
        self._show(search.with_failure(self.state, request, failure))

    def _show(self, state: SearchState) -> None:
        changed = state.hits is not self.state.hits
        self.state = state
        if changed:
            self.items.clear()
            for row in search.rows(state):
                item = QStandardItem(row.name)
                item.setData(row, ROW_ROLE)
                item.setData(row.spoken, Qt.ItemDataRole.AccessibleTextRole)
                self.items.appendRow(item)
            self.list.setCurrentIndex(self.items.index(0, 0))
            self.list.scrollToTop()
        self.said.setText(search.says(state))
        self.keys.setVisible(bool(state.hits))
        self.explain.setVisible(bool(state.hits))
        if changed:
            self._explain()
        self._place()

    def _explain(self) -> None:
        """Show why the chosen hit stands there, or hide that."""
        at = self.list.currentIndex().row()
        if not self.explain.isChecked() or not 0 <= at < len(self.state.hits):
            self.why.hide()
            self._place()
            return
        hit = self.state.hits[at]
        self._bridge.deliver(
            self._app.explain(self.state.query, hit),
            partial(self._on_explained, self.state.request, hit),
            partial(self._on_failed, self.state.request),
        )

    def _on_explained(self, request: int, hit: Hit, why: Why | None) -> None:
        at = self.list.currentIndex().row()
        if request != self.state.request or self.state.hits[at : at + 1] != (hit,):
            return  # another one was chosen meanwhile
        self.why.show_rows(search.why_head(why, hit), search.why_rows(why))
        self.why.setVisible(self.explain.isChecked())
        self._place()

    def _place(self) -> None:
        rows = min(SHOWN_HITS, self.items.rowCount())
        taken = self.why.height() if self.explain.isChecked() and rows else 0
        room = max(HEIGHT, self.height() - PANEL_TOP - 160 - taken)
        self.list.setFixedHeight(min(rows * HEIGHT, room))
        self.list.setVisible(rows > 0)
        width = min(PANEL_WIDTH, self.width() - 2 * tokens.GUTTER)
        self.panel.setFixedWidth(max(280, width))
        self.panel.adjustSize()
        self.panel.move(
            (self.width() - self.panel.width()) // 2, min(PANEL_TOP, self.height() // 8)
        )

    def _on_chosen(self) -> None:
        at = self.list.currentIndex().row()
        if 0 <= at < len(self.state.hits):
            self.close_panel()
            self.hit_chosen.emit(search.place(self.state.hits[at]))

    # ── Qt ──────────────────────────────────────────────────────────────────

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the parent's size; move in the list from the field."""
        if watched is self._covered and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._covered.rect())
            self._place()
        if watched is self.field and isinstance(event, QKeyEvent):
            return event.type() == QEvent.Type.KeyPress and self._on_key(event)
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: 5,
            Qt.Key.Key_PageUp: -5,
        }
        key = Qt.Key(event.key())
        if key in steps:
            last = self.items.rowCount() - 1
            at = min(last, max(0, self.list.currentIndex().row() + steps[key]))
            self.list.setCurrentIndex(self.items.index(at, 0))
            self._explain()
        elif key == Qt.Key.Key_I and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.explain.toggle()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._on_chosen()
        elif key == Qt.Key.Key_Escape:
            self.close_panel()
        else:
            return False
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press outside the panel closes it."""
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.close_panel()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Dim what lies below, and a soft shadow under the panel."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 120 if self._theme.dark else 60))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for ring in range(24, 0, -2):
            painter.setBrush(QColor(0, 0, 0, 3))
            area = QRectF(self.panel.geometry()).adjusted(-ring, -ring + 4, ring, ring + 4)
            painter.drawRoundedRect(area, tokens.RADIUS_CARD + ring, tokens.RADIUS_CARD + ring)
