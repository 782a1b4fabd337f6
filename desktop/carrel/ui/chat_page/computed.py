"""Figures of an answer that were computed, below it: how, and the statement to copy.

What the answer's own text shows already is not shown again. Must not know the widget or events.
"""

from typing import Final

from PySide6.QtGui import QTextCursor

from carrel.answering import notes
from carrel.domain.answers import Answer
from carrel.ui.chat_page import objects
from carrel.ui.markdown.builder import OBJECT
from carrel.ui.markdown.looks import Looks
from carrel.ui.markdown.visible import visible
from carrel.ui.theme.tokens import SIZE_META

MOST_SHOWN: Final = 6
"""Computed figures below one answer; ``carrel ask --json`` has all."""

RECOMPUTED: Final = "Recomputed"
COMPUTED: Final = "Computed"


def write_computed(at: QTextCursor, answer: Answer, looks: Looks) -> None:
    """Write a line for each computed figure, with its statement below where it has one."""
    told = [
        (working, statement)
        for working, statement in notes.computed(answer)
        if not statement or statement not in answer.text
    ]
    for working, statement in told[:MOST_SHOWN]:
        line = looks.paragraph(size=SIZE_META, tight=True, top=4, bottom=2)
        at.insertBlock(line, looks.meta)
        at.insertText(OBJECT, objects.icon_format(looks, "table", "text2"))
        strong = looks.characters(SIZE_META, weight=600, colour="text2")
        at.insertText(f"{RECOMPUTED if statement else COMPUTED}: ", strong)
        at.insertText(visible(working), looks.characters(SIZE_META, colour="text"))
        if statement:
            below = looks.paragraph(size=SIZE_META, tight=True, left=objects.METER_ROOM, bottom=4)
            at.insertBlock(below, looks.meta)
            code = looks.characters(SIZE_META, colour="text2")
            code.setFontFamilies(looks.code.fontFamilies())
            at.insertText(visible(statement), code)
    if len(told) > MOST_SHOWN:
        at.insertBlock(looks.paragraph(size=SIZE_META, tight=True, bottom=2), looks.meta)
        at.insertText(f"and {len(told) - MOST_SHOWN:,} other figures", looks.meta)
