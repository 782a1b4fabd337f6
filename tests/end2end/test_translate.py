"""Translations by the real core, with the tiny model and a scripted one, and by command."""

import json
import time
from argparse import Namespace
from concurrent.futures import Future
from pathlib import Path

import pytest

from carrel.answering import translating
from carrel.answering.errors import CannotTranslate, NothingToTranslate
from carrel.catalog.installed import Catalog
from carrel.cli import translate_command
from carrel.domain.errors import KnownError
from carrel.domain.events import TranslationChanged
from carrel.domain.translating import Doubt, NewTranslation, PieceState, TranslationState
from carrel.engine.errors import EngineCrashed
from made_translations import book, echo, follow, scripted
from opened_office import Office


@pytest.fixture
def office(tmp_path, tiny_gguf):
    Catalog(tmp_path / "models").import_file(
        tiny_gguf, on_progress=lambda done, total: None, cancelled=lambda: False
    )
    made = Office(tmp_path)
    yield made
    made.app.close()


def create(office, text, to="de"):
    document = office.add("book.txt", text.encode())
    new = NewTranslation(document=document.id, language=to)
    return office.app.translations.create(new).result()


def test_the_tiny_model_writes_every_piece_is_paused_and_goes_on(office, monkeypatch):
    monkeypatch.setattr(translating, "GROWTH", 0)
    monkeypatch.setattr(translating, "LEAST_ROOM", 24)
    made = create(office, book(4))
    assert made.pieces == 4
    seen = []

    def pause(event):
        if event.piece:
            seen.append(event)
            office.app.translations.pause(made.id)

    paused = follow(office.app, made, pause)
    assert paused.state is TranslationState.PAUSED
    assert 1 <= paused.done < made.pieces
    first = office.app.translations.sheet(made.id).result().pieces[0]
    office.reopen()
    ended = follow(office.app, made)
    assert ended.state is TranslationState.FINISHED
    sheet = office.app.translations.sheet(made.id).result()
    assert PieceState.OPEN not in {one.state for one in sheet.pieces}
    assert sheet.pieces[0].result == first.result  # what was there is not asked for again
    # it never learnt to translate: what it says has none of the numbers, and that is said
    with_text = [one for one in sheet.pieces if one.text]
    assert with_text
    assert all(Doubt.NUMBERS in one.result.doubts for one in with_text)


def test_a_pause_in_the_middle_of_a_piece_comes_within_a_second(office):
    made = create(office, book(3))
    scripted(office, lambda text: echo(text) + " la" * 400, seconds_per_token=0.01)
    with office.app.listen() as events:
        office.app.translations.start(made.id).result()
        next(e for e in events if getattr(e, "state", "") == "busy")
        began = time.monotonic()
        office.app.translations.pause(made.id)
        for event in events:
            state = event.translation.state if isinstance(event, TranslationChanged) else None
            if state is TranslationState.PAUSED:
                break
    assert time.monotonic() - began < 1.0
    assert event.translation.done == 0


def test_sound_pieces_have_no_remarks_and_rows_of_figures_ask_nobody(office):
    made = create(office, f"{book(2)}\n\n1,234\t5,678\n\n{'9 ' * 900}")
    engines = scripted(office, echo, context_tokens=4000)
    told = []
    ended = follow(office.app, made, told.append)
    assert (ended.state, ended.done, ended.failed) == (
        TranslationState.FINISHED, made.pieces, 0
    )  # fmt: skip
    sheet = office.app.translations.sheet(made.id).result()
    kept = [one for one in sheet.pieces if one.result.kept]
    assert kept
    assert len(engines[0].conversations) == made.pieces - len(kept)
    assert all(one.result.missing == () for one in sheet.pieces)
    lefts = [event.seconds_left for event in told if event.piece and not event.piece.result.kept]
    assert lefts[0] > 0
    assert lefts[-1] == 0


def test_an_engine_that_dies_again_and_again_pauses_it_and_nothing_is_lost(office):
    made = create(office, book(5))
    calls = []

    def die_from_the_third_on(request):
        calls.append(1)
        if len(calls) > 2:
            raise EngineCrashed(cause="it was killed")
        return echo(request)

    scripted(office, die_from_the_third_on)
    paused = follow(office.app, made)
    assert paused.state is TranslationState.PAUSED
    assert paused.failure.code == "engine.crashed"
    assert (paused.done, paused.failed) == (2, 0)
    scripted(office, echo)
    assert follow(office.app, made).failed == 0


