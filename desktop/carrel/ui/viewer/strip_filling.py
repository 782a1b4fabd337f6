"""Fills the strip beside the page: asks the app for contents, labels and small pages.

Must not know how they are drawn.
"""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QToolButton

from carrel.domain.documents import Failure, OutlineEntry, PageImage, UnitPlace, UnitView
from carrel.domain.ids import DocumentId
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.viewer.strip import THUMB_SCALE, SideStrip


class StripFiller(QObject):
    """Keeps a strip in step with the document that is shown.

    Args:
        strip: filled, and shown while `switch` is on.
        switch: the button that shows and hides it; off limits while there is nothing to show.
    """

    def __init__(
        self, app: AppApi, bridge: EventBridge, strip: SideStrip, switch: QToolButton
    ) -> None:
        super().__init__(strip)
        self._app, self._bridge = app, bridge
        self._strip, self._switch = strip, switch
        self._document: DocumentId | None = None
        self._labelled: DocumentId | None = None
        self._has_pages = False
        switch.clicked.connect(self._refresh)
        strip.picture_wanted.connect(self._on_picture_wanted)

    def follow(self, view: UnitView) -> None:
        """Show what document this is, and where the reader is in it."""
        document = view.document.id
        if document != self._document:
            self._document, self._has_pages = document, view.page_like
            self._strip.show_pages(view.total if view.page_like else 0)
            self._refresh()
            self._bridge.deliver(
                self._app.contents.outline(document), partial(self._on_outline_arrived, document)
            )
        self._strip.show_number(view.unit.number)

    def forget(self) -> None:
        """No document is shown."""
        self._document = None
        self._strip.show_pages(0)
        self._refresh()

    def _refresh(self) -> None:
        self._switch.setEnabled(self._strip.useful)
        shown = self._switch.isChecked() and self._strip.useful
        self._strip.setVisible(shown)
        document = self._document
        if shown and self._has_pages and document is not None and document != self._labelled:
            self._labelled = document
            self._bridge.deliver(
                self._app.contents.units(document), partial(self._on_units_arrived, document)
            )

    def _on_outline_arrived(self, document: DocumentId, entries: tuple[OutlineEntry, ...]) -> None:
        if document == self._document:
            self._strip.show_outline(entries)
            self._refresh()

    def _on_units_arrived(self, document: DocumentId, places: tuple[UnitPlace, ...]) -> None:
        if document == self._document and self._has_pages:
            self._strip.show_labels([place.label for place in places])

    def _on_picture_wanted(self, number: int) -> None:
        document = self._document
        if document is None or self._bridge.closed:
            return
        scale = THUMB_SCALE * self._strip.devicePixelRatioF()
        self._bridge.deliver(
            self._app.render_page(document, number, scale=scale),
            partial(self._on_picture_arrived, document, number),
            partial(self._on_picture_failed, document, number),
        )

    def _on_picture_arrived(self, document: DocumentId, number: int, image: PageImage) -> None:
        if document == self._document:
            self._strip.show_picture(number, image)

    def _on_picture_failed(self, document: DocumentId, number: int, _failure: Failure) -> None:
        if document == self._document:
            self._strip.show_picture(number, None)
