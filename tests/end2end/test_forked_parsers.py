"""Parsers forked from a preloaded process: as locked in and as alone as those started anew."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from carrel.domain.errors import LockError
from carrel.parsing import client, errors, limits, starting
from carrel.system import child, landlock
from carrel.system.shared_memory import SealedCopy
from made_files import lines, pdf

FOREVER = 30.0
"""Seconds within which anything here happens even on a busy machine."""

SCRIPT = """
import ctypes, os, sys, time
from carrel.parsing import limits, preloaded, worker
worker._lock(limits.MAX_FORKED_BYTES)
def say(wire, text):
    wire.send({"event": "started", "kind": "txt", "parser": "x", "parser_version": 1})
    wire.send({"event": "unit", "kind": "lines", "label": "", "text": text, "width": 0.0,
               "height": 0.0, "boxes": b"", "cells": b"", "blocks": b"", "passages": []})
    wire.send({"event": "done", "units": 1})
def read(wire, body, name, room):
    orders = [int(number) for number in sys.argv[4:]]
    READ
    return 0
sys.exit(preloaded.serve([int(number) for number in sys.argv[4:]], worker._limit, read))
"""


@pytest.fixture
def parsers():
    """Where parsers come from; all are gone afterwards."""
    made = starting.Parsers()
    yield made
    made.close()


@pytest.fixture
def started(monkeypatch):
    """Every process that is started, forked ones not among them."""
    found = []

    class Watched(child.Child):
        def __init__(self, *arguments, **named):
            super().__init__(*arguments, **named)
            found.append(self)

    monkeypatch.setattr(starting, "Child", Watched)
    return found


@pytest.fixture
def hostile(monkeypatch, tmp_path):
    """Let forked parsers do this instead of reading."""

    def replace(statements: str) -> None:
        path = tmp_path / "worker.py"
        path.write_text(SCRIPT.replace("READ", statements.strip().replace("\n", "\n    ")))
        monkeypatch.setattr(child, "_command", lambda: [sys.executable, str(path)])

    return replace


def read(parsers, body: bytes, name: str = "a.txt", **callbacks):
    """Read a document; returns its summary and units."""
    units = []
    copy = SealedCopy()
    copy.write(body)
    copy.seal()
    found = {
        "on_unit": units.append,
        "on_segment": lambda *_: None,
        "on_progress": lambda *_: None,
        "cancelled": lambda: False,
        **callbacks,
    }
    try:
        summary = client.read_document(
            copy.fd, name=name, size=copy.size, start=parsers.start, **found
        )
    finally:
        copy.close()
    return summary, units


def children_of(pid: int) -> list[int]:
    """The processes a process has forked and not yet seen the end of."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def until(condition) -> None:
    """Give the system time to do what it was told."""
    deadline = time.monotonic() + FOREVER
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_many_documents_are_read_by_one_process_and_its_successor(parsers, started, monkeypatch):
    monkeypatch.setattr(starting, "FORKS", 3)
    for number in range(5):
        body = pdf([lines(f"Page of document {number}.")])
        summary, units = read(parsers, body, f"{number}.pdf")
        assert (summary.kind, units[0].text.strip()) == ("pdf", f"Page of document {number}.")
    assert len(started) == 2


def test_a_large_document_gets_a_process_of_its_own(parsers, started, monkeypatch):
    monkeypatch.setattr(limits, "MAX_FORKED_BYTES", 10)
    _, units = read(parsers, b"Longer than ten bytes.")
    assert units[0].text == "Longer than ten bytes."
    assert not parsers._idle


def test_a_document_of_several_pieces_arrives_whole(parsers):
    text = "".join(f"Line {number} of many.\n" for number in range(120_000))
    assert 2 * starting.PIECE_BYTES < len(text) < limits.MAX_FORKED_BYTES
    _, units = read(parsers, text.encode())
    assert "\n".join(unit.text for unit in units).split() == text.split()


