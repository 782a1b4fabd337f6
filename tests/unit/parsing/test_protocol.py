import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.domain.blocks import Block, BlockKind
from carrel.domain.documents import OutlineEntry, Room, UnitKind
from carrel.language.blocks import pack_blocks
from carrel.language.segment import SegmentBuilder
from carrel.parsing import limits
from carrel.parsing.boxes import pack_boxes
from carrel.parsing.errors import Encrypted
from carrel.parsing.protocol import (
    Check,
    Done,
    Failed,
    MemberEnded,
    MemberStarted,
    Piece,
    Progress,
    SegmentSent,
    Started,
    WrongFrame,
    recognised,
)
from carrel.parsing.remarks import Remark
from carrel.parsing.values import ParsedUnit

STARTED = {"event": "started", "kind": "pdf", "parser": "pdfium", "parser_version": 1}
BOXES = pack_boxes(np.zeros((5, 4), np.float32))
UNIT = {
    "cells": b"",
    "blocks": b"",
    "event": "unit",
    "kind": "page",
    "label": "iv",
    "text": "Hello",
    "width": 595.0,
    "height": 842.0,
    "boxes": BOXES,
    "passages": [[0, 5, "Top › Middle"]],
}


def segment(passages: int = 1) -> bytes:
    builder = SegmentBuilder()
    for _ in range(passages):
        builder.add(text="Hello")
    return builder.build()


SEGMENT = {"event": "segment", "body": segment(), "passages": 1}
REMARK = {"event": "remark", "code": "picture_pages", "numbers": [1, 4], "name": ""}
DESCRIPTION = {
    "event": "description",
    "outline": [["Results", 1, 2], ["Web site", 2, 0]],
    "properties": [["Author", "Ada"]],
    "sketch": bytes(8) + b"\1" * 8,
}
DONE = {"event": "done", "units": 1}


def test_a_whole_reading_passes():
    check = Check()
    found = [check.message(frame) for frame in (STARTED, UNIT, SEGMENT, REMARK, DONE)]
    assert [type(message) for message in found] == [Started, ParsedUnit, SegmentSent, Remark, Done]
    unit = found[1]
    assert (unit.kind, unit.number, unit.label) == (UnitKind.PAGE, 1, "iv")
    assert unit.passages[0].heading == "Top › Middle"


def test_a_failure_is_one_of_ours():
    assert isinstance(Check().message({"event": "failed", "code": "parse.encrypted"}), Failed)
    found = Check().message({"event": "failed", "code": "parse.encrypted"})
    assert type(found.error) is Encrypted


@pytest.mark.parametrize("code", ["workspace.failed", "parse.crashed", "", None, 7, b"x"])
def test_a_failure_that_is_not_the_workers_to_name_becomes_the_general_one(code):
    found = Check().message({"event": "failed", "code": code})
    assert found.error.code == "parse.failed"


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "poem"},
        {"kind": None},
        {"label": "x" * (limits.MAX_LABEL + 1)},
        {"label": "nul\0"},
        {"text": "Hell\0"},
        {"text": "Hell\ud800"},
        {"text": b"Hello"},
        {"text": "Hello!"},  # one more than there are boxes
        {"text": "x" * (limits.MAX_UNIT_CHARACTERS + 1), "boxes": b"", "passages": []},
        {"width": float("nan")},
        {"width": float("inf")},
        {"height": -1.0},
        {"height": True},
        {"height": "842"},
        {"boxes": BOXES[:-1]},
        {"boxes": None},
        {"boxes": pack_boxes(np.full((5, 4), 1e9, np.float32))},
        {"boxes": pack_boxes(np.full((5, 4), np.inf, np.float32))},
        {"blocks": None},
        {"blocks": b"no blocks"},
        {"blocks": pack_blocks([Block(0, 6, BlockKind.HEADING)])},
        {"passages": None},
        {"passages": [[0, 6, ""]]},
        {"passages": [[-1, 3, ""]]},
        {"passages": [[3, 3, ""]]},
        {"passages": [[0, 3, ""], [2, 5, ""]]},
        {"passages": [[0, 3]]},
        {"passages": [[0, True, ""]]},
        {"passages": [[0, 3.0, ""]]},
        {"passages": [[0, 3, "x" * (limits.MAX_HEADING + 1)]]},
        {"passages": [[0, 3, "\0"]]},
        {"passages": [[i, i + 1, ""] for i in range(limits.MAX_UNIT_PASSAGES + 1)]},
    ],
)
def test_a_wrong_unit_is_refused(change):
    check = Check()
    check.message(STARTED)
    with pytest.raises(WrongFrame):
        check.message({**UNIT, **change})


