"""All files of an office dropped on the real window, with a real pointer on a real X server.

Needs Xvfb and xdotool, and a folder that CARREL_DATA names or `../shared/data`. The report has
to be true: every file is read, read in part with a reason, or not read with reason and remedy.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from shutil import which

import pytest

from carrel.ingest.walking import walk

DATA = Path(os.environ.get("CARREL_DATA", "../shared/data")).resolve()
HELPER = Path(__file__).with_name("drop_window.py")
STEPS = 12
"""Moves of the pointer on its way; a drag only begins after some."""
MOST_SECONDS = 3_600
"""For all of it; two busy cores need some minutes."""

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not DATA.is_dir(), reason="there is nothing to drop"),
    pytest.mark.skipif(
        not (which("Xvfb") and which("xdotool")), reason="Xvfb and xdotool are not installed"
    ),
]


@pytest.fixture
def display():
    """An X server of our own; it says which number it took."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[write], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as stream:
        number = stream.readline().strip()
    yield f":{number}"
    server.send_signal(signal.SIGTERM)
    server.wait()


@pytest.fixture
def started(display, tmp_path):
    """Starts a process of the helper on the display."""
    running = []

    def start(*arguments):
        environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        with (tmp_path / f"{arguments[0]}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, str(HELPER), *map(str, arguments)],
                stdout=subprocess.PIPE, stderr=log, text=True, env=environment,
            )  # fmt: skip
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def pointer(display, *words):
    subprocess.run(
        ["xdotool", *map(str, words)], check=True, env={**os.environ, "DISPLAY": display}
    )


def drag(display, begin, end):
    pointer(display, "mousemove", *begin, "mousedown", 1)
    for step in range(1, STEPS + 1):
        x, y = (round(a + (b - a) * step / STEPS) for a, b in zip(begin, end, strict=True))
        pointer(display, "mousemove", "--sync", x, y)
    pointer(display, "mouseup", 1)


def test_everything_dropped_on_the_window_ends_in_a_true_report(display, started, tmp_path):
    picture = Path(os.environ.get("CARREL_PICTURE", tmp_path / "report.png"))
    window = started("target", tmp_path, picture)
    at = json.loads(window.stdout.readline())["at"]
    source = started("source", DATA)
    begin = json.loads(source.stdout.readline())["at"]
    drag(display, begin, at)
    assert json.loads(source.stdout.readline())["dropped"]
    begun, lines = time.monotonic(), []
    for line in window.stdout:
        lines.append(json.loads(line))
        assert time.monotonic() - begun < MOST_SECONDS
        if "end" in lines[-1]:
            break
    (end,) = [line for line in lines if "end" in line]
    (tally,) = [line["tally"] for line in lines if "tally" in line]
    told = {line["path"]: line for line in lines if "path" in line}
    sys.stdout.write(f"{time.monotonic() - begun:.0f} s: {', '.join(tally)}. {end['said']}\n")

    expected = {str(path) for path in walk([DATA]).files}
    assert expected <= told.keys()
    assert not [line for line in lines if "failed" in line]
    for path in expected:
        line = told[path]
        assert line["state"] in {"read", "partial", "failed", "not added"}, line
        if line["state"] in {"failed", "not added"}:
            assert line["reason"], line
            assert line["remedy"], line
    for document in end["documents"]:
        assert document["state"] != "queued", document
        if document["state"] == "partial":
            assert document["warnings"] or document["losses"], document
    placed = {path for document in end["documents"] for path in document["paths"]}
    stored = {path for path in expected if told[path]["state"] != "not added"}
    assert stored <= placed
    assert picture.stat().st_size
    assert window.wait(60) == 0
