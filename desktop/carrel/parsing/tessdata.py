"""Which languages of text recognition are installed, and where. Reads names of files only."""

import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUFFIX: Final = ".traineddata"

ORIENTATION: Final = "osd"
"""The data that tells which way up a page is; no language."""

_NO_LANGUAGES: Final = frozenset((ORIENTATION, "equ", "snum"))

MAX_LANGUAGES: Final = 40
"""Languages used by themselves; who installs all 120 wants hardly all of them tried."""

FOLDER_VARIABLE: Final = "TESSDATA_PREFIX"
"""Tesseract's own variable for the folder."""

FOLDERS: Final = (
    Path(sys.prefix) / "share" / "tessdata",
    Path("/usr/share/tesseract-ocr/5/tessdata"),
    Path("/usr/share/tesseract-ocr/4.00/tessdata"),
    Path("/usr/share/tessdata"),
    Path("/usr/local/share/tessdata"),
    Path("/opt/homebrew/share/tessdata"),
    Path("C:/Program Files/Tesseract-OCR/tessdata"),
)
"""Where the data lies: bundled, as Debian, Fedora, Homebrew and the Windows installer put it."""

_SCRIPTS: Final = {
    **dict.fromkeys(("rus", "ukr", "bel", "bul", "mkd", "srp", "kaz", "mon"), "Cyrillic"),
    **dict.fromkeys(("ara", "fas", "urd", "pus", "uig", "snd"), "Arabic"),
    **dict.fromkeys(("heb", "yid"), "Hebrew"),
    **dict.fromkeys(("ell", "grc"), "Greek"),
    **dict.fromkeys(("chi_sim", "chi_tra"), "Han"),
    **dict.fromkeys(("hin", "mar", "nep", "san"), "Devanagari"),
    "jpn": "Japanese",
    "kor": "Korean",
    "tha": "Thai",
    "ben": "Bengali",
    "tam": "Tamil",
    "tel": "Telugu",
    "kan": "Kannada",
    "mal": "Malayalam",
    "guj": "Gujarati",
    "pan": "Gurmukhi",
    "kat": "Georgian",
    "hye": "Armenian",
    "khm": "Khmer",
    "lao": "Lao",
    "mya": "Myanmar",
    "sin": "Sinhala",
    "amh": "Ethiopic",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Languages:
    """What is installed.

    Attributes:
        folder: of the data.
        names: languages as Tesseract names them, those to be tried first in front.
        oriented: whether the data to detect the orientation is there.
    """

    folder: Path
    names: tuple[str, ...]
    oriented: bool


def installed_languages(folders: Sequence[Path] | None = None) -> Languages | None:
    """The languages of the first folder that has any; None when text cannot be recognised."""
    if importlib.util.find_spec("tesserocr") is None:
        return None
    named = os.environ.get(FOLDER_VARIABLE)
    for folder in folders if folders is not None else (*([Path(named)] if named else []), *FOLDERS):
        try:
            found = {path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}")}
        except OSError:
            continue
        names = sorted(found - _NO_LANGUAGES, key=lambda name: (name != "eng", name))
        if names:
            return Languages(
                folder=folder, names=tuple(names[:MAX_LANGUAGES]), oriented=ORIENTATION in found
            )
    return None


def script_of(language: str) -> str:
    """The script a language is written in, by the first of several names."""
    return _SCRIPTS.get(language.split("+")[0], "Latin")
