"""The line at the foot of the window: the seal, what is being done, memory.

Must not know the app.
"""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from carrel.domain.documents import Document
from carrel.domain.events import Event
from carrel.domain.workspaces import Seal
from carrel.ui import words
from carrel.ui.dialogs.seal import seal_words
from carrel.ui.machine import Machine
from carrel.ui.recognition import RecognitionState, apply
from carrel.ui.theme import Theme
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import ElidedLabel, label

HEIGHT = 26


class StatusBar(QFrame):
    """The seal on the left; documents and memory on the right.

    Signals:
        seal_wanted: the user wants to know what the lock does.
        adding_wanted: the user wants to see what is being added.
        models_wanted: the user wants to see what is being done with a model.
    """

    seal_wanted = Signal()
    adding_wanted = Signal()
    models_wanted = Signal()

    def __init__(self, theme: Theme, seal: Seal) -> None:
        """Show the seal of this process."""
        super().__init__()
        self.setProperty("surface", "status")
        self.setFixedHeight(HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 1, 12, 0)
        row.setSpacing(20)
        self.seal = button(f" {seal_words(seal)}", "status")
        self.seal.setAccessibleName(seal_words(seal))
        icon, colour = ("shield-check", "ok") if seal.active else ("shield-alert", "bad")
        self.seal.setIcon(theme.icon(icon, colour))
        self.seal.setIconSize(QSize(14, 14))
        self.seal.setToolTip("What the seal does")
        self.seal.clicked.connect(self.seal_wanted)
        self.adding = button("", "status")
        self.adding.setIcon(theme.icon("loader-circle", "accent_text"))
        self.adding.setIconSize(QSize(14, 14))
        self.adding.clicked.connect(self.adding_wanted)
        self.adding.hide()
        self.engine = button("", "status")
        self.engine.setIcon(theme.icon("cpu", "accent_text"))
        self.engine.setIconSize(QSize(14, 14))
        self.engine.clicked.connect(self.models_wanted)
        self.engine.hide()
        self.recognition = button("", "status")
        self.recognition.setIcon(theme.icon("eye", "accent_text"))
        self.recognition.setIconSize(QSize(14, 14))
        self.recognition.setAccessibleName("No text is being recognised")
        self.recognition.setToolTip("Text is read from pictures and scanned pages")
        self.recognition.clicked.connect(self.adding_wanted)
        self.recognition.hide()
        self._recognised = RecognitionState()
        self.library = ElidedLabel("", "meta")
        self.library.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.memory = label(role="meta")
        row.addWidget(self.seal)
        row.addStretch(1)
        row.addWidget(self.engine)
        row.addWidget(self.adding)
        row.addWidget(self.recognition)
        row.addWidget(self.library)
        row.addWidget(self.memory)

    def show_documents(self, documents: tuple[Document, ...]) -> None:
        """How much can be asked about."""
        if not documents:
            said = "No documents yet"
        else:
            units = sum(document.units for document in documents)
            paged = all(words.unit_word(document.kind) == "page" for document in documents)
            many = "pages" if paged else "pages and sections"
            said = f"{words.count(len(documents), 'document')}, {words.count(units, 'page', many)}"
        self.library.setText(said)
        self.library.updateGeometry()

    def show_adding(self, said: str) -> None:
        """What is being added; empty hides it."""
        self.adding.setText(f" {said}")
        self.adding.setAccessibleName(said or "Nothing is being added")
        self.adding.setVisible(bool(said))

    def hear(self, event: Event) -> None:
        """Show how far text recognition has come."""
        found = apply(self._recognised, event)
        if found is not self._recognised:
            self._recognised = found
            self.recognition.setText(f" {found.said}")
            self.recognition.setAccessibleName(found.said or "No text is being recognised")
            self.recognition.setVisible(bool(found.said))

    def show_models(self, said: str) -> None:
        """What is being done with a model; empty hides it."""
        self.engine.setText(f" {said.replace('&', '&&')}")
        self.engine.setAccessibleName(said or "Nothing is being done with a model")
        self.engine.setVisible(bool(said))

    def show_machine(self, seen: Machine) -> None:
        """How full the memory is."""
        if seen.memory_total:
            total = words.memory(seen.memory_total).removesuffix(".0")
            self.memory.setText(f"Memory {words.memory(seen.memory_used)} / {total} GiB")
