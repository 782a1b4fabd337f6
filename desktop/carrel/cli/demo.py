"""The whole journey on sample documents: make a workspace, add, ask, show, photograph.

Uses nothing but what a user has; the screenshots are taken of the real window.
"""

import secrets
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from carrel.app import App, Door
from carrel.cli.commands import answered_by, print_answer
from carrel.domain.answers import AnswerMode
from carrel.domain.events import AddingFinished, FileAdded
from carrel.domain.installed import NANO_PROFILE
from carrel.domain.workspaces import Seal
from carrel.system.files import write_atomically
from carrel.system.resources import path as resource

DONE: Final = 0
FAILED: Final = 1

SAMPLE_SUFFIXES: Final = (".pdf", ".docx", ".csv", ".eml")
KEY_FILE: Final = "passphrase.txt"
WORKSPACE_NAME: Final = "Northgate review"


class Photographer(Protocol):
    """The window's part: shown to no display, driven as a user would, photographed."""

    def take_first_screens(self, app: App, folder: Path, paths: Sequence[Path]) -> list[Path]:
        """Drop these files on the empty window, and return when they have been added."""

    def take_screens(self, app: App, folder: Path) -> list[Path]:
        """Show the journey's pages."""


def play(out: Path | None, seal: Seal, window: Photographer) -> int:
    """Play the journey.

    Args:
        out: the folder to write into; a new temporary one when None.
        seal: of this process.
        window: adds the documents, and photographs its pages.

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
        complete, pictures = _add_samples(app, window, folder / "screens")
        complete &= _ask_questions(app)
        pictures += window.take_screens(app, folder / "screens")
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


def _add_samples(app: App, window: Photographer, folder: Path) -> tuple[bool, list[Path]]:
    samples = sorted(
        file
        for file in resource("assets/samples/documents").iterdir()
        if file.suffix in SAMPLE_SUFFIXES
    )
    complete = bool(samples)
    with app.listen() as events:
        pictures = window.take_first_screens(app, folder, samples)
        for event in events:  # all there already: the window has waited for the last of them
            match event:
                case FileAdded(document=document):
                    failed = document is None or event.failure is not None
                    complete &= not failed
                    units = f"{document.units} units, {document.seconds:.1f} s" if document else ""
                    state = document.state.value if document else "failed"
                    print(f"Added {Path(event.path).name}: {state}, {units}")
                case AddingFinished():
                    break
    return complete, pictures


def _ask_questions(app: App) -> bool:
    with resource("assets/samples/questions.toml").open("rb") as stream:
        questions: list[dict[str, Any]] = tomllib.load(stream)["question"]
    complete = True
    speaks = NANO_PROFILE in {one.name for one in app.installed_models().result()}
    chosen = [question for question in questions if question.get("demo")]
    # The one answered from a page comes last: the pictures show the newest answer.
    chosen.sort(key=lambda question: str(question["file"]).endswith(".pdf"))
    for asked in (question["question"] for question in chosen):
        print(f"\nQuestion: {asked}\n")
        exchange = app.asking.ask_and_wait(
            asked,
            mode=AnswerMode.PASSAGES if speaks else AnswerMode.EVIDENCE,
            installed_model=NANO_PROFILE if speaks else None,
        )
        print_answer(exchange, answered_by(app, exchange))
        complete &= bool(exchange.answer and exchange.answer.citations)
    print(flush=True)
    sys.stdout.flush()
    return complete
