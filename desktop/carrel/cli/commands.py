"""The commands: each takes the open core and the options, prints, and returns the exit code.

Must not know threads, SQL or frames.
"""

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from carrel.answering.compose import without_escapes
from carrel.app import App, Door
from carrel.catalog.errors import NotInstalled
from carrel.cli import forms
from carrel.cli.answer_forms import answer_form
from carrel.cli.batch import documents_of, question_of, read_batch
from carrel.cli.checked import print_checks
from carrel.cli.printing import print_json
from carrel.cli.recognition import Recognition
from carrel.cli.scoping import with_labels
from carrel.cli.sections import (
    TooLong,
    chosen_sections,
    print_proposal,
    proposal_form,
    too_long_instead,
)
from carrel.cli.steps import steps_told
from carrel.domain.answers import WORTH_TELLING, AnswerMode, Citation, Effort, Exchange, Verdict
from carrel.domain.documents import Document, UnitKind
from carrel.domain.errors import KnownError, Reported
from carrel.domain.events import (
    AddingFinished,
    AddingStarted,
    Event,
    FileAdded,
    FilesFound,
    JobFailed,
    Tally,
)
from carrel.domain.ids import DocumentId, JobId
from carrel.domain.searching import BY_MEANING, Found, also_said
from carrel.domain.workspaces import Seal

DONE: Final = 0
FAILED: Final = 1

PROGRESS_EVERY_SECONDS: Final = 0.2
"""Seconds between two redraws of a progress line in a terminal."""


class NoSuchDocument(KnownError):
    """A document was named that is not there."""

    code = "cli.document"
    sentence = "There is no document “{name}” in this workspace."
    remedy = "“carrel documents” lists them; name one by its id, its SHA-256 or its name."


def create_workspace(folder: Path, secret: str | None, options: Namespace, seal: Seal) -> int:
    """Make a workspace and print its recovery code, this once."""
    created = Door(seal).create(folder, name=options.name, passphrase=secret or "").result()
    try:
        form = forms.workspace_form(created.app.info)
    finally:
        created.app.close()
    if options.json:
        print_json({**form, "recovery_code": created.recovery_code})
    else:
        print(f"Workspace “{form['name']}” made in {form['folder']}.")
        print(f"It opens with: {', '.join(form['slots'])}.")
        print(f"Recovery code (shown this once; keep it on paper): {created.recovery_code}")
    return DONE


def workspace_info(app: App, options: Namespace) -> int:
    """Tell what the workspace holds and how it opens."""
    form = forms.workspace_form(app.info)
    if options.json:
        print_json(form)
    else:
        for name, value in form.items():
            print(f"{name:12} {', '.join(value) if isinstance(value, list) else value}")
    return DONE


def add(app: App, options: Namespace) -> int:
    """Add files; one line for each, printed when it is safely stored.

    Text in pictures is recognised after that, with a line for each page in JSON.

    Returns:
        0, or 1 when not one file could be read.
    """
    return follow_jobs(app, options, lambda: _begin(app, options.paths))


def follow_jobs(app: App, options: Namespace, begin: Callable[[], set[JobId]]) -> int:
    """Print what comes of jobs that read files, and of the text recognition after it; see `add`."""
    recognition = Recognition(as_json=options.json)
    if options.no_ocr:
        app.recognising.pause()
    else:
        app.recognising.hurry()
    with app.listen() as events:
        wanted = begin()
        if not (wanted or options.json):
            _print_tally(Tally())
        code = follow_adding(wanted, events, as_json=options.json, recognition=recognition)
        if not options.no_ocr:
            recognition.follow(events)
    return code


def follow_adding(
    wanted: set[JobId],
    events: Iterator[Event],
    *,
    as_json: bool,
    recognition: Recognition | None = None,
) -> int:
    """Print what comes of these jobs until all have ended.

    Returns:
        0, or 1 when not one file could be read.
    """
    usable = failed = 0
    for event in events if wanted else ():
        match event:
            case AddingStarted(job=found) | FilesFound(job=found) if found in wanted:
                for path, sentence in event.left_out:
                    _print_added(forms.left_out_form(path, sentence), as_json=as_json)
            case FileAdded(job=found) if found in wanted:
                form = forms.added_form(
                    event.path,
                    event.document,
                    event.failure,
                    duplicate=event.duplicate,
                    inside=event.inside,
                )
                usable, failed = _count(form, usable, failed)
                _print_added(form, as_json=as_json)
                if recognition is not None:
                    recognition.expect(event)
            case JobFailed(job=found, failure=failure) if found in wanted:
                failed += 1
                print(f"{failure.reason} {failure.remedy}", file=sys.stderr)
            case AddingFinished(job=found) if found in wanted:
                wanted.discard(found)
                if not as_json:
                    _print_tally(event.tally)
                if not wanted:
                    break
            case _ if recognition is not None:
                recognition.hear(event)
    return FAILED if failed and not usable else DONE


