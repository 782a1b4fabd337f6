"""Packs in small blocks and parts, and media that go wrong, for tests of importing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from carrel.catalog import pack_script
from carrel.catalog.installed import Catalog
from carrel.catalog.manifest import Manifest, parse_manifest
from carrel.catalog.pack_script import MANIFEST_NAME
from carrel.catalog.packs import ImportOptions, import_path
from carrel.domain.installed import InstalledModel

BLOCK = 1 << 16
PART = 4 * BLOCK
"""The tiny file has about a megabyte: sixteen blocks in four parts."""


def make_pack(gguf: Path, out: Path | None, key: Path | None = None, part: int = PART) -> Path:
    """The folder of a pack."""
    made = pack_script.pack(gguf, out, key, part_bytes=part, block_bytes=BLOCK)
    return Path(made["manifest"]).parent


def manifest_of(pack: Path) -> Manifest:
    return parse_manifest((pack / MANIFEST_NAME).read_bytes())


def flip(path: Path, position: int) -> None:
    """Change one bit."""
    with path.open("r+b") as stream:
        stream.seek(position)
        byte = stream.read(1)[0]
        stream.seek(position)
        stream.write(bytes([byte ^ 1]))


def bring(catalog: Catalog, path: Path, cancelled: Any = None, **options: Any) -> InstalledModel:
    """Import without looking at the progress."""
    return import_path(
        catalog, path, lambda *_: None, cancelled or (lambda: False), ImportOptions(**options)
    )


def split(path: Path, folder: Path, parts: int) -> list[Path]:
    """Write the tiny file as numbered parts."""
    import build
    import gguf_writer as g

    whole = build.describe(1)
    names = list(whole.tensors)
    written = []
    for number in range(parts):
        part = g.GgufWriter()
        part.metadata = {
            **(whole.metadata if number == 0 else {}),
            "split.no": (2, number),
            "split.count": (2, parts),
            "split.tensors.count": (5, len(names)),
        }
        part.tensors = {name: whole.tensors[name] for name in names[number::parts]}
        written.append(folder / f"{path.stem}-{number + 1:05}-of-{parts:05}.gguf")
        part.write(written[-1])
    return written


KILLED = """
import os, signal, sys
from pathlib import Path
from carrel.catalog.installed import Catalog
from carrel.catalog.packs import import_path

left = int(sys.argv[3])

def last_moment() -> bool:
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return False

import_path(Catalog(Path(sys.argv[1])), Path(sys.argv[2]), lambda *_: None, last_moment)
"""


def import_until_killed(catalog: Catalog, pack: Path, moment: int) -> bool:
    """Import in another process, which gets SIGKILL at its so-manieth piece; whether it did."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", KILLED, catalog.folder, pack, str(moment)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode in {0, -9}, done.stderr
    return done.returncode == -9


def elsewhere(path: Path, name: str) -> Path:
    """A folder on another file system than the tests' own: what a medium is."""
    place = Path("/dev/shm") / f"carrel-{os.getpid()}-{name}"  # noqa: S108 - memory's file system
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    return place
