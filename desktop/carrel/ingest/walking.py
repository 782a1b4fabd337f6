"""Which files of the paths a user names are added, and which of a folder are left out.

Must not know what the files mean.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from carrel.ingest.ignoring import Rules, is_working_tree, rules_of

MAX_WALKED_FILES: Final = 100_000
"""Files of one command. More is most likely a whole disk dropped by mistake."""

MOST_NAMED: Final = 3
"""Left-out names given as examples in one sentence."""


@dataclass(slots=True)
class Walk:
    """What was found below the paths named.

    Attributes:
        files: in a stable order; a path named outright is there whatever it is, so that its
            failure can be told.
        left_out: for each folder named, sentences about what of it is not added.
    """

    files: list[Path] = field(default_factory=list)
    left_out: list[tuple[Path, str]] = field(default_factory=list)


class Walking:
    """Walks while it is asked for the next file: ten thousand files are not waited for.

    Inside folders, hidden files and folders (those of version control are among them), links to
    folders, lock files of office programs, and what ``.gitignore`` names in a Git working tree
    are left out.

    Args:
        paths: files and folders, as named; a file is there whatever it is.

    Attributes:
        left_out: as `Walk.left_out`; complete when no file is left.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self.left_out: list[tuple[Path, str]] = []

    def __iter__(self) -> Iterator[Path]:
        found: set[Path] = set()
        for path in self._paths:
            if not path.is_dir():
                yield from _new(path, found)
                continue
            folder = _Folder()
            for file in _inside(path, folder):
                yield from _new(file, found)
                if len(found) >= MAX_WALKED_FILES:
                    folder.is_cut = True
                    break
            self.left_out += [(path, sentence) for sentence in folder.sentences()]


def _new(path: Path, found: set[Path]) -> Iterator[Path]:
    if path not in found:
        found.add(path)
        yield path


@dataclass(slots=True)
class _Folder:
    """What is left out of one folder named."""

    hidden: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    is_cut: bool = False

    def sentences(self) -> Iterator[str]:
        if self.hidden:
            yield f"{_those(self.hidden, 'hidden file or folder', 'hidden files or folders')}."
        if self.ignored:
            what = _those(self.ignored, "file or folder", "files or folders")
            yield f"{what[:-1]}, as .gitignore says)." if what.endswith(")") else f"{what}."
        if self.links:
            yield f"{_those(self.links, 'link to a folder', 'links to folders')}."
        if self.is_cut:
            yield f"Everything after the first {MAX_WALKED_FILES:,} files was left out."


def walk(paths: list[Path]) -> Walk:
    """The files named, and those inside the folders named; see `Walking`."""
    walking = Walking(paths)
    files = list(walking)
    return Walk(files, walking.left_out)


def _inside(top: Path, left_out: _Folder) -> Iterator[Path]:
    scopes: dict[Path, Rules | None] = {}
    unlisted: list[Path] = []
    # A folder that may not be listed is reported like a file that may not be read.
    for here, folders, names in os.walk(top, onerror=lambda error: _note(error, unlisted)):
        yield from unlisted
        unlisted.clear()
        folder = Path(here)
        rules = scopes.pop(folder, None)
        if is_working_tree(folder):
            rules = rules_of(folder, None)
        elif rules is not None:
            rules = rules_of(folder, rules)
        folders[:] = sorted(
            name for name in folders if _is_wanted(folder / name, rules, left_out, is_folder=True)
        )
        scopes.update({folder / name: rules for name in folders})
        for name in sorted(names):
            if _is_wanted(folder / name, rules, left_out, is_folder=False):
                yield folder / name
    yield from unlisted


def _note(error: OSError, unlisted: list[Path]) -> None:
    unlisted.append(Path(error.filename))


def _is_wanted(path: Path, rules: Rules | None, left_out: _Folder, *, is_folder: bool) -> bool:
    if path.name.startswith(".") or (path.name.startswith("~$") and not is_folder):
        left_out.hidden.append(path.name)
        return False
    if is_folder and path.is_symlink():
        left_out.links.append(path.name)
        return False
    if rules is not None and rules.leaves_out(path, is_folder=is_folder):
        left_out.ignored.append(path.name)
        return False
    return True


def _those(names: list[str], one: str, many: str) -> str:
    """``3 hidden files or folders were left out (.env, .git and 1 more)``."""
    examples = sorted(set(names))[:MOST_NAMED]
    more = len(names) - len(examples)
    said = ", ".join(examples) + (f" and {more:,} more" if more else "")
    if len(names) == 1:
        return f"1 {one} was left out ({said})"
    return f"{len(names):,} {many} were left out ({said})"