def _begin(app: App, paths: list[Path]) -> set[JobId]:
    """Add these, and go on with what was left; returns the jobs to wait for."""
    own = {app.add_paths([path.absolute() for path in paths])} if paths else set()
    left = app.adding.carry_on().result()
    app.adding.pause(paused=False)  # who gives the command wants it done
    return own or set(left)


def _print_tally(tally: Tally) -> None:
    print(", ".join(tally.phrases) or "There was nothing to add.")


def _count(form: forms.Form, usable: int, failed: int) -> tuple[int, int]:
    return (usable, failed + 1) if form["state"] == "failed" else (usable + 1, failed)


def _print_added(form: forms.Form, *, as_json: bool) -> None:
    if as_json:
        print_json(form)
        return
    print(f"{form['state']:9} {form['units']:5} units {form['seconds']:7.1f} s  {form['path']}")
    if form["reason"]:
        print(f"          {form['reason']} {form['remedy']}")
    for warning in form["warnings"]:
        print(f"          {warning}")


def search(app: App, options: Namespace) -> int:
    """Find passages, for one query or for a batch."""
    listed = app.documents().result()
    if options.batch:
        for line in read_batch(options.batch):
            query, named = question_of(line), documents_of(line) or options.document
            try:
                form, _ = _search(app, query, scope_of(named, listed, options), options.limit)
            except KnownError as error:
                form = forms.failure_form(error.failure)
            print_json({"id": line.get("id"), **form})
        return DONE
    scope = scope_of(options.document, listed, options)
    form, found = _search(app, options.query, scope, options.limit)
    if options.explain:
        for told, hit in zip(form["hits"], found.hits, strict=True):
            told["why"] = forms.why_form(app.explain(options.query, hit, documents=scope).result())
    if options.json:
        print_json(form)
        return DONE
    for note in found.notes:
        print(note)
    for one in found.also:
        print(also_said(one))
    if found.by_meaning:
        print(BY_MEANING)
    for hit in form["hits"]:
        unit = hit["unit"]
        place = hit["cells"] or f"{unit['kind']} {unit['label'] or unit['number']}"
        print(f"{hit['rank']:3}  {hit['document']['name']}, {place}")
        print(f"     {' '.join(hit['text'].split())[:300]}")
        for reason in (hit.get("why") or {}).get("reasons", ()):
            beside = f", beside “{reason['beside']}”" if reason["beside"] else ""
            print(f"       {reason['share']:>4.0%}  {reason['kind']:8} {reason['words']}{beside}")
    fits = f" in {found.documents} documents that fit" if found.filters else ""
    print(f"{len(form['hits'])} passages{fits} in {form['took_ms']} ms")
    return DONE


def _search(
    app: App, query: str, scope: tuple[DocumentId, ...], limit: int
) -> tuple[forms.Form, Found]:
    started = time.perf_counter()
    found = app.look_for(query, documents=scope, limit=limit).result()
    took = (time.perf_counter() - started) * 1000
    return forms.search_form(query, took, found), found


def _cited_cells(app: App, cited: Citation) -> str:
    if cited.cells:
        return cited.cells
    if cited.document is None or cited.place is None or cited.place.kind is not UnitKind.SHEET:
        return ""
    try:
        return app.contents.cells(
            cited.document, cited.place.number, cited.start, cited.end, cited.parser_version
        )
    except KnownError:
        return ""  # the document is gone; the quote stays


def ask(app: App, options: Namespace) -> int:
    """Answer one question, or a batch of them."""
    listed = app.documents().result()
    models = app.installed_models().result()
    if options.model and all(one.name != options.model for one in models):
        raise NotInstalled(name=options.model)  # also where the mode needs none: it was meant
    if options.batch:
        for line in read_batch(options.batch):
            query, named = question_of(line), documents_of(line) or options.document
            try:
                form = _ask(app, query, scope_of(named, listed, options), listed, options)
            except KnownError as error:
                form = forms.failure_form(error.failure)
            except TooLong as told:
                form = _too_long_form(told)
            print_json({"id": line.get("id"), "query": query, **form})
        return DONE
    scope = scope_of(options.document, listed, options)
    try:
        if options.json:
            print_json(_ask(app, options.question, scope, listed, options))
            return DONE
        exchange = _answer(app, options.question, scope, options)
    except TooLong as told:
        if options.json:
            print_json(_too_long_form(told))
        else:
            print_proposal(told)
        return FAILED
    cited = exchange.answer.citations if exchange.answer else ()
    cells = {one.n: _cited_cells(app, one) for one in cited}
    print_answer(exchange, answered_by(app, exchange), cells)
    return DONE


