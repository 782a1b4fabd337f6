"""Keys above the lines of JSON, YAML and XML; the text itself stays as it is."""

import json
import time

import pytest

from carrel.language.passages import heading_path
from format_reading import read, text_of

JSON = """{
  "invoices": [
    {"number": "A-1", "lines": {
      "rent": 1200.10, "note": "a {brace} and a \\"quote\\": [x"
    }},
    {"number": "A-2", "lines": {
      "rent": 1300
    }}
  ],
  "total": 2500
}
"""
YAML = """# rents
tenants:
  - name: Ada
    lease:
      rent: 1200
    notes: |
      free
owner: Bob
"""
XML = """<?xml version="1.0"?>
<!-- <old> -->
<rents>
  <tenant id="Ada"
          since="2024">
    <lease><rent>1200</rent><paid/></lease>
  </tenant>
  <tenant id="Bob"><![CDATA[<x>]]><rent>1300</rent></tenant>
</rents>
"""


@pytest.mark.parametrize(
    ("text", "name", "place", "path"),
    [
        (JSON, "a.json", "1200.10", "invoices › [0] › lines"),
        (JSON, "a.json", "1300", "invoices › [1] › lines"),
        (YAML, "a.yaml", "1200", "tenants › lease"),
        (YAML, "a.yml", "owner", "tenants › lease"),
        (XML, "a.xml", "1200", "tenant Ada › lease › rent"),
        (XML, "a", "1300", "tenant Bob › rent"),
    ],
)
def test_the_keys_above_a_place_are_its_headings(text, name, place, path):
    (unit,), found = read(text.encode(), name)
    assert unit.text == text.removesuffix("\n")
    assert heading_path((), unit.headings, unit.text.index(place)).startswith(path.split(" › ")[0])
    if "owner" not in place:
        assert heading_path((), unit.headings, unit.text.index(place)) == path
    assert not found


def test_line_numbers_are_those_of_an_editor():
    body = "[\n" + "\n".join(f'{{"n": {n}}},' for n in range(300)) + "\n1]\n"
    units, _ = read(body.encode(), "a.json")
    assert [unit.label for unit in units] == ["lines 1–200", "lines 201–302"]


def test_json_on_one_line_is_set_on_lines_without_changing_a_token():
    data = {
        "rows": [{"name": f"row {n}", "sum": n + 0.5, "none": None} for n in range(200)],
        "e": [],
    }
    body = json.dumps(data, separators=(",", ":"))
    units, found = read(body.encode(), "a.json")
    text = "\n".join(unit.text for unit in units)
    assert '\n  {\n   "name": "row 7",\n   "sum": 7.5,\n   "none": null\n  },\n' in text
    assert json.loads(text) == data
    assert "".join(text.split()) == "".join(body.split())
    assert found == {("laid_out", ""): []}


def test_text_that_breaks_the_rules_of_its_kind_is_still_text():
    for body, name in (
        (b'{"a": [1, }}}', "a.json"),
        (b"</a></a><b", "a.xml"),
        (b"a:\n\t- {", "a.yml"),
    ):
        assert text_of(body, name) == body.decode()


def test_entities_are_left_as_they_stand():
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>\n<x>&b;</x>'
    assert text_of(bomb.encode(), "a.xml") == bomb


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"[" * 400_000, "a.json"),
        (b'{"a":' * 200_000, "a.json"),
        (b"<a \"" * 700_000, "a.xml"),
        (b"- " * 1_000_000, "a.yaml"),
    ],
)  # fmt: skip
def test_megabytes_of_nesting_are_read_soon(body, name):
    began = time.process_time()
    read(body, name)
    assert time.process_time() - began < 20
