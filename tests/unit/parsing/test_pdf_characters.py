"""What is fetched in bulk is what PDFium says one by one."""

import ctypes
from contextlib import contextmanager

import numpy as np
import pypdfium2.raw as pdfium
import pytest

from carrel.parsing.formats import pdf_characters
from carrel.parsing.formats.pdf_characters import boxes_of, codes_of
from made_files import lines, pdf


@contextmanager
def text_page(body: bytes):
    document = pdfium.FPDF_LoadMemDocument(body, len(body), None)
    page = pdfium.FPDF_LoadPage(document, 0)
    text = pdfium.FPDFText_LoadPage(page)
    yield text
    pdfium.FPDFText_ClosePage(text)
    pdfium.FPDF_ClosePage(page)
    pdfium.FPDF_CloseDocument(document)


def one_by_one(text, count: int) -> tuple[list[int], list[tuple[float, ...]]]:
    codes, boxes = [], []
    for place in range(count):
        box = pdfium.FS_RECTF()
        assert pdfium.FPDFText_GetLooseCharBox(text, place, box)
        boxes.append((box.left, box.top, box.right, box.bottom))
        codes.append(pdfium.FPDFText_GetUnicode(text, place))
    return codes, boxes


@pytest.mark.parametrize("block", [7, pdf_characters.BLOCK])
def test_all_characters_of_a_page_come_whatever_fits_into_one_block(monkeypatch, block):
    monkeypatch.setattr(pdf_characters, "BLOCK", block)
    shown = lines(
        *(f"Line {number}: naïve figures € 1,234 (note {number})" for number in range(40))
    )
    with text_page(pdf([shown])) as text:
        count = pdfium.FPDFText_CountChars(text)
        codes, boxes = one_by_one(text, count)
        assert codes_of(text, count).tolist() == codes
        assert boxes_of(text, count).tolist() == [list(box) for box in boxes]
        assert boxes_of(text, 20).tolist() == [list(box) for box in boxes[:20]]


def test_a_page_with_more_characters_than_a_block_has_keeps_all_boxes():
    shown = b"".join(lines("x" * 100, size=4, y=800 - 5 * row, x=10) for row in range(150))
    with text_page(pdf([shown])) as text:
        count = pdfium.FPDFText_CountChars(text)
        assert count > pdf_characters.BLOCK
        assert boxes_of(text, count).tolist() == [list(box) for box in one_by_one(text, count)[1]]


def test_a_page_after_another_keeps_nothing_of_it():
    with text_page(pdf([lines("first page with many letters")])) as text:
        before = boxes_of(text, pdfium.FPDFText_CountChars(text))
        kept = before.copy()
    with text_page(pdf([lines("other", x=300)])) as text:
        boxes_of(text, pdfium.FPDFText_CountChars(text))
    assert (before == kept).all()


def test_a_page_without_text_has_no_characters():
    with text_page(pdf([b""])) as text:
        assert boxes_of(text, 0).shape == (0, 4)
        assert codes_of(text, 0).tolist() == []


def test_letters_beyond_the_first_plane_stay_in_step_with_their_boxes(monkeypatch):
    units = [0x61, 0xD83D, 0xDE00, 0x62]

    def written(_page, _start, count, target):
        ctypes.memmove(target, np.array([*units, 0], np.uint16).tobytes(), 2 * (count + 1))
        return count + 1

    monkeypatch.setattr(pdf_characters, "_text", written)
    monkeypatch.setattr(
        pdf_characters.pdfium, "FPDFText_GetUnicode", lambda _page, place: units[place] + 1
    )
    with text_page(pdf([lines("abcd")])) as text:
        # Asked one by one: what came at once has halves of pairs.
        assert codes_of(text, 4).tolist() == [unit + 1 for unit in units]
