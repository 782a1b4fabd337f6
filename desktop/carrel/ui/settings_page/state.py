"""What the settings page shows. Plain Python: no Qt, no app."""

from dataclasses import dataclass
from typing import Final

THEME_CHOICES: Final = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
"""Value and words of each choice."""

SHORTCUTS: Final = (
    ("Ctrl+N", "New chat"),
    ("Enter, Shift+Enter", "Send the question, begin a new line"),
    ("Esc", "Stop the answer, then close the viewer"),
    ("Ctrl+K", "Search all documents"),
    ("Ctrl+O, Ctrl+Shift+O", "Add files, add a folder"),
    ("Ctrl+1 … Ctrl+4", "Chats, documents, models, settings"),
    ("F6, Shift+F6", "Next and previous pane"),
    ("Ctrl+B, Ctrl+Alt+B", "Show or hide sidebar, viewer"),
    ("Ctrl+] , Ctrl+[", "Next and previous citation"),
    ("Alt+Left, Alt+Right", "Back and forward in the viewer"),
    ("Ctrl+G", "Go to a page"),
    ("Ctrl+= , Ctrl+− , Ctrl+0", "Zoom in, zoom out, fit width"),
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
