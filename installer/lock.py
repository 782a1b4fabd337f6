"""Write the requirement files anew from `pyproject.toml` (`make lock`); needs `uv` and a network.

The files name versions and hashes, never where packages come from: that is the
installing machine's affair.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = ROOT / "installer" / "requirements"
ENGINE = "llama-cpp-python"
"""Built from its source by set-up, so it stands in a file of its own."""

COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--no-config", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header"),
)


def main() -> int:
    """Compile the four files; without `--upgrade`, versions that still fit are kept."""
    keep = sys.argv[1:]
    runtime = str(FILES / "runtime.txt")
    _compile("runtime", "pyproject.toml", "--no-emit-package", ENGINE, *keep)
    _compile("dev", "--group", "dev", "--constraints", runtime, *keep)
    _compile("build", str(FILES / "build.in"), *keep)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pin = next(item for item in project["dependencies"] if item.startswith(ENGINE))
    _compile("engine", "-", "--no-deps", *keep, given=pin)
    for file in sorted(FILES.glob("*.txt")):
        found = re.findall(r"\w+://|^-.*$", file.read_text("utf-8"), re.MULTILINE)
        if found:
            print(f"{file.name} names a place ({found[0]}); it must hold names and hashes only.")
            return 1
        print(f"{file.relative_to(ROOT)} written")
    return 0


def _compile(name: str, *arguments: str, given: str | None = None) -> None:
    subprocess.run(
        [*COMPILE, "--output-file", str(FILES / f"{name}.txt"), *arguments],
        cwd=ROOT,
        input=given,
        text=True,
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())
