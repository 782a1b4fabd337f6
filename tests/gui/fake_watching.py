"""`WatchingApi` in memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from carrel.domain.events import Event, WatchingChanged
from carrel.domain.ids import FolderId
from carrel.domain.watching import WatchedFolder
from carrel.workspace.errors import FolderWatched

NOW = 1_764_000_000.0


class FakeWatching:
    """Keeps a list of folders."""

    def __init__(self, send: Callable[[Event], None], threads: ThreadPoolExecutor) -> None:
        self._send, self._threads = send, threads
        self.watched: list[WatchedFolder] = []
        self.listened: tuple[Path, ...] = ()
        self.hints = self.starts = 0

    def start(self) -> None:
        self.starts += 1

    def folders(self) -> Future[tuple[WatchedFolder, ...]]:
        return self._threads.submit(lambda: tuple(self.watched))

    def add(self, path: Path) -> Future[WatchedFolder]:
        def add() -> WatchedFolder:
            if any(one.path == path for one in self.watched):
                raise FolderWatched(name=str(path), other=str(path))
            made = WatchedFolder(id=FolderId(len(self.watched) + 1), path=path, added_at=NOW)
            self.watched.append(made)
            self._send(WatchingChanged())
            return made

        return self._threads.submit(add)

    def remove(self, folder: FolderId) -> Future[bool]:
        def remove() -> bool:
            self.watched[:] = [one for one in self.watched if one.id != folder]
            self._send(WatchingChanged())
            return True

        return self._threads.submit(remove)

    def hint(self) -> None:
        self.hints += 1

    def places(self) -> Future[tuple[Path, ...]]:
        return self._threads.submit(lambda: self.listened)
