"""When what is read is saved on the way: by the time reading took, and by what writing costs."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest

from carrel.app.remembering import SAVE_SECONDS, SAVED_BYTES_A_SECOND, Remembering
from carrel.engine.capsule_talk import Beginning, CapsuleTalk
from carrel.engine.chat.encoding import Message, Role, Thinking
from carrel.engine.wire.capsules import Held, Point
from carrel.workspace.store import Workspace
from made_workspaces import CHEAP, PASSPHRASE

TOLD = (Message(role=Role.USER, text="A long document."),)
STRIDE = 8_192
TOKENS = 10 * STRIDE


def point(tokens: int) -> Point:
    return Point(tokens=tokens, sha256=hashlib.sha256(str(tokens).encode()).hexdigest())


POINTS = tuple(point(at) for at in range(STRIDE, TOKENS + 1, STRIDE))


class Image:
    """A state of four bytes."""

    def __enter__(self) -> Image:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def read_into(self, room: memoryview, start: int) -> None:
        room[:] = b"wxyz"[start : start + len(room)]


class Reader(CapsuleTalk):
    """Reads at a pace, without an engine."""

    def __init__(self, seconds_each: float, size_of_token: int = 0) -> None:
        self.weights = "w"
        self.pace = seconds_each / STRIDE
        self.size = size_of_token
        self.at = 0
        self.kept: list[int] = []

    @property
    def info(self) -> object:
        return SimpleNamespace(fingerprint="f")

    def _held(self, reused: int, seconds: float) -> Beginning:
        here = next((one for one in POINTS if one.tokens == self.at), None)
        held = Held(
            points=POINTS,
            in_place=self.at,
            reused=reused,
            here=here,
            state_bytes=4 + self.at * self.size,
            seconds=seconds,
            finished=True,
        )
        return Beginning(messages=TOLD, thinking=Thinking.OFF, held=held)

    def look(self, *_: object) -> Beginning:
        return self._held(self.at, 0.0)

    def hold(self, *_: object, until: int = 0, **__: object) -> Beginning:
        before, self.at = self.at, max(self.at, until or TOKENS)
        return self._held(before, (self.at - before) * self.pace)

    def keep(self, beginning: Beginning) -> Image:
        self.kept.append(beginning.held.in_place // STRIDE)
        return Image()

    def restore(self, _beginning: Beginning, to: Point, pieces: object, size: int) -> None:
        del pieces, size
        self.at = to.tokens


@pytest.fixture
def workspace(tmp_path):
    created = Workspace.create(tmp_path / "w", name="Test", passphrase=PASSPHRASE, cost=CHEAP)
    yield created.workspace
    created.workspace.close()


def read(workspace: Workspace, reader: Reader, stopped_at: int = TOKENS + 1) -> list[int]:
    """Read everything; the strides after which it was saved."""
    remembering = Remembering(workspace, lambda: 1 << 40, lambda _: "")
    remembered = remembering.read(
        reader, "m", TOLD, (), thinking=Thinking.OFF, on_event=lambda _: None,
        stopped=lambda: reader.at >= stopped_at,
    )  # fmt: skip
    assert remembered.finished == (reader.at == TOKENS)
    remembering.close()
    return reader.kept


def test_a_slow_reading_is_saved_wherever_it_can_be(workspace: Workspace) -> None:
    assert read(workspace, Reader(2 * SAVE_SECONDS)) == list(range(1, 11))


def test_a_quick_reading_is_saved_by_the_clock_and_not_shortly_before_its_end(
    workspace: Workspace,
) -> None:
    assert read(workspace, Reader(SAVE_SECONDS / 3)) == [3, 6, 10]  # after 9 it is nearly done


def test_a_large_state_is_saved_more_seldom(workspace: Workspace) -> None:
    # After a stride it takes twice the seconds of a stride to be worth its bytes, then more.
    size = int(2 * 2 * SAVE_SECONDS * SAVED_BYTES_A_SECOND / STRIDE)
    kept: list[int] = []
    reader = Reader(2 * SAVE_SECONDS, size)
    reader.keep = lambda beginning: kept.append(beginning.held.in_place) or Image()
    read(workspace, reader)
    assert kept == [TOKENS]


def test_a_reading_that_goes_on_is_saved_by_the_pace_of_what_it_reads(
    workspace: Workspace,
) -> None:
    first = Reader(2 * SAVE_SECONDS)
    assert read(workspace, first, stopped_at=6 * STRIDE) == [1, 2, 3, 4, 5, 6]
    again = Reader(2 * SAVE_SECONDS)
    assert read(workspace, again) == [7, 8, 9, 10]
