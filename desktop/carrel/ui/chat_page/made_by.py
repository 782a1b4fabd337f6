"""What is said of the model that answered: a short name, or a label on a line of its own.

A model that only quotes must say so wherever it answers, which takes more room
than the line beside the actions has. Must not know widgets or the app.
"""

from typing import Final

from PySide6.QtGui import QTextCursor

from carrel.domain.answers import Exchange
from carrel.domain.installed import NANO_PROFILE
from carrel.ui.markdown.looks import Looks
from carrel.ui.markdown.places import emptied, staying
from carrel.ui.theme.tokens import SIZE_META

NANO: Final = "Carrel Nano"
"""What it is called where its label stands beside it."""


def needs_label(exchange: Exchange) -> bool:
    """Whether the model that answered has a label instead of a name."""
    return exchange.answer is not None and exchange.answer.installed_model == NANO_PROFILE


def short(exchange: Exchange, title: str) -> str:
    """The model in the line beside the actions."""
    return NANO if needs_label(exchange) else title


def begin_label(cursor: QTextCursor, looks: Looks) -> QTextCursor:
    """Make room for a label; returns where it stands, for `write_label`."""
    format_ = looks.paragraph(size=SIZE_META, tight=True, top=10)
    cursor.insertBlock(format_, looks.meta)
    return staying(cursor)


def write_label(place: QTextCursor, looks: Looks, label: str) -> None:
    """Write a label, or another one."""
    emptied(place).insertText(label, looks.meta)
