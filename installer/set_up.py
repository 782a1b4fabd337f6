"""Make a checkout ready to run: system packages, engine, Python environment.

    python3 installer/set_up.py [--dev]

Each step is remembered in `.venv/set-up.json` under a hash of its inputs, so a
second run does nothing and needs no network. A step that was interrupted is
known by its mark, and the environment is then made anew. Uses the standard
library only; knows nothing of what the program does.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import build_llama
import system_packages
from console import Progress, SetUpError, run_logged, say

ROOT = Path(__file__).resolve().parent.parent
INSTALLER = ROOT / "installer"
REQUIREMENTS = INSTALLER / "requirements"
ENVIRONMENT = ROOT / ".venv"
WORK = ROOT / "build" / "set-up"
"""Logs, the lock and the tools' own environment; can be deleted at any time."""

TOOLS = WORK / "tools"
PYTHONS = ((3, 11), (3, 14))
"""The first version that is enough, and the first that is too new."""

PIP_SETTINGS = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0"}
"""Where packages come from is the user's own pip configuration; what they are, the hashes say."""


class Steps:
    """The finished steps of one virtual environment, kept in a file inside it."""

    def __init__(self, environment: Path) -> None:
        self.environment = environment
        self._file = environment / "set-up.json"
        self._done = self._read()

    def _read(self) -> dict[str, str]:
        try:
            content = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def stands(self, step: str, digest: str) -> bool:
        """Tell whether the step was finished with these inputs."""
        return self._done.get(step) == digest

    def interrupted(self) -> bool:
        """Tell whether an earlier run ended in the middle of a step."""
        return "interrupted" in self._done

    def take(self, step: str, digest: str, action: Callable[[], None]) -> None:
        """Run one step, unless it stands, and remember that it was finished."""
        if self.stands(step, digest):
            return
        self._done.pop(step, None)
        if self._file.parent.is_dir():
            self._write(interrupted=step)
        try:
            action()
        except SetUpError:  # the command ended by itself: nothing is half done
            self._write()
            raise
        self._done[step] = digest
        self._write()

    def forget(self) -> None:
        """Start over: no step is finished."""
        self._done = {}

    def _write(self, **mark: str) -> None:
        self._done.pop("interrupted", None)
        partial = self._file.with_suffix(".partial")
        partial.write_text(json.dumps({**self._done, **mark}, indent=1), "utf-8")
        partial.replace(self._file)


def main() -> int:
    """Set up, saying what is done; one sentence and exit code 1 when it cannot be."""
    parser = argparse.ArgumentParser(description="Make this checkout ready to run.")
    parser.add_argument("--dev", action="store_true", help="also install what the tests need")
    wanted = parser.parse_args()
    if not PYTHONS[0] <= sys.version_info[:2] < PYTHONS[1]:
        say(
            f"Carrel needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}. "
            "Name another one with: make PYTHON=python3.11 …"
        )
        return 1
    os.environ.update(PIP_SETTINGS)
    os.environ.pop("PYTHONPATH", None)
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)  # noqa: FBT003 - the name of the call says it
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up works in this checkout; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            set_up(dev=wanted.dev)
        except SetUpError as error:
            say(f"Set-up stopped: {error}")
            return 1
        except KeyboardInterrupt:
            say("Set-up was interrupted; run it again to go on.")
            return 130
    return 0


