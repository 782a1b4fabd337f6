"""Where in JSON, YAML and XML the keys above a line stand, as headings over the text as it is.

Nothing is evaluated: no entity, anchor or reference is followed, and text that
breaks the rules of its kind is still text. Must not know units.
"""

import re
from collections.abc import Iterator
from typing import Final, Protocol

from carrel.language.passages import Heading
from carrel.parsing.formats.base import one_line

MAX_LEVEL: Final = 4
"""Levels of keys that are told; a longer path fits no citation."""

MAX_HEADINGS: Final = 300
"""Headings of one unit: more than it has passages; further ones would only slow the splitter."""

MAX_STACK: Final = 10_000
"""Brackets inside one another that are kept in mind."""

KEY_CHARACTERS: Final = 80
"""Code points of a key that are told."""

LONG_LINE: Final = 2_000
"""Code points of the first line from which on JSON counts as written for machines."""

# Quantifiers that never go back: otherwise a string takes a hundred bytes for each letter.
_JSON: Final = re.compile(r'"(?:[^"\\\n]++|\\.)*+"|[{}\[\]:,]')
_JSON_TOKEN: Final = re.compile(r'"(?:[^"\\\n]++|\\.)*+"?|[{}\[\],:]|[^"{}\[\],:\s]+')
_YAML: Final = re.compile(
    r"( *)((?:- +)*)([^\s#:&*!|>'\"\[{-][^:#]{0,200}|'[^']*'|\"[^\"]*\"):(\s.*)?$"
)
_XML: Final = re.compile(r"<(/?)([A-Za-z_][\w.:-]*)|/>")
_XML_NAME: Final = re.compile(r"\s(?:id|name|key|xml:id)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_XML_UNSEEN: Final = re.compile(r"<!--|<!\[CDATA\[")


class Paths(Protocol):
    """Finds the headings of one unit after the other; remembers what is open."""

    def find(self, lines: list[str]) -> Iterator[Heading]:
        """Headings of the next lines, at most MAX_HEADINGS."""
        ...


def paths_of(kind: str) -> Paths | None:
    """What finds the keys in text of a kind; None where there are none."""
    match kind:
        case "json":
            return _JsonPaths()
        case "yaml":
            return _YamlPaths()
        case "xml":
            return _XmlPaths()
    return None


def _limited(found: Iterator[Heading]) -> Iterator[Heading]:
    for count, heading in enumerate(found):
        if count < MAX_HEADINGS:
            yield heading


class _JsonPaths:
    def __init__(self) -> None:
        self._open: list[tuple[str, int]] = []  # each bracket and how many values it has had
        self._word = self._key = ""

    def find(self, lines: list[str]) -> Iterator[Heading]:
        return _limited(self._find(lines))

    def _find(self, lines: list[str]) -> Iterator[Heading]:
        start = 0
        for line in lines:
            for found in _JSON.finditer(line):
                heading = self._take(found[0])
                if heading:
                    yield Heading(start + found.start(), len(self._open) - 1, heading)
            start += len(line) + 1

    def _take(self, mark: str) -> str:
        """The words of a heading, if one begins."""
        match mark:
            case "{" | "[":
                name = self._key
                if not name and mark == "{" and self._open and self._open[-1][0] == "[":
                    name = f"[{self._open[-1][1]}]"
                self._key = ""
                if len(self._open) < MAX_STACK:
                    self._open.append((mark, 0))
                return name if 2 <= len(self._open) <= MAX_LEVEL + 1 else ""
            case "}" | "]":
                if self._open:
                    self._open.pop()
                self._key = ""
            case ",":
                self._key = ""
                if self._open:
                    bracket, count = self._open[-1]
                    self._open[-1] = (bracket, count + 1)
            case ":":
                self._key = one_line(self._word, KEY_CHARACTERS)
            case _:
                self._word = mark[1:-1]
        return ""


class _YamlPaths:
    def __init__(self) -> None:
        self._indents: list[int] = []

    def find(self, lines: list[str]) -> Iterator[Heading]:
        return _limited(self._find(lines))

    def _find(self, lines: list[str]) -> Iterator[Heading]:
        start = 0
        for line in lines:
            found = _YAML.match(line)
            if found:
                indent = len(found[1]) + len(found[2])
                while self._indents and self._indents[-1] >= indent:
                    self._indents.pop()
                self._indents.append(indent)
                value = (found[4] or "").strip()
                if len(self._indents) <= MAX_LEVEL and (not value or value.startswith("#")):
                    name = one_line(found[3].strip("'\""), KEY_CHARACTERS)
                    yield Heading(start + found.start(3), len(self._indents), name)
            start += len(line) + 1


class _XmlPaths:
    def __init__(self) -> None:
        self._depth = 0
        self._unseen = ""  # what ends a comment or raw text that has begun

    def find(self, lines: list[str]) -> Iterator[Heading]:
        return _limited(self._find(lines))

    def _find(self, lines: list[str]) -> Iterator[Heading]:
        start = 0
        for line in lines:
            seen = self._seen(line)
            for found in _XML.finditer(seen):
                if found[1] or not found[2]:  # an end, or the end of an element without content
                    self._depth = max(self._depth - 1, 0)
                    continue
                inside = seen[found.end() :].partition(">")[0]
                if 1 <= self._depth <= MAX_LEVEL and not inside.endswith("/"):
                    about = _XML_NAME.search(inside)
                    words = f"{found[2]} {(about[1] or about[2] or '') if about else ''}"
                    yield Heading(start + found.start(), self._depth, one_line(words, 80))
                self._depth += 1
            start += len(line) + 1

    def _seen(self, line: str) -> str:
        """The line with blanks in place of comments and raw text."""
        parts: list[str] = []
        at = 0
        while at < len(line):
            if self._unseen:
                end = line.find(self._unseen, at)
                stop = len(line) if end < 0 else end + len(self._unseen)
                self._unseen = self._unseen if end < 0 else ""
                parts.append(" " * (stop - at))
            else:
                found = _XML_UNSEEN.search(line, at)
                stop = found.end() if found else len(line)
                if found:
                    self._unseen = "-->" if found[0] == "<!--" else "]]>"
                parts.append(line[at : found.start() if found else stop])
                parts.append(" " * (stop - found.start()) if found else "")
            at = stop
        return "".join(parts)


def laid_out(text: str) -> str | None:
    """JSON written for machines, on lines; no token is changed. None where it has lines already."""
    if text.lstrip()[:1] not in {"{", "["} or len(text.lstrip().partition("\n")[0]) < LONG_LINE:
        return None
    parts: list[str] = []
    depth = 0
    last = ""
    for found in _JSON_TOKEN.finditer(text):
        token = found[0]
        if token in {"}", "]"}:
            depth = max(depth - 1, 0)
            if last not in {"{", "["}:
                parts.append("\n" + " " * min(depth, MAX_LEVEL * 4))
        elif last in {"{", "["} or last == ",":
            parts.append("\n" + " " * min(depth, MAX_LEVEL * 4))
        elif last == ":":
            parts.append(" ")
        elif last in {"}", "]"} and token in {"{", "["}:
            parts.append("\n")  # one value after another, as in logs
        parts.append(token)
        depth += token in {"{", "["}
        last = token
    return "".join(parts)
