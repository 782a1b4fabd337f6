"""Errors.

* CarrelError
  + KnownError          the world's fault: has a code, a sentence and a remedy
    - FileError         a path that cannot be read or written
    - WorkspaceError    the store: locked, damaged, too new, wrong passphrase, disk full
    - ParseError        a document that cannot be read
    - EngineError       an engine or a GGUF file that does not work
    - LockError         the egress lock could not be installed
    - AskError          a question that cannot be answered
    - ProcessError      a worker that crashed, hung or spoke nonsense
  + BugError            ours: logged with a trace, shown as one sentence

Codes cross processes; exceptions do not. A layer adds its own subclasses in its
own ``errors.py``; `from_wire` finds them by code and falls back to the general
one of the family, so a hostile worker can choose a sentence of ours but never
write one.
"""

from __future__ import annotations

from typing import ClassVar

from carrel.domain.documents import Failure


class CarrelError(Exception):
    """Root of all errors this program raises on purpose."""


class KnownError(CarrelError):
    """Something outside the program went wrong, and we know what to say about it.

    Attributes:
        code: stable, dotted, lower case.
        sentence: what happened; may use ``{fields}`` given to the constructor.
        remedy: what the reader can do about it.
    """

    code: ClassVar[str] = "known"
    sentence: ClassVar[str] = "Something went wrong."
    remedy: ClassVar[str] = "Try again."

    def __init__(self, **fields: object) -> None:
        self.fields = {name: str(value) for name, value in fields.items()}
        super().__init__(self.sentence.format_map(_Fields(self.fields)))

    @property
    def failure(self) -> Failure:
        """The same as a value that can be stored and shown."""
        fields = _Fields(self.fields)
        return Failure(
            code=self.code,
            reason=self.sentence.format_map(fields),
            remedy=self.remedy.format_map(fields),
        )


class _Fields(dict[str, str]):
    """Leave out what was not given, rather than fail while reporting a failure."""

    def __missing__(self, key: str) -> str:
        return "?"


class FileError(KnownError):
    """A path that cannot be read or written."""

    code = "file.unreadable"
    sentence = "“{name}” cannot be read: {cause}."
    remedy = "Check that the file exists and that you may read it."


class FolderNamed(FileError):
    """A folder in the place of a file."""

    code = "file.folder"
    sentence = "“{name}” is a folder, and a file is needed."
    remedy = "Choose a file in it; of a file in several parts, any part."


class WorkspaceError(KnownError):
    """The store cannot be used."""

    code = "workspace.failed"
    sentence = "The workspace cannot be used: {cause}."
    remedy = "Check the disk and try again; nothing stored was changed."


class ParseError(KnownError):
    """A document that cannot be read."""

    code = "parse.failed"
    sentence = "This file could not be read."
    remedy = "Open it in the program that made it, save a copy, and add the copy."


class EngineError(KnownError):
    """An engine or a GGUF file that does not work."""

    code = "engine.failed"
    sentence = "The engine failed: {cause}."
    remedy = "Load the model again; if it fails again, choose another one."


class LockError(KnownError):
    """The egress lock could not be installed."""

    code = "lock.failed"
    sentence = "The egress lock could not be installed: {cause}."
    remedy = (
        "Carrel opens no workspace without it. It needs Linux 5.13 or newer on x86-64 or ARM64."
    )


class AskError(KnownError):
    """A question that cannot be answered."""

    code = "ask.failed"
    sentence = "The question could not be answered: {cause}."
    remedy = "Ask again."


class ProcessError(KnownError):
    """A worker process that crashed, hung or spoke nonsense."""

    code = "process.failed"
    sentence = "A helper process ended unexpectedly ({cause})."
    remedy = "Try again; the rest of the program is not affected."


class Reported(KnownError):
    """A failure that was put into words elsewhere and is passed on."""

    code = "reported"

    def __init__(self, failure: Failure) -> None:
        """Carry the failure as it is."""
        super().__init__()
        self.args = (failure.reason,)
        self._failure = failure

    @property
    def failure(self) -> Failure:
        """The failure as it was reported."""
        return self._failure


class BugError(CarrelError):
    """A mistake of ours: logged whole, shown as one sentence."""


BUG_FAILURE = Failure(
    code="bug",
    reason="Carrel made a mistake here.",
    remedy="The log holds the details; nothing stored was changed.",
)


def known_errors(root: type[KnownError] = KnownError) -> dict[str, type[KnownError]]:
    """All known errors that have been imported, by code."""
    found = {root.code: root}
    for kind in root.__subclasses__():
        found.update(known_errors(kind))
    return found


def from_wire(untrusted_code: object, family: type[KnownError]) -> KnownError:
    """The error a worker named, or the general one of the family.

    Args:
        untrusted_code: what stood in the frame.
        family: the only errors this worker may report.
    """
    return (
        known_errors(family).get(untrusted_code, family)()
        if isinstance(untrusted_code, str)
        else family()
    )
