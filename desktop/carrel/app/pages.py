"""Page images for the viewer: a locked child for each open document, few at a time.

Must not know the window.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

from carrel.domain.documents import PageImage
from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.parsing.client import PageRenderer
from carrel.system.shared_memory import SealedCopy
from carrel.workspace.store import Workspace

OPEN_RENDERERS: Final = 2
"""Documents kept open: the one shown, and the one before it that the reader may go back to."""


class Pages:
    """Renders pages of stored documents; calls wait, so make them on a thread of their own."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._open: OrderedDict[DocumentId, tuple[PageRenderer, SealedCopy]] = OrderedDict()

    def render(self, document: DocumentId, number: int, scale: float) -> PageImage:
        """One page.

        Args:
            number: counted from 1.
            scale: pixels for a point; 1.0 is 72 dpi.

        Raises:
            KnownError: the original is damaged, or the page cannot be drawn.
        """
        with self._lock:
            renderer = self._renderer(document)
            try:
                return renderer.render(number, scale)
            except KnownError:
                self._close(document)  # the next call starts a fresh child
                raise

    def forget(self, document: DocumentId) -> None:
        """The document was removed."""
        with self._lock:
            self._close(document)

    def close(self) -> None:
        """End all children."""
        with self._lock:
            for document in list(self._open):
                self._close(document)

    def _renderer(self, document: DocumentId) -> PageRenderer:
        if document in self._open:
            self._open.move_to_end(document)
            return self._open[document][0]
        while len(self._open) >= OPEN_RENDERERS:
            self._close(next(iter(self._open)))
        copy = SealedCopy()
        try:
            for piece in self._workspace.original(document):
                copy.write(piece)
            copy.seal()
            renderer = PageRenderer(copy.fd, copy.size)
        except BaseException:
            copy.close()
            raise
        self._open[document] = (renderer, copy)
        return renderer

    def _close(self, document: DocumentId) -> None:
        found = self._open.pop(document, None)
        if found is not None:
            renderer, copy = found
            renderer.close()
            copy.close()
