"""Set-up remembers what is done, and knows an interrupted run when it sees one."""

import fcntl
import os
import signal
import subprocess
import sys

import pytest

import set_up
import system_packages
from console import Progress, SetUpError, run_logged


def test_a_finished_step_is_not_done_again(tmp_path):
    done = []
    for _ in range(2):
        set_up.Steps(tmp_path).take("packages", "hash", lambda: done.append(1))
    assert done == [1]


def test_a_step_with_new_inputs_is_done_again(tmp_path):
    done = []
    for digest in ("old", "new"):
        set_up.Steps(tmp_path).take("packages", digest, lambda: done.append(1))
    assert done == [1, 1]


def test_a_killed_run_is_known_by_its_mark(tmp_path):
    script = (
        "import os, set_up, pathlib\n"
        f"steps = set_up.Steps(pathlib.Path({str(tmp_path)!r}))\n"
        "steps.take('packages', 'hash', lambda: os._exit(9))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(set_up.INSTALLER)}
    killed = subprocess.run([sys.executable, "-c", script], env=environment)
    assert killed.returncode == 9
    assert set_up.Steps(tmp_path).interrupted()
    assert not set_up.Steps(tmp_path).stands("packages", "hash")


def test_a_step_that_failed_by_itself_leaves_no_mark(tmp_path):
    def fail():
        raise SetUpError("no network")

    with pytest.raises(SetUpError):
        set_up.Steps(tmp_path).take("packages", "hash", fail)
    assert not set_up.Steps(tmp_path).interrupted()
    assert not set_up.Steps(tmp_path).stands("packages", "hash")


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_damaged_memory_means_nothing_is_done(tmp_path, content):
    (tmp_path / "set-up.json").write_text(content)
    assert not set_up.Steps(tmp_path).stands("packages", "hash")


def test_missing_packages_are_named_in_one_line_without_root(monkeypatch, tmp_path):
    listed = tmp_path / "apt.txt"
    listed.write_text(
        "# comment\npython3 module:json\nlibnone1 library:libnone.so.1\nnone command:x-x\n"
    )
    monkeypatch.setattr(system_packages, "LIST", listed)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SetUpError, match=r"install .* libnone1 none$") as raised:
        system_packages.ensure(tmp_path)
    assert "\n" not in str(raised.value)


def test_a_failed_command_shows_the_end_of_its_log(tmp_path, capsys):
    command = [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"]
    with pytest.raises(SetUpError, match="whole output is in"):
        run_logged(command, tmp_path / "command.log")
    assert "| the reason" in capsys.readouterr().out
    assert "the reason" in (tmp_path / "command.log").read_text()


def test_progress_in_a_log_is_a_line_per_tenth(capsys):
    progress = Progress("compiling")
    for done in range(1, 101):
        progress.at(done, 100)
    assert len(capsys.readouterr().out.splitlines()) == 10


def test_a_command_that_outlives_set_up_keeps_its_lock(tmp_path):
    script = (
        "import fcntl, os, sys; from console import run_logged; from pathlib import Path\n"
        "lock = open(sys.argv[1], 'w'); os.set_inheritable(lock.fileno(), True)\n"
        "fcntl.flock(lock, fcntl.LOCK_EX)\n"
        "run_logged(['sh', '-c', 'echo $$; exec sleep 60'], Path(sys.argv[2]), on_line=print)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(set_up.INSTALLER), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "lock", tmp_path / "log"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as killed:
        command = int(killed.stdout.readline())
        killed.kill()
    with (tmp_path / "lock").open() as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.kill(command, signal.SIGKILL)
        fcntl.flock(lock, fcntl.LOCK_EX)
