"""Ask a model by the chat template in its own file, in a process of its own.

The worker forks once, before there are threads, and only for a model without a card. That
process, as locked in as the worker, forks again for each prompt; the last one renders, with
limits on time and memory that the system enforces, whatever the template calls. If it is ended,
the template is refused and nothing else is affected. Must not know requests or the wire.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

from carrel.domain.errors import ProcessError
from carrel.engine.chat.conversation import Message, Role, Thinking
from carrel.engine.chat.generic_prompt import StandIns, disguised
from carrel.engine.chat.segments import Segment
from carrel.engine.errors import TemplateRefused, TemplateTooCostly, printable
from carrel.system.frames import Frame, read_frame, write_frame

MAX_CPU_SECONDS: Final = 0.75
"""Seconds of processor time for one prompt; the slowest of seventy real templates takes 0.1, its
compilation included."""
MAX_SECONDS: Final = 10.0
"""Seconds by the clock for one prompt, on a machine that is busy with other things."""
MAX_BYTES: Final = 128 << 20
"""Bytes of memory for one prompt, beyond what the worker had before it loaded the model; real
templates take 10 MiB."""

MAX_ANSWER_BYTES: Final = 10 << 20
"""Bytes of what a prompt's process may send; fits into one frame."""

_OUT_OF_TIME: Final = frozenset({signal.SIGPROF, signal.SIGXCPU, signal.SIGKILL})
_KINDS: Final = frozenset({"output", "cause", "spent"})
_TRIAL: Final = (
    Message(role=Role.SYSTEM, text="s"),
    Message(role=Role.USER, text="q"),
    Message(role=Role.ASSISTANT, text="a"),
    Message(role=Role.USER, text="r"),
)
"""Every template must be able to say this."""


class Template:
    """A chat template, run in its own process.

    Args:
        source: from the file, as it is.
        begin, end: texts of the vocabulary's tokens for it.
    """

    def __init__(self, process: TemplateProcess, source: str, begin: str, end: str) -> None:
        self._process = process
        self._source = source
        self._tokens = {"bos_token": begin, "eos_token": end}
        self._folds = False
        self._try()

    def render(
        self,
        conversation: Sequence[Message],
        thinking: Thinking,
        *,
        opened: bool = True,
        response_format: str = "",
    ) -> tuple[Segment, ...]:
        """The prompt for a conversation, cut into the template's words and all others.

        Raises:
            TemplateRefused: it cannot be used for this conversation.
            BadRequest: the conversation needs what only V4 was trained for.
        """
        stand_ins = StandIns()
        hidden = disguised(
            conversation,
            thinking,
            stand_ins,
            opened=opened,
            response_format=response_format,
            folded=self._folds,
        )
        variables = {**self._tokens, **hidden.variables}
        output = self._process.render(self._source, variables)
        return stand_ins.segments(output, needed=hidden.needed)

    def _try(self) -> None:
        """Find out whether it can be used at all, and whether it knows system messages."""
        try:
            self.render(_TRIAL, Thinking.OFF)
        except TemplateTooCostly:
            raise
        except TemplateRefused:
            self._folds = True
            self.render(_TRIAL, Thinking.OFF)


class TemplateProcess:
    """The process that renders; made by `start`, ends when its owner does.

    Attributes:
        pid: its process id.
    """

    def __init__(self, pid: int, requests: BinaryIO, answers: BinaryIO) -> None:
        self.pid = pid
        self._requests = requests
        self._answers = answers

    @classmethod
    def start(cls) -> TemplateProcess:
        """Fork; call it before any thread runs."""
        limit = _address_space() + MAX_BYTES
        requests_out, requests_in = os.pipe()
        answers_out, answers_in = os.pipe()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            _serve(requests_out, answers_in, limit)
        os.close(requests_out)
        os.close(answers_in)
        return cls(pid, os.fdopen(requests_in, "wb"), os.fdopen(answers_out, "rb"))

    def render(self, source: str, variables: dict[str, Any]) -> str:
        """What a template writes.

        Raises:
            TemplateRefused: with the reason.
        """
        try:
            write_frame(self._requests, {"source": source, "variables": variables})
            untrusted = read_frame(self._answers)
        except (OSError, ProcessError) as error:
            raise TemplateRefused(cause="its process has ended") from error
        match untrusted:
            case {"output": str(output)}:
                return output
            case {"spent": str(what)}:
                raise TemplateTooCostly(cause=printable(what))
            case {"cause": str(cause)}:
                raise TemplateRefused(cause=printable(cause.rstrip(".")))
            case _:
                raise TemplateRefused(cause="its process has ended")

    def close(self) -> None:
        """End it and wait for it; without this it ends with its owner."""
        with suppress(OSError):
            self._requests.close()
        self._answers.close()
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _address_space() -> int:
    """Bytes this process has mapped."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return pages * resource.getpagesize()


def _serve(requests: int, answers: int, limit: int) -> NoReturn:
    """The life of the process: one child for each request, until the worker is gone."""
    with suppress(BaseException):
        # The worker's own pipes and files are not for this process.
        os.dup2(2, 0)
        os.dup2(2, 1)
        first, last = sorted((requests, answers))
        os.closerange(3, first)
        os.closerange(first + 1, last)
        os.closerange(last + 1, 1 << 16)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        from carrel.engine.worker.template_sandbox import rendered  # noqa: F401 - for all children

        with os.fdopen(requests, "rb") as incoming, os.fdopen(answers, "wb") as outgoing:
            while (request := read_frame(incoming)) is not None:
                write_frame(outgoing, _answer(request, limit))
    os._exit(0)


def _answer(request: Frame, limit: int) -> Frame:
    """Render in a child that may do as it likes, within limits."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        _render(request, into, limit)
    os.close(into)
    deadline = time.monotonic() + MAX_SECONDS
    room = MAX_ANSWER_BYTES
    pieces: list[bytes] = []
    with os.fdopen(out, "rb", buffering=0) as output:
        while room > 0 and (left := deadline - time.monotonic()) > 0:
            if not select.select([output], [], [], left)[0]:
                break
            piece = output.read(min(room, 1 << 20))
            if not piece:
                break
            room -= len(piece)
            pieces.append(piece)
    os.kill(child, signal.SIGKILL)  # it has ended, or is about to
    _, status = os.waitpid(child, 0)
    kind, _, text = b"".join(pieces).decode("utf-8", "replace").partition(" ")
    if kind in _KINDS:
        return {kind: text}
    slow = os.WIFSIGNALED(status) and os.WTERMSIG(status) in _OUT_OF_TIME
    return {"spent": "long"} if slow else {"cause": "it breaks what runs it"}


def _render(request: Frame, into: int, limit: int) -> NoReturn:
    """The child: limits first, then the template; its answer begins with its kind."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CPU, (1, 2))
        signal.setitimer(signal.ITIMER_PROF, MAX_CPU_SECONDS)  # the limit itself knows no fractions
        from carrel.engine.worker.template_sandbox import rendered

        answer = "output " + rendered(request["source"], request["variables"])
    except MemoryError:
        answer = "spent much memory"
    except RecursionError:
        answer = "cause it is nested too deeply"
    except Exception as error:  # noqa: BLE001 - whatever a hostile program raises, it is refused
        answer = f"cause {str(error)[:200] or type(error).__name__}"
    with suppress(BaseException), os.fdopen(into, "wb") as output:
        output.write(answer.encode("utf-8", "replace"))
    os._exit(0)
