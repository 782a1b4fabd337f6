"""The whole journey on sample documents: make a workspace, add, ask, show, photograph.

Uses nothing but what a user has; the screenshots are taken of the real window.
"""

import secrets
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from carrel.app import App, Door
from carrel.cli.commands import print_answer
from carrel.domain.answers import AnswerMode
from carrel.domain.events import AddingFinished, FileAdded
from carrel.domain.workspaces import Seal
from carrel.system.files import write_atomically
from carrel.system.resources import path as resource

DONE: Final = 0
FAILED: Final = 1

SAMPLE_SUFFIXES: Final = (".pdf", ".docx", ".csv", ".eml")
KEY_FILE: Final = "passphrase.txt"
WORKSPACE_NAME: Final = "Northgate review"


def play(out: Path | None, seal: Seal, take_screens: Callable[[App, Path], list[Path]]) -> int:
    """Play the journey.

    Args:
        out: the folder to write into; a new temporary one when None.
        seal: of this process.
        take_screens: photographs the window's pages into a folder.

    Returns:
        0, or 1 when a sample could not be read or a question had no checked citation.
    """
    started = time.monotonic()
    folder = _fresh(out)
    passphrase = secrets.token_urlsafe(12)
    write_atomically(folder / KEY_FILE, f"{passphrase}\n".encode())
    print(f"Seal: {seal.calls}")
    created = (
        Door(seal)
        .create(folder / "workspace", name=WORKSPACE_NAME, passphrase=passphrase, use_keyring=False)
        .result()
    )
    print(f"Workspace “{WORKSPACE_NAME}” made, encrypted, in {folder / 'workspace'}")
    app = created.app
    try:
        complete = _add_samples(app)
        complete &= _ask_questions(app)
        pictures = take_screens(app, folder / "screens")
    finally:
        app.close()
    print(f"Screenshots ({len(pictures)}): {folder / 'screens'}")
    print(f"To look around: carrel --workspace {folder / 'workspace'}")
    print(f"Its passphrase is in {folder / KEY_FILE}")
    print(f"The journey took {time.monotonic() - started:.0f} s.")
    return DONE if complete else FAILED


def _fresh(out: Path | None) -> Path:
    if out is None:
        return Path(tempfile.mkdtemp(prefix="carrel-demo-"))
    out = out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    if (out / KEY_FILE).exists():  # an earlier demo's, so it may go
        shutil.rmtree(out / "workspace", ignore_errors=True)
        shutil.rmtree(out / "screens", ignore_errors=True)
    return out


def _add_samples(app: App) -> bool:
    samples = sorted(
        file
        for file in resource("assets/samples/documents").iterdir()
        if file.suffix in SAMPLE_SUFFIXES
    )
    complete = bool(samples)
    with app.listen() as events:
        job = app.add_paths(samples)
        for event in events:
            match event:
                case FileAdded(job=found, document=document) if found == job:
                    failed = document is None or event.failure is not None
                    complete &= not failed
                    units = f"{document.units} units, {document.seconds:.1f} s" if document else ""
                    state = document.state.value if document else "failed"
                    print(f"Added {Path(event.path).name}: {state}, {units}")
                case AddingFinished(job=found) if found == job:
                    break
    return complete


def _ask_questions(app: App) -> bool:
    with resource("assets/samples/questions.toml").open("rb") as stream:
        questions: list[dict[str, Any]] = tomllib.load(stream)["question"]
    complete = True
    chosen = [question for question in questions if question.get("demo")]
    # The one answered from a page comes last: the pictures show the newest answer.
    chosen.sort(key=lambda question: str(question["file"]).endswith(".pdf"))
    for asked in (question["question"] for question in chosen):
        print(f"\nQuestion: {asked}\n")
        exchange = app.ask_and_wait(asked, mode=AnswerMode.EVIDENCE)
        print_answer(exchange)
        complete &= bool(exchange.answer and exchange.answer.citations)
    print(flush=True)
    sys.stdout.flush()
    return complete
