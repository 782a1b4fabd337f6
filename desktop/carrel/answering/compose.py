"""Markdown of answers made of the documents' own words; must not know how they were found."""

import re
from collections.abc import Sequence
from typing import Final

from carrel.domain.answers import Citation

NOTHING_FOUND: Final = (
    "The documents do not say. No passage comes close enough to this question to be shown as "
    "an answer."
)

_MARKUP: Final = re.compile(r"([\\`*_\[\]<>|~#])")
_OPENING: Final = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+](?:\s|$)|[-=]{2}))")
"""What before a mark would make the line an item of a list, or a rule: ``2. Clause 23.2``."""

_ESCAPED: Final = re.compile(r"\\([\\`*_\[\]<>|~#.)+=-])")
_BULLET: Final = re.compile(r"^\s*[·•‣▪▸●○◦]\s+")


def literal(text: str) -> str:
    """Document text as one line of Markdown that shows exactly those characters."""
    return _OPENING.sub(r"\1\\", _MARKUP.sub(r"\\\1", " ".join(text.split())))


def without_escapes(markdown: str) -> str:
    """Markdown made with `literal`, for a terminal: its escapes are undone, fenced code is kept."""
    parts = markdown.split("```")
    parts[0::2] = [_ESCAPED.sub(r"\1", part) for part in parts[0::2]]
    return "```".join(parts)


def evidence_text(citations: Sequence[Citation], short: str = "", *, computed: str = "") -> str:
    """The answer of evidence mode: the decisive sentence, then the others that bear on it.

    Args:
        citations: best first; their numbers are used as marks.
        short: the figure or date asked for, as the first of them has it; it comes first.
        computed: a figure taken from a workbook or a statement and how, Markdown; it comes first,
            and the first citation is its own.
    """
    if not citations:
        return NOTHING_FOUND
    first, *others = citations
    lines = [f"**{literal(short)}** [{first.n}]", ""] if short else []
    lines.append(computed or f"> {_shown(first)} [{first.n}]")
    if others:
        lines += ["", "Also relevant:", ""]
        lines += [f"- {_shown(other)} [{other.n}]" for other in others]
    return "\n".join(lines)


def _shown(citation: Citation) -> str:
    """The words of a citation without the mark of the list they are an item of."""
    return literal(_BULLET.sub("", citation.quote))


def title_of(question: str, *, limit: int = 60) -> str:
    """A chat's title: the question, cut at a word."""
    words = " ".join(question.split())
    if len(words) <= limit:
        return words
    return words[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
