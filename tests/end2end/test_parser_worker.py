"""Documents read and pages drawn by real, locked children; hostile ones achieve nothing."""

import os
import signal
import subprocess
import sys
import threading
import time
import zlib

import pytest

from carrel.domain.documents import DocumentState, UnitKind
from carrel.domain.errors import LockError, ParseError, ProcessError
from carrel.language.blocks import unpack_blocks
from carrel.language.segment import Segment
from carrel.parsing import client, errors, limits, render, starting
from carrel.system import child
from carrel.system.shared_memory import SealedCopy
from made_files import encrypted_pdf, lines, pdf, scan, word

FOREVER = 30.0
"""Seconds within which anything here happens even on a busy machine."""


class Reading:
    """One call of `read_document` with what came out of it."""

    def __init__(self, body: bytes, name: str = "file", **callbacks):
        self.units, self.segments, self.progress = [], [], []
        copy = SealedCopy()
        copy.write(body)
        copy.seal()
        found = {
            "on_unit": self.units.append,
            "on_segment": lambda body, passages: self.segments.append((body, passages)),
            "on_progress": lambda done, total: self.progress.append((done, total)),
            "cancelled": lambda: False,
            **callbacks,
        }
        try:
            self.summary = client.read_document(copy.fd, name=name, size=copy.size, **found)
        finally:
            copy.close()


@pytest.fixture
def children(monkeypatch):
    """Every child the client starts."""
    started = []

    class Watched(child.Child):
        def __init__(self, *arguments, **named):
            super().__init__(*arguments, **named)
            started.append(self)

    monkeypatch.setattr(starting, "Child", Watched)
    monkeypatch.setattr(render, "Child", Watched)
    return started


@pytest.fixture
def hostile(monkeypatch, tmp_path):
    """Replace the worker by a script."""

    def replace(script: str) -> None:
        path = tmp_path / "worker.py"
        path.write_text(
            "import os, sys, time\nfrom carrel.system.frames import pack\n"
            "def send(**frame): os.write(1, pack(frame))\n"
            "STARTED = dict(event='started', kind='pdf', parser='x', parser_version=1)\n" + script
        )
        monkeypatch.setattr(child, "_command", lambda: [sys.executable, str(path)])

    return replace


def gone(process: child.Child) -> bool:
    """Whether the child has ended and been reaped."""
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    return False


def many_pages(count: int) -> bytes:
    return pdf([lines(f"This is page number {number}.") for number in range(1, count + 1)])


# ── reading ─────────────────────────────────────────────────────────────────


def test_a_document_comes_back_as_units_passages_and_postings():
    reading = Reading(pdf([lines("Net sales rose."), lines("Costs fell.")]), "a.pdf")
    assert [unit.text for unit in reading.units] == ["Net sales rose.", "Costs fell."]
    assert [unit.number for unit in reading.units] == [1, 2]
    assert {unit.kind for unit in reading.units} == {UnitKind.PAGE}
    assert all(unit.char_boxes for unit in reading.units)
    ((body, passages),) = reading.segments
    assert passages == Segment.load(body).passages == 2
    summary = reading.summary
    assert (summary.kind, summary.parser, summary.state) == ("pdf", "pdfium", DocumentState.READ)
    assert (summary.units, summary.passages, summary.warnings) == (2, 2, ())


def test_what_lines_are_comes_along_with_their_unit():
    reading = Reading(b"<!doctype html><h1>Terms</h1><ul><li>first</li></ul>" + b"<p>x</p>" * 9)

    (unit,) = reading.units
    blocks = unpack_blocks(unit.blocks, len(unit.text))
    assert [(block.kind.value, unit.text[block.start : block.end]) for block in blocks] == [
        ("heading", "Terms"),
        ("item", "first"),
    ]


def test_headings_run_on_into_later_units():
    body = word(("Heading 1", "Lease"), "One.", ("Heading 2", "Rent"), "Two.")
    reading = Reading(body, "a.docx")
    assert [unit.passages[0].heading for unit in reading.units] == ["Lease", "Lease › Rent"]


def test_a_scan_is_to_be_recognised_and_says_so():
    reading = Reading(scan())
    (page,) = reading.summary.pictured
    assert (page.number, page.replaces) == (1, False)
    assert page.entry.why == "Page 1 is a picture of text; it was not read."
    assert (reading.summary.warnings, reading.summary.ledger) == ((), ())
    assert reading.segments == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", errors.EmptyFile),
        (encrypted_pdf(), errors.Encrypted),
        (b"%PDF-1.7\nnothing", errors.Damaged),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), errors.Damaged),
        (b"8BPS\0\1" + bytes(99), errors.UnsupportedImage),
        (bytes(range(256)) * 16, errors.UnknownKind),
    ],
)
def test_each_failure_arrives_as_itself(body, error):
    with pytest.raises(ParseError) as caught:
        Reading(body)
    assert type(caught.value) is error


