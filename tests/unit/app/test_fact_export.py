"""Facts as a table and as a document, with their places."""

import csv
import io

import docx
import openpyxl
import pytest

from carrel.answering.facts.contradictions import contradictions
from carrel.answering.facts.entities import entities
from carrel.answering.facts.summary import summary
from carrel.answering.facts.timeline import timeline
from carrel.app.fact_export import FORMATS, FactsNotWritten, write_facts
from carrel.domain.documents import Unit, UnitKind
from carrel.domain.fact_sheet import sheet_of

TEXT = (
    "The lease was signed on 12 March 2021 in Oslo by both of the parties to it. "
    "Acme Ltd. pays a monthly rent of $1,200 to Mr. Olsen for the house on the hill."
)
NAMES = {1: "=cmd|calc!A1.txt", 2: "b\x07.txt"}


def units(document, text=TEXT):
    return [
        Unit(id=document, document=document, kind=UnitKind.PAGE, number=1, label="", text=text)
    ]  # fmt: skip


def sheets():
    both = [units(1), units(2, TEXT.replace("1,200", "1,260"))]
    named = zip(("a.txt", "b.txt"), both, strict=True)
    quiet = {"stopped": lambda: False, "heard": lambda _: None}
    found = (timeline(both), entities(both), contradictions(named), summary(both, {}, **quiet))
    return {type(one).__name__: sheet_of(type(one).__name__, one, NAMES) for one in found}


@pytest.mark.parametrize("kind", ["Timeline", "Entities", "Contradictions", "Summary"])
def test_every_place_of_every_fact_is_in_each_format(kind, tmp_path):
    sheet = sheets()[kind]
    assert sheet.entries
    for suffix in FORMATS:
        write_facts(sheet, tmp_path / f"out{suffix}")

    table = list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig"))))
    assert tuple(table[0]) == sheet.all_heads
    page = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert page.max_row == len(table)
    words = "\n".join(one.text for one in docx.Document(tmp_path / "out.docx").paragraphs)
    for entry in sheet.entries:
        assert entry.title in words
        for mention in entry.mentions:
            assert any(mention.text in row for row in table)
            assert mention.text in words
            assert any(mention.text in row for row in page.iter_rows(values_only=True))


def test_nothing_in_a_table_can_become_a_formula(tmp_path):
    sheet = sheets()["Timeline"]
    write_facts(sheet, tmp_path / "out.csv")
    write_facts(sheet, tmp_path / "out.xlsx")

    rows = list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig"))))
    assert not [part for row in rows for part in row if part.startswith(("=", "+", "@"))]
    page = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n"}
    assert "=cmd|calc!A1.txt" in {cell.value for row in page.iter_rows() for cell in row}


@pytest.mark.parametrize(
    ("name", "cause"), [("out.pdf", "has to end in .csv or .xlsx"), ("no/out.csv", "No such file")]
)
def test_what_cannot_be_written_says_why(name, cause, tmp_path):
    with pytest.raises(FactsNotWritten, match=cause):
        write_facts(sheets()["Timeline"], tmp_path / name)
