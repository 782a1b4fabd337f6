"""Answers from whole documents by the real engine: what was read once is never read again."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carrel.answering import whole
from carrel.app import remembering
from carrel.app.app import App
from carrel.catalog.installed import Catalog
from carrel.cli.commands import print_answer
from carrel.domain.answers import AnswerMode, Exchange, ExchangeState
from carrel.domain.errors import Reported
from carrel.domain.events import AddingFinished, AnswerFinished, AnswerProgressed, JobFailed
from carrel.domain.ids import DocumentId
from carrel.domain.workspaces import Seal
from carrel.settings import CAPSULE_GB, Settings
from carrel.workspace import capsules as stored
from carrel.workspace.keyslots import Keyslots
from carrel.workspace.store import Workspace
from made_workspaces import MemoryKeyStore

TEXT = (Path(__file__).resolve().parents[2] / "models" / "tiny" / "text.txt").read_text("utf-8")
SEAL = Seal(active=True, calls="", files="", landlock_abi=0)
FIRST, SECOND = "What was the operating income?", "Who wrote the minutes of the meeting?"


class Office:
    """An app that can be closed and opened again."""

    def __init__(self, folder: Path, gguf: Path) -> None:
        self.folder = folder
        self.settings = Settings(folder / "settings.json")
        created = Workspace.create(folder / "workspace", name="Test", key_store=MemoryKeyStore())
        self._key = Keyslots.load(folder / "workspace").unlock_with_recovery_code(
            created.recovery_code
        )
        Catalog(folder / "models").import_file(
            gguf, on_progress=lambda done, total: None, cancelled=lambda: False
        )
        self._numbers = itertools.count(1)
        self.app = App(created.workspace, SEAL, self.settings, folder / "models")

    def reopen(self) -> App:
        self.app.close()
        workspace = Workspace.open(self.folder / "workspace", self._key)
        self.app = App(workspace, SEAL, self.settings, self.folder / "models")
        return self.app

    def add(self, text: str) -> DocumentId:
        path = self.folder / f"document {next(self._numbers)}.txt"
        path.write_text(text, "utf-8")
        return self.add_path(path)

    def add_path(self, path: Path) -> DocumentId:
        with self.app.listen() as events:
            self.app.add_paths([path])
            next(event for event in events if isinstance(event, AddingFinished))
        return self.app.documents().result()[0].id

    def ask(self, question: str, *documents: DocumentId) -> Exchange:
        exchange = self.app.asking.ask_and_wait(
            question, mode=AnswerMode.WHOLE, documents=documents, seed=7
        )
        assert exchange.answer is not None
        return exchange

    def capsules(self, count: int) -> list[Path]:
        """The files, once there are so many: they are written in the background."""
        self.app._remembering._writing.submit(lambda: None).result()
        found = sorted((self.folder / "workspace" / "capsules").glob("*.capsule"))
        assert len(found) == self.app.capsules().result().count == count
        return found


@pytest.fixture
def office(tmp_path: Path, tiny_gguf: Path, monkeypatch) -> Iterator[Office]:
    monkeypatch.setattr(whole, "MAX_ANSWER_TOKENS", 24)
    office = Office(tmp_path, tiny_gguf)
    yield office
    office.app.close()


def told(exchange: Exchange) -> tuple[str, int, int]:
    assert exchange.answer is not None
    tokens = exchange.answer.tokens
    return exchange.answer.text, tokens.prompt, tokens.known


def test_the_second_question_reads_only_itself_also_after_a_restart(office: Office) -> None:
    document = office.add(TEXT)
    _, prompt, known = told(office.ask(FIRST, document))
    assert known < 5
    answer, asked, again = told(office.ask(SECOND, document))
    assert 0 < asked - again < 120  # the question with its rules, and nothing of the document
    office.capsules(1)
    office.reopen()
    fresh, total, restored = told(office.ask(SECOND, document))
    assert (fresh, total, restored) == (answer, asked, again)
    assert prompt > 1000
    stored_exchange = office.app.exchanges(office.app.chats().result()[0].id).result()[0]
    assert told(stored_exchange) == (fresh, total, restored)


def test_the_command_says_what_was_known_from_before(office: Office, capsys) -> None:
    document = office.add(TEXT)
    print_answer(office.ask(FIRST, document))
    assert "known from before" not in capsys.readouterr().out
    again = office.ask(SECOND, document)
    print_answer(again)
    _, prompt, known = told(again)
    assert f"{known:,} of {prompt:,} tokens known from before" in capsys.readouterr().out


def test_one_more_document_goes_on_from_those_before(office: Office) -> None:
    first = office.add(TEXT[:2500])
    _, prompt, _ = told(office.ask(FIRST, first))
    office.capsules(1)
    second = office.add(TEXT[1500:3500] + " End.")
    office.reopen()
    answer, _, known = told(office.ask(FIRST, second, first))
    assert prompt - 120 < known < prompt
    office.capsules(2)
    office.reopen()
    assert told(office.ask(FIRST, first, second))[0] == answer


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [_flip, Path.unlink], ids=["flipped", "gone"])
def test_a_damaged_capsule_is_removed_and_the_same_answer_read_anew(
    office: Office, damage: Callable[[Path], None], caplog
) -> None:
    document = office.add(TEXT[:3000])
    answer, prompt, _ = told(office.ask(FIRST, document))
    (path,) = office.capsules(1)
    office.app.unload_engine().result()
    damage(path)
    with caplog.at_level(logging.WARNING):
        assert told(office.ask(FIRST, document))[:2] == (answer, prompt)
    assert "a capsule was removed" in caplog.text
    (other,) = office.capsules(1)
    assert other != path


def test_a_full_disk_changes_no_answer_and_is_told(office: Office, monkeypatch, caplog) -> None:
    document = office.add(TEXT[:3000])
    monkeypatch.setattr(stored, "free_bytes", lambda folder: 0)
    with caplog.at_level(logging.WARNING):
        answer = told(office.ask(FIRST, document))[0]
        office.reopen()  # waits for the writing
    assert "could not be kept: The disk is full" in caplog.text
    assert office.capsules(0) == []
    assert told(office.ask(FIRST, document))[0] == answer


def test_capsules_go_with_their_documents_and_on_request(office: Office) -> None:
    one, two = office.add(TEXT[:2000]), office.add(TEXT[1000:3000] + " End.")
    office.ask(FIRST, one)
    office.ask(FIRST, one, two)
    office.capsules(2)
    office.app.shelf.remove(two).result()
    office.app.shelf.shred().result()
    office.capsules(1)
    office.app.clear_capsules().result()
    assert office.capsules(0) == []


def test_without_a_budget_nothing_is_kept(office: Office) -> None:
    office.settings.put(CAPSULE_GB, 0)
    document = office.add(TEXT[:3000])
    answer = told(office.ask(FIRST, document))[0]
    office.reopen()
    assert office.capsules(0) == []
    office.settings.put(CAPSULE_GB, 1)
    assert told(office.ask(FIRST, document))[0] == answer


def test_a_smaller_budget_is_kept_from_the_next_start_on(office: Office) -> None:
    document = office.add(TEXT[:3000])
    office.ask(FIRST, document)
    office.capsules(1)
    office.reopen()
    office.capsules(1)
    office.settings.put(CAPSULE_GB, 0)
    office.reopen()
    assert office.capsules(0) == []


def test_documents_that_do_not_fit_are_refused_in_numbers(office: Office) -> None:
    document = office.add(TEXT * 160)
    with pytest.raises(Reported) as found:
        office.ask(FIRST, document)
    failure = found.value.failure
    assert failure.code == "ask.documents_too_long"
    assert "32,768" in failure.reason
    assert "fewer documents" in failure.remedy
    with pytest.raises(Reported) as found:
        office.ask(FIRST)
    assert found.value.failure.code == "ask.documents_not_chosen"


def test_stopping_while_it_reads_keeps_what_was_read(office: Office) -> None:
    document = office.add((TEXT * 10)[:28_000])
    with office.app.listen() as events:
        job = office.app.asking.ask(FIRST, chat=None, mode=AnswerMode.WHOLE, documents=(document,))
        stopped_at = 0.0
        details: list[str] = []
        for event in events:
            reads = isinstance(event, AnswerProgressed) and event.step == "reading"
            details += [event.detail] if reads and event.detail else []
            if reads and event.done > 8300 and not stopped_at:
                office.app.cancel(job)
                stopped_at = time.monotonic()
            if isinstance(event, AnswerFinished):
                break
    assert time.monotonic() - stopped_at < 1
    assert event.exchange.state is ExchangeState.STOPPED
    assert details[0].startswith("Reading ")
    assert " of “document 1.txt”" in details[-1]
    assert event.exchange.answer.text.startswith("*Reading was paused at ")
    assert "is kept: ask again, also after a restart" in event.exchange.answer.text
    office.capsules(1)
    office.reopen()
    _, prompt, known = told(office.ask(FIRST, document))
    assert 8192 <= known < 8900 < prompt
    office.capsules(1)  # the whole took the place of the half


def test_reading_that_dies_goes_on_from_the_capsule_saved_on_the_way(
    office: Office, monkeypatch
) -> None:
    monkeypatch.setattr(remembering, "STRIDE_TOKENS", 256)
    monkeypatch.setattr(remembering, "SAVED_BYTES_A_SECOND", 10**12)
    office.app._remembering._every = 0.0
    written: list[int] = []
    write = office.app._remembering._write

    def note(new, *rest) -> None:
        write(new, *rest)
        written.append(new.tokens)

    office.app._remembering._write = note
    documents = [office.add(TEXT[n : n + 2500]) for n in range(0, 1500, 500)]
    with office.app.listen() as events:
        job = office.app.asking.ask(FIRST, chat=None, mode=AnswerMode.WHOLE, documents=documents)
        killed = 0
        for event in events:
            reads = isinstance(event, AnswerProgressed) and event.step == "reading"
            if reads and len(written) > 1 and not killed:
                killed = event.done
                office.app._engines._engine._child.kill()
            if isinstance(event, JobFailed) and event.job == job:
                break
    office.capsules(1)  # the later half took the place of the earlier
    office.reopen()
    answer, prompt, known = told(office.ask(FIRST, *documents))
    assert written[0] < known == written[-1] < prompt
    assert 0 < killed < prompt
    office.capsules(1)  # and the whole took the place of the half
    office.app.clear_capsules().result()
    office.reopen()
    assert told(office.ask(FIRST, *documents))[:2] == (answer, prompt)


def test_a_short_reading_is_saved_once(office: Office, monkeypatch) -> None:
    monkeypatch.setattr(remembering, "STRIDE_TOKENS", 256)
    written: list[int] = []
    write = office.app._remembering._write

    def count(new, *rest) -> None:
        written.append(new.tokens)
        write(new, *rest)

    office.app._remembering._write = count
    _, prompt, _ = told(office.ask(FIRST, office.add(TEXT[:1500]), office.add(TEXT[500:2500])))
    office.capsules(1)
    assert len(written) == 1
    assert prompt - 120 < written[0] < prompt


def test_evidence_does_not_wait_for_an_engine_that_reads(office: Office) -> None:
    document = office.add((TEXT * 10)[:28_000])
    ended: list[int] = []
    with office.app.listen() as events:
        ask = office.app.asking.ask
        reading = ask(FIRST, chat=None, mode=AnswerMode.WHOLE, documents=(document,))
        evidence = None
        for event in events:
            if isinstance(event, AnswerProgressed) and event.step == "reading" and not evidence:
                evidence = ask(SECOND, chat=None, mode=AnswerMode.EVIDENCE)
            if isinstance(event, AnswerFinished):
                ended.append(event.job)
                office.app.cancel(reading)
            if len(ended) == 2:
                break
    assert ended == [evidence, reading]
