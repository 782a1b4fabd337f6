"""Translate a document piece by piece; given again, it goes on: ``carrel translate``.

Must not know how a piece is translated or stored.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from carrel.answering.errors import LanguageUnknown
from carrel.app import App
from carrel.app.translation_export import FORMATS, TranslationOutputFailed, write_translation
from carrel.cli import forms
from carrel.cli.commands import DONE, FAILED, resolve_one
from carrel.cli.printing import plain, print_json
from carrel.cli.usage import add_json
from carrel.domain.documents import Document
from carrel.domain.errors import Reported
from carrel.domain.events import TranslationChanged, TranslationRemoved
from carrel.domain.translating import (
    DISCLAIMER,
    LANGUAGES,
    NewTranslation,
    Piece,
    Translation,
    TranslationState,
    language_named,
    remarks,
)
from carrel.workspace.errors import TranslationGone


def add_arguments(parser: ArgumentParser) -> None:
    """What can be typed after ``carrel translate``."""
    parser.add_argument("document", metavar="DOC", help="a number, a SHA-256 or a name")
    parser.add_argument(
        "--to", required=True, metavar="LANG",
        help="the language, by code or English name: "
        + ", ".join(f"{one.code} {one.name}" for one in LANGUAGES),
    )  # fmt: skip
    parser.add_argument("--model", default="", metavar="NAME", help="an installed model")
    parser.add_argument(
        "--out", type=Path, metavar="FILE",
        help="write original and translation side by side (.docx, .md), or the translation (.txt)",
    )  # fmt: skip
    parser.add_argument(
        "--again", action="store_true", help="translate those pieces again that failed"
    )
    parser.add_argument("--new", action="store_true", help="begin anew, whatever there is already")
    add_json(parser)


def translate(app: App, options: Namespace) -> int:
    """Translate what is open, then write the output.

    Returns:
        0, or 1 when it did not come to its end or not one piece could be translated.
    """
    language = language_named(options.to)
    if language is None:
        known = ", ".join(f"{one.code} ({one.name})" for one in LANGUAGES)
        raise LanguageUnknown(word=plain(options.to), known=known)
    if options.out is not None and options.out.suffix.lower() not in FORMATS:
        cause = f"its name has to end in {' or '.join(FORMATS)}"
        raise TranslationOutputFailed(name=options.out.name, cause=cause)
    document = resolve_one(options.document, app.documents().result())
    stored = _stored(app, document, language.code, options)
    if options.again:
        stored = app.translations.ask_again(stored.id).result()
    ended = _follow(app, stored, options)
    sheet = app.translations.sheet(stored.id).result()
    if options.out is not None:
        write_translation(sheet, options.out)
    _sum_up(ended, options.out, as_json=options.json)
    if ended.failure is not None:
        raise Reported(ended.failure)
    finished = ended.state is TranslationState.FINISHED
    return DONE if finished and ended.failed < ended.pieces else FAILED


def _stored(app: App, document: Document, language: str, options: Namespace) -> Translation:
    """The newest translation there is, or a new one."""
    there = None if options.new else app.translations.newest(document.id, language).result()
    if there is not None:
        return there
    new = NewTranslation(document=document.id, language=language, installed_model=options.model)
    return app.translations.create(new).result()


def _follow(app: App, stored: Translation, options: Namespace) -> Translation:
    shown = -1
    with app.listen() as events:
        app.translations.start(stored.id, options.model).result()
        try:
            for event in events:
                match event:
                    case TranslationRemoved(translation=gone) if gone == stored.id:
                        raise TranslationGone
                    case TranslationChanged(translation=listed) if listed.id == stored.id:
                        if options.json:
                            _print_piece(event)
                        elif listed.units_done != shown:
                            shown = listed.units_done
                            _print_progress(event)
                        if listed.state is not TranslationState.RUNNING:
                            return listed
        except KeyboardInterrupt:
            app.translations.pause(stored.id)
            raise
    raise AssertionError("events never end")


def _print_progress(event: TranslationChanged) -> None:
    listed = event.translation
    left = ""
    if event.seconds_left is not None and listed.done < listed.pieces:
        left = f", about {max(1, round(event.seconds_left / 60))} min left"
    print(
        f"{listed.units_done}/{listed.units} pages or sections, "
        f"{listed.done}/{listed.pieces} pieces{left}",
        flush=True,
    )


def _print_piece(event: TranslationChanged) -> None:
    if event.piece is None:
        return
    listed = event.translation
    print_json(
        {
            "done": listed.done,
            "total": listed.pieces,
            "units_done": listed.units_done,
            "units": listed.units,
            "seconds_left": event.seconds_left,
            **_form(event.piece),
        }
    )


def _form(piece: Piece) -> dict[str, object]:
    result = piece.result
    failure = result.failure if result else None
    return {
        "piece": piece.n,
        "unit": piece.place.number,
        "start": piece.start,
        "end": piece.end,
        "state": piece.state.value,
        "original": piece.source,
        "translation": piece.text,
        "doubts": [doubt.value for doubt in result.doubts] if result else [],
        "missing": list(result.missing) if result else [],
        "added": list(result.added) if result else [],
        "remarks": remarks(result) if result else "",
        "failure": forms.failure_form(failure)["error"] if failure else None,
    }


def _sum_up(ended: Translation, output: Path | None, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "translation": ended.id,
                "language": ended.language,
                "model": ended.installed_model,
                "state": ended.state.value,
                "pieces": ended.pieces,
                "done": ended.done,
                "to_check": ended.doubtful,
                "failed": ended.failed,
                "note": DISCLAIMER,
            }
        )
        return
    print(
        f"{ended.done} of {ended.pieces} pieces translated, {ended.doubtful} to check, "
        f"{ended.failed} failed. {DISCLAIMER}"
    )
    if output is not None:
        print(f"Written: {plain(str(output))}")
