"""What lies inside the document that is shown: attachments of a mail, embedded files.

A row of chips, each of which opens one. Must not know how documents are shown.
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QMenu, QPushButton

from carrel.domain.documents import OTHER_FIELDS, Document, UnitPlace, UnitView
from carrel.domain.events import DocumentChanged, DocumentRemoved, Event, FileAdded
from carrel.domain.ids import DocumentId
from carrel.ui import words
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.theme import Theme
from carrel.ui.viewer.rows import Row
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import tip
from carrel.ui.widgets.picture import IconPicture

MOST_CHIPS: Final = 6
"""Chips of one row; what is left stands in a menu behind them."""
CHIP_WIDTH: Final = 230
"""Pixels of the widest chip; longer names lose their middle."""
MOST_LISTED: Final = 200
"""Lines of the menu; whoever has more looks for them in the list of documents."""

_MAILS: Final = frozenset({"eml", "msg"})
_MESSAGE: Final = re.compile(r"\d+(?=\. )")
"""The number of a message in a mailbox, as the label of its unit begins."""


class AttachedRow(Row):
    """Chips for what lies inside; hidden while there is nothing.

    Signals:
        document_wanted: the reader wants to see one; carries its `Document`.
        unit_wanted: the reader wants to see the other header fields; carries the unit's number.
    """

    document_wanted = Signal(object)
    unit_wanted = Signal(int)

    def __init__(self, app: AppApi, bridge: EventBridge, theme: Theme) -> None:
        """Build the row; no document is shown yet."""
        super().__init__(42)
        self._app, self._bridge, self._theme = app, bridge, theme
        self._document: DocumentId | None = None
        self._members: tuple[Document, ...] = ()
        self._message = ""
        self._fields = 0
        self.setAccessibleName("Attachments")
        self.clip = IconPicture(theme, "paperclip", 16, "text3")
        self.row.addWidget(self.clip)
        self.chips = [self._chip(at) for at in range(MOST_CHIPS)]
        self.more = button("+1", "chip")
        self.more.clicked.connect(self._open_menu)
        self.row.addWidget(self.more)
        self.row.addStretch(1)
        self.fields = button("All header fields", "quiet")
        self.fields.clicked.connect(self._on_fields_clicked)
        self.row.addWidget(self.fields)
        self.menu = QMenu(self.more)
        self.menu.setAccessibleName("More attachments")
        self._actions: list[QAction] = []
        bridge.event_published.connect(self._on_event_published)
        self.hide()

    def _chip(self, at: int) -> QPushButton:
        made = button("", "chip", theme=self._theme, icon="file")
        made.setAccessibleName("Attachment")  # until it is given one
        made.setMaximumWidth(CHIP_WIDTH)
        made.clicked.connect(partial(self._on_chip_clicked, at))
        self.row.addWidget(made)
        return made

    @property
    def shown(self) -> tuple[Document, ...]:
        """What the chips and the menu offer, in order."""
        if not self._message:
            return self._members
        start = f"{self._message}/"
        return tuple(
            one for one in self._members
            if any(place.container == self._document and place.path.startswith(start)
                   for place in one.inside)
        )  # fmt: skip

    def follow(self, view: UnitView | None) -> None:
        """Show what is inside of the document that is shown; None when there is none."""
        document = view.document if view is not None else None
        found = _MESSAGE.match(view.unit.label) if view and view.document.kind == "mbox" else None
        self._message = found[0] if found else ""
        if document is None or document.id != self._document:
            self._members, self._fields = (), 0
            self._document = document.id if document is not None else None
            if document is not None:
                self._ask(document)
        self._fill()

    def _ask(self, document: Document) -> None:
        contents = self._app.contents
        self._ask_members(document.id)
        if document.kind in _MAILS:
            self._bridge.deliver(
                contents.units(document.id), partial(self._on_units_arrived, document.id)
            )

    def _ask_members(self, document: DocumentId) -> None:
        if not self._bridge.closed:
            self._bridge.deliver(
                self._app.contents.members(document), partial(self._on_members_arrived, document)
            )

    def _on_members_arrived(self, document: DocumentId, members: tuple[Document, ...]) -> None:
        if document == self._document:
            self._members = members
            self._fill()

    def _on_units_arrived(self, document: DocumentId, units: Sequence[UnitPlace]) -> None:
        if document == self._document:
            numbers = (unit.number for unit in units if unit.label == OTHER_FIELDS)
            self._fields = next(numbers, 0)
            self._fill()

    # ── the chips ───────────────────────────────────────────────────────────

    def _fill(self) -> None:
        shown = self.shown
        self.clip.setVisible(bool(shown))
        self.fields.setVisible(bool(self._fields))
        for chip, document in zip(self.chips, shown, strict=False):
            name = document.name
            chip.setIcon(self._theme.icon(words.kind_icon(document.kind), "text2"))
            room = CHIP_WIDTH - 56
            elided = chip.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, room)
            chip.setText(f" {elided}".replace("&", "&&"))
            chip.setAccessibleName(f"Attachment {name}")
            chip.setToolTip(tip(f"Open {name}"))
        self.setVisible(bool(shown or self._fields))
        self._arrange()

    def _arrange(self) -> None:
        """Show the chips that there is room for, the others in the menu."""
        shown = self.shown
        left = self.width() - self.row.contentsMargins().left() - 90
        left -= self.fields.sizeHint().width() if self._fields else 0
        fitting = 0
        for chip in self.chips[: len(shown)]:
            left -= min(CHIP_WIDTH, chip.sizeHint().width()) + self.row.spacing()
            if left < 0 and fitting:
                break
            fitting += 1
        for at, chip in enumerate(self.chips):
            chip.setVisible(at < fitting)
        rest = len(shown) - fitting
        self.more.setVisible(rest > 0)
        self.more.setText(f"+{rest:,}")
        self.more.setAccessibleName(f"{rest:,} more attachments")

    def fill_menu(self) -> None:
        """Offer what there is no room for."""
        self.menu.clear()
        self._actions.clear()
        first = sum(not chip.isHidden() for chip in self.chips)
        for document in self.shown[first : first + MOST_LISTED]:
            action = QAction(document.name.replace("&", "&&"), self.menu)
            action.triggered.connect(partial(self._on_triggered, document))
            self._actions.append(action)
            self.menu.addAction(action)

    def _open_menu(self) -> None:
        self.fill_menu()
        self.menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _on_triggered(self, document: Document, _checked: bool = False) -> None:  # noqa: FBT001, FBT002 - a slot
        self.document_wanted.emit(document)

    def _on_chip_clicked(self, at: int) -> None:
        self.document_wanted.emit(self.shown[at])

    def _on_fields_clicked(self) -> None:
        self.unit_wanted.emit(self._fields)

    def _on_event_published(self, event: Event) -> None:
        document = self._document
        match event:
            case FileAdded(inside=inside) if inside is not None:
                changed = inside.container == document
            case DocumentChanged(document=other):
                changed = any(one.container == document for one in other.inside)
            case DocumentRemoved(document=gone):
                changed = any(one.id == gone for one in self._members)
            case _:
                changed = False
        if changed and document is not None:
            self._ask_members(document)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give way where there is little room."""
        super().resizeEvent(event)
        self._arrange()
