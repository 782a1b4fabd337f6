"""Kill a process that fills a workspace, and hold what is left to what it acknowledged."""

import json
import os
import random
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import workspace_writer
from carrel.domain.answers import ExchangeState
from carrel.domain.documents import DocumentState
from carrel.domain.ids import DocumentId, ExchangeId
from carrel.workspace.errors import WrongPassphrase
from carrel.workspace.keyslots import Keyslots
from carrel.workspace.store import Workspace
from made_workspaces import CHEAP, Opened

START_SECONDS = 60


@dataclass
class Acknowledged:
    """What the killed processes said was safe."""

    accepted: dict[int, str] = field(default_factory=dict)
    read: dict[int, dict] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    asked: dict[int, int] = field(default_factory=dict)
    half: set[int] = field(default_factory=set)
    answered: set[int] = field(default_factory=set)
    passphrases: list[str] = field(default_factory=list)
    failures: list[dict] = field(default_factory=list)

    def take(self, line: bytes) -> None:
        said = json.loads(line)
        match said.pop("fact"):
            case "accepted":
                self.accepted[said["document"]] = said["sha256"]
            case "read":
                self.read[said["document"]] = said
            case "removed":
                self.removed.add(said["document"])
            case "asked":
                self.asked[said["exchange"]] = said["seed"]
            case "half":
                self.half.add(said["exchange"])
            case "answered":
                self.answered.add(said["exchange"])
            case "changing":
                self.passphrases.append(said["passphrase"])
            case "changed":
                self.passphrases = [said["passphrase"]]
            case "failed":
                self.failures.append(said)

    @property
    def facts(self) -> int:
        return sum(map(len, (self.accepted, self.read, self.asked, self.half, self.answered)))


def start_writer(opened: Opened, seed: int, *, limit: int = 0) -> subprocess.Popen[bytes]:
    """The writing process, once it has the workspace open."""
    child = subprocess.Popen(
        [sys.executable, workspace_writer.__file__, str(opened.folder), str(seed), str(limit)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(f"{opened.recovery_code}\n".encode())
    child.stdin.close()
    assert json.loads(child.stdout.readline())["fact"] == "opened"
    return child


def kill_once(opened: Opened, known: Acknowledged, chosen: random.Random, longest: float) -> None:
    """Let a process write for a random moment and kill it."""
    child = start_writer(opened, chosen.getrandbits(30))
    assert child.stdout is not None
    timer = threading.Timer(chosen.uniform(0.005, longest), child.kill)
    timer.start()
    for line in child.stdout:
        if line.endswith(b"\n"):
            known.take(line)
    assert child.wait(START_SECONDS) == -9
    child.stdout.close()
    timer.join()


def verify(opened: Opened, known: Acknowledged) -> None:
    """Nothing acknowledged is lost, nothing is half there, and everything opens."""
    slots = Keyslots.load(opened.folder, floor=CHEAP)
    workspace = Workspace.open(opened.folder, slots.unlock_with_recovery_code(opened.recovery_code))
    try:
        assert workspace.check().result() == ()
        if known.passphrases:
            assert any(_unlocks(slots, passphrase) for passphrase in known.passphrases)
        _verify_documents(workspace, known)
        _verify_exchanges(workspace, known)
        _verify_files(opened.folder, workspace)
    finally:
        workspace.close()


def _verify_documents(workspace: Workspace, known: Acknowledged) -> None:
    listed = {document.id: document for document in workspace.documents.list().result()}
    for id_, sha256 in known.accepted.items():
        if id_ in known.removed:
            assert id_ not in listed
        elif id_ in listed:
            assert listed[DocumentId(id_)].sha256 == sha256
        else:  # being removed when the process was killed
            assert id_ in known.read
    for id_, document in listed.items():
        size = sum(len(piece) for piece in workspace.original(id_))
        assert size == document.size
        places = workspace.documents.places(id_).result()
        passages = workspace.passages.of_document(id_).result()
        assert len(places) == document.units
        assert len(passages) == document.passages
        assert bool(places) == (document.state is DocumentState.READ)
        if id_ in known.read:
            said = known.read[id_]
            assert (len(places), len(passages)) == (said["units"], said["passages"])
            last = workspace.documents.unit(id_, len(places)).result()
            assert last.text == workspace_writer.text_of(said["seed"], len(places))
    covered = [(s.first_passage, s.passages) for s in workspace.segments.load().result()]
    assert covered == [(r.start, len(r)) for r in workspace.passages.living().result()]


def _verify_exchanges(workspace: Workspace, known: Acknowledged) -> None:
    for id_, seed in known.asked.items():
        exchange = workspace.chats.exchange(ExchangeId(id_)).result()
        assert exchange.question == f"question {seed}"
        if exchange.state is ExchangeState.ANSWERED:
            assert exchange.answer == workspace_writer.answer_of(seed)
        else:
            assert id_ not in known.answered
            assert exchange.state is ExchangeState.INTERRUPTED
            if id_ in known.half:
                assert exchange.answer is not None
                assert exchange.answer.text == f"half {seed}"


def _verify_files(folder: Path, workspace: Workspace) -> None:
    blobs = [workspace.documents.blob(d.id).result() for d in workspace.documents.list().result()]
    assert {path.name for path in (folder / "blobs").iterdir()} == {f"{b}.blob" for b in blobs}


def _unlocks(slots: Keyslots, passphrase: str) -> bool:
    try:
        slots.unlock_with_passphrase(passphrase)
    except WrongPassphrase:
        return False
    return True
