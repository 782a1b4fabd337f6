"""Spreadsheets: every kind gives the same cells, as readers see them, with addresses."""

import csv
import io
import math
import zipfile

import openpyxl
import pytest

from carrel.domain.sheets import CellKind, covered
from carrel.language.cells import pack_cells, unpack_cells
from carrel.parsing import errors, remarks
from carrel.parsing.formats import FORMATS
from carrel.parsing.formats import sheet_units as units_of_rows
from carrel.parsing.formats.base import Report, Source
from carrel.parsing.sniff import sniff
from made_sheets import (
    SALES,
    made_workbook,
    ods,
    ods_cell,
    ods_row,
    sales_ods,
    sales_xls,
    sales_xlsx,
)


def read(body: bytes, name: str = "book"):
    kind = sniff(body, name)
    (chosen,) = [form for form in FORMATS if kind in form.kinds]
    report = Report()
    units = list(chosen.units(Source(body=body, name=name, kind=kind), report))
    return units, dict(report.remarks.keys())


def cells_of(unit):
    return {
        cell.address: (unit.text[cell.start : cell.end], cell.value, cell.kind, cell.formula)
        for cell in unit.cells.cells
    }


def sums(units) -> dict[str, float]:
    found: dict[str, float] = {}
    for unit in units:
        for cell in unit.cells.cells if unit.cells else ():
            if cell.kind is CellKind.NUMBER:
                found[unit.cells.sheet] = found.get(unit.cells.sheet, 0) + cell.value
    return found


def repacked(body: bytes, **parts: str) -> bytes:
    """A package with parts replaced or added; ``__`` stands for a slash, ``_x`` for the dot."""
    out = io.BytesIO()
    names = {name.replace("__", "/").replace("_x", "."): text for name, text in parts.items()}
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for info in old.infolist():
            if info.filename not in names:
                new.writestr(info.filename, old.read(info.filename))
        for name, text in names.items():
            new.writestr(name, text)
    return out.getvalue()


def test_a_workbook_is_read_as_its_readers_see_it():
    units, said = read(sales_xlsx())
    sales, secrets = units[:2]
    assert sales.text.splitlines() == [
        "Sales by region",
        "Region\tMonth\tRevenue\tGrowth",
        "Region: North; Month: 31 Jan 2024; Revenue: €1,200.50; Growth: 12.5%",
        "Region: South; Month: 29 Feb 2024; Revenue: €980.00; Growth: 25.0%",
        "Region: West; Month: 31 Mar 2024; Revenue: -€45.25; Growth: 0.0%",
        "Region: Total; Revenue: €2,135.25",
        "Comment on C4 by Ada: Checked by hand",
    ]
    cells = cells_of(sales)
    assert cells["B4"] == ("31 Jan 2024", "2024-01-31", CellKind.DATE, "")
    assert cells["C7"] == ("€2,135.25", 2135.25, CellKind.NUMBER, "=SUM(C4:C6)")
    assert sales.cells.header == 3
    assert sales.cells.merges == ((1, 1, 1, 4),)
    assert (sales.label, secrets.label) == ("Sales 2024", "Secrets (hidden)")
    assert secrets.cells.hidden
    assert said[remarks.HIDDEN_SHEET] == "Secrets"


def test_a_span_of_the_text_leads_to_its_cells():
    units, _ = read(sales_xlsx())
    start = units[0].text.index("North")
    end = units[0].text.index("; Growth: 25.0%")
    assert covered(units[0].cells.within(start, end)) == "A4:D5"
    assert covered(units[0].cells.within(start, start + 5)) == "A4"
    assert covered(units[0].cells.within(start + 5, start + 6)) == ""


@pytest.mark.parametrize("make", [sales_xlsx, sales_xls, sales_ods])
def test_every_kind_gives_the_same_values(make):
    units, _ = read(make())
    sales = [unit for unit in units if unit.cells and unit.cells.sheet == "Sales 2024"]
    found = [
        [cell.value if cell.value is not None else sales[0].text[cell.start : cell.end]
         for cell in sales[0].cells.cells if cell.row == row]
        for row in sorted({cell.row for cell in sales[0].cells.cells})
    ]  # fmt: skip
    for region, month, revenue, growth in SALES:
        (row,) = [row for row in found if row[0] == region]
        assert row[1][:10] == month.isoformat()
        assert row[2:] == [revenue, growth]


def test_opendocument_cells_keep_what_they_show_and_their_formula():
    units, said = read(sales_ods())
    cells = cells_of(units[0])
    assert cells["C2"] == ("1,200.50 €", 1200.5, CellKind.NUMBER, "")
    assert cells["C5"] == ("2,135.25 €", 2135.25, CellKind.NUMBER, "=SUM([.C2:.C4])")
    assert remarks.HIDDEN_SHEET in said
    assert "heron" in units[1].text


@pytest.mark.parametrize("seed", range(20))
def test_sums_equal_those_of_an_independent_reader(seed):
    body = made_workbook(seed)
    expected: dict[str, float] = {}
    for sheet in openpyxl.load_workbook(io.BytesIO(body), data_only=True):
        values = [
            cell.value
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
        ]
        if values:
            expected[sheet.title] = math.fsum(values)
    found = sums(read(body)[0])
    assert found.keys() == expected.keys()
    for name, total in expected.items():
        assert found[name] == pytest.approx(total, rel=1e-12, abs=1e-6)


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_sums_of_a_text_table_equal_those_of_the_standard_reader(delimiter):
    rows = [["id", "code", "amount"]] + [
        [str(number), f"00{number}", f"{number * 1.25}"] for number in range(1, 700)
    ]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    units, _ = read(out.getvalue().encode(), "table.tsv" if delimiter == "\t" else "table.csv")
    assert len(units) > 1
    cells = [cell for unit in units for cell in unit.cells.cells]
    assert sum(c.value for c in cells if c.column == 3 and c.row > 1) == sum(
        float(row[2]) for row in rows[1:]
    )
    assert all(c.kind is CellKind.TEXT for c in cells if c.column == 2)  # codes stay codes
    for unit in units:
        assert {unit.text[c.start : c.end] for c in unit.cells.cells} <= {
            text for row in rows for text in row
        }


