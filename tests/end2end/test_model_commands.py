"""The `carrel model` commands as a user types them, wrongly too, and stopped by Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from program import Program

UNPRINTABLE = "n\x1b[31m\ne.gguf"
LONG_BYTES = 64 << 30
"""A hole of this size takes longer to hash than any test runs."""
ENDS_WITHIN_SECONDS = 3.0
"""A tenth of one on an idle machine."""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    home = tmp_path / "home"
    home.mkdir()
    return Program(home)


@pytest.mark.parametrize("command", ["import", "plan"])
def test_with_json_a_failure_is_json_too_and_a_sentence_for_people(
    command: str, tmp_path: Path, program: Program
) -> None:
    (tmp_path / "m.gguf").write_bytes(b"PK\x03\x04" + bytes(60))

    done = program.run("model", command, tmp_path / "m.gguf", "--json")

    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "gguf.not_gguf"
    assert done.stderr == f"{error['reason']} {error['remedy']} [{error['code']}]\n"


def test_a_terminal_is_shown_no_control_characters_of_a_name(
    generic_gguf, tmp_path: Path, program: Program
) -> None:
    shutil.copy(generic_gguf("llama"), tmp_path / UNPRINTABLE)
    for command in ("import", "plan"):
        shown = program.run("model", command, tmp_path / UNPRINTABLE)
        assert shown.returncode == 0, shown.stderr
        assert "\x1b" not in shown.stdout
        assert "n·[31m·e" in shown.stdout
    assert "\x1b" not in program.run("model", "list").stdout
    assert program.json("model", "list")[0]["path"] == str(tmp_path / UNPRINTABLE)
    refused = program.run("model", "import", tmp_path / f"no{UNPRINTABLE}")
    assert "“non·[31m·e.gguf” cannot be read" in refused.stderr


def test_a_name_that_is_no_text_is_json_a_program_can_read(
    generic_gguf, tmp_path: Path, program: Program
) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/\xff \xc3\xbc.gguf")
    shutil.copy(generic_gguf("llama"), odd)

    imported = program.json("model", "import", odd)

    assert os.fsencode(imported["path"]) == os.fsencode(odd)
    assert (imported["profile"], imported["profile_title"]) == ("generic", "Generic chat model")
    assert program.run("model", "verify").returncode == 0
    assert program.run("model", "list", PYTHONIOENCODING="ascii").returncode == 0


def test_a_folder_or_nothing_in_the_place_of_a_file_is_told_with_what_to_do(
    tmp_path: Path, program: Program
) -> None:
    folder = program.run("model", "inspect", tmp_path)
    assert (folder.returncode, "is a folder, and a file is" in folder.stderr) == (1, True)
    nothing = program.run("model", "selftest", tmp_path / "no")
    assert (nothing.returncode, "[catalog.not_found]" in nothing.stderr) == (1, True)
    (listed,) = program.json("model", "list")
    assert listed["built_in"]
    assert "every byte is as it was imported" in program.run("model", "verify").stdout


def test_a_file_that_may_not_be_read_is_told(
    tiny_gguf: Path, tmp_path: Path, program: Program
) -> None:
    shutil.copy(tiny_gguf, tmp_path / "secret.gguf")
    (tmp_path / "secret.gguf").chmod(0)
    command = program.command("model", "import", tmp_path / "secret.gguf")
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root reads every file, and there is no setpriv")
        command = [
            *("setpriv", "--bounding-set", "-dac_override,-dac_read_search"),
            *("--inh-caps", "-all", *command),
        ]

    done = subprocess.run(command, capture_output=True, text=True, env=program.environment())

    assert (done.returncode, "permission denied" in done.stderr) == (1, True), done.stderr


def test_a_file_that_is_gone_does_not_hinder_the_plans_of_others(
    generic_gguf, tmp_path: Path, program: Program
) -> None:
    for kind in ("llama", "gemma3"):
        shutil.copy(generic_gguf(kind), tmp_path / f"{kind}.gguf")
        program.json("model", "import", tmp_path / f"{kind}.gguf")
    (tmp_path / "gemma3.gguf").unlink()

    done = program.run("model", "plan", "--json")

    gone, there, _built_in = json.loads(done.stdout)
    assert (done.returncode, gone["name"], there["name"]) == (1, "gemma3", "llama")
    assert gone["error"]["code"] == "engine.file_gone"
    assert there["verdict"] == "runs well"


def test_a_model_that_is_not_installed_is_not_passed_over(program: Program) -> None:
    program.create()

    done = program.run("ask", "What about liquidity?", "--model", "none")

    assert (done.returncode, "[catalog.not_installed]" in done.stderr) == (1, True)


@pytest.mark.parametrize("words", [("verify",), ("pack", "--in-place")], ids=lambda words: words[0])
def test_ctrl_c_ends_a_long_command_at_once_and_nothing_half_made_is_listed(
    words: tuple[str, ...], generic_gguf, tmp_path: Path, program: Program
) -> None:
    file = tmp_path / "long.gguf"
    shutil.copy(generic_gguf("llama"), file)
    target: object = file
    if words == ("verify",):
        target = program.json("model", "import", file)["name"]
    before = program.json("model", "list")
    change = file.stat().st_mtime_ns
    os.truncate(file, LONG_BYTES)
    os.utime(file, ns=(change, change))

    running = program.start("model", *words, target)
    _wait_until_open(running, file)
    running.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, told = running.communicate(timeout=30)

    assert time.monotonic() - began < ENDS_WITHIN_SECONDS
    assert (running.returncode, told) == (
        130,
        "Stopped. Give the same command again when you like.\n",
    )
    assert program.json("model", "list") == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["long.gguf"]


def _wait_until_open(running: subprocess.Popen[str], file: Path) -> None:
    place = Path(f"/proc/{running.pid}/fd")
    while running.poll() is None:
        for descriptor in place.iterdir():
            with suppress(OSError):
                if descriptor.readlink() == file:
                    return
    pytest.fail(f"it ended by itself: {running.communicate()}")