def test_more_passages_than_one_segment_holds_make_several():
    reading = Reading(many_pages(limits.MAX_SEGMENT_PASSAGES + 10))
    counts = [passages for _, passages in reading.segments]
    assert len(counts) > 1
    assert max(counts) <= limits.MAX_SEGMENT_PASSAGES
    assert sum(counts) == limits.MAX_SEGMENT_PASSAGES + 10
    assert reading.summary.passages == limits.MAX_SEGMENT_PASSAGES + 10
    assert reading.progress[-1][1] == limits.MAX_SEGMENT_PASSAGES + 10


def test_units_are_handed_over_before_the_segment_that_covers_them():
    order = []
    Reading(
        many_pages(limits.MAX_SEGMENT_PASSAGES + 10),
        on_unit=lambda unit: order.append(len(unit.passages)),
        on_segment=lambda _, passages: order.append(-passages),
    )
    waiting = 0
    for count in order:
        waiting += count
        assert waiting >= 0
        assert count >= 0 or waiting == 0
    assert waiting == 0


def test_cancelling_stops_the_child_at_once(children):
    began = []

    def cancelled() -> bool:
        return bool(began)

    def first(done: int, total: int) -> None:
        began.append(time.monotonic())

    with pytest.raises(errors.Cancelled):
        Reading(many_pages(9_000), on_progress=first, cancelled=cancelled)
    assert time.monotonic() - began[0] < 1.0
    assert gone(children[0])


def test_what_was_handed_over_survives_a_kill_in_the_middle(children):
    covered: list[int] = []

    def kill(_body: bytes, passages: int) -> None:
        if not covered:
            os.kill(children[0].pid, signal.SIGKILL)
        covered.append(passages)

    reading = Reading(many_pages(9_000), on_segment=kill)
    summary = reading.summary
    assert summary.state is DocumentState.PARTIAL
    assert 0 < summary.units < 9_000
    assert summary.units == len(reading.units)
    assert sum(covered) == summary.passages
    assert "it was killed" in summary.warnings[-1]
    assert summary.warnings[-1].startswith(f"Only the first {summary.units:,} parts")


def test_a_kill_before_anything_came_is_an_error_with_the_reason(children):
    def kill() -> bool:
        os.kill(children[0].pid, signal.SIGSEGV)
        return False

    with pytest.raises(errors.Crashed, match="it read memory it should not have"):
        Reading(many_pages(9_000), cancelled=kill)


@pytest.mark.slow
def test_a_page_that_needs_too_much_memory_fails_alone():
    # A content stream that unpacks to 2 GB of blanks: more than the worker may have.
    packer = zlib.compressobj(9)
    start = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * (1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = start + block * 128 + packer.flush()
    body = pdf([lines("x")])
    stream = b"6 0 obj\n<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream\nendobj\n"
    bomb = body[: body.index(b"6 0 obj")] + stream % (len(packed), packed)
    with pytest.raises(ParseError):
        Reading(bomb + b"trailer<</Root 1 0 R>>")
    assert Reading(pdf([lines("next")])).units[0].text == "next"


# ── hostile workers ─────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("os.write(1, os.urandom(4000))", "a frame of|not a map|ended inside"),
        ("os.write(1, b'\\xff' * 4000)", "a frame of"),
        ("send(event='unit')", "did not say what it reads"),
        ("send(**STARTED); send(event='shout')", "unknown event"),
        ("send(**STARTED); send(event='done', units=3)", "units went missing"),
        ("send(**STARTED); sys.exit(0)", "left without an answer"),
        ("sys.exit(7)", "exit code 7"),
        ("os.kill(os.getpid(), 6)", "a check inside it failed"),
    ],
)
def test_nonsense_from_a_worker_is_an_error_in_words(hostile, script, reason):
    hostile(script)
    with pytest.raises(errors.Crashed, match=reason):
        Reading(b"x")


def test_a_silent_worker_is_stopped(hostile, monkeypatch, children):
    monkeypatch.setattr(limits, "STALL_SECONDS", 0.5)
    hostile("send(**STARTED)\ntime.sleep(600)")
    with pytest.raises(errors.Crashed, match="no sign of life"):
        Reading(b"x")
    assert gone(children[0])