def test_a_piece_that_failed_is_asked_for_again_alone(office):
    made = create(office, book(3))
    scripted(office, lambda text: "" if "101" in text.split("===")[2] else echo(text))
    ended = follow(office.app, made)
    assert ended.failed >= 1
    engines = scripted(office, echo)
    office.app._engines.unload()
    office.app.translations.ask_again(made.id).result()
    again = follow(office.app, made)
    assert again.failed == 0
    assert len(engines[0].conversations) == ended.failed


def refusal(future: "Future[object]") -> KnownError:
    with pytest.raises(KnownError) as caught:
        future.result()
    return caught.value


def test_carrel_nano_says_that_it_cannot_translate(tmp_path):
    office = Office(tmp_path)
    try:
        document = office.add("a.txt", b"The covenant requires liquidity.")
        new = NewTranslation(document=document.id, language="de")
        for future in (office.app.translations.create(new), office.app.translations.expected(new)):
            error = refusal(future)
            assert isinstance(error, CannotTranslate)
            assert "Carrel Nano" in str(error)
            assert "Import a model" in error.failure.remedy
    finally:
        office.app.close()


def test_what_has_no_words_or_no_language_is_refused_in_words(office):
    figures = office.add("a.csv", b"1,2\n3,4\n")
    new = NewTranslation(document=figures.id, language="de")
    assert isinstance(refusal(office.app.translations.create(new)), NothingToTranslate)
    wrong = NewTranslation(document=figures.id, language="xx")
    assert refusal(office.app.translations.create(wrong)).failure.code == "ask.language"


def test_what_it_would_take_is_told_before_from_measured_speeds(office):
    document = office.add("book.txt", book(4).encode())
    new = NewTranslation(document=document.id, language="fr")
    first = office.app.translations.expected(new).result()
    assert first.seconds is None
    assert (first.pieces, first.tokens > 300) == (4, True)
    office.app._catalog.note_speed(first.installed_model, 10.0, 100.0)
    second = office.app.translations.expected(new).result()
    assert second.seconds == pytest.approx(second.tokens / 10, rel=0.5)


def test_a_removed_document_takes_the_translation_along_while_it_runs(office):
    made = create(office, book(12))
    scripted(office, echo, seconds_per_token=0.001)
    with office.app.listen() as events:
        office.app.translations.start(made.id).result()
        for event in events:
            if isinstance(event, TranslationChanged) and event.piece:
                office.app.shelf.remove(made.document).result()
            if type(event).__name__ == "TranslationRemoved":
                break
    assert office.app.translations.list().result() == ()


# ── by command ──────────────────────────────────────────────────────────────


def command(office, **how):
    options = {"document": "book.txt", "to": "de", "model": "", "out": None, "again": False,
               "new": False, "json": True, **how}  # fmt: skip
    return translate_command.translate(office.app, Namespace(**options))


def test_the_command_tells_each_piece_writes_a_file_and_does_nothing_twice(office, capsys):
    office.add("book.txt", book(3).encode())
    engines = scripted(office, lambda text: "" if "101" in text.split("===")[2] else echo(text))
    out = office.folder / "book.md"
    assert command(office, to="German", out=out) == 0
    *told, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert [one["piece"] for one in told] == list(range(1, last["pieces"] + 1))
    assert (last["state"], last["failed"], last["done"]) == ("finished", 1, last["pieces"])
    assert "not checked by a person" in last["note"]
    assert next(one for one in told if one["failure"])["failure"]["code"] == "ask.nothing_written"
    assert "could not be translated" in out.read_text()
    asked = len(engines[0].conversations)
    scripted(office, echo)
    assert command(office) == 0
    assert len(engines[0].conversations) == asked
    capsys.readouterr()
    office.app._engines.unload()
    assert command(office, again=True) == 0
    *told, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert [one["state"] for one in told] == ["done"]
    assert last["failed"] == 0
    assert command(office, json=False) == 0
    assert "Machine translation, not checked by a person" in capsys.readouterr().out


def test_a_wrong_language_or_ending_is_told_before_anything_is_done(office):
    office.add("book.txt", b"Nothing to see here.")
    for how, said in (
        ({"to": "klingon"}, "does not translate into “klingon”"),
        ({"out": Path("a.exe")}, "has to end in .docx or .txt or .md"),
    ):
        with pytest.raises(KnownError, match=said):
            command(office, **how)
    assert office.app.translations.list().result() == ()
