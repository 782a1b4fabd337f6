"""What a user does with stored documents: rename, save, remove, bring back. Dialogs and commands.

Must not know rows or other pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from carrel.domain.documents import Document, Removal
from carrel.domain.ids import DocumentId
from carrel.ui import words
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.dialogs.ask import confirm
from carrel.ui.dialogs.choose import choose_new_file
from carrel.ui.dialogs.rename import RenameDialog
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
        """Remove documents at once; they can come back."""
        together: list[Removal] = []
        for document in documents:
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
        if waiting:
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
