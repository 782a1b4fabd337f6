"""Capsules on the wire: hold a beginning, keep its state, restore it, compare numbers.

A capsule is all the engine knows after the tokens of a beginning, such as the
text of a few documents. Its bytes cross in memory both sides have open, never in
frames; its tokens never leave the worker, only their number and SHA-256 do.

Down: ``hold``, ``keep``, ``restore``, ``forget``, ``fingerprint``. Up, beside the
progress of reading: ``held``, ``kept``, ``restored``, ``forgotten``,
``fingerprinted``. Neither side believes the other. Must not know llama.cpp,
files or keys.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Final

from carrel.engine.chat.conversation import Message, Thinking
from carrel.engine.fields import Fields, choice
from carrel.engine.wire.conversations import parse_messages, written_messages
from carrel.engine.wire.protocol import MAX_BYTES, MAX_CONTEXT_TOKENS, MAX_SECONDS
from carrel.system.frames import Frame, FrameError

MAX_POINTS: Final = 256
"""Positions told about one prompt: a million tokens have 128 on the way, and each document one."""
ENCODER_VERSION: Final = 1
"""Of the way from messages to tokens. The tokens' own hash tells two encodings apart as well; this
number makes a change of theirs visible in the key."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")
_REQUESTS: Final = frozenset({"hold", "keep", "restore", "forget", "fingerprint"})
_EVENTS: Final = frozenset({"held", "kept", "restored", "forgotten", "fingerprinted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Find out how much of a beginning is in the context, and read the rest if asked.

    Attributes:
        prefix: the messages; what follows them in a prompt must be a question of the user.
        read: make the context end exactly here.
        until: read no further than these tokens, one of the `Held.points`; 0 for all.
    """

    id: int
    prefix: tuple[Message, ...]
    thinking: Thinking
    read: bool
    until: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Write the state at the present end into the shared memory, which has this size."""

    id: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """Take the state from the shared memory: of the first tokens of a beginning.

    Attributes:
        tokens: how many of them the state covers.
        sha256: of those tokens.
        size: bytes of the state.
    """

    id: int
    prefix: tuple[Message, ...]
    thinking: Thinking
    tokens: int
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Empty the context."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Tell the numbers behind the first word of an answer, as a hash."""

    id: int
    conversation: tuple[Message, ...]
    thinking: Thinking


CapsuleRequest = Hold | Keep | Restore | Forget | Fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place in a beginning where a capsule may end."""

    tokens: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the context holds of a beginning.

    Attributes:
        points: places where a capsule may end, ascending; the last is the whole beginning.
        in_place: tokens in the context that need no reading.
        reused: of those, tokens that were there beforehand.
        here: the present end of the context, if its state may be kept; else None.
        state_bytes: of the state there; 0 without.
        seconds: reading took.
        finished: it was not stopped.
    """

    points: tuple[Point, ...]
    in_place: int
    reused: int
    here: Point | None
    state_bytes: int
    seconds: float
    finished: bool

    @property
    def tokens(self) -> int:
        """Of the whole beginning."""
        return self.points[-1].tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprinted:
    """SHA-256 of the raw numbers from which the first word is chosen."""

    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """Kept, restored or forgotten, as asked."""

    event: str


CapsuleEvent = Held | Fingerprinted | Confirmed


def tokens_digest(tokens: list[int], ends: list[int]) -> list[Point]:
    """The places, each with the hash of all tokens before it (integers of 4 bytes)."""
    digest = hashlib.sha256()
    found: list[Point] = []
    start = 0
    for end in ends:
        digest.update(array("i", tokens[start:end]).tobytes())
        found.append(Point(tokens=end, sha256=digest.hexdigest()))
        start = end
    return found


def capsule_key(*, weights: str, loaded: str, tokens: str) -> str:
    """What a capsule can be used for, as 64 hexadecimal digits.

    Args:
        weights: what identifies the file's content.
        loaded: what identifies how it was loaded and by which library; see `EngineInfo`.
        tokens: SHA-256 of the exact tokens.
    """
    parts = ("carrel capsule 1", weights, loaded, str(ENCODER_VERSION), tokens)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def capsule_request_frame(request: CapsuleRequest) -> Frame:
    """A request as a frame."""
    match request:
        case Hold() | Restore():
            form = {name: getattr(request, name) for name in request.__dataclass_fields__}
            form["prefix"] = written_messages(request.prefix)
            form["thinking"] = request.thinking.value
            return {"do": "hold" if isinstance(request, Hold) else "restore", **form}
        case Keep():
            return {"do": "keep", **asdict(request)}
        case Forget():
            return {"do": "forget", **asdict(request)}
        case Fingerprint():
            return {
                "do": "fingerprint",
                "id": request.id,
                "conversation": written_messages(request.conversation),
                "thinking": request.thinking.value,
            }


def is_capsule_request(untrusted_frame: Frame) -> bool:
    """Whether a frame is for `parse_capsule_request`."""
    untrusted_do = untrusted_frame.get("do")
    return isinstance(untrusted_do, str) and untrusted_do in _REQUESTS


def parse_capsule_request(untrusted_frame: Frame) -> CapsuleRequest:
    """Check a frame that reached the worker.

    Raises:
        FrameError: it is none of ours.
    """
    fields = Fields(untrusted_frame)
    number = fields.integer("id", 1, 1 << 62)
    do = fields.raw("do")
    if do == "keep":
        return Keep(id=number, size=fields.integer("size", 1, MAX_BYTES))
    if do == "forget":
        return Forget(id=number)
    thinking = choice(Thinking, fields.text("thinking", 8))
    if do == "fingerprint":
        told = parse_messages(fields, "conversation")
        return Fingerprint(id=number, conversation=told, thinking=thinking)
    prefix = parse_messages(fields, "prefix")
    if do == "hold":
        return Hold(
            id=number,
            prefix=prefix,
            thinking=thinking,
            read=fields.truth("read"),
            until=fields.integer("until", 0, MAX_CONTEXT_TOKENS),
        )
    if do == "restore":
        return Restore(
            id=number,
            prefix=prefix,
            thinking=thinking,
            tokens=fields.integer("tokens", 1, MAX_CONTEXT_TOKENS),
            sha256=checked_digest(fields.raw("sha256")),
            size=fields.integer("size", 1, MAX_BYTES),
        )
    raise FrameError(cause="an unknown request")


def is_capsule_event(untrusted_frame: Frame) -> bool:
    """Whether a frame is for `parse_capsule_event`."""
    untrusted_event = untrusted_frame.get("event")
    return isinstance(untrusted_event, str) and untrusted_event in _EVENTS


def parse_capsule_event(untrusted_frame: Frame, *, current: int) -> CapsuleEvent:
    """Check a frame that reached the window.

    Args:
        current: the request under way.

    Raises:
        FrameError: it is none of ours.
    """
    fields = Fields(untrusted_frame)
    if fields.integer("id", 1, 1 << 62) != current:
        raise FrameError(cause="an answer nobody asked for")
    match fields.raw("event"):
        case "held":
            return _held(fields)
        case "fingerprinted":
            return Fingerprinted(sha256=checked_digest(fields.raw("sha256")))
        case "kept" | "restored" | "forgotten" as event:
            return Confirmed(event=str(event))
        case _:
            raise FrameError(cause="an unknown event")


def checked_digest(untrusted: object) -> str:
    """64 hexadecimal digits.

    Raises:
        FrameError: something else.
    """
    if not isinstance(untrusted, str) or not _DIGEST.match(untrusted):
        raise FrameError(cause="a SHA-256 that is none")
    return untrusted


def _held(fields: Fields) -> Held:
    points = tuple(_point(untrusted) for untrusted in fields.many("points", MAX_POINTS))
    if not points or any(a.tokens >= b.tokens for a, b in pairwise(points)):
        raise FrameError(cause="places that are not in order")
    untrusted_here = fields.raw("here")
    total = points[-1].tokens
    in_place = fields.integer("in_place", 0, total)
    return Held(
        points=points,
        in_place=in_place,
        reused=fields.integer("reused", 0, in_place),
        here=None if untrusted_here is None else _point(untrusted_here),
        state_bytes=fields.integer("state_bytes", 0, MAX_BYTES),
        seconds=fields.real("seconds", 0.0, MAX_SECONDS),
        finished=fields.truth("finished"),
    )


def _point(untrusted: object) -> Point:
    fields = Fields(untrusted)
    return Point(
        tokens=fields.integer("tokens", 1, MAX_CONTEXT_TOKENS),
        sha256=checked_digest(fields.raw("sha256")),
    )
