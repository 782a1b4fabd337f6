"""Writes one sample of each further kind of document: sheet, slides, texts, book, scan, code.

Must not know what they say: the words come from source/kinds/.
"""

import html
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

import slides
import xlsxwriter
from PIL import Image
from scans import scan

FIXED: Final = (2026, 3, 10, 9, 0, 0)
_OPEN: Final = "urn:oasis:names:tc:opendocument:xmlns"
_OPEN_NAMES: Final = " ".join(
    f'xmlns:{name}="{_OPEN}:{name}:1.0"' for name in ("office", "text", "table", "style")
)


class Piece(NamedTuple):
    """A line of a source: what it is, and its words."""

    kind: str
    words: str


def read_pieces(text: str) -> list[Piece]:
    """The pieces of a source."""
    return [Piece(*line.split(" ", 1)) for line in text.strip().splitlines()]


def documents(source: Path, written: datetime) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each."""
    pieces = {
        path.stem: read_pieces(path.read_text("utf-8"))
        for path in sorted(source.glob("*.txt"))
        if path.stem not in {"leases", "log"}
    }
    yield "Terminal leases.xlsx", leases((source / "leases.txt").read_text("utf-8"), written)
    yield "Board update November.pptx", zipped(slides.members(pieces["board"]))
    yield "Minutes of the Audit Committee.odt", open_text(pieces["minutes"])
    yield "Notice to the agent.rtf", rich_text(pieces["notice"])
    yield "Harbour tariff 2026.html", page(pieces["tariff"]).encode()
    yield "Pilot handbook.epub", book(pieces["handbook"])
    yield "Delivery note 4471 (scan).jpg", jpeg(scan(pieces["delivery"]))
    for kept in ("log.txt", "covenantTest.ts"):
        name = "Harbour log 20 October.txt" if kept == "log.txt" else kept
        yield name, (source / kept).read_bytes()


def zipped(members: dict[str, str]) -> bytes:
    """A package with fixed times; the first member is stored as it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, (name, text) in enumerate(members.items()):
            entry = zipfile.ZipInfo(name, FIXED)
            entry.compress_type = zipfile.ZIP_DEFLATED if number else zipfile.ZIP_STORED
            archive.writestr(entry, text)
    return out.getvalue()


def leases(text: str, written: datetime) -> bytes:
    """A workbook: the leases with totals by formula, what was assumed, a hidden sheet."""
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out)
    workbook.set_properties({"title": "Terminal leases", "created": written})
    bold = workbook.add_format({"bold": True, "bottom": 1})
    amount = workbook.add_format({"num_format": "#,##0"})
    rate = workbook.add_format({"num_format": "0.00"})
    total = workbook.add_format({"bold": True, "num_format": "#,##0", "top": 1})
    day = workbook.add_format({"num_format": "d mmm yyyy"})
    sheet = workbook.add_worksheet("Leases")
    sheet.set_column("A:B", 24)
    sheet.set_column("C:F", 14)
    header = ("Site", "Landlord", "Area m²", "Rent EUR a year", "Rent per m²", "Ends")
    sheet.write_row("A1", header, bold)
    rows = [line.split("|") for line in text.strip().splitlines()]
    for number, (site, landlord, area, rent, ends) in enumerate(rows, 2):
        sheet.write_row(number - 1, 0, (site, landlord))
        sheet.write_number(number - 1, 2, int(area), amount)
        sheet.write_number(number - 1, 3, int(rent), amount)
        per = round(int(rent) / int(area), 4)
        sheet.write_formula(number - 1, 4, f"=D{number}/C{number}", rate, per)
        sheet.write_datetime(number - 1, 5, _moment(ends), day)
    last = len(rows) + 1
    sheet.write(last, 0, "Total of all leases", total)
    for column, at in (("C", 2), ("D", 3)):
        whole = sum(int(row[at]) for row in rows)
        sheet.write_formula(last, at, f"=SUM({column}2:{column}{last})", total, whole)
    assumed = workbook.add_worksheet("Assumptions")
    assumed.write_row("A1", ("What", "Value"), bold)
    assumed.write_row("A2", ("Indexation a year, per cent", 2.1))
    assumed.write_row("A3", ("Discount rate, per cent", 5.4))
    assumed.write_row("A4", ("Leases that are renewed", "Esbjerg and Gdynia only"))
    drafts = workbook.add_worksheet("Drafts")
    drafts.write_row("A1", ("Site", "Offer EUR a year"), bold)
    drafts.write_row("A2", ("Rostock, east basin", 1_720_000))
    drafts.hide()
    workbook.close()
    return out.getvalue()


