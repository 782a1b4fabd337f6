"""Where sentences end, in prose, in lists and in the rows of tables taken from pages.

A line of a table or list counts as a sentence of its own: it is what one would
quote. Must not know what the sentences are wanted for.
"""

import re
from typing import Final

import regex

from carrel.domain.documents import Span
from carrel.language.months import MONTHS

MAX_SENTENCE: Final = 700
"""Characters. Text without any punctuation (Thai, lists without line ends, hostile files) is cut
near here, at a space where there is one."""

_END: Final = regex.compile(
    r"(?P<latin>[.!?…]+[\"'”’»)\]]*(?=\s|\Z))"
    r"|(?P<mark>[。！？｡؟۔।॥։።។။]+[」』”’）)\]]*)"
    r"|(?P<blank>\n[ \t\r\f]*\n)"
    r"|(?P<line>\r?\n)",
    regex.VERSION1,
)
_ABBREVIATION_LIST: Final = (
    "mr mrs ms dr prof st jr sr inc corp co ltd llc no nos vs fig figs sec art vol pp p para "
    "approx dept est ext e.g i.e cf al etc jan feb mar apr jun jul aug sep sept oct nov dec "
    "u.s u.k u.n a.m p.m ph.d bros mfg gmbh bzw z.b d.h abs ca nr incl ref"
)
_ABBREVIATIONS: Final = frozenset(_ABBREVIATION_LIST.split())
_STARTER_LIST: Final = (
    "the in we our this it as for these those at on under during such if a an he she they"
)
_STARTERS: Final = frozenset(_STARTER_LIST.split())
_LAST_WORD: Final = re.compile(r"[\"'“(]*([^\s(\"“]+)\Z")
_NEXT_WORD: Final = re.compile(r"\s*[\"'“‘(\[]*(\S+)")
_NUMBER: Final = re.compile(r"\d[\d.,]*")
_ONLY_NUMBERS: Final = re.compile(r"[\s\d.,()$€£¥%—–\-+*/]*\d[\s\d.,()$€£¥%—–\-+*/]*\Z")
_LIST_ITEM: Final = re.compile(r"\s*(?:[•●▪◦‣·*–—-]\s|\(?[a-zA-Z0-9]{1,3}[.)]\s)")
_ROW_END: Final = re.compile(r"[\d)%—–-]\s*\Z")


def sentences(text: str) -> list[Span]:
    """The sentences of a text, in order, without the white space around them.

    Every character that is not white space lies in exactly one of them.
    """
    lines = _Lines(text)
    cuts: list[int] = []
    for found in _END.finditer(text):
        kind, end = found.lastgroup, found.end()
        if (
            kind in ("mark", "blank")
            or (kind == "latin" and _ends_sentence(text, found.start(), end))
            or (kind == "line" and lines.break_after(found.start()))
        ):
            cuts.append(end)
    spans: list[Span] = []
    start = 0
    for cut in [*cuts, len(text)]:
        spans.extend(_trimmed(text, start, cut))
        start = cut
    return spans


def _ends_sentence(text: str, start: int, end: int) -> bool:
    following = _NEXT_WORD.match(text, end)
    if following is None:
        return True
    first = following[1][0]
    if first.islower():
        return False
    if text[start] != ".":
        return True
    word = _LAST_WORD.search(text[max(0, start - 20) : start])
    if word is None:
        return True
    last = word[1].rstrip(".").casefold()
    if last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha()):
        return following[1].strip(",;:").casefold() in _STARTERS and last != "no"
    if last.isdigit() and len(last) <= 2 and following[1].rstrip(".,").casefold() in MONTHS:
        return False  # “am 3. Mai”
    # “1. Overview” at the start of a line is a numbered heading, not an end.
    return not (last.isdigit() and len(last) <= 2 and _starts_line(text, start - len(last)))


def _starts_line(text: str, at: int) -> bool:
    return not text[text.rfind("\n", 0, at) + 1 : at].strip()


class _Lines:
    """Which line ends also end a sentence.

    Lines of prose go on in the next line: they are about as long as the others. Rows of
    tables, headings and list items do not.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        lengths = sorted(len(line.strip()) for line in text.split("\n") if line.strip())
        self._typical = lengths[int(len(lengths) * 0.9)] if lengths else 0

    def break_after(self, at: int) -> bool:
        """Whether the line that ends at a place ends a sentence there."""
        text = self._text
        line = text[text.rfind("\n", 0, at) + 1 : at].strip()
        following_start = text.find("\n", at) + 1
        following_end = text.find("\n", following_start)
        following = text[following_start : following_end if following_end >= 0 else None].strip()
        if not line or not following:
            return True
        if _LIST_ITEM.match(following):
            return True
        if _ONLY_NUMBERS.match(following):
            # A label whose figures stand in the next line.
            return bool(_NUMBER.search(line)) and _ROW_END.search(line) is not None
        if "\t" in line or "\t" in following:
            return True
        if len(_NUMBER.findall(line)) >= 2 and _ROW_END.search(line):
            return not following[0].islower()
        if following[0].islower() or line[-1] in ",;&-(":
            return False
        return len(line) < 0.7 * self._typical


def _trimmed(text: str, start: int, end: int) -> list[Span]:
    """The range without surrounding white space, cut where it is too long."""
    found: list[Span] = []
    while start < end:
        while start < end and text[start].isspace():
            start += 1
        stop = end
        if end - start > MAX_SENTENCE:
            space = text.rfind(" ", start + MAX_SENTENCE // 2, start + MAX_SENTENCE)
            stop = space if space > 0 else start + MAX_SENTENCE
        last = stop
        while last > start and text[last - 1].isspace():
            last -= 1
        if last > start:
            found.append(Span(start, last))
        start = stop
    return found
