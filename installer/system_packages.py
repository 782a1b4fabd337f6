"""The system packages Carrel needs: seen by probing, installed with apt when root.

Reads `apt.txt`. A probe looks for the thing itself (a command, a module, a
loadable library), so other distributions pass without apt.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import shutil
from pathlib import Path

from console import SetUpError, run_logged, say

LIST = Path(__file__).with_name("apt.txt")

TESSDATA = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
)
"""Where distributions put the language data of Tesseract."""


def ensure(logs: Path) -> None:
    """See that every system package is there; install what is missing when root.

    Raises:
        SetUpError: Packages are missing and cannot be installed from here; the
            text names them all in one line.
    """
    missing = missing_packages()
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        needed = missing_packages(optional=False)
        if needed:
            raise SetUpError(
                "Carrel needs system packages that are missing; install them and run this again: "
                f"sudo apt-get install --no-install-recommends {' '.join(missing)}"
            )
        say(f"    works without, but better with: {' '.join(missing)}")
        return
    say(f"    installing with apt: {' '.join(missing)}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run_logged(["apt-get", "update", "-q"], logs / "apt-update.log", environment=quiet)
    run_logged(
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing],
        logs / "apt-install.log",
        environment=quiet,
    )
    missing = missing_packages(optional=False)
    if missing:
        raise SetUpError(
            f"apt installed its packages, yet these are not usable here: {' '.join(missing)}"
        )


def missing_packages(*, optional: bool = True) -> list[str]:
    """Return the Debian names of what is not there, in the list's order.

    Args:
        optional: Also what the program works without.
    """
    importlib.invalidate_caches()
    lines = (line.split("#", 1)[0].split() for line in LIST.read_text("utf-8").splitlines())
    return [
        words[0]
        for words in lines
        if words and (optional or "optional" not in words) and not _present(words[1])
    ]


def _present(probe: str) -> bool:
    kind, _, name = probe.partition(":")
    if kind == "command":
        return shutil.which(name) is not None
    if kind == "tessdata":
        return any(Path(folder, f"{name}.traineddata").is_file() for folder in TESSDATA)
    if kind == "module":
        return importlib.util.find_spec(name) is not None
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