@pytest.mark.parametrize(
    "frames",
    [
        [UNIT],
        [{"event": "progress", "done": 0, "total": 0}],
        [STARTED, STARTED],
        [STARTED, {"event": "progress", "done": -1, "total": 0}],
        [STARTED, {"event": "progress", "done": 1.5, "total": 2}],
        [STARTED, SEGMENT],
        [STARTED, UNIT, {**SEGMENT, "passages": 2}],
        [STARTED, UNIT, UNIT, SEGMENT],
        [STARTED, UNIT, {**SEGMENT, "body": segment(2)}],
        [STARTED, UNIT, {**SEGMENT, "body": b"CRLSEG"}],
        [STARTED, UNIT, {**SEGMENT, "body": SEGMENT["body"][:-1]}],
        [STARTED, UNIT, {**SEGMENT, "body": "text"}],
        [STARTED, UNIT, DONE],
        [STARTED, UNIT, SEGMENT, {**DONE, "units": 2}],
        [STARTED, {**REMARK, "code": "made up"}],
        [STARTED, {**REMARK, "code": ["picture_pages"]}],
        [STARTED, {**REMARK, "numbers": [4, 1]}],
        [STARTED, {**REMARK, "numbers": [0]}],
        [STARTED, {**REMARK, "numbers": [True]}],
        [STARTED, {**REMARK, "numbers": "1"}],
        [STARTED, {**REMARK, "name": "x" * 1000}],
        [STARTED, *[REMARK] * (limits.MAX_REMARKS + 1)],
        [{**STARTED, "kind": "PDF; rm"}],
        [{**STARTED, "parser_version": "1"}],
        [{}],
        [STARTED, {"event": ["unit"]}],
    ],
)
def test_a_wrong_frame_or_order_is_refused(frames):
    check = Check()
    with pytest.raises(WrongFrame):  # noqa: PT012 - which frame is refused differs
        for frame in frames:
            check.message(frame)


def test_names_in_remarks_cannot_steer_a_terminal_or_the_direction_of_text():
    check = Check()
    check.message(STARTED)
    found = check.message({**REMARK, "code": "attachment", "name": "a\u202egpj.exe\x1b[2J\n"})
    assert found.sentence == (
        "The attachment “a·gpj.exe·[2J·” was not read; add it as a file of its own."
    )


ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63),
        st.floats(),
        st.text(max_size=8),
        st.binary(max_size=24),
        st.sampled_from([BOXES, SEGMENT["body"], "page", "pdf", "Hello", [[0, 5, ""]]]),
    ),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=8,
)
FRAMES = st.one_of(
    st.sampled_from([STARTED, UNIT, SEGMENT, REMARK, DONE]),
    st.builds(
        lambda frame, changes: {**frame, **changes},
        st.sampled_from([STARTED, UNIT, SEGMENT, REMARK, DONE, {"event": "progress"}]),
        st.dictionaries(
            st.sampled_from(
                ["event", "kind", "label", "text", "width", "height", "boxes", "passages", "body",
                 "code", "numbers", "name", "done", "total", "units", "parser", "parser_version"]
            ),
            ANYTHING,
            max_size=3,
        ),
    ),
)  # fmt: skip


@given(st.lists(FRAMES, max_size=6))
def test_whatever_comes_is_refused_or_has_the_right_shape(frames):
    check = Check()
    units = passages = 0
    try:
        for frame in [STARTED, *frames]:
            message = check.message(frame)
            match message:
                case ParsedUnit():
                    units += 1
                    passages += len(message.passages)
                    message.text.encode("utf-8")
                    assert message.number == units
                    assert isinstance(message.kind, UnitKind)
                    assert 0 <= message.width <= limits.MAX_PAGE_POINTS
                    assert all(0 <= p.start < p.end <= len(message.text) for p in message.passages)
                case SegmentSent():
                    assert message.passages == passages
                    passages = 0
                case Progress():
                    assert type(message.done) is type(message.total) is int
                case Done():
                    assert passages == 0
    except WrongFrame:
        pass


# ── members ─────────────────────────────────────────────────────────────────

MEMBER = {"event": "member", "path": "a/b.txt"}
PIECE = {"event": "piece", "body": b"words"}
END = {"event": "member_end", "whole": True}
ROOM = Room(depth=1, members=2, size=12)


def unpacking(*frames, room=ROOM):
    check = Check(room=room)
    check.message(STARTED)
    return [check.message(frame) for frame in frames]


