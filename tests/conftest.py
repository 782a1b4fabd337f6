"""What holds for every test: no display, no network, no left-over threads, no traces at home.

Knows nothing of what is tested; fixtures of one subject live in that folder's conftest.
"""

import atexit
import os
import shutil
import socket
import sys
import tempfile
import threading
import time

import pytest
from hypothesis import settings

pytest_plugins = ["engine_fixtures"]

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The user's own settings, caches and key store are not a test's business.
_HOME = tempfile.mkdtemp(prefix="carrel-tests-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
for _name in ("CACHE", "CONFIG", "DATA", "STATE"):
    os.environ[f"XDG_{_name}_HOME"] = f"{_HOME}/{_name.lower()}"
os.environ["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={_HOME}/no-bus"

# The same inputs on every run, and no verdict by the clock of a busy machine.
# `--hypothesis-profile=search` looks for new ones.
settings.register_profile("repeat", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=1_000, deadline=None)
settings.load_profile("repeat")

LEFT_OVER_GRACE_SECONDS = 5.0
"""How long a closing thread may take on a busy machine before it counts as left over."""

_attempts: list[str] = []


def _refuse_network(event: str, arguments: tuple) -> None:
    """Fail whoever makes a socket that is not local; audit hooks also see C callers of Python's."""
    if event == "socket.__new__" and arguments[1] != socket.AF_UNIX:
        _attempts.append(f"socket of family {arguments[1]}")
        raise RuntimeError("a test tried to open a network socket; Carrel has no network code")


sys.addaudithook(_refuse_network)


@pytest.fixture(autouse=True)
def no_network_attempt():
    """A swallowed refusal fails the test as well.

    Yields:
        The attempts so far; a test that makes one on purpose clears the list.
    """
    _attempts.clear()
    yield _attempts
    assert not _attempts, f"the test attempted: {_attempts}"


@pytest.fixture(autouse=True)
def no_left_over_thread():
    """A thread that a test began and did not end fails that test."""
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + LEFT_OVER_GRACE_SECONDS
    while left := _alive(before):
        if time.monotonic() > end:
            pytest.fail(f"threads left over: {[thread.name for thread in left]}")
        left[0].join(0.05)


def _alive(before: set[threading.Thread]) -> list[threading.Thread]:
    now = threading.enumerate()
    return [thread for thread in now if thread not in before and not thread.daemon]
