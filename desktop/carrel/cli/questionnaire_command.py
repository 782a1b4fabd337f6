"""Put a list of questions to many documents, as a TOML file says; run again, it goes on.

Must not know how a cell is answered or stored.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from carrel.app import App
from carrel.app.sheet_export import FORMATS, said, write_sheet
from carrel.cli import forms
from carrel.cli.commands import DONE, FAILED
from carrel.cli.printing import plain, print_json
from carrel.cli.usage import add_json
from carrel.domain.answers import AnswerMode, Effort
from carrel.domain.documents import Document, DocumentState
from carrel.domain.errors import KnownError, Reported
from carrel.domain.events import QuestionnaireChanged
from carrel.domain.ids import DocumentId
from carrel.domain.labels import labelled
from carrel.domain.questionnaires import (
    MAX_CELLS,
    MAX_DOCUMENTS,
    MAX_NAME,
    MAX_QUESTION,
    MAX_QUESTIONS,
    NewQuestionnaire,
    Questionnaire,
    RunState,
    Sheet,
    clean_questions,
    tally,
)

MAX_FILE_BYTES: Final = 4 << 20
"""Bytes of a questionnaire's file; two hundred long questions take a tenth of that."""

KEYS: Final = {
    "name": str,
    "questions": list,
    "documents": list,
    "tags": list,
    "collections": list,
    "all": bool,
    "mode": str,
    "model": str,
    "thinking": str,
    "output": str,
}
"""What may stand in the file, and of which type it is."""

MODES: Final = (AnswerMode.EVIDENCE, AnswerMode.PASSAGES, AnswerMode.WHOLE)

Choice = TypeVar("Choice", AnswerMode, Effort)


