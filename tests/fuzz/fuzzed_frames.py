"""What arrives over pipes: the parser's, the recogniser's and the engine's frames, and jobs.

The input is a row of frames as they travel, so that the fuzzer finds what their order does.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final

from carrel.domain.errors import ProcessError
from carrel.engine.wire import capsules, frames, job, pacing
from carrel.parsing.protocol import Check, recognised
from carrel.system.frames import Frame, FrameError, read_frame
from targets import Target


def _frames(body: bytes) -> Iterator[Frame]:
    stream = io.BytesIO(body)
    while (frame := read_frame(stream)) is not None:
        yield frame


def _parser(body: bytes) -> None:
    check = Check()
    for frame in _frames(body):
        check.message(frame)


def _recogniser(body: bytes) -> None:
    for frame in _frames(body):
        recognised(frame)


def _requests(body: bytes) -> None:
    for frame in _frames(body):
        if capsules.is_capsule_request(frame):
            capsules.parse_capsule_request(frame)
        elif "do" not in frame:
            pacing.parse_time_it(frame)
        else:
            frames.parse_request(frame)


def _events(body: bytes) -> None:
    """The first byte is the request under way."""
    current = int.from_bytes(body[:1], "big")
    for frame in _frames(body[1:]):
        if capsules.is_capsule_event(frame):
            capsules.parse_capsule_event(frame, current=current)
        elif "event" not in frame:
            pacing.parse_timed(frame)
        else:
            frames.parse_event(frame, current=current)


def _job(body: bytes) -> None:
    job.parse_job(body.decode("utf-8", "replace"))


TARGETS: Final = {
    "parser-frames": Target(_parser, (ProcessError,)),
    "recogniser-frames": Target(_recogniser, (ProcessError,)),
    "engine-requests": Target(_requests, (FrameError,)),
    "engine-events": Target(_events, (FrameError,)),
    "engine-job": Target(_job, (FrameError,)),
}
