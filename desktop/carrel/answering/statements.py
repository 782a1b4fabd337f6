"""The sentences of an answer, with the marks that belong to each.

Works on the answer's Markdown: a row of a table, an item of a list and a heading are
sentences of their own, code is none. A mark behind a full stop belongs to the sentence before
it. Pure; must not know what the marks mean.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import regex

from carrel.answering.passages import LOOP_NOTE
from carrel.language.sentences import sentences

MAX_ANSWER: Final = 60_000
"""Characters of an answer that are looked at; an answer has some 8,000 at most."""

HEADING_WORDS: Final = 12
"""Words of a bold line beyond which it is a sentence."""

_MARK: Final = regex.compile(r"\[([1-9][0-9]{0,2})\](?!\()")
_FENCE: Final = regex.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING: Final = regex.compile(r" {0,3}#{1,6}(?:\s|\Z)")
_RULE: Final = regex.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})\Z")
_PREFIX: Final = regex.compile(r"[ \t]*(?:>[ \t]?)*")
_ITEM: Final = regex.compile(r"[ \t]*(?:[-*+•]|[0-9]{1,3}[.)])[ \t]+")
_TABLE_RULE: Final = regex.compile(r"[ \t]*\|?[ \t:|-]*-[ \t:|-]*\Z")
_TARGET: Final = regex.compile(r"\]\([^()\s]*\)")
_MARKUP: Final = regex.compile(
    r"\\(?=[!-/:-@\[-`{-~])|\*+|~~|`+|(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])"
)
_BOLD_LINE: Final = regex.compile(r"(?:\*\*|__)[^*_]+(?:\*\*|__):?\Z")
_NOT_SAID: Final = regex.compile(
    r"(?i)\b(?:(?:do|does|did)(?: not|n't)|(?:can|could)(?:not|n't| not)) "
    r"(?:\w+ ){0,2}?(?:say|state|mention|contain|specify|provide|disclose|include|hold|give|answer"
    r"|name|report|address|indicate|tell|find|determine|be (?:found|determined|answered))\b"
    r"|\b(?:is|are|was|were) not (?:\w+ )?(?:stated|mentioned|disclosed|specified|given|reported"
    r"|provided|found|named|in the (?:documents?|passages?))\b"
    r"|\bno (?:\w+ )?(?:information|mention|statement|evidence|passages?|answer)\b"
    r"|\bnicht (?:\w+ )?(?:erwähnt|genannt|angegeben|enthalten)\b"
    r"|\b(?:dokumente?|unterlagen|passagen) (?:\w+ ){0,3}(?:nicht|keine)\b"
    r"|\bne (?:dis|mentionn|précis|contienn|indiqu)\w*.{0,20}\bpas\b"
    r"|\bno (?:dice|dicen|menciona|mencionan|indica|indican|contiene|contienen)\b"
    r"|\bне (?:сказано|указан\w*|говор\w+|упомина\w+|содерж\w+)\b"
    r"|没有(?:说明|提到|提及)|未(?:提及|说明|提到)|文件中没有|لا (?:تذكر|تقول|يذكر)",
)
_OURS: Final = (
    LOOP_NOTE,
    "The documents do not say.",
    "No passage comes close enough to this question to be shown as an answer.",
)
_LETTER: Final = regex.compile(r"[\p{L}\p{N}]")
_NUMBERING: Final = regex.compile(
    r"\s*\(?(?:[0-9]{1,3}(?:\.[0-9]{1,3}){0,5}|\p{L}|[ivx]{1,5})(?:\s?[.)]){1,2}\s*"
)
"""The number of a clause, which is no sentence though a full stop ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of an answer.

    Attributes:
        start, end: code points of the answer's text, marks included.
        words: what it says, without markup and marks.
        marks: the numbers of its marks, in order.
        block: sentences with the same number stand in one paragraph, item or row.
        introduces: it ends its paragraph with a colon, or is a heading.
        negates: it says that something is not said.
    """

    start: int
    end: int
    words: str
    marks: tuple[int, ...]
    block: int
    introduces: bool = False
    negates: bool = False


def answer_sentences(text: str) -> list[Sentence]:
    """The sentences of an answer, in order."""
    text = text[:MAX_ANSWER]
    found: list[Sentence] = []
    for block, (kind, start, end) in enumerate(_blocks(text)):
        found += _of_block(text, kind, start, end, block)
    return found


def says_nothing(sentence: Sentence) -> bool:
    """Whether a sentence claims nothing: it introduces, asks, or is a note of ours."""
    words = " ".join(sentence.words.split())
    return (
        sentence.introduces
        or words.endswith(("?", "？", "؟"))
        or any(words == " ".join(_shadow(ours)[0].split()) for ours in _OURS)
    )


def _blocks(text: str) -> Iterator[tuple[str, int, int]]:
    """Headings, rows and paragraphs: what each is, and its range of the text."""
    fence = ""
    paragraph: tuple[int, int] | None = None
    rows = 0
    at = 0
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        prefix = _PREFIX.match(line)
        inner = prefix.end() if prefix else 0
        body = line[inner:].rstrip("\r\n")
        end = start + inner + len(body)
        opening = _FENCE.match(body)
        if fence:
            fence = "" if opening and opening[1].startswith(fence) else fence
            continue
        item = _ITEM.match(line[inner:])
        breaks = bool(
            opening or not body.strip() or item or _HEADING.match(body) or _RULE.match(body)
        )
        row = body.lstrip().startswith("|")
        if paragraph is not None and (breaks or row):
            yield ("paragraph", *paragraph)
            paragraph = None
        rows = rows + 1 if row else 0
        if opening:
            fence = opening[1][:3]
        elif not body.strip() or _RULE.match(body):
            continue
        elif row:
            if rows > 2 or (rows == 2 and not _TABLE_RULE.match(body)):
                yield "row", start + inner, end
        elif _HEADING.match(body):
            yield "heading", start + inner, end
        else:
            first = start + inner + (item.end() if item else 0)
            paragraph = (first if paragraph is None else paragraph[0], end)
    if paragraph is not None:
        yield ("paragraph", *paragraph)


def _of_block(text: str, kind: str, start: int, end: int, block: int) -> Iterator[Sentence]:
    shadow, marks = _shadow(text[start:end])
    raw = text[start:end].strip()
    spans = [(0, len(shadow))] if kind != "paragraph" else [*sentences(shadow)]
    spans = [span for span in spans if _LETTER.search(shadow, *span)]
    if len(spans) > 1 and _NUMBERING.fullmatch(shadow, *spans[0]):
        spans[:2] = [(spans[0][0], spans[1][1])]
    titles = kind == "heading" or (
        bool(_BOLD_LINE.match(raw)) and len(raw.split()) <= HEADING_WORDS and not marks
    )
    for place, (low, high) in enumerate(spans):
        # A mark behind a sentence is its own; those before the first one belong to it.
        from_ = 0 if place == 0 else low
        until = spans[place + 1][0] if place + 1 < len(spans) else len(shadow)
        own = [(at, number) for at, number in marks if from_ <= at < until]
        last = max([high, *(at + len(f"[{number}]") for at, number in own)])
        words = shadow[low:high].strip()
        ends_block = place + 1 == len(spans)
        yield Sentence(
            start=start + low,
            end=start + last,
            words=words,
            marks=tuple(dict.fromkeys(number for _, number in own)),
            block=block,
            introduces=titles or (ends_block and words.endswith((":", "：")) and not own),
            negates=bool(_NOT_SAID.search(words)),
        )


def _shadow(text: str) -> tuple[str, list[tuple[int, int]]]:
    """A text of the same length without markup and marks, and where the marks stood."""
    marks = [(found.start(), int(found[1])) for found in _MARK.finditer(text)]
    shadow = _MARK.sub(_blank, text)
    shadow = _TARGET.sub(_blank, shadow)
    shadow = _MARKUP.sub(_blank, shadow)
    return regex.sub(r"\n[ \t]*(?:>[ \t]?)+", _blank, shadow), marks


def _blank(match: "regex.Match[str]") -> str:
    return " " * len(match[0])
