"""What is known of a text in lines: its first number, its language, whether its columns matter.

Plain Python: no Qt, no app.
"""

import re
from pathlib import PurePath
from typing import Final, NamedTuple

from carrel.domain.documents import UnitKind, UnitView

EXACT_KINDS: Final = frozenset({"code", "json", "yaml", "xml"})
"""Kinds whose columns matter: shown in the code face."""

_LABEL: Final = re.compile(r"lines? (\d{1,9})\b")
_LOG: Final = re.compile(r"\.log(\.\d{1,4})?$", re.IGNORECASE)
"""A log, also one that was put aside: ``app.log.3``."""
_SAME: Final = frozenset(
    (
        *("json", "yaml", "xml", "bash", "lua", "php", "rust", "scala", "sql", "swift", "toml"),
        *("css", "scss", "less", "dart", "zig", "cmake", "diff", "nix"),
    )
)
"""Suffixes that are names of languages; lexers are loaded for these and those below only."""
_LANGUAGES: Final = {
    **{name: name for name in _SAME},
    **dict.fromkeys(("py", "pyi"), "python"),
    **dict.fromkeys(("js", "mjs", "jsx"), "javascript"),
    **dict.fromkeys(("ts", "tsx"), "typescript"),
    **dict.fromkeys(("c", "h"), "c"),
    **dict.fromkeys(("cc", "cpp", "cxx", "hpp"), "cpp"),
    **dict.fromkeys(("sh", "zsh"), "bash"),
    **dict.fromkeys(("kt", "kts"), "kotlin"),
    **dict.fromkeys(("pl", "pm"), "perl"),
    **dict.fromkeys(("bat", "cmd"), "batch"),
    **dict.fromkeys(("ini", "cfg", "conf"), "ini"),
    **dict.fromkeys(("ex", "exs"), "elixir"),
    **dict.fromkeys(("make", "mk"), "make"),
    **dict.fromkeys(("patch",), "diff"),
    "java": "java",
    "cs": "csharp",
    "go": "go",
    "rs": "rust",
    "rb": "ruby",
    "r": "r",
    "hs": "haskell",
    "erl": "erlang",
    "clj": "clojure",
    "jl": "julia",
    "ps1": "powershell",
    "tex": "latex",
    "proto": "protobuf",
    "vb": "vbnet",
    "dockerfile": "docker",
    "tf": "hcl",
}


class Manner(NamedTuple):
    """How a text in lines is shown.

    Attributes:
        exact: in the code face, because columns matter.
        first: number of its first line; 0 where lines have no numbers.
        language: of its colours, as Pygments names it; empty for none.
    """

    exact: bool = False
    first: int = 0
    language: str = ""


def manner_of(view: UnitView) -> Manner:
    """How a unit is shown that is not set for reading."""
    document, unit = view.document, view.unit
    name = document.file_name or document.name
    found = _LABEL.match(unit.label) if unit.kind is UnitKind.LINES else None
    first = int(found[1]) if found else 0
    if document.kind not in EXACT_KINDS:
        return Manner(exact=document.kind == "txt" and bool(_LOG.search(name)), first=first)
    suffix = PurePath(name).suffix or name
    by_name = _LANGUAGES.get(suffix.lower().lstrip("."), "")
    language = by_name if document.kind == "code" else document.kind
    return Manner(exact=True, first=first, language=language)
