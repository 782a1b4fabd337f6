"""``carrel bench engine``: how fast a model reads and writes here, against llama.cpp alone.

Must not know the window or a workspace.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import asdict

from carrel.catalog.installed import Catalog
from carrel.cli.forms import Form
from carrel.domain.errors import KnownError
from carrel.domain.installed import InstalledModel
from carrel.engine.pace import Pace, measure
from carrel.engine.wire.protocol import EngineSettings
from carrel.settings import CHOSEN_MODEL, Settings, models_folder


class NothingToMeasure(KnownError):
    """No file was named and no model is installed."""

    code = "cli.bench"
    sentence = "No model is installed, so there is nothing to measure."
    remedy = "Name a GGUF file with --file, or import one."


def bench_engine(options: Namespace) -> Form:
    """Measure a file, or the installed model that answers.

    Raises:
        KnownError: there is none, or it cannot be loaded.
    """
    model = options.file.absolute() if options.file else _installed(Catalog(models_folder()))
    pace = measure(model, EngineSettings(), rounds=options.rounds, on_round=_tell)
    return pace_form(pace)


def pace_form(pace: Pace) -> Form:
    """What was measured: rates in tokens a second, times in milliseconds, ratios to llama.cpp."""
    rounded = {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in asdict(pace).items()
        if not name.endswith(("_seconds", "cancel_reading", "cancel_writing"))
    }
    return {
        **rounded,
        "first_ms": round(pace.first_seconds * 1000, 1),
        "raw_first_ms": round(pace.raw_first_seconds * 1000, 1),
        "first_overhead_ms": round(pace.first_overhead * 1000, 1),
        "cancel_reading_ms": round(pace.cancel_reading * 1000, 1),
        "cancel_writing_ms": round(pace.cancel_writing * 1000, 1),
    }


def print_pace(form: Form) -> None:
    """The same as a table."""
    print(
        f"{form['title']}: {form['prompt_tokens']} tokens read, {form['written_tokens']} written,"
    )
    print(f"median of {form['rounds']} rounds, in turn with llama.cpp alone")
    for what, ours, raw, ratio in (
        ("reading, tokens a second", "read_rate", "raw_read_rate", "read_ratio"),
        ("writing, tokens a second", "write_rate", "raw_write_rate", "write_ratio"),
    ):
        print(f"  {what:28} {form[ours]:10.1f}  alone {form[raw]:10.1f}  ratio {form[ratio]:.3f}")
    print(
        f"  {'first word, ms':28} {form['first_ms']:10.1f}  alone {form['raw_first_ms']:10.1f}"
        f"  later by {form['first_overhead_ms']:.1f}"
    )
    print(f"  {'cancel while reading, ms':28} {form['cancel_reading_ms']:10.1f}")
    print(f"  {'cancel while writing, ms':28} {form['cancel_writing_ms']:10.1f}")


def _installed(catalog: Catalog) -> InstalledModel:
    listed = {one.name: one for one in catalog.list()}
    if not listed:
        raise NothingToMeasure
    return listed.get(Settings().get(CHOSEN_MODEL)) or next(iter(listed.values()))


def _tell(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"Round {done} of {total}", end="\n" if done == total else "\r", file=sys.stderr)
