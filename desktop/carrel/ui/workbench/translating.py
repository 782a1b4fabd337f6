"""A document and its translation side by side, piece by piece.

Must not know how a piece is translated.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QListView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.documents import Document, Failure, Span
from carrel.domain.events import Event, TranslationChanged, TranslationRemoved
from carrel.domain.ids import DocumentId, TranslationId
from carrel.domain.translating import (
    BY_CODE,
    LANGUAGES,
    Expected,
    NewTranslation,
    Piece,
    PieceState,
    Translation,
    TranslationSheet,
    TranslationState,
)
from carrel.ui.dialogs.ask import confirm
from carrel.ui.dialogs.choose import choose_new_file
from carrel.ui.theme import tokens
from carrel.ui.viewer.state import Place
from carrel.ui.widgets.buttons import button, icon_button
from carrel.ui.widgets.labels import hairline, label
from carrel.ui.workbench.picking import DocumentPicker
from carrel.ui.workbench.tool import Equipment, ToolView
from carrel.ui.workbench.translated import (
    FILTERS,
    TranslatedState,
    counts,
    leaf_words,
    proposed_name,
    shown_leaves,
    summary,
    with_changed,
)
from carrel.ui.workbench.translated_rows import PIECE_ROLE, SIDE, PieceDelegate, PieceRows

START: Final = (
    "Choose a document and a language. The document is translated piece by piece by a model that "
    "writes; each piece stands beside its original, and a click opens its place. A program "
    "compares the numbers and dates; no person checks the words."
)
USUAL: Final = "en"
"""The language offered first."""
NO_TRANSLATOR: Final = frozenset({"ask.cannot_translate", "ask.no_model"})
"""Refusals that another model would end."""


class TranslateView(ToolView):
    """The tool."""

    def __init__(self, equipment: Equipment) -> None:
        """Nothing is chosen yet."""
        super().__init__(equipment, "Translate")
        self.state = TranslatedState()
        self.language = USUAL
        self._documents: dict[DocumentId, Document] = {}
        self._listed: dict[TranslationId, Translation] = {}
        self._asked = 0
        self._actions()
        self.column.addWidget(self._head())
        self.column.addWidget(hairline())
        self.column.addWidget(self._heads())
        self.items = PieceRows(self)
        self.list = QListView()
        self.list.setAccessibleName("Original and translation")
        self.list.setModel(self.items)
        self.delegate = PieceDelegate(self.theme, self.list)
        self.list.setItemDelegate(self.delegate)
        # Heights depend on the width; without this Qt lays out anew only for another height.
        self.list.setWordWrap(True)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.clicked.connect(self._open)
        self.list.activated.connect(self._open)
        self.list.selectionModel().currentChanged.connect(self._on_current)
        self.theme.changed.connect(self.list.viewport().update)
        self.column.addWidget(self.list, 1)
        self.bridge.event_published.connect(self._on_event)
        self._show(self.state)

    def _actions(self) -> None:
        self.go = button("Translate", "primary")
        self.go.clicked.connect(self._on_go)
        self.again = button("Translate failed again", "chip")
        self.again.clicked.connect(partial(self._ask_again, None))
        self.export = button("Export…", "chip", theme=self.theme, icon="file-down")
        self.export.clicked.connect(self._on_export)
        self.remove = button("Delete…", "chip")
        self.remove.clicked.connect(self._on_remove)
        for made in (self.again, self.remove, self.export, self.go):
            self.header.add(made)

    def _head(self) -> QWidget:
        self.picker = DocumentPicker(self.theme, "Document")
        self.picker.picked.connect(self._look)
        self.into = button("", "chip", theme=self.theme, icon="globe")
        self.into.clicked.connect(self._choose_language)
        chosen = QHBoxLayout()
        chosen.setSpacing(tokens.GAP_S)
        chosen.addWidget(self.picker)
        chosen.addWidget(label("into", "meta"))
        chosen.addWidget(self.into)
        chosen.addStretch(1)
        self.said = label(START, "meta", wrap=True)
        self.models = button("Open Models", "link")
        self.models.clicked.connect(self.models_wanted)
        told = QHBoxLayout()
        told.addWidget(self.said, 1)
        told.addWidget(self.models)
        head = QWidget()
        head.setProperty("surface", "clear")
        column = QVBoxLayout(head)
        column.setContentsMargins(20, 12, 20, 12)
        column.setSpacing(tokens.GAP_S)
        column.addLayout(chosen)
        column.addLayout(told)
        column.addLayout(self._turning())
        return head

    def _turning(self) -> QHBoxLayout:
        """What is shown of it, and how to turn the pages."""
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_XS)
        self.filters = QButtonGroup(self)
        for state, name in FILTERS.items():
            made = button(name, "segment")
            made.setCheckable(True)
            made.clicked.connect(partial(self._show_only, state))
            self.filters.addButton(made)
            row.addWidget(made)
        row.addStretch(1)
        self.piece_again = button("Translate this piece again", "quiet")
        self.piece_again.clicked.connect(self._on_piece_again)
        row.addWidget(self.piece_again)
        self.back_leaf = icon_button(
            self.theme, "chevron-left", "Page before", shortcut="Ctrl+PgUp"
        )
        self.back_leaf.clicked.connect(partial(self._turn, -1))
        self.where = label(role="meta")
        self.next_leaf = icon_button(
            self.theme, "chevron-right", "Next page", shortcut="Ctrl+PgDown"
        )
        self.next_leaf.clicked.connect(partial(self._turn, 1))
        for widget in (self.back_leaf, self.where, self.next_leaf):
            row.addWidget(widget)
        return row

    def _heads(self) -> QWidget:
        self.heads = QWidget()
        self.heads.setProperty("surface", "clear")
        row = QHBoxLayout(self.heads)
        row.setContentsMargins(SIDE, 8, SIDE, 0)
        row.setSpacing(28)
        self.language_head = label(role="caps")
        row.addWidget(label("Original", "caps"), 1)
        row.addWidget(self.language_head, 1)
        return self.heads

    # ── what comes ──────────────────────────────────────────────────────────

    def show_documents(self, documents: tuple[Document, ...]) -> None:
        """Offer the documents there are."""
        self._documents = {one.id: one for one in documents}
        before = self.picker.chosen
        self.picker.show_documents(documents)
        if before is not None and self.picker.chosen is None:
            self._show(TranslatedState())

    def open(self) -> None:
        """Ask what there is; at first show what was translated last."""
        self.bridge.deliver(self.app.translations.list(), self._on_listed)
        (self.list if self.items.rowCount() else self.picker.button).setFocus()

    def _on_listed(self, every: tuple[Translation, ...]) -> None:
        self._listed = {one.id: one for one in every}
        if self.picker.chosen is None and every and every[0].document in self._documents:
            self.picker.pick(every[0].document)
            self.language = every[0].language
        self._look()

    def _look(self, _picked: int = 0) -> None:
        """Show the newest translation of what is chosen, or what one would take."""
        self._asked += 1
        document = self.picker.chosen
        if document is None:
            self._show(TranslatedState())
            return
        found = (
            one
            for one in self._listed.values()
            if (one.document, one.language) == (document, self.language)
        )
        newest = max(found, key=lambda one: one.id, default=None)
        shown = self.state.sheet.translation.id if self.state.sheet else None
        if newest is not None:
            if newest.id != shown:
                self._show(TranslatedState())
            self._load(newest.id)
            return
        self._show(TranslatedState())
        self.bridge.deliver(
            self.app.translations.expected(self._new(document)),
            partial(self._on_expected, self._asked),
            partial(self._on_refused, self._asked),
        )

    def _new(self, document: DocumentId) -> NewTranslation:
        return NewTranslation(document=document, language=self.language)

    def _load(self, wanted: TranslationId) -> None:
        self.bridge.deliver(
            self.app.translations.sheet(wanted),
            partial(self._on_sheet, self._asked),
            self._on_failed,
        )

    def _on_expected(self, asked: int, expected: Expected) -> None:
        if asked == self._asked:
            self._show(replace(self.state, expected=expected))

    def _on_refused(self, asked: int, failure: Failure) -> None:
        if asked == self._asked:
            self._show(replace(self.state, refusal=failure))

    def _on_sheet(self, asked: int, sheet: TranslationSheet) -> None:
        if asked != self._asked:
            return
        self._listed[sheet.translation.id] = sheet.translation
        before = self.state.sheet
        if before is None or before.translation.id != sheet.translation.id:
            self.state = TranslatedState()
        self._show(replace(self.state, sheet=sheet))

    def _on_event(self, event: Event) -> None:
        match event:
            case TranslationChanged(translation=listed, piece=piece, seconds_left=left):
                new = listed.id not in self._listed
                self._listed[listed.id] = listed
                chosen = (self.picker.chosen, self.language)
                if new and (listed.document, listed.language) == chosen:
                    self._look()
                else:
                    self._show(with_changed(self.state, listed, piece, left))
            case TranslationRemoved(translation=gone):
                self._listed.pop(gone, None)
                if self.state.sheet and self.state.sheet.translation.id == gone:
                    self._look()

    # ── what can be done ────────────────────────────────────────────────────

    def _choose_language(self) -> None:
        menu = QMenu(self)
        for one in LANGUAGES:
            entry = menu.addAction(one.name)
            entry.setCheckable(True)
            entry.setChecked(one.code == self.language)
            entry.triggered.connect(partial(self._on_language, one.code))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.into.mapToGlobal(QPoint(0, self.into.height() + 6)))

    def _on_language(self, code: str, _checked: bool = False) -> None:  # noqa: FBT001, FBT002
        self.language = code
        self._look()

    def _on_go(self) -> None:
        sheet, document = self.state.sheet, self.picker.chosen
        if sheet is None:
            if document is not None:
                self.go.setEnabled(False)
                self.bridge.deliver(
                    self.app.translations.create(self._new(document)),
                    lambda listed: self._start(listed.id),
                    self._on_failed,
                )
        elif self.state.running:
            self.go.setEnabled(False)
            self.app.translations.pause(sheet.translation.id)
        else:
            self._start(sheet.translation.id)

    def _start(self, wanted: TranslationId) -> None:
        self.bridge.deliver(self.app.translations.start(wanted), _nothing, self._on_failed)

    def _ask_again(self, pieces: tuple[int, ...] | None, _checked: bool = False) -> None:  # noqa: FBT001, FBT002
        if self.state.sheet is None:
            return
        wanted = self.state.sheet.translation.id

        def then(_listed: Translation) -> None:
            self._load(wanted)
            self._start(wanted)

        self.bridge.deliver(self.app.translations.ask_again(wanted, pieces), then, self._on_failed)

    def _on_piece_again(self) -> None:
        piece = self.list.currentIndex().data(PIECE_ROLE)
        if isinstance(piece, Piece):
            self._ask_again((piece.n,))

    def _on_export(self) -> None:
        if self.state.sheet is None:
            return
        listed = self.state.sheet.translation

        def chosen(paths: list[Path]) -> None:
            self.bridge.deliver(
                self.app.translations.export(listed.id, paths[0]),
                lambda path: self.told.emit(f"Saved as {path.name}."),
                self._on_failed,
            )

        choose_new_file(self, "Export as DOCX, TXT or MD", proposed_name(listed), chosen)

    def _on_remove(self) -> None:
        if self.state.sheet is None:
            return
        listed = self.state.sheet.translation
        words = f"“{listed.document_name}” in {BY_CODE[listed.language].name}"
        confirm(
            self,
            self.theme,
            title="Delete this translation?",
            words=f"{words} will be deleted; the document stays. This cannot be undone.",
            action="Delete",
            accepted=lambda: self.bridge.deliver(
                self.app.translations.remove(listed.id), _nothing, self._on_failed
            ),
        )

    def _on_failed(self, failure: Failure) -> None:
        self.told.emit(f"{failure.reason} {failure.remedy}")
        self._show(self.state)

    # ── what is shown ───────────────────────────────────────────────────────

    def _show_only(self, only: PieceState | None, _checked: bool = False) -> None:  # noqa: FBT001, FBT002
        self._show(replace(self.state, only=only, leaf=0))

    def _turn(self, step: int, _checked: bool = False) -> None:  # noqa: FBT001, FBT002
        last = len(shown_leaves(self.state)) - 1
        self._show(replace(self.state, leaf=max(0, min(last, self.state.leaf + step))))
        self.list.scrollToTop()

    def _show(self, state: TranslatedState) -> None:
        every = shown_leaves(state)
        if state.only is not None and not every:
            state = replace(state, only=None, leaf=0)
            every = shown_leaves(state)
        state = replace(state, leaf=max(0, min(state.leaf, len(every) - 1)))
        self.state = state
        sheet = state.sheet
        language = BY_CODE[self.language]
        self.into.setText(f" {language.name}")
        self.into.setAccessibleName(f"Translate into: {language.name}")
        self.language_head.setText(language.name)
        self.delegate.right_to_left = language.right_to_left
        side = Qt.AlignmentFlag.AlignRight if language.right_to_left else Qt.AlignmentFlag.AlignLeft
        self.language_head.setAlignment(side)
        self.items.show_pieces(every[state.leaf] if every else (), running=state.running)
        self.said.setText(summary(state) or START)
        refused = state.refusal is not None and state.refusal.code in NO_TRANSLATOR
        self.models.setVisible(refused)
        self._show_filters(state)
        self.where.setText(leaf_words(state))
        for made, there in ((self.back_leaf, state.leaf > 0),
                            (self.next_leaf, state.leaf + 1 < len(every))):  # fmt: skip
            made.setVisible(len(every) > 1)
            made.setEnabled(there)
        self.heads.setVisible(sheet is not None)
        self._show_actions(state)

    def _show_filters(self, state: TranslatedState) -> None:
        found = counts(state)
        for made, only in zip(self._buttons(), FILTERS, strict=True):
            made.setText(f"{FILTERS[only]} {found[only]:,}")
            made.setAccessibleName(made.text())
            made.setVisible(bool(found[only]))
            made.setChecked(only is state.only)

    def _show_actions(self, state: TranslatedState) -> None:
        listed = state.sheet.translation if state.sheet else None
        running = state.running
        over = listed is not None and listed.state is TranslationState.FINISHED
        begun = listed is not None and listed.done > 0
        self.go.setText("Pause" if running else "Continue" if begun else "Translate")
        self.go.setAccessibleName(self.go.text())
        self.go.setVisible(not over)
        self.go.setEnabled(self.picker.chosen is not None and state.refusal is None)
        self.again.setVisible(listed is not None and listed.failed > 0 and not running)
        for made in (self.export, self.remove):
            made.setVisible(listed is not None)
        self._on_current()

    def _buttons(self) -> list[QPushButton]:
        return [made for made in self.filters.buttons() if isinstance(made, QPushButton)]

    def _on_current(self, *_indexes: object) -> None:
        piece = self.list.currentIndex().data(PIECE_ROLE)
        done = isinstance(piece, Piece) and piece.result is not None and not piece.result.kept
        self.piece_again.setVisible(done and not self.state.running)

    def _open(self, index: QModelIndex) -> None:
        piece, chosen = index.data(PIECE_ROLE), self.picker.chosen
        document = self._documents.get(chosen) if chosen is not None else None
        if not isinstance(piece, Piece) or document is None:
            return
        if piece.moved:
            self.told.emit(
                "The document was read anew since; the words may stand elsewhere on this page."
            )
        marks = () if piece.moved else (Span(piece.start, piece.end),)
        self.place_wanted.emit(
            Place(
                document=document.id,
                document_name=document.name,
                number=piece.place.number,
                marks=marks,
            )
        )


def _nothing(_result: object) -> None:
    """The event that follows shows it."""
