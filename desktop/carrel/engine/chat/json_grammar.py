"""A JSON schema as a grammar llama.cpp can hold an engine to.

A small part of JSON schema, enough to extract facts, and nothing silently left
out: a keyword that cannot be kept is refused. Properties come in the order of
the schema, without spaces between, so that nonsense cannot run on. Pure; must
not know llama.cpp.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from carrel.engine.errors import BadSchema

MAX_SCHEMA_CHARACTERS: Final = 16_384
"""Characters of a schema; ours have a few hundred."""
MAX_DEPTH: Final = 16
"""Levels of nesting."""
MAX_RULES: Final = 2000
"""Rules of the grammar; llama.cpp expands each at every token."""
MAX_COUNT: Final = 1000
"""Largest bound on characters or items; llama.cpp repeats the rule that often."""

_IGNORED: Final = frozenset({"title", "description", "examples", "default", "$schema", "$id"})
_KEYWORDS: Final = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems", "maxItems"},
    "string": {"minLength", "maxLength"},
    "number": set[str](),
    "integer": set[str](),
    "boolean": set[str](),
    "null": set[str](),
}
_FIXED: Final = {
    "char": r'plain | "\\" (["\\/bfnrt] | "u" code)',
    "plain": r"[ !#-\[\]-~\u00A0-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]",
    "code": "[0-9a-cA-CefEF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2}",
    "whole": '"-"? ("0" | [1-9] [0-9]{0,14})',
    "number": 'whole ("." [0-9]{1,12})? ([eE] [-+]? [0-9]{1,2})?',
    "boolean": '"true" | "false"',
    "null": '"null"',
}
"""Rules every grammar has. Numbers are bounded: they stay finite, and digits cannot run on. Half of
a surrogate pair is no letter, so its code is left out."""


def grammar_of(untrusted_schema: str) -> str:
    """The grammar, in llama.cpp's notation, whose texts are valid under a schema.

    Raises:
        BadSchema: not JSON, too large, or something in it cannot be kept.
    """
    if len(untrusted_schema) > MAX_SCHEMA_CHARACTERS:
        raise BadSchema(fault=f"it has more than {MAX_SCHEMA_CHARACTERS} characters")
    try:
        untrusted = json.loads(untrusted_schema)
    except (ValueError, RecursionError) as error:
        raise BadSchema(fault="it is not JSON") from error
    return _Grammar().write(untrusted)


class _Grammar:
    """Rules as they are made."""

    def __init__(self) -> None:
        self._rules: dict[str, str] = dict(_FIXED)

    def write(self, untrusted: object) -> str:
        self._rules["root"] = self._value(untrusted, 0)
        return "".join(f"{name} ::= {body}\n" for name, body in self._rules.items())

    def _value(self, untrusted: object, depth: int) -> str:
        """The body for one schema."""
        if depth > MAX_DEPTH:
            raise BadSchema(fault=f"it is nested more than {MAX_DEPTH} deep")
        if not isinstance(untrusted, dict) or not all(isinstance(k, str) for k in untrusted):
            raise BadSchema(fault="a part of it is not an object")
        schema = {key: value for key, value in untrusted.items() if key not in _IGNORED}
        if "const" in schema:
            _only(schema, {"const", "type"})
            return _literal(schema["const"])
        if "enum" in schema:
            _only(schema, {"enum", "type"})
            return " | ".join(_literal(value) for value in _listed(schema["enum"], "enum"))
        if "anyOf" in schema:
            _only(schema, {"anyOf"})
            choices = _listed(schema["anyOf"], "anyOf")
            return " | ".join(self._rule(self._value(choice, depth + 1)) for choice in choices)
        kind = schema.get("type")
        if not isinstance(kind, str) or kind not in _KEYWORDS:
            raise BadSchema(fault=f"the type {json.dumps(kind)[:40]} is not known")
        _only(schema, _KEYWORDS[kind] | {"type"})
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "string":
                low, high = _bounds(schema, "minLength", "maxLength")
                return f'"\\"" char{_times(low, high)} "\\""'
            case "integer":
                return "whole"
            case _:
                return kind

    def _object(self, schema: Mapping[str, Any], depth: int) -> str:
        untrusted = schema.get("properties", {})
        if not isinstance(untrusted, dict):
            raise BadSchema(fault="“properties” is not an object")
        if schema.get("additionalProperties", False) is not False:
            raise BadSchema(fault="further properties cannot be allowed")
        untrusted_required = schema.get("required", [])
        if not isinstance(untrusted_required, list):
            raise BadSchema(fault="“required” is not a list")
        missing = [name for name in untrusted_required if name not in untrusted]
        if missing:
            raise BadSchema(fault=f"“{str(missing[0])[:40]}” is required and not described")
        # From the last property to the first: what may still follow, as the first one or a later.
        first = later = ""
        for name, part in reversed(untrusted.items()):
            pair = self._rule(f'{_literal(name)} ":" {self._rule(self._value(part, depth + 1))}')
            as_first, as_later = f"{pair} {later}", f'"," {pair} {later}'
            if name not in untrusted_required:
                as_first = f"{as_first} | {first}" if first else f"({as_first})?"
                as_later = f"{as_later} | {later}" if later else f"({as_later})?"
            first, later = self._rule(as_first), self._rule(as_later)
        return f'"{{" {first} "}}"'

    def _array(self, schema: Mapping[str, Any], depth: int) -> str:
        if "items" not in schema:
            raise BadSchema(fault="an array does not say what its items are")
        item = self._rule(self._value(schema["items"], depth + 1))
        low, high = _bounds(schema, "minItems", "maxItems")
        if high == 0:
            return '"[" "]"'
        rest = _times(max(low - 1, 0), None if high is None else high - 1)
        row = f'{item} ("," {item}){rest}'
        return f'"[" {row} "]"' if low else f'"[" ({row})? "]"'

    def _rule(self, body: str) -> str:
        """A name for a body; the same body has one name."""
        for name, known in self._rules.items():
            if known == body:
                return name
        if len(self._rules) >= MAX_RULES:
            raise BadSchema(fault="it is too large")
        name = f"r{len(self._rules)}"
        self._rules[name] = body
        return name


def _only(schema: Mapping[str, Any], allowed: set[str]) -> None:
    unknown = sorted(schema.keys() - allowed)
    if unknown:
        raise BadSchema(fault=f"the keyword “{unknown[0][:40]}” cannot be kept here")


def _listed(untrusted: object, name: str) -> Sequence[object]:
    if not isinstance(untrusted, list) or not untrusted:
        raise BadSchema(fault=f"“{name}” is no list, or empty")
    return untrusted


def _bounds(schema: Mapping[str, Any], least: str, most: str) -> tuple[int, int | None]:
    low = _bound(least, schema[least]) if least in schema else 0
    high = _bound(most, schema[most]) if most in schema else None
    if high is not None and high < low:
        raise BadSchema(fault=f"“{most}” is less than “{least}”")
    return low, high


def _bound(name: str, untrusted: object) -> int:
    if (
        isinstance(untrusted, int)
        and not isinstance(untrusted, bool)
        and 0 <= untrusted <= MAX_COUNT
    ):
        return untrusted
    raise BadSchema(fault=f"“{name}” is not between 0 and {MAX_COUNT}")


def _times(low: int, high: int | None) -> str:
    if high is None:
        return f"{{{low},}}" if low else "*"
    return f"{{{low},{high}}}"


def _literal(value: object) -> str:
    """A JSON value as a grammar's string; other spellings of it are not taken."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()
    except (TypeError, ValueError) as error:
        raise BadSchema(fault="a value in it cannot be written") from error
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