def set_up(*, dev: bool) -> None:
    """Bring the environment to what the requirement files say.

    Args:
        dev: Also install the tools for tests and checks.

    Raises:
        SetUpError: A step cannot be done; the text says which and why.
    """
    steps = Steps(ENVIRONMENT)
    here = _digest(str(ENVIRONMENT), sys.base_prefix, sys.version)
    stale = steps.interrupted() or not steps.stands("environment", here)
    if stale or not (ENVIRONMENT / "bin" / "python").exists():
        steps.forget()
        say("Setting up Carrel (once; later runs start at once and need no network)")
        say("  System packages")
        system_packages.ensure(WORK)
        say("  Python environment")
        _make_environment(ENVIRONMENT)
        steps.take("environment", here, lambda: None)
    runtime, engine = REQUIREMENTS / "runtime.txt", build_llama.key()
    steps.take("packages", _digest(runtime), lambda: _install("Packages", runtime))
    if not steps.stands("engine", engine):
        say("  Engine (llama.cpp)")
        wheel = build_llama.wheel(tools_environment(), WORK)
        steps.take("engine", engine, lambda: _install_wheel(wheel, "engine"))
    link = _digest(ROOT / "pyproject.toml", str(ROOT), _tools_digest())
    steps.take("carrel", link, _link_checkout)
    _compile()
    if dev:
        tests = REQUIREMENTS / "dev.txt"
        steps.take("dev", _digest(tests), lambda: _install("Packages for tests", tests))


def _digest(*inputs: Path | str) -> str:
    sha = hashlib.sha256()
    for value in inputs:
        sha.update(value.read_bytes() if isinstance(value, Path) else value.encode())
        sha.update(b"\0")
    return sha.hexdigest()


def _make_environment(folder: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        raise SetUpError("this Python has no “ensurepip” module; on Debian: python3-venv.")
    shutil.rmtree(folder, ignore_errors=True)
    run_logged([sys.executable, "-m", "venv", folder], WORK / f"{folder.name}.log")


def _install(label: str, requirements: Path, environment: Path = ENVIRONMENT) -> None:
    """Install hash-pinned packages as wheels; nothing is built and nothing else is accepted."""
    say(f"  {label}")
    total = len(re.findall(r"^\S+==", requirements.read_text("utf-8"), re.MULTILINE))
    progress = Progress("downloading")
    done = 0

    def follow(line: str) -> None:
        nonlocal done
        if line.startswith(("Collecting ", "Processing ", "Ignoring ", "Requirement already")):
            done += 1
            progress.at(min(done, total), total)

    run_logged(
        [
            *(environment / "bin" / "python", "-m", "pip", "install", "--progress-bar", "off"),
            *("--require-hashes", "--only-binary", ":all:", "-r", requirements),
        ],
        WORK / f"{requirements.stem}.log",
        on_line=follow,
    )
    progress.finish()


def _install_wheel(wheel: Path, name: str) -> None:
    run_logged(
        [
            *(ENVIRONMENT / "bin" / "python", "-m", "pip", "install", "--no-index", "--no-deps"),
            *("--force-reinstall", wheel),
        ],
        WORK / f"{name}.log",
    )


def tools_environment() -> Path:
    """Return the environment that holds the build tools, made when needed."""
    steps = Steps(TOOLS)
    digest = _tools_digest()
    if steps.interrupted() or not steps.stands("tools", digest):
        steps.forget()
        _make_environment(TOOLS)
        steps.take(
            "tools", digest, lambda: _install("Build tools", REQUIREMENTS / "build.txt", TOOLS)
        )
    return TOOLS


def _tools_digest() -> str:
    return _digest(REQUIREMENTS / "build.txt", str(TOOLS), sys.version)


def _link_checkout() -> None:
    """Install Carrel as a link to this checkout, with its `carrel` command.

    The build backend is called directly: pip would ask an index for it.
    """
    say("  Carrel")
    folder = WORK / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    call = f"import hatchling.build as build; build.build_editable({str(folder)!r})"
    run_logged(
        [tools_environment() / "bin" / "python", "-c", call],
        WORK / "carrel-build.log",
        directory=ROOT,
    )
    wheel = next(folder.glob("*.whl"))
    if zipfile.ZipFile(wheel).testzip() is not None:
        raise SetUpError(f"{wheel.name} was written incompletely; is the disk full?")
    _install_wheel(wheel, "carrel")
    say("  Ready")


def _compile() -> None:
    """Compile what changed: workers may write no file, so they cannot keep what they compile."""
    python = ENVIRONMENT / "bin" / "python"
    run_logged(
        [python, "-m", "compileall", "-q", ROOT / "desktop" / "carrel"], WORK / "compile.log"
    )


if __name__ == "__main__":
    sys.exit(main())
