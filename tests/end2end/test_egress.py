"""The whole journey, window included, makes no call the egress lock forbids.

The demo is run with a lock that ends a process at the first forbidden call, so
that an attempt nobody reports cannot go unnoticed; a socket() of another family
than AF_UNIX is such a call, in the window's process as in every worker.
"""

import subprocess
import sys

import pytest

from program import Program

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    program = Program(tmp_path_factory.mktemp("home"))
    out = program.home / "demo"
    done = subprocess.run(
        [sys.executable, "-I", "-m", "carrel", "demo", "--out", str(out)],
        capture_output=True,
        text=True,
        timeout=180,
        env=program.environment(CARREL_LOCK="kill"),
    )
    return done, out


def test_the_journey_runs_to_its_end_under_a_lock_that_kills(played):
    done, _ = played
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Question:") == 3
    assert done.stdout.count("(exact)") >= 3
    assert done.stdout.count("  Carrel Nano, ") == 3
    assert done.stdout.count("it does not reason") == 3


def test_its_pictures_show_both_themes(played):
    _, out = played
    names = {path.name for path in (out / "screens").glob("*.png")}
    for page in (
        "answer",
        "adding",
        "documents",
        "drop",
        "empty",
        "find",
        "mail",
        "models",
        "reading",
    ):
        for theme in ("light", "dark"):
            assert f"{page}_{theme}.png" in names
    assert all(path.read_bytes().startswith(PNG) for path in (out / "screens").glob("*.png"))
