"""Which GGUF files were checked and may be loaded; kept as one small JSON file.

Files stay where they are; an entry remembers path, size and time of change, so
that a file that was swapped is noticed before it is loaded. Checking and
hashing happen in a locked worker. Must not know how an engine runs.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from carrel.catalog.entries import MAX_FILE_BYTES, Entries, list_bytes, parse_list
from carrel.catalog.errors import (
    BuiltIn,
    CatalogDamaged,
    CatalogError,
    NoRoomForList,
    NotInstalled,
)
from carrel.domain.installed import InstalledModel
from carrel.domain.self_tests import SelfTest
from carrel.engine.fit.memory import memory_need
from carrel.engine.inspection import Inspection, inspect_files
from carrel.engine.wire.protocol import EngineSettings, Progress
from carrel.system.files import FULL, write_atomically
from carrel.system.frames import FrameError

MAX_NAME: Final = 80
"""Characters of a name; it is typed after ``--model``."""

NOTED_CHANGE: Final = 0.05
"""Share by which a speed has to differ from the one noted before it is written again."""

_FILE: Final = "models.json"
_LOCK: Final = "models.lock"
_PART: Final = re.compile(r"-\d{5}-of-\d{5}\Z")
_UNWANTED: Final = re.compile(r"[^A-Za-z0-9._-]+")

OnProgress = Callable[[int, int], None]


def _ignore(_done: int, _total: int) -> None:
    return


def _never() -> bool:
    return False


class Catalog:
    """The list of installed models. May be used from any thread.

    Args:
        folder: where the list is kept; made when first needed.
        built_in: the model that comes with the program; what becomes known about it is kept for
            as long as this object lives.
    """

    def __init__(self, folder: Path, built_in: InstalledModel | None = None) -> None:
        self._folder = folder
        self._built_in = built_in

    @property
    def folder(self) -> Path:
        """Where the list is kept, and beside it what belongs to it; need not exist."""
        return self._folder

    def inspect(self, path: Path) -> InstalledModel:
        """What importing a file would list; nothing is stored, and no hash is computed.

        Raises:
            FileError, EngineError: as for `import_file`.
        """
        found = inspect_files(
            path, with_hash=False, on_progress=lambda _: None, cancelled=lambda: False
        )
        return _entry(found, added_at=0.0)

    def import_file(
        self,
        path: Path,
        on_progress: OnProgress = _ignore,
        cancelled: Callable[[], bool] = _never,
    ) -> InstalledModel:
        """Check a GGUF file, hash it, and list it where it lies.

        The same bytes are listed once: importing them again updates the entry.
        Blocks for as long as reading the file takes; not for the window's thread.

        Args:
            path: the file, or any part of one that comes in parts.
            on_progress: called with the bytes hashed and all bytes.
            cancelled: polled; nothing is stored when it says True.

        Raises:
            FileError: it cannot be opened.
            EngineError: GgufError says what is wrong with it; LoadCancelled; CatalogError.
        """

        def tell(progress: Progress) -> None:
            on_progress(progress.done, progress.total)

        found = inspect_files(path, with_hash=True, on_progress=tell, cancelled=cancelled)
        fresh = self.enter(found, sha256=found.sha256)
        on_progress(fresh.size, fresh.size)
        return fresh

    def enter(self, found: Inspection, *, sha256: str, **known: Any) -> InstalledModel:  # noqa: ANN401
        """List files that were checked and hashed; the same bytes replace their old entry.

        Args:
            sha256: over all bytes, part after part.
            known: more fields of the entry, such as who signed the pack.

        Raises:
            CatalogError: the list cannot be read or written.
        """
        fresh = replace(_entry(found, added_at=time.time()), sha256=sha256, **known)
        with self._locked():
            listed = self._read()
            same = next((one for one in listed if one.sha256 == fresh.sha256), None)
            if same is not None:
                fresh = replace(fresh, name=same.name, added_at=same.added_at)
                listed = tuple(one for one in listed if one.name != same.name)
            else:
                taken = {one.name for one in (*listed, *self._own())}
                fresh = replace(fresh, name=_free_name(fresh.name, taken))
            self._write((*listed, fresh))
        return fresh

    def change(self, name: str, **known: Any) -> InstalledModel:  # noqa: ANN401
        """Store what became known about an installed model.

        Args:
            known: fields of the entry with their new values.

        Raises:
            NotInstalled: there is none of this name.
            CatalogError: the list cannot be read or written.
        """
        if self._built_in is not None and self._built_in.name == name:
            self._built_in = replace(self._built_in, **known)
            return self._built_in
        with self._locked():
            listed = self._read()
            old = next((one for one in listed if one.name == name), None)
            if old is None:
                raise NotInstalled(name=name)
            changed = replace(old, **known)
            self._write(tuple(changed if one is old else one for one in listed))
        return changed

    def note_speed(
        self, name: str, tokens_per_second: float, reading_per_second: float = 0.0
    ) -> InstalledModel | None:
        """Remember how fast a model last wrote and read; 0 leaves what is known.

        Returns:
            The entry, or None when it is as known already within NOTED_CHANGE.

        Raises:
            NotInstalled: there is none of this name.
            CatalogError: the list cannot be read or written.
        """
        known = self.get(name)
        measured = {
            "tokens_per_second": tokens_per_second,
            "reading_per_second": reading_per_second,
        }
        changed = {
            key: value
            for key, value in measured.items()
            if value and abs(value - getattr(known, key)) > NOTED_CHANGE * getattr(known, key)
        }
        return self.change(name, **changed) if changed else None

    def list(self) -> Entries:
        """All installed models, in the order of their names; the built-in one comes last.

        Raises:
            CatalogError: the list cannot be read.
        """
        listed = (one for one in self._read() if one.name not in {b.name for b in self._own()})
        return (*sorted(listed, key=lambda one: one.name), *self._own())

    def get(self, name: str) -> InstalledModel:
        """The installed model of this name.

        Raises:
            NotInstalled: there is none.
            CatalogError: the list cannot be read.
        """
        for one in (*self._own(), *self._read()):
            if one.name == name:
                return one
        raise NotInstalled(name=name)

    def remove(self, name: str) -> None:
        """Take a model off the list; its file stays.

        Raises:
            NotInstalled: there is none of this name.
            BuiltIn: it came with the program.
            CatalogError: the list cannot be read or written.
        """
        if name in {one.name for one in self._own()}:
            raise BuiltIn(name=name)
        with self._locked():
            listed = self._read()
            kept = tuple(one for one in listed if one.name != name)
            if len(kept) == len(listed):
                raise NotInstalled(name=name)
            self._write(kept)

    def store_self_test(self, name: str, test: SelfTest) -> InstalledModel:
        """Keep what came of a self-test; returns the changed entry.

        Raises:
            NotInstalled: there is none of this name.
            CatalogError: the list cannot be read or written.
        """
        return self.change(name, self_test=test)

    def _own(self) -> Entries:
        return () if self._built_in is None else (self._built_in,)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One change at a time, across threads and programs."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._disk(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _read(self) -> Entries:
        path = self._folder / _FILE
        try:
            with path.open("rb") as stream:
                untrusted_bytes = stream.read(MAX_FILE_BYTES + 1)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._disk(error) from error
        try:
            return parse_list(untrusted_bytes)
        except FrameError as error:
            raise CatalogDamaged(cause=error.fields.get("cause", ""), path=path) from error

    def _write(self, listed: Entries) -> None:
        try:
            write_atomically(self._folder / _FILE, list_bytes(listed))
        except OSError as error:
            raise self._disk(error) from error

    def _disk(self, error: OSError) -> CatalogError:
        if error.errno in FULL:
            return NoRoomForList(folder=self._folder)
        return CatalogError(cause=(error.strerror or str(error)).lower())


def _entry(found: Inspection, *, added_at: float) -> InstalledModel:
    facts = found.facts
    defaults = EngineSettings()
    need = memory_need(
        facts.geometry,
        file_bytes=facts.size,
        context=defaults.context_tokens,
        batch=defaults.batch_tokens,
        cache_type=defaults.cache_type,
    )
    first = found.paths[0]
    stem = _PART.sub("", first.stem)
    return InstalledModel(
        name=_UNWANTED.sub("-", stem).strip("-.")[:MAX_NAME] or "model",
        title=facts.title or stem,
        path=first,
        size=facts.size,
        architecture=facts.architecture,
        layers=facts.geometry.layers,
        context_tokens=facts.context_tokens,
        quantisation=facts.quantisation,
        licence=facts.licence,
        sha256=found.sha256,
        added_at=added_at,
        warnings=facts.warnings,
        kv_overrides=facts.overrides or None,
        files=found.files,
        memory=need.own,
        profile=facts.profile,
        profile_title=facts.profile_title,
    )


def _free_name(wanted: str, taken: set[str]) -> str:
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in range(1, 2 + len(taken)))
    return next(name for name in names if name not in taken)
