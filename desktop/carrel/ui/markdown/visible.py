"""Make characters visible that exist to be invisible.

Text of documents and engines can hold direction overrides, zero-width letters
and control characters that make a sentence look like another one. They are
written out here, so that what is read is what stands there. Joiners stay where
a script needs them. Must not know Qt.
"""

import re
from typing import Final

_JOINING: Final = re.compile(
    "(?<=[\u0600-\u07ff\u08a0-\u0dff\u0f00-\u109f\u1780-\u17ff\ufb50-\ufeff\u2600-\u27bf\ufe0f"
    "\U0001f000-\U0001faff])[\u200c\u200d]"
)
"""Joiners after Arabic, Indic and South-East Asian letters and emoji: they shape the text."""

_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufe00-\ufe0d\ufeff\ufff9-\ufffc\U000e0000-\U000e0fff]"
)
"""Controls, bidirectional marks, zero-width characters, object replacement and tag characters."""


def visible(text: str) -> str:
    """The text with hidden characters written as ``⟨U+202E⟩``."""
    if text.isascii() and text.isprintable():
        return text
    kept = {match.start() for match in _JOINING.finditer(text)}
    return _HIDDEN.sub(
        lambda match: match[0] if match.start() in kept else f"⟨U+{ord(match[0]):04X}⟩", text
    )


def hidden_places(text: str) -> list[int]:
    """Where characters stand that `visible` and `visible_lines` write out."""
    if text.isascii() and text.isprintable():
        return []
    kept = {match.start() for match in _JOINING.finditer(text)}
    return [match.start() for match in _HIDDEN.finditer(text) if match.start() not in kept]


def visible_lines(text: str) -> str:
    """The same as `visible`, keeping line ends."""
    return "\n".join(visible(line) for line in text.split("\n"))