def test_a_worker_without_its_lock_reads_nothing(hostile):
    hostile("send(event='failed', code='lock.failed')")
    with pytest.raises(LockError):
        Reading(b"x")


def test_a_worker_that_ignores_its_end_is_killed(hostile, children):
    hostile("import signal; signal.signal(15, signal.SIG_IGN)\nsend(event='what')\ntime.sleep(600)")
    with pytest.raises(errors.Crashed):
        Reading(b"x")
    assert gone(children[0])


def test_the_locked_parser_can_do_nothing_but_parse(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    script = f"""
import ctypes, os, socket, sys
from carrel.parsing import worker
worker._lock(1 << 20)
def tried(name, act):
    try:
        act()
    except OSError as error:
        print(name, "denied")
    else:
        print(name, "OPEN")
libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "call")
tried("read", lambda: open({str(secret)!r}).read())
tried("passwd", lambda: open("/etc/passwd").read())
tried("list", lambda: os.listdir({str(tmp_path)!r}))
tried("write", lambda: open({str(tmp_path / "new")!r}, "w"))
tried("remove", lambda: os.remove({str(secret)!r}))
tried("unix", lambda: socket.socket(socket.AF_UNIX))
tried("inet", lambda: socket.socket(socket.AF_INET))
tried("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
tried("exec", lambda: os.execv("/bin/true", ["true"]))
tried("spawn", lambda: os.posix_spawn("/bin/true", ["true"], {{}}) and os.wait()[1] and call(-1))
tried("kill", lambda: os.kill(os.getppid(), 0))
tried("ptrace", lambda: call(101, 16, os.getppid(), 0, 0))
tried("grow", lambda: os.write(os.memfd_create("x"), b"x"))
"""
    environment = {**os.environ, **render.ENVIRONMENT}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=FOREVER,
        env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = dict(line.split() for line in done.stdout.splitlines())
    allowed = {name for name, state in found.items() if state != "denied"}
    assert len(found) == 13
    assert allowed <= {"spawn"}  # the child of a spawn cannot become another program


# ── drawing ─────────────────────────────────────────────────────────────────


@pytest.fixture
def renderer():
    """Renderers of PDFs, closed at the end."""
    made = []

    def make(body: bytes) -> client.PageRenderer:
        copy = SealedCopy()
        copy.write(body)
        copy.seal()
        made.append(client.PageRenderer(copy.fd, copy.size))
        copy.close()
        return made[-1]

    yield make
    for one in made:
        one.close()


def dark(image, x: int, y: int) -> bool:
    at = (y * image.width + x) * 4
    return sum(image.pixels[at : at + 3]) < 200


def test_a_page_is_drawn_where_its_boxes_say(renderer):
    body = pdf([b"100 500 200 50 re f"], rotate=90)
    image = renderer(body).render(1, 2.0)
    assert (image.width, image.height) == (842 * 2, 595 * 2)
    assert len(image.pixels) == image.width * image.height * 4
    # Turned clockwise: user (200, 525) is shown at (525, 200).
    assert dark(image, 2 * 525, 2 * 200)
    assert not dark(image, 2 * 525, 2 * 50)


def test_an_enormous_page_is_drawn_no_larger_than_the_limit(renderer):
    image = renderer(pdf([b""], box=(0, 0, 14_400, 200))).render(1, 4.0)
    assert image.width == limits.MAX_PAGE_PIXELS
    assert image.height < 100


def test_pages_that_are_not_there_are_errors_and_the_next_is_drawn(renderer):
    one = renderer(pdf([b""]))
    for page in (0, 2, -1, 10**9):
        with pytest.raises(ParseError):
            one.render(page, 1.0)
    assert one.render(1, 0.1).width == 60


def test_what_is_no_pdf_cannot_be_drawn_and_says_so_each_time(renderer):
    one = renderer(b"no pdf")
    for _ in range(2):
        with pytest.raises(errors.Damaged):
            one.render(1, 1.0)


def test_a_renderer_that_dies_is_started_again(renderer, children):
    one = renderer(pdf([b""]))
    one.render(1, 0.1)
    children[0].kill()
    with pytest.raises(errors.Crashed, match="it was killed"):
        one.render(1, 0.1)
    assert one.render(1, 0.1).width == 60
    assert len(children) == 2


def test_a_worker_that_announces_a_wrong_image_is_refused(renderer, hostile):
    hostile("sys.stdin.buffer.read(8)\nsend(event='rendered', width=9000, height=9000)")
    with pytest.raises(errors.Crashed, match="wrong size"):
        renderer(b"x").render(1, 1.0)


def test_a_closed_renderer_says_so(renderer):
    one = renderer(pdf([b""]))
    one.close()
    one.close()
    with pytest.raises(ProcessError, match="closed"):
        one.render(1, 1.0)


def test_many_threads_may_ask_at_once(renderer):
    one = renderer(pdf([b""] * 4))
    sizes = []
    threads = [
        threading.Thread(target=lambda n=n: sizes.append(one.render(n, n / 10).width))
        for n in range(1, 5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sizes) == [60, 119, 178, 238]


# ── what documents say of themselves ────────────────────────────────────────

OUTLINE = (
    b"<</Type/Outlines/First 12 0 R/Last 14 0 R>>",
    b"<</Title(Results)/Parent 11 0 R/First 13 0 R/Last 13 0 R/Next 14 0 R/Dest[7 0 R/Fit]>>",
    b"<</Title(\376\377\0N\0e\0t)/Parent 12 0 R/A<</S/GoTo/D[9 0 R/Fit]>>>>",
    b"<</Title(Web)/Parent 11 0 R/Prev 12 0 R/A<</S/URI/URI(http://example.org)>>>>",
    b"<</Title(Annual report)/Author(Ada)/CreationDate(D:20240131120500+01'00')/Producer()>>",
)


def described(*, pages: int = 3, extra=OUTLINE) -> bytes:
    return pdf(
        [lines(f"Page {number}.") for number in range(1, pages + 1)],
        catalogue=b"/Outlines 11 0 R",
        extra=extra,
        trailer=b"/Info 15 0 R",
    )


def outline_of(summary) -> list[tuple[str, int, int]]:
    return [(entry.title, entry.level, entry.unit) for entry in summary.outline]


def test_the_outline_and_properties_of_a_pdf_come_along():
    summary = Reading(described()).summary
    assert outline_of(summary) == [("Results", 1, 2), ("Net", 2, 3), ("Web", 1, 0)]
    assert dict(summary.properties) == {
        "Title": "Annual report", "Author": "Ada", "Created": "2024-01-31 12:05",
    }  # fmt: skip


def test_an_outline_that_runs_in_circles_is_listed_once():
    circle = (*OUTLINE[:3], OUTLINE[3].replace(b"/Prev 12 0 R", b"/Next 12 0 R"), OUTLINE[4])
    assert len(Reading(described(extra=circle)).summary.outline) <= 4


def test_headings_are_the_outline_of_a_document_without_one():
    summary = Reading(word(("Heading 1", "Terms"), "Pay.", ("Heading 2", "Rent"), "1,200.")).summary
    assert outline_of(summary)[:2] == [("Terms", 1, 1), ("Rent", 2, 2)]
    assert dict(summary.properties)["Author"] == "python-docx"
    summary = Reading(b"# A\n\ntext\n\n## B\n\nmore\n", "a.md").summary
    assert outline_of(summary) == [("A", 1, 1), ("B", 2, 1)]


def test_a_killed_worker_has_said_the_outline_before_the_first_page(hostile):
    hostile(
        "send(**STARTED)\n"
        "send(event='description', outline=[['A', 1, 1], ['B', 1, 2]],"
        " properties=[['Title', 'T']], sketch=b'')\n"
        "send(event='unit', kind='page', label='', text='a', width=1.0, height=1.0, boxes=b'',"
        " cells=b'', blocks=b'', passages=[[0, 1, '']])\n"
        "from carrel.language.segment import SegmentBuilder\n"
        "builder = SegmentBuilder(); builder.add(text='a')\n"
        "send(event='segment', body=builder.build(), passages=1)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    summary = Reading(b"%PDF-1.7").summary
    assert summary.state is DocumentState.PARTIAL
    assert outline_of(summary) == [("A", 1, 1), ("B", 1, 0)]
    assert summary.properties == (("Title", "T"),)


def test_what_came_before_a_crash_is_kept_and_found_though_its_postings_never_came(hostile):
    hostile(
        "send(**STARTED)\n"
        "for text in ('the rent', '', 'is due'):\n"
        "    send(event='unit', kind='page', label='', text=text, width=1.0, height=1.0,"
        " boxes=b'', cells=b'', blocks=b'', passages=[[0, len(text), '']] if text else [])\n"
        "os.kill(os.getpid(), 9)\n"
    )
    reading = Reading(b"%PDF-1.7")
    assert [unit.text for unit in reading.units] == ["the rent", "", "is due"]
    ((body, passages),) = reading.segments
    assert passages == 2
    assert Segment.load(body).passages == 2
    assert reading.summary.state is DocumentState.PARTIAL
    assert "3 parts" in reading.summary.warnings[-1]
