"""Text recognised by Tesseract in a real, locked child: pages that lie anyhow, and their life."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carrel.app import App
from carrel.app import recognising as recognising_module
from carrel.domain.answers import AnswerMode
from carrel.domain.documents import DocumentState, Flaw, Span
from carrel.domain.events import FileAdded, RecognitionFinished, RecognitionProgressed
from carrel.domain.workspaces import Seal
from carrel.parsing import errors, render
from carrel.parsing.boxes import line_boxes, unpack_boxes
from carrel.parsing.recognising import PageReader
from carrel.settings import RECOGNITION, Settings
from carrel.system import child
from carrel.system.shared_memory import SealedCopy
from carrel.workspace.keyslots import Keyslots
from carrel.workspace.store import Workspace
from format_reading import read
from made_files import pdf, repacked
from made_office import presentation, relations, shape, slide
from made_scans import (
    LEASE,
    MIETE,
    languages,
    page_pdf,
    picture,
    png,
    scanned_pdf,
    tiff,
    turned,
)
from made_workspaces import PASSPHRASE, MemoryKeyStore
from program import Program

SEAL = Seal(active=True, calls="", files="", landlock_abi=0)
FOREVER = 60.0
"""Seconds within which anything here happens even on a busy machine."""


def never() -> bool:
    return False


@pytest.fixture
def reader():
    """Readers of documents, closed at the end."""
    made = []

    def make(body: bytes) -> PageReader:
        copy = SealedCopy()
        copy.write(body)
        copy.seal()
        made.append(PageReader(copy.fd, copy.size, languages(), quiet=False))
        copy.close()
        return made[-1]

    yield make
    for one in made:
        one.close()


# ── pages ───────────────────────────────────────────────────────────────────

ANGLES = [0, 180, 272, 84]


def test_a_page_is_read_whichever_way_it_lies(reader):
    upright = picture(*LEASE)
    pages = [turned(upright, angle) for angle in ANGLES]
    (own,), _ = read(page_pdf(*LEASE))
    at = own.text.index("landlord")
    expected = own.boxes[at : at + 8]
    middle = (expected[:, :2].min(axis=0) + expected[:, 2:].max(axis=0)) / 2
    scanner = reader(tiff(pages))
    for number, (angle, page) in enumerate(zip(ANGLES, pages, strict=True), start=1):
        found = scanner.read(number, cancelled=never)
        assert found.text.split("\n") == list(LEASE), angle
        assert found.languages == "eng"
        assert found.turned == round(angle / 90) % 4 * 90
        assert found.confidence > 85
        (box,) = line_boxes(found.char_boxes, *_place(found.text, "landlord"))
        shown = _shown(middle, upright.size, page.size, angle)
        assert (box.x0 + box.x1) / 2 == pytest.approx(shown[0], abs=3)
        assert (box.y0 + box.y1) / 2 == pytest.approx(shown[1], abs=3)


def _place(text: str, word: str) -> tuple[int, int]:
    start = text.index(word)
    return start, start + len(word)


def _shown(point, before, after, clockwise: float):
    """Where a point of a page, in points, lies after it was turned about its middle."""
    angle = np.radians(clockwise)
    dx, dy = np.asarray(point) - np.asarray(before) * 72 / 150 / 2
    moved = (dx * np.cos(angle) - dy * np.sin(angle), dx * np.sin(angle) + dy * np.cos(angle))
    return np.asarray(moved) + np.asarray(after) * 72 / 150 / 2


def test_a_page_in_a_shadow_and_full_of_specks_is_read(reader):
    pixels = np.array(picture(*LEASE, dots=200), np.float32)
    dice = np.random.default_rng(1).random(pixels.shape)
    faint = (110 + pixels / 255 * 90) * np.linspace(1.0, 0.55, pixels.shape[1])[None, :]
    faint[dice < 0.01], faint[dice > 0.99] = 0, 255
    worn = Image.fromarray(faint.astype(np.uint8))
    for body in (png(worn, 200), scanned_pdf([worn])):
        found = reader(body).read(1, cancelled=never)
        words = set(" ".join(LEASE).split())
        assert len(words & set(found.text.split())) >= 0.95 * len(words)


def test_the_language_is_the_one_the_words_name(reader):
    if "deu" not in languages().names:
        pytest.skip("Tesseract's data for German is not installed here")
    found = reader(png(picture(*MIETE))).read(1, cancelled=never)
    assert found.languages == "deu"
    assert found.text.split("\n") == list(MIETE)


def test_text_that_is_known_already_is_not_read_again(reader):
    body = scanned_pdf([picture(*LEASE)], stamp="Received 12 May")
    (own,), _ = read(body)
    scanner = reader(body)
    again = scanner.read(1, cancelled=never)
    assert "Received" in again.text
    covered = line_boxes(_packed(own.boxes), 0, len(own.text))
    assert scanner.read(1, covered=covered, cancelled=never).text.split("\n") == list(LEASE)


def _packed(boxes) -> bytes:
    from carrel.parsing.boxes import pack_boxes

    return pack_boxes(boxes)


def test_a_page_of_noise_or_nothing_has_no_text(reader):
    from PIL import Image

    noise = Image.effect_noise((700, 500), 80)
    scanner = reader(tiff([noise, Image.new("L", (500, 700), 255)]))
    assert scanner.read(1, cancelled=never).text == ""
    assert scanner.read(2, cancelled=never).text == ""


def test_a_damaged_page_is_an_error_and_the_next_is_read(reader):
    body = pdf([b"0 0 m", b"0 0 m"])
    scanner = reader(body)
    with pytest.raises(errors.Damaged):
        scanner.read(3, cancelled=never)
    first = scanner._child
    assert scanner.read(1, cancelled=never).text == ""
    assert scanner._child is first
    with pytest.raises(errors.Damaged):
        reader(b"%PDF-1.7\nnothing").read(1, cancelled=never)


def test_who_has_seen_enough_does_not_wait(reader):
    scanner = reader(png(picture(*LEASE)))
    with pytest.raises(errors.Cancelled):
        scanner.read(1, cancelled=lambda: scanner._child is not None)
    assert scanner._child is None


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("os.write(1, pack({'event': 'recognised', 'text': 5}))", "no text of a sensible length"),
        ("os.write(1, os.urandom(4000))", "a frame of|not a map|ended inside"),
        ("os.kill(os.getpid(), 11)", "read memory it should not have"),
    ],
)
def test_a_child_that_breaks_is_said_and_replaced(reader, monkeypatch, tmp_path, script, reason):
    path = tmp_path / "worker.py"
    path.write_text(
        "import os, sys, time\nfrom carrel.system.frames import pack\n"
        f"sys.stdin.buffer.read(4)\n{script}\ntime.sleep(1)\n"
    )
    scanner = reader(png(picture(*LEASE)))
    with monkeypatch.context() as broken:
        broken.setattr(child, "_command", lambda: [sys.executable, str(path)])
        with pytest.raises(errors.Crashed, match=reason):
            scanner.read(1, cancelled=never)
    assert scanner.read(1, cancelled=never).text.startswith("The tenant")


def test_the_locked_child_can_do_nothing_but_recognise(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    folder = languages().folder
    script = f"""
