"""What was checked of an answer, on the page: marked sentences, and the lines below them.

A sentence without support is underlined quietly and says why under the pointer; below the answer
stand how many there are, how much was read, what could not be read (each opens), and, when the
documents do not say, what was searched and what to try. Must not know the widget or events.
"""

from collections.abc import Sequence
from typing import Final

from PySide6.QtGui import QBrush, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextFormat

from carrel.answering import notes
from carrel.domain.answers import Answer, Citation, Exchange, Verdict
from carrel.ui.chat_page import objects
from carrel.ui.chat_page.computed import write_computed
from carrel.ui.chat_page.grounds import GROUND_BAD, GROUND_NOTE, NOTE_PADDING, NOTICE_PADDING
from carrel.ui.markdown.builder import OBJECT
from carrel.ui.markdown.looks import PROPERTY_GROUND, Looks
from carrel.ui.markdown.places import moving
from carrel.ui.markdown.visible import visible
from carrel.ui.theme.tokens import SIZE_META, SIZE_UI
from carrel.ui.viewer.state import Place

PROPERTY_REASON: Final = int(QTextFormat.Property.UserProperty) + 60
"""Character: why its sentence is marked."""

MOST_PARTS: Final = 4
"""Unread parts named below an answer; the rest stand in the documents' ledgers."""

QUOTE_SHOWN: Final = 240
"""Characters of a quote that was not found."""

TIPS: Final = {
    "copy": "Copy the answer with its citations",
    "again": "Ask again",
    "save": "Save the answer with what it was made from, to be checked elsewhere",
    "models": "Show this on the models page",
    "more": "Show all sources",
    "code": "Copy this code",
    "unread": "Open what could not be read",
    "instructed": "Open this passage",
}
"""What is said under the pointer of what can be clicked in a transcript."""


def mark_unsupported(start: int, cursor: QTextCursor, answer: Answer, looks: Looks) -> None:
    """Underline the sentences without support.

    They are found by their letters and digits, in order: marks, markup and layout differ
    between what was written and what is shown.

    Args:
        start: where the answer begins in the document.
        cursor: behind the answer.
        answer: shown between the two.
        looks: of the page.
    """
    if not answer.checks.unsupported:
        return
    reading = moving(cursor)
    reading.setPosition(start)
    reading.setPosition(cursor.position(), QTextCursor.MoveMode.KeepAnchor)
    shown = reading.selectedText()
    places = [at for at, sign in enumerate(shown) if sign.isalnum()]
    letters = "".join(shown[at] for at in places)
    quiet = QTextCharFormat()
    quiet.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
    quiet.setUnderlineColor(looks.colour("warn"))
    at = 0
    for one in answer.checks.statements:
        words = _letters(answer.text[one.start : one.end])
        found = letters.find(words, at) if words else -1
        if found < 0:
            continue
        at = found + len(words)
        if one in answer.checks.unsupported:
            quiet.setProperty(PROPERTY_REASON, notes.reason(one))
            _merge(cursor, start, places[found:at], quiet)


def _letters(source: str) -> str:
    """Letters and digits of Markdown, without the numbers of citations."""
    bare = notes.without_marks(source)
    return "".join(sign for sign in bare if sign.isalnum())


def _merge(cursor: QTextCursor, start: int, places: list[int], format_: QTextCharFormat) -> None:
    writing = moving(cursor)
    writing.setPosition(start + places[0])
    writing.setPosition(start + places[-1] + 1, QTextCursor.MoveMode.KeepAnchor)
    writing.mergeCharFormat(format_)


def reason_at(cursor: QTextCursor) -> str:
    """Why the sentence under a cursor is marked; empty when it is not."""
    ahead = moving(cursor)
    if not ahead.movePosition(QTextCursor.MoveOperation.Right):
        return ""
    return str(ahead.charFormat().property(PROPERTY_REASON) or "")


def notice_format(
    looks: Looks, ground: str, *, top: float = 0, bottom: float = 0
) -> QTextBlockFormat:
    """A line of a notice on its card; lengths in pixels."""
    format_ = looks.paragraph(
        size=SIZE_UI, tight=True, left=NOTICE_PADDING + 26, top=top, bottom=bottom
    )
    format_.setRightMargin(NOTICE_PADDING)
    format_.setProperty(PROPERTY_GROUND, ground)
    return format_


def write_not_found(at: QTextCursor, citations: Sequence[Citation], looks: Looks) -> None:
    """Name the quotes of an answer that stand nowhere."""
    missing = [one for one in citations if one.verdict is Verdict.NOT_FOUND]
    if not missing:
        return
    noun = "quote was" if len(missing) == 1 else "quotes were"
    words = looks.characters(SIZE_UI, colour="bad")
    strong = looks.characters(SIZE_UI, weight=600, colour="bad")
    at.insertBlock(notice_format(looks, GROUND_BAD, top=24, bottom=2), strong)
    at.insertText(f"{len(missing)} {noun} not found in the documents", strong)
    for citation in missing:
        at.insertBlock(notice_format(looks, GROUND_BAD, bottom=2), words)
        quote = " ".join(visible(citation.quote).split())
        shown = quote if len(quote) <= QUOTE_SHOWN else f"{quote[: QUOTE_SHOWN - 1]}…"
        at.insertText(f"{citation.n}  “{shown}”", words)
        if citation.difference:
            at.insertText(f" · {visible(citation.difference)}", words)
    last = QTextBlockFormat()
    last.setBottomMargin(24)
    at.mergeBlockFormat(last)


