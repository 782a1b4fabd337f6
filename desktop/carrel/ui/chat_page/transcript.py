"""The conversation as one flat text document in one widget.

One document for all exchanges keeps streaming cheap, and selection, copying,
finding and the keyboard work across messages. Nothing a text says can load or
open anything: links are only those made here. Must not know the app or events.
"""

import time
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QTextBrowser, QToolTip, QWidget

from carrel.domain.answers import Exchange
from carrel.ui.chat_page import copying, objects
from carrel.ui.chat_page.checked import TIPS, place_of, reason_at
from carrel.ui.chat_page.editing import Editing, parts, single_shot
from carrel.ui.chat_page.exchange_text import ExchangeText
from carrel.ui.chat_page.grounds import paint_grounds
from carrel.ui.chat_page.state import ChatState, Live
from carrel.ui.markdown.chips import CHIP_OBJECT, ChipObject
from carrel.ui.markdown.looks import PROPERTY_RIGHT_TAB, Looks, right_tab
from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import GAP_XL
from carrel.ui.widgets.buttons import icon_button

COLUMN: Final = 720
"""Widest text column, pixels: longer lines are hard to read, and resizing past it costs nothing."""
MARGIN: Final = 4
"""Document margin: room for focus rings at the edges, pixels."""
NEWEST: Final = 12
"""Exchanges written at once when a chat opens; older ones follow while the window is idle."""
FLUSH_MILLISECONDS: Final = 25
"""Least time between two redraws of a growing answer."""
FLUSH_SHARE: Final = 4
"""A redraw that took long is followed by this many times as much rest, so the window stays quick
whatever an answer looks like."""
NEAR_BOTTOM: Final = 40
"""Pixels from the end within which the view follows a growing answer."""