def test_decimal_commas_count_where_semicolons_part_cells():
    units, _ = read(b"Ort;Betrag\nA;1.234,50\nB;12,5\nC;1.234\n", "a.csv")
    values = [cell.value for cell in units[0].cells.cells if cell.column == 2]
    assert values == [None, 1234.5, 12.5, 1.234]


def test_packed_cells_come_back_as_they_were():
    for body in (sales_xlsx(), sales_ods(), made_workbook(3)):
        for unit in read(body)[0]:
            if unit.cells:
                assert unpack_cells(pack_cells(unit.cells), len(unit.text)) == unit.cells


def test_cells_of_a_span_come_alone():
    for body in (sales_xlsx(), sales_ods(), made_workbook(3)):
        for unit in (unit for unit in read(body)[0] if unit.cells):
            packed, length = pack_cells(unit.cells), len(unit.text)
            for start, end in ((0, length), (length // 3, length // 2), (5, 6), (9, 9)):
                some = unpack_cells(packed, length, (start, end))
                assert some.cells == unit.cells.within(start, end)
                assert some.sheet == unit.cells.sheet


def test_shared_formulas_are_written_out():
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f t="shared" ref="B1:B2" si="0">A1*2</f>'
        '<v>2</v></c></row><row r="2"><c r="A2"><v>2</v></c><c r="B2"><f t="shared" si="0"/>'
        "<v>4</v></c></row></sheetData></worksheet>"
    )
    units, _ = read(repacked(sales_xlsx(), xl__worksheets__sheet1_xxml=sheet))
    assert cells_of(units[0])["B2"] == ("4", 4, CellKind.NUMBER, "=A2*2")


def test_a_damaged_sheet_is_told_and_the_others_are_read():
    units, said = read(repacked(sales_xlsx(), xl__worksheets__sheet1_xxml="<worksheet><sheetData>"))
    assert said[remarks.DAMAGED_PART] == "Sales 2024"
    assert any("heron" in unit.text for unit in units)


def test_macros_and_links_are_told_and_nothing_else_happens():
    body = repacked(
        sales_xlsx(),
        xl__vbaProject_xbin="not a program",
        xl___rels__workbook_xxml_xrels='<Relationships xmlns="http://schemas.openxmlformats.org/'
        'package/2006/relationships"><Relationship Id="rId1" Type="a/worksheet" '
        'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="a/worksheet" '
        'Target="worksheets/sheet2.xml"/><Relationship Id="rId9" Type="a/externalLink" '
        'Target="externalLinks/externalLink1.xml"/></Relationships>',
    )
    _, said = read(body)
    assert {remarks.MACROS, remarks.EXTERNAL_LINKS} <= said.keys()


# ── bombs ───────────────────────────────────────────────────────────────────


def test_entities_in_a_sheet_are_refused():
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        "<worksheet><sheetData><row><c t='str'><v>&b;</v></c></row></sheetData></worksheet>"
    )
    with pytest.raises(errors.Bomb):
        read(repacked(sales_xlsx(), xl__worksheets__sheet1_xxml=bomb))


def test_a_workbook_that_unpacks_to_far_too_much_is_refused():
    blank = "<worksheet><sheetData>" + " " * 30_000_000 + "</sheetData></worksheet>"
    with pytest.raises(errors.Bomb):
        read(repacked(sales_xlsx(), xl__worksheets__sheet1_xxml=blank))


def test_cells_beyond_the_limit_are_left_out_and_that_is_told(monkeypatch):
    monkeypatch.setattr(units_of_rows.Budget, "__init__", lambda self: setattr(self, "cells", 20))
    units, said = read(made_workbook(1))
    assert sum(len(unit.cells.cells) for unit in units if unit.cells) <= 20
    assert remarks.CUT_SHEET in said


def test_repeated_cells_stop_at_the_limit(monkeypatch):
    monkeypatch.setattr(units_of_rows.Budget, "__init__", lambda self: setattr(self, "cells", 5000))
    cell = ods_cell("x", more='table:number-columns-repeated="100"')
    row = ods_row(cell, more='table:number-rows-repeated="1000000"')
    units, said = read(ods(f'<table:table table:name="Bomb">{row}</table:table>'))
    assert sum(len(unit.cells.cells) for unit in units) == 5000
    assert said[remarks.CUT_SHEET] == "Bomb"


def test_a_long_sheet_becomes_several_units(monkeypatch):
    monkeypatch.setattr(units_of_rows, "UNIT_ROWS", 100)
    out = io.BytesIO()
    book = openpyxl.Workbook()
    for row in range(250):
        book.active.append([f"row {row}", row])
    book.save(out)
    units, _ = read(out.getvalue())
    labels = [unit.label for unit in units if unit.cells]
    assert labels == ["Sheet, rows 1–100", "Sheet, rows 101–200", "Sheet, rows 201–250"]
    assert sums(units) == {"Sheet": sum(range(250))}
