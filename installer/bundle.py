"""Put what set-up made into `dist/`: Carrel's wheel, the engine's wheel, the list of the rest.

Not an installer: the target machine still needs Python, the system packages of
`apt.txt` and the packages of `runtime.txt` by another way.
"""

from __future__ import annotations

import shutil
import sys

import build_llama
from console import SetUpError, run_logged, say
from set_up import REQUIREMENTS, ROOT, WORK, tools_environment

TARGET = ROOT / "dist"


def main() -> int:
    """Build into `dist/`, and say what it is and what it is not."""
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir()
    call = f"import hatchling.build as build; build.build_wheel({str(TARGET)!r})"
    try:
        python = tools_environment() / "bin" / "python"
        run_logged([python, "-c", call], WORK / "bundle.log", directory=ROOT)
        shutil.copy2(build_llama.wheel(tools_environment(), WORK), TARGET)
    except SetUpError as error:
        say(f"Not bundled: {error}")
        return 1
    shutil.copy2(REQUIREMENTS / "runtime.txt", TARGET)
    for file in sorted(TARGET.iterdir()):
        say(f"  dist/{file.name}  {file.stat().st_size / 1e6:.1f} MB")
    say("This is no installer yet: the packages in runtime.txt and the system packages in")
    say("installer/apt.txt must come by another way, and the engine fits this kind of processor.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