class Transcript(QTextBrowser):
    """Shows exchanges.

    Signals:
        citation_chosen: carries a `Citation` and a list of all of its answer that lead to a place.
        question_repeated: ask this again; carries the `ExchangeText`, and whether from passages.
        sections_wanted: choose what is read for this question; carries the `ExchangeText`.
        models_wanted: the user wants to see why a model does not answer.
        part_chosen: carries the `Place` of a part that was not read, or that holds instructions.
        answer_copied: the clipboard holds an answer; carries nothing.
        answer_saved: the user wants an answer in a file; carries the `Exchange`.
    """

    citation_chosen = Signal(object, object)
    question_repeated = Signal(object, bool)
    sections_wanted = Signal(object)
    models_wanted = Signal()
    part_chosen = Signal(object)
    answer_copied = Signal()
    answer_saved = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """An empty transcript."""
        super().__init__(parent)
        self._theme = theme
        self._looks = Looks(theme)
        self._texts: list[ExchangeText] = []
        self._older: list[Exchange] = []
        self._state = ChatState()
        self._live: ExchangeText | None = None
        self._active: tuple[int, int] | None = None
        self._hovered = ""
        self._pending: Live | None = None
        self._last_flush = 0.0
        self._prepare()
        self._register_objects()
        self._flush_timer = single_shot(self, self._flush)
        self._older_timer = single_shot(self, self._write_older)
        self._fit_timer = single_shot(self, self._fit)
        self._fitted = 0.0
        self._to_end = icon_button(theme, "arrow-down", "Scroll to the end", size=34)
        self._to_end.setParent(self)
        self._style_to_end()
        self._to_end.hide()
        self._to_end.clicked.connect(self.scroll_to_end)
        self.anchorClicked.connect(self._on_anchor_clicked)
        self.highlighted.connect(self._on_highlighted)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.verticalScrollBar().rangeChanged.connect(self._on_scrolled)
        theme.changed.connect(self._on_theme_changed)

    def _prepare(self) -> None:
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setCursorWidth(0)
        self.setAccessibleName("Conversation")
        self.setStyleSheet("QTextBrowser { background: transparent; border: none; }")
        document = self.document()
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(MARGIN)
        document.setDefaultFont(self._theme.font(14))

    def _register_objects(self) -> None:
        layout = self.document().documentLayout()
        theme, focus = self._theme, self._has_focus_at
        self._chips = ChipObject(theme, self._is_active, focus, self)
        self._cards = objects.CardObject(theme, self._is_active, self._is_hovered, focus, self)
        self._buttons = objects.ButtonObject(theme, self._is_hovered, focus, self)
        layout.registerHandler(CHIP_OBJECT, self._chips)
        layout.registerHandler(objects.CARD_OBJECT, self._cards)
        layout.registerHandler(objects.BUTTON_OBJECT, self._buttons)
        self._meters = objects.MeterObject(theme, self)
        layout.registerHandler(objects.METER_OBJECT, self._meters)

    # ── what is shown ───────────────────────────────────────────────────────

    def show_state(self, state: ChatState, *, anew: bool = False) -> None:
        """Bring the page up to date.

        Args:
            state: of the page.
            anew: another chat is shown, or its exchanges have just been read.
        """
        before, self._state = self._state, state
        if anew:
            self._write_all()
            return
        if state.names != before.names:
            with Editing(self):
                for text in self._texts:
                    text.write_meta()
        live = state.live
        shown = self._live.live if self._live is not None else None
        if live is None and shown is None:
            if self._is_outdated():
                self._write_all()
        elif live is None or (shown is not None and live.job != shown.job):
            self._settle(shown)
        elif shown is None:
            self._begin_live(live)
        else:
            self._pending = live
            if not self._flush_timer.isActive():
                self._flush_timer.start(self._rest())

    def _is_outdated(self) -> bool:
        shown = len(self._texts) + len(self._older)
        return shown != len(self._state.exchanges)

    def _settle(self, shown: Live | None) -> None:
        """The live answer has ended and is stored, or another one took its place."""
        self._flush_timer.stop()
        text, self._live, self._pending = self._live, None, None
        stored = [e for e in self._state.exchanges if shown and e.id == shown.exchange]
        if text is None or not stored:
            self._write_all()
            return
        follows = self._follows
        seconds = self._state.thought.get(stored[0].id, 0.0)
        with Editing(self):
            text.settle(stored[0], thought_seconds=seconds)
        if follows:
            self.scroll_to_end()
        if self._state.live is not None:
            self._begin_live(self._state.live)

    def _begin_live(self, live: Live) -> None:
        if self._is_incomplete():
            self._write_all()
            return
        self._live = self._new_text(self._end())
        with Editing(self):
            self._live.show_live(live, begin=True)
        self.scroll_to_end()

    def _is_incomplete(self) -> bool:
        shown = [t.exchange.id for t in self._texts if t.exchange is not None]
        shown += [e.id for e in self._older]
        return sorted(shown) != sorted(e.id for e in self._state.settled) or any(
            text.exchange is None for text in self._texts
        )

    def _flush(self) -> None:
        live, self._pending = self._pending, None
        if live is None or self._live is None:
            return
        started = time.perf_counter()
        follows = self._follows
        with Editing(self):
            self._live.show_live(live)
        if follows:
            self.scroll_to_end()
        self._last_flush = time.perf_counter() - started

    def _rest(self) -> int:
        return max(FLUSH_MILLISECONDS, round(self._last_flush * 1000 * FLUSH_SHARE))

    def _write_all(self) -> None:
        """Write the page from nothing: the newest exchanges now, older ones later."""
        for timer in (self._flush_timer, self._older_timer):
            timer.stop()
        self._pending = self._live = None
        open_thoughts = {t.exchange.id for t in self._texts if t.exchange and t.thoughts_open}
        self._texts = []
        settled = self._state.settled
        self._older = list(settled[:-NEWEST])
        with Editing(self):
            self.clear()
            first = QTextBlockFormat()
            first.setLineHeight(4, int(QTextBlockFormat.LineHeightTypes.FixedHeight.value))
            self._end().setBlockFormat(first)
            for exchange in settled[-NEWEST:]:
                text = self._new_text(self._end())
                text.thoughts_open = exchange.id in open_thoughts
                self._write(text, exchange)
            if self._state.live is not None:
                self._live = self._new_text(self._end())
                self._live.show_live(self._state.live, begin=True)
        self._fitted = self.column
        self.scroll_to_end()
        if self._older:
            self._older_timer.start(0)

    def _write(self, text: ExchangeText, exchange: Exchange) -> None:
        text.write(exchange, thought_seconds=self._state.thought.get(exchange.id, 0.0))

    def _write_older(self) -> None:
        """Put one older exchange on top, without moving what is read."""
        if not self._older:
            return
        bar = self.verticalScrollBar()
        from_end = bar.maximum() - bar.value()
        top = QTextCursor(self.document().firstBlock())
        top.movePosition(QTextCursor.MoveOperation.EndOfBlock)
        text = ExchangeText(top, self._looks, lambda: self.column, self._title)
        self._texts.insert(0, text)
        with Editing(self):
            self._write(text, self._older.pop())
        bar.setValue(bar.maximum() - from_end)
        if self._older:
            self._older_timer.start(0)

    def _new_text(self, cursor: QTextCursor) -> ExchangeText:
        text = ExchangeText(cursor, self._looks, lambda: self.column, self._title)
        self._texts.append(text)
        return text

    def _title(self, name: str) -> str:
        return self._state.names.get(name, name)

    def _end(self) -> QTextCursor:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        return cursor

    def _on_theme_changed(self) -> None:
        self._looks = Looks(self._theme)
        self._style_to_end()
        bar = self.verticalScrollBar()
        from_end = bar.maximum() - bar.value()
        self._write_all()
        bar.setValue(bar.maximum() - from_end)

    def _style_to_end(self) -> None:
        tokens = self._theme.tokens
        self._to_end.setStyleSheet(
            f"QToolButton {{ background: {tokens.raised}; border: 1px solid {tokens.line};"
            f" border-radius: 17px; }} QToolButton:hover {{ background: {tokens.hover}; }}"
            f" QToolButton:focus {{ border: 2px solid {tokens.accent}; }}"
        )

    # ── citations ───────────────────────────────────────────────────────────

    def set_active(self, key: int, number: int) -> None:
        """Show a citation as the one open beside the chat."""
        self._active = (key, number)
        self.viewport().update()

    def clear_active(self) -> None:
        """No citation is open."""
        self._active = None
        self.viewport().update()

    def step_citation(self, step: int) -> None:
        """Open the next (1) or previous (-1) citation of the answer in use, round and round."""
        with_sources = [text for text in self._texts if text.sources]
        if not with_sources:
            return
        text = with_sources[-1]
        numbers: Sequence[int] = [c.n for c in text.sources]
        at = -1 if step > 0 else len(numbers)
        if self._active is not None:
            active = next((t for t in with_sources if t.key == self._active[0]), None)
            if active is not None:
                text, numbers = active, [c.n for c in active.sources]
                at = numbers.index(self._active[1]) if self._active[1] in numbers else at
        self._choose(text, numbers[(at + step) % len(numbers)])

    def _choose(self, text: ExchangeText, number: int) -> None:
        citation = next((c for c in text.sources if c.n == number), None)
        if citation is not None:
            self.set_active(text.key, number)
            self.citation_chosen.emit(citation, list(text.sources))

    def _is_active(self, href: str) -> bool:
        _kind, key, number = parts(href)
        return self._active is not None and self._active == (key, number)

    def _is_hovered(self, href: str) -> bool:
        return bool(self._hovered) and href == self._hovered

    def _has_focus_at(self, position: int) -> bool:
        cursor = self.textCursor()
        return (
            self.hasFocus()
            and cursor.selectionEnd() - cursor.selectionStart() == 1
            and cursor.selectionStart() == position
        )

    # ── links of ours ───────────────────────────────────────────────────────

    def _on_anchor_clicked(self, url: QUrl) -> None:
        kind, key, number = parts(url.toString())
        if kind == "code":
            copying.copy_code(self.document(), key)
            self.answer_copied.emit()
            return
        text = next((text for text in self._texts if text.key == key), None)
        if text is None:
            return
        if kind in ("cite", "card"):
            self._choose(text, number)
        elif (place := place_of(text.exchange, kind, number)) is not None:
            self.part_chosen.emit(place)
        elif kind == "think":
            with Editing(self):
                text.toggle_thoughts()
        elif kind == "more":
            with Editing(self):
                text.show_all_cards()
        elif kind in ("again", "passages"):
            self.question_repeated.emit(text, kind == "passages")
        elif kind == "sections":
            self.sections_wanted.emit(text)
        elif kind == "models":
            self.models_wanted.emit()
        elif kind in ("copy", "save") and text.exchange is not None:
            act = self._copy_answer if kind == "copy" else self.answer_saved.emit
            act(text.exchange)

    def copy_last_answer(self) -> None:
        """Put the newest answer with its citations on the clipboard."""
        stored = [t.exchange for t in self._texts if t.exchange and t.exchange.answer]
        if stored:
            self._copy_answer(stored[-1])

    def _copy_answer(self, exchange: Exchange) -> None:
        QApplication.clipboard().setText(copying.answer_as_text(exchange))
        self.answer_copied.emit()

    def _on_highlighted(self, url: QUrl) -> None:
        self._hovered = url.toString()
        self.viewport().update()

    def event(self, event: QEvent) -> bool:
        """Let the wheel turn beside the column too."""
        if event.type() == QEvent.Type.Wheel and isinstance(event, QWheelEvent):
            self.verticalScrollBar().event(event)
            return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell about the citation under the pointer, letter by letter."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            # Without words it hides.
            QToolTip.showText(event.globalPos(), self._tip_at(event.pos()), self.viewport())
            return True
        return super().viewportEvent(event)

    def _tip_at(self, position: QPoint) -> str:
        cursor = self.cursorForPosition(position)
        href = self.anchorAt(position) or copying.unlinked_citation(cursor, position, self)
        kind, key, number = parts(href)
        if not kind:
            return reason_at(cursor)
        text = next((text for text in self._texts if text.key == key), None)
        if kind in ("cite", "card") and text is not None:
            citation = next((c for c in text.citations if c.n == number), None)
            return copying.citation_tip(citation) if citation is not None else ""
        return TIPS.get(kind, "")

    # ── drawing and keys ────────────────────────────────────────────────────

    @property
    def column(self) -> float:
        """Width of the text column, pixels."""
        return float(self.viewport().width() - 2 * MARGIN)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the grounds, then the words."""
        painter = QPainter(self.viewport())
        offset = self.verticalScrollBar().value()
        painter.translate(0, -offset)
        area = QRectF(event.rect()).translated(0, offset)
        first = self.cursorForPosition(QPoint(MARGIN, event.rect().top())).block()
        paint_grounds(painter, self.document(), first, area, self._theme)
        painter.end()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Centre the column; what is measured in it follows when the dragging rests."""
        self._centre()
        super().resizeEvent(event)
        self._to_end.move((self.width() - 34) // 2, self.height() - 34 - 12)
        if self.column != self._fitted:
            self._fit_timer.start(100)

    def _centre(self) -> None:
        bar = self.verticalScrollBar().sizeHint().width()
        spare = self.width() - COLUMN - 2 * MARGIN
        side = max(GAP_XL - MARGIN, spare // 2)
        margins = self.viewportMargins()
        right = max(0, side - bar) if self.verticalScrollBar().isVisible() else side
        if (margins.left(), margins.right()) != (side, right):
            self.setViewportMargins(side, 0, right, 0)

    def _fit(self) -> None:
        if self.column == self._fitted:
            return
        self._fitted = self.column
        with Editing(self):
            for text in self._texts:
                text.fit()
            block = self.document().begin()
            while block.isValid():
                format_ = block.blockFormat()
                if format_.property(PROPERTY_RIGHT_TAB):
                    format_.setTabPositions([right_tab(self.column, format_)])
                    QTextCursor(block).setBlockFormat(format_)
                block = block.next()

    @property
    def _follows(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - NEAR_BOTTOM

    def scroll_to_end(self) -> None:
        """Show the end of the conversation."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _on_scrolled(self) -> None:
        self._centre()
        bar = self.verticalScrollBar()
        self._to_end.setVisible(bar.value() < bar.maximum() - 4 * NEAR_BOTTOM)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies with the citation numbers; all else as in a browser."""
        super().keyPressEvent(event)
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click that folds something must not leave a selection behind."""
        super().mouseReleaseEvent(event)
        self.viewport().update()

    def createMimeDataFromSelection(self) -> QMimeData:
        """Plain text, with chips as ``[n]``; never markup."""
        made = QMimeData()
        made.setText(copying.selected_text(self.textCursor()))
        return made

    def loadResource(self, _kind: int, _name: QUrl | str) -> None:
        """Nothing is ever loaded."""

    def sizeHint(self) -> QSize:
        """As wide as the column and its margins."""
        return QSize(COLUMN + 2 * GAP_XL, 400)
