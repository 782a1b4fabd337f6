"""Pictures of answers in each way to answer, with citations that hold and such that do not.

The window, the documents, the search and the checks are real; a model that plays its turns says
what each picture needs. They lie in `build/answers`, or where CARREL_PICTURES says.
"""

import os
import re
from pathlib import Path

import pytest

from carrel.app.app import App
from carrel.catalog.installed import Catalog
from carrel.domain.answers import AnswerMode, Verdict
from carrel.domain.events import AddingFinished
from carrel.domain.workspaces import Seal
from carrel.engine.fake import ScriptedEngine
from carrel.settings import Settings
from carrel.ui.screens import take_kinds
from carrel.workspace.store import Workspace
from made_research import Model, find, open_, search
from made_workspaces import MemoryKeyStore

pytestmark = pytest.mark.soak

SAMPLES = Path(__file__).parents[2] / "assets" / "samples" / "documents"
PICTURES = Path(os.environ.get("CARREL_PICTURES", "build/answers"))
QUESTION = "What was the liquidity buffer at 30 September 2025?"
STOOD = (
    "At 30 September 2025 the liquidity buffer stood at 117.2 per cent of projected net outflows"
)
EXACT = f'The buffer stood at 117.2 per cent of projected net outflows [P: "{STOOD}"].'
NEAR = f'The buffer was 117.2 per cent [P: "{STOOD.replace("projected net", "projected")}"].'
FALSE = f'The buffer stood at 118.2 per cent [P: "{STOOD.replace("117.2", "118.2")}"].'
NOWHERE = (
    'The regulator approved the buffer [P: "the regulator approved the buffer without conditions"].'
)
ALONE = "The Group plans to sell the terminal in Gdynia next year."


@pytest.fixture
def app(tmp_path, tiny_gguf):
    made = Workspace.create(tmp_path / "workspace", name="Pictures", key_store=MemoryKeyStore())
    Catalog(tmp_path / "models").import_file(
        tiny_gguf, on_progress=lambda done, total: None, cancelled=lambda: False
    )
    seal = Seal(active=True, calls="", files="", landlock_abi=0)
    app = App(made.workspace, seal, Settings(tmp_path / "settings.json"), tmp_path / "models")
    with app.listen() as events:
        app.add_paths([SAMPLES])
        next(event for event in events if isinstance(event, AddingFinished))
    yield app
    app.close()


def says(*sentences):
    """Says these, with the number of the passage (or page) that holds the true words for P."""

    def said(conversation):
        told = conversation[-1].text
        number = next(
            (
                part.partition(":")[0]
                for part in told.split(" passage ")[1:] + told.split(" page ")[1:]
                if " ".join(STOOD.split()) in " ".join(part.split())
            ),
            "1",
        )
        return "The report says it on page 17.", " ".join(sentences).replace("[P:", f"[{number}:")

    return ScriptedEngine(said, context_tokens=400_000)


def says_where(conversation):
    """The last turn of a research: cites the line in which the words were found."""
    (line,) = re.findall(r"L([0-9]+): .*the liquidity buffer stood at", conversation[-1].text)
    return f"The buffer stood at 117.2 per cent of projected net outflows【1†L{line}】."


def test_answers_of_all_modes_and_their_citations_are_pictured(app, monkeypatch):
    pictures, verdicts = {}, {}
    report = next(one for one in app.documents().result() if one.name.endswith(".pdf"))

    def ask(name, engine, mode, **more):
        monkeypatch.setattr(app._engines, "engine", lambda *_, **__: engine)
        exchange = app.asking.ask_and_wait(QUESTION, mode=mode, seed=1, **more)
        assert exchange.answer is not None, exchange.failure
        pictures[exchange.id] = name
        verdicts[name] = [cited.verdict for cited in exchange.answer.citations]

    ask("evidence", says(), AnswerMode.EVIDENCE)
    ask("passages", says(EXACT, ALONE), AnswerMode.PASSAGES)
    ask("near", says(NEAR), AnswerMode.PASSAGES)
    ask("not_found", says(FALSE, NOWHERE), AnswerMode.PASSAGES)
    ask("whole", says(EXACT), AnswerMode.WHOLE, documents=(report.id,))
    research = Model(
        search("liquidity buffer 30 September 2025"),
        open_("Annual report 2025.pdf", 1, 40),
        find("liquidity buffer stood at"),
        says_where,
        context=400_000,
    )
    ask("research", research.engine, AnswerMode.RESEARCH)
    assert all(verdicts[name] == [Verdict.EXACT] for name in ("passages", "whole", "research"))
    assert (verdicts["near"], verdicts["not_found"]) == (
        [Verdict.NEAR],
        [Verdict.NOT_FOUND] * 2,
    )
    PICTURES.mkdir(parents=True, exist_ok=True)
    taken = [
        file for theme in ("light", "dark") for file in take_kinds(app, PICTURES, theme, pictures)
    ]
    assert len(taken) == 2 * len(pictures)
