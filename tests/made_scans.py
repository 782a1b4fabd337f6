"""Pages of known text as pictures: drawn by PDFium from PDFs made in memory, turned and sloped."""

import io
from collections.abc import Sequence
from functools import cache

import pypdfium2
import pytest
from PIL import Image

from carrel.parsing.tessdata import Languages, installed_languages
from made_files import A4, lines, pdf

LEASE = (
    "The tenant pays the rent on the third working day",
    "of each month. If the tenant is late with two of",
    "the payments, the landlord may end the lease with",
    "a notice of 14 days. Repairs of up to 250 dollars",
    "are borne by the tenant, and all others by him.",
)
MIETE = (
    "Der Mieter zahlt die Miete am dritten Werktag und",
    "in bar. Gerät der Mieter mit zwei der Zahlungen in",
    "Verzug, so darf der Vermieter das Mietverhältnis",
    "kündigen. Kleine Reparaturen bis zu 250 Euro trägt",
    "der Mieter, alles Übrige der Eigentümer für ihn.",
)


@cache
def languages() -> Languages:
    """What is installed; the test is skipped where nothing is."""
    found = installed_languages()
    if found is None or "eng" not in found.names or not found.oriented:
        pytest.skip("Tesseract's data (eng, osd) is not installed here")
    return found


def page_pdf(*texts: str) -> bytes:
    """A PDF page of these lines."""
    return pdf([lines(*texts, y=700, size=16)])


@cache
def picture(*texts: str, dots: int = 150) -> Image.Image:
    """The same page as a grey picture."""
    with pypdfium2.PdfDocument(page_pdf(*texts)) as document:
        return document[0].render(scale=dots / 72, grayscale=True).to_pil().copy()


def turned(image: Image.Image, clockwise: float) -> Image.Image:
    """A page as it lies in a scanner: turned, on white."""
    return image.rotate(-clockwise, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)


def tiff(pages: Sequence[Image.Image], dots: int = 150) -> bytes:
    """A TIFF of these pages."""
    out = io.BytesIO()
    pages[0].save(
        out, "TIFF", save_all=True, append_images=list(pages[1:]), dpi=(dots, dots),
        compression="tiff_adobe_deflate",
    )  # fmt: skip
    return out.getvalue()


def png(image: Image.Image, dots: int = 150) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(dots, dots))
    return out.getvalue()


def scanned_pdf(pages: Sequence[Image.Image | str], stamp: str = "") -> bytes:
    """A PDF whose pages are full pictures or lines of text; pictures get a stamp as real text."""
    contents, pictures = [], []
    for page in pages:
        if isinstance(page, str):
            contents.append(lines(page))
            continue
        out = io.BytesIO()
        page.convert("L").save(out, "JPEG", quality=85)
        head = b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray" % page.size
        head += b"/BitsPerComponent 8/Filter/DCTDecode/Length %d>>" % len(out.getvalue())
        pictures.append(head + b"stream\n" + out.getvalue() + b"\nendstream")
        drawn = b"q %g 0 0 %g 0 0 cm /Im%d Do Q " % (*A4, len(pictures))
        contents.append(drawn + (lines(stamp, y=30) if stamp else b""))
    first = 5 + 2 * len(pages)
    names = b"".join(b"/Im%d %d 0 R" % (n, first + n - 1) for n in range(1, len(pictures) + 1))
    return pdf(contents, extra=pictures, page_entries=b"/XObject<<%s>>" % names)
