"""Run every `bench_*.py` beside this file and print what they measured as one table.

    python tests/bench/run.py [NAME…]

Each has `main() -> list[Row]` with `Row` from this module; the gate is the
figure the project promises. Exit code 1 when a gate is missed. Each runs in a
process of its own: a child's largest memory counts from what its parent held.
"""

import importlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured figure.

    Attributes:
        what: What was measured, in a few words.
        value: The figure.
        unit: Its unit, such as "ms".
        gate: The largest value that is good enough; None when nothing is promised.
    """

    what: str
    value: float
    unit: str
    gate: float | None = None

    def passed(self) -> bool:
        """Tell whether the figure is within its gate."""
        return self.gate is None or self.value <= self.gate


def main(names: list[str]) -> int:
    """Measure and print; `names` picks some of the measurements."""
    sys.path.insert(0, str(FOLDER))
    # `bench_*.py` import `run`; without this they would get a second `Row`.
    sys.modules.setdefault("run", sys.modules[__name__])
    found = sorted(file.stem for file in FOLDER.glob("bench_*.py"))
    chosen = [name for name in found if not names or name.removeprefix("bench_") in names]
    if not chosen:
        print(f"Nothing to measure; there is: {', '.join(found) or 'nothing yet'}")
        return 1
    if len(chosen) > 1:
        again = [sys.executable, __file__]
        runs = [subprocess.run([*again, n.removeprefix("bench_")], check=False) for n in chosen]
        return max(run.returncode for run in runs)
    return _measure(chosen[0])


def _measure(name: str) -> int:
    print(name.removeprefix("bench_"), flush=True)
    missed = 0
    for row in importlib.import_module(name).main():
        gate = "" if row.gate is None else f"(gate {row.gate:g})"
        verdict = "" if row.passed() else "MISSED"
        missed += not row.passed()
        print(f"  {row.what:<58} {row.value:>10.2f} {row.unit:<8} {gate} {verdict}".rstrip())
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
