"""Where a question is written: text, scope, mode, and send or stop.

Must not know the app, chats or answers.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from carrel.domain.answers import AnswerMode, Effort
from carrel.domain.documents import Document, DocumentState
from carrel.domain.ids import DocumentId
from carrel.domain.installed import InstalledModel
from carrel.domain.offers import ModeOffer
from carrel.ui.chat_page.mode_popup import ModePopup
from carrel.ui.chat_page.modes import MODES
from carrel.ui.chat_page.question_field import MAX_QUESTION, QuestionField
from carrel.ui.chat_page.scope import ScopePopup, scope_words
from carrel.ui.chat_page.send_button import SendButton
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import GAP_L, GAP_M, GAP_S, RADIUS_COMPOSER
from carrel.ui.widgets.buttons import button, icon_button
from carrel.ui.widgets.labels import label, tip
from carrel.ui.words import answering_name, short_name

EFFORTS: Final = {
    Effort.OFF: "Off – answers at once",
    Effort.LOW: "Low – thinks for as long as it seems to need",
    Effort.HIGH: "High – thinks thoroughly; takes minutes",
    Effort.MAX: "Max – thinks of everything; takes long",
}
"""How hard a model is to think first, in the menu's words."""
MODEL_WIDTH: Final = 190
MODEL_WIDTH_BESIDE: Final = 120
"""Pixels of the name of the model: alone, and beside how hard to think."""
CAPTION: Final = "Answers can be wrong. Open the cited page before relying on a figure."


