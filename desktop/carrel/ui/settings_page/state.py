"""What the settings page shows. Plain Python: no Qt, no app."""

from dataclasses import dataclass
from typing import Final

from carrel.domain.workspaces import Kept
from carrel.ui import words

THEME_CHOICES: Final = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
"""Value and words of each choice."""

SHORTCUTS: Final = (
    ("Ctrl+N", "New chat"),
    ("Enter, Shift+Enter", "Send the question, begin a new line"),
    ("Esc", "Stop the answer, then close the viewer"),
    ("Ctrl+K", "Search all documents"),
    ("Ctrl+O, Ctrl+Shift+O", "Add files, add a folder"),
    ("Ctrl+1 … Ctrl+5", "Chats, documents, tools, models, settings"),
    ("F6, Shift+F6", "Next and previous pane"),
    ("Ctrl+B, Ctrl+Alt+B", "Show or hide sidebar, viewer"),
    ("Ctrl+] , Ctrl+[", "Next and previous citation"),
    ("Alt+Left, Alt+Right", "Back and forward in the viewer"),
    ("Ctrl+F, F3, Shift+F3", "Find in the document, next and previous match"),
    ("Ctrl+Shift+C, Ctrl+Shift+A", "In the viewer: copy the selection as a quote, ask about it"),
    ("Ctrl+R, Ctrl+Shift+R", "In the viewer: rotate right, rotate left"),
    ("F7", "In the viewer: pages and contents beside the page"),
    ("Ctrl+G", "Go to a page"),
    ("Ctrl+= , Ctrl+− , Ctrl+0", "Zoom in, zoom out, fit width"),
    ("Alt+Up", "From a tool to all tools"),
    ("F2, Del, Ctrl+Z", "On the documents page: rename, remove, bring back"),
    ("Ctrl+M", "Choose a model"),
    ("Ctrl+Shift+L", "Light or dark"),
    ("F1", "Help"),
    ("Ctrl+Q", "Quit"),
)
"""Keys and what they do, as the page lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsState:
    """What is chosen."""

    theme: str = "system"


def kept_words(kept: Kept) -> str:
    """What engines keep of documents, in a line."""
    if not kept.count:
        return (
            "Nothing is kept yet. When a model reads whole documents, what it knew after them is "
            "kept here, encrypted, and goes with the documents."
        )
    saved = f" Reading saved so far: {words.seconds(kept.seconds)}." if kept.seconds >= 1 else ""
    return f"{words.count(kept.count, 'reading')} kept, encrypted: {words.size(kept.size)}.{saved}"
