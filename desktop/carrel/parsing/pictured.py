"""Which units have their text in a picture, by what a reading remarked. Must not know frames."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from carrel.parsing import remarks
from carrel.parsing.remarks import Remark
from carrel.parsing.values import PicturedUnit

WAIT: Final = "Text recognition reads it by itself, after everything else was read."
"""What is to be done about a page that waits: nothing."""

CODES: Final = {
    remarks.PICTURE_PAGES: False,
    remarks.PICTURES: False,
    remarks.DRAWING_PAGES: False,
    remarks.UNREADABLE_FONTS: True,
}
"""Remarks about units to be recognised, and whether the text they have is worthless."""


def split_pictured(
    found: Iterable[Remark], units: int
) -> tuple[list[Remark], tuple[PicturedUnit, ...]]:
    """The remarks about everything else, and the units whose text is to be recognised.

    Args:
        found: all remarks of a reading.
        units: that were handed over; what was remarked beyond them is forgotten.
    """
    others: list[Remark] = []
    pictured: dict[int, PicturedUnit] = {}
    for remark in found:
        if remark.code not in CODES:
            others.append(remark)
            continue
        replaces = CODES[remark.code]
        for entry in remark.entries:
            known = pictured.get(entry.unit)
            if 0 < entry.unit <= units and (known is None or (replaces and not known.replaces)):
                pictured[entry.unit] = PicturedUnit(
                    number=entry.unit, replaces=replaces, entry=replace(entry, remedy=WAIT)
                )
    return others, tuple(pictured[number] for number in sorted(pictured))