class Composer(QWidget):
    """The box at the foot of the chat.

    Signals:
        question_sent: carries the text.
        stop_wanted: stop the answer under way.
        files_wanted: the user wants to add files.
        scope_changed: carries a tuple of `DocumentId`; empty means all.
        mode_picked: the user chose how to answer; carries an `AnswerMode`.
        model_picked: the user chose a model; carries its name.
        offers_wanted: the ways of answering are shown; `show_offers` may say what they take.
    """

    question_sent = Signal(str)
    stop_wanted = Signal()
    files_wanted = Signal()
    scope_changed = Signal(object)
    mode_picked = Signal(object)
    model_picked = Signal(str)
    offers_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """An empty composer in evidence mode."""
        super().__init__(parent)
        self._theme = theme
        self._documents: tuple[Document, ...] = ()
        self._scope: tuple[DocumentId, ...] = ()
        self._models: tuple[InstalledModel, ...] = ()
        self._chosen_model = ""
        self._mode = AnswerMode.PASSAGES
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
        self._mode_button.setProperty("accent", True)  # noqa: FBT003 - a property's value
        self._mode_button.clicked.connect(self._on_mode)
        self._modes = ModePopup(theme, self)
        self._modes.mode_chosen.connect(self._on_mode_chosen)
        self._model_button = self._chip("cpu")
        self._model_menu = QMenu(self._model_button)
        self._model_menu.setToolTipsVisible(True)
        self._model_button.clicked.connect(self._on_model)
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
        self._refresh()

    def _chip(self, icon: str) -> QPushButton:
        made = button("", "quiet", theme=self._theme, icon=icon)
        made.setCheckable(False)
        return made

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(GAP_S)
        for widget in (
            self._attach,
            self._scope_button,
            self._mode_button,
            self._model_button,
            self._effort_button,
        ):
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
        """The way chosen, or what is left of it where it is not possible.

        Without a model that is the evidence; of documents that cannot be read whole, passages.
        """
        if not MODES[self._mode].speaks or not self._chosen_model:
            return AnswerMode.EVIDENCE
        if self._mode is AnswerMode.WHOLE and not (self._reader and self._scope):
            return AnswerMode.PASSAGES
        return self._mode

    @property
    def installed_model(self) -> str | None:
        """Name of the installed model that answers; None where none does."""
        return self._chosen_model or None if MODES[self.mode].speaks else None

    @property
    def chosen_model(self) -> str:
        """Name of the installed model that would answer where one does; empty without any."""
        return self._chosen_model

    @property
    def effort(self) -> Effort:
        """How hard the model that answers is to think; off where it has no choice."""
        return self.chosen_effort if MODES[self.mode].speaks else Effort.OFF

    @property
    def chosen_effort(self) -> Effort:
        """How hard a model would think where one answers."""
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
        self,
        models: Sequence[InstalledModel],
        *,
        loaded: str = "",
        mode: AnswerMode = AnswerMode.PASSAGES,
    ) -> None:
        """The models that can answer; without them only evidence mode is left.

        Until the user picks one, an imported model goes before the built-in one.

        Args:
            models: all installed ones, the built-in one last.
            loaded: name of the one the engine holds, or that was used last; the first choice.
            mode: the way the user chose the last time; what it starts with.
        """
        had = {installed.name for installed in self._models if not installed.built_in}
        first = not self._models
        self._models = tuple(models)
        names = [installed.name for installed in self._models]
        if first:
            self._mode = mode
        if self._chosen_model not in names:
            self._chosen_model = ""
        new = any(not installed.built_in for installed in self._models) and not had
        if names and (not self._chosen_model or (new and not self._picked)):
            self._chosen_model = loaded if first and loaded in names else names[0]
        self._refresh()

    def follow_engine(self, loaded: str) -> None:
        """The engine holds another model: answer with it where a model answers."""
        if loaded in [installed.name for installed in self._models]:
            self._chosen_model = loaded
            self._refresh()

    def show_offers(self, offers: Sequence[ModeOffer]) -> None:
        """Say what each way of answering would take, where the list of them is open."""
        if self._modes.isVisible():
            self._modes.show_offers({offer.mode: offer for offer in offers})

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
        self._modes.open_above(self._mode_button, self.mode)
        self.offers_wanted.emit()

    def _on_mode_chosen(self, mode: object) -> None:
        if isinstance(mode, AnswerMode):
            self._mode = mode
            self._refresh()
            self.mode_picked.emit(mode)

    def _on_model(self) -> None:
        menu = self._model_menu
        menu.clear()
        for installed in self._models:
            action = QAction(visible(short_name(installed)).replace("&", "&&"), menu)
            action.setToolTip(tip(visible(answering_name(installed))))
            action.setCheckable(True)
            action.setChecked(installed.name == self._chosen_model)
            action.triggered.connect(partial(self._pick, installed.name))
            menu.addAction(action)
        _open_above(menu, self._model_button)

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

    @property
    def _reader(self) -> str:
        """Name of the chosen model if it can read whole documents; the built-in one cannot."""
        able = {installed.name for installed in self._models if not installed.built_in}
        return self._chosen_model if self._chosen_model in able else ""

    def _pick(self, name: str) -> None:
        self._picked = True
        self._chosen_model = name
        self._refresh()
        self.model_picked.emit(name)

    # ── how it looks ────────────────────────────────────────────────────────

    @property
    def _readable(self) -> list[Document]:
        states = (DocumentState.READ, DocumentState.PARTIAL)
        return [document for document in self._documents if document.state in states]

    def _refresh(self) -> None:
        words = scope_words(len(self._readable), len(self._scope))
        _say(self._scope_button, words, f"Scope: {words}")
        mode = MODES[self.mode]
        _say(self._mode_button, mode.name, f"How to answer: {mode.name}. {mode.does}")
        self._mode_button.setToolTip(tip(mode.does))
        self._mode_button.setIcon(self._theme.icon(mode.icon, "accent_text"))
        chosen = next((m for m in self._models if m.name == self._chosen_model), None)
        self._model_button.setVisible(chosen is not None and mode.speaks)
        thinks = mode.speaks and len(self._offered) > 1
        self._effort_button.setVisible(thinks)
        if chosen is not None:
            room = MODEL_WIDTH_BESIDE if thinks else MODEL_WIDTH
            shown = self._model_button.fontMetrics().elidedText(
                visible(short_name(chosen)), Qt.TextElideMode.ElideRight, room
            )
            _say(self._model_button, shown, f"Model: {visible(answering_name(chosen))}")
            self._model_button.setToolTip(tip(visible(answering_name(chosen))))
        _say(self._effort_button, f"Thinking: {self.effort}", f"How hard to think: {self.effort}")
        if self._answering:
            self._send.setEnabled(True)
        else:
            self._send.setEnabled(bool(self.text.strip()) and bool(self._readable))
        self.update()

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
