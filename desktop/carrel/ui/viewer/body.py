"""The part of the viewer that shows the document: a page, lines, a text set for reading, a table.

Must not know the app.
"""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from carrel.domain.documents import Box, Span, UnitView
from carrel.domain.recognition import LOW_CONFIDENCE
from carrel.ui.theme import Theme, tokens
from carrel.ui.viewer.code_lines import manner_of
from carrel.ui.viewer.page_text import PageText
from carrel.ui.viewer.page_view import PageView
from carrel.ui.viewer.reading_layout import READ
from carrel.ui.viewer.reading_view import ReadingView
from carrel.ui.viewer.sheet_view import SheetView
from carrel.ui.viewer.state import ViewerState
from carrel.ui.viewer.text_view import TextView
from carrel.ui.widgets.labels import label
from carrel.ui.widgets.picture import IconPicture


class ViewerBody(QStackedWidget):
    """One of five views.

    Signals:
        turn_wanted: the next (1) or previous (-1) unit.
        zoom_wanted: in (1) or out (-1).
        menu_wanted: carries a place on the screen.
        selection_changed: other words are selected, or none.
    """

    turn_wanted = Signal(int)
    zoom_wanted = Signal(int)
    menu_wanted = Signal(QPoint)
    selection_changed = Signal()

    def __init__(self, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__()
        self._theme = theme
        self.page = PageView(theme)
        self.plain = TextView(theme)
        self.reading = ReadingView(theme)
        self.sheet = SheetView(theme)
        self.text: TextView | ReadingView = self.plain
        self.message = self._message()
        for side in (self.page, self.plain, self.reading, self.sheet, self.message):
            self.addWidget(side)
        self.page.selection_changed.connect(self.selection_changed)
        self.plain.selectionChanged.connect(self.selection_changed)
        self.reading.selectionChanged.connect(self.selection_changed)
        self.sheet.selection_changed.connect(self.selection_changed)
        for turning in (self.page, self.plain, self.reading):
            turning.turn_wanted.connect(self.turn_wanted)
        for view in (self.page, self.plain, self.reading, self.sheet):
            view.zoom_wanted.connect(self.zoom_wanted)
            view.menu_wanted.connect(self.menu_wanted)

    def _message(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
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
        return made

    # ── what is shown ───────────────────────────────────────────────────────

    def say(self, icon: str, colour: str, title: str, more: str) -> None:
        """Show a message in place of a document."""
        self.message_icon.show_icon(icon, colour)
        self.message_title.setText(title)
        self.message_words.setText(more)
        self.setCurrentWidget(self.message)

    def show_view(self, state: ViewerState, view: UnitView) -> None:
        """Show a unit that has arrived."""
        unit, heading = view.unit, state.heading_here
        if view.page_like:
            self.page.setAccessibleName(state.spoken)
            self.page.setAccessibleDescription(unit.text[:2000])
            self.page.show_image(None)
            self.setCurrentWidget(self.page)
            self.page.set_view(state.zoom, state.fit, state.turned)
            text = PageText(unit.text, unit.char_boxes)
            self.page.show_page(unit.width, unit.height, view.mark_boxes, text)
            self.show_words(view, wanted=state.outlined)
            if heading is not None:
                self.page.reveal(heading)
            return
        if view.sheet is not None and _in_cells(view):
            self.setCurrentWidget(self.sheet)
            self.sheet.table.setAccessibleDescription(state.spoken)
            self.sheet.set_zoom(state.zoom or 1.0)
            cited = state.place.cited if state.place is not None and view.marks else None
            cells = cited.cells if cited is not None else ""
            self.sheet.show_sheet(view.sheet, unit.text, view.marks, cells)
            if heading is not None:
                self.sheet.reveal_place(heading)
            return
        set_for_reading = view.document.kind in READ
        self.text = self.reading if set_for_reading else self.plain
        self.setCurrentWidget(self.text)
        self.text.setAccessibleName(state.spoken)
        self.text.set_zoom(state.zoom or 1.0)
        if set_for_reading:
            self.reading.show_view(view)
            if heading is not None:
                self.reading.reveal_place(unit.number, heading)
        else:
            self.plain.show_text(unit.text, view.marks, manner_of(view))
            if heading is not None:
                self.plain.reveal_place(heading)

    def show_found(self, state: ViewerState) -> None:
        """Show where words were found."""
        spans, current = state.found_here
        if state.view is not None and state.view.page_like:
            self.page.show_found(spans, current)
        elif self.currentWidget() is self.sheet:
            self.sheet.show_found(spans, current)
        elif self.text is self.reading:
            self.reading.show_found(state.found_by_unit, state.match)
        else:
            self.plain.show_found(spans, current)

    def show_words(self, view: UnitView, *, wanted: bool) -> None:
        """Draw lines around the words recognised on a page, or none."""
        part, text = view.unit.recognised, self.page.selection.text
        found: list[tuple[Box, bool]] = []
        for word in text.words(part.start) if part is not None and wanted else ():
            sure = (part.confidence_of(*word) or 0.0) >= LOW_CONFIDENCE if part else True
            found += [(box, sure) for box in text.boxes(word)]
        self.page.show_words(found)

    def show_size(self, state: ViewerState) -> None:
        """Show in another size, or turned."""
        self.page.set_view(state.zoom, state.fit, state.turned)
        self.text.set_zoom(state.zoom or 1.0)
        self.sheet.set_zoom(state.zoom or 1.0)

    # ── selected words ──────────────────────────────────────────────────────

    def selection(self, view: UnitView | None) -> tuple[UnitView, Span] | None:
        """The unit and the span of its text that are selected.

        Args:
            view: the unit that is shown, where only one is.
        """
        shown = self.currentWidget()
        if shown is self.reading:
            return self.reading.selected
        if shown is self.page:
            span = self.page.selection.span
        else:
            span = self.sheet.selected if shown is self.sheet else self.plain.selected
        if shown is self.message or view is None or span.end <= span.start:
            return None
        return view, span

    def clear_selection(self) -> None:
        """Select nothing."""
        self.page.selection.select(Span(0, 0))
        self.plain.clear_selection()
        self.reading.clear_selection()
        self.sheet.clear_selection()

    def focus(self) -> None:
        """Give the keyboard to what is shown."""
        shown = self.currentWidget()
        if shown is not None:
            shown.setFocus(Qt.FocusReason.OtherFocusReason)


def _in_cells(view: UnitView) -> bool:
    """Whether what is marked stands in cells; a comment or a text box is shown as text."""
    if view.sheet is None or not view.sheet.cells:
        return False
    return all(view.sheet.within(*mark) for mark in view.marks)
