"""Run the real program as a user would, in its own home. Shared by the end-to-end tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 120
PASSPHRASE = "correct horse battery staple"


def _hears_ctrl_c() -> None:
    """As in a terminal, also where the tests run in the background and are to ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Program:
    """The program with a home and a workspace folder of its own."""

    home: Path

    @property
    def workspace(self) -> Path:
        return self.home / "workspace"

    @property
    def passphrase_file(self) -> Path:
        return self.home / "passphrase"

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "QT_QPA_PLATFORM": "offscreen",
            **more,
        }

    def command(self, *arguments: object) -> list[str]:
        return [
            sys.executable, "-I", "-m", "carrel",
            "--workspace", str(self.workspace), "--passphrase-file", str(self.passphrase_file),
            *map(str, arguments),
        ]  # fmt: skip

    def run(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            env=self.environment(**environment),
        )

    def start(self, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(**environment),
            preexec_fn=_hears_ctrl_c,  # noqa: PLW1509 - nothing but one call in the child
        )

    def json(self, *arguments: object, **environment: str) -> Any:
        done = self.run(*arguments, "--json", **environment)
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    def lines(self, *arguments: object) -> list[Any]:
        done = self.run(*arguments, "--json")
        assert done.stdout, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def create(self) -> dict[str, Any]:
        self.home.mkdir(parents=True, exist_ok=True)
        self.passphrase_file.write_text(PASSPHRASE + "\n")
        return self.json("workspace", "create", "--name", "Test")
