"""Numbers as people write them, brought to one form.

``1,234.50``, ``1'234.5`` and ``1234.5`` are one number. Must not
know currencies or units: ``$`` and ``%`` stand outside.
"""

from typing import Final

import regex

PLAIN_NUMBER: Final = regex.compile(r"(?>[0-9]+(?:[.,'][0-9]+)*)", regex.VERSION1)
"""A number in folded text (see `carrel.language.folding`), without its sign.

Digits grouped by spaces stay apart: in a row of a table two numbers stand side by side."""

_THOUSANDS: Final = regex.compile(r"[0-9]{1,3}(?:([.,'])[0-9]{3})(?:\1[0-9]{3})*\Z", regex.VERSION1)
_LAKHS: Final = regex.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}\Z", regex.VERSION1)


def normal_number(text: str) -> str:
    """One form for all spellings of a number.

    Args:
        text: a match of `PLAIN_NUMBER`: ASCII digits with ``. , '`` between them.

    Returns:
        Digits with at most one ``.`` and no trailing zeros after it, or, for something that is
        no single number (a date, an address such as 10.0.0.1), the text as it is.
    """
    if text.isdigit():
        return text.lstrip("0") or "0" if len(text) > 1 and not text.startswith("00") else text
    text = text.replace("'", "") if _groups(text, "'") else text
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        mark, group = (".", ",") if point > comma else (",", ".")
        whole, _, fraction = text.rpartition(mark)
        if mark in whole or not _groups(whole, group):
            return text
        return _joined(whole.replace(group, ""), fraction)
    if comma >= 0:
        if _groups(text, ",") or _LAKHS.match(text):
            return text.replace(",", "").lstrip("0") or "0"
        return _joined(*text.split(",")) if text.count(",") == 1 else text
    if point >= 0:
        if text.count(".") > 1:
            return text.replace(".", "") if _groups(text, ".") else text
        return _joined(*text.split("."))
    return text


def _groups(text: str, separator: str) -> bool:
    """Whether the separator parts the digits in threes."""
    found = _THOUSANDS.match(text)
    return found is not None and found[1] == separator


def _joined(whole: str, fraction: str) -> str:
    whole = whole.lstrip("0") or "0"
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def numbers(folded_text: str) -> list[str]:
    """All numbers of a folded text, in order, each in its one form."""
    return [normal_number(found[0]) for found in PLAIN_NUMBER.finditer(folded_text)]
