"""Run one command: lock the process, open the workspace, do it, print it.

What the window has to do is passed in by the entry point; this package and the
window never import each other.
"""

import getpass
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from carrel.app import App, Door
from carrel.cli import (
    answer_commands,
    bench_command,
    commands,
    compare_command,
    document_commands,
    embedding_commands,
    eval_command,
    facts_commands,
    forms,
    gguf_commands,
    glossary_commands,
    label_commands,
    questionnaire_command,
    sheet_commands,
    table_command,
    translate_command,
    watch_commands,
)
from carrel.cli.arguments import parse
from carrel.cli.demo import Photographer, play, play_kinds
from carrel.cli.printing import never_fail_to_print, plain, print_json
from carrel.cli.usage import WrongUsage
from carrel.domain.documents import Failure
from carrel.domain.errors import KnownError, LockError
from carrel.domain.workspaces import Seal
from carrel.settings import default_workspace
from carrel.system.lock import lock_window

DONE: Final = 0
FAILED: Final = 1
WRONG_USAGE: Final = 2
NO_LOCK: Final = 3
INTERRUPTED: Final = 130

MEANING_SECONDS: Final = 60.0
"""Seconds a command waits for an embedding model; what it finds must not depend on the clock."""

MAX_SECRET_BYTES: Final = 4096
"""Bytes read of a passphrase file; a passphrase longer than that is a wrong file."""


class PassphraseFileUnreadable(KnownError):
    """The file named for the passphrase cannot be used."""

    code = "cli.passphrase_file"
    sentence = "The passphrase file “{name}” cannot be read: {cause}."
    remedy = "Name a text file whose first line is the passphrase or the recovery code."


class Front(Photographer, Protocol):
    """What only the window can do."""

    def open_window(self, door: Door, seal: Seal, folder: Path | None, paths: list[Path]) -> int:
        """Show the window until it is closed."""

    def show_lock_failure(self, failure: Failure) -> int:
        """Show why no workspace can be opened."""


def run(arguments: list[str], front: Front) -> int:
    """Run what was typed.

    Args:
        arguments: without the program's name.
        front: the window's part.

    Returns:
        The exit code: 0 done, 1 a known failure, 2 wrong usage, 3 no lock, 130 stopped by Ctrl-C.
    """
    never_fail_to_print()
    try:
        options = parse(arguments)
    except WrongUsage as wrong:
        print(wrong, file=sys.stderr)
        return WRONG_USAGE
    try:
        seal = lock_window()
    except LockError as error:
        _complain(error.failure, options)
        if options.command in {None, "window"} and _has_display():
            front.show_lock_failure(error.failure)
        return NO_LOCK
    try:
        return _run(options, front, seal)
    except WrongUsage as wrong:
        print(wrong, file=sys.stderr)
        return WRONG_USAGE
    except KnownError as error:
        _complain(error.failure, options)
        return FAILED
    except KeyboardInterrupt:
        print("Stopped. Give the same command again when you like.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output left (`carrel documents | head`): that is its right.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _run(options: Namespace, front: Front, seal: Seal) -> int:
    match options.command:
        case None | "window":
            return _window(options, front, seal)
        case "demo":
            return (play_kinds if options.viewers else play)(options.out, seal, front)
        case "model":
            return gguf_commands.models(options)
        case "bench":
            form = bench_command.bench_engine(options)
            if options.json:
                print_json(form)
            else:
                bench_command.print_pace(form)
            return DONE
        case "workspace" if options.part == "create":
            return commands.create_workspace(_folder(options), _secret(options), options, seal)
    app = _open(options, seal)
    app.meaning.patience = MEANING_SECONDS
    try:
        return _with_app(options, app)
    finally:
        app.close(keep_removed=True)


def _with_app(options: Namespace, app: App) -> int:
    run_command: dict[str, Callable[[App, Namespace], int]] = {
        "workspace": commands.workspace_info,
        "add": commands.add,
        "documents": document_commands.documents,
        "document": document_commands.document,
        "tags": label_commands.listed,
        "collections": label_commands.listed,
        "compare": compare_command.compare,
        "timeline": facts_commands.timeline,
        "entities": facts_commands.entities,
        "contradictions": facts_commands.contradictions,
        "summary": facts_commands.summary,
        "table": table_command.table,
        "sql": sheet_commands.sql,
        "watch": watch_commands.watch,
        "glossary": glossary_commands.glossary,
        "embeddings": embedding_commands.embeddings,
        "search": commands.search,
        "eval": eval_command.evaluate,
        "ask": commands.ask,
        "answer": answer_commands.answer,
        "questionnaire": questionnaire_command.questionnaire,
        "translate": translate_command.translate,
    }
    return run_command[options.command](app, options)


def _window(options: Namespace, front: Front, seal: Seal) -> int:
    if not _has_display():
        print(
            "There is no display to open a window on. “carrel demo” plays the journey without one; "
            "“carrel --help” lists the commands.",
            file=sys.stderr,
        )
        return FAILED
    folder = getattr(options, "workspace", None)
    paths = [path.absolute() for path in getattr(options, "paths", [])]
    return front.open_window(Door(seal, remember=True), seal, folder, paths)


def _has_display() -> bool:
    if os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open(options: Namespace, seal: Seal) -> App:
    folder = _folder(options)
    door = Door(seal)
    secret = _secret(options)
    if secret is None:
        app = door.open_with_keyring(folder).result()
        if app is not None:
            return app
        if not sys.stdin.isatty():
            return door.unlock(folder, passphrase="").result()
        secret = getpass.getpass(f"Passphrase for {folder}: ")
    return door.unlock_with(folder, secret).result()


def _folder(options: Namespace) -> Path:
    folder: Path = getattr(options, "workspace", default_workspace())
    return folder.absolute()


def _secret(options: Namespace) -> str | None:
    path: Path | None = getattr(options, "passphrase_file", None)
    if path is None:
        return None
    try:
        with path.open("rb") as stream:
            untrusted_text = stream.read(MAX_SECRET_BYTES).decode("utf-8")
    except OSError as error:
        cause = error.strerror or "unknown"
        raise PassphraseFileUnreadable(name=path.name, cause=cause) from error
    except UnicodeDecodeError as error:
        raise PassphraseFileUnreadable(name=path.name, cause="it is not text") from error
    lines = untrusted_text.splitlines()
    if not lines or not lines[0].strip():
        raise PassphraseFileUnreadable(name=path.name, cause="its first line is empty")
    return lines[0]


def _complain(failure: Failure, options: Namespace) -> None:
    """The sentences for people; with ``--json`` also as what a program reads."""
    print(plain(f"{failure.reason} {failure.remedy} [{failure.code}]"), file=sys.stderr)
    if getattr(options, "json", False):
        print_json(forms.failure_form(failure))
