"""Workbooks made by other people's libraries, for tests that read them."""

import datetime
import io
import random
import zipfile
from typing import Any

import openpyxl
import xlsxwriter
import xlwt
from openpyxl.comments import Comment

SALES = (
    ("North", datetime.date(2024, 1, 31), 1200.5, 0.125),
    ("South", datetime.date(2024, 2, 29), 980, 0.25),
    ("West", datetime.date(2024, 3, 31), -45.25, 0),
)
HEADER = ("Region", "Month", "Revenue", "Growth")


def sales_xlsx() -> bytes:
    """A title, a header, three rows, a total by formula; a hidden sheet; a comment; a merge."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("Sales 2024")
    money = book.add_format({"num_format": '"€"#,##0.00'})
    share = book.add_format({"num_format": "0.0%"})
    day = book.add_format({"num_format": "d mmm yyyy"})
    sheet.merge_range("A1:D1", "Sales by region")
    sheet.write_row("A3", HEADER)
    for at, (region, month, revenue, growth) in enumerate(SALES, 3):
        sheet.write(at, 0, region)
        sheet.write_datetime(at, 1, month, day)
        sheet.write_number(at, 2, revenue, money)
        sheet.write_number(at, 3, growth, share)
    sheet.write(6, 0, "Total")
    sheet.write_formula("C7", "=SUM(C4:C6)", money, sum(row[2] for row in SALES))
    sheet.write_comment("C4", "Checked by hand", {"author": "Ada"})
    hidden = book.add_worksheet("Secrets")
    hidden.write("A1", "The code word is heron")
    hidden.hide()
    book.close()
    return out.getvalue()


def sales_xls() -> bytes:
    """The same rows in the old binary format."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sales 2024")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for column, name in enumerate(HEADER):
        sheet.write(0, column, name)
    for at, (region, month, revenue, growth) in enumerate(SALES, 1):
        sheet.write(at, 0, region)
        sheet.write(at, 1, month, day)
        sheet.write(at, 2, revenue)
        sheet.write(at, 3, growth)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:automatic-styles><style:style style:name="ta2" style:family="table">
<style:table-properties table:display="false"/></style:style></office:automatic-styles>
<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>
</office:document-content>"""


def ods(tables: str) -> bytes:
    """An OpenDocument spreadsheet of these ``table:table`` elements."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", _ODS.format(tables=tables))
    return out.getvalue()


def ods_cell(shown: str, *, kind: str = "string", value: Any = None, more: str = "") -> str:
    attribute = "date-value" if kind == "date" else "value"
    stored = "" if value is None else f' office:{attribute}="{value}"'
    return (
        f'<table:table-cell office:value-type="{kind}"{stored} {more}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


def ods_row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def sales_ods() -> bytes:
    """The same rows as LibreOffice writes them, and a hidden sheet."""
    rows = [ods_row(*map(ods_cell, HEADER))]
    for region, month, revenue, growth in SALES:
        rows.append(
            ods_row(
                ods_cell(region),
                ods_cell(f"{month:%d.%m.%Y}", kind="date", value=month.isoformat()),
                ods_cell(f"{revenue:,.2f} €", kind="currency", value=revenue),
                ods_cell(f"{growth:.1%}", kind="percentage", value=growth),
            )
        )
    total = sum(row[2] for row in SALES)
    formula = 'table:formula="of:=SUM([.C2:.C4])"'
    rows.append(
        ods_row(
            ods_cell("Total"),
            '<table:table-cell table:number-columns-repeated="1"/>',
            ods_cell(f"{total:,.2f} €", kind="currency", value=total, more=formula),
        )
    )
    rows.append(ods_row('<table:table-cell table:number-columns-repeated="1024"/>',
                        more='table:number-rows-repeated="1048571"'))  # fmt: skip
    first = f'<table:table table:name="Sales 2024">{"".join(rows)}</table:table>'
    second = (
        '<table:table table:name="Secrets" table:style-name="ta2">'
        f"{ods_row(ods_cell('The code word is heron'))}</table:table>"
    )
    return ods(first + second)


def made_workbook(seed: int) -> bytes:
    """A workbook of random tables, written by openpyxl."""
    chance = random.Random(seed)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number in range(chance.randint(1, 4)):
        sheet = book.create_sheet(f"Sheet {number} of {seed}")
        columns = chance.randint(2, 9)
        down, right = chance.randint(0, 4), chance.randint(0, 3)
        for column in range(columns):
            sheet.cell(down + 1, right + column + 1, f"Column {column}")
        for row in range(chance.randint(1, 400)):
            for column in range(columns):
                cell = sheet.cell(down + row + 2, right + column + 1)
                cell.value, cell.number_format = _random_value(chance)
        if chance.random() < 0.5:
            sheet.cell(down + 2, right + 1).comment = Comment("Seen", "Bo")
        if number and chance.random() < 0.3:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _random_value(chance: random.Random) -> tuple[Any, str]:
    match chance.randrange(8):
        case 0:
            return None, "General"
        case 1:
            return chance.choice(("yes", "no", "Zoë & Co <ltd>", " spaced ")), "General"
        case 2:
            return chance.randint(-(10**9), 10**9), chance.choice(("General", "#,##0", "0"))
        case 3:
            return chance.random() * 100, chance.choice(("0.00", "General", "0.0%", '0.0 "kg"'))
        case 4:
            return chance.random() < 0.5, "General"
        case 5:
            day = datetime.date(2000, 1, 1) + datetime.timedelta(days=chance.randrange(9999))
            return day, "yyyy-mm-dd"
        case 6:
            return round(chance.uniform(-1e6, 1e6), 2), '_("$"* #,##0.00_);_("$"* (#,##0.00)'
    return chance.randint(0, 100), "0.00E+00"
