"""The source viewer as a pane: renders `ViewerState`, asks the app for units and images.

Must not know other panes; it is told what to show and says when it wants to close.
"""

from collections import OrderedDict
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIntValidator, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from carrel.domain.answers import Citation
from carrel.domain.documents import Failure, PageImage, UnitView
from carrel.domain.events import Event
from carrel.domain.ids import DocumentId
from carrel.ui import words
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.theme import Theme, tokens
from carrel.ui.viewer import state as viewer
from carrel.ui.viewer.page_view import PageView
from carrel.ui.viewer.state import Place, ViewerState
from carrel.ui.viewer.text_view import TextView
from carrel.ui.widgets.buttons import button, icon_button
from carrel.ui.widgets.labels import ElidedLabel, label
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
    """

    close_wanted = Signal()
    place_shown = Signal()
    step_wanted = Signal(int)

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
        column.addWidget(self._head())
        column.addWidget(self._page_bar())
        column.addWidget(self._citation_bar())
        column.addWidget(self._body(), 1)
        bridge.event_published.connect(self._on_event_published)
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
            self._show(viewer.at_number(self.state, self.state.place.number + step))

    def zoom(self, steps: int) -> None:
        """In (1), out (-1), or fit the width (0)."""
        page_like = self.state.view is None or self.state.view.page_like
        current = self.page.shown_scale if page_like else (self.state.zoom or 1.0)
        self._show(viewer.zoomed(self.state, current, steps))

    def go_back(self) -> None:
        """The place shown before."""
        self._show(viewer.gone_back(self.state))

    def go_forward(self) -> None:
        """The place left by going back."""
        self._show(viewer.gone_forward(self.state))

    def focus_number(self) -> None:
        """Let the user type a page number."""
        self.number.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.number.selectAll()

    @property
    def settled(self) -> bool:
        """Whether all that was asked for is on the screen."""
        if self.state.failure is not None:
            return True
        if self.state.view is None:
            return self.state.place is None
        return not self.state.view.page_like or (self.page.has_image and self._wanted is None)

    # ── building ────────────────────────────────────────────────────────────

    def _head(self) -> QWidget:
        head, row = _bar(tokens.HEADER_HEIGHT)
        self.icon = IconPicture(self._theme, "file-text", 18)
        self.name = ElidedLabel("", "strong", Qt.TextElideMode.ElideMiddle)
        row.addWidget(self.icon)
        row.addWidget(self.name, 1)
        close = icon_button(self._theme, "x", "Close viewer", shortcut="Ctrl+Alt+B")
        close.clicked.connect(self.close_wanted)
        row.addWidget(close)
        return head

    def _page_bar(self) -> QWidget:
        bar, row = _bar(40)
        self.previous = icon_button(self._theme, "chevron-up", "Previous page")
        self.number = QLineEdit()
        self.number.setProperty("kind", "page")
        self.number.setFixedWidth(52)
        self.number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.number.setValidator(QIntValidator(1, 9_999_999, self.number))
        self.number.setAccessibleName("Page number")
        self.number.returnPressed.connect(self._on_number_entered)
        self.total = label(role="plain")
        self.next = icon_button(self._theme, "chevron-down", "Next page")
        self.previous.clicked.connect(partial(self.turn, -1))
        self.next.clicked.connect(partial(self.turn, 1))
        self.zoom_out = icon_button(self._theme, "zoom-out", "Zoom out", shortcut="Ctrl+-")
        self.fit = button("Fit width", "quiet")
        self.fit.setAccessibleName("Fit width")
        self.zoom_in = icon_button(self._theme, "zoom-in", "Zoom in", shortcut="Ctrl+=")
        self.zoom_out.clicked.connect(partial(self.zoom, -1))
        self.fit.clicked.connect(partial(self.zoom, 0))
        self.zoom_in.clicked.connect(partial(self.zoom, 1))
        left: tuple[QWidget, ...] = (self.previous, self.number, self.total, self.next)
        right: tuple[QWidget, ...] = (self.zoom_out, self.fit, self.zoom_in)
        for widget in left:
            row.addWidget(widget)
        row.addStretch(1)
        for widget in right:
            row.addWidget(widget)
        return bar

    def _citation_bar(self) -> QWidget:
        self.citation_bar, row = _bar(38)
        row.addWidget(IconPicture(self._theme, "quote", 16, "accent_text"))
        self.citation_words = label(role="plain")
        row.addWidget(self.citation_words)
        row.addStretch(1)
        back = icon_button(self._theme, "chevron-left", "Previous citation", shortcut="Ctrl+[")
        onward = icon_button(self._theme, "chevron-right", "Next citation", shortcut="Ctrl+]")
        back.clicked.connect(partial(self.step_wanted.emit, -1))
        onward.clicked.connect(partial(self.step_wanted.emit, 1))
        self.citation_steps = (back, onward)
        row.addWidget(back)
        row.addWidget(onward)
        return self.citation_bar

    def _body(self) -> QWidget:
        self.page = PageView(self._theme)
        self.page.scale_wanted.connect(self._on_scale_wanted)
        self.page.turn_wanted.connect(self.turn)
        self.page.zoom_wanted.connect(self.zoom)
        self.text = TextView(self._theme)
        self.message = QWidget()
        column = QVBoxLayout(self.message)
        column.setContentsMargins(40, 0, 40, 80)
        column.setSpacing(tokens.GAP_S)
        centre = Qt.AlignmentFlag.AlignHCenter
        self.message_icon = IconPicture(self._theme, "file-text", 28, "text3")
        self.message_title = label("", "title", wrap=True)
        self.message_words = label("", "plain", wrap=True)
        column.addStretch(1)
        column.addWidget(self.message_icon, 0, centre)
        for widget in (self.message_title, self.message_words):
            widget.setAlignment(centre)
            column.addWidget(widget)
        column.addStretch(1)
        self.body = QStackedWidget()
        for side in (self.page, self.text, self.message):
            self.body.addWidget(side)
        return self.body

    # ── state ───────────────────────────────────────────────────────────────

    def _show(self, state: ViewerState) -> None:
        before, self.state = self.state, state
        if state.place is not None and state.request != before.request:
            self._request()
            state = self.state
        place = state.place
        self.name.setText(place.document_name if place else "No source open")
        self.number.setText(str(place.number) if place else "")
        self.number.setEnabled(place is not None)
        self.total.setText(state.page_words)
        self.previous.setEnabled(place is not None and place.number > 1)
        self.next.setEnabled(place is not None and place.number < state.total)
        self.citation_bar.setVisible(state.citation is not None)
        self.citation_words.setText(state.citation_words)
        for step in self.citation_steps:
            step.setEnabled(len(state.citations) > 1)
        fit = "Fit width" if state.zoom is None else f"{round(state.zoom * 100)} %"
        self.fit.setText(fit)
        self._show_body(before)

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
        elif state.zoom != before.zoom:
            self.page.set_zoom(state.zoom)
            self.text.set_zoom(state.zoom or 1.0)

    def _show_unit(self, view: UnitView) -> None:
        unit = view.unit
        kind = words.unit(unit.kind)
        self.icon.show_icon(words.kind_icon(view.document.kind), "text2")
        self.number.setAccessibleName(f"{kind} number")
        for step, direction in ((self.previous, "Previous"), (self.next, "Next")):
            step.setAccessibleName(f"{direction} {kind.lower()}")
            step.setToolTip(f"{direction} {kind.lower()}")
        if view.page_like:
            self.page.setAccessibleName(self.state.spoken)
            self.page.setAccessibleDescription(unit.text[:2000])
            self.page.show_image(None)
            self.body.setCurrentWidget(self.page)
            self.page.set_zoom(self.state.zoom)
            self.page.show_page(unit.width, unit.height, view.mark_boxes)
        else:
            self.body.setCurrentWidget(self.text)
            self.text.setAccessibleName(self.state.spoken)
            self.text.set_zoom(self.state.zoom or 1.0)
            self.text.show_text(unit.text, view.marks, view.document.kind)
            self.place_shown.emit()

    def _say(self, icon: str, colour: str, title: str, more: str) -> None:
        self.message_icon.show_icon(icon, colour)
        self.message_title.setText(title)
        self.message_words.setText(more)
        self.body.setCurrentWidget(self.message)

    # ── asking the app ──────────────────────────────────────────────────────

    def _request(self) -> None:
        place, request = self.state.place, self.state.request
        if place is None:
            return
        self._wanted = None
        self._bridge.deliver(
            self._app.view_unit(place.document, place.number, marks=place.marks),
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

    # ── Qt ──────────────────────────────────────────────────────────────────

    def _on_number_entered(self) -> None:
        self._show(viewer.at_number(self.state, int(self.number.text() or 0)))
        self.page.setFocus()

    def _on_event_published(self, event: Event) -> None:
        state = viewer.apply(self.state, event)
        if state is not self.state:
            self._images.clear()
            self._show(state)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the pane."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_wanted.emit()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """As in the design."""
        return QSize(tokens.VIEWER_WIDTH, 600)

    def minimumSizeHint(self) -> QSize:
        """Below this a page cannot be read."""
        return QSize(tokens.VIEWER_LEAST_WIDTH, 300)


def _bar(height: int) -> tuple[QFrame, QHBoxLayout]:
    bar = QFrame()
    bar.setProperty("surface", "viewerbar")
    bar.setFixedHeight(height)
    row = QHBoxLayout(bar)
    row.setContentsMargins(14, 0, 10, 0)
    row.setSpacing(6)
    return bar, row
