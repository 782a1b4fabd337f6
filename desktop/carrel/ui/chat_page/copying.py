"""Text that leaves the transcript: selections, whole answers, code, tool tips.

Always plain text. Must not know the widget.
"""

from typing import Final

from PySide6.QtCore import QPoint
from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication, QTextEdit

from carrel.domain.answers import Citation, Exchange, Verdict
from carrel.ui import words
from carrel.ui.markdown.builder import OBJECT
from carrel.ui.markdown.chips import CHIP_OBJECT, chip_href
from carrel.ui.markdown.looks import GROUND_CODE, PROPERTY_CODE, PROPERTY_GROUND, PROPERTY_WORDS
from carrel.ui.markdown.visible import visible
from carrel.ui.widgets.labels import tip

_AS_WRITTEN: Final = {0x2028: "\n", 0xA0: " ", 0x2060: None}
"""Characters the builder puts in for the layout, and what they stand for."""
READ_FROM_PICTURE: Final = "read from the picture (OCR)"
"""How words came to be that no document holds as text."""

QUOTE_SHOWN: Final = 400
"""Characters of a quote in a tool tip; the viewer shows all of it."""


def answer_as_text(exchange: Exchange) -> str:
    """An answer as Markdown with the list of its sources."""
    answer = exchange.answer
    if answer is None:
        return ""
    lines = [answer.text.strip()]
    if answer.citations:
        lines += ["", "Sources:"]
    for citation in answer.citations:
        quote = " ".join(citation.quote.split())
        if citation.verdict is Verdict.NOT_FOUND:
            lines.append(f"[{citation.n}] not found in the documents: “{quote}”")
            continue
        where = f", {place}" if (place := words.cited_place(citation)) else ""
        differs = f" (differs: {citation.difference})" if citation.difference else ""
        read = f" ({READ_FROM_PICTURE})" if citation.confidence is not None else ""
        lines.append(f"[{citation.n}] {citation.document_name}{where}: “{quote}”{differs}{read}")
    return "\n".join(lines)


def citation_tip(citation: Citation) -> str:
    """Document, place and quote, and what differs; escaped for a tool tip."""
    quote = visible(" ".join(citation.quote.split()))
    shown = quote if len(quote) <= QUOTE_SHOWN else f"{quote[: QUOTE_SHOWN - 1]}…"
    if citation.verdict is Verdict.NOT_FOUND:
        return _lines("Not found in the documents, so not supported:", f"“{shown}”")
    where = f", {place}" if (place := words.cited_place(citation)) else ""
    found = [f"{visible(citation.document_name)}{where}", f"“{shown}”"]
    if citation.verdict is Verdict.NEAR:
        found.append(f"The words differ: {visible(citation.difference)}")
    if citation.confidence is not None:
        found.append(f"These words were {READ_FROM_PICTURE}.")
    return _lines(*found)


def _lines(*lines: str) -> str:
    plain = "\n".join(lines)
    escaped = tip(plain)
    return escaped if escaped == plain else escaped.replace("\n", "<br>")


def selected_text(cursor: QTextCursor) -> str:
    """The selection as plain text, with chips as ``[n]`` and no other objects."""
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    block = cursor.document().findBlock(start)
    lines: list[str] = []
    while block.isValid() and block.position() < end:
        lines.append(_block_text(block, start, end))
        block = block.next()
    return "\n".join(lines).translate(_AS_WRITTEN)


def _block_text(block: QTextBlock, start: int, end: int) -> str:
    parts: list[str] = []
    fragments = block.begin()
    while not fragments.atEnd():
        fragment = fragments.fragment()
        first = max(start - fragment.position(), 0)
        text = fragment.text()[first : max(0, end - fragment.position())]
        parts.append(text.replace(OBJECT, fragment.charFormat().stringProperty(PROPERTY_WORDS)))
        fragments += 1
    return "".join(parts)


def copy_code(document: QTextDocument, number: int) -> None:
    """Put the code block with this number on the clipboard."""
    block = document.begin()
    while block.isValid() and block.blockFormat().property(PROPERTY_CODE) != number:
        block = block.next()
    lines: list[str] = []
    block = block.next() if block.isValid() else block
    while (
        block.isValid()
        and block.blockFormat().property(PROPERTY_GROUND) == GROUND_CODE
        and block.blockFormat().property(PROPERTY_CODE) is None
    ):
        lines.append(block.text())
        block = block.next()
    QApplication.clipboard().setText("\n".join(lines))


def unlinked_citation(cursor: QTextCursor, position: QPoint, browser: QTextEdit) -> str:
    """What the chip under a point would lead to; chips of quotes not found are no links."""
    for step in (0, 1):
        at = QTextCursor(cursor)
        at.setPosition(min(cursor.position() + step, cursor.document().characterCount() - 1))
        format_ = at.charFormat()
        if format_.objectType() == CHIP_OBJECT:
            place = browser.cursorRect(at)
            if abs(place.right() - position.x()) <= 40:
                return chip_href(format_)
    return ""
