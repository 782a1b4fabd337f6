"""Compare every byte of an installed model with what was imported.

Must not know how an engine runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from carrel.catalog.installed import Catalog
from carrel.catalog.manifest import MAX_MANIFEST_BYTES, Manifest, parse_manifest
from carrel.catalog.pack_errors import PackError
from carrel.catalog.pack_script import MANIFEST_NAME
from carrel.catalog.rereading import OnBlock, reread
from carrel.domain.errors import FileError
from carrel.domain.installed import InstalledModel
from carrel.engine.errors import ShardError
from carrel.engine.files.parts import parts_of

MAX_NAMED: Final = 20
"""Damaged blocks named one by one."""

OnStep = Callable[[str, int, int], None]
"""Told the step, the bytes done and all bytes."""
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What came of it.

    Attributes:
        installed: the entry as it is listed now.
        damage: sentences that name what differs; empty when all is as imported.
    """

    installed: InstalledModel
    damage: tuple[str, ...]


def verify(catalog: Catalog, name: str, on_step: OnStep, cancelled: Cancelled) -> Verified:
    """Read an installed model's files whole and compare; blocks for as long as that takes.

    A sound model gets the time of this check, and its files are known by their present times of
    change again. A damaged one loses the time of its last check.

    Raises:
        NotInstalled: there is none of this name.
        CatalogError: the list cannot be read or written.
        LoadCancelled: it was stopped; the entry is unchanged.
    """
    entry = catalog.get(name)
    damage: list[str] = []
    changes: dict[str, object] = {"verified_at": 0.0}
    try:
        paths = parts_of(entry.path)
        damage += _sizes(entry, paths)
        manifest = _manifest(entry, paths)
        bad: list[str] = []
        found = reread(
            paths,
            block_bytes=manifest.block_bytes if manifest else 0,
            on_block=_comparing(manifest, bad) if manifest else lambda *_: None,
            on_bytes=lambda done: on_step("verifying", min(done, entry.size), entry.size),
            cancelled=cancelled,
        )
        if found.sha256 != entry.sha256:
            damage += bad[:MAX_NAMED]
            if len(bad) > MAX_NAMED:
                damage.append(f"{len(bad) - MAX_NAMED} more blocks are damaged.")
        if found.sha256 != entry.sha256 and not damage:
            damage.append(f"{_names(paths)} no longer holds the bytes that were imported.")
        changes = {"verified_at": time.time(), "files": found.files} if not damage else changes
    except (FileError, ShardError) as error:
        damage.append(error.failure.reason)
    return Verified(installed=catalog.change(name, **changes), damage=tuple(damage))


def _manifest(entry: InstalledModel, paths: tuple[Path, ...]) -> Manifest | None:
    """The manifest that lies beside the files, if it is about them.

    It only gives damage a place; whether there is damage, the listed SHA-256 says.
    """
    try:
        with (paths[0].parent / MANIFEST_NAME).open("rb") as stream:
            found = parse_manifest(stream.read(MAX_MANIFEST_BYTES + 1))
    except (OSError, PackError):
        return None
    same = [file.name for file in found.files] == [path.name for path in paths]
    return found if same and found.sha256 == entry.sha256 else None


def _comparing(manifest: Manifest, bad: list[str]) -> OnBlock:
    places = {(place.file, place.number): place for place in manifest.block_places()}

    def compare(file: int, number: int, digest: bytes) -> None:
        place = places.get((file, number))
        if place is not None and digest != manifest.files[file].blocks[number]:
            bad.append(f"“{manifest.files[file].name}” is damaged in {place.place_in_file}.")

    return compare


def _sizes(entry: InstalledModel, paths: tuple[Path, ...]) -> list[str]:
    """Files that cannot be the same because they are shorter or longer."""
    sentences = []
    for path, known in zip(paths, entry.files, strict=False):
        size = path.stat().st_size if path.is_file() else known.size
        if size != known.size:
            how = "shorter" if size < known.size else "longer"
            by = abs(size - known.size)
            sentences.append(f"“{path.name}” is {by:,} bytes {how} than when it was imported.")
    return sentences


def _names(paths: tuple[Path, ...]) -> str:
    return f"“{paths[0].name}”" if len(paths) == 1 else f"One of the {len(paths)} files"