def write_checks(at: QTextCursor, exchange: Exchange, looks: Looks, key: int) -> None:
    """Write the lines below an answer; the cursor ends behind them."""
    answer = exchange.answer
    if answer is None:
        return
    _write_not_said(at, exchange, looks)
    if line := notes.support_line(answer):
        at.insertBlock(looks.paragraph(size=SIZE_UI, tight=True, top=8, bottom=4), looks.meta)
        at.insertText(OBJECT, objects.icon_format(looks, "triangle-alert", "warn"))
        at.insertText(line, looks.characters(SIZE_UI, weight=600, colour="warn"))
        at.insertText(" · underlined above", looks.characters(SIZE_UI, colour="text2"))
    write_computed(at, answer, looks)
    for place, passage in enumerate(answer.checks.instructed):
        format_ = looks.paragraph(size=SIZE_META, tight=True, top=4, bottom=4)
        at.insertBlock(format_, looks.meta)
        at.insertText(OBJECT, objects.icon_format(looks, "shield-alert", "text2"))
        where = f"{visible(passage.document_name)}, {visible(passage.place.words)},"
        at.insertText(where, _link(looks, f"instructed:{key}:{place}"))
        at.insertText(f" {notes.INSTRUCTED}: ", looks.meta)
        at.insertText(f"“{visible(passage.words)}”", looks.meta)
    _write_meter(at, answer, looks, key)


def _write_not_said(at: QTextCursor, exchange: Exchange, looks: Looks) -> None:
    lines = notes.not_said_lines(exchange)
    for number, line in enumerate(lines):
        format_ = looks.paragraph(
            size=SIZE_UI, tight=True, left=NOTE_PADDING, top=26 if number == 0 else 0,
            bottom=24 if number == len(lines) - 1 else 3,
        )  # fmt: skip
        format_.setRightMargin(NOTE_PADDING)
        format_.setProperty(PROPERTY_GROUND, GROUND_NOTE)
        strong = number == 0
        words = looks.characters(SIZE_UI, weight=600 if strong else 400,
                                 colour="text" if strong else "text2")  # fmt: skip
        at.insertBlock(format_, words)
        at.insertText(visible(line), words)


def _write_meter(at: QTextCursor, answer: Answer, looks: Looks, key: int) -> None:
    line = notes.coverage_line(answer)
    if not line:
        return
    at.insertBlock(looks.paragraph(size=SIZE_META, tight=True, top=8, bottom=2), looks.meta)
    at.insertText(OBJECT, objects.meter_format(looks, notes.read_share(answer)))
    at.insertText(line, looks.meta)
    unread = answer.coverage.unread
    if not unread:
        return
    warn = looks.characters(SIZE_META, weight=600, colour="warn")
    at.insertText(f" · {notes.unread_line(answer)}", warn)
    for place, part in enumerate(unread[:MOST_PARTS]):
        format_ = looks.paragraph(size=SIZE_META, tight=True, left=objects.METER_ROOM, bottom=2)
        at.insertBlock(format_, looks.meta)
        at.insertText(visible(part.document_name), _link(looks, f"unread:{key}:{place}"))
        at.insertText(f"  {visible(part.why)}", looks.meta)
    if len(unread) > MOST_PARTS:
        format_ = looks.paragraph(size=SIZE_META, tight=True, left=objects.METER_ROOM, bottom=2)
        at.insertBlock(format_, looks.meta)
        more = "" if not answer.coverage.unread_more else "more than "
        at.insertText(
            f"and {more}{len(unread) - MOST_PARTS:,} others; see “What was read…” on the documents"
            " page", looks.meta,
        )  # fmt: skip


def _link(looks: Looks, href: str) -> QTextCharFormat:
    made = QTextCharFormat(looks.characters(SIZE_META, weight=600, colour="accent_text"))
    made.setForeground(QBrush(looks.colour("accent_text")))
    made.setAnchor(True)
    made.setAnchorHref(href)
    return made


def place_of(exchange: Exchange | None, kind: str, number: int) -> Place | None:
    """Where a line below an answer leads; None when it leads nowhere."""
    answer = exchange.answer if exchange is not None else None
    if answer is None:
        return None
    if kind == "unread" and number < len(answer.coverage.unread):
        part = answer.coverage.unread[number]
        unit = max(1, part.unit)
        return Place(document=part.document, document_name=part.document_name, number=unit)
    if kind == "instructed" and number < len(answer.checks.instructed):
        told = answer.checks.instructed[number]
        return Place(
            document=told.document, document_name=told.document_name, number=told.place.number
        )
    return None
