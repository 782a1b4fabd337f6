"""The egress lock, tried from inside locked processes."""

import json
import subprocess
import sys
import textwrap

import pytest

ATTEMPTS = """
import ctypes, json, os, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
def outcome(attempt):
    try:
        attempt()
    except OSError as error:
        return error.errno
    return "open"
def raw(number, *arguments):
    def attempt():
        if libc.syscall(number, *arguments) < 0:
            raise OSError(ctypes.get_errno(), "")
    return attempt
tries = {
    "inet": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "inet6": lambda: socket.socket(socket.AF_INET6, socket.SOCK_STREAM),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "vsock": lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM),
    "raw": raw(41, 2, 1, 0),
    "raw_high_bits": raw(41, ctypes.c_ulong(0x100000002), 1, 0),
    "x32": raw(0x40000000 | 41, 2, 1, 0),
    "io_uring": raw(425, 1, 0),
    "ptrace": raw(101, 16, 0, 0, 0),
    "unix": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "exec": lambda: subprocess.run(["true"]),
    "passwd": lambda: open("/etc/passwd"),
    "write": lambda: open("/tmp/carrel-lock-test", "w"),
    "kill_parent": lambda: os.kill(os.getppid(), 0),
}
"""

NETWORK = (
    "inet",
    "inet6",
    "udp",
    "netlink",
    "vsock",
    "raw",
    "raw_high_bits",
    "x32",
    "io_uring",
    "ptrace",
)


def attempts_after(lines: str) -> dict[str, object]:
    script = (
        textwrap.dedent(ATTEMPTS)
        + lines
        + "\nprint(json.dumps({n: outcome(t) for n, t in tries.items()}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        env={"OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_without_the_lock_the_attempts_succeed():
    found = attempts_after("")
    assert {
        found[name] for name in ("inet", "udp", "netlink", "raw", "unix", "exec", "passwd")
    } == {"open"}


def test_the_window_can_open_local_sockets_and_nothing_else():
    found = attempts_after("from carrel.system import lock\nlock.lock_window()")
    assert found["unix"] == "open"
    assert found["exec"] == "open"
    assert "open" not in {found[name] for name in NETWORK}


def test_a_worker_can_open_no_socket_start_no_program_and_see_no_files():
    found = attempts_after(
        "from carrel.system import lock\nlock.lock_worker_calls()\nlock.lock_worker_files()"
    )
    assert "open" not in set(found.values())


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_a_network_socket_handed_to_us_is_refused(family):
    script = f"""
import socket
kept = socket.socket(socket.{family}, socket.SOCK_STREAM)
from carrel.system import lock
try:
    lock.lock_window()
except lock.LockError as error:
    print(error.failure.code)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "lock.failed", done.stderr


def test_in_kill_mode_a_forbidden_call_ends_the_process():
    script = "from carrel.system import lock\nlock.lock_window()\nimport socket\nsocket.socket()"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, timeout=60, env={"CARREL_LOCK": "kill"}
    )
    assert done.returncode == -31


def test_a_thread_that_runs_before_the_file_lock_is_noticed():
    script = """
import threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
from carrel.system import lock
try:
    lock.lock_worker_files()
except lock.LockError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert "2 threads" in done.stdout, done.stderr


def test_tracing_is_answered_as_if_the_kernel_had_none():
    found = attempts_after("from carrel.system import lock\nlock.lock_window()")
    assert found["ptrace"] == found["io_uring"] == 38
