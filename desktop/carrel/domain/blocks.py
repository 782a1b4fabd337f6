"""What the lines of a text are: headings, rows of tables, items of lists.

Only how a text looks to its reader; the text itself and its places are not touched.
Must not know how they are read, stored or shown.
"""

from enum import StrEnum
from typing import NamedTuple


class BlockKind(StrEnum):
    """What a stretch of text is; whatever is none of these is a plain paragraph."""

    HEADING = "heading"
    """Level: 1 is the highest."""
    HEAD_ROW = "head row"
    """A row of a table that names its columns; cells are set apart by tabs."""
    ROW = "row"
    """Level: 1 begins a table, 2 goes on with it."""
    ITEM = "item"
    """Of a list without numbers. Level: how deep it stands, from 1."""
    NUMBERED = "numbered"
    """Of a list with numbers that are not in the text. Level: the number."""
    CODE = "code"
    QUOTE = "quote"
    SIGN = "sign"
    """Marks of a markup language, which a reader need not see."""
    SUBJECT = "subject"
    """The field of a mail's header that says what it is about, with its name."""
    FIELD = "field"
    """Another field: a name, a colon and a value, on one line or more. Level: 1 for those a reader
    looks at, 2 for what programs wrote."""


class Block(NamedTuple):
    """A stretch of a unit's canonical text, code points."""

    start: int
    end: int
    kind: BlockKind
    level: int = 1
