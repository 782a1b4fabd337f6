"""The files a model consists of: one, or the numbered parts of one folder.

Opens each file once; what was checked is then what is loaded, whatever happens
to the name. Must not know what is inside.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from carrel.domain.errors import FileError, FolderNamed
from carrel.domain.installed import FileIdentity
from carrel.engine.errors import ShardError

MAX_PARTS: Final = 999
"""Parts of one model; real ones come in at most nine."""

_NUMBERED: Final = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf\Z")


def parts_of(path: Path) -> tuple[Path, ...]:
    """All files of the model that ``path`` belongs to, in their order.

    Raises:
        ShardError: a part is missing; the sentence names it.
    """
    found = _NUMBERED.match(path.name)
    if found is None:
        return (path,)
    count = int(found["count"])
    if not 1 <= count <= MAX_PARTS:
        raise ShardError(fault=f"the name speaks of {count} parts")
    parts = tuple(
        path.with_name(f"{found['stem']}-{number:05}-of-{count:05}.gguf")
        for number in range(1, count + 1)
    )
    missing = [part.name for part in parts if not part.exists()]
    if missing and path.exists():
        raise ShardError(fault=f"“{missing[0]}” is missing")
    return parts


class OpenParts:
    """The open files of a model.

    Attributes:
        paths: their names when they were opened.
        descriptors: to read from and to pass on.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)
        self.descriptors: list[int] = []
        try:
            for path in self.paths:
                self.descriptors.append(_open(path))
        except FileError:
            self.close()
            raise

    def identities(self) -> tuple[FileIdentity, ...]:
        """Size and time of change of each."""
        stats = [os.fstat(descriptor) for descriptor in self.descriptors]
        return tuple(FileIdentity(stat.st_size, stat.st_mtime_ns) for stat in stats)

    def close(self) -> None:
        """Let go of the files."""
        for descriptor in self.descriptors:
            with suppress(OSError):
                os.close(descriptor)
        self.descriptors.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open(path: Path) -> int:
    if path.is_dir():
        raise FolderNamed(name=path.name)
    if path.exists() and not path.is_file():
        raise FileError(name=path.name, cause="it is not an ordinary file")
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise FileError(name=path.name, cause=(error.strerror or str(error)).lower()) from error
