"""A document's panel: what it is, where it lies, and what of it was not read.

Must not know the app.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from carrel.domain.documents import (
    Alike,
    Document,
    LedgerEntry,
    Whereabouts,
    nothing_missing,
    whole_ledger,
)
from carrel.domain.ids import DocumentId
from carrel.ui import words
from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import hairline, label

MOST_SHOWN: Final = 200
"""Lines; a document with more is better read about on the command line."""

MOST_PATHS: Final = 3
"""Paths; the command line lists all."""

MOST_NOTE: Final = 500
"""Characters of a note; the whole is one menu away."""

WIDTH: Final = 720
MOST_HEIGHT: Final = 420
"""Pixels of the list; it scrolls."""


Kin = tuple[Whereabouts, tuple[Alike, ...]]
"""Where a document lies with its versions, and what is nearly the same."""


class LedgerDialog(CardDialog):
    """What is known of one document."""

    def __init__(
        self,
        parent: QWidget | None,
        theme: Theme,
        document: Document,
        entries: Sequence[LedgerEntry],
        names: Mapping[DocumentId, str],
        kin: Kin,
    ) -> None:
        """Show facts, then the ledger; `names` are those of the containers."""
        lost = any(entry.loss for entry in entries)
        icon, colour = ("triangle-alert", "warn") if lost else ("circle-check", "ok")
        super().__init__(parent, theme, document.name, icon, colour)
        self.setFixedWidth(WIDTH)
        facts = [
            words.kind(document),
            words.size(document.size),
            *([words.units(document)] if document.units or document.members else []),
            words.state(document),
        ]
        self.column.addWidget(label(" · ".join(facts), "caption"))
        for container, path in document.inside:
            inside = f"Inside {names.get(container, 'another document')}: {path}"
            self.column.addWidget(label(inside, "caption", wrap=True))
        said = (*label_words(document), *where_words(document, kin[0]), *alike_words(kin[1]))
        for line in said:
            self.column.addWidget(label(line, "caption", wrap=True))
        self.column.addSpacing(tokens.GAP_M)
        if entries:
            self.column.addWidget(self._list(document, entries[:MOST_SHOWN]))
            if len(entries) > MOST_SHOWN:
                more = f"{len(entries) - MOST_SHOWN:,} more: “carrel documents show {document.id}”."
                self.column.addWidget(label(more, "caption"))
        else:
            self.column.addWidget(label(nothing_missing(document), "body", wrap=True))
        close = button("Close", "primary")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        self.buttons.addWidget(close)

    def _list(self, document: Document, entries: Sequence[LedgerEntry]) -> QWidget:
        inside = QWidget()
        inside.setProperty("surface", "clear")
        outside = QVBoxLayout(inside)
        outside.setContentsMargins(0, 0, tokens.GAP_M, 0)
        outside.setSpacing(tokens.GAP_S)
        for at, entry in enumerate(entries):
            if at:
                outside.addWidget(hairline())
            outside.addWidget(_line(document, entry))
        outside.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName("What was not read")
        inside.setFixedWidth(WIDTH - 56 - tokens.GAP_M)
        height = outside.totalHeightForWidth(inside.width())
        area.setFixedHeight(min(MOST_HEIGHT, max(height, 40) + 4))
        return area


def _line(document: Document, entry: LedgerEntry) -> QWidget:
    made = QWidget()
    made.setProperty("surface", "clear")
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 2, 0, 2)
    grid.setHorizontalSpacing(tokens.GAP_L)
    grid.setVerticalSpacing(2)
    grid.setColumnMinimumWidth(0, 130)
    grid.setColumnStretch(1, 1)
    top = Qt.AlignmentFlag.AlignTop
    where = words.unit_number(document, entry.unit) if entry.unit else "Document"
    grid.addWidget(label(where, "strong"), 0, 0, top)
    grid.addWidget(label(entry.what.value.capitalize(), "caption"), 1, 0, top)
    grid.addWidget(label(entry.why, "body", wrap=True), 0, 1, top)
    if entry.remedy:
        grid.addWidget(label(entry.remedy, "caption", wrap=True), 1, 1, top)
    return made


def where_words(document: Document, where: Whereabouts) -> list[str]:
    """Lines about where a document lies, and what came before and after it."""
    lines = [f"From {path}" for path in where.paths[:MOST_PATHS]]
    if len(where.paths) > MOST_PATHS:
        lines.append(f"and from {words.count(len(where.paths) - MOST_PATHS, 'other place')}")
    if document.gone:
        lines.append("It is no longer there; the document is kept.")
    if len(where.versions) > 1:
        number = f"Version {where.number(document.id)} of {len(where.versions)}"
        said = (
            "a newer one took its place; this one is only searched when you ask about it"
            if document.old
            else "older ones are only searched when you ask about them"
        )
        lines.append(f"{number}: {said}.")
    elif document.old:
        lines.append(
            "It lies in an older version only, and is only searched when you ask about it."
        )
    return lines


def label_words(document: Document) -> list[str]:
    """Lines about what the user said of a document."""
    several = (("Collections", document.collections), ("Tags", document.tags))
    lines = [f"{what}: {', '.join(names)}" for what, names in several if names]
    note = document.note.strip()
    if len(note) > MOST_NOTE:
        note = f"{note[:MOST_NOTE]}…"
    return [*lines, f"Note: {note}"] if note else lines


def alike_words(alike: Sequence[Alike]) -> list[str]:
    """Lines about documents that are nearly the same."""
    return [f"Nearly the same as “{one.name}” ({one.percent} %)" for one in alike[:MOST_PATHS]]


def show_ledger(
    parent: QWidget,
    theme: Theme,
    document: Document,
    entries: Sequence[LedgerEntry],
    names: Mapping[DocumentId, str],
    kin: Kin,
) -> LedgerDialog:
    """Open the panel of a document; a failure stands first among its lines."""
    dialog = LedgerDialog(parent, theme, document, whole_ledger(document, entries), names, kin)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog
