"""Make Carrel Nano again, from the texts to the file; what `make nano` runs.

    python models/nano/make.py BUILD [--minutes 50] [--seed 1] [--out FILE.gguf]

Standard library only: PyTorch goes into an environment of its own under BUILD.
Stopped and started again, it goes on from the last checkpoint.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
MALLOC: Final = "glibc.malloc.mmap_threshold=1000000000:glibc.malloc.trim_threshold=1000000000"
"""Keeps freed memory with the process: large arrays come and go in every step."""


def environment(build: Path) -> Path:
    """The interpreter that has PyTorch; made when it is not there."""
    python = build / "venv/bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", build / "venv"], check=True)
    wanted = ["-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt")]
    subprocess.run([python, *wanted], check=True)
    return python


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Make Carrel Nano again.")
    parser.add_argument("build", type=Path)
    parser.add_argument("--minutes", type=float, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    build = chosen.build.resolve()
    build.mkdir(parents=True, exist_ok=True)
    python = environment(build)
    quiet = os.environ | {"GLIBC_TUNABLES": MALLOC, "OMP_NUM_THREADS": "1"}

    def step(script: str, *arguments: object) -> None:
        given = [str(argument) for argument in arguments]
        subprocess.run([python, HERE / script, build, *given], check=True, env=quiet)

    if not (build / "vocabulary.json").exists():
        step("prepare.py", "--seed", chosen.seed)
    step("learn.py", "--minutes", chosen.minutes, "--seed", chosen.seed, "--resume")
    step("export.py", chosen.out or build / "carrel-nano.gguf")
    step("cases.py")


if __name__ == "__main__":
    main()
