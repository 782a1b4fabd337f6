"""Run a chat template from an untrusted file. Imported in the template's own process only.

Jinja's sandbox keeps the template from Python; time, memory and what it may reach are limited
from outside, see `template`. What usual templates need is here, and nothing that
reads a clock or chance. Must not know conversations or the worker.
"""

from __future__ import annotations

import datetime
import json
from typing import Any, Final

from jinja2 import nodes
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_OUTPUT_CHARACTERS: Final = 2 << 20
"""Characters of what a template writes, texts not counted: 4,096 messages of five hundred."""

TODAY: Final = datetime.date(2026, 1, 1)
"""What ``strftime_now`` tells: always the same, so that a prompt does not change overnight. The
real date is told by a message, where it is needed."""


class RefusedByTemplate(TemplateError):
    """The template itself refuses the conversation."""


class _Generation(Extension):
    """``{% generation %}`` marks answers for training; here it only holds them."""

    tags = {"generation"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def rendered(source: str, variables: dict[str, Any]) -> str:
    """What a template writes.

    Raises:
        TemplateError: it is malformed, forbidden, or refuses the conversation itself.
    """
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.loopcontrols", _Generation],
    )
    usual = {name: environment.globals[name] for name in ("range", "dict", "namespace")}
    environment.globals.clear()
    environment.globals.update(usual)
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = TODAY.strftime
    del environment.filters["random"]
    environment.filters["tojson"] = _to_json
    environment.filters["from_json"] = json.loads
    pieces: list[str] = []
    length = 0
    for piece in environment.from_string(source).generate(variables):
        length += len(piece)
        if length > MAX_OUTPUT_CHARACTERS:
            raise SecurityError("it writes too much")
        pieces.append(piece)
    return "".join(pieces)


def _raise_exception(message: object) -> None:
    raise RefusedByTemplate(str(message))


def _to_json(value: object, indent: int | None = None, **options: Any) -> str:  # noqa: ANN401 - json's own
    """As templates are written for: other scripts as they are, nothing escaped for HTML."""
    known = {"separators", "sort_keys", "ensure_ascii"}
    chosen = {name: option for name, option in options.items() if name in known}
    return json.dumps(value, indent=indent, **{"ensure_ascii": False, **chosen})
