"""The summary: the documents' own sentences, or a model's with checked quotes.

Must not know how either is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtWidgets import QButtonGroup, QWidget

from carrel.domain.documents import Document
from carrel.domain.events import Event
from carrel.domain.fact_events import SectionWritten, WritingProgressed
from carrel.domain.fact_sheet import HEADS, WRITTEN_HEADS, FactSheet
from carrel.domain.facts import FactsKind
from carrel.domain.ids import DocumentId
from carrel.domain.installed import InstalledModel
from carrel.domain.written import Standing, WrittenSummary
from carrel.ui import words
from carrel.ui.widgets.buttons import button
from carrel.ui.workbench.fact_rows import FactRow, summary_rows
from carrel.ui.workbench.facts import FactsView
from carrel.ui.workbench.refined_rows import STANDINGS, written_rows
from carrel.ui.workbench.tool import Equipment

WORD_FOR_WORD: Final = "Word for word"
BY_MODEL: Final = "Written by a model"
NO_MODEL: Final = "Import a larger model on the Models page to have summaries written."
WRITTEN_START: Final = (
    "Choose documents and press Start. The model that you use writes a few sentences about each "
    "section, each with a quote that is looked up in the section. What says more than it quotes is "
    "marked; what has no quote that was found is left out and counted. Finished sections are kept."
)
_STEPS: Final = {
    "waiting": "waiting for the model",
    "loading": "loading the model",
    "testing": "testing the model",
    "reading": "reading",
}


class SummaryView(FactsView):
    """The sentences that say most of each section, or a model's."""

    kind = FactsKind.SUMMARY
    title = "Summary"
    noun = "sentences, word for word from the documents"
    start_words = (
        "Choose documents and press Start. Of each section those sentences are shown that say most "
        "of what the document is about, as they stand; nothing is written anew, and nothing is "
        "sent to a model."
    )
    groups = tuple(STANDINGS.values())
    heads = HEADS[FactsKind.SUMMARY]
    folded = frozenset({STANDINGS[Standing.LEFT_OUT]})
    lines = 3

    def __init__(self, equipment: Equipment) -> None:
        """Word for word."""
        self.written: WrittenSummary | None = None
        self._extracted: tuple[FactRow, ...] = ()
        self._doing = ""
        super().__init__(equipment)
        self.anew = button("Write anew", "small")
        self.anew.setToolTip("Let the model write all sections once more")
        self.anew.clicked.connect(self._on_anew)
        self.header.add(self.anew)
        self.anew.hide()

    def switches(self) -> list[QWidget]:
        """Who writes."""
        self.ways = QButtonGroup(self)
        self.own, self.by_model = (button(name, "segment") for name in (WORD_FOR_WORD, BY_MODEL))
        for made in (self.own, self.by_model):
            made.setCheckable(True)
            self.ways.addButton(made)
        self.own.setChecked(True)
        self.by_model.setEnabled(False)
        self.ways.buttonClicked.connect(self._on_way)
        return [self.own, self.by_model]

    def open(self) -> None:
        """Look which models there are."""
        super().open()
        self.bridge.deliver(self.app.installed_models(), self._on_models)

    def _on_models(self, models: tuple[InstalledModel, ...]) -> None:
        speaks = any(not one.built_in for one in models)
        self.by_model.setEnabled(speaks)
        self.by_model.setToolTip("" if speaks else NO_MODEL)

    # ── which of the two ────────────────────────────────────────────────────

    @property
    def writes(self) -> bool:
        """Whether a model writes."""
        return self.by_model.isChecked()

    def _on_way(self) -> None:
        if self._working:  # either of the two
            self.app.writing.pause()
            self.app.facts.stop(self.kind)
            self._working = False
        self._asked += 1
        self._only = ""
        if self.writes:
            self._show_written(None)
            self._look_for_kept()
        else:
            self.rows = self._extracted
            self._show_rows()

    def _on_scope(self, documents: object) -> None:
        super()._on_scope(documents)
        if self.writes and not self._working:
            self._look_for_kept()

    def _look_for_kept(self) -> None:
        documents = [one.id for one in self.scoped]
        kept = self.app.writing.kept(documents)
        self.bridge.deliver(kept, partial(self._on_kept, self._asked))

    def _on_kept(self, asked: int, found: WrittenSummary | None) -> None:
        if asked == self._asked and self.writes and not self._working:
            self._show_written(found)

    def _on_rows(self, asked: int, rows: tuple[FactRow, ...]) -> None:
        if asked == self._asked and not self.writes:
            self._extracted = rows
        super()._on_rows(asked, rows)

    # ── the work ────────────────────────────────────────────────────────────

    def _look(self, documents: Sequence[DocumentId], asked: int) -> None:
        if self.writes:
            self._write(documents, asked)
        else:
            self._wait(asked, self.app.facts.summary(documents), summary_rows)

    def _write(self, documents: Sequence[DocumentId], asked: int, *, again: bool = False) -> None:
        future = self.app.writing.write(documents, again=again)
        self.bridge.deliver(
            future, partial(self._on_written_all, asked), partial(self._on_failed, asked)
        )

    def _on_anew(self) -> None:
        if self.writes and not self._working and self.scoped:
            self._asked += 1
            self._working = True
            self._show_written(None)
            self._write([one.id for one in self.scoped], self._asked, again=True)

    def _stop(self) -> None:
        if self.writes:
            self.app.writing.pause()
        else:
            super()._stop()

    @property
    def stop_words(self) -> str:
        """What the button says meanwhile."""
        return "Pause" if self.writes else super().stop_words

    @property
    def begin_words(self) -> str:
        """What the button says before."""
        begun = self.writes and self.written is not None and not self.written.finished
        return "Continue" if begun else super().begin_words

    def _on_written_all(self, asked: int, found: WrittenSummary) -> None:
        if asked == self._asked:
            self._working = False
            self._show_written(found)

    def _on_event(self, event: Event) -> None:
        if self._working and self.writes:
            match event:
                case SectionWritten(summary=found):
                    self._show_written(found)
                case WritingProgressed():
                    self._doing = _progress_words(event)
                    self._say()
        super()._on_event(event)

    # ── what is shown ───────────────────────────────────────────────────────

    def _show_written(self, found: WrittenSummary | None) -> None:
        self.written = found
        self._doing = ""
        self.rows = written_rows(found, dict(self._names)) if found else ()
        self._show_rows()

    def _say(self, words_: str = "") -> None:
        super()._say(words_)
        if hasattr(self, "anew"):
            over = self.written is not None and self.written.finished
            self.anew.setVisible(self.writes and over and not self._working)

    def _summary(self) -> str:
        if not self.writes:
            return super()._summary()
        told = [self._doing if self._working else ""]
        if self.written is None:
            told.append("" if self._working else WRITTEN_START)
        else:
            told.append(self.written.words)
            left = self.written.total - len(self.written.sections)
            if left and not self._working:
                told.append(f"{words.count(left, 'section')} not written yet.")
        return " ".join(filter(None, told)) or "Looking for sections…"

    def sheet(self) -> FactSheet:
        """What is shown now, and who wrote it."""
        return self.made_sheet(self.written.words if self.writes and self.written else "")

    @property
    def sheet_heads(self) -> tuple[str, ...]:
        """Other columns where a model wrote."""
        return WRITTEN_HEADS if self.writes else self.heads

    def show_documents(self, documents: tuple[Document, ...]) -> None:
        """Offer the documents there are."""
        super().show_documents(documents)
        there = {one.id for one in documents}
        if self.written and any(one.document not in there for one in self.written.sections):
            self._show_written(None)


def _progress_words(event: WritingProgressed) -> str:
    step = _STEPS.get(event.step, event.step)
    title = f" “{event.title}”" if event.title and event.step == "reading" else ""
    done = f"{event.written:,} of {words.count(event.sections, 'section')}"
    return " · ".join(filter(None, (done, words.left(event.seconds_left), f"{step}{title}"))) + "."
