"""Whether the words under a citation's boxes are the citation's words: the way there and back.

Random spans of real reports are looked up as quotes, as an answer's are; the stored boxes give the
rectangles that are drawn; and PDFium is asked which letters have their middle in one of them, by
the outlines it gives of each letter and its own reckoning of the page, and so without our text and
our boxes. `CARREL_BENCH_SPANS` names another number of spans, `CARREL_BENCH_PDFS` another folder,
`CARREL_BENCH_SHOW` how many differences are printed.

Both are compared without what the canonical text leaves out on purpose (see
`parsing/formats/pdf_text`): blanks, line ends, signs that cannot be seen. Where PDFium
marks a word as broken at a line end, the text may have a hyphen or none. What differs is
counted by its kind:

* ``more letters``: all are there in their order, and further ones lie in the rectangles;
* ``another order``: the same letters, as PDFium counts them otherwise;
* ``other letters``: letters are missing, or others stand there.
"""

import ctypes
import os
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import pypdfium2.raw as pdfium
import regex

from carrel.answering.quotes import check_quote
from carrel.domain.answers import Verdict
from carrel.domain.documents import Box
from carrel.parsing.boxes import marked_boxes
from carrel.parsing.client import read_document
from carrel.parsing.values import ParsedUnit
from carrel.system.shared_memory import SealedCopy
from run import Row

SPANS: Final = int(os.environ.get("CARREL_BENCH_SPANS", "10000"))
FOLDER: Final = Path(
    os.environ.get("CARREL_BENCH_PDFS", Path(__file__).resolve().parents[3] / "shared/data/finance")
)
SHOWN: Final = int(os.environ.get("CARREL_BENCH_SHOW", "0"))
SEED: Final = 11
MOST_WORDS: Final = 40
"""Words of a span: from two words of a table to a long sentence."""
FINE: Final = 1000
"""Steps of a point in which rectangles are handed to PDFium, which takes whole numbers."""
MARKS: Final = "\ufffe\x02"
"""PDFium's, for a hyphen at a line end."""

_UNSEEN: Final = regex.compile(rf"[\s\p{{Cc}}\p{{Cf}}\p{{Cn}}--[{MARKS}]]+", regex.V1)

Area = tuple[float, float, float, float]
"""Left, lower, right and upper edge in the page's own space."""


class Span(NamedTuple):
    """A place in a page."""

    unit: ParsedUnit
    start: int
    end: int

    @property
    def words(self) -> str:
        """What stands there."""
        return self.unit.text[self.start : self.end]


def main() -> list[Row]:
    """Ask for the words of random spans, file by file."""
    files = sorted(FOLDER.glob("*.pdf"))
    if not files:
        print(f"  no PDF in {FOLDER}")
        return []
    chance = random.Random(SEED)
    kinds: Counter[str] = Counter()
    shown = 0
    for number, file in enumerate(files):
        wanted = SPANS * (number + 1) // len(files) - SPANS * number // len(files)
        units = [unit for unit in _read(file) if len(unit.text) > MOST_WORDS]
        document = pdfium.FPDF_LoadDocument(str(file).encode(), None)
        for _ in range(wanted):
            span = _cited(chance, units)
            found = _under(document, span)
            kind = _kind(span.words, found)
            kinds[kind] += 1
            if kind != "same" and shown < SHOWN:
                shown += 1
                print(f"  {kind}: {file.stem} {span.unit.number}\n   {span.words!r}\n   {found!r}")
        pdfium.FPDF_CloseDocument(document)
    total = kinds.total()
    return [
        Row(what=f"spans of {len(files)} PDFs", value=total, unit=""),
        Row(what="the same text under their boxes", unit="%", value=100 * kinds["same"] / total),
        Row(what="spans of which the boxes hold other text", value=total - kinds["same"],
            unit="", gate=0),
        *(
            Row(what=f"of the others: {kind}", value=count, unit="",
                gate=None)
            for kind, count in kinds.most_common() if kind != "same"
        ),
    ]  # fmt: skip


def _read(file: Path) -> list[ParsedUnit]:
    units: list[ParsedUnit] = []
    copy = SealedCopy()
    copy.write(file.read_bytes())
    copy.seal()
    read_document(
        copy.fd,
        name=file.name,
        size=copy.size,
        on_unit=units.append,
        on_segment=lambda _body, _passages: None,
        on_progress=lambda _done, _total: None,
        on_member=lambda _member: None,
        cancelled=lambda: False,
    )
    copy.close()
    return units


def _cited(chance: random.Random, units: Sequence[ParsedUnit]) -> Span:
    """A span that a quote led to; a quote too short to prove anything leads nowhere."""
    while True:
        unit = chance.choice(units)
        words = [(found.start(), found.end()) for found in regex.finditer(r"\S+", unit.text)]
        first = chance.randrange(len(words))
        last = min(first + chance.randint(2, MOST_WORDS), len(words)) - 1
        start, end = words[first][0], words[last][1]
        found = check_quote(unit.text[start:end], unit.text)
        if found.verdict is Verdict.EXACT:
            return Span(unit, found.start, found.end)


def _under(document: Any, span: Span) -> str:
    """The letters PDFium has in the rectangles of the span, in its order."""
    page = pdfium.FPDF_LoadPage(document, span.unit.number - 1)
    text_page = pdfium.FPDFText_LoadPage(page)
    boxes = marked_boxes(span.unit.text, span.unit.char_boxes, span.start, span.end)
    areas = [_area(page, box) for box in boxes]
    parts = []
    for place in range(pdfium.FPDFText_CountChars(text_page)):
        x, y = _middle(text_page, place)
        if any(left <= x <= right and low <= y <= high for left, low, right, high in areas):
            parts.append(chr(pdfium.FPDFText_GetUnicode(text_page, place)))
    pdfium.FPDFText_ClosePage(text_page)
    pdfium.FPDF_ClosePage(page)
    return "".join(parts)


def _middle(text_page: Any, place: int) -> tuple[float, float]:
    edges = [ctypes.c_double() for _ in range(4)]
    pdfium.FPDFText_GetCharBox(text_page, place, *edges)
    left, right, low, high = (edge.value for edge in edges)
    return (left + right) / 2, (low + high) / 2


def _area(page: Any, box: Box) -> Area:
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    there = []
    for x, y in ((box.x0, box.y0), (box.x1, box.y1)):
        corner = ctypes.c_double(), ctypes.c_double()
        pdfium.FPDF_DeviceToPage(
            page, 0, 0, round(width * FINE), round(height * FINE), 0,
            round(x * FINE), round(y * FINE), *corner,
        )  # fmt: skip
        there.append((corner[0].value, corner[1].value))
    (x0, y0), (x1, y1) = there
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _kind(words: str, found: str) -> str:
    wanted, there = _UNSEEN.sub("", words), _hyphenated(words, found)
    if wanted == there:
        return "same"
    if sorted(wanted) == sorted(there):
        return "another order"
    return "more letters" if _holds(there, wanted) else "other letters"


def _hyphenated(words: str, found: str) -> str:
    """The letters found, each mark a hyphen where the words have one, and nothing elsewhere."""
    wanted, parts = _UNSEEN.sub("", words), []
    for letter in _UNSEEN.sub("", found):
        if letter not in MARKS:
            parts.append(letter)
        elif wanted[len(parts) : len(parts) + 1] == "-":
            parts.append("-")
    return "".join(parts)


def _holds(text: str, wanted: str) -> bool:
    """Whether all letters are there in their order."""
    rest = iter(text)
    return all(letter in rest for letter in wanted)
