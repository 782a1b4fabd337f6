"""How well and how fast text is recognised: born-digital pages as pictures at 200 dots per inch.

Each page of annual and quarterly reports is drawn as a picture, recognised by a real locked
child as any scan, and its words compared with the page's own text: the F1 of the two bags
of words. Words are what stands between blanks, signs included, as they are. Some of the pages
are read once more as bad scanners leave them (`worn_pages.py`).

The reports lie in the folder CARREL_FINANCE names, or in `../shared/data/finance`.
"""

import io
import os
import resource
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2

from carrel.parsing.recognising import PageReader
from carrel.parsing.tessdata import Languages, installed_languages
from carrel.system.shared_memory import SealedCopy
from run import Row
from worn_pages import WORN, Wear

FINANCE = Path(os.environ.get("CARREL_FINANCE", "../shared/data/finance"))
DOTS = 200
PAGES = (
    # Tables, running text, and both: by file and page.
    ("3M_2018_10K", 10),
    ("3M_2018_10K", 56),
    ("ACTIVISIONBLIZZARD_2019_10K", 60),
    ("ADOBE_2022_10K", 57),
    ("AMAZON_2019_10K", 38),
    ("AMCOR_2023_10K", 60),
    ("BESTBUY_2023_10K", 50),
    ("BOEING_2018_10K", 55),
    ("COCACOLA_2017_10K", 76),
    ("CORNING_2021_10K", 60),
    ("COSTCO_2021_10K", 40),
    ("JPMORGAN_2021Q1_10Q", 5),
    ("LOCKHEEDMARTIN_2022_10K", 66),
    ("MICROSOFT_2016_10K", 57),
    ("NETFLIX_2015_10K", 42),
    ("NIKE_2021_10K", 55),
    ("PEPSICO_2023Q1_EARNINGS", 10),
    ("Pfizer_2023Q2_10Q", 5),
    ("VERIZON_2021_10K", 60),
    ("WALMART_2018_10K", 50),
)

WORN_PAGES = PAGES[2:20:4]
"""Of these, those that are read in each state of wear; a few, because there are many states."""


def main() -> list[Row]:
    """Recognise the pages; a row for each, and the figures over all of them."""
    languages = installed_languages()
    found = [(name, page) for name, page in PAGES if (FINANCE / f"{name}.pdf").exists()]
    if languages is None or not found:
        what = "Tesseract's language data" if languages is None else f"reports in {FINANCE}"
        print(f"  nothing measured: no {what}")
        return []
    rows, scores, seconds = [], [], []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for name, page in found:
        truth, picture = _page(FINANCE / f"{name}.pdf", page)
        with _reader(picture, languages) as reader:
            reader.read(1, cancelled=lambda: False)  # the child is up, the language loaded
            started = time.perf_counter()
            read = reader.read(1, cancelled=lambda: False)
            seconds.append(time.perf_counter() - started)
        scores.append(_f1(truth, read.text))
        rows.append(
            Row(what=f"100 - word F1, {name} p. {page}", value=100 - 100 * scores[-1], unit="%")
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    mean = sum(scores) / len(scores)
    return [
        *rows,
        Row(
            what=f"100 - word F1, mean of {len(scores)} pages",
            value=100 - 100 * mean,
            unit="%",
            gate=4,
        ),
        Row(what="100 - word F1, worst page", value=100 - 100 * min(scores), unit="%"),
        Row(what="a page, mean", value=sum(seconds) / len(seconds), unit="s"),
        Row(
            what="a page, processor (two readings and start-up)", value=spent / len(found), unit="s"
        ),
        Row(what="memory of a child, most", value=after.ru_maxrss / 1024, unit="MiB", gate=300),
        *_worn([one for one in found if one in WORN_PAGES], languages),
    ]


def _worn(pages: list[tuple[str, int]], languages: Languages) -> list[Row]:
    """The same figure for worn pages, by how they are worn."""
    rows = []
    for how, dots, wear in WORN:
        scores = []
        for name, number in pages:
            truth, picture = _page(FINANCE / f"{name}.pdf", number, dots, wear)
            with _reader(picture, languages) as reader:
                scores.append(_f1(truth, reader.read(1, cancelled=lambda: False).text))
        worst = f"worst page {100 - 100 * min(scores):.1f}"
        mean = sum(scores) / len(scores)
        rows.append(Row(what=f"100 - word F1, {how} ({worst})", value=100 - 100 * mean, unit="%"))
    return rows


@contextmanager
def _reader(picture: bytes, languages: Languages) -> Iterator[PageReader]:
    copy = SealedCopy()
    copy.write(picture)
    copy.seal()
    reader = PageReader(copy.fd, copy.size, languages, quiet=False)
    try:
        yield reader
    finally:
        reader.close()
        copy.close()


def _page(
    path: Path, number: int, dots: int = DOTS, wear: Wear = lambda page: page
) -> tuple[str, bytes]:
    """A page's own text, and the page as a picture."""
    with pypdfium2.PdfDocument(path) as document:
        page = document[number - 1]
        image = wear(page.render(scale=dots / 72, grayscale=True).to_pil())
        out = io.BytesIO()
        image.save(out, "PNG", dpi=(dots, dots))
        return page.get_textpage().get_text_range(), out.getvalue()


def _f1(truth: str, read: str) -> float:
    own, found = Counter(truth.split()), Counter(read.split())
    both = sum((own & found).values())
    return 2 * both / max(own.total() + found.total(), 1)
