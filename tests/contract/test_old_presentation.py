"""Old PowerPoint files: slides in order, with notes and comments; broken ones end in words."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.domain.errors import ParseError
from carrel.parsing import errors
from format_reading import read
from made_compound import compound
from made_ppt import Slide, box, holding, ppt, ppt_streams, record, words

DECK = [
    Slide(
        listed=(words("Costs", 0), words("They fell.\rBy a third.", 1)),
        shapes=(
            box(words("A box\vof two lines")),
            box(record(3998, struct.pack("<I", 0))),
            box(record(3998, struct.pack("<I", 1))),
        ),
        notes="Say it slowly.",
        comments=(("Ada", "Source?"), ("", "And since?")),
    ),
    Slide(shapes=(box(words("Привет")),), hidden=True),
    Slide(listed=(words("Only in the outline", 0),)),
]


def test_slides_have_titles_words_notes_and_comments():
    units, remarks = read(ppt(DECK))
    assert units[0].text.splitlines() == [
        "Costs", "A box", "of two lines", "They fell.", "By a third.", "Speaker notes",
        "Say it slowly.", "Comments", "Comment by Ada: Source?", "Comment: And since?",
    ]  # fmt: skip
    assert [(unit.label, unit.heading_line) for unit in units] == [
        ("Costs", "Costs"), ("(hidden slide)", ""),
        ("Only in the outline", "Only in the outline"),
    ]  # fmt: skip
    assert units[1].text == "Привет"
    assert units[1].headings[0].text == "Slide 2"
    assert remarks == {("hidden_slides", ""): [2]}


def test_what_is_embedded_is_said_and_the_author_is_known():
    summary = struct.pack("<HHI16sI16sI", 0xFFFE, 0, 0, bytes(16), 1, bytes(16), 48)
    facts = struct.pack("<IIIIII", 200, 2, 1, 24, 4, 32)
    facts += struct.pack("<IHH", 2, 1252, 0) + struct.pack("<II", 30, 6) + b"Zo\xeb\0\0\0"
    streams = ppt_streams(DECK, embedded=("Worksheet",))
    from carrel.parsing.formats.base import Report, Source
    from carrel.parsing.formats.ppt import PptFormat

    body = compound({**streams, "\x05SummaryInformation": summary + facts})
    report = Report()
    list(PptFormat().units(Source(body=body, name="a.ppt", kind="ppt"), report))
    assert ("embedded", "Worksheet") in report.remarks
    assert report.properties == {"Author": "Zoë"}


def test_a_slide_that_is_missing_leaves_the_numbers_as_they_are():
    streams = ppt_streams(DECK)
    body = bytearray(streams["PowerPoint Document"])
    struct.pack_into("<H", body, 2, 1)  # the first slide is none
    units, remarks = read(compound({**streams, "PowerPoint Document": bytes(body)}))
    assert [bool(unit.text) for unit in units] == [False, True, True]
    assert remarks[("damaged_slides", "")] == [1]


def test_slides_that_are_pictures_are_said():
    streams = {**ppt_streams([Slide(), *DECK[1:]]), "Pictures": b"x"}
    assert read(compound(streams))[1][("picture_slides", "")] == [1]


def current(token: int, edit: int) -> bytes:
    return record(4086, struct.pack("<III", 20, token, edit))


@pytest.mark.parametrize(
    ("streams", "error"),
    [
        ({**ppt_streams(DECK), "Current User": current(0xF3D1C4DF, 0)},
         errors.Encrypted),
        ({**ppt_streams(DECK), "Current User": b""}, errors.UnsupportedOldPresentation),
        ({**ppt_streams(DECK), "Current User": current(0xE391C05F, 9)},
         errors.Damaged),
        (ppt_streams([]), errors.NoText),
        (ppt_streams([Slide()]), errors.NoText),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(streams, error):
    with pytest.raises(error):
        read(compound(streams))


def test_shapes_inside_shapes_beyond_all_measure_end():
    deep = box(words("core"))
    for _ in range(5_000):
        deep = holding(0xF003, deep)
    units, _ = read(ppt([Slide(listed=(words("Deep", 0),), shapes=(deep,))]))
    assert units[0].text == "Deep"


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_streams_end_in_slides_or_in_a_named_error(data):
    streams = ppt_streams(DECK)
    body = bytearray(streams["PowerPoint Document"])
    for _ in range(data.draw(st.integers(1, 10))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        units, _ = read(compound({**streams, "PowerPoint Document": bytes(body)}))
    except ParseError:
        return
    assert all(isinstance(unit.text, str) for unit in units)
