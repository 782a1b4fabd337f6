"""Research over a real workspace, by a model that plays its turns and by the real tiny engine."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel.answering.research import talk
from carrel.answering.research.calls import OFFERED
from carrel.app.app import App
from carrel.catalog.installed import Catalog
from carrel.cli import commands
from carrel.cli.arguments import parse
from carrel.domain.answers import AnswerMode, Exchange, ExchangeState, Verdict
from carrel.domain.errors import Reported
from carrel.domain.events import AddingFinished, AnswerFinished, StepTaken
from carrel.domain.ids import DocumentId
from carrel.domain.sheet_figures import Asked
from carrel.domain.support import Fate, Support
from carrel.domain.workspaces import Seal
from carrel.engine.chat.conversation import Message, Role
from carrel.engine.client import Engine
from carrel.engine.wire.protocol import EngineSettings, Sampling
from carrel.settings import Settings
from carrel.workspace.keyslots import Keyslots
from carrel.workspace.store import Workspace
from made_research import Model, find, open_, query, search
from made_workspaces import MemoryKeyStore

SEAL = Seal(active=True, calls="", files="", landlock_abi=0)
PROGRAM = "".join(f"# line {n}\n" for n in range(1, 260)) + (
    "def settle(account, fee):\n    return account.balance - fee\n"
)
REPORT = "Annual report\n\nGoodwill\nBalance at the end of 2018 was 10,051 million dollars.\n"
PRIVATE = "The password of the vault is swordfish.\n"


class Office:
    """An app with a report, a private note and a small repository."""

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
        repository = folder / "repository" / "src"
        repository.mkdir(parents=True)
        (repository / "bank.py").write_text(PROGRAM, "utf-8")
        (repository / "other.py").write_text("print('settle')\n" * 3, "utf-8")
        (folder / "report.txt").write_text(REPORT, "utf-8")
        (folder / "private.txt").write_text(PRIVATE, "utf-8")
        self.app = App(created.workspace, SEAL, self.settings, folder / "models")
        with self.app.listen() as events:
            self.app.add_paths([folder / "repository", folder / "report.txt"])
            self.app.add_paths([folder / "private.txt"])
            done = (event for event in events if isinstance(event, AddingFinished))
            next(done), next(done)

    def reopen(self) -> None:
        self.app.close()
        workspace = Workspace.open(self.folder / "workspace", self._key)
        self.app = App(workspace, SEAL, self.settings, self.folder / "models")

    def document(self, name: str) -> DocumentId:
        return next(one.id for one in self.app.documents().result() if one.name == name)

    def play(self, monkeypatch, *turns, **more) -> Model:
        model = Model(*turns, **more)
        monkeypatch.setattr(self.app._engines, "engine", lambda *_, **__: model.engine)
        return model

    def ask(self, question: str, *documents: DocumentId) -> Exchange:
        return self.app.asking.ask_and_wait(
            question, mode=AnswerMode.RESEARCH, documents=documents, seed=7
        )


@pytest.fixture
def office(tmp_path: Path, tiny_gguf: Path) -> Iterator[Office]:
    office = Office(tmp_path, tiny_gguf)
    yield office
    office.app.close()


def test_what_is_found_in_a_repository_is_cited_by_its_lines_and_opens_there(
    office: Office, monkeypatch
) -> None:
    model = office.play(
        monkeypatch,
        search("settle account fee"),
        open_("src/bank.py", 258, 10),
        find("fee"),
        "settle returns the balance minus the fee: `account.balance - fee`【1†L260-L261】.",
    )
    exchange = office.ask("What does settle return?")
    answer = exchange.answer
    assert answer is not None
    assert exchange.mode is answer.mode is AnswerMode.RESEARCH
    (cited,) = answer.citations
    assert cited.verdict is not Verdict.NOT_FOUND
    assert cited.source_text.startswith("def settle(account, fee):")
    assert cited.place.words == "lines 201–261"
    view = office.app.view_cited(cited).result()
    (mark,) = view.marks
    assert view.unit.text[mark.start : mark.end] == cited.source_text
    assert "repository/src/bank.py" in model.heard[1]
    assert "L260: def settle(account, fee):" in model.heard[1]
    assert answer.steps[2].words.startswith("Found “fee” 2 times in ")
    office.reopen()
    chat = office.app.chats().result()[0].id
    (stored,) = office.app.exchanges(chat).result()
    assert stored.answer == answer
    assert len(stored.answer.steps) == 3


SALES = "Region,Amount\n" + "".join(
    f"{region},{amount}\n"
    for region, amount in [
        ("North", 1257),
        ("South", 830),
        ("North", 2411),
        ("East", 75),
        ("North", 409),
        ("North", 3313),
        ("North", 611),
    ]
)


def names(tools) -> list[str]:
    return [json.loads(tool.schema)["name"] for tool in tools]


def add_sales(office: Office) -> None:
    (office.folder / "sales.csv").write_text(SALES, "utf-8")
    with office.app.listen() as events:
        office.app.add_paths([office.folder / "sales.csv"])
        next(event for event in events if isinstance(event, AddingFinished))


def test_a_workbook_is_asked_and_its_figure_is_shown_with_the_statement(
    office: Office, monkeypatch
) -> None:
    add_sales(office)
    statement = 'SELECT sum("Amount") AS total FROM "table" WHERE "Region" = \'North\''
    model = office.play(
        monkeypatch,
        query("sales.csv"),
        query("sales.csv", statement),
        open_("sales.csv", 1, 10),
        "North sold 8,001【1†L2-L4】. South sold 999【1†L3】.",
    )
    answer = office.ask("What did the North sell?").answer
    assert answer is not None
    assert names(model.engine.tools[0]) == ["search", "open", "find", "query"]
    tables, result, _ = model.heard
    assert '"table" ("Region", "Amount"' in tables
    assert "total\n8001\n" in result
    steps = [step.words for step in answer.steps]
    assert f"Queried sales.csv: 1 row; {statement}" in steps
    north, south = answer.checks.statements
    assert north.support is Support.SUPPORTED
    assert [(one.text, one.fate, one.statement) for one in north.figures] == [
        ("8,001", Fate.COMPUTED, statement)
    ]
    assert south.support is Support.UNSUPPORTED
    (computed,) = answer.checks.computed
    assert (computed.asked, computed.value, computed.statement) == (
        Asked.PROPOSED, "8,001", statement,
    )  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        'DELETE FROM "table"',
        'SELECT 1; DROP TABLE "table"',
        "ATTACH DATABASE '/tmp/x' AS x",
        "SELECT * FROM nothing",
        "PRAGMA table_info(1)",
    ],
)
def test_a_statement_that_does_more_than_select_is_refused_in_words(
    office: Office, monkeypatch, statement
) -> None:
    add_sales(office)
    model = office.play(monkeypatch, query("sales.csv", statement), "The documents do not say.")
    answer = office.ask("What did the North sell?").answer
    assert answer is not None
    assert "Error: " in model.heard[-1]
    assert "without a statement, query tells" in model.heard[-1]
    assert answer.checks.computed == ()


def test_no_workbook_no_query(office: Office, monkeypatch) -> None:
    add_sales(office)
    model = office.play(
        monkeypatch, query("report.txt", "SELECT 1"), "The documents do not say.",
        "The documents do not say.",
    )  # fmt: skip
    office.ask("What did the North sell?")
    assert "is no workbook" in model.heard[-1]
    office.ask("What was the goodwill?", office.document("report.txt"))
    assert names(model.engine.tools[-1]) == ["search", "open", "find"]


def test_documents_that_were_not_chosen_stay_out_of_every_tool(office: Office, monkeypatch) -> None:
    model = office.play(
        monkeypatch,
        (search("password vault"), search("goodwill")),
        (open_("private.txt"), open_("../private.txt"), open_(1), open_(2)),
        "The password is swordfish【2†L1】. Goodwill was 10,051 million【1†L4】.",
    )
    exchange = office.ask("What is the password?", office.document("report.txt"))
    assert "swordfish" not in "".join(model.heard)
    secret, report = exchange.answer.citations
    assert secret.verdict is Verdict.NOT_FOUND
    assert report.document == office.document("report.txt")


def test_the_command_tells_steps_as_they_come_and_the_answer_apart(
    office: Office, monkeypatch, capsys
) -> None:
    office.play(
        monkeypatch, search("goodwill"), open_("report.txt"), "It was 10,051 million【1†L4】."
    )
    options = parse(["ask", "What was goodwill?", "--mode", "research", "--json"])
    assert commands.ask(office.app, options) == 0
    said, steps = capsys.readouterr()
    assert steps.splitlines() == [
        "· Searched for “goodwill”: 1 result",
        "· Opened report.txt, lines 1–4",
    ]
    form = json.loads(said)
    assert form["mode"] == "research"
    assert form["steps"][1]["words"] == "Opened report.txt, lines 1–4"
    assert form["citations"][0]["verdict"] == "exact"


def test_a_stop_keeps_the_steps_and_the_text_with_the_answer(office: Office, monkeypatch) -> None:
    office.play(
        monkeypatch, search("goodwill"), open_(1), "It was 10,051 million【1†L4】." + " on" * 4000,
        pace=0.005, context=65_536,
    )  # fmt: skip
    with office.app.listen() as events:
        job = office.app.asking.ask("Goodwill?", chat=None, mode=AnswerMode.RESEARCH)
        steps = 0
        for event in events:
            if isinstance(event, StepTaken):
                steps += 1
                if steps == 2:
                    office.app.cancel(job)
            if isinstance(event, AnswerFinished):
                break
    assert event.exchange.state is ExchangeState.STOPPED
    assert [one.words for one in event.exchange.answer.steps] == [
        "Searched for “goodwill”: 1 result",
        "Opened report.txt, lines 1–4",
    ]


# ── the real engine ─────────────────────────────────────────────────────────


def test_the_real_engine_is_offered_the_tools_and_its_words_prove_nothing(
    office: Office, monkeypatch
) -> None:
    monkeypatch.setattr(talk, "MAX_ANSWER_TOKENS", 24)
    exchange = office.ask("What was goodwill?")
    answer = exchange.answer
    assert answer.text
    assert all(one.verdict is Verdict.NOT_FOUND for one in answer.citations)
    assert answer.tokens.prompt > 600  # the rules and the tools
    again = office.ask("What was goodwill?").answer
    assert (again.text, again.tokens.prompt) == (answer.text, answer.tokens.prompt)


def test_a_model_without_training_in_tools_is_refused_in_words(office: Office) -> None:
    with pytest.raises(Reported, match="was not trained to search and open documents"):
        office.app.asking.ask_and_wait(
            "What was goodwill?", mode=AnswerMode.RESEARCH, installed_model="carrel-nano"
        )


@pytest.fixture(scope="module")
def engine(tiny_gguf: Path) -> Iterator[Engine]:
    with Engine.start(tiny_gguf, EngineSettings(context_tokens=8192)) as started:
        yield started


def test_a_turn_that_goes_on_reads_only_what_is_new(engine: Engine) -> None:
    asked = (
        Message(role=Role.SYSTEM, text=talk.SYSTEM),
        Message(role=Role.USER, text=f"What was goodwill?\n\n{talk.CITATION_FORMAT}"),
    )
    first = engine.generate(asked, Sampling(seed=1), max_tokens=1, tools=OFFERED).tally
    call = search("goodwill")
    result = "Search for “goodwill”: 1 result\nL4: Goodwill was 10,051.\n" * 20
    longer = (
        *asked,
        Message(role=Role.ASSISTANT, text="", calls=(call,)),
        Message(role=Role.TOOL, text=result, call_id=call.id),
    )
    second = engine.generate(longer, Sampling(seed=1), max_tokens=1, tools=OFFERED).tally
    assert first.prompt_tokens - second.reused_tokens < 20
    assert second.reused_tokens > 600


class Forced:
    """The real engine, made to spell given texts in its first turns."""

    def __init__(self, engine: Engine, *spelled: str) -> None:
        self._engine = engine
        self._spelled = itertools.chain(spelled, itertools.repeat(""))
        self.asked: list[tuple[Message, ...]] = []

    def __getattr__(self, name: str):
        return getattr(self._engine, name)

    def generate(self, conversation, sampling, **more):
        self.asked.append(conversation)
        spelled = next(self._spelled)
        if spelled:
            more |= {"choices": (spelled,), "max_tokens": 400}
        return self._engine.generate(conversation, sampling, **more)


CALL = (
    '<｜DSML｜tool_calls>\n<｜DSML｜invoke name="search">\n<｜DSML｜parameter name="queries" '
    'string="true">goodwill</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜tool_calls>'
)


def test_a_call_only_spelled_by_the_real_engine_is_none_and_is_answered_with_an_error(
    office: Office, engine: Engine, monkeypatch
) -> None:
    forced = Forced(engine, CALL, "Goodwill was 10,051 million【1†L4】.")
    monkeypatch.setattr(office.app._engines, "engine", lambda *_, **__: forced)
    answer = office.ask("What was goodwill?").answer
    assert answer.steps[0].words == "Wrote a call that could not be read"
    assert forced.asked[1][-1].text.startswith(talk.BROKEN_CALL)
    assert "DSML" not in answer.text
    assert answer.citations[0].verdict is Verdict.NOT_FOUND
