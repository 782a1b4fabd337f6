"""What workspace tests are made of: cheap key slots, a key store in memory, some documents."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from carrel.domain.documents import (
    Document,
    DocumentState,
    LedgerEntry,
    OutlineEntry,
    Property,
    UnitKind,
)
from carrel.parsing.values import PicturedUnit
from carrel.workspace.committing import Committed
from carrel.workspace.keys import Argon2Cost, DataKey
from carrel.workspace.keyslots import Keyslots
from carrel.workspace.store import Workspace

CHEAP = Argon2Cost(memory_kib=64, passes=1, lanes=1)
PASSPHRASE = "correct horse battery staple"


class MemoryKeyStore:
    """A key store in memory, held to the real one's rules by `unit/workspace/test_keystore.py`."""

    def __init__(self, backend: str = "Memory") -> None:
        self.backend = backend
        self.kept: dict[str, bytes] = {}

    def keep(self, account: str, secret: bytes) -> None:
        self.kept[account] = secret

    def find(self, account: str) -> bytes | None:
        return self.kept.get(account)

    def forget(self, account: str) -> None:
        self.kept.pop(account, None)


@dataclass(frozen=True)
class SomePassage:
    start: int
    end: int
    heading: str = ""


@dataclass(frozen=True)
class SomeUnit:
    number: int
    text: str
    passages: tuple[SomePassage, ...]
    kind: UnitKind = UnitKind.PAGE
    label: str = ""
    width: float = 612.0
    height: float = 792.0
    char_boxes: bytes = b"boxes"
    cells: bytes = b""
    blocks: bytes = b""


@dataclass(frozen=True)
class SomeSummary:
    kind: str = "pdf"
    parser: str = "pdfium"
    parser_version: int = 1
    state: DocumentState = DocumentState.READ
    warnings: tuple[str, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    sketch: bytes = b""
    outline: tuple[OutlineEntry, ...] = ()
    properties: tuple[Property, ...] = ()
    pictured: tuple[PicturedUnit, ...] = ()


@dataclass
class Opened:
    """A workspace with what is needed to open it again."""

    workspace: Workspace
    recovery_code: str
    folder: Path

    def slots(self) -> Keyslots:
        return Keyslots.load(self.folder, floor=CHEAP)

    def key(self) -> DataKey:
        return self.slots().unlock_with_recovery_code(self.recovery_code)

    def reopened(self) -> Workspace:
        self.close()
        self.workspace = Workspace.open(self.folder, self.key())
        return self.workspace

    def close(self) -> None:
        self.workspace.close()


def some_units(*texts: str) -> list[SomeUnit]:
    """One unit for each text, with one passage for each line."""
    units = []
    for number, text in enumerate(texts, start=1):
        passages, start = [], 0
        for line in text.split("\n"):
            passages.append(SomePassage(start, start + len(line), f"Part {number}"))
            start += len(line) + 1
        units.append(SomeUnit(number, text, tuple(passages), label=f"p. {number}"))
    return units


def add(workspace: Workspace, content: bytes, name: str = "report.pdf") -> Document:
    accepted = workspace.accept(
        name=name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        pieces=[content],
    )
    return accepted.document


def read(
    workspace: Workspace, document: Document, *texts: str, summary: SomeSummary | None = None
) -> Committed:
    units = some_units(*texts)
    count = sum(len(unit.passages) for unit in units)
    return workspace.documents.commit_parsed(
        document.id, summary or SomeSummary(), units=units, segments=[(b"terms", count)], seconds=1
    ).result()
