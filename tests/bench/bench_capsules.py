"""Keeping what was read and having it back, against a plain file; what a second question saves.

The engine reads a document with the narrow file, whose state is V4-Flash's to the
byte. Then its state goes the whole way: worker, shared memory, encrypted file in a
workspace, ``fsync``; and back into a worker whose context is empty. The peer of
having it back is a plain file of the same size, read in pieces of a MiB into one
buffer, which is the least any program could do; the peer of keeping it is such a
file written and synced. All take turns, on the same disk. "Cold" is with both files
put out of the system's cache, as after a day of other work; "warm" is with both in
it, where a plain file is only copied within memory and a sealed one still has to be
opened.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from run import Row

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "desktop"), str(ROOT / "models" / "tiny"), str(ROOT / "tests")]

import narrow  # noqa: E402

from carrel.app.app import App  # noqa: E402
from carrel.app.remembering import SAVED_BYTES_A_SECOND  # noqa: E402
from carrel.catalog.installed import Catalog  # noqa: E402
from carrel.domain.answers import AnswerMode  # noqa: E402
from carrel.domain.events import AddingFinished, AnswerAdded, AnswerFinished  # noqa: E402
from carrel.domain.ids import DocumentId  # noqa: E402
from carrel.domain.workspaces import Seal  # noqa: E402
from carrel.engine.capsule_talk import Beginning  # noqa: E402
from carrel.engine.chat.encoding import Message, Role  # noqa: E402
from carrel.engine.client import Engine  # noqa: E402
from carrel.engine.wire.protocol import EngineSettings  # noqa: E402
from carrel.settings import Settings  # noqa: E402
from carrel.workspace.capsules import Capsule, NewCapsule  # noqa: E402
from carrel.workspace.store import Workspace  # noqa: E402
from made_workspaces import MemoryKeyStore  # noqa: E402

Value = TypeVar("Value")
TEXT = (ROOT / "models" / "tiny" / "text.txt").read_text("utf-8")
CHARACTERS = 20_000
"""Of the document: some 7,000 tokens of the narrow file, 65 MB of state."""
ASKED_CHARACTERS = 4_000
"""Of the document that is asked about twice."""
ROUNDS = 7
PIECE_BYTES = 1 << 20
BYTES_A_TOKEN, SHARE, FIXED_BYTES = 6_892, 1.05, 18_000_000
"""What a capsule may take: a share of these for each token, and this besides."""
MOST_SAVING = 2.0
"""Per cent of the time of reading that may be spent on saving what was read so far."""
LEAST_RATE = 0.7
"""Of the plain file's speed. Gates are on times, so they stand the other way round."""
SEAL = Seal(active=True, calls="", files="", landlock_abi=0)


def main() -> list[Row]:
    """Read once, then let all take turns."""
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as name:
        folder = Path(name)
        narrow.describe(1).write(folder / "narrow.gguf")
        return [*_moving(folder), *_asking(folder)]


# ── moving ──────────────────────────────────────────────────────────────────


def _moving(folder: Path) -> list[Row]:
    workspace = Workspace.create(
        folder / "moving", name="Bench", key_store=MemoryKeyStore()
    ).workspace
    times: dict[str, list[float]] = {}
    with Engine.start(folder / "narrow.gguf", EngineSettings(context_tokens=8192)) as engine:
        told = (
            Message(role=Role.USER, text=(TEXT * 20)[:CHARACTERS]),
            Message(role=Role.ASSISTANT, text="I have read it."),
        )
        began = time.perf_counter()
        held = engine.hold(told)
        reading = time.perf_counter() - began
        plain = folder / "plain"
        for _ in range(ROUNDS):
            engine.hold(told)
            _time(times, "write", lambda: _write_plain(plain, held.held.state_bytes))
            capsule = _time(times, "save", lambda: _save(engine, workspace, held))
            (file,) = (folder / "moving" / "capsules").glob("*.capsule")
            for kind in ("cold", "warm"):
                for path in (plain, file):
                    _put(path, cached=kind == "warm")
                _time(times, f"{kind} read", lambda: _read_plain(plain))
                engine.forget()
                found = engine.look(told)
                _time(
                    times,
                    f"{kind} restore",
                    lambda: _restore(engine, workspace, found, capsule),  # noqa: B023
                )
                assert engine.look(told).held.in_place == held.held.tokens
            workspace.capsules.clear().result()
    workspace.close()
    took = {kind: statistics.median(each) for kind, each in times.items()}
    return _moving_rows(held, took, reading)


