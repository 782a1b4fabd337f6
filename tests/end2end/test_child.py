"""Worker processes: they end with their owner, and how they end is said in words."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from carrel.system import child as child_module
from carrel.system import letters
from carrel.system.child import Child, WorkerEnded, WorkerSilent
from carrel.system.frames import FrameError

ECHO = """
import os, sys, time
from carrel.system.worker import Wire
wire = Wire()
print("noise on stdout must not disturb the frames", flush=True)
os.write(1, b"nor must noise from C")
while True:
    frame = wire.receive()
    match frame.get("do"):
        case "echo": wire.send({"said": frame["text"], "pid": os.getpid()})
        case "abort": os.abort()
        case "exit": os._exit(7)
        case "garbage": os.write(wire._out.fileno(), b"\\xff" * 64)
        case "sleep": time.sleep(600)
        case "flood":
            for number in range(200):
                wire.send({"said": bytes(1 << 20)})
                os.pwrite(int(sys.argv[1]), str(number).encode().ljust(8), 0)
"""


@pytest.fixture
def worker(monkeypatch):
    monkeypatch.setattr(child_module, "_command", lambda: [sys.executable, "-c", ECHO])
    child = Child("echo")
    yield child
    child.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


def wait_until(fact, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "the fact never came true"
        time.sleep(0.01)


def test_frames_go_there_and_back_despite_noise(worker):
    worker.send({"do": "echo", "text": "流动性"})
    assert worker.receive(20)["said"] == "流动性"


def test_an_abort_is_told_in_words(worker):
    worker.send({"do": "abort"})
    with pytest.raises(WorkerEnded, match="a check inside it failed"):
        worker.receive(20)


def test_an_exit_code_is_told(worker):
    worker.send({"do": "exit"})
    with pytest.raises(WorkerEnded, match="exit code 7"):
        worker.receive(20)


def test_being_killed_is_told_every_time_it_is_asked(worker):
    worker.send({"do": "echo", "text": ""})
    os.kill(worker.receive(20)["pid"], signal.SIGKILL)
    for _ in range(2):
        with pytest.raises(WorkerEnded, match="memory ran out"):
            worker.receive(20)


def test_garbage_ends_the_worker_and_is_an_error(worker):
    worker.send({"do": "garbage"})
    with pytest.raises(FrameError):
        worker.receive(20)


def test_silence_is_noticed(worker):
    with pytest.raises(WorkerSilent):
        worker.receive(0.05)


def test_a_deaf_worker_is_stopped_by_the_ladder(worker):
    worker.send({"do": "echo", "text": ""})
    pid = worker.receive(20)["pid"]
    worker.send({"do": "sleep"})
    worker.close()
    assert not is_alive(pid)


def test_a_worker_leaves_when_its_owner_is_killed(monkeypatch):
    owner = f"""
import sys
from carrel.system import child
child._command = lambda: [sys.executable, "-c", {ECHO!r}]
worker = child.Child("echo")
worker.send({{"do": "echo", "text": ""}})
print(worker.receive(20)["pid"], flush=True)
import time; time.sleep(600)
"""
    import subprocess

    process = subprocess.Popen([sys.executable, "-c", owner], stdout=subprocess.PIPE, text=True)
    pid = int(process.stdout.readline())
    assert is_alive(pid)
    process.kill()
    process.wait()
    process.stdout.close()
    wait_until(lambda: not is_alive(pid))


def test_a_flood_nobody_reads_stops_at_the_bound_and_the_worker_can_still_be_closed(monkeypatch):
    counter = os.memfd_create("count")
    monkeypatch.setattr(
        child_module, "_command", lambda: [sys.executable, "-c", ECHO, str(counter)]
    )
    worker = Child("echo", pass_fds=[counter])
    try:
        worker.send({"do": "flood"})
        assert len(worker.receive(20)["said"]) == 1 << 20
        limit = letters.QUEUED_BYTES >> 20

        def sent() -> int:
            return int(os.pread(counter, 8, 0) or 0)

        wait_until(lambda: sent() >= limit - 1)
        settled = sent()
        for _ in range(20):
            time.sleep(0.01)
            settled = sent()
        assert settled <= limit + 3
    finally:
        worker.close()
        os.close(counter)
    assert not is_alive(worker.pid)
