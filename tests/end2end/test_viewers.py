"""Every viewer with a citation marked, photographed by the real program."""

import subprocess
import sys

from program import Program

PICTURES = (
    *("pdf", "docx", "mail", "csv", "sheet", "slides", "odt", "rtf", "html", "epub", "scan"),
    *("code", "text"),
)


def test_each_kind_of_document_is_shown_with_its_citation(tmp_path):
    program = Program(tmp_path)
    out = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, "-I", "-m", "carrel", "demo", "--viewers", "--out", str(out)],
        capture_output=True,
        text=True,
        timeout=180,
        env=program.environment(),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[1] Terminal leases.xlsx, Leases!A11:D11 (exact)" in done.stdout
    names = {path.name for path in (out / "screens").iterdir()}
    for theme in ("light", "dark"):
        assert {f"{picture}_{theme}.png" for picture in PICTURES} <= names
        assert f"scan_words_{theme}.png" in names
