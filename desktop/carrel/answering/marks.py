"""The marks an engine writes, taken out of its words as they stream.

Asked for is ``[3: "verbatim quote"]``. Engines also write curly or other quotes, ``【3: "…"】``,
``[3]``, ``[3, 5]``, ``[passage 3: …]``, quotes inside quotes, line ends inside a quote, two
quotes in one mark, and marks they never close. Whatever arrives, every character comes out
again, in order, either as words or as the raw text of a mark, and how the stream was cut into
pieces makes no difference. At most `MAX_MARK` characters are held back.

Pure; must not know passages: whether a number or quote is true is checked elsewhere.
"""

from dataclasses import dataclass
from typing import Final

import regex

MAX_MARK: Final = 1_200
"""Characters of one mark. The prompt asks for quotes of 40 words, some 250 characters."""

MAX_BARE: Final = 400
"""Characters of a quote without quotation marks; it must also stay on its line."""

_OPENING: Final = "[【［"
_CLOSING: Final = "]】］"
_DOUBLE: Final = '"“”„«»「」『』＂'
_SINGLE: Final = "'‘’‚‹›`"

_HEAD: Final = regex.compile(
    r"[\[【［]\s{0,2}(?i:passages?\s{1,2}|#|no\.\s{0,2})?(?P<number>[0-9]{1,3})"
    r"(?:\s{0,2}[,;，、]\s{0,2}(?i:passages?\s{1,2}|#)?(?P<number>[0-9]{1,3}))*+"
    r"\s{0,2}(?P<then>[\]】］:：])"
)
_NEXT: Final = regex.compile(
    r"\s{0,3}(?:(?P<close>[\]】］])"
    r"|[,;，、]\s{0,3}(?:(?P<quote>[\"“„«「『'‘])|(?P<number>[0-9]{1,3})\s{0,2}[:：]))"
)
"""What may follow the end of a quote: the end of the mark, another quote, another passage."""

_SPACE: Final = regex.compile(r"\s{0,3}")


@dataclass(frozen=True, slots=True)
class Said:
    """Words that are no mark."""

    text: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """A mark: a passage's number, counted from 1, and the words said to stand there.

    Attributes:
        quote: empty where the engine gave none.
        raw: the mark as it was written; of several made of one mark, only the first has it.
    """

    passage_number: int
    quote: str
    raw: str = ""


Piece = Said | Quoted


class MarkParser:
    """Takes a stream apart. One stream, one parser, one thread."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> list[Piece]:
        """The pieces that are certain now; what may still become a mark is held back."""
        return self._take(text, final=False)

    def finish(self) -> list[Piece]:
        """The rest, at the end of the stream; the parser can then be used again."""
        return self._take("", final=True)

    def _take(self, text: str, *, final: bool) -> list[Piece]:
        buffer = self._held + text
        pieces: list[Piece] = []
        words: list[str] = []
        at = 0
        while at < len(buffer):
            start = _next_opening(buffer, at)
            words.append(buffer[at:start])
            at = start
            if at == len(buffer):
                break
            mark = _read_mark(buffer[at : at + MAX_MARK], final=final)
            if mark is None:
                break
            if not mark.quotes:
                words.append(buffer[at])
                at += 1
                continue
            if said := "".join(words):
                pieces.append(Said(said))
            words.clear()
            raw = buffer[at : at + mark.length]
            for number, quote in mark.quotes:
                pieces.append(Quoted(number, quote, raw))
                raw = ""
            at += mark.length
        self._held = buffer[at:]
        if said := "".join(words):
            pieces.append(Said(said))
        return pieces


@dataclass(frozen=True, slots=True)
class _Mark:
    """A mark at the start of a text; without quotes it is none."""

    length: int = 0
    quotes: tuple[tuple[int, str], ...] = ()


_NO_MARK: Final = _Mark()


def _next_opening(text: str, at: int) -> int:
    return min(
        (found for sign in _OPENING if (found := text.find(sign, at)) >= 0), default=len(text)
    )


def _read_mark(text: str, *, final: bool) -> _Mark | None:
    """The mark that a text begins with, or None when more text is needed to tell.

    Args:
        text: begins with an opening bracket; at most MAX_MARK characters.
        final: no more text will come.
    """
    final = final or len(text) == MAX_MARK
    head = _HEAD.match(text, partial=not final)
    if head is None:
        return _NO_MARK
    if head.partial:
        return None
    numbers = [int(number) for number in head.captures("number")]
    if head["then"] in _CLOSING:
        return _Mark(head.end(), tuple((number, "") for number in numbers))
    quotes: list[tuple[int, str]] = []
    at = head.end()
    while True:
        found = _read_quote(text, at, final=final)
        if found is None or isinstance(found, _Mark):
            # What was already read of a mark that then breaks off still counts.
            return found if found is None or not quotes else _Mark(at, tuple(quotes))
        quote, at, numbers_next = found
        quotes += [(number, quote) for number in numbers]
        if numbers_next is None:
            return _Mark(at, tuple(quotes))
        numbers = numbers_next or numbers


def _read_quote(
    text: str, at: int, *, final: bool
) -> tuple[str, int, list[int] | None] | _Mark | None:
    """One quote of a mark.

    Returns:
        The quote, where it ends, and the numbers of the passages the next quote is from (empty:
        the same; None: the mark ends here). Or no mark, or None for more text needed.
    """
    space = _SPACE.match(text, at)
    start = space.end() if space else at
    if start >= len(text):
        return _NO_MARK if final else None
    if text[start] in _DOUBLE or text[start] in _SINGLE:
        closers = _DOUBLE if text[start] in _DOUBLE else _SINGLE
        return _read_quoted(text, start + 1, closers, final=final)
    for end in range(start, min(len(text), start + MAX_BARE)):
        if text[end] in _CLOSING:
            return text[start:end].strip(), end + 1, None
        if text[end] == "\n":
            return _NO_MARK
    return _NO_MARK if final or len(text) >= start + MAX_BARE else None


def _read_quoted(
    text: str, start: int, closers: str, *, final: bool
) -> tuple[str, int, list[int] | None] | _Mark | None:
    """A quote up to the quotation mark after which the mark ends or goes on.

    A quotation mark followed by anything else stands inside the quote. If none ends the mark,
    the first one is taken for the end, and the closing bracket for forgotten.
    """
    first: int | None = None
    end = start
    while end < len(text):
        sign = text[end]
        if (
            sign == "\n"
            and text[end + 1 : end + 2] in ("\n", "")
            and (final or end + 1 < len(text))
        ):
            break
        if sign in closers:
            after = _NEXT.match(text, end + 1, partial=not final)
            if after is not None and after.partial:
                return None
            if after is not None:
                return _continued(text, start, end, after)
            first = end if first is None else first
        end += 1
    else:
        if not final:
            return None
    if first is not None:
        return text[start:first], first + 1, None
    if end == len(text) and end > start and len(text) < MAX_MARK:
        # The stream ended inside the quote.
        return text[start:end], end, None
    return _NO_MARK


def _continued(
    text: str, start: int, end: int, after: "regex.Match[str]"
) -> tuple[str, int, list[int] | None]:
    quote = text[start:end]
    if after["close"]:
        return quote, after.end(), None
    if after["number"]:
        return quote, after.end(), [int(after["number"])]
    return quote, after.start("quote"), []
