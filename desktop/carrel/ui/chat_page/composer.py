"""Where a question is written: text, scope, mode, and send or stop.

Must not know the app, chats or answers.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QMimeData, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.answers import AnswerMode, Effort
from carrel.domain.documents import Document, DocumentState
from carrel.domain.ids import DocumentId
from carrel.domain.installed import InstalledModel
from carrel.ui.chat_page.scope import ScopePopup, scope_words
from carrel.ui.chat_page.send_button import SendButton
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import GAP_L, GAP_M, GAP_S, RADIUS_COMPOSER, SIZE_ANSWER
from carrel.ui.widgets.buttons import button, icon_button
from carrel.ui.widgets.labels import label, tip
from carrel.ui.words import answering_name, short_name

MOST_LINES: Final = 6
"""Lines the field grows to; beyond, it scrolls."""
MAX_QUESTION: Final = 20_000
"""Characters of a question: more is a document and belongs among the documents."""
EVIDENCE: Final = "Answer from evidence"
WHOLE: Final = "Whole documents"
WHOLE_TIP: Final = (
    "The model reads the chosen documents from end to end. Each is read once; "
    "what it knew after them is kept, encrypted, for every later question."
)
EFFORTS: Final = {
    Effort.OFF: "Off – answers at once",
    Effort.LOW: "Low – thinks for as long as it seems to need",
    Effort.HIGH: "High – thinks thoroughly; takes minutes",
    Effort.MAX: "Max – thinks of everything; takes long",
}
"""How hard a model is to think first, in the menu's words."""
MODE_WIDTH: Final = 260
MODE_WIDTH_BESIDE: Final = 170
"""Pixels of the words that say how to answer: alone, and beside how hard to think."""
CAPTION: Final = "Answers can be wrong. Open the cited page before relying on a figure."


