"""Above the question: which sections of documents that are too long are to be read.

Stays until something is chosen or it is closed, and hinders nothing meanwhile. Must not know the
app or chats.
"""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.ids import DocumentId
from carrel.domain.sections import Proposal, ProposedSection
from carrel.ui.chat_page import section_words
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button, icon_button
from carrel.ui.widgets.labels import ElidedLabel, label, set_role

ROW_HEIGHT: Final = 46
MOST_ROWS: Final = 4
"""Rows in sight; the others are scrolled to."""
TICK_SIDE: Final = 16
QUESTION_SHOWN: Final = 200
"""Characters of the question that are shown."""

_SECTION: Final = int(Qt.ItemDataRole.UserRole)
_TICKED: Final = _SECTION + 1
_NAMED: Final = _SECTION + 2


class _Rows(QStyledItemDelegate):
    """Draws a section: a tick, its title, below it where it stands and what it takes."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(
        self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """All rows are alike."""
        return QSize(option.rect.width(), ROW_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one section."""
        one = index.data(_SECTION)
        if not isinstance(one, ProposedSection):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area: QRect = option.rect.adjusted(0, 1, -6, -1)
        if option.state & QStyle.StateFlag.State_Selected:
            focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
            edge = QPen(self._theme.colour("accent"), 1) if focused else QPen(Qt.PenStyle.NoPen)
            painter.setPen(edge)
            painter.setBrush(self._theme.colour("selection"))
            painter.drawRoundedRect(QRectF(area), tokens.RADIUS_CONTROL, tokens.RADIUS_CONTROL)
        ticked = bool(index.data(_TICKED))
        icon = QRectF(area.left() + 8, area.top() + 6, TICK_SIDE, TICK_SIDE)
        colour = "accent_text" if ticked else "text3"
        self._theme.paint_icon(painter, icon, "circle-check" if ticked else "circle", colour)
        room = area.adjusted(34, 4, -8, 0)
        self._words(painter, room, one, named=bool(index.data(_NAMED)))
        painter.restore()

    def _words(self, painter: QPainter, room: QRect, one: ProposedSection, *, named: bool) -> None:
        centre = int(Qt.AlignmentFlag.AlignVCenter)
        line = QRect(room.left(), room.top(), room.width(), 19)
        painter.setFont(self._theme.font(tokens.SIZE_META, 600))
        best = section_words.best_of(one)
        painter.setPen(self._theme.colour("accent_text"))
        painter.drawText(line, centre | int(Qt.AlignmentFlag.AlignRight), best)
        taken = painter.fontMetrics().horizontalAdvance(best) + 12 if best else 0
        painter.setFont(self._theme.font(tokens.SIZE_UI, 600))
        painter.setPen(self._theme.colour("text" if one.fits else "text3"))
        title = painter.fontMetrics().elidedText(
            visible(section_words.title_of(one, named=named)),
            Qt.TextElideMode.ElideMiddle,
            room.width() - taken,
        )
        painter.drawText(line, centre, title)
        painter.setFont(self._theme.font(tokens.SIZE_META))
        painter.setPen(self._theme.colour("text2" if one.fits else "text3"))
        cost = painter.fontMetrics().elidedText(
            section_words.cost_of(one), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(line.translated(0, 18), centre, cost)


class SectionsPanel(QFrame):
    """The sections of a proposal with a tick each.

    Signals:
        read_wanted: carries a tuple of `Section`, in the order they are read.
        passages_wanted: answer the question from passages instead.
        closed: do neither; the question is not asked.
    """

    read_wanted = Signal(object)
    passages_wanted = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Nothing is proposed."""
        super().__init__(parent)
        self._theme = theme
        self.question = ""
        self.documents: tuple[DocumentId, ...] = ()
        self._proposal: Proposal | None = None
        self.setProperty("surface", "card")
        self.setAccessibleName("Sections to read")
        self._asked = ElidedLabel(role="strong")
        self._close = icon_button(theme, "x", "Do not ask; the question goes back", size=28)
        self._close.clicked.connect(self.closed)
        self._why = ElidedLabel(role="meta")
        self.list = QListWidget()
        self.list.setAccessibleName("Sections")
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(_Rows(theme, self.list))
        self.list.itemClicked.connect(self._toggle)
        for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
            shortcut = QShortcut(key, self.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(self._on_key)
        self._sum = label(role="meta-text")
        self.passages = button("Answer from passages", "small")
        self.passages.clicked.connect(self.passages_wanted)
        self.read = button("Read these", "primary")
        self.read.clicked.connect(self._on_read)
        self._lay_out()
        theme.changed.connect(self.list.viewport().update)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._asked, 1)
        head.addWidget(self._close)
        foot = QHBoxLayout()
        foot.setSpacing(tokens.GAP_S)
        foot.addStretch(1)
        foot.addWidget(self.passages)
        foot.addWidget(self.read)
        column = QVBoxLayout(self)
        column.setContentsMargins(tokens.GAP_L, tokens.GAP_M, tokens.GAP_M, tokens.GAP_M)
        column.setSpacing(tokens.GAP_S)
        column.addLayout(head)
        column.addWidget(self._why)
        column.addWidget(self.list)
        column.addWidget(self._sum)
        column.addLayout(foot)

    def propose(self, question: str, documents: tuple[DocumentId, ...], proposal: Proposal) -> None:
        """Show what can be read for a question, ticked as proposed."""
        self.question, self.documents, self._proposal = question, documents, proposal
        self._asked.setText(visible(question)[:QUESTION_SHOWN])
        self._why.setText(section_words.head_line(proposal))
        self.passages.setText(section_words.passages_words(proposal))
        self.passages.setAccessibleName(section_words.passages_words(proposal))
        many = len({one.section.document for one in proposal.sections}) > 1
        self.list.clear()
        first: QListWidgetItem | None = None
        for one in proposal.sections:
            item = QListWidgetItem()
            item.setData(_SECTION, one)
            item.setData(_NAMED, many)
            self.list.addItem(item)
            self._tick(item, ticked=one.chosen and one.fits)
            first = item if one.chosen and first is None else first
        rows = min(MOST_ROWS, max(1, self.list.count()))
        self.list.setFixedHeight(rows * ROW_HEIGHT + 2)
        if first is not None:
            self.list.setCurrentItem(first)
            self.list.scrollToItem(first, QListWidget.ScrollHint.PositionAtTop)
        self._say()
        self.show()
        self.list.setFocus()

    @property
    def chosen(self) -> tuple[ProposedSection, ...]:
        """The sections that are ticked."""
        return tuple(item.data(_SECTION) for item in self._items() if item.data(_TICKED))

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(row) for row in range(self.list.count())]

    def _tick(self, item: QListWidgetItem, *, ticked: bool) -> None:
        one = item.data(_SECTION)
        item.setData(_TICKED, ticked)
        said = [
            section_words.title_of(one, named=bool(item.data(_NAMED))),
            section_words.cost_of(one),
            section_words.best_of(one),
            "chosen" if ticked else "not chosen",
        ]
        spoken = ", ".join(part for part in said if part)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, visible(spoken))

    def _toggle(self, item: QListWidgetItem) -> None:
        if item.data(_SECTION).fits:
            self._tick(item, ticked=not item.data(_TICKED))
            self._say()

    def _on_key(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._toggle(item)

    def _on_read(self) -> None:
        self.read_wanted.emit(tuple(one.section for one in self.chosen))

    def _say(self) -> None:
        if self._proposal is None:
            return
        numbers = frozenset(one.number for one in self.chosen)
        choice = section_words.choice_of(self._proposal, numbers)
        self._sum.setText(choice.line)
        set_role(self._sum, "meta-text" if choice.possible or not numbers else "warn-meta")
        self.read.setEnabled(choice.possible)
        words = "Read this section" if len(numbers) == 1 else "Read these sections"
        self.read.setText(words)
        self.read.setAccessibleName(f"{words} and answer. {choice.line}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)
