"""What a folder says is not part of it: ``.gitignore`` files of a Git working tree.

The rules of gitignore(5): comments, negation, folders only, anchored and floating
patterns, ``**``; the last rule that matches decides, and what lies in a folder that is
left out cannot be taken back in. Must not know what the files mean.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAX_RULES_BYTES: Final = 256 * 1024
"""Bytes read of one file of rules; the longest we know have 20 KB."""

MAX_RULES: Final = 2_000
"""Rules of one file."""

MAX_PATTERN: Final = 300
"""Characters of one pattern, and at most MAX_STARS stars in it: matching stays quick."""

MAX_STARS: Final = 8

RULES_NAME: Final = ".gitignore"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a file of rules."""

    matches: re.Pattern[str]
    takes_back: bool
    folders_only: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one folder, after those of the folders above it.

    Attributes:
        folder: paths are taken relative to it.
        above: of the folder above, or None at the top of the working tree.
    """

    folder: Path
    rules: tuple[Rule, ...]
    above: "Rules | None" = None

    def leaves_out(self, path: Path, *, is_folder: bool) -> bool:
        """Whether a path directly below the folder these rules belong to is left out."""
        scope: Rules | None = self
        while scope is not None:
            name = path.relative_to(scope.folder).as_posix()
            for rule in reversed(scope.rules):
                if (is_folder or not rule.folders_only) and rule.matches.fullmatch(name):
                    return not rule.takes_back
            scope = scope.above
        return False


def is_working_tree(folder: Path) -> bool:
    """Whether a folder is the top of a Git working tree."""
    return (folder / ".git").exists()


def rules_of(folder: Path, above: Rules | None) -> Rules:
    """The rules of a folder; those Git keeps for the whole tree, too, at its top."""
    found: list[Rule] = []
    if above is None:
        found += _read(folder / ".git" / "info" / "exclude")
    found += _read(folder / RULES_NAME)
    return Rules(folder, tuple(found[:MAX_RULES]), above)


def _read(path: Path) -> list[Rule]:
    try:
        with path.open("rb") as stream:
            untrusted_text = stream.read(MAX_RULES_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    rules = (_rule(line) for line in untrusted_text.splitlines())
    return [rule for rule in rules if rule is not None]


def _rule(untrusted_line: str) -> Rule | None:
    line = untrusted_line
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    if not line or line.startswith("#") or len(line) > MAX_PATTERN:
        return None
    takes_back = line.startswith("!")
    line = line.removeprefix("!")
    folders_only = line.endswith("/")
    line = line.rstrip("/")
    if not line or line.count("*") > MAX_STARS:
        return None
    anchored = "/" in line
    line = line.removeprefix("/")
    if not anchored:
        line = f"**/{line}"
    try:
        return Rule(re.compile(_expression(line)), takes_back, folders_only)
    except re.error:
        return None


def _expression(pattern: str) -> str:
    """A pattern of gitignore(5) as a regular expression over a relative path."""
    out: list[str] = []
    at = 0
    while at < len(pattern):
        rest = pattern[at:]
        if rest.startswith("**/") and (at == 0 or pattern[at - 1] == "/"):
            out.append("(?:[^/]+/)*")
            at += 3
        elif rest == "**" and at and pattern[at - 1] == "/":
            out.append(".+")
            at += 2
        elif rest[0] == "*":
            out.append("[^/]*")
            at += len(rest) - len(rest.lstrip("*"))
        elif rest[0] == "?":
            out.append("[^/]")
            at += 1
        elif rest[0] == "[" and (found := re.match(r"\[([!^]?)(\]?[^\]]*)\]", rest)):
            inside = found[2].replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
            out.append(f"(?!/)[{'^' if found[1] else ''}{inside}]")
            at += found.end()
        elif rest[0] == "\\" and len(rest) > 1:
            out.append(re.escape(rest[1]))
            at += 2
        else:
            out.append(re.escape(rest[0]))
            at += 1
    return "".join(out)
