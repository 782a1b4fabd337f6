"""How fast facts are found by rules, how many changed figures are told, and how many false alarms.

In a copy of each document one figure is changed in some sixty sentences; what `contradictions`
does not tell is missed. Between different documents everything told is a false alarm: reports of
other years or firms do not contradict each other. With CARREL_FINANCE set to a folder of PDFs, on
them; otherwise on made ones.
"""

import os
import random
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from carrel.answering.facts.contradictions import contradictions
from carrel.answering.facts.entities import entities
from carrel.answering.facts.timeline import timeline
from carrel.domain.documents import Unit, UnitKind
from carrel.domain.ids import DocumentId, UnitId
from carrel.language.running import RunningText
from carrel.parsing.client import read_document
from run import Row

MOST_FILES = 12
CHANGED = 60
_FIGURE = re.compile(r"\$(\d)(?=[\d.]* (?:m|b)illion)|(\d)(?=\.?\d* ?percent)|(?<=\d)(\d)%")

Documents = list[tuple[str, list[Unit]]]


def main() -> list[Row]:
    """Measure."""
    documents = _documents()
    pages = sum(len(units) for _, units in documents)
    taken: list[Row] = []
    for what, find in (
        ("a timeline", lambda: timeline(units for _, units in documents)),
        ("entities", lambda: entities(units for _, units in documents)),
        ("contradictions", lambda: contradictions(documents)),
    ):
        begun = time.process_time()
        found = find()
        seconds = (time.process_time() - begun) * 370 / pages
        taken.append(Row(what=f"{what}, a document of 370 pages", value=seconds, unit="s", gate=8))
    alarms = len(found.contradictions)
    changed = told = 0
    for name, units in documents:
        other, count = _changed(units)
        changed += count
        told += len(contradictions([(name, units), (name, other)]).contradictions)
    missed = 100 * (changed - told) / max(1, changed)
    return [
        *taken,
        Row(what="false contradictions between documents", value=alarms, unit="", gate=0),
        Row(what=f"changed figures not told, of {changed}", value=missed, unit="%", gate=25),
    ]


def _changed(units: Sequence[Unit]) -> tuple[list[Unit], int]:
    """A copy in which one figure is another one in each of some sentences, and how many."""
    chance = random.Random(1)
    copy = [replace(unit, document=DocumentId(unit.document + 10_000)) for unit in units]
    sides = [
        side
        for side in RunningText(units).sides()
        if side.text.endswith(".") and len(side.text.split()) > 10
    ]
    chance.shuffle(sides)
    count = 0
    for side in sides:
        text = copy[side.unit - 1].text
        told = text[side.start : side.end]
        found = _FIGURE.search(told)
        if count == CHANGED or found is None:
            continue
        at = side.start + found.end() - (1 if told[found.end() - 1].isdigit() else 2)
        digit = "7" if text[at] != "7" else "4"
        copy[side.unit - 1] = replace(
            copy[side.unit - 1], text=f"{text[:at]}{digit}{text[at + 1 :]}"
        )
        count += 1
    return copy, count


def _documents() -> Documents:
    folder = os.environ.get("CARREL_FINANCE", "")
    if not folder:
        return [_made(number) for number in range(1, 4)]
    paths = sorted(Path(folder).glob("*.pdf"))[:MOST_FILES]
    return [(path.name, _read(path, number)) for number, path in enumerate(paths, 1)]


def _read(path: Path, number: int) -> list[Unit]:
    body = path.read_bytes()
    fd = os.memfd_create(path.name, os.MFD_ALLOW_SEALING)
    texts: list[str] = []
    try:
        os.write(fd, body)
        read_document(
            fd, name=path.name, size=len(body), on_unit=lambda unit: texts.append(unit.text),
            cancelled=lambda: False, on_segment=lambda _segment, _count: None,
            on_progress=lambda _done, _total: None,
        )  # fmt: skip
    finally:
        os.close(fd)
    return _units(number, texts)


def _made(number: int) -> tuple[str, list[Unit]]:
    chance = random.Random(number)
    year = 2016 + number
    texts = [
        "\n\n".join(
            f"In {year} the net sales of the {_word(page)}{_word(line)} site in Oslo were "
            f"${chance.randint(2, 900)} million, as Mr. "
            f"Olsen of Acme {number} Ltd. said on {line + 1} May {year}."
            for line in range(20)
        )
        for page in range(60)
    ]
    return f"acme-{year}.pdf", _units(number, texts)


def _word(number: int) -> str:
    """A word of its own for each number below a hundred."""
    syllables = ("ba", "ce", "di", "fo", "gu", "hy", "ka", "le", "mi", "no")
    return "".join(syllables[int(digit)] for digit in f"{number:02}")


def _units(document: int, texts: Sequence[str]) -> list[Unit]:
    return [
        Unit(
            id=UnitId(at), document=DocumentId(document), kind=UnitKind.PAGE, number=at, label="",
            text=text,
        )
        for at, text in enumerate(texts, 1)
    ]  # fmt: skip
