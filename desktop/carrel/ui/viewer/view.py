"""The source viewer as a pane: renders `ViewerState`, asks the app for units and images.

Must not know other panes; it is told what to show and says when it wants to close.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.answers import Citation
from carrel.domain.documents import Document, Failure, OutlineEntry, PageImage, UnitPlace, UnitView
from carrel.domain.events import Event, RecognitionFinished, RecognitionProgressed
from carrel.domain.ids import DocumentId
from carrel.domain.matches import Matches
from carrel.ui import words
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.theme import Theme, tokens
from carrel.ui.viewer import state as viewer
from carrel.ui.viewer.attached import AttachedRow
from carrel.ui.viewer.body import ViewerBody
from carrel.ui.viewer.find_bar import FindBar
from carrel.ui.viewer.mail_line import MailLine
from carrel.ui.viewer.quoting import Selected
from carrel.ui.viewer.reading_layout import SIMPLIFIED
from carrel.ui.viewer.reading_view import ReadingView
from carrel.ui.viewer.rows import CitationRow, PageRow, Row
from carrel.ui.viewer.selection_bar import SelectionBar
from carrel.ui.viewer.state import Fit, Place, ViewerState
from carrel.ui.viewer.strip import SideStrip
from carrel.ui.viewer.strip_filling import StripFiller
from carrel.ui.viewer.text_view import TextView
from carrel.ui.widgets.buttons import icon_button
from carrel.ui.widgets.labels import ElidedLabel, label, tip
from carrel.ui.widgets.picture import IconPicture

KEPT_IMAGES: Final = 8
"""Page images kept: at most some 40 MB, and turning back is instant."""
MOST_PIXELS: Final = 24e6
"""Pixels of one image; a plan of A0 size at full zoom would take a gigabyte."""

ImageKey = tuple[DocumentId, int, float]


class ViewerPane(QFrame):
    """The source on the right.

    Signals:
        close_wanted: the user wants the pane away.
        place_shown: a unit is on the screen, its image too if it has one.
        step_wanted: the user wants the next (1) or previous (-1) citation.
        ask_wanted: the user wants to ask about selected words; carries a `Selected`.
    """

    close_wanted = Signal()
    place_shown = Signal()
    step_wanted = Signal(int)
    ask_wanted = Signal(object)

    def __init__(self, app: AppApi, bridge: EventBridge, theme: Theme) -> None:
        """Build the pane; it shows nothing yet."""
        super().__init__()
        self._app, self._bridge, self._theme = app, bridge, theme
        self.state = ViewerState()
        self._images: OrderedDict[ImageKey, PageImage] = OrderedDict()
        self._wanted: ImageKey | None = None
        self.setProperty("surface", "viewer")
        self.setAccessibleName("Source viewer")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.pages = PageRow(theme)
        self.finder = FindBar(theme)
        self.citation = CitationRow(theme)
        self.attached = AttachedRow(app, bridge, theme)
        for row in (self._head(), self.pages, self.finder, self.citation, self.attached):
            column.addWidget(row)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        self.strip = SideStrip(theme)
        self.filler = StripFiller(app, bridge, self.strip, self.pages.strip)
        middle.addWidget(self.strip)
        self.body = ViewerBody(theme)
        self.page, self.reading = self.body.page, self.body.reading
        self.mail_line = MailLine(app, bridge, theme, self.reading)
        middle.addWidget(self.body, 1)
        column.addLayout(middle, 1)
        self.selection_bar = SelectionBar(theme, self.body)
        self._connect()
        self._show(self.state)

    # ── commands ────────────────────────────────────────────────────────────

    def open_citation(self, citation: Citation, citations: tuple[Citation, ...] = ()) -> None:
        """Show a citation; `citations` are all of its answer."""
        self._show(viewer.at_citation(self.state, citation, citations))

    def open_place(self, place: Place) -> None:
        """Show a place that is no citation."""
        self._show(viewer.at_place(self.state, place))

    def step_citation(self, step: int) -> None:
        """The next (1) or previous (-1) citation."""
        self._show(viewer.stepped(self.state, step))

    def turn(self, step: int) -> None:
        """The next (1) or previous (-1) unit."""
        if self.state.place is not None:
            self.go_to(self.state.place.number + step)

    def go_to(self, number: int) -> None:
        """Another unit of the same document; one that is drawn already is scrolled to."""
        view = self.reading.view_of(number)
        if self.body.currentWidget() is self.reading and view is not None:
            self.reading.reveal_unit(number)
            self._on_view_reached(view)
        else:
            self._show(viewer.at_number(self.state, number))

    def zoom(self, steps: int) -> None:
        """In (1), out (-1), or fit the width (0)."""
        current = self.page.shown_scale if self._page_like else (self.state.zoom or 1.0)
        self._show(viewer.zoomed(self.state, current, steps))

    def rotate(self, quarters: int) -> None:
        """Turn the page clockwise by so many quarters; text stays as it is."""
        if self._page_like:
            self._show(viewer.turned(self.state, quarters))

    def go_back(self) -> None:
        """The place shown before."""
        self._show(viewer.gone_back(self.state))

    def go_forward(self) -> None:
        """The place left by going back."""
        self._show(viewer.gone_forward(self.state))

    def focus_number(self) -> None:
        """Let the user type a page number."""
        self.pages.number.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.pages.number.selectAll()

    def open_find(self) -> None:
        """Let the user look for words; selected ones are looked for at once."""
        if self.state.place is None:
            return
        selected = self.selected
        self.finder.open(" ".join(selected.text.split()) if selected else "")

    def step_match(self, step: int) -> None:
        """The next (1) or previous (-1) place of the words looked for."""
        self._show(viewer.stepped_match(self.state, step))

    @property
    def selected(self) -> Selected | None:
        """The selected words; None when there are none."""
        place, found = self.state.place, self.body.selection(self.state.view)
        if place is None or found is None:
            return None
        view, span = found
        unit = view.unit
        return Selected(
            document=place.document,
            document_name=place.document_name,
            place=UnitPlace(unit.kind, unit.number, unit.label),
            span=span,
            text=unit.text[span.start : span.end],
        )

    @property
    def text(self) -> TextView | ReadingView:
        """The view of text in use: lines as they stand, or set for reading."""
        return self.body.text

    @property
    def settled(self) -> bool:
        """Whether all that was asked for is on the screen."""
        if self.state.failure is not None:
            return True
        if self.state.view is None:
            return self.state.place is None
        if self.state.find.words.strip() and self.state.find.matches is None:
            return False
        return not self.state.view.page_like or (self.page.has_image and self._wanted is None)

    # ── building ────────────────────────────────────────────────────────────

    def _head(self) -> QWidget:
        head = Row(tokens.HEADER_HEIGHT)
        self.icon = IconPicture(self._theme, "file-text", 18)
        self.name = ElidedLabel("", "strong", Qt.TextElideMode.ElideMiddle)
        head.row.addWidget(self.icon)
        head.row.addWidget(self.name, 1)
        self.simplified = label("Layout simplified", "caption")
        self.simplified.setToolTip(
            tip(
                "The words are complete; pages, columns and pictures of the document are not shown."
            )
        )
        self.simplified.hide()
        head.row.addWidget(self.simplified)
        close = icon_button(self._theme, "x", "Close viewer", shortcut="Ctrl+Alt+B")
        close.clicked.connect(self.close_wanted)
        head.row.addWidget(close)
        return head

    def _connect(self) -> None:
        self.pages.turn_wanted.connect(self.turn)
        self.pages.number_entered.connect(self._on_number_entered)
        self.pages.zoom_wanted.connect(self.zoom)
        self.pages.zoom_chosen.connect(self._on_zoom_chosen)
        self.pages.fit_chosen.connect(self._on_fit_chosen)
        self.pages.words_chosen.connect(self._on_words_chosen)
        self.pages.rotate_wanted.connect(self.rotate)
        self.pages.find_wanted.connect(self.open_find)
        self.strip.unit_chosen.connect(self.go_to)
        self.strip.entry_chosen.connect(self._on_entry_chosen)
        self.finder.words_changed.connect(self._look_for)
        self.finder.step_wanted.connect(self.step_match)
        self.finder.close_wanted.connect(self._close_find)
        self.citation.step_wanted.connect(self.step_wanted)
        self.attached.document_wanted.connect(self._on_document_wanted)
        self.attached.unit_wanted.connect(self.go_to)
        self.mail_line.header_wanted.connect(self.go_to)
        self.page.scale_wanted.connect(self._on_scale_wanted)
        self.body.selection_changed.connect(self._on_selection_changed)
        self.body.turn_wanted.connect(self.turn)
        self.body.zoom_wanted.connect(self.zoom)
        self.body.menu_wanted.connect(self._on_menu_wanted)
        self.reading.unit_wanted.connect(self._on_unit_wanted)
        self.reading.view_reached.connect(self._on_view_reached)
        self.selection_bar.wanted.connect(self._on_deed_wanted)
        self._bridge.event_published.connect(self._on_event_published)
        keys: dict[str, Callable[[], None]] = {
            "Ctrl+Shift+C": partial(self._on_deed_wanted, "quote"),
            "Ctrl+Shift+A": partial(self._on_deed_wanted, "ask"),
            "Ctrl+R": partial(self.rotate, 1),
            "Ctrl+Shift+R": partial(self.rotate, -1),
            "F7": self.pages.strip.click,
            "F3": partial(self.step_match, 1),
            "Shift+F3": partial(self.step_match, -1),
        }
        self.keys = {key: QShortcut(QKeySequence(key), self) for key in keys}
        for key, shortcut in self.keys.items():
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(keys[key])

    # ── state ───────────────────────────────────────────────────────────────

    @property
    def _page_like(self) -> bool:
        return self.state.view is None or self.state.view.page_like

    def _show(self, state: ViewerState) -> None:
        before, self.state = self.state, state
        if state.place is not None and state.request != before.request:
            self._request()
        self.name.setText(state.place.document_name if state.place else "No source open")
        self.pages.show_state(state)
        self.citation.show_state(state)
        self.finder.show_find(state.find)
        self._show_body(before)
        if before.place and state.place and before.place.document != state.place.document:
            self.finder.look_again()

    def _show_body(self, before: ViewerState) -> None:
        state = self.state
        if state.failure is not None:
            self._say("triangle-alert", "bad", state.failure.reason, state.failure.remedy)
        elif state.place is None:
            self._say("book-open", "text3", "No source open", "Choose a citation or a document.")
        elif state.view is None:
            if before.place is None or before.place.document != state.place.document:
                self._say("loader-circle", "text3", "Opening…", "")
        elif state.view is not before.view:
            self._show_unit(state.view)
        else:
            self.body.show_size(state)
            if state.find != before.find:
                self.body.show_found(state)

    def _show_unit(self, view: UnitView) -> None:
        self.icon.show_icon(words.kind_icon(view.document.kind), "text2")
        self.pages.name_unit(words.unit(view.unit.kind))
        self.simplified.setVisible(view.document.kind in SIMPLIFIED)
        self.body.show_view(self.state, view)
        self.body.show_found(self.state)
        self.selection_bar.follow(selected=False)
        self.filler.follow(view)
        self.attached.follow(view)
        self.mail_line.follow(view)
        if not view.page_like:
            self.place_shown.emit()

    def _say(self, icon: str, colour: str, title: str, more: str) -> None:
        self.body.say(icon, colour, title, more)
        self.selection_bar.follow(selected=False)

    # ── asking the app ──────────────────────────────────────────────────────

    def _request(self) -> None:
        place, request = self.state.place, self.state.request
        if place is None:
            return
        self._wanted = None
        future = (
            self._app.view_unit(place.document, place.number, marks=place.marks)
            if place.cited is None
            else self._app.view_cited(place.cited)
        )
        self._bridge.deliver(
            future,
            partial(self._on_view_arrived, request),
            partial(self._on_failed, request),
        )

    def _on_view_arrived(self, request: int, view: UnitView) -> None:
        self._show(viewer.with_view(self.state, request, view))

    def _on_failed(self, request: int, failure: Failure) -> None:
        self._wanted = None
        self._show(viewer.with_failure(self.state, request, failure))

    def _on_scale_wanted(self, wished: float) -> None:
        view, place = self.state.view, self.state.place
        if view is None or place is None or not view.page_like or self._bridge.closed:
            return
        points = max(1.0, view.unit.width * view.unit.height)
        scale = round(min(wished, (MOST_PIXELS / points) ** 0.5), 3)
        key = (place.document, place.number, scale)
        if key in self._images:
            self._images.move_to_end(key)
            self._wanted = None
            self._draw(self._images[key])
        elif key != self._wanted:
            self._wanted = key
            self._bridge.deliver(
                self._app.render_page(place.document, place.number, scale=scale),
                partial(self._on_image_arrived, key),
                partial(self._on_failed, self.state.request),
            )

    def _on_image_arrived(self, key: ImageKey, image: PageImage) -> None:
        self._images[key] = image
        while len(self._images) > KEPT_IMAGES:
            self._images.popitem(last=False)
        if key == self._wanted:
            self._wanted = None
            self._draw(image)

    def _draw(self, image: PageImage) -> None:
        self.state = viewer.with_image(self.state, self.state.request, image)
        self.page.show_image(image)
        self.place_shown.emit()

    def _on_unit_wanted(self, number: int) -> None:
        """Fetch the unit that follows those that are set for reading."""
        place = self.state.place
        if place is not None and not self._bridge.closed:
            self._bridge.deliver(
                self._app.view_unit(place.document, number),
                partial(self._on_following_arrived, place.document),
                lambda _failure: None,
            )

    def _on_following_arrived(self, document: DocumentId, view: UnitView) -> None:
        if self.state.place is not None and self.state.place.document == document:
            self.reading.take_view(view)

    def _on_view_reached(self, view: UnitView) -> None:
        """The reader scrolled into another unit."""
        self.state = viewer.scrolled(self.state, view)
        self.pages.show_state(self.state)
        self.filler.follow(view)
        self.attached.follow(view)
        self.mail_line.follow(view)

    def _look_at_again(self, document: Document) -> None:
        """Fetch a page again whose words may have been recognised by now."""
        view, place = self.state.view, self.state.place
        if view is None or place is None or view.document.id != document.id or self._bridge.closed:
            return
        if view.page_like and view.unit.recognised is None:
            self._bridge.deliver(
                self._app.view_unit(place.document, place.number, marks=place.marks),
                partial(self._on_view_came_again, self.state.request),
                lambda _failure: None,
            )

    def _on_view_came_again(self, request: int, view: UnitView) -> None:
        if view.unit.recognised is not None:
            self._show(viewer.with_view(self.state, request, view))

    # ── looking for words ───────────────────────────────────────────────────

    def _look_for(self, wanted: str) -> None:
        place = self.state.place
        self._show(viewer.looked_for(self.state, wanted))
        if place is None or not wanted.strip():
            return
        request = self.state.find.request
        self._bridge.deliver(
            self._app.contents.find(place.document, wanted),
            partial(self._on_matches_arrived, request),
        )

    def _on_matches_arrived(self, request: int, matches: Matches) -> None:
        self._show(viewer.with_matches(self.state, request, matches))

    def _close_find(self) -> None:
        self.finder.shut()
        self._show(viewer.looked_for(self.state, ""))
        self.body.focus()

    # ── selected words ──────────────────────────────────────────────────────

    def _on_selection_changed(self) -> None:
        self.selection_bar.follow(selected=self.selected is not None)

    def _on_menu_wanted(self, place: QPoint) -> None:
        self.selection_bar.open_menu(place, selected=self.selected is not None)

    def _on_deed_wanted(self, deed: str) -> None:
        selected = self.selected
        if selected is None:
            return
        if deed == "ask":
            self.ask_wanted.emit(selected)
        else:
            text = selected.quote if deed == "quote" else selected.text
            QApplication.clipboard().setText(text)

    # ── Qt ──────────────────────────────────────────────────────────────────

    def _on_number_entered(self, number: int) -> None:
        self.go_to(number)
        self.body.focus()

    def _on_entry_chosen(self, entry: OutlineEntry) -> None:
        self._show(viewer.at_entry(self.state, entry))

    def _on_document_wanted(self, document: Document) -> None:
        self.open_place(Place(document=document.id, document_name=document.name, number=1))

    def _on_zoom_chosen(self, zoom: float) -> None:
        self._show(viewer.zoomed_to(self.state, zoom))

    def _on_words_chosen(self, wanted: bool) -> None:  # noqa: FBT001 - a slot
        self._show(viewer.outlined(self.state, wanted=wanted))
        if self.state.view is not None and self._page_like:
            self.body.show_words(self.state.view, wanted=wanted)

    def _on_fit_chosen(self, fit: Fit) -> None:
        self._show(viewer.fitted(self.state, fit))

    def _on_event_published(self, event: Event) -> None:
        if isinstance(event, RecognitionProgressed | RecognitionFinished):
            self._look_at_again(event.document)
        state = viewer.apply(self.state, event)
        if state is not self.state:
            self._images.clear()
            self.filler.forget()
            self.attached.follow(None)
            self._show(state)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape lets go of the selection, then of the search, then closes the pane."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.selected is not None:
            self.body.clear_selection()
        elif self.finder.isVisible():
            self._close_find()
        else:
            self.close_wanted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the bar of the selection in its place."""
        super().resizeEvent(event)
        self.selection_bar.place()

    def sizeHint(self) -> QSize:
        """As in the design."""
        return QSize(tokens.VIEWER_WIDTH, 600)

    def minimumSizeHint(self) -> QSize:
        """Below this a page cannot be read."""
        return QSize(tokens.VIEWER_LEAST_WIDTH, 300)
