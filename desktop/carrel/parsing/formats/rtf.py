"""Rich text: the body in order, then notes, comments, margins and properties.

A permissive reader of its own. Embedded objects are named, pictures become documents of
their own, what else is not words is passed over; deleted text is not read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from carrel.parsing import remarks
from carrel.parsing.charset import clean
from carrel.parsing.errors import NoText, TooLarge, TooNested
from carrel.parsing.formats import rtf_tokens as rt
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source, one_line
from carrel.parsing.formats.inner_pictures import InnerPictures
from carrel.parsing.formats.opc import property_units
from carrel.parsing.formats.rtf_pictures import RtfPictures
from carrel.parsing.formats.sections import Line, heading_line, row_line, sections

MAX_BYTES: Final = 256 * 1024 * 1024
"""Bytes of a file; more than of other texts, because pictures stand in it as digits."""

MAX_GROUPS: Final = 2_000
"""Groups inside one another; real files have some twenty."""

MAX_FONTS: Final = 20_000
"""Fonts and styles of one document."""

MAX_EMBEDDED: Final = 20
"""Embedded files named one by one."""

PARAGRAPH_CHARACTERS: Final = 400_000
"""Code points after which a paragraph goes on as another; a page has 3,000."""

_MARGINS: Final = frozenset(
    ("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf")
)
_INFO: Final = {
    "title": "Title",
    "subject": "Subject",
    "author": "Author",
    "operator": "Last changed by",
    "keywords": "Keywords",
    "doccomm": "Description",
    "company": "Company",
    "category": "Category",
    "manager": "Manager",
}
_SKIPPED: Final = frozenset(
    (
        *("colortbl", "fldinst", "nonshppict", "shprslt", "xe", "tc", "rxe", "bkmkstart"),
        *("bkmkend", "revtbl", "filetbl", "listtable", "listoverridetable", "template", "buptim"),
        *("creatim", "revtim", "printim", "nonesttables", "sp", "do", "rsidtbl", "listpicture"),
    )
)
_DOUBLES: Final = frozenset(("nonshppict", "shprslt", "listpicture", "do", "template"))
_STARRED: Final = frozenset(
    (
        *("shpinst", "shppict", "annotation", "atnauthor", "objclass", "ud", "mmath", "moMath"),
        "moMathPara",
    )
)
"""Destinations marked as ignorable that hold words all the same."""


@dataclass(slots=True)
class _Flow:
    """A run of paragraphs: the body, one note, one margin."""

    put: Callable[[Line], None]
    parts: list[str] = field(default_factory=list)
    size: int = 0
    level: int = 0
    in_table: bool = False

    def say(self, text: str) -> None:
        if self.size >= PARAGRAPH_CHARACTERS and not "\ud800" <= self.parts[-1][-1:] < "\udc00":
            self.end()
        self.parts.append(text)
        self.size += len(text)

    def end(self, *, row: bool = False) -> None:
        """End the paragraph or table row."""
        # Characters beyond the first plane come as pairs of \u words.
        raw = "".join(self.parts).encode("utf-16-le", "surrogatepass")
        text = clean(raw.decode("utf-16-le", "replace")).rstrip("\t ")
        self.parts.clear()
        self.size = 0
        heading = self.level if text.strip() else 0
        if row:
            self.put(row_line(text, first=not self.in_table))
        else:
            self.put(heading_line(text, heading) if heading else Line(text))
        self.in_table = row


@dataclass(slots=True)
class _State:
    r"""What holds inside one group.

    Attributes:
        place: what the words are: ``text``, ``skip``, or the name of a table or property.
        is_double: whether pictures show what others show, in another form, or nobody sees them.
        skipped: characters that stand in for one after ``\u``.
    """

    flow: _Flow
    place: str = "text"
    charset: str = ""
    skipped: int = 1
    hidden: bool = False
    deleted: bool = False
    in_table: bool = False
    level: int = 0
    starred: bool = False
    is_double: bool = False


class RtfFormat:
    """RTF."""

    kinds = ("rtf",)
    parser = "rtf"
    version = 2

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """Sections of the body, then what stands beside it, then pictures."""
        if len(source.body) > MAX_BYTES:
            raise TooLarge
        pictures = InnerPictures(source, report)
        reader = _Reader(report, RtfPictures(pictures))
        found = False
        for unit in sections(reader.lines(source)):
            found = True
            yield unit
        for label, lines in reader.beside.items():
            for unit in sections(lines, title=label):
                found = True
                yield unit
        if found:
            yield from property_units(reader.properties, report)
        yield from pictures.members()
        if not (found or pictures.taken):
            if not pictures.listed:
                raise NoText
            report.remark(remarks.NO_TEXT)


class _Reader:
    def __init__(self, report: Report, pictures: RtfPictures) -> None:
        self._report = report
        self._pictures = pictures
        self._lines: list[Line] = []
        self._body = _Flow(self._lines.append)
        self._states = [_State(self._body)]
        self._charset = "cp1252"
        self._fonts: dict[int, str] = {}
        self._styles: dict[int, int] = {}
        self._default_font = 0
        self._number = 0
        self._charset_number = 0
        self._bytes = bytearray()
        self._to_skip = 0
        self._words: list[str] = []
        self._author = ""
        self._embedded = 0
        self.properties: list[Line] = []
        self.beside: dict[str, list[Line]] = {
            "Footnotes": [],
            "Endnotes": [],
            "Comments": [],
            "Headers and footers": [],
        }

    def lines(self, source: Source) -> Iterator[Line]:
        """The lines of the body; the rest lies in `beside` and `properties` after them."""
        for token in rt.tokens(source.body):
            self._take(token)
            if self._lines:
                yield from self._lines
                self._lines.clear()
            if len(self._states) == 1 and token.kind == rt.CLOSE:
                break  # what follows the last brace is not part of the document
        else:
            self._report.remark(remarks.REPAIRED)
        self._flush()
        while len(self._states) > 1:
            self._close()
        self._body.end()
        yield from self._lines

    def _take(self, token: rt.Token) -> None:
        match token.kind:
            case rt.TEXT | rt.HEX:
                text = token.text[self._to_skip :]
                self._to_skip -= len(token.text) - len(text)
                place = self._states[-1].place
                if place == "pict":
                    self._pictures.digits(token.text)
                elif place != "skip":
                    self._bytes += text
            case rt.BINARY:
                if self._states[-1].place == "pict":
                    self._pictures.bytes(token.text)
            case rt.WORD:
                self._word(token.word, token.number)
            case rt.SYMBOL:
                self._symbol(token.text)
            case rt.OPEN:
                self._flush()
                if len(self._states) >= MAX_GROUPS:
                    raise TooNested
                self._states.append(replace(self._states[-1], starred=False))
                self._to_skip = 0
            case rt.CLOSE:
                self._flush()
                self._to_skip = 0
                if len(self._states) > 1:
                    self._close()

    # ── characters ──────────────────────────────────────────────────────────

    def _flush(self) -> None:
        """Decode the bytes gathered so far: two of them may be one character."""
        if not self._bytes:
            return
        body, charset = bytes(self._bytes), self._states[-1].charset or self._charset
        self._bytes.clear()
        if charset == "symbol":
            self._say(rt.picture_font(body))
            return
        text = body.decode(charset, "replace")
        if "\ufffd" in text and self._states[-1].place == "text":
            self._report.remark(remarks.REPLACED_CHARACTERS)
        self._say(text)

    def _say(self, text: str) -> None:
        state = self._states[-1]
        if state.place == "skip" or (state.deleted and state.place == "text"):
            return
        if state.place != "text":
            if len(self._words) < MAX_FONTS:
                self._words.append(text)
            return
        if state.hidden and text.strip():
            self._report.remark(remarks.HIDDEN_TEXT)
        state.flow.say(text)

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._states[-1].starred = True
        elif symbol in {b"\r", b"\n"}:
            self._flush()
            self._paragraph()
        elif self._to_skip:
            self._to_skip -= 1
        else:
            self._flush()
            self._say(rt.SYMBOLS.get(symbol, ""))

    # ── control words ───────────────────────────────────────────────────────

    def _word(self, word: str, number: int | None) -> None:
        state = self._states[-1]
        if word == "u":
            self._flush()
            self._say(chr((number or 0) & 0xFFFF))
            self._to_skip = state.skipped
        elif word in rt.CHARACTERS:
            self._flush()
            self._say(rt.CHARACTERS[word])
        elif state.starred and word not in _STARRED:
            state.place, state.starred, state.is_double = "skip", False, True
        elif word == "pict":
            state.place = "skip" if state.is_double else "pict"
        elif state.place == "pict":
            self._pictures.word(word)
        elif word in _SKIPPED:
            state.place = "skip"
            state.is_double |= word in _DOUBLES
        elif state.place != "skip" or word == "ud":
            self._flush()
            self._format(word, 0 if number is None else number, on=number != 0)

    def _format(self, word: str, number: int, *, on: bool) -> None:
        state = self._states[-1]
        match word:
            case "par" | "sect" | "row" | "nestrow":
                self._paragraph(row=word.endswith("row"))
            case "cell" | "nestcell":
                self._say("\t")
            case "f":
                self._number = number
                if state.place != "fonttbl":
                    state.charset = self._fonts.get(number, "")
            case "s":
                self._number = number
                state.level = self._styles.get(number, 0)
            case "plain":
                state.hidden = state.deleted = False
                state.charset = self._fonts.get(self._default_font, "")
            case "pard":
                state.level, state.in_table = 0, False
            case "intbl":
                state.in_table = True
            case "v":
                state.hidden = on
            case "deleted":
                state.deleted = on
                self._report.remark(remarks.TRACKED_CHANGES)
            case "revised" if on:
                self._report.remark(remarks.TRACKED_CHANGES)
            case "outlinelevel" if number < 9:
                state.level = number + 1
                if state.place == "stylesheet":
                    self._learn_style(self._number, state.level)
            case "uc":
                state.skipped = min(max(number, 0), 16)
            case _:
                self._destination(word, number)

    def _destination(self, word: str, number: int) -> None:
        """A word that says what its group, or the whole document, is."""
        state = self._states[-1]
        state.starred = False
        if word in _MARGINS:
            self._begin(self.beside["Headers and footers"])
        elif word in _INFO:
            state.place, self._words = f"info {word}", []
        match word:
            case "fonttbl" | "stylesheet":
                state.place, self._words = word, []
            case "fcharset" if state.place == "fonttbl":
                self._charset_number = number
                self._learn_font("symbol" if number == rt.SYMBOL_CHARSET else _charset(number))
            case "cpg" if state.place == "fonttbl":
                self._learn_font(_codec(number))
            case "ansicpg":
                self._charset = _codec(number) or self._charset
            case "mac" | "pc" | "pca":
                self._charset = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
            case "deff":
                self._default_font = number
            case "footnote":
                self._begin(self.beside["Footnotes"])
            case "ftnalt":
                # Stands inside the footnote it makes an endnote.
                state.flow.put = self.beside["Endnotes"].append
            case "annotation":
                self._begin(self.beside["Comments"], author=self._author)
            case "atnauthor" | "objclass":
                state.place, self._words = word, []
            case "upr":
                state.place = "skip"
            case "ud":
                state.place = "text"

    def _learn_font(self, charset: str) -> None:
        if len(self._fonts) < MAX_FONTS and charset:
            self._fonts[self._number] = charset

    def _learn_style(self, number: int, level: int) -> None:
        if len(self._styles) < MAX_FONTS and level:
            self._styles[number] = level

    def _begin(self, kept: list[Line], *, author: str = "") -> None:
        """Words from here to the end of the group belong elsewhere than to the body."""
        state = self._states[-1]
        state.flow, state.place = _Flow(kept.append), "text"
        state.in_table, state.level, state.hidden = False, 0, False
        if author:
            state.flow.say(f"{author}: ")
            self._author = ""

    def _paragraph(self, *, row: bool = False) -> None:
        state = self._states[-1]
        if state.place != "text":
            return
        if state.in_table and not row:
            state.flow.say(" ")
            return
        state.flow.level = 0 if row else state.level
        state.flow.end(row=row)

    # ── ends of groups ──────────────────────────────────────────────────────

    def _close(self) -> None:
        state = self._states.pop()
        above = self._states[-1]
        if state.flow is not above.flow:
            state.flow.end()
        if state.place == "pict" and above.place != "pict":
            self._pictures.end()
            return
        words = one_line(clean("".join(self._words)), 500)
        if state.place == "stylesheet" and above.place == "stylesheet":
            self._end_style(words.rstrip(";").lower())
            self._words = []
        elif state.place != above.place and state.place not in {"skip", "text"}:
            self._end_words(state.place, words)
            self._words = []

    def _end_style(self, name: str) -> None:
        number = name.removeprefix("heading ")
        if name == "title" or (number != name and number.isdecimal() and len(number) == 1):
            self._learn_style(self._number, 1 if name == "title" else max(int(number), 1))

    def _end_words(self, place: str, words: str) -> None:
        if place == "atnauthor":
            self._author = words
        elif place == "objclass":
            self._embedded += 1
            if self._embedded <= MAX_EMBEDDED:
                self._report.remark(remarks.EMBEDDED, name=words or "object")
        elif place.startswith("info ") and words:
            self.properties.append(Line(f"{_INFO[place[5:]]}: {words}"))


def _charset(number: int) -> str:
    return rt.CHARSETS.get(number, "")


def _codec(number: int) -> str:
    """A code page by number, if Python knows it as a set of characters."""
    if number in {0, 1, 42}:
        return ""
    name = {10000: "mac_roman", 65001: "utf-8", 936: "gb18030", 708: "iso8859_6"}.get(number)
    try:
        "".encode(name or f"cp{number}")
    except LookupError:
        return ""
    return name or f"cp{number}"