class RunFileWrong(KnownError):
    """The file cannot be used."""

    code = "cli.questionnaire"
    sentence = "“{name}” cannot be used as a questionnaire: {cause}."
    remedy = (
        'It needs at least questions = ["…"] and one of documents, tags, collections, or '
        "all = true; “carrel questionnaire --help” tells the rest."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """What a file says, checked."""

    name: str
    questions: tuple[str, ...]
    documents: tuple[str, ...]
    tags: tuple[str, ...]
    collections: tuple[str, ...]
    mode: AnswerMode
    model: str
    effort: Effort
    output: Path | None
    identity: str


def add_arguments(parser: ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "file", type=Path, metavar="RUN.toml",
        help='questions = ["…"]; documents = ["name"], tags, collections or all = true; mode = '
        '"evidence", "passages" or "whole"; model, thinking, name and output = '
        '"answers.xlsx" (or .csv, .docx)',
    )  # fmt: skip
    parser.add_argument(
        "--again", action="store_true", help="ask those again that failed the last time"
    )
    add_json(parser)


def questionnaire(app: App, options: Namespace) -> int:
    """Ask what is open, one line for each answer, then write the output.

    Returns:
        0, or 1 when it did not come to its end or not one answer was possible.
    """
    run_file = read_run(options.file)
    documents = _chosen(run_file, app.documents().result())
    stored = app.questionnaires.with_identity(run_file.identity).result()
    if stored is None:
        stored = app.questionnaires.create(
            NewQuestionnaire(
                name=run_file.name,
                questions=run_file.questions,
                documents=documents,
                mode=run_file.mode,
                installed_model=run_file.model,
                effort=run_file.effort,
                identity=run_file.identity,
            )
        ).result()
    else:
        stored = app.questionnaires.extend(stored.id, documents).result()
    if options.again:
        app.questionnaires.ask_again(stored.id).result()
    ended = _follow(app, stored, as_json=options.json)
    sheet = app.questionnaires.sheet(stored.id).result()
    if run_file.output is not None:
        write_sheet(sheet, run_file.output)
    _sum_up(ended, sheet, run_file.output, as_json=options.json)
    if ended.failure is not None:
        raise Reported(ended.failure)
    return DONE if ended.state is RunState.FINISHED and ended.failed < ended.total else FAILED


def read_run(path: Path) -> RunFile:
    """A questionnaire's file, checked.

    Raises:
        RunFileWrong: it cannot be used; the sentence says why.
    """
    untrusted = _parsed(path)
    for key, value in untrusted.items():
        kind = KEYS.get(key)
        if kind is None:
            raise RunFileWrong(name=path.name, cause=f"“{key}” is not known")
        strings = kind is not list or all(isinstance(one, str) for one in value)
        if not isinstance(value, kind) or not strings:
            wanted = {str: "a text", list: "a list of texts", bool: "true or false"}[kind]
            raise RunFileWrong(name=path.name, cause=f"“{key}” has to be {wanted}")
    questions = clean_questions(untrusted.get("questions", []))
    if not questions:
        raise RunFileWrong(name=path.name, cause="it has no questions")
    if len(questions) > MAX_QUESTIONS:
        cause = f"it has {len(questions)} questions, and {MAX_QUESTIONS} are the most"
        raise RunFileWrong(name=path.name, cause=cause)
    if any(len(one) > MAX_QUESTION for one in questions):
        cause = f"a question is longer than {MAX_QUESTION:,} characters"
        raise RunFileWrong(name=path.name, cause=cause)
    scope = [tuple(untrusted.get(key, ())) for key in ("documents", "tags", "collections")]
    if not any(scope) and not untrusted.get("all", False):
        raise RunFileWrong(name=path.name, cause="it does not say which documents are asked")
    identity = {key: value for key, value in untrusted.items() if key != "output"}
    packed = json.dumps({**identity, "questions": questions}, sort_keys=True)
    output = untrusted.get("output", "")
    if output and Path(output).suffix.lower() not in FORMATS:
        cause = f"“output” has to end in {', '.join(FORMATS)}"
        raise RunFileWrong(name=path.name, cause=cause)
    return RunFile(
        name=" ".join(untrusted.get("name", path.stem).split())[:MAX_NAME] or path.stem,
        questions=questions,
        documents=scope[0],
        tags=scope[1],
        collections=scope[2],
        mode=_one_of(path, "mode", untrusted.get("mode", "evidence"), MODES),
        model=untrusted.get("model", ""),
        effort=_one_of(path, "thinking", untrusted.get("thinking", "off"), tuple(Effort)),
        output=path.parent / output if output else None,
        identity=hashlib.sha256(packed.encode()).hexdigest(),
    )


def _parsed(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            untrusted_bytes = stream.read(MAX_FILE_BYTES + 1)
        if len(untrusted_bytes) > MAX_FILE_BYTES:
            raise RunFileWrong(name=path.name, cause="it is larger than 4 MB")
        return tomllib.loads(untrusted_bytes.decode("utf-8"))
    except OSError as error:
        raise RunFileWrong(name=path.name, cause=error.strerror or "unknown") from error
    except UnicodeDecodeError as error:
        raise RunFileWrong(name=path.name, cause="it is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise RunFileWrong(name=path.name, cause=f"it is no TOML ({error})") from error


def _one_of(path: Path, key: str, value: str, choices: tuple[Choice, ...]) -> Choice:
    for choice in choices:
        if choice.value == value:
            return choice
    known = ", ".join(choice.value for choice in choices)
    raise RunFileWrong(name=path.name, cause=f"“{key}” has to be one of {known}")


def _chosen(run_file: RunFile, listed: tuple[Document, ...]) -> tuple[DocumentId, ...]:
    """The documents that can be asked, by name."""
    readable = {DocumentState.READ, DocumentState.PARTIAL}
    usable = [one for one in listed if one.state in readable and not one.old]
    found = labelled(usable, tags=run_file.tags, collections=run_file.collections)
    if run_file.documents:
        known = {word for one in found for word in _words_for(one)}
        missing = [name for name in run_file.documents if name not in known]
        if missing:
            raise RunFileWrong(name=run_file.name, cause=f"there is no document “{missing[0]}”")
        named = set(run_file.documents)
        found = tuple(one for one in found if named & _words_for(one))
    if not found:
        raise RunFileWrong(name=run_file.name, cause="it means no document that was read")
    if len(found) > MAX_DOCUMENTS or len(found) * len(run_file.questions) > MAX_CELLS:
        raise RunFileWrong(name=run_file.name, cause="it means too many documents")
    return tuple(one.id for one in sorted(found, key=lambda one: (one.name.casefold(), one.id)))


def _words_for(document: Document) -> set[str]:
    return {str(document.id), document.sha256, document.name, document.file_name}


def _follow(app: App, stored: Questionnaire, *, as_json: bool) -> Questionnaire:
    names = {one.n: one.name for one in app.questionnaires.sheet(stored.id).result().documents}
    with app.listen() as events:
        app.questionnaires.start(stored.id).result()
        for event in events:
            if not isinstance(event, QuestionnaireChanged) or event.questionnaire.id != stored.id:
                continue
            if event.cell is not None:
                _print_cell(event, names[event.cell.document], as_json=as_json)
            if event.questionnaire.state is not RunState.RUNNING:
                return event.questionnaire
    raise AssertionError("events never end")


def _print_cell(event: QuestionnaireChanged, document: str, *, as_json: bool) -> None:
    cell, listed = event.cell, event.questionnaire
    if cell is None:
        return
    question = listed.questions[cell.question - 1]
    answer = cell.exchange.answer if cell.exchange else None
    if as_json:
        failure = cell.exchange.failure if cell.exchange else None
        print_json(
            {
                "done": listed.answered,
                "total": listed.total,
                "seconds_left": event.seconds_left,
                "document": document,
                "question": question,
                "finding": cell.finding.value,
                "answer": answer.text if answer else None,
                "citations": [
                    forms.citation_form(cited, {}, cited.cells)
                    for cited in (answer.citations if answer else ())
                ],
                "failure": forms.failure_form(failure)["error"] if failure else None,
            }
        )
        return
    print(f"{listed.answered}/{listed.total}  {plain(document)}: {plain(question)}")
    print(f"     {cell.finding.value}: {plain(' '.join(said(cell).split()))[:200]}", flush=True)


def _sum_up(ended: Questionnaire, sheet: Sheet, output: Path | None, *, as_json: bool) -> None:
    counted = {finding.value: number for finding, number in tally(sheet.cells).items()}
    if as_json:
        print_json({"questionnaire": ended.id, "state": ended.state.value, "findings": counted})
        return
    print(", ".join(f"{number} {name}" for name, number in counted.items() if number))
    if output is not None:
        print(f"Written: {plain(output)}")
