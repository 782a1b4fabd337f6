"""The things a model can call in research, and its calls checked one by one.

Names and parameters are those V4 was trained with (the official encoding's third case), but for
`view_source`, which is of no use here, and `query`, which is ours. What a call says is untrusted:
it is checked strictly, and a call that does not fit is answered with a sentence the model can act
on. Pure; must not know documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from carrel.engine.chat.conversation import Tool, ToolCall

MAX_PARTS: Final = 4
"""Searches, openings or patterns of one call; each has its own share of the reading."""

MAX_QUERY: Final = 200
"""Characters of one query; longer ones are no search but a text."""

MAX_PATTERN: Final = 200
"""Characters looked for in a document."""

MAX_NAME: Final = 300
"""Characters of a document's name or path in a call."""

MAX_STATEMENT: Final = 4_000
"""Characters of a SELECT; ours have a few hundred."""

MAX_LINE_NUMBER: Final = 10**9
"""Highest line that can be named; no document has more."""

BETWEEN: Final = "||"
"""Parts the queries of one call, as the model was trained to write them."""

_UNSAID: Final = -1
"""What stands for a value left out, as in training."""

_INTEGER: Final = {"type": "integer", "default": _UNSAID}
_ID: Final = {
    "description": "ID shown as 【{id}†...】, or a document's exact name or path",
    "anyOf": [{"type": "integer"}, {"type": "string"}],
    "default": _UNSAID,
}
_DRAFT: Final = {"$schema": "http://json-schema.org/draft-07/schema#"}