def test_what_breaks_one_document_leaves_the_next_alone(parsers, hostile, started):
    hostile("""
if name == "crash": os.abort()
if name == "hungry": bytearray(1 << 40)
if name == "mute": os._exit(0)
say(wire, bytes(body).decode())
""")
    read(parsers, b"before")
    with pytest.raises(errors.Crashed, match="a check inside it failed"):
        read(parsers, b"x", "crash")
    with pytest.raises(errors.Crashed, match="exit code 1"):
        read(parsers, b"x", "hungry")
    with pytest.raises(errors.Crashed, match="left without an answer"):
        read(parsers, b"x", "mute")
    assert read(parsers, b"after")[1][0].text == "after"
    assert len(started) == 1


def test_a_parser_has_nothing_that_belongs_to_others(parsers, hostile):
    hostile("""
open_ = []
for number in range(3, 256):
    try:
        os.fstat(number)
    except OSError:
        continue
    open_.append(number)
def tried(act):
    try:
        act()
    except OSError:
        return "denied"
    return "OPEN"
say(wire, " ".join([
    str(len(open_)),
    tried(lambda: open("/etc/passwd").read()),
    tried(lambda: os.kill(os.getppid(), 0)),
    tried(lambda: os.execv("/bin/true", ["true"])),
    tried(lambda: open("/proc/%d/mem" % os.getppid(), "rb")),
]))
""")
    for _ in range(2):
        found = read(parsers, b"x")[1][0].text.split()
        # Its own end of the wire, its life line, and what was its stdin.
        assert int(found[0]) <= 3
        scoped = landlock.version() >= 6
        assert found[1:] == ["denied", "denied" if scoped else "OPEN", "denied", "denied"]


def test_a_stop_ends_the_parser_at_once_and_the_next_document_is_read(parsers, hostile, started):
    hostile("""
if name == "long":
    wire.send({"event": "started", "kind": "txt", "parser": "x", "parser_version": 1})
    time.sleep(600)
say(wire, "next")
""")
    stopped = []

    def cancelled() -> bool:
        stopped.append(children_of(started[0].pid))
        return len(stopped) > 5 and bool(stopped[-1])

    with pytest.raises(errors.Cancelled):
        read(parsers, b"x", "long", cancelled=cancelled)
    assert children_of(started[0].pid) == []
    assert read(parsers, b"x")[1][0].text == "next"
    assert len(started) == 1


def test_a_process_that_is_killed_takes_its_parser_along_and_is_replaced(parsers, started, hostile):
    hostile("""
if name == "long": time.sleep(600)
say(wire, "next")
""")
    forked = []

    def cancelled() -> bool:
        mother = started[0].pid
        if not forked and children_of(mother):
            forked.extend(children_of(mother))
            os.kill(mother, signal.SIGKILL)
        return False

    with pytest.raises(errors.Crashed, match="killed"):
        read(parsers, b"x", "long", cancelled=cancelled)
    until(lambda: not Path(f"/proc/{forked[0]}").exists())
    assert read(parsers, b"x")[1][0].text == "next"
    assert len(started) == 2


def test_an_idle_process_that_died_is_noticed_with_the_next_document(parsers, started):
    read(parsers, b"one")
    os.kill(started[0].pid, signal.SIGKILL)
    until(lambda: started[0]._process.poll() is not None)
    assert read(parsers, b"two")[1][0].text == "two"


def test_without_its_lock_it_reads_nothing(parsers, monkeypatch, tmp_path):
    path = tmp_path / "worker.py"
    path.write_text(
        "from carrel.system.worker import Wire\n"
        "Wire().send({'event': 'failed', 'code': 'lock.failed'})\n"
    )
    monkeypatch.setattr(child, "_command", lambda: [sys.executable, str(path)])
    with pytest.raises(LockError):
        read(parsers, b"x")


def test_nobody_is_left_when_nothing_is_to_be_read(parsers, started):
    read(parsers, b"x")
    assert started[0]._process.poll() is None
    parsers.rest()
    assert started[0]._process.poll() is not None
    read(parsers, b"y")  # starts another
    assert len(started) == 2