def _ask(
    app: App,
    question: str,
    scope: tuple[DocumentId, ...],
    listed: tuple[Document, ...],
    options: Namespace,
) -> forms.Form:
    exchange = _answer(app, question, scope, options)
    hashes: dict[int, str] = {document.id: document.sha256 for document in listed}
    profiles = {one.name: one.profile for one in app.installed_models().result()}
    cited = exchange.answer.citations if exchange.answer else ()
    cells = {one.n: _cited_cells(app, one) for one in cited}
    return answer_form(exchange, hashes, profiles, cells)


def _answer(app: App, question: str, scope: tuple[DocumentId, ...], options: Namespace) -> Exchange:
    sections = chosen_sections(app, question, scope, options)
    try:
        with steps_told(app):
            return app.asking.ask_and_wait(
                question,
                mode=AnswerMode(options.mode),
                documents=scope,
                installed_model=options.model or None,
                effort=Effort(options.thinking),
                seed=options.seed,
                sections=sections,
            )
    except Reported as error:
        told = too_long_instead(app, error, question, scope, options)
        if told is None:
            raise
        raise told from error


def _too_long_form(told: TooLong) -> forms.Form:
    return {**forms.failure_form(told.error.failure), "proposal": proposal_form(told.proposal)}


def answered_by(app: App, exchange: Exchange) -> str:
    """What the model that answered is called, with what it cannot do; empty without one."""
    name = exchange.answer.installed_model if exchange.answer is not None else ""
    listed = app.installed_models().result() if name else ()
    return next((one.profile_title or one.title for one in listed if one.name == name), name)


def print_answer(
    exchange: Exchange, by: str = "", cells: Mapping[int, str] = MappingProxyType({})
) -> None:
    """An answer and its citations as plain text.

    Args:
        by: the model that answered, if one did.
        cells: of citations in sheets, by their numbers.
    """
    answer = exchange.answer
    if answer is None:
        return
    evidence = answer.mode is AnswerMode.EVIDENCE
    print(without_escapes(answer.text) if evidence else answer.text)
    print()
    for cited in answer.citations:
        if cited.verdict is Verdict.NOT_FOUND or cited.place is None:
            print(f"  [{cited.n}] not found in the documents: “{_short(cited.quote)}”")
            continue
        place = cited.cells or cells.get(cited.n) or cited.place.words
        read = "" if cited.confidence is None else "; read from the picture (OCR)"
        print(f"  [{cited.n}] {cited.document_name}, {place} ({cited.verdict}{read}):")
        print(f"      “{_short(cited.quote)}”")
    print_checks(exchange)
    if by:
        print(f"  {by}")
    if answer.tokens.known >= WORTH_TELLING:
        print(f"  {answer.tokens.known:,} of {answer.tokens.prompt:,} tokens known from before")


def scope_of(
    named: str, listed: tuple[Document, ...], options: Namespace
) -> tuple[DocumentId, ...]:
    """The documents a user means; with ``--older`` what is old belongs to all, too.

    Raises:
        NoSuchDocument: one was named that is not there.
        NothingLabelled: no document has the tags and collections named, or not one of those named.
    """
    if options.tags or options.collections:
        ids = set(_resolve(named, listed))
        current = [
            one for one in listed if (one.id in ids if named else options.older or not one.old)
        ]
        return tuple(one.id for one in with_labels(current, options))
    if not named and options.older and any(document.old for document in listed):
        return tuple(document.id for document in listed)
    return _resolve(named, listed)


def _resolve(named: str, listed: tuple[Document, ...]) -> tuple[DocumentId, ...]:
    """The documents a user means: by id, by SHA-256 or by name; empty means all."""
    if not named:
        return ()
    several = [name.strip() for name in named.split(",")]
    try:
        return (resolve_one(named, listed).id,)
    except NoSuchDocument:
        if len(several) > 1 and all(several):
            return tuple(one for name in several for one in _resolve(name, listed))
        raise


def resolve_one(named: str, listed: tuple[Document, ...]) -> Document:
    """The document a user means: by id, by SHA-256 or by name; of several versions the newest.

    Raises:
        NoSuchDocument: there is none.
    """
    for document in sorted(listed, key=lambda document: document.old):
        if named in {str(document.id), document.sha256, document.name}:
            return document
    raise NoSuchDocument(name=named)


def _short(text: str, limit: int = 160) -> str:
    words = " ".join(text.split())
    return words if len(words) <= limit else words[: limit - 1] + "…"
