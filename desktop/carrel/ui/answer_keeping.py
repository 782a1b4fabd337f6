"""Saving an answer with what it was made from. Must not know how it is shown."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QWidget

from carrel.domain.answers import Exchange
from carrel.ui.api import AppApi
from carrel.ui.bridge import EventBridge
from carrel.ui.dialogs.choose import choose_new_file

SUFFIX: Final = ".answer.json"

MAX_NAME: Final = 60
"""Characters of the question in the name that is proposed."""


class AnswerKeeping:
    """Asks where, and writes the file.

    Args:
        parent: the window that the dialog lies over.
        told: says something in the window's notice.
    """

    def __init__(
        self, app: AppApi, bridge: EventBridge, parent: QWidget, told: Callable[[str], None]
    ) -> None:
        self._app, self._bridge, self._parent, self._told = app, bridge, parent, told

    def save(self, exchange: Exchange) -> None:
        """Let the user choose a file; the dialog asks before it replaces one."""

        def chosen(paths: list[Path]) -> None:
            (path,) = paths[:1]
            future = self._app.save_answer(exchange, path)
            self._bridge.deliver(future, partial(_say, self._told))

        choose_new_file(self._parent, "Save the answer", proposed_name(exchange.question), chosen)


def proposed_name(question: str) -> str:
    """A file's name made of a question: letters and digits that every system allows."""
    words = "".join(sign if sign.isalnum() else " " for sign in question).split()
    name = ""
    for word in words:
        if len(name) + len(word) >= MAX_NAME:
            break
        name = f"{name} {word}".strip()
    return f"{name or 'Answer'}{SUFFIX}"


def _say(told: Callable[[str], None], path: Path) -> None:
    told(f"Saved as {path.name}. “carrel answer replay” makes it again and compares.")
