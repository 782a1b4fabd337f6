"""Workbooks through the real, locked parser process."""

import pytest

from carrel.domain.documents import DocumentState
from carrel.language.cells import unpack_cells
from carrel.parsing import client
from carrel.system.shared_memory import SealedCopy
from made_sheets import sales_ods, sales_xls, sales_xlsx


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
