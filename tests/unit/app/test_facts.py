"""Facts of stored documents: asked for, told of, overtaken and stopped."""

import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from carrel.app.facts import Facts
from carrel.domain.events import FactsProgressed
from carrel.domain.facts import FactsKind
from carrel.domain.ids import DocumentId
from carrel.workspace.errors import DocumentGone
from carrel.workspace.store import Workspace
from made_workspaces import CHEAP, add, read

RENT = "The tenant pays the landlord a monthly rent of $1,200 since 1 May 2020."


@pytest.fixture
def workspace(tmp_path: Path):
    made = Workspace.create(tmp_path / "w", name="w", passphrase="secret words", cost=CHEAP)
    yield made.workspace
    made.workspace.close()


@pytest.fixture
def told():
    return []


@pytest.fixture
def facts(workspace: Workspace, told: list[FactsProgressed]):
    made = Facts(workspace, told.append)
    yield made
    made.close()


def stored(workspace: Workspace, name: str, *texts: str) -> DocumentId:
    document = add(workspace, f"{name}{texts}".encode(), name)
    read(workspace, document, *texts)
    return document.id


def test_facts_of_stored_documents_are_found_and_progress_is_told(
    workspace: Workspace, facts: Facts, told: list[FactsProgressed]
) -> None:
    one = stored(workspace, "a.pdf", RENT)
    other = stored(workspace, "b.pdf", RENT.replace("1,200", "1,260"))

    dated = facts.timeline([one, other]).result()
    assert [m.document for h in dated.happenings for m in h.mentions] == [one, other]
    assert [(event.done, event.total) for event in told] == [(1, 2), (2, 2)]
    named = facts.entities([one, other]).result()
    assert [entity.name for entity in named.entities] == ["$1,200", "$1,260"]
    (clash,) = facts.contradictions([one, other]).result().contradictions
    assert (clash.first.document, clash.second.document) == (one, other)
    with pytest.raises(DocumentGone):
        facts.timeline([DocumentId(99)]).result()


def test_names_of_documents_keep_reports_on_different_years_apart(
    workspace: Workspace, facts: Facts
) -> None:
    text = "The tenant pays the landlord a monthly rent of $1,200."
    one = stored(workspace, "rent-2017.pdf", text)
    other = stored(workspace, "rent-2018.pdf", text.replace("1,200", "1,260"))

    assert facts.contradictions([one, other]).result().contradictions == ()


def test_what_is_stopped_or_overtaken_ends_within_a_second_and_other_kinds_go_on(
    workspace: Workspace, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "\n\n".join(
        f"{RENT} It rained on {n % 28 + 1} May 2021 in town {n}." for n in range(9000)
    )
    document = stored(workspace, "a.pdf", long)
    units, begun = workspace.texts.units, threading.Event()

    def telling(wanted: DocumentId):
        begun.set()
        return units(wanted)

    monkeypatch.setattr(workspace.texts, "units", telling)
    first = facts.timeline([document] * 50)
    kept = facts.entities([stored(workspace, "b.pdf", RENT)])
    assert begun.wait(10)
    begun.clear()
    second = facts.timeline([document] * 50)
    with pytest.raises(CancelledError):
        first.result(timeout=5)
    assert kept.result(timeout=5).entities
    assert begun.wait(10)
    asked = time.monotonic()
    facts.stop(FactsKind.TIMELINE)
    with pytest.raises(CancelledError):
        second.result(timeout=5)
    assert time.monotonic() - asked < 1