def _moment(day: str) -> datetime:
    found = date.fromisoformat(day)
    return datetime(found.year, found.month, found.day)  # noqa: DTZ001 - a sheet knows no zones


def open_text(pieces: list[Piece]) -> bytes:
    """An OpenDocument text."""
    body = "".join(_open_blocks(pieces))
    content = (
        f"<office:document-content {_OPEN_NAMES}><office:body><office:text>{body}"
        "</office:text></office:body></office:document-content>"
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def _open_blocks(pieces: list[Piece]) -> Iterator[str]:
    for is_what, run in groupby(pieces, _group):
        if is_what == "list":
            items = "".join(
                f"<text:list-item><text:p>{html.escape(one.words)}</text:p></text:list-item>"
                for one in run
            )
            yield f"<text:list>{items}</text:list>"
        elif is_what == "table":
            yield "<table:table>"
            for one in run:
                cells = "".join(
                    f"<table:table-cell><text:p>{html.escape(cell)}</text:p></table:table-cell>"
                    for cell in one.words.split("|")
                )
                row = f"<table:table-row>{cells}</table:table-row>"
                head = one.kind == "TABLE"
                yield f"<table:table-header-rows>{row}</table:table-header-rows>" if head else row
            yield "</table:table>"
        else:
            for one in run:
                level = {"TITLE": 1, "H1": 2, "H2": 3}.get(one.kind)
                words = html.escape(one.words)
                yield (
                    f'<text:h text:outline-level="{level}">{words}</text:h>'
                    if level
                    else f"<text:p>{words}</text:p>"
                )


def _group(piece: Piece) -> str:
    """What neighbours of one kind form together."""
    return {"ITEM": "list", "TABLE": "table", "ROW": "table"}.get(piece.kind, "")


def rich_text(pieces: list[Piece]) -> bytes:
    """RTF with headings by outline level."""
    lines = [r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Cambria;}}\fs22"]
    for piece in pieces:
        level = {"TITLE": 0, "H1": 1}.get(piece.kind)
        look = rf"\outlinelevel{level}\b\fs{32 - 6 * level} " if level is not None else " "
        words = "".join(
            char if char.isascii() else rf"\u{ord(char)}?"
            for char in piece.words.replace("\\", r"\\")
        )
        lines.append(rf"\pard\sa120{look}{words}\b0\fs22\par")
    return "\r\n".join([*lines, "}"]).encode("ascii")


def page(pieces: list[Piece]) -> str:
    """A web page."""
    title = html.escape(pieces[0].words)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"</head>\n<body>\n{_marked_up(pieces)}</body></html>\n"
    )


def _marked_up(pieces: list[Piece]) -> str:
    out: list[str] = []
    for is_what, run in groupby(pieces, _group):
        if is_what == "list":
            out += ["<ul>", *(f"<li>{html.escape(one.words)}</li>" for one in run), "</ul>"]
        elif is_what == "table":
            out.append("<table>")
            for one in run:
                tag = "th" if one.kind == "TABLE" else "td"
                cells = "".join(f"<{tag}>{html.escape(x)}</{tag}>" for x in one.words.split("|"))
                out.append(f"<tr>{cells}</tr>")
            out.append("</table>")
        else:
            tags = {"TITLE": "h1", "H1": "h2", "H2": "h3", "QUOTE": "blockquote"}
            for one in run:
                tag = tags.get(one.kind, "p")
                out.append(f"<{tag}>{html.escape(one.words)}</{tag}>")
    return "\n".join(out) + "\n"


def book(pieces: list[Piece]) -> bytes:
    """An e-book with a chapter for each heading of the first level."""
    title = html.escape(pieces[0].words)
    chapters: list[list[Piece]] = []
    for piece in pieces[1:]:
        if piece.kind == "H1":
            chapters.append([])
        chapters[-1].append(piece)
    items = "".join(
        f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": (
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">'
            '<rootfiles><rootfile full-path="book.opf" '
            'media-type="application/oebps-package+xml"/></rootfiles></container>'
        ),
        "book.opf": (
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>'
            "<dc:creator>Harbour office Rostock</dc:creator></metadata>"
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
        ),
    }
    for number, chapter in enumerate(chapters):
        name = html.escape(chapter[0].words)
        members[f"c{number}.xhtml"] = (
            '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>'
            f"{name}</title></head><body>{_marked_up(chapter)}</body></html>"
        )
    return zipped(members)


def jpeg(image: Image.Image) -> bytes:
    """A picture as a scanner keeps it."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=72, dpi=(150, 150))
    return out.getvalue()
