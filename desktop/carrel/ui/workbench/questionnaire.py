"""A list of questions put to many documents: what there is, what is open, and where it stands.

Must not know how a cell is answered.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from carrel.domain.documents import Document, DocumentState, Failure
from carrel.domain.events import (
    Event,
    QuestionnaireChanged,
    QuestionnaireProgressed,
    QuestionnaireRemoved,
)
from carrel.domain.ids import QuestionnaireId
from carrel.domain.installed import InstalledModel
from carrel.domain.questionnaires import Finding, NewQuestionnaire, Questionnaire, RunState, Sheet
from carrel.ui.dialogs.ask import confirm
from carrel.ui.dialogs.choose import choose_new_file
from carrel.ui.markdown.visible import visible
from carrel.ui.theme import tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import hairline, label
from carrel.ui.workbench.asked import (
    FINDINGS,
    AskedState,
    Line,
    counts,
    lines,
    listed_words,
    summary,
    with_changed,
)
from carrel.ui.workbench.asked_rows import LINE_ROLE, AskedDelegate, AskedRows
from carrel.ui.workbench.asking_dialog import AskingDialog
from carrel.ui.workbench.tool import Equipment, ToolView

START: Final = (
    "Write a list of questions and choose documents: every question is put to every document, one "
    "document at a time. Each answer has a quote that was checked, or says that the document does "
    "not state it. Work goes on after a pause, a crash or a night."
)
SIDE_WIDTH: Final = 230
_ID: Final = int(Qt.ItemDataRole.UserRole)


class QuestionnaireView(ToolView):
    """The tool."""

    def __init__(self, equipment: Equipment) -> None:
        """Nothing is chosen yet."""
        super().__init__(equipment, "Questionnaire")
        self.state = AskedState()
        self.dialog: AskingDialog | None = None
        self._documents: tuple[Document, ...] = ()
        self._speaks = False
        self._listed: dict[QuestionnaireId, Questionnaire] = {}
        self._actions()
        self.side = QListWidget()
        self.side.setProperty("kind", "side")
        self.side.setAccessibleName("Questionnaires")
        self.side.setFixedWidth(SIDE_WIDTH)
        self.side.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.side.currentItemChanged.connect(self._on_side)
        self.said = label(START, "meta", wrap=True)
        self.items = AskedRows(self)
        self.list = QListView()
        self.list.setAccessibleName("Answers")
        self.list.setModel(self.items)
        self.list.setItemDelegate(AskedDelegate(self.theme, self.list))
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.clicked.connect(self._open)
        self.list.activated.connect(self._open)
        self.theme.changed.connect(self.list.viewport().update)
        main = QVBoxLayout()
        main.setSpacing(0)
        main.addWidget(self._head())
        main.addWidget(hairline())
        main.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        left = QVBoxLayout()
        left.setContentsMargins(10, 12, 0, 12)
        left.addWidget(self.side)
        row.addLayout(left)
        row.addLayout(main, 1)
        self.column.addLayout(row, 1)
        self.bridge.event_published.connect(self._on_event)
        self._refresh()

    def _actions(self) -> None:
        self.go = button("Start", "primary")
        self.go.clicked.connect(self._on_go)
        self.again = button("Ask failed again", "chip")
        self.again.clicked.connect(self._on_again)
        self.export = button("Export…", "chip", theme=self.theme, icon="file-down")
        self.export.clicked.connect(self._on_export)
        self.remove = button("Delete…", "chip")
        self.remove.clicked.connect(self._on_remove)
        self.new = button("New…", "chip", theme=self.theme, icon="plus")
        self.new.clicked.connect(self.open_form)
        for made in (self.again, self.remove, self.export, self.new, self.go):
            self.header.add(made)

    def _head(self) -> QWidget:
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_XS)
        self.filters = QButtonGroup(self)
        for at, finding in enumerate((None, *FINDINGS)):
            made = button("All" if finding is None else FINDINGS[finding], "segment")
            made.setCheckable(True)
            made.clicked.connect(partial(self._show_only, finding))
            self.filters.addButton(made, at)
            row.addWidget(made)
        row.addStretch(1)
        self.grouping = button("Group by question", "quiet")
        self.grouping.setCheckable(True)
        self.grouping.toggled.connect(self._on_grouping)
        row.addWidget(self.grouping)
        head = QWidget()
        head.setProperty("surface", "clear")
        column = QVBoxLayout(head)
        column.setContentsMargins(20, 12, 20, 12)
        column.setSpacing(tokens.GAP_S)
        column.addWidget(self.said)
        column.addLayout(row)
        return head

    # ── what comes ──────────────────────────────────────────────────────────

    def show_documents(self, documents: tuple[Document, ...]) -> None:
        """Offer the newest versions of what was read."""
        readable = {DocumentState.READ, DocumentState.PARTIAL}
        usable = (one for one in documents if one.state in readable and not one.old)
        self._documents = tuple(sorted(usable, key=lambda one: (one.name.casefold(), one.id)))
        self.new.setEnabled(bool(self._documents))

    def open(self) -> None:
        """Look which models there are; focus the answers, or what makes some."""
        self.bridge.deliver(self.app.installed_models(), self._on_models)
        (self.list if self.items.rowCount() else self.new).setFocus()

    def _on_models(self, models: tuple[InstalledModel, ...]) -> None:
        self._speaks = any(not one.built_in for one in models)

    def _refresh(self) -> None:
        self.bridge.deliver(self.app.questionnaires.list(), self._on_listed)

    def _on_listed(self, every: tuple[Questionnaire, ...]) -> None:
        self._listed = {one.id: one for one in every}
        self._fill_side()
        if self.state.sheet is None and every:
            self.choose(every[0].id)
        self._show(self.state)

    def _fill_side(self) -> None:
        shown = self.state.sheet.questionnaire.id if self.state.sheet else None
        self.side.blockSignals(True)  # noqa: FBT003 - Qt's own
        self.side.clear()
        for one in self._listed.values():
            item = QListWidgetItem(visible(listed_words(one)))
            item.setData(_ID, int(one.id))
            item.setToolTip(visible(one.name))
            self.side.addItem(item)
            if one.id == shown:
                self.side.setCurrentItem(item)
        self.side.blockSignals(False)  # noqa: FBT003 - Qt's own
        self.side.setVisible(bool(self._listed))

    def choose(self, wanted: QuestionnaireId) -> None:
        """Show one with all its answers."""
        self.bridge.deliver(self.app.questionnaires.sheet(wanted), self._on_sheet, self._on_failed)

    def _on_side(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if item is not None:
            self.choose(QuestionnaireId(item.data(_ID)))

    def _on_sheet(self, sheet: Sheet) -> None:
        self._listed[sheet.questionnaire.id] = sheet.questionnaire
        self._show(AskedState(sheet=sheet, by_question=self.state.by_question))
        self._fill_side()

    def _on_event(self, event: Event) -> None:
        match event:
            case QuestionnaireChanged(questionnaire=listed, cell=cell, seconds_left=left):
                new = listed.id not in self._listed
                self._listed[listed.id] = listed
                if new:
                    self._listed = {listed.id: listed, **self._listed}
                self._fill_side()
                self._show(with_changed(self.state, listed, cell, left))
            case QuestionnaireProgressed(questionnaire=wanted, step=step, done=done, total=total):
                sheet = self.state.sheet
                if sheet is not None and sheet.questionnaire.id == wanted:
                    doing = f"{step} {done:,} of {total:,}" if total else step
                    self.state = replace(self.state, doing=doing)
                    self.said.setText(summary(self.state))
            case QuestionnaireRemoved(questionnaire=wanted):
                self._listed.pop(wanted, None)
                if self.state.sheet and self.state.sheet.questionnaire.id == wanted:
                    self.state = AskedState(by_question=self.state.by_question)
                self._on_listed(tuple(self._listed.values()))

    # ── making one ──────────────────────────────────────────────────────────

    def open_form(self) -> None:
        """Let the user write a new one."""
        form = AskingDialog(self, self.theme, self._documents, speaks=self._speaks)
        self.dialog = form
        form.wanted.connect(self._create)
        form.estimate_wanted.connect(self._estimate)
        form.import_wanted.connect(self._import)
        form.finished.connect(self._on_form_closed)
        form.open()

    def _on_form_closed(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def _create(self, new: NewQuestionnaire) -> None:
        self.bridge.deliver(
            self.app.questionnaires.create(new), self._on_created, self._on_form_failed
        )

    def _on_created(self, listed: Questionnaire) -> None:
        if self.dialog is not None:
            self.dialog.accept()
        self.choose(listed.id)
        self._run(self.app.questionnaires.start, listed.id)

    def _estimate(self, new: NewQuestionnaire) -> None:
        self.bridge.deliver(
            self.app.questionnaires.expected(new),
            partial(self._on_expected, new),
            self._on_form_failed,
        )

    def _on_expected(self, new: NewQuestionnaire, seconds: float | None) -> None:
        if self.dialog is not None:
            self.dialog.show_estimate(new, seconds)

    def _import(self, path: Path) -> None:
        self.bridge.deliver(
            self.app.questionnaires.questions_in(path), self._on_imported, self._on_form_failed
        )

    def _on_imported(self, questions: tuple[str, ...]) -> None:
        if self.dialog is not None:
            self.dialog.add_questions(questions)

    def _on_form_failed(self, failure: Failure) -> None:
        if self.dialog is not None:
            self.dialog.show_failure(f"{failure.reason} {failure.remedy}")

    # ── what can be done with one ───────────────────────────────────────────

    def _on_go(self) -> None:
        if self.state.sheet is None:
            return
        listed = self.state.sheet.questionnaire
        if listed.state is RunState.RUNNING:
            self.go.setEnabled(False)
            self.app.questionnaires.pause(listed.id)
        else:
            self._run(self.app.questionnaires.start, listed.id)

    def _run(self, act: Callable[[QuestionnaireId], object], wanted: QuestionnaireId) -> None:
        self.bridge.deliver(act(wanted), _nothing, self._on_failed)  # type: ignore[arg-type]

    def _on_again(self) -> None:
        if self.state.sheet is not None:
            wanted = self.state.sheet.questionnaire.id

            def then(_listed: Questionnaire) -> None:
                self.choose(wanted)
                self._run(self.app.questionnaires.start, wanted)

            self.bridge.deliver(self.app.questionnaires.ask_again(wanted), then, self._on_failed)

    def _on_export(self) -> None:
        if self.state.sheet is None:
            return
        listed = self.state.sheet.questionnaire

        def chosen(paths: list[Path]) -> None:
            future = self.app.questionnaires.export(listed.id, paths[0])
            self.bridge.deliver(
                future, lambda path: self.told.emit(f"Saved as {path.name}."), self._on_failed
            )

        name = "".join(sign if sign.isalnum() or sign in " -_" else " " for sign in listed.name)
        proposed = " ".join(name.split()) or "Answers"
        choose_new_file(self, "Export as XLSX, CSV or DOCX", f"{proposed}.xlsx", chosen)

    def _on_remove(self) -> None:
        if self.state.sheet is None:
            return
        listed = self.state.sheet.questionnaire
        confirm(
            self,
            self.theme,
            title="Delete this questionnaire?",
            words=f"“{listed.name}” will be deleted with its answers. This cannot be undone.",
            action="Delete",
            accepted=partial(self._run, self.app.questionnaires.remove, listed.id),
        )

    def _on_failed(self, failure: Failure) -> None:
        self.told.emit(f"{failure.reason} {failure.remedy}")

    # ── what is shown ───────────────────────────────────────────────────────

    def _show_only(self, finding: Finding | None, _checked: bool = False) -> None:  # noqa: FBT001, FBT002
        self._show(replace(self.state, only=finding))

    def _on_grouping(self, by_question: bool) -> None:  # noqa: FBT001 - Qt's own
        self.grouping.setText("Group by document" if by_question else "Group by question")
        self._show(replace(self.state, by_question=by_question))

    def _show(self, state: AskedState) -> None:
        self.state = state
        sheet = state.sheet
        found = counts(state)
        self.items.show_lines(lines(state))
        self.said.setText(summary(state) if sheet else START)
        for made, finding in zip(self._buttons(), (None, *FINDINGS), strict=True):
            number = len(sheet.cells) if sheet and finding is None else found.get(finding, 0)  # type: ignore[arg-type]
            name = "All" if finding is None else FINDINGS[finding]
            made.setText(f"{name} {number:,}")
            made.setAccessibleName(made.text())
            made.setVisible(bool(number))
            made.setChecked(finding is state.only)
        self.grouping.setVisible(sheet is not None)
        running = sheet is not None and sheet.questionnaire.state is RunState.RUNNING
        over = sheet is not None and sheet.questionnaire.state is RunState.FINISHED
        begun = sheet is not None and sheet.questionnaire.answered > 0
        self.go.setText("Pause" if running else "Continue" if begun else "Start")
        self.go.setAccessibleName(self.go.text())
        self.go.setEnabled(True)
        self.go.setVisible(sheet is not None and not over)
        self.again.setVisible(bool(found[Finding.FAILED]) and not running)
        for made in (self.export, self.remove):
            made.setVisible(sheet is not None)

    def _buttons(self) -> list[QPushButton]:
        return [made for made in self.filters.buttons() if isinstance(made, QPushButton)]

    def _open(self, index: QModelIndex) -> None:
        line = index.data(LINE_ROLE)
        if isinstance(line, Line) and line.citations:
            self.citation_activated.emit(line.citations[0], line.citations)


def _nothing(_result: object) -> None:
    """The event that follows shows it."""
