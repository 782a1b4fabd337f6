"""Schemas become grammars, or are refused for a named reason; none is kept by half."""

import json

import pytest

from carrel.engine.chat.json_grammar import MAX_SCHEMA_CHARACTERS, grammar_of
from carrel.engine.errors import BadSchema


def rules(schema) -> dict[str, str]:
    lines = grammar_of(json.dumps(schema)).splitlines()
    return dict(line.split(" ::= ", 1) for line in lines)


def test_values_that_are_named_are_written_as_json() -> None:
    assert rules({"enum": ['a"b\\c', 1, None, True, [1, {"x": 2}]]})["root"] == " | ".join(
        [r'"\"a\\\"b\\\\c\""', '"1"', '"null"', '"true"', r'"[1,{\"x\":2}]"']
    )


def test_bounds_are_kept() -> None:
    assert "char{2,5}" in rules({"type": "string", "minLength": 2, "maxLength": 5})["root"]
    assert rules({"type": "array", "items": {"type": "null"}, "maxItems": 0})["root"] == '"[" "]"'
    several = rules({"type": "array", "items": {"type": "null"}, "minItems": 2, "maxItems": 4})
    assert "){1,3}" in several["root"]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "pattern": "^a"}, "“pattern”"),
        ({"type": "integer", "minimum": 3}, "“minimum”"),
        ({"$ref": "#/x"}, "type null"),
        ({"type": ["string", "null"]}, "type"),
        ({"type": "object", "additionalProperties": True}, "further properties"),
        ({"type": "object", "required": ["a"]}, "“a” is required"),
        ({"type": "array"}, "items"),
        ({"type": "string", "minLength": 5, "maxLength": 2}, "less than"),
        ({"type": "string", "maxLength": 10**9}, "between 0"),
        ({"type": "string", "maxLength": True}, "between 0"),
        ({"enum": []}, "empty"),
        ({"anyOf": "x"}, "no list"),
        ([], "not an object"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(schema, words: str) -> None:
    with pytest.raises(BadSchema, match=words):
        grammar_of(json.dumps(schema))


def test_size_depth_and_nonsense_are_refused() -> None:
    deep: object = {"type": "null"}
    for _ in range(20):
        deep = {"type": "array", "items": deep}
    for text, words in [
        ("{", "not JSON"),
        (" " * (MAX_SCHEMA_CHARACTERS + 1), "characters"),
        (json.dumps(deep), "nested"),
        ("[" * 10_000, "not JSON"),
        ('{"const": NaN}', "cannot be written"),
        ('{"const": "\\ud800"}', "cannot be written"),
    ]:
        with pytest.raises(BadSchema, match=words):
            grammar_of(text)