def test_a_member_comes_as_a_path_pieces_and_an_end():
    assert unpacking(MEMBER, PIECE, PIECE, END) == [
        MemberStarted("a/b.txt"), Piece(b"words"), Piece(b"words"), MemberEnded(whole=True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "frames",
    [
        ({**MEMBER, "path": "../a"},),
        ({**MEMBER, "path": "/a"},),
        ({**MEMBER, "path": "a\x1b[2J"},),
        ({**MEMBER, "path": "a//b"},),
        ({**MEMBER, "path": ""},),
        ({**MEMBER, "path": "x" * 5000},),
        ({**MEMBER, "path": 7},),
        (PIECE,),
        (END,),
        (MEMBER, MEMBER),
        (MEMBER, END),  # without bytes it is not whole
        (MEMBER, {**PIECE, "body": b""}),
        (MEMBER, {**PIECE, "body": "text"}),
        (MEMBER, {**PIECE, "body": bytes(2 << 20)}),
        (MEMBER, PIECE, PIECE, PIECE),  # more bytes than there is room for
        (MEMBER, PIECE, {**END, "whole": 1}),
        (MEMBER, PIECE, END, MEMBER),  # the same path again
        (MEMBER, PIECE, {"event": "done", "units": 0}),
        (MEMBER, PIECE, END, {**MEMBER, "path": "c"}, PIECE, END, {**MEMBER, "path": "d"}),
    ],
)
def test_members_that_break_the_rules_are_refused(frames):
    with pytest.raises(WrongFrame):
        unpacking(*frames)


def test_nothing_comes_out_where_there_is_no_depth_left():
    with pytest.raises(WrongFrame):
        unpacking(MEMBER, room=Room(depth=0, members=9, size=99))


def test_a_description_passes_twice_and_no_more():
    check = Check()
    check.message(STARTED)
    for _ in range(2):
        found = check.message(DESCRIPTION)
        assert found.outline[1] == OutlineEntry(title="Web site", level=2, unit=0)
        assert found.properties == (("Author", "Ada"),)
        assert found.sketch == DESCRIPTION["sketch"]
    with pytest.raises(WrongFrame):
        check.message(DESCRIPTION)


@pytest.mark.parametrize(
    "change",
    [
        {"outline": None},
        {"outline": [["x", 1, 1]] * (limits.MAX_OUTLINE + 1)},
        {"outline": [["x", 0, 1]]},
        {"outline": [["x", True, 1]]},
        {"outline": [["x", 1, -1]]},
        {"outline": [["x", 1, limits.MAX_UNITS + 1]]},
        {"outline": [["nul\0", 1, 1]]},
        {"outline": [["x" * (limits.MAX_LABEL + 1), 1, 1]]},
        {"outline": [["x", 1]]},
        {"sketch": None},
        {"sketch": bytes(7)},
        {"sketch": bytes(16)},
        {"sketch": b"".join(n.to_bytes(8, "little") for n in range(257))},
        {"properties": None},
        {"properties": [["Author", 7]]},
        {"properties": [["", "Ada"]]},
        {"properties": [["Author", "\ud800"]]},
        {"properties": [["Author", "x" * (limits.MAX_PROPERTY + 1)]]},
        {"properties": [["Author", "Ada"]] * (limits.MAX_PROPERTIES + 1)},
    ],
)
def test_a_description_that_breaks_the_rules_is_refused(change):
    check = Check()
    check.message(STARTED)
    with pytest.raises(WrongFrame):
        check.message({**DESCRIPTION, **change})


# ── recognised pages ────────────────────────────────────────────────────────

RECOGNISED = {
    "event": "recognised",
    "text": "Hello",
    "boxes": BOXES,
    "confidences": bytes([90] * 5),
    "languages": "eng+deu",
    "turned": 90,
    "passages": [[0, 5, ""]],
    "segment": segment(),
}


def test_a_recognised_page_passes():
    page = recognised(RECOGNISED)
    assert (page.text, page.confidence, page.turned) == ("Hello", 90, 90)
    empty = {**RECOGNISED, "text": "", "boxes": b"", "confidences": b"", "passages": []}
    assert recognised({**empty, "segment": b""}).text == ""


@pytest.mark.parametrize(
    "change",
    [
        {"event": "unit"},
        {"text": "Hell"},
        {"text": "Hel\0o"},
        {"boxes": b"x"},
        {"confidences": bytes(4)},
        {"confidences": bytes([101] * 5)},
        {"confidences": [90] * 5},
        {"languages": ""},
        {"languages": "eng; rm"},
        {"turned": 45},
        {"turned": 360},
        {"turned": True},
        {"passages": [[0, 6, ""]]},
        {"passages": []},
        {"segment": b""},
        {"segment": segment(2)},
        {"segment": b"nonsense"},
    ],
)
def test_a_recognised_page_that_does_not_add_up_is_refused(change):
    with pytest.raises(WrongFrame):
        recognised({**RECOGNISED, **change})
