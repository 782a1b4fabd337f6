"""What becomes of a file in the engine's own process: refused, loaded or the end of it.

Run as a program it reads paths from standard input, one line for each file (its parts separated by
tabs). It checks each as the engine's process does, then forks; the fork locks itself up, loads the
file, reads some tokens and writes one, all with the worker's own code. For each line it prints a
word, the seconds the check took, the most memory the checking process ever held, and a reason.
Forking a process that has llama.cpp loaded already takes a hundredth of
starting one.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

REFUSED, LOADED, LOAD_ERROR, ENDED, STUCK, BUG = "refused", "ok", "error", "ended", "stuck", "bug"
MEMORY = 4 << 30
"""Bytes of address space of a fork."""
SECONDS = 30
"""Processor seconds a fork may take; a sound one takes a fifth of one."""
TOKENS = 200
"""Tokens read, enough to go round the window of every tiny file."""
_ERROR_CODE, _BUG_CODE = 10, 11


class Outcome(NamedTuple):
    """What became of a file.

    Attributes:
        word: one of the words above; empty if the process itself has ended.
        why: the reason.
        seconds: of processor time, of the check.
        peak: bytes; the most the checking process held, with all files so far.
    """

    word: str
    why: str
    seconds: float
    peak: int


class Trials:
    """A process that tries files; use it as a context."""

    def __init__(self) -> None:
        environment = {**os.environ, "GGML_NO_BACKTRACE": "1", "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )

    def __enter__(self) -> Trials:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def ask(self, paths: Iterable[Path]) -> Outcome:
        """What became of a file."""
        self._process.stdin.write("\t".join(map(str, paths)) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline().rstrip("\n")
        if not line:
            return Outcome("", "the checking process has ended", 0.0, 0)
        word, seconds, peak, reason = line.split("\t", 3)
        return Outcome(word, reason, float(seconds), int(peak))


def main() -> int:
    from carrel.domain.errors import EngineError
    from carrel.engine.files import profiles
    from carrel.engine.wire.job import Job, Task
    from carrel.engine.wire.protocol import EngineSettings
    from carrel.engine.worker import load, session, words  # noqa: F401 - before forking
    from carrel.engine.worker.inspection import check_files

    profiles.profiles()
    settings = EngineSettings(context_tokens=512, threads=1, batch_tokens=64, address_space=MEMORY)
    for line in sys.stdin:
        paths = tuple(Path(name) for name in line.rstrip("\n").split("\t"))
        descriptors = tuple(os.open(path, os.O_RDONLY) for path in paths)
        job = Job(
            task=Task.SPEAK, descriptors=descriptors, paths=paths, settings=settings, overrides={}
        )
        started = time.process_time()
        try:
            facts = check_files(descriptors)
        except EngineError as error:
            _say(REFUSED, error.failure.reason, time.process_time() - started)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            _say(BUG, repr(error), time.process_time() - started)
        else:
            taken = time.process_time() - started
            _say(*_fork(job, facts), taken)
        for descriptor in descriptors:
            os.close(descriptor)
    return 0


def _say(word: str, reason: str, seconds: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    line = reason.replace("\n", " ").replace("\t", " ")
    sys.stdout.write(f"{word}\t{seconds:.4f}\t{peak}\t{line}\n")
    sys.stdout.flush()


def _fork(job, facts) -> tuple[str, str]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = _BUG_CODE
        try:
            code = _try(job, facts, writing)
        finally:
            os._exit(code)
    os.close(writing)
    deadline = time.monotonic() + 4 * SECONDS
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            os.close(reading)
            return STUCK, "it did not end"
        time.sleep(0.002)
    with os.fdopen(reading, "rb") as pipe:
        reason = pipe.read(4000).decode("utf-8", "replace").replace("\n", " ")
    if os.WIFSIGNALED(status):
        ending = signal.Signals(os.WTERMSIG(status)).name
        return (STUCK if ending == "SIGXCPU" else ENDED), ending
    code = os.WEXITSTATUS(status)
    return {0: LOADED, _ERROR_CODE: LOAD_ERROR}.get(code, BUG), reason


def _try(job, facts, writing: int) -> int:
    """Load, read and write; in a fork."""
    import carrel.system.lock as lock
    from carrel.domain.errors import EngineError
    from carrel.engine.worker.load import load
    from carrel.engine.worker.session import Session
    from carrel.engine.worker.words import Prompt, Words

    try:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
        lock.lock_worker_calls()
        lock.lock_worker_files(read=job.paths)
        loaded = load(job, facts, lambda *_: None)
        words = Words(loaded.words, facts.encoding)
        text = words.text("What was the revenue in 2022? Ünï ｜ \t\n" * 20)
        tokens = [token % words.count for token in [*text, *range(TOKENS)]][:TOKENS]
        session = Session(loaded)
        session.read(Prompt(tokens, [TOKENS // 2, TOKENS - 1]), lambda _: None)
        session.write(tokens[0])
        for token in range(0, words.count, 7):
            words.piece(token)
    except EngineError as error:
        os.write(writing, error.failure.reason.encode()[:3000])
        return _ERROR_CODE
    except BaseException as error:  # noqa: BLE001 - that is what is looked for
        os.write(writing, repr(error).encode()[:3000])
        return _BUG_CODE
    return 0


def trial_files(folder: Path, number: int, parts: list[bytes]) -> list[Path]:
    """Write a mutant; the same few names are used again and again."""
    paths = []
    for place, content in enumerate(parts):
        path = folder / f"mutant-{number}-{place}.gguf"
        path.write_bytes(content)
        paths.append(path)
    return paths


def tried(seed: int, count: int, folder: Path) -> Iterator[tuple[str, Outcome]]:
    """What was done to each of ``count`` mutants, and what became of it."""
    from gguf_mutants import Mutator

    mutator = Mutator(seed)
    with Trials() as trials:
        for number in range(count):
            what, parts = mutator.mutant()
            paths = trial_files(folder, number % 2, parts)
            yield what, trials.ask(paths)


if __name__ == "__main__":
    sys.exit(main())
