"""The words that stand for others in this workspace: shown, changed, taken from files.

A change counts from the next search on. Must not know who asks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from carrel.app.finding import Finding
from carrel.app.saving import SaveFailed, SaveTaken
from carrel.domain.errors import FileError, FolderNamed
from carrel.domain.glossary import GroupKnown, GroupMissing, Imported, Ways, line_of
from carrel.retrieval.glossary import shipped
from carrel.retrieval.own_groups import MAX_FILE_BYTES, checked, file_of, groups_in, with_group
from carrel.system.files import write_atomically
from carrel.workspace.glossary import OwnWords


class Glossary:
    """The groups of words of one open workspace. All methods return at once.

    Args:
        own: where they are kept.
        finding: told of each change.
    """

    def __init__(self, own: OwnWords, finding: Finding) -> None:
        self._own, self._finding = own, finding
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="glossary")

    def shipped(self) -> Mapping[str, tuple[Ways, ...]]:
        """The groups that come with the program, by section."""
        return {name: tuple(one.said for one in groups) for name, groups in shipped().items()}

    def groups(self) -> Future[tuple[Ways, ...]]:
        """The workspace's own groups, in the order in which they came."""
        return self._own.groups()

    def put(self, text: str, instead_of: Ways | None = None) -> Future[tuple[Ways, ...]]:
        """Add a group, or change one.

        Args:
            text: as typed: words and phrases, separated by commas.
            instead_of: the group as it was; one that is gone meanwhile is added anew.

        Returns:
            All groups as they are now.

        Raises (through the Future):
            GroupWrong, GroupKnown, TooManyGroups: nothing was changed.
        """

        def put(groups: tuple[Ways, ...]) -> tuple[Ways, ...]:
            return with_group(groups, checked([text]), instead_of)

        return self._threads.submit(self._change, put)

    def remove(self, ways: Ways) -> Future[tuple[Ways, ...]]:
        """Take a group off; returns all groups as they are now.

        Raises (through the Future):
            GroupMissing: there is no such group.
        """

        def remove(groups: tuple[Ways, ...]) -> tuple[Ways, ...]:
            if ways not in groups:
                raise GroupMissing(name=line_of(ways))
            return tuple(one for one in groups if one != ways)

        return self._threads.submit(self._change, remove)

    def import_file(self, path: Path) -> Future[Imported]:
        """Add the groups of a file, all of them or none.

        Raises (through the Future):
            GlossaryFileWrong, TooManyGroups, FileError: nothing was changed.
        """
        return self._threads.submit(self._import, path)

    def export_file(self, path: Path, *, replace: bool = False) -> Future[int]:
        """Write the groups to a file, as `import_file` reads them; returns how many.

        Args:
            replace: a file that is there already.

        Raises (through the Future):
            SaveTaken, FileError: nothing was written.
        """
        return self._threads.submit(self._export, path, replace)

    def close(self) -> None:
        """End the thread, after what was asked for is done."""
        self._threads.shutdown()

    def _change(self, run: Callable[[tuple[Ways, ...]], tuple[Ways, ...]]) -> tuple[Ways, ...]:
        groups = self._own.change(run).result()
        self._finding.speak(groups)
        return groups

    def _import(self, path: Path) -> Imported:
        found = groups_in(path.name, _content(path))
        added = 0

        def put(groups: tuple[Ways, ...]) -> tuple[Ways, ...]:
            nonlocal added
            before = len(groups)
            for ways in found:
                with suppress(GroupKnown):
                    groups = with_group(groups, ways)
            added = len(groups) - before
            return groups

        self._change(put)
        return Imported(added=added, known=len(found) - added)

    def _export(self, path: Path, replace: bool) -> int:  # noqa: FBT001 - runs on the thread
        groups = self._own.groups().result()
        if path.is_dir():
            raise FolderNamed(name=path.name)
        if not replace and os.path.lexists(path):
            raise SaveTaken(name=path.name)
        try:
            write_atomically(path, file_of(groups))
        except OSError as error:
            raise SaveFailed(name=path.name, cause=error.strerror or "unknown") from error
        return len(groups)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_FILE_BYTES + 1)
    except IsADirectoryError as error:
        raise FolderNamed(name=path.name) from error
    except OSError as error:
        raise FileError(name=path.name, cause=error.strerror or "unknown") from error
