"""Fuzz one target: ``python tests/fuzz/fuzz.py TARGET [libFuzzer's options] [CORPUS…]``.

Ends with libFuzzer's code: 0 when the time is up, another when something was found; the input then
lies where ``-artifact_prefix`` says.
"""

import sys
from pathlib import Path

import atheris

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent)]

from targets import INSTRUMENTED, targets  # noqa: E402 - the path comes first


def main() -> None:
    """Run it until libFuzzer ends the process."""
    name, *options = sys.argv[1:]
    with atheris.instrument_imports(include=list(INSTRUMENTED), enable_loader_override=False):
        target = targets()[name]

    def one(data: bytes) -> None:
        try:
            target.run(data)
        except target.errors:
            return

    atheris.Setup([sys.argv[0], f"-max_len={target.longest}", *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
