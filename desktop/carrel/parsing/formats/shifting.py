"""Shared formulas: the one that is written out, moved to where it is shared.

ECMA-376 part 1, 18.3.1.40. Must not know sheets.
"""

import re
from typing import Final

from carrel.domain.sheets import MAX_COLUMNS, MAX_ROWS, address, column_letters, place

_PART: Final = re.compile(
    r"""("(?:[^"]|"")*"|'(?:[^']|'')*'|\[[^\]]*\])"""  # texts, names of sheets, of tables
    r"""|(?<![A-Za-z0-9_.$])(\$?)([A-Za-z]{1,3})(\$?)(\d{1,7})(?![A-Za-z0-9_(.])"""
)


def moved(formula: str, rows: int, columns: int) -> str:
    """The formula with its relative references moved by so many rows and columns."""

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        where = place(f"{found[3]}{found[5]}")
        if where is None:
            return found[0]
        row = where[0] if found[4] else where[0] + rows
        column = where[1] if found[2] else where[1] + columns
        if not (0 < row <= MAX_ROWS and 0 < column <= MAX_COLUMNS):
            return "#REF!"
        letters = column_letters(column)
        return f"{found[2]}{letters}{found[4]}{address(row, column)[len(letters) :]}"

    return _PART.sub(one, formula)
