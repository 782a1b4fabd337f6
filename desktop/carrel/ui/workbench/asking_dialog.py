"""A new questionnaire: its questions, its documents, how they are answered, and how long it takes.

Must not know how questionnaires are kept.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QWidget,
)

from carrel.domain.answers import AnswerMode
from carrel.domain.documents import Document
from carrel.domain.ids import DocumentId
from carrel.domain.questionnaires import (
    MAX_CELLS,
    MAX_NAME,
    MAX_QUESTION,
    MAX_QUESTIONS,
    NewQuestionnaire,
    clean_questions,
)
from carrel.ui import words
from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.dialogs.choose import choose_files
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import label
from carrel.ui.workbench.asked import MODES, questions_in

WIDTH: Final = 620
QUESTIONS_HEIGHT: Final = 130
LIST_HEIGHT: Final = 170
PAUSE_MILLISECONDS: Final = 300
"""A pause in changing something this long starts an estimate."""

_IMPORTED: Final = "*.txt *.md *.csv *.xlsx *.xlsm *.xlsb *.xls *.ods"
"""Files that questions are taken from."""

_ID: Final = int(Qt.ItemDataRole.UserRole)
_CHECKED: Final = _ID + 1


class AskingDialog(CardDialog):
    """The form. It stays open until the questionnaire lies on the disk.

    Signals:
        wanted: carries a `NewQuestionnaire`.
        estimate_wanted: the same, to be told by `show_estimate`.
        import_wanted: carries the path of a file with questions, to be told by `add_questions`.
    """

    wanted = Signal(object)
    estimate_wanted = Signal(object)
    import_wanted = Signal(object)

    def __init__(
        self, parent: QWidget, theme: Theme, documents: Sequence[Document], *, speaks: bool
    ) -> None:
        """Offer these documents, all of them chosen.

        Args:
            speaks: whether a model that writes is installed.
        """
        super().__init__(parent, theme, "New questionnaire", "list-checks")
        self.setMinimumWidth(WIDTH)
        self.name = QLineEdit()
        self.name.setPlaceholderText("Name, such as “Covenants of all loans”")
        self.name.setAccessibleName("Name")
        self.name.setMaxLength(MAX_NAME)
        self.column.addWidget(self.name)
        self._build_questions()
        self._build_documents(documents)
        self._build_modes(speaks=speaks)
        self.said = label(role="meta", wrap=True)
        self.column.addWidget(self.said)
        cancel = button("Cancel")
        cancel.clicked.connect(self.reject)
        self.go = button("Create and start", "primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self._on_go)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(self.go)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MILLISECONDS)
        self._pause.timeout.connect(self._on_pause)
        self.questions.setFocus()
        self._changed()

    def _build_questions(self) -> None:
        row = QHBoxLayout()
        row.addWidget(label("Questions, one on each line", "head"))
        row.addStretch(1)
        self.load = button("Import…", "link")
        self.load.setToolTip(
            "The lines of a text file, or the column “Question” of a CSV file or workbook"
        )
        self.load.clicked.connect(self._on_import)
        row.addWidget(self.load)
        self.column.addLayout(row)
        self.questions = QPlainTextEdit()
        self.questions.setProperty("kind", "field")
        self.questions.setAccessibleName("Questions, one on each line")
        self.questions.setTabChangesFocus(True)
        self.questions.setFixedHeight(QUESTIONS_HEIGHT)
        self.questions.textChanged.connect(self._changed)
        self.column.addWidget(self.questions)

    def _build_documents(self, documents: Sequence[Document]) -> None:
        row = QHBoxLayout()
        self.chosen = label(role="head")
        row.addWidget(self.chosen)
        row.addStretch(1)
        for text, state in (("All", True), ("None", False)):
            made = button(text, "link")
            made.clicked.connect(partial(self._tick_shown, state))
            row.addWidget(made)
        self.column.addLayout(row)
        self.filter = QLineEdit()
        self.filter.setProperty("kind", "filter")
        self.filter.setPlaceholderText("Filter by name, tag or collection")
        self.filter.setAccessibleName("Filter by name, tag or collection")
        self.filter.textChanged.connect(self._on_filtered)
        self.column.addWidget(self.filter)
        self.list = QListWidget()
        self.list.setAccessibleName("Documents")
        self.list.setIconSize(QSize(16, 16))
        self.list.setUniformItemSizes(True)
        self.list.setFixedHeight(LIST_HEIGHT)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._toggle)
        self._space = QShortcut(Qt.Key.Key_Space, self.list)
        self._space.setContext(Qt.ShortcutContext.WidgetShortcut)
        self._space.activated.connect(self._on_space)
        self._words: list[str] = []
        for document in documents:
            item = QListWidgetItem(visible(document.name))
            item.setData(_ID, int(document.id))
            self.list.addItem(item)
            labels = (*document.tags, *document.collections)
            self._words.append(" ".join((document.name, *labels)).casefold())
            self._tick(item, on=True)
        self.column.addWidget(self.list)

    def _build_modes(self, *, speaks: bool) -> None:
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_XS)
        row.addWidget(label("Answered by", "head"))
        self.modes = QButtonGroup(self)
        for mode, text in MODES.items():
            made = button(text, "segment")
            made.setCheckable(True)
            made.setChecked(mode is AnswerMode.EVIDENCE)
            made.setEnabled(speaks or mode is AnswerMode.EVIDENCE)
            if not made.isEnabled():
                made.setToolTip("Needs a model; the models page tells which one fits here.")
            made.clicked.connect(self._changed)
            self.modes.addButton(made, list(MODES).index(mode))
            row.addWidget(made)
        row.addStretch(1)
        self.column.addLayout(row)

    # ── what is told ────────────────────────────────────────────────────────

    def show_estimate(self, asked: NewQuestionnaire, seconds: float | None) -> None:
        """How long it would take, unless something has changed meanwhile."""
        if asked == self.form():
            took = f"about {words.seconds(seconds)}" if seconds is not None else (
                "how long that takes is not known yet: no speed was measured here"
            )  # fmt: skip
            self.said.setText(f"{self._count_words()} · {took}")

    def add_questions(self, untrusted_lines: Sequence[str]) -> None:
        """Add what was imported below what is there."""
        there = questions_in(self.questions.toPlainText())
        self.questions.setPlainText("\n".join(clean_questions([*there, *untrusted_lines])))

    def show_failure(self, text: str) -> None:
        """Why it could not be kept; the form stays."""
        self.said.setText(text)
        self.go.setEnabled(True)

    def form(self) -> NewQuestionnaire | None:
        """What is filled in; None while something is missing or too much."""
        questions = clean_questions(questions_in(self.questions.toPlainText()))
        documents = tuple(
            DocumentId(item.data(_ID)) for item in self._items() if item.data(_CHECKED)
        )
        cells = len(questions) * len(documents)
        too_much = len(questions) > MAX_QUESTIONS or cells > MAX_CELLS
        if not cells or too_much or max(map(len, questions)) > MAX_QUESTION:
            return None
        return NewQuestionnaire(
            name=" ".join(self.name.text().split()) or questions[0][:MAX_NAME],
            questions=questions,
            documents=documents,
            mode=list(MODES)[self.modes.checkedId()],
        )

    # ── what is typed ───────────────────────────────────────────────────────

    def _changed(self) -> None:
        count = sum(bool(item.data(_CHECKED)) for item in self._items())
        self.chosen.setText(f"{words.count(count, 'document')} chosen")
        self.go.setEnabled(self.form() is not None)
        self.said.setText(self._count_words())
        self._pause.start()

    def _count_words(self) -> str:
        questions = clean_questions(questions_in(self.questions.toPlainText()))
        if len(questions) > MAX_QUESTIONS:
            return f"At most {MAX_QUESTIONS} questions; longer lists are several questionnaires."
        if any(len(one) > MAX_QUESTION for one in questions):
            return f"A question may have {MAX_QUESTION:,} characters."
        cells = len(questions) * sum(bool(item.data(_CHECKED)) for item in self._items())
        if cells > MAX_CELLS:
            return f"At most {MAX_CELLS:,} answers; choose fewer documents or questions."
        return words.count(cells, "answer")

    def _on_pause(self) -> None:
        form = self.form()
        if form is not None:
            self.estimate_wanted.emit(form)

    def _on_go(self) -> None:
        form = self.form()
        if form is not None:
            self.go.setEnabled(False)
            self.wanted.emit(form)

    def _on_import(self) -> None:
        def chosen(paths: list[Path]) -> None:
            for path in paths:
                self.import_wanted.emit(path)

        choose_files(self, "Import questions", chosen, f"Text, CSV and workbooks ({_IMPORTED})")

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(at) for at in range(self.list.count())]

    def _tick(self, item: QListWidgetItem, *, on: bool) -> None:
        item.setData(_CHECKED, on)
        icon, colour, said = ("circle-check", "accent_text", "chosen") if on else (
            "circle", "text3", "not chosen"
        )  # fmt: skip
        item.setIcon(self.theme.icon(icon, colour))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.text()}, {said}")

    def _toggle(self, item: QListWidgetItem) -> None:
        self._tick(item, on=not item.data(_CHECKED))
        self._changed()

    def _on_space(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._toggle(item)

    def _tick_shown(self, on: bool, _checked: bool = False) -> None:  # noqa: FBT001, FBT002
        for item in self._items():
            if not item.isHidden():
                self._tick(item, on=on)
        self._changed()

    def _on_filtered(self, text: str) -> None:
        wanted = text.casefold().split()
        for item, known in zip(self._items(), self._words, strict=True):
            item.setHidden(not all(word in known for word in wanted))