import os, socket
from pathlib import Path
from carrel.parsing import confinement, recognising_worker
confinement.lock_parser(1 << 20, recognising_worker._import_decoders, read=(Path({str(folder)!r}),))
def tried(name, act):
    try:
        act()
    except OSError:
        print(name, "denied")
    else:
        print(name, "OPEN")
tried("read", lambda: open({str(secret)!r}).read())
tried("passwd", lambda: open("/etc/passwd").read())
tried("write", lambda: open({str(tmp_path / "new")!r}, "w"))
tried("write-data", lambda: open({str(folder / "eng.traineddata")!r}, "r+b"))
tried("unix", lambda: socket.socket(socket.AF_UNIX))
tried("inet", lambda: socket.socket(socket.AF_INET))
tried("exec", lambda: os.execv("/usr/bin/true", ["true"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=FOREVER,
        env={**os.environ, **render.ENVIRONMENT},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = dict(line.split() for line in done.stdout.splitlines())
    assert len(found) == 7
    assert set(found.values()) == {"denied"}


# ── documents ───────────────────────────────────────────────────────────────


class Office:
    """An open workspace that can be closed and opened again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(folder / "settings.json")
        created = Workspace.create(folder / "ws", name="Test", key_store=MemoryKeyStore())
        slots = Keyslots.load(folder / "ws")
        self._key = slots.unlock_with_recovery_code(created.recovery_code)
        self.app = self._opened(created.workspace)

    def _opened(self, workspace: Workspace) -> App:
        app = App(workspace, SEAL, self.settings, self.folder / "models")
        app.recognising.hurry()
        return app

    def reopen(self) -> App:
        self.app.close()
        self.app = self._opened(Workspace.open(self.folder / "ws", self._key))
        return self.app

    def add(self, body: bytes, name: str):
        """Add a file; the document as it is before text recognition, and after it."""
        path = self.folder / name
        path.write_bytes(body)
        before = after = None
        with self.app.listen() as events:
            self.app.add_paths([path])
            while before is None or after is None:  # in either order
                match next(events):
                    case FileAdded(document=document):
                        before = document
                    case RecognitionFinished(document=document):
                        after = document
        return before, after


@pytest.fixture
def office(tmp_path: Path):
    made = Office(tmp_path)
    yield made
    made.app.close()


def test_pages_with_text_come_first_and_stay_as_they_are(office: Office):
    languages()
    body = scanned_pdf(["The rent is due.", picture(*LEASE), "Signed in Bonn."], stamp="Seen 4 May")
    before, after = office.add(body, "lease.pdf")

    assert before.state is DocumentState.PARTIAL
    assert before.warnings == ("1 page is a picture and was not read yet.",)
    assert (after.state, after.warnings) == (DocumentState.READ, ())
    app = office.app
    units = [app.contents.unit(after.id, number).result() for number in (1, 2, 3)]
    assert [unit.text for unit in units[::2]] == ["The rent is due.", "Signed in Bonn."]
    assert units[0].recognised is None
    page = units[1]
    assert page.text == "\n".join(("Seen 4 May", *LEASE))
    assert page.recognised is not None
    assert page.recognised.start == len("Seen 4 May\n")
    boxes = unpack_boxes(page.char_boxes, len(page.text))
    assert not np.isnan(boxes[:10]).any()
    assert np.isnan(boxes[10]).all()
    hits = app.search("repairs of up to 250 dollars").result()
    assert (hits[0].place.number, bool(hits[0].boxes)) == (2, True)
    exchange = app.asking.ask_and_wait(
        "Who bears repairs of up to 250 dollars?", mode=AnswerMode.EVIDENCE
    )
    assert exchange.answer is not None
    (cited, *_) = exchange.answer.citations
    assert cited.place is not None
    assert cited.place.number == 2
    assert cited.confidence is not None
    assert cited.confidence > 80
    assert cited.boxes
    assert app.contents.ledger(after.id).result() == ()
    again = office.reopen().search("repairs of up to 250 dollars").result()
    assert [hit.passage for hit in again] == [hit.passage for hit in hits]


def test_a_picture_on_a_slide_is_recognised_after_the_words_and_found_by_whoever_asks_the_deck(
    office: Office,
):
    languages()
    shown = '<p:pic><p:blipFill><a:blip r:embed="p"/></p:blipFill></p:pic>'
    related = {"ppt/slides/_rels/slide1.xml.rels": relations(("p", "image", "../media/p.png"))}
    deck = presentation([slide(shape("Our lease in Bonn"), shown)], related)
    _, inner = office.add(repacked(deck, {"ppt/media/p.png": png(picture(*LEASE))}), "deck.pptx")

    app = office.app
    (outer,) = [one for one in app.documents().result() if one.own]
    assert (outer.name, outer.state, outer.warnings) == ("deck.pptx", DocumentState.READ, ())
    assert inner.name == "deck.pptx › slide 1, picture 1.png"
    assert [(one.container, one.path) for one in inner.inside] == [(outer.id, inner.name)]
    (told,) = app.contents.ledger(outer.id).result()
    assert (told.what, told.loss) == (Flaw.NOTE, False)
    assert told.why.startswith("Pictures that may show words: 1.")
    assert app.search("lease in Bonn").result()[0].passage.document == outer.id
    (hit, *_) = app.search("repairs of up to 250 dollars", documents=(outer.id,)).result()
    assert (hit.passage.document, bool(hit.boxes)) == (inner.id, True)
    page = app.contents.unit(inner.id, 1).result()
    assert page.text.split("\n") == list(LEASE)
    start = page.text.index("landlord")
    view = app.view_unit(inner.id, 1, marks=(Span(start, start + 8),)).result()
    assert (view.page_like, len(view.mark_boxes)) == (True, 1)
    assert app.render_page(inner.id, 1, scale=1.0).result().width > 500


def test_pages_done_stay_done_when_the_program_is_killed(tmp_path: Path):
    languages()
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    program = Program(tmp_path)
    program.json("workspace", "create")
    scan = tmp_path / "scan.tif"
    scan.write_bytes(tiff([picture(*LEASE)] * 3))
    with program.start("add", scan, "--json") as process:
        assert process.stdout is not None
        lines = map(json.loads, process.stdout)
        assert next(line["done"] for line in lines if line["state"] == "recognising") == 1
        process.send_signal(signal.SIGKILL)
    told = program.lines("add", scan)
    pages = [(line["done"], line["total"]) for line in told if line["state"] == "recognising"]
    assert pages in ([(1, 2), (2, 2)], [(1, 1)])  # a second one may have been under way
    assert (told[-1]["state"], told[-1]["read"], told[-1]["waiting"]) == ("recognised", 3, 0)
    first = json.loads(program.run("document", "text", "1", "--json").stdout.splitlines()[0])
    assert first["text"].split("\n") == list(LEASE)
    assert first["recognised"]["confidence"] > 85


def test_without_language_data_the_ledger_says_what_to_install(office: Office, monkeypatch):
    monkeypatch.setattr(recognising_module, "installed_languages", lambda: None)
    _, after = office.add(png(picture(*LEASE)), "lease.png")
    assert after.state is DocumentState.PARTIAL
    (entry,) = office.app.contents.ledger(after.id).result()
    assert (entry.what, entry.loss) == (Flaw.NO_TEXT, True)
    assert "tesseract-ocr-eng" in entry.remedy
    monkeypatch.undo()
    languages()
    with office.app.listen() as events:
        office.app.recognising.start()
        done = next(event for event in events if isinstance(event, RecognitionFinished))
    assert done.document.state is DocumentState.READ


def test_switched_off_it_waits_and_switched_on_it_is_read(office: Office):
    languages()
    office.settings.put(RECOGNITION, False)  # noqa: FBT003 - the value of a setting
    _, after = office.add(png(picture(*LEASE)), "lease.png")
    (entry,) = office.app.contents.ledger(after.id).result()
    assert "Switch text recognition on" in entry.remedy
    with office.app.listen() as events:
        office.settings.put(RECOGNITION, True)  # noqa: FBT003 - the value of a setting
        office.app.recognising.settings_changed()
        done = next(event for event in events if isinstance(event, RecognitionFinished))
    assert done.document.state is DocumentState.READ
    assert office.app.contents.ledger(after.id).result() == ()


def test_a_stopped_recognition_goes_on_at_the_next_start(office: Office):
    languages()
    path = office.folder / "scan.tif"
    path.write_bytes(tiff([picture(*LEASE)] * 3))
    with office.app.listen() as events:
        office.app.add_paths([path])
        first = next(event for event in events if isinstance(event, RecognitionProgressed))
        office.app.cancel(first.job)
        stopped = next(event for event in events if isinstance(event, RecognitionFinished))
    assert not stopped.done
    assert stopped.document.pictured is not None
    assert 1 <= stopped.document.pictured.read < 3
    app = office.reopen()
    with app.listen() as events:
        app.recognising.start()
        found = app.documents().result()[0]
        while found.pictured is not None and found.pictured.waiting:
            found = next(e for e in events if isinstance(e, RecognitionFinished)).document
    assert found.state is DocumentState.READ


def test_a_removed_document_ends_its_recognition(office: Office):
    languages()
    path = office.folder / "scan.tif"
    path.write_bytes(tiff([picture(*LEASE)] * 3))
    with office.app.listen() as events:
        office.app.add_paths([path])
        first = next(event for event in events if isinstance(event, RecognitionProgressed))
        office.app.shelf.remove(first.document.id).result()
        ended = next(event for event in events if isinstance(event, RecognitionFinished))
    assert not ended.done
    assert office.app.documents().result() == ()
    assert office.app.search("rent of the tenant").result() == ()
