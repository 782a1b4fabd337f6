"""What a user does with stored documents: label, note, rename, save, remove, bring back.

Dialogs and commands. Must not know rows or other pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from carrel.domain.documents import (
    Alike,
    Document,
    DocumentState,
    LedgerEntry,
    Removal,
    Whereabouts,
)
from carrel.domain.ids import DocumentId
from carrel.domain.labels import LabelCount, LabelKind
from carrel.ui import words
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.dialogs.ask import confirm
from carrel.ui.dialogs.choose import choose_new_file
from carrel.ui.dialogs.labels import LabelsDialog, NoteDialog
from carrel.ui.dialogs.rename import RenameDialog
from carrel.ui.library_page.ledger import LedgerDialog, show_ledger
from carrel.ui.library_page.menus import Entry
from carrel.ui.theme import Theme


class Keeping(QObject):
    """Commands about stored documents, each with its dialog and its message.

    Signals:
        told: something was done; carries the words, the name of a button for it, and what the
            button does, or None.
    """

    told = Signal(str, str, object)

    def __init__(self, page: QWidget, app: AppApi, bridge: EventBridge, theme: Theme) -> None:
        """Dialogs stand over the page."""
        super().__init__(page)
        self._page, self._app, self._bridge, self._theme = page, app, bridge, theme
        self._together: list[Removal] = []
        self.panel: LedgerDialog | None = None

    def rename(self, document: Document) -> None:
        """Ask for another name."""
        dialog = RenameDialog(
            self._page,
            self._theme,
            document.name,
            heading="Rename the document",
            field="Name of the document",
            hint=f"The file is still called {document.file_name or document.name}. "
            "Leave this empty to use that name.",
        )
        dialog.renamed.connect(
            lambda name: self._bridge.deliver(self._app.shelf.rename(document.id, name), _nothing)
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def entries(self, documents: Sequence[Document]) -> list[Entry]:
        """What a menu offers for one document, or for several at once."""
        read = [one.id for one in documents if one.state is not DocumentState.QUEUED]
        tags, collections = LabelKind.TAG, LabelKind.COLLECTION
        found = [
            Entry("Tags…", "", lambda: self.label(documents, tags)),
            Entry("Collections…", "", lambda: self.label(documents, collections)),
        ]
        again = Entry("Read again", "", lambda: self._app.adding.read_again(read), bool(read))
        if len(documents) > 1:
            return [*found, again]
        (document,) = documents
        return [
            *found,
            Entry("Note…", "", lambda: self.note(document)),
            again,
            Entry("Rename…", "F2", lambda: self.rename(document)),
            Entry("Save the original…", "", lambda: self.save(document)),
        ]

    def label(self, documents: Sequence[Document], kind: LabelKind) -> None:
        """Let the user choose tags or collections for documents."""
        self._bridge.deliver(
            self._app.shelf.labels(kind), partial(self._open_labels, tuple(documents), kind)
        )

    def _open_labels(
        self, documents: tuple[Document, ...], kind: LabelKind, known: tuple[LabelCount, ...]
    ) -> None:
        names = [one.name for one in known]
        dialog = LabelsDialog(self._page, self._theme, kind, documents, names)

        def change(add: tuple[str, ...], remove: tuple[str, ...]) -> None:
            ids = [one.id for one in documents]
            future = self._app.shelf.label(ids, kind, add=add, remove=remove)
            self._bridge.deliver(future, _nothing)

        dialog.changed.connect(change)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def note(self, document: Document) -> None:
        """Let the user write a note; the dialog closes when it lies on the disk."""
        dialog = NoteDialog(self._page, self._theme, document)
        dialog.wanted.connect(
            lambda text: self._bridge.deliver(
                self._app.shelf.note(document.id, text), partial(self._on_noted, dialog)
            )
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_noted(self, dialog: NoteDialog, document: Document) -> None:
        if isValid(dialog):
            dialog.accept()
        said = "was saved" if document.note else "is empty now"
        self.told.emit(f"The note on “{document.name}” {said}.", "", None)

    def show_panel(self, document: Document, names: Mapping[DocumentId, str]) -> None:
        """Show what is known of a document; `names` are those of all."""
        shelf = self._app.shelf

        def opened(
            entries: tuple[LedgerEntry, ...], where: Whereabouts, alike: tuple[Alike, ...]
        ) -> None:
            kin = (where, alike)
            self.panel = show_ledger(self._page, self._theme, document, entries, names, kin)

        self._bridge.deliver(
            self._app.contents.ledger(document.id),
            lambda entries: self._bridge.deliver(
                shelf.whereabouts(document.id),
                lambda where: self._bridge.deliver(
                    shelf.alike(document.id), lambda alike: opened(entries, where, alike)
                ),
            ),
        )

    def save(self, document: Document) -> None:
        """Ask where, and save the original there; the dialog asks before it replaces a file."""
        name = document.file_name or document.name

        def save(paths: list[Path]) -> None:
            (path,) = paths[:1]
            # Whoever chose a file that is there was asked; one that appears meanwhile is kept.
            future = self._app.shelf.save(document.id, path, replace=path.exists())
            self._bridge.deliver(future, partial(self._on_saved, document))

        choose_new_file(self._page, "Save the original", name, save)

    def remove(self, documents: list[Document]) -> None:
        """Remove documents at once; they can come back, all together."""
        self._together = together = list[Removal]()
        wanted = {document.id for document in documents}
        for document in documents:
            inside = not document.own and any(one.container in wanted for one in document.inside)
            if inside:  # it goes along
                continue
            self._bridge.deliver(
                self._app.shelf.remove(document.id), partial(self._on_removed, together)
            )

    def restore(self, document: DocumentId) -> None:
        """Bring a removed document back."""
        self._bridge.deliver(self._app.shelf.restore(document), _nothing)

    def undo(self, waiting: tuple[Removal, ...]) -> None:
        """Bring back what was removed last.

        Args:
            waiting: what can come back, the last removed first.
        """
        together = [one for one in self._together if one in waiting]
        if len(together) > 1 and waiting[0] in together:
            self._together = []
            self._bring_back(together)
            self.told.emit(f"{words.count(len(together), 'document')} are back.", "", None)
        elif waiting:
            self.restore(waiting[0].document.id)
            self.told.emit(f"“{waiting[0].document.name}” is back.", "", None)

    def shred(self, removals: tuple[Removal, ...]) -> None:
        """Ask, then leave nothing of removed documents."""
        count = sum(len(one.documents) for one in removals)
        what = f"“{removals[0].document.name}”" if len(removals) == 1 else "These documents"
        confirm(
            self._page,
            self._theme,
            title="Delete for good?",
            words=f"{what} will be destroyed in this workspace: the file, its text, the index and "
            f"what models read of it ({words.count(count, 'document')}). This cannot be undone. "
            "Files outside are not touched. Chats keep the words they quoted.",
            action="Delete for good",
            accepted=lambda: self._bridge.deliver(
                self._app.shelf.shred([one.document.id for one in removals]), _nothing
            ),
        )

    def _on_saved(self, document: Document, path: Path) -> None:
        self.told.emit(f"“{document.name}” was saved as {path}, bit for bit.", "", None)

    def _on_removed(self, together: list[Removal], removal: Removal) -> None:
        together.append(removal)
        self.told.emit(removal_words(together), "Undo", partial(self._bring_back, together))

    def _bring_back(self, removals: Sequence[Removal]) -> None:
        for removal in removals:
            self.restore(removal.document.id)


def removal_words(removals: Sequence[Removal]) -> str:
    """What is said of removals."""
    if len(removals) > 1:
        return f"{words.count(len(removals), 'document')} were removed."
    inside = len(removals[0].documents) - 1
    also = f" and {words.count(inside, 'document')} inside were" if inside else " was"
    return f"“{removals[0].document.name}”{also} removed."


def _nothing(_result: object) -> None:
    """The event that follows redraws the page."""
