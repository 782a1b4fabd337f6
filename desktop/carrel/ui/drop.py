"""Dropping files anywhere on the window. Must not know what becomes of them.

Sizes are looked up off the window's thread: a dropped file may lie on a slow disk.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QWidget

from carrel.ui import words
from carrel.ui.bridge import Deliveries
from carrel.ui.theme import Theme, tokens

CARD_WIDTH: Final = 544
CARD_HEIGHT: Final = 202
MAX_COUNTED: Final = 5_000
"""Files counted below dropped folders; beyond, “more than 5,000” says enough."""


def local_paths(mime: QMimeData) -> list[Path]:
    """The files and folders of this computer among what is dragged."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def measure(paths: list[Path]) -> tuple[int, int]:
    """How many files lie in these paths, and their bytes; stops at `MAX_COUNTED`."""
    files = size = 0
    waiting = list(paths)
    while waiting and files <= MAX_COUNTED:
        path = waiting.pop()
        try:
            if path.is_dir() and not path.is_symlink():
                waiting += [Path(entry.path) for entry in os.scandir(path)]
            else:
                size += path.stat().st_size
                files += 1
        except OSError:
            files += 1
    return files, size


def measured_words(files: int, size: int) -> str:
    """``3 files · 48 MB``."""
    if files > MAX_COUNTED:
        return f"more than {MAX_COUNTED:,} files"
    return f"{words.count(files, 'file')} · {words.size(size)}"


class DropOverlay(QWidget):
    """Covers the window while files hover over it."""

    def __init__(self, theme: Theme, workspace: str, parent: QWidget) -> None:
        """Build the overlay, hidden."""
        super().__init__(parent)
        self._covered = parent
        self._theme, self._workspace, self._measured = theme, workspace, ""
        self._models = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(f"Drop to add to “{workspace}”")
        theme.changed.connect(self.update)
        self.hide()

    @property
    def measured(self) -> str:
        """What is known of the files; empty until they have been looked up."""
        return self._measured

    def open(self, measured: str, *, models: bool = False) -> None:
        """Show the overlay with what is known of the files, or that they are models."""
        self._measured, self._models = measured, models
        self.setGeometry(self._covered.rect())
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Veil the window, then draw the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(self._theme.tokens.bg)
        veil.setAlphaF(0.86)
        painter.fillRect(self.rect(), veil)
        width = min(CARD_WIDTH, self.width() - 2 * tokens.GUTTER)
        card = QRectF(
            (self.width() - width) / 2, (self.height() - CARD_HEIGHT) / 2, width, CARD_HEIGHT
        )
        pen = QPen(self._theme.colour("accent"), 2)
        pen.setDashPattern([4, 3])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.setBrush(self._theme.colour("accent_weak"))
        painter.drawRoundedRect(card, 14, 14)
        middle = card.center().x()
        icon = QRectF(middle - 20, card.top() + 46, 40, 40)
        self._theme.paint_icon(painter, icon, "file-down", "accent")
        self._line(
            painter,
            QPointF(card.left() + 20, card.top() + 100),
            card.width() - 40,
            "Drop to import this model" if self._models else f"Drop to add to “{self._workspace}”",
            tokens.SIZE_DISPLAY,
            600,
            "text",
        )
        kept = "they will be copied, encrypted and kept on this computer"
        if self._models:
            kept = "every byte is checked before it is listed"
        said = f"{self._measured} — {kept}" if self._measured else kept.capitalize()
        self._line(
            painter,
            QPointF(card.left() + 20, card.top() + 136),
            card.width() - 40,
            said,
            tokens.SIZE_UI,
            400,
            "text2",
        )

    def _line(
        self,
        painter: QPainter,
        at: QPointF,
        width: float,
        said: str,
        size: int,
        weight: int,
        colour: str,
    ) -> None:
        painter.setFont(self._theme.font(size, weight))
        painter.setPen(self._theme.colour(colour))
        shown = painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideMiddle, int(width))
        painter.drawText(QRectF(at.x(), at.y(), width, 30), Qt.AlignmentFlag.AlignCenter, shown)


class DropTarget(QObject):
    """Takes drops anywhere in a window, whatever lies under the pointer.

    Signals:
        dropped: carries list[Path].
    """

    dropped = Signal(list)

    def __init__(
        self,
        window: QWidget,
        overlay: DropOverlay,
        deliveries: Deliveries,
        threads: ThreadPoolExecutor,
        are_models: Callable[[list[Path]], bool],
    ) -> None:
        """Watch the whole application, act on this window.

        `are_models` says whether all of these paths would be imported as models.
        """
        super().__init__(window)
        self._are_models, self._models = are_models, False
        self._window, self._overlay = window, overlay
        self._deliveries, self._threads = deliveries, threads
        self._turn = 0
        window.setAcceptDrops(True)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Catch drags before the widget under the pointer does."""
        kind = event.type()
        if kind not in {
            QEvent.Type.DragEnter,
            QEvent.Type.DragMove,
            QEvent.Type.DragLeave,
            QEvent.Type.Drop,
        }:
            return False
        if not isinstance(watched, QWidget) or watched.window() is not self._window:
            return False
        if isinstance(event, QDragEnterEvent):
            return self._on_entered(event)
        if isinstance(event, QDropEvent) and kind == QEvent.Type.Drop:
            return self._on_dropped(event)
        if isinstance(event, QDragMoveEvent) and local_paths(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            return True
        if kind == QEvent.Type.DragLeave and watched is self._window:
            self._turn += 1
            self._overlay.hide()
        return False

    def _on_entered(self, event: QDragEnterEvent) -> bool:
        paths = local_paths(event.mimeData())
        if not paths:
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if self._overlay.isVisible():
            return True
        self._turn += 1
        self._models = self._are_models(paths)
        self._overlay.open("", models=self._models)
        self._deliveries.deliver(
            self._threads.submit(measure, paths), partial(self._on_measured, self._turn)
        )
        return True

    def _on_measured(self, turn: int, found: tuple[int, int]) -> None:
        if turn == self._turn and self._overlay.isVisible():
            self._overlay.open(measured_words(*found), models=self._models)

    def _on_dropped(self, event: QDropEvent) -> bool:
        paths = local_paths(event.mimeData())
        self._turn += 1
        self._overlay.hide()
        if not paths:
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.dropped.emit(paths)
        return True