def _of(properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


OFFERED: Final = (
    Tool.of(
        {
            "name": "search",
            "description": "Search the documents. Split multiple queries with '||'.",
            "parameters": {
                **_of(
                    {"queries": {"type": "string", "description": "query1||query2"}}, ["queries"]
                ),
                **_DRAFT,
            },
        }
    ),
    Tool.of(
        {
            "name": "open",
            "description": "Batch open IDs (format 【{id}†...】), names or paths of documents at "
            "a line. Without an ID the document opened last goes on.",
            "parameters": {
                **_of(
                    {
                        "open_list": {
                            "type": "array",
                            "items": _of(
                                {
                                    "id": _ID,
                                    "cursor": {**_INTEGER, "description": "the same ID"},
                                    "loc": {**_INTEGER, "description": "Start line"},
                                    "num_lines": _INTEGER,
                                },
                                [],
                            ),
                        }
                    },
                    ["open_list"],
                ),
                **_DRAFT,
            },
        }
    ),
    Tool.of(
        {
            "name": "find",
            "description": "Find exact text pattern in a document; cursor is its ID.",
            "parameters": {
                **_of(
                    {
                        "find_list": {
                            "type": "array",
                            "items": _of(
                                {
                                    "pattern": {"type": "string"},
                                    "cursor": _INTEGER,
                                },
                                ["pattern"],
                            ),
                        }
                    },
                    ["find_list"],
                ),
                **_DRAFT,
            },
        }
    ),
)
"""In the order the model was trained to see them."""

QUERY: Final = Tool.of(
    {
        "name": "query",
        "description": "Run one read-only SQLite SELECT over a workbook or CSV file, to sum, "
        "count, compare or look up cells. Without a statement its tables and columns are listed.",
        "parameters": {
            **_of(
                {
                    "id": _ID,
                    "statement": {"type": "string", "description": "one SELECT", "default": ""},
                },
                ["id"],
            ),
            **_DRAFT,
        },
    }
)
"""Offered beside the others where there are workbooks; the model was not trained with it."""

NAMES: Final = ("search", "open", "find", "query")


@dataclass(frozen=True, slots=True)
class Search:
    """Search all documents in scope for some words."""

    query: str


@dataclass(frozen=True, slots=True)
class Open:
    """Show lines of a document.

    Attributes:
        document: its number, its name or path, or None for the one opened last.
        line: the first one; 0 goes on after the last one shown.
        count: lines at most; 0 for as many as fit.
    """

    document: int | str | None
    line: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Find:
    """Show the lines of a document that hold a text.

    Attributes:
        document: its number, or None for the one opened last.
    """

    pattern: str
    document: int | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Ask a workbook.

    Attributes:
        document: its number, its name or path.
        statement: one SELECT; empty to be told of its tables.
    """

    document: int | str | None
    statement: str = ""


Wish = Search | Open | Find | Query


def offered(*, workbooks: bool) -> tuple[Tool, ...]:
    """The tools of one research.

    Args:
        workbooks: whether there are any in scope.
    """
    return (*OFFERED, QUERY) if workbooks else OFFERED


class CallRefused(Exception):
    """A call that cannot be done; says why, to the model."""


def wishes_of(untrusted: ToolCall) -> list[Wish]:
    """What a call asks for, checked.

    Raises:
        CallRefused: it does not follow the schema, or asks for too much.
    """
    if untrusted.name not in NAMES:
        name = " ".join(untrusted.name.split())[:40]
        raise CallRefused(f"there is no tool “{name}”; there are only search, open, find and query")
    untrusted_values = untrusted.values()
    match untrusted.name:
        case "search":
            return _searches(untrusted_values)
        case "open":
            return [_open(one) for one in _listed(untrusted_values, "open_list")]
        case "query":
            return [_query(untrusted_values)]
        case _:
            return [_find(one) for one in _listed(untrusted_values, "find_list")]


def _searches(untrusted: Mapping[str, Any]) -> list[Wish]:
    _only(untrusted, {"queries"})
    untrusted_queries = untrusted.get("queries")
    if not isinstance(untrusted_queries, str):
        raise CallRefused("“queries” must be a text")
    queries = [_plain(query) for query in untrusted_queries.split(BETWEEN)]
    queries = list(dict.fromkeys(query for query in queries if query))
    if not queries:
        raise CallRefused("“queries” is empty")
    if len(queries) > MAX_PARTS:
        raise CallRefused(f"at most {MAX_PARTS} queries in one call")
    if any(len(query) > MAX_QUERY for query in queries):
        raise CallRefused(f"a query has at most {MAX_QUERY} characters")
    return [Search(query) for query in queries]


def _open(untrusted: object) -> Open:
    values = _object(untrusted, {"id", "cursor", "loc", "num_lines", "view_source"})
    if values.get("view_source", False) is not False:
        raise CallRefused("“view_source” is of no use here; documents have text only")
    document = _identity(values.get("id", _UNSAID))
    if document is None:
        document = _number(values, "cursor")
    line, count = _number(values, "loc"), _number(values, "num_lines")
    return Open(document, line or 0, count or 0)


def _find(untrusted: object) -> Find:
    values = _object(untrusted, {"pattern", "cursor"})
    untrusted_pattern = values.get("pattern")
    if not isinstance(untrusted_pattern, str) or not untrusted_pattern.strip():
        raise CallRefused("“pattern” must be a text")
    pattern = _plain(untrusted_pattern)
    if len(pattern) > MAX_PATTERN:
        raise CallRefused(f"a pattern has at most {MAX_PATTERN} characters")
    return Find(pattern, _number(values, "cursor"))


def _query(untrusted: Mapping[str, Any]) -> Query:
    _only(untrusted, {"id", "statement"})
    untrusted_statement = untrusted.get("statement", "")
    if not isinstance(untrusted_statement, str):
        raise CallRefused("“statement” must be a text")
    if len(untrusted_statement) > MAX_STATEMENT:
        raise CallRefused(f"a statement has at most {MAX_STATEMENT:,} characters")
    statement = "".join(c if c.isprintable() or c in "\n\t" else " " for c in untrusted_statement)
    return Query(_identity(untrusted.get("id", _UNSAID)), statement.strip())


def _listed(untrusted: Mapping[str, Any], name: str) -> list[object]:
    _only(untrusted, {name})
    untrusted_list = untrusted.get(name)
    if not isinstance(untrusted_list, list) or not untrusted_list:
        raise CallRefused(f"“{name}” must be a list with one entry at least")
    if len(untrusted_list) > MAX_PARTS:
        raise CallRefused(f"at most {MAX_PARTS} entries in “{name}”")
    return untrusted_list


def _object(untrusted: object, allowed: set[str]) -> Mapping[str, Any]:
    if not isinstance(untrusted, dict):
        raise CallRefused("an entry must be an object")
    _only(untrusted, allowed)
    return untrusted


def _only(untrusted: Mapping[str, Any], allowed: set[str]) -> None:
    unknown = sorted(str(name) for name in untrusted if name not in allowed)
    if unknown:
        name = _plain(unknown[0])[:40]
        raise CallRefused(f"there is no parameter “{name}”; there are {', '.join(sorted(allowed))}")


def _identity(untrusted: object) -> int | str | None:
    """A document's number, name or path; None when nothing was said."""
    if isinstance(untrusted, str):
        name = _plain(untrusted)
        if not 0 < len(name) <= MAX_NAME:
            raise CallRefused(f"an “id” in words has 1 to {MAX_NAME} characters")
        return int(name) if name.isascii() and name.isdigit() and len(name) < 9 else name
    return _checked(untrusted, "id")


def _number(untrusted: Mapping[str, Any], name: str) -> int | None:
    return _checked(untrusted.get(name, _UNSAID), name)


def _checked(untrusted: object, name: str) -> int | None:
    if not isinstance(untrusted, int) or isinstance(untrusted, bool):
        raise CallRefused(f"“{name}” must be a whole number")
    if untrusted == _UNSAID:
        return None
    if not 0 <= untrusted <= MAX_LINE_NUMBER:
        raise CallRefused(f"“{name}” is not between 0 and {MAX_LINE_NUMBER:,}")
    return untrusted


def _plain(text: str) -> str:
    """On one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
