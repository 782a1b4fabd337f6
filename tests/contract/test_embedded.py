"""Files inside Office documents come out as documents, out of whatever they are wrapped in."""

import struct

import openpyxl
import pytest

from carrel.domain.documents import Room
from format_reading import attached, read
from made_compound import compound
from made_files import repacked, word
from made_office import presentation, relations, shape, slide


def native(name: str, body: bytes) -> bytes:
    """What a program writes when a file is dragged into a document."""
    path = f"C:\\Users\\ada\\{name}".encode() + b"\0"
    inner = struct.pack("<H", 2) + name.encode() + b"\0" + path + b"\0\0\3\0"
    inner += struct.pack("<I", len(path)) + path + struct.pack("<I", len(body)) + body
    return struct.pack("<I", len(inner)) + inner


def in_word(part: str, body: bytes) -> bytes:
    return repacked(word("See the file."), {f"word/embeddings/{part}": body})


@pytest.mark.parametrize(
    ("part", "body", "name", "inner"),
    [
        ("rent.xlsx", b"PK-workbook", "rent.xlsx", b"PK-workbook"),
        ("oleObject1.bin", compound({"\x01Ole10Native": native("a.csv", b"year,rent")}),
         "a.csv", b"year,rent"),
        ("oleObject2.bin", compound({"Package": b"PK-inner"}), "oleObject2.zip", b"PK-inner"),
        ("oleObject3.bin", compound({"CONTENTS": b"%PDF-1.7 x"}), "oleObject3.pdf", b"%PDF-1.7 x"),
        ("oleObject4.bin", compound({"Workbook": b"x"}), "oleObject4.xls",
         compound({"Workbook": b"x"})),
    ],
)  # fmt: skip
def test_an_embedded_file_comes_out_of_its_wrapping(part, body, name, inner):
    found, remarks = attached(in_word(part, body))
    assert found == {name: inner}
    assert remarks == {}


@pytest.mark.parametrize(
    "body",
    [
        compound({"Equation Native": b"x"}),
        compound({"\x01Ole10Native": native("a.csv", b"year,rent")[:-3]}),
        compound({"\x01Ole10Native": b"\0" * 5}),
        compound({"Package": b"x"})[:600],
    ],
)
def test_a_wrapping_without_a_file_is_said(body):
    found, remarks = attached(in_word("oleObject1.bin", body))
    assert found == {}
    assert remarks == {("embedded", "oleObject1.bin"): []}


def test_what_lies_too_deep_is_not_opened():
    found, remarks = attached(in_word("a.xlsx", b"x"), room=Room(depth=0, members=1, size=9))
    assert (found, remarks) == ({}, {("not_opened", ""): []})


def test_the_file_behind_an_object_on_a_slide_comes_out():
    frame = (
        '<p:graphicFrame><a:graphic><a:graphicData><p:oleObj name="Worksheet" r:id="o"/>'
        "</a:graphicData></a:graphic></p:graphicFrame>"
    )
    body = presentation(
        [slide(shape("A"), frame)],
        {
            "ppt/slides/_rels/slide1.xml.rels": relations(("o", "package", "../embeddings/a.xlsx")),
            "ppt/embeddings/a.xlsx": "PK-workbook",
        },
    )
    assert attached(body)[0] == {"a.xlsx": b"PK-workbook"}


def test_the_names_of_a_workbook_are_listed(tmp_path):
    book = openpyxl.Workbook()
    book.active["B4"] = 1200
    names = {"Rent": "Sheet!$B$4", "Secret": "Sheet!$C$1"}
    for name, meaning in names.items():
        book.defined_names[name] = openpyxl.workbook.defined_name.DefinedName(
            name, attr_text=meaning, hidden=name == "Secret" or None
        )
    book.save(tmp_path / "a.xlsx")
    units, _ = read((tmp_path / "a.xlsx").read_bytes(), "a.xlsx")
    (unit,) = [unit for unit in units if unit.label == "Defined names"]
    assert unit.text == "Rent = Sheet!$B$4\nSecret (hidden) = Sheet!$C$1"
