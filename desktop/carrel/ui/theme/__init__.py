"""How the window looks: tokens, palette, style sheet, icons and fonts.

Must not know any page. Everything a page needs is `Theme` and the constants of
`carrel.ui.theme.tokens`.
"""

from carrel.ui.theme.theme import Theme, ThemeChoice
from carrel.ui.theme.tokens import DARK, LIGHT, Tokens

__all__ = ["DARK", "LIGHT", "Theme", "ThemeChoice", "Tokens"]