def _moving_rows(held: Beginning, took: dict[str, float], reading: float) -> list[Row]:
    tokens, size = held.held.tokens, held.held.state_bytes
    rate = {kind: size / 1e6 / seconds for kind, seconds in took.items()}
    allowed = SHARE * BYTES_A_TOKEN * tokens + FIXED_BYTES
    limit = 1 / LEAST_RATE
    return [
        Row(what=f"state of {tokens:,} tokens at V4-Flash's geometry", value=size / 1e6,
            unit="MB", gate=allowed / 1e6),
        Row(what="reading these tokens with the narrow file", value=reading, unit="s"),
        Row(what="plain file, read cold", value=rate["cold read"], unit="MB/s"),
        Row(what="capsule, restored cold", value=rate["cold restore"], unit="MB/s"),
        Row(what="restored per time of the plain file, cold",
            value=took["cold restore"] / took["cold read"], unit="", gate=limit),
        Row(what="plain file, read warm", value=rate["warm read"], unit="MB/s"),
        Row(what="capsule, restored warm", value=rate["warm restore"], unit="MB/s"),
        Row(what="plain file, written and synced", value=rate["write"], unit="MB/s"),
        Row(what="capsule, saved and synced", value=rate["save"], unit="MB/s"),
        Row(what="saved per time of the plain file written", value=took["save"] / took["write"],
            unit="", gate=limit),
        Row(what="saved per time of the plain file read cold",
            value=took["save"] / took["cold read"], unit=""),
        Row(what="time spent on saving on the way while reading, at most",
            value=SAVED_BYTES_A_SECOND / 1e4 / rate["save"], unit="%", gate=MOST_SAVING),
    ]  # fmt: skip


def _save(engine: Engine, workspace: Workspace, held: Beginning) -> Capsule:
    new = NewCapsule(
        key=engine.capsule_key(held.held.points[-1]),
        tokens=held.held.tokens,
        size=held.held.state_bytes,
        documents=(),
        whole=True,
        seconds=1.0,
    )
    with engine.keep(held) as image:
        capsule = workspace.capsules.write(new, image.read_into, budget=1 << 40)
    if capsule is None:
        raise RuntimeError("it was there already")
    return capsule


def _restore(engine: Engine, workspace: Workspace, found: Beginning, capsule: Capsule) -> None:
    engine.restore(found, found.held.points[-1], workspace.capsules.read(capsule), capsule.size)


def _write_plain(path: Path, size: int) -> None:
    """Noise, which no disk can compress."""
    piece = os.urandom(PIECE_BYTES)
    path.unlink(missing_ok=True)
    with path.open("wb", buffering=0) as stream:
        for start in range(0, size, PIECE_BYTES):
            stream.write(piece[: min(PIECE_BYTES, size - start)])
        os.fsync(stream.fileno())


def _read_plain(path: Path) -> None:
    room = bytearray(PIECE_BYTES)
    with path.open("rb", buffering=0) as stream:
        while stream.readinto(room):
            pass


def _put(path: Path, *, cached: bool) -> None:
    """Put a file into the system's cache, or out of it."""
    with path.open("rb", buffering=0) as stream:
        os.fsync(stream.fileno())
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if cached:
        _read_plain(path)


def _time(times: dict[str, list[float]], kind: str, work: Callable[[], Value]) -> Value:
    began = time.perf_counter()
    result = work()
    times.setdefault(kind, []).append(time.perf_counter() - began)
    return result


# ── asking ──────────────────────────────────────────────────────────────────


def _asking(folder: Path) -> list[Row]:
    """The whole program: a document, another one, and the first again."""
    Catalog(folder / "models").import_file(
        folder / "narrow.gguf", on_progress=lambda *_: None, cancelled=lambda: False
    )
    created = Workspace.create(folder / "asking", name="Bench", key_store=MemoryKeyStore())
    app = App(created.workspace, SEAL, Settings(folder / "settings.json"), folder / "models")
    try:
        other = _add(app, folder / "other.txt", TEXT[:1500])
        document = _add(app, folder / "document.txt", (TEXT * 4)[:ASKED_CHARACTERS])
        _first_word(app, other)  # loads the file
        anew, _ = _first_word(app, document)
        _first_word(app, other)
        restored, known = _first_word(app, document)
        in_place, _ = _first_word(app, document)
    finally:
        app.close()
    return [
        Row(what="first word about a document read anew", value=anew, unit="s"),
        Row(what=f"the same from its capsule, {known:,} tokens known", value=restored, unit="s"),
        Row(what="the same while the engine still holds it", value=in_place, unit="s"),
        Row(what="from the capsule, in hundredths of reading anew", value=100 * restored / anew,
            unit="%"),
    ]  # fmt: skip


def _add(app: App, path: Path, text: str) -> DocumentId:
    path.write_text(text, "utf-8")
    with app.listen() as events:
        app.add_paths([path])
        next(event for event in events if isinstance(event, AddingFinished))
    return app.documents().result()[0].id


def _first_word(app: App, document: DocumentId) -> tuple[float, int]:
    """Seconds until it comes, and how many tokens were known."""
    began, first = time.perf_counter(), 0.0
    with app.listen() as events:
        job = app.asking.ask(
            "Who?", chat=None, mode=AnswerMode.WHOLE, documents=(document,), seed=7
        )
        for event in events:
            if isinstance(event, AnswerAdded) and not first:
                first = time.perf_counter() - began
                app.cancel(job)
            if isinstance(event, AnswerFinished):
                break
    answer = event.exchange.answer
    if answer is None or not first:
        raise RuntimeError(f"no answer: {event.exchange}")
    return first, answer.tokens.known
