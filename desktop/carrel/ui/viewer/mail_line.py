"""A slim line over the text of a mail once its header has been scrolled out of sight.

Subject, sender and date; a click brings the header back. Must not know how text is drawn.
"""

import re
from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from carrel.domain.blocks import BlockKind
from carrel.domain.documents import UnitView
from carrel.domain.ids import DocumentId
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.theme import Theme
from carrel.ui.viewer.reading_view import ReadingView
from carrel.ui.widgets.buttons import icon_button
from carrel.ui.widgets.labels import ElidedLabel

HEIGHT: Final = 36
"""Pixels; less than two lines of text."""
MAILS: Final = frozenset({"eml", "msg", "mbox"})
MOST_BACK: Final = 40
"""Units before the one shown in which the header of its message is looked for; a message has more
than one unit only where it has headings or is very long."""

_MESSAGE: Final = re.compile(r"\d+(?=\. )")
"""The number of a message in a mailbox, as the label of its unit begins."""
_DAY: Final = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}|\d{4}-\d\d-\d\d")
_ADDRESS: Final = re.compile(r"\s*<[^<>]*>\s*\Z")


@dataclass(frozen=True, slots=True)
class MailHead:
    """What a reader must know of the mail whose text is shown.

    Attributes:
        number: of the unit that holds its header.
    """

    number: int
    subject: str
    sender: str
    date: str


def head_of(view: UnitView) -> MailHead | None:
    """The header a unit begins with; None if it begins with something else."""
    found: dict[str, str] = {}
    for block in view.blocks:
        if block.kind not in {BlockKind.SUBJECT, BlockKind.FIELD} or block.level != 1:
            break
        name, _, value = view.unit.text[block.start : block.end].partition(": ")
        found.setdefault(name, " ".join(value.split()))
    if not found:
        return None
    sender = found.get("From", "")
    day = _DAY.search(found.get("Date", ""))
    return MailHead(
        number=view.unit.number,
        subject=found.get("Subject", "") or "Without a subject",
        sender=_ADDRESS.sub("", sender).strip("\"' ") or sender,
        date=day[0] if day else found.get("Date", ""),
    )


class MailLine(QFrame):
    """The line; lies over the top of a reading view.

    Signals:
        header_wanted: the reader wants to see the header; carries the number of its unit.
    """

    header_wanted = Signal(int)

    def __init__(
        self, app: AppApi, bridge: EventBridge, theme: Theme, reading: ReadingView
    ) -> None:
        """Show nothing yet."""
        super().__init__(reading)
        self._app, self._bridge, self._reading = app, bridge, reading
        self._message: tuple[DocumentId | None, str] = (None, "")
        self.head: MailHead | None = None
        self.setProperty("surface", "viewerbar")
        self.setFixedHeight(HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(28, 0, 6, 0)
        row.setSpacing(10)
        self.subject = ElidedLabel("", "strong")
        self.about = ElidedLabel("", "meta")
        self.about.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.up = icon_button(theme, "chevron-up", "Show the header of this mail", size=28)
        self.up.clicked.connect(self._on_up_clicked)
        row.addWidget(self.subject, 3)
        row.addWidget(self.about, 2)
        row.addWidget(self.up)
        reading.verticalScrollBar().valueChanged.connect(self._show_if_needed)
        reading.verticalScrollBar().rangeChanged.connect(self._show_if_needed)
        reading.installEventFilter(self)
        self.hide()

    def follow(self, view: UnitView) -> None:
        """The reader sees another unit."""
        message = _message_of(view)
        here = head_of(view) if message is not None else None
        if here is not None:
            self._message = (view.document.id, message or "")
            self._take(here)
        elif message is None:
            self._message = (None, "")
            self._take(None)
        elif self._message != (view.document.id, message):
            self._message = (view.document.id, message)
            self._take(None)
            self._ask(view.unit.number - 1, view.unit.number - MOST_BACK)
        self._show_if_needed()

    def _ask(self, number: int, last: int) -> None:
        """Look for the header in the units before the one shown."""
        document, _ = self._message
        if document is not None and number >= max(1, last) and not self._bridge.closed:
            self._bridge.deliver(
                self._app.view_unit(document, number),
                partial(self._on_view_arrived, self._message, last),
                lambda _failure: None,
            )

    def _on_view_arrived(
        self, wanted: tuple[DocumentId | None, str], last: int, view: UnitView
    ) -> None:
        if wanted != self._message or self.head is not None or _message_of(view) != wanted[1]:
            return
        found = head_of(view)
        if found is None:
            self._ask(view.unit.number - 1, last)
        else:
            self._take(found)
            self._show_if_needed()

    def _take(self, head: MailHead | None) -> None:
        self.head = head
        if head is not None:
            about = " · ".join(words for words in (head.sender, head.date) if words)
            self.subject.setText(head.subject)
            self.about.setText(about)
            self.setAccessibleName(f"Mail: {head.subject}, {about}")

    def _show_if_needed(self) -> None:
        shown = self.head is not None and not self._reading.card_in_view(self.head.number)
        if shown:
            self.setGeometry(0, 0, self._reading.viewport().width(), HEIGHT)
            self.raise_()
        self.setVisible(shown)

    def _on_up_clicked(self) -> None:
        if self.head is not None:
            self.header_wanted.emit(self.head.number)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the width of the view."""
        if event.type() in {QEvent.Type.Resize, QEvent.Type.Show}:
            self._show_if_needed()
        return super().eventFilter(watched, event)


def _message_of(view: UnitView) -> str | None:
    """Which message of a mailbox a unit belongs to; empty in a mail; None in everything else."""
    if view.document.kind not in MAILS:
        return None
    found = _MESSAGE.match(view.unit.label) if view.document.kind == "mbox" else None
    return found[0] if found else ""
