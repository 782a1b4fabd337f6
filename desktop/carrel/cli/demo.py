"""The whole journey on sample documents: make a workspace, add, ask, show, photograph.

Uses nothing but what a user has; the screenshots are taken of the real window.
"""

import secrets
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from carrel.app import App, Door
from carrel.cli.commands import answered_by, follow_adding, print_answer
from carrel.cli.recognition import Recognition
from carrel.domain.answers import AnswerMode
from carrel.domain.documents import Document
from carrel.domain.events import AddingFinished, FileAdded, QuestionnaireChanged
from carrel.domain.ids import ExchangeId
from carrel.domain.installed import NANO_PROFILE
from carrel.domain.questionnaires import NewQuestionnaire, RunState
from carrel.domain.workspaces import Seal
from carrel.system.files import write_atomically
from carrel.system.resources import path as resource

DONE: Final = 0
FAILED: Final = 1

KINDS: Final = "assets/samples/kinds.toml"
FOLDERS: Final = ("documents", "kinds")
SAMPLE_SUFFIXES: Final = (".pdf", ".docx", ".csv", ".eml")
KEY_FILE: Final = "passphrase.txt"
WORKSPACE_NAME: Final = "Northgate review"


class Photographer(Protocol):
    """The window's part: shown to no display, driven as a user would, photographed."""

    def take_first_screens(self, app: App, folder: Path, paths: Sequence[Path]) -> list[Path]:
        """Drop these files on the empty window, and return when they have been added."""

    def take_screens(self, app: App, folder: Path) -> list[Path]:
        """Show the journey's pages."""

    def take_kinds(self, app: App, folder: Path, pictures: Mapping[ExchangeId, str]) -> list[Path]:
        """Show the first citation of answers; each picture is called as said."""


def play(out: Path | None, seal: Seal, window: Photographer) -> int:
    """Play the journey.

    Args:
        out: the folder to write into; a new temporary one when None.
        seal: of this process.
        window: adds the documents, and photographs its pages.

    Returns:
        0, or 1 when a sample could not be read or a question had no checked citation.
    """
    with _workspace(out, seal) as (app, folder):
        complete, pictures = _add_samples(app, window, folder / "screens")
        complete &= _ask_questions(app)
        pictures += window.take_screens(app, folder / "screens")
        _tell_pictures(pictures, folder)
    return DONE if complete else FAILED


def play_kinds(out: Path | None, seal: Seal, window: Photographer) -> int:
    """Ask a document of each kind a question, and show where the answer stands.

    Args:
        out, seal, window: as of `play`.

    Returns:
        0, or 1 when the first citation of an answer has not the words it should have.
    """
    with _workspace(out, seal) as (app, folder):
        with resource(KINDS).open("rb") as stream:
            questions: list[dict[str, str]] = tomllib.load(stream)["question"]
        read = _add_kinds(app, [question["file"] for question in questions])
        pictures: dict[ExchangeId, str] = {}
        for asked in questions:
            print(f"\nQuestion: {asked['question']}\n")
            exchange = app.asking.ask_and_wait(
                asked["question"],
                mode=AnswerMode.EVIDENCE,
                documents=tuple(one.id for one in read if one.name == asked["file"]),
            )
            print_answer(exchange)
            found = exchange.answer.citations if exchange.answer else ()
            if found and asked["words"] in " ".join(found[0].source_text.split()):
                pictures[exchange.id] = asked["picture"]
            else:
                print(f"“{asked['words']}” is not in the first citation.")
        sys.stdout.flush()
        _tell_pictures(window.take_kinds(app, folder / "screens", pictures), folder)
    return DONE if len(pictures) == len(questions) else FAILED


def _add_kinds(app: App, names: Sequence[str]) -> tuple[Document, ...]:
    """Add one document of each kind, and wait until pictures are recognised."""
    found = (resource(f"assets/samples/{folder}") / name for name in names for folder in FOLDERS)
    recognition = Recognition(as_json=False)
    app.recognising.hurry()
    with app.listen() as events:
        job = app.add_paths([path for path in found if path.exists()])
        follow_adding({job}, events, as_json=False, recognition=recognition)
        recognition.follow(events)
    return app.documents().result()


@contextmanager
def _workspace(out: Path | None, seal: Seal) -> Iterator[tuple[App, Path]]:
    """A new workspace, open, and the folder it lies in."""
    started = time.monotonic()
    folder = _fresh(out)
    passphrase = secrets.token_urlsafe(12)
    write_atomically(folder / KEY_FILE, f"{passphrase}\n".encode())
    print(f"Seal: {seal.calls}")
    made = Door(seal).create(
        folder / "workspace", name=WORKSPACE_NAME, passphrase=passphrase, use_keyring=False
    )
    app = made.result().app
    print(f"Workspace “{WORKSPACE_NAME}” made, encrypted, in {folder / 'workspace'}")
    try:
        yield app, folder
    finally:
        app.close()
    print(f"To look around: carrel --workspace {folder / 'workspace'}")
    print(f"Its passphrase is in {folder / KEY_FILE}")
    print(f"The journey took {time.monotonic() - started:.0f} s.")


def _tell_pictures(pictures: Sequence[Path], folder: Path) -> None:
    print(f"Screenshots ({len(pictures)}): {folder / 'screens'}")


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
    _ask_all(app, tuple(question["question"] for question in chosen))
    print(flush=True)
    sys.stdout.flush()
    return complete


def _ask_all(app: App, questions: tuple[str, ...]) -> None:
    """Put all questions to all documents, without a model."""
    new = NewQuestionnaire(
        name="Sample questions",
        questions=questions,
        documents=tuple(one.id for one in app.documents().result()),
        mode=AnswerMode.EVIDENCE,
    )
    listed = app.questionnaires.create(new).result()
    with app.listen() as events:
        app.questionnaires.start(listed.id).result()
        for event in events:
            if isinstance(event, QuestionnaireChanged):
                listed = event.questionnaire
                if listed.state is not RunState.RUNNING:
                    break
    print(f"Questionnaire: {listed.answered} of {listed.total} answers, {listed.state.value}")
