"""The numbers Word puts before paragraphs: they stand nowhere in the text (ECMA-376 part 1, 17.9).

Must not know words.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

MAX_LISTS: Final = 20_000
"""Definitions of lists; a document has some ten."""

MAX_LEVELS: Final = 9
"""Levels of a list."""

LABEL_CHARACTERS: Final = 40
"""Code points of one number."""

_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(slots=True)
class _Level:
    form: str = "decimal"
    text: str = ""
    start: int = 1
    style: str = ""
    legal: bool = False


@dataclass(slots=True)
class _List:
    levels: dict[int, _Level] = field(default_factory=dict)
    counts: list[int] = field(default_factory=list)


class Numbers:
    """Counts the paragraphs of a document's lists, in order.

    Args:
        numbering: the root of the numbering part, None where there is none.
        styles: the root of the styles part, likewise.
        local: an element's name if it is a WordprocessingML one.
        attribute: its attribute of that namespace.
    """

    def __init__(self, numbering: Any, styles: Any, local: Any, attribute: Any) -> None:  # noqa: ANN401
        self._local, self._attribute = local, attribute
        self._kinds: dict[str, _List] = {}
        self._lists: dict[str, str] = {}
        self._restarts: dict[str, dict[int, int]] = defaultdict(dict)
        self._by_style: dict[str, tuple[str, int]] = {}
        for element in numbering if numbering is not None else ():
            match local(element):
                case "abstractNum" if len(self._kinds) < MAX_LISTS:
                    self._kinds[attribute(element, "abstractNumId")] = self._kind(element)
                case "num" if len(self._lists) < MAX_LISTS:
                    self._list(element)
        if self._lists and styles is not None:
            self._read_styles(styles)

    def label(self, paragraph_properties: Any | None, style: str) -> str:  # noqa: ANN401
        """The number of the next paragraph, empty for one in no list and for bullets."""
        given, level, kind = self._place(paragraph_properties, style)
        if given is None or kind is None:
            return ""
        for inner, start in sorted(self._restarts.pop(given, {}).items()):
            if inner <= level:
                _begin(kind, inner)
                kind.counts.append(start - (inner == level))
        return _counted(kind, level)

    def bullet(self, paragraph_properties: Any | None, style: str) -> int:  # noqa: ANN401
        """How deep a paragraph stands in a list of bullets, from 1; 0 for one in none."""
        _, level, kind = self._place(paragraph_properties, style)
        return level + 1 if kind is not None and kind.levels[level].form == "bullet" else 0

    def _place(
        self,
        properties: Any | None,  # noqa: ANN401
        style: str,
    ) -> tuple[str | None, int, _List | None]:
        """The list a paragraph is in, its level there, and what is known of it."""
        if not self._lists:
            return None, 0, None
        given, level = self._given(properties)
        if given is None and style in self._by_style:
            given, level = self._by_style[style]
        kind = self._kinds.get(self._lists.get(given or "", ""))
        return given, level, kind if kind is not None and level in kind.levels else None

    def _given(self, properties: Any | None) -> tuple[str | None, int]:  # noqa: ANN401
        for part in properties if properties is not None else ():
            if self._local(part) == "numPr":
                return self._number(part)
        return None, 0

    def _number(self, element: Any) -> tuple[str | None, int]:  # noqa: ANN401
        given, level = None, 0
        for part in element:
            match self._local(part):
                case "numId":
                    given = self._attribute(part, "val")
                case "ilvl":
                    level = _small(self._attribute(part, "val"))
        return given, level

    def _kind(self, element: Any) -> _List:  # noqa: ANN401
        found = _List()
        for part in element:
            number = _small(self._attribute(part, "ilvl"))
            if self._local(part) != "lvl" or number >= MAX_LEVELS:
                continue
            level = _Level()
            for fact in part:
                value = self._attribute(fact, "val")
                match self._local(fact):
                    case "numFmt":
                        level.form = value
                    case "lvlText":
                        level.text = value[:LABEL_CHARACTERS]
                    case "start":
                        level.start = _small(value)
                    case "pStyle":
                        level.style = value
                    case "isLgl":
                        level.legal = value not in {"0", "false"}
            found.levels[number] = level
        return found

    def _list(self, element: Any) -> None:  # noqa: ANN401
        name = self._attribute(element, "numId")
        for part in element:
            match self._local(part):
                case "abstractNumId":
                    self._lists[name] = self._attribute(part, "val")
                case "lvlOverride":
                    level = _small(self._attribute(part, "ilvl"))
                    kind = self._kinds.get(self._lists.get(name, ""))
                    for fact in part:
                        if self._local(fact) == "startOverride" and kind and level in kind.levels:
                            self._restarts[name][level] = _small(self._attribute(fact, "val"))

    def _read_styles(self, styles: Any) -> None:  # noqa: ANN401
        based_on: dict[str, str] = {}
        for style in styles:
            if self._local(style) != "style":
                continue
            name = self._attribute(style, "styleId")
            for part in style:
                if self._local(part) == "basedOn":
                    based_on[name] = self._attribute(part, "val")
                elif self._local(part) == "pPr":
                    given, level = self._given(part)
                    if given is not None:
                        self._by_style[name] = (given, self._level_of(given, name, level))
        for name, parent in based_on.items():
            if parent in self._by_style:
                given, level = self._by_style[parent]
                self._by_style.setdefault(name, (given, self._level_of(given, name, level)))

    def _level_of(self, given: str, style: str, otherwise: int) -> int:
        kind = self._kinds.get(self._lists.get(given, ""))
        levels = kind.levels if kind is not None else {}
        return next((n for n, level in levels.items() if level.style == style), otherwise)


def _begin(kind: _List, level: int) -> None:
    """Forget the counts from a level on; a level above that was skipped counts as begun."""
    del kind.counts[level:]
    while len(kind.counts) < level:
        kind.counts.append(kind.levels.get(len(kind.counts), _Level()).start)


def _counted(kind: _List, level: int) -> str:
    counts, levels = kind.counts, kind.levels
    del counts[level + 1 :]
    if len(counts) <= level:
        _begin(kind, level)
        counts.append(levels[level].start - 1)
    counts[level] += 1
    form = levels[level]
    if form.form in {"bullet", "none"}:
        return ""
    label = form.text
    for number in range(min(level, MAX_LEVELS - 1), -1, -1):
        shape = "decimal" if form.legal else levels.get(number, _Level()).form
        label = label.replace(f"%{number + 1}", _shaped(counts[number], shape))
    return label.strip()[:LABEL_CHARACTERS]


def _shaped(number: int, form: str) -> str:
    match form:
        case "lowerLetter" | "upperLetter" if number > 0:
            # After z come aa, bb, cc.
            letter = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 10)
            return letter if form[0] == "l" else letter.upper()
        case "lowerRoman" | "upperRoman" if 0 < number < 4000:
            return roman(number) if form[0] == "l" else roman(number).upper()
        case "decimalZero":
            return f"{number:02}"
        case "none" | "bullet":
            return ""
    return str(number)


def roman(number: int) -> str:
    """``iv`` for 4."""
    letters = ""
    for value, sign in _ROMAN:
        while number >= value:
            letters += sign
            number -= value
    return letters


def _small(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