class QuestionField(QPlainTextEdit):
    """Grows with its text; Enter sends.

    Signals:
        submitted: the user wants to send.
        stop_wanted: the user pressed Escape.
        focus_moved: it got or lost the focus.
    """

    submitted = Signal()
    stop_wanted = Signal()
    focus_moved = Signal()

    def __init__(self, theme: Theme) -> None:
        """An empty field of one line."""
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.font(SIZE_ANSWER))
        self.setStyleSheet("QPlainTextEdit { background: transparent; border: none; padding: 0; }")
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.viewport().setAutoFillBackground(False)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Question")
        self.document().setDocumentMargin(2)
        self.textChanged.connect(self._grow)
        self._grow()

    def _grow(self) -> None:
        lines = max(1, min(MOST_LINES, round(self.document().size().height())))
        pitch = self.fontMetrics().lineSpacing()
        self.setFixedHeight(lines * pitch + 6)
        scrolls = self.document().size().height() > MOST_LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if scrolls else _NO_BAR
        self.setVerticalScrollBarPolicy(policy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter sends, Shift+Enter breaks the line, Escape stops."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.insertPlainText("\n")
            else:
                self.submitted.emit()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.stop_wanted.emit()
            event.ignore()
            return
        super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste text only, and no more than a question holds."""
        room = MAX_QUESTION - len(self.toPlainText())
        if source.hasText() and room > 0:
            self.insertPlainText(source.text()[:room])

    def resizeEvent(self, event: object) -> None:
        """Another width breaks lines elsewhere."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._grow()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell the frame."""
        super().focusInEvent(event)
        self.focus_moved.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell the frame."""
        super().focusOutEvent(event)
        self.focus_moved.emit()


_NO_BAR: Final = Qt.ScrollBarPolicy.ScrollBarAlwaysOff


class Composer(QWidget):
    """The box at the foot of the chat.

    Signals:
        question_sent: carries the text.
        stop_wanted: stop the answer under way.
        files_wanted: the user wants to add files.
        scope_changed: carries a tuple of `DocumentId`; empty means all.
        mode_picked: the user chose how to answer; carries a model's name, empty for evidence.
    """

    question_sent = Signal(str)
    stop_wanted = Signal()
    files_wanted = Signal()
    scope_changed = Signal(object)
    mode_picked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """An empty composer in evidence mode."""
        super().__init__(parent)
        self._theme = theme
        self._documents: tuple[Document, ...] = ()
        self._scope: tuple[DocumentId, ...] = ()
        self._models: tuple[InstalledModel, ...] = ()
        self._chosen_model = ""
        self._whole = False
        self._picked = False
        self._answering = False
        self.field = QuestionField(theme)
        self.field.submitted.connect(self._on_submitted)
        self.field.stop_wanted.connect(self._on_escape)
        self.field.textChanged.connect(self._refresh)
        self.field.focus_moved.connect(self.update)
        self._attach = icon_button(theme, "paperclip", "Add files", size=30)
        self._attach.clicked.connect(self.files_wanted)
        self._scope_button = self._chip("library")
        self._scope_button.clicked.connect(self._on_scope)
        self._mode_button = self._chip("quote")
        self._mode_menu = QMenu(self._mode_button)
        self._mode_menu.setToolTipsVisible(True)
        self._mode_button.clicked.connect(self._on_mode)
        self._efforts: Mapping[str, tuple[Effort, ...]] = {}
        self._effort = Effort.OFF
        self._effort_button = self._chip("clock")
        self._effort_menu = QMenu(self._effort_button)
        self._effort_button.clicked.connect(self._on_effort)
        self._send = SendButton(theme)
        self._send.clicked.connect(self._on_send)
        self._popup = ScopePopup(theme, self)
        self._popup.scope_changed.connect(self._on_scope_changed)
        self._lay_out()
        theme.changed.connect(self._refresh)
        self._fill_menu()
        self._refresh()

    def _chip(self, icon: str) -> QPushButton:
        made = button("", "quiet", theme=self._theme, icon=icon)
        made.setCheckable(False)
        return made

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(GAP_S)
        chips = (self._attach, self._scope_button, self._mode_button, self._effort_button)
        for widget in chips:
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self._send)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_L, 14, GAP_M, GAP_M)
        column.setSpacing(GAP_M)
        column.addWidget(self.field)
        column.addLayout(row)

    # ── what it holds ───────────────────────────────────────────────────────

    @property
    def mode(self) -> AnswerMode:
        """Evidence; with a model the best passages, or the chosen documents whole."""
        if not self._chosen_model:
            return AnswerMode.EVIDENCE
        return AnswerMode.WHOLE if self._reads_whole else AnswerMode.PASSAGES

    @property
    def installed_model(self) -> str | None:
        """Name of the installed model that answers; None in evidence mode."""
        return self._chosen_model or None

    @property
    def effort(self) -> Effort:
        """How hard the chosen model is to think; off where it has no choice."""
        return self._effort if self._effort in self._offered else Effort.OFF

    def set_efforts(self, efforts: Mapping[str, tuple[Effort, ...]]) -> None:
        """What each model offers, by its name."""
        self._efforts = dict(efforts)
        self._refresh()

    @property
    def scope(self) -> tuple[DocumentId, ...]:
        """The documents asked about; empty means all."""
        return self._scope

    def set_scope(self, documents: tuple[DocumentId, ...]) -> None:
        """Ask about these documents only; empty means all."""
        known = {document.id for document in self._documents}
        self._scope = tuple(d for d in documents if not known or d in known)
        self._refresh()

    def set_documents(self, documents: Sequence[Document]) -> None:
        """The documents of the workspace; chosen ones that are gone leave the scope."""
        self._documents = tuple(documents)
        self.set_scope(self._scope)

    def set_models(
        self, models: Sequence[InstalledModel], *, loaded: str = "", evidence: bool = False
    ) -> None:
        """The models that can answer; without them only evidence mode is left.

        Until the user picks one, an imported model goes before the built-in one.

        Args:
            models: all installed ones, the built-in one last.
            loaded: name of the one the engine holds, or that was used last; the first choice.
            evidence: the user chose evidence the last time, so that is what it starts with.
        """
        had = {installed.name for installed in self._models if not installed.built_in}
        first = not self._models
        self._models = tuple(models)
        names = [installed.name for installed in self._models]
        if self._chosen_model not in names:
            self._chosen_model = ""
        new = any(not installed.built_in for installed in self._models) and not had
        self._picked = self._picked or evidence
        if names and not self._picked and (first or new):
            self._chosen_model = loaded if first and loaded in names else names[0]
        self._fill_menu()
        self._refresh()

    def follow_engine(self, loaded: str) -> None:
        """The engine holds another model: answer with it, unless evidence was chosen."""
        if self._chosen_model and loaded in [installed.name for installed in self._models]:
            self._choose_mode(loaded)

    def set_answering(self, *, answering: bool) -> None:
        """While an answer is under way the button stops it."""
        self._answering = answering
        self._send.set_stops(stops=answering)
        self._refresh()

    @property
    def text(self) -> str:
        """What is written and not sent."""
        return self.field.toPlainText()

    def set_text(self, text: str) -> None:
        """Put a draft into the field."""
        if text != self.text:
            self.field.setPlainText(text)
            self.field.moveCursor(self.field.textCursor().MoveOperation.End)

    def put_before(self, text: str) -> None:
        """Put words before what is written, and the keyboard behind all of it."""
        self.field.setPlainText((text + self.text)[:MAX_QUESTION])
        self.field.moveCursor(self.field.textCursor().MoveOperation.End)
        self.field.setFocus()

    def set_placeholder(self, text: str) -> None:
        """What an empty field says."""
        self.field.setPlaceholderText(text)

    # ── what the user does ──────────────────────────────────────────────────

    def _on_submitted(self) -> None:
        text = self.text.strip()
        if text and not self._answering and self._readable:
            self.question_sent.emit(text[:MAX_QUESTION])

    def _on_send(self) -> None:
        if self._answering:
            self.stop_wanted.emit()
        else:
            self._on_submitted()

    def _on_escape(self) -> None:
        if self._answering:
            self.stop_wanted.emit()

    def _on_scope(self) -> None:
        if self._readable:
            self._popup.open_above(self._scope_button, self._documents, self._scope)
        else:
            self.files_wanted.emit()

    def _on_scope_changed(self, documents: object) -> None:
        if isinstance(documents, tuple):
            self.set_scope(documents)
            self.scope_changed.emit(self._scope)

    def _on_mode(self) -> None:
        self._fill_menu()  # what is offered depends on the documents chosen
        _open_above(self._mode_menu, self._mode_button)

    def _on_effort(self) -> None:
        menu = self._effort_menu
        menu.clear()
        for effort in self._offered:
            action = QAction(EFFORTS[effort], menu)
            action.setCheckable(True)
            action.setChecked(effort is self.effort)
            action.triggered.connect(
                lambda _checked=False, chosen=effort: self._choose_effort(chosen)
            )
            menu.addAction(action)
        _open_above(menu, self._effort_button)

    def _choose_effort(self, effort: Effort) -> None:
        self._effort = effort
        self._refresh()

    @property
    def _offered(self) -> tuple[Effort, ...]:
        return self._efforts.get(self._chosen_model, ())

    def _fill_menu(self) -> None:
        menu = self._mode_menu
        menu.clear()
        self._add_mode(EVIDENCE, "")
        for installed in self._models:
            self._add_mode(
                f"Answer with {visible(short_name(installed))}",
                installed.name,
                visible(answering_name(installed)),
            )
        self._add_whole()
        if not self._models:
            none = QAction("Answer with a model – import a GGUF file under Models first", menu)
            none.setEnabled(False)
            menu.addAction(none)

    def _add_mode(self, text: str, name: str, meaning: str = "") -> None:
        action = QAction(text.replace("&", "&&"), self._mode_menu)
        action.setToolTip(tip(meaning or text))
        action.setCheckable(True)
        action.setChecked(name == self._chosen_model)
        action.triggered.connect(lambda _checked=False: self._pick(name))
        self._mode_menu.addAction(action)

    def _add_whole(self) -> None:
        """Offer to read the chosen documents whole, once there are some and a model."""
        if not self._models:
            return
        able = bool(self._reader and self._scope)
        self._mode_menu.addSeparator()
        lacks = "choose documents first" if self._reader else "needs a larger model"
        action = QAction(WHOLE if able else f"{WHOLE} – {lacks}", self._mode_menu)
        action.setCheckable(True)
        action.setChecked(self._reads_whole)
        action.setEnabled(able)
        action.setToolTip(tip(WHOLE_TIP))
        action.triggered.connect(self._choose_whole)
        self._mode_menu.addAction(action)

    def _choose_whole(self, whole: bool) -> None:  # noqa: FBT001 - a slot
        self._whole = whole
        self._fill_menu()
        self._refresh()

    @property
    def _reads_whole(self) -> bool:
        """Whether that was asked for and can be done."""
        return bool(self._whole and self._reader and self._scope)

    @property
    def _reader(self) -> str:
        """Name of the chosen model if it can read whole documents; the built-in one cannot."""
        able = {installed.name for installed in self._models if not installed.built_in}
        return self._chosen_model if self._chosen_model in able else ""

    def _pick(self, name: str) -> None:
        self._picked = True
        self._choose_mode(name)
        self.mode_picked.emit(name)

    def _choose_mode(self, name: str) -> None:
        self._chosen_model = name
        self._fill_menu()
        self._refresh()

    # ── how it looks ────────────────────────────────────────────────────────

    @property
    def _readable(self) -> list[Document]:
        states = (DocumentState.READ, DocumentState.PARTIAL)
        return [document for document in self._documents if document.state in states]

    def _refresh(self) -> None:
        words = scope_words(len(self._readable), len(self._scope))
        _say(self._scope_button, words, f"Scope: {words}")
        chosen = next((m for m in self._models if m.name == self._chosen_model), None)
        title = short_name(chosen) if chosen is not None else ""
        mode = f"Answer with {visible(title)}" if title else EVIDENCE
        if self._reads_whole:
            mode = f"{WHOLE}, {visible(title)}"
        metrics = self._mode_button.fontMetrics()
        self._effort_button.setVisible(len(self._offered) > 1)
        room = MODE_WIDTH if len(self._offered) < 2 else MODE_WIDTH_BESIDE
        short = WHOLE if self._reads_whole else mode  # the model is named above
        shown = metrics.elidedText(short, Qt.TextElideMode.ElideRight, room)
        _say(self._mode_button, shown, f"How to answer: {mode}")
        self._mode_button.setToolTip(tip(answering_name(chosen)) if chosen is not None else "")
        self._mode_button.setIcon(self._theme.icon(self._mode_icon(title), "text2"))
        _say(self._effort_button, f"Thinking: {self.effort}", f"How hard to think: {self.effort}")
        if self._answering:
            self._send.setEnabled(True)
        else:
            self._send.setEnabled(bool(self.text.strip()) and bool(self._readable))
        self.update()

    def _mode_icon(self, title: str) -> str:
        if self._reads_whole:
            return "book-open"
        return "sparkles" if title else "quote"

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the box; the frame says where the keyboard is."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.field.hasFocus()
        width = 1.5 if focused else 1.0
        painter.setPen(QPen(self._theme.colour("accent" if focused else "line"), width))
        painter.setBrush(self._theme.colour("raised"))
        half = width / 2
        area = QRectF(self.rect()).adjusted(half, half, -half, -half)
        painter.drawRoundedRect(area, RADIUS_COMPOSER, RADIUS_COMPOSER)


def _open_above(menu: QMenu, chip: QPushButton) -> None:
    corner = chip.rect().topLeft()
    corner.setY(corner.y() - menu.sizeHint().height() - 6)
    menu.popup(chip.mapToGlobal(corner))


def _say(chip: QPushButton, words: str, name: str) -> None:
    shown = " " + words.replace("&", "&&")  # Qt sets icon and words too close
    if chip.text() != shown:
        chip.setText(shown)
        chip.setAccessibleName(name)


def caption() -> QWidget:
    """The reminder under the composer."""
    made = label(CAPTION, "caption")
    made.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return made
