"""Hints that something changed in a watched folder, as far as the system gives any.

The core looks by itself now and then; a hint only makes it look sooner. The watcher lives in a
thread of its own, for a network disk that does not answer must not stop the window. Must not
know what is looked for.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QFileSystemWatcher, QObject, QThread, QTimer, Signal, Slot

from carrel.domain.events import Event, WatchingChanged
from carrel.ui.api import WatchingApi
from carrel.ui.bridge import EventBridge

ASK_MILLISECONDS: Final = 500
"""Between a change of what is watched and the question which folders that is now."""


class FolderHints(QObject):
    """Listens to the folders that are watched, and gives the core hints.

    Signals:
        places_wanted: these folders, and no others, are listened to from now on.
    """

    places_wanted = Signal(object)

    def __init__(self, watching: WatchingApi, bridge: EventBridge) -> None:
        """Listen until `close`."""
        super().__init__()
        self._watching, self._bridge = watching, bridge
        self._thread = QThread()
        self._thread.setObjectName("hints")
        self._ear = _Ear(watching.hint)
        self._ear.moveToThread(self._thread)
        self.places_wanted.connect(self._ear.listen)
        self._thread.finished.connect(self._ear.deleteLater)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(ASK_MILLISECONDS)
        self._later.timeout.connect(self._ask)
        self._thread.start()
        bridge.event_published.connect(self._on_event_published)
        self._ask()

    def close(self) -> None:
        """Listen no more."""
        self._later.stop()
        self._thread.quit()
        self._thread.wait()

    def _on_event_published(self, event: Event) -> None:
        if isinstance(event, WatchingChanged) and not self._later.isActive():
            self._later.start()

    def _ask(self) -> None:
        self._bridge.deliver(self._watching.places(), self._on_places_arrived)

    def _on_places_arrived(self, places: Sequence[Path]) -> None:
        self.places_wanted.emit([str(place) for place in places])


class _Ear(QObject):
    """The watcher, in its thread."""

    def __init__(self, heard: Callable[[], None]) -> None:
        super().__init__()
        self._heard = heard
        self._watcher: QFileSystemWatcher | None = None

    @Slot(object)
    def listen(self, places: list[str]) -> None:
        """Listen to these folders only; made here, so that it belongs to this thread."""
        if self._watcher is None:
            self._watcher = QFileSystemWatcher(self)
            self._watcher.directoryChanged.connect(self._on_changed)
        before = set(self._watcher.directories())
        if old := before - set(places):
            self._watcher.removePaths(list(old))
        if new := [place for place in places if place not in before]:
            self._watcher.addPaths(new)

    @Slot(str)
    def _on_changed(self, _place: str) -> None:
        self._heard()
