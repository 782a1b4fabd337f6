"""Workbooks through the real, locked parser process, and as data by the real program."""

import json

import pytest

from carrel.domain.documents import DocumentState
from carrel.language.cells import unpack_cells
from carrel.parsing import client
from carrel.system.shared_memory import SealedCopy
from made_sheets import sales_ods, sales_xls, sales_xlsx
from program import PASSPHRASE, Program


def read_in_child(body: bytes, name: str):
    units = []
    copy = SealedCopy()
    copy.write(body)
    copy.seal()
    try:
        summary = client.read_document(
            copy.fd,
            name=name,
            size=copy.size,
            on_unit=units.append,
            on_segment=lambda body, passages: None,
            on_progress=lambda done, total: None,
            cancelled=lambda: False,
        )
    finally:
        copy.close()
    return summary, units


@pytest.mark.parametrize(
    ("make", "kind", "address"),
    [(sales_xlsx, "xlsx", "C4"), (sales_xls, "xls", "C2"), (sales_ods, "ods", "C2")],
)
def test_a_workbook_is_read_behind_the_lock_with_its_cells(make, kind, address):
    summary, units = read_in_child(make(), "sales")
    assert (summary.kind, summary.state) == (kind, DocumentState.READ)
    cells = unpack_cells(units[0].cells, len(units[0].text)).cells
    (revenue,) = [cell.value for cell in cells if cell.address == address]
    assert revenue == 1200.5
    if kind != "xls":
        assert any("“Secrets” is hidden" in warning for warning in summary.warnings)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    found = Program(home)
    found.passphrase_file.write_text(f"{PASSPHRASE}\n")
    found.create()
    (home / "sales.xlsx").write_bytes(sales_xlsx())
    (home / "prices.tsv").write_text("item\tprice\nlamp\t12.5\ndesk\t200\nchair\t80\n")
    (home / "note.txt").write_text("Not a table at all.\n")
    done = found.run("add", *(home / name for name in ("sales.xlsx", "prices.tsv", "note.txt")))
    assert done.returncode == 0, done.stderr
    return found


def test_a_workbook_is_queried_by_its_headers_and_rows_say_where_they_stand(program):
    tables = program.json("sql", "sales.xlsx")
    assert [table["name"] for table in tables] == ["Sales 2024", "Secrets", "cells"]
    found = program.json(
        "sql", "sales.xlsx",
        """SELECT Region, Revenue, address FROM "Sales 2024" WHERE Month < '2024-03' ORDER BY 2""",
    )  # fmt: skip
    assert found["columns"] == ["Region", "Revenue", "address"]
    assert found["rows"] == [["South", 980, "A5:D5"], ["North", 1200.5, "A4:D4"]]
    assert not found["cut"]
    formula = program.json("sql", "sales.xlsx", "SELECT formula FROM cells WHERE address = 'C7'")
    assert formula["rows"] == [["=SUM(C4:C6)"]]


def test_a_text_table_is_queried_too(program):
    found = program.json("sql", "prices.tsv", 'SELECT sum(price) FROM "table" WHERE price > 50')
    assert found["rows"] == [[280]]


@pytest.mark.parametrize(
    ("document", "query", "code"),
    [
        ("sales.xlsx", "DELETE FROM cells", "query.forbidden"),
        ("sales.xlsx", "SELECT * FROM documents", "query.wrong"),
        ("note.txt", "SELECT 1", "query.no_sheets"),
        ("nothing.xlsx", "SELECT 1", "cli.document"),
    ],
)
def test_what_cannot_be_queried_is_told(program, document, query, code):
    done = program.run("sql", document, query, "--json")
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["code"] == code
    assert error["remedy"]


def test_an_answer_cites_the_row_of_the_sheet(program):
    answer = program.json("ask", "How much revenue had the region South?", "--mode", "evidence")
    quotes = [citation["quote"] for citation in answer["citations"]]
    assert any("Region: South" in quote and "€980.00" in quote for quote in quotes)


def test_hits_and_citations_in_sheets_say_their_cells(program):
    hits = program.json("search", "South", "--document", "sales.xlsx")["hits"]
    assert hits[0]["cells"] == "'Sales 2024'!A5:D5"
    answer = program.json("ask", "How much revenue had the region South?", "--mode", "evidence")
    cells = [cited["cells"] for cited in answer["citations"] if cited["unit"]["kind"] == "sheet"]
    assert "'Sales 2024'!A5:D5" in cells
    said = program.run("search", "South", "--document", "sales.xlsx").stdout
    assert "sales.xlsx, 'Sales 2024'!A5:D5" in said
    assert program.json("search", "table", "--document", "note.txt")["hits"][0]["cells"] is None


def test_citations_in_a_table_of_a_text_file_say_their_cells_without_a_sheet(program):
    answer = program.json(
        "ask", "What is the price of the desk?", "--mode", "evidence", "--document", "prices.tsv"
    )
    assert [cited["cells"] for cited in answer["citations"]] == ["A2:B4"]
    said = program.run("search", "desk", "--document", "prices.tsv").stdout
    assert "prices.tsv, A3:B3" in said


def test_a_question_of_a_sheet_is_answered_by_a_shown_statement_that_can_be_run_again(program):
    asked = ("ask", "What is the total revenue for region North or South?", "--mode", "evidence")
    answer = program.json(*asked, "--document", "sales.xlsx")
    (figure,) = answer["computed"]
    assert (figure["value"], figure["rows_counted"]) == ("€2,180.50", 2)
    assert figure["cells"] == "'Sales 2024'!C4:C6"
    assert answer["answer"].startswith("**€2,180.50** [1]")
    assert figure["sql"] in answer["answer"]
    assert answer["citations"][0]["cells"] == "'Sales 2024'!C4:C6"
    assert not answer["support"]["unsupported"]
    again = program.json("sql", "sales.xlsx", figure["sql"])
    assert again["rows"] == [[2180.5, 2]]
    said = program.run(*asked, "--document", "sales.xlsx").stdout
    assert "computed: SUM('Sales 2024'!C4:C6, where Region is “North” or “South”)" in said


def test_the_bundle_of_an_answer_has_its_statements(program, tmp_path):
    answer = program.json("ask", "How many rows are in the table prices?", "--mode", "evidence")
    bundle = tmp_path / "answer.json"
    number = str(answer["id"])
    assert program.run("answer", "export", number, "--out", str(bundle)).returncode == 0
    ((working, statement),) = json.loads(bundle.read_text())["computed"]
    assert working.endswith("= 3")
    assert statement == answer["computed"][0]["sql"]
    assert program.run("answer", "replay", str(bundle)).returncode == 0


def test_a_question_that_no_column_fits_is_answered_as_ever(program):
    answer = program.json("ask", "What is the total profit for North?", "--mode", "evidence")
    assert answer["computed"] == []
    assert "SELECT" not in answer["answer"]
