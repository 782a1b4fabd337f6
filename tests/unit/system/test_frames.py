"""Frames survive the round trip; anything else is refused, never half read."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.system.frames import MAX_FRAME_BYTES, FrameError, pack, read_frame, write_frame

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text(max_size=20)
    | st.binary(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.text(max_size=8), VALUES, max_size=5), max_size=4))
def test_frames_arrive_as_they_were_sent(frames):
    stream = io.BytesIO()
    for frame in frames:
        write_frame(stream, frame)
    stream.seek(0)
    assert [read_frame(stream) for _ in frames] == frames
    assert read_frame(stream) is None


@given(st.binary(max_size=64))
def test_arbitrary_bytes_are_a_frame_or_an_error(untrusted):
    try:
        frame = read_frame(io.BytesIO(untrusted))
    except FrameError:
        return
    assert frame is None or isinstance(frame, dict)


def test_a_frame_cut_short_is_an_error():
    whole = pack({"event": "done"})
    for size in range(1, len(whole)):
        with pytest.raises(FrameError):
            read_frame(io.BytesIO(whole[:size]))


def test_an_announced_length_beyond_the_limit_is_refused_unread():
    stream = io.BytesIO(struct.pack(">I", MAX_FRAME_BYTES + 1))
    with pytest.raises(FrameError):
        read_frame(stream)


def test_a_frame_too_large_to_send_is_refused():
    with pytest.raises(FrameError):
        pack({"body": bytes(MAX_FRAME_BYTES)})


def test_a_map_with_keys_that_are_no_text_is_refused():
    with pytest.raises(FrameError):
        read_frame(io.BytesIO(struct.pack(">I", 3) + b"\x81\x01\x02"))
