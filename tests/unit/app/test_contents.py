"""What is asked about one stored document: where words stand in it."""

import threading
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from carrel.app import contents
from carrel.app.contents import Contents
from carrel.domain.ids import DocumentId
from carrel.workspace.store import Workspace
from carrel.workspace.texts import BATCH_UNITS
from made_workspaces import CHEAP, add, read


@pytest.fixture
def workspace(tmp_path: Path):
    made = Workspace.create(tmp_path / "w", name="w", passphrase="secret words", cost=CHEAP)
    yield made.workspace
    made.workspace.close()


@pytest.fixture
def looking(workspace: Workspace):
    made = Contents(workspace)
    yield made
    made.close()


def pages(workspace: Workspace, texts: list[str]) -> DocumentId:
    document = add(workspace, "".join(texts).encode(), "report.pdf")
    read(workspace, document, *texts)
    return document.id


def test_words_are_found_on_every_page_in_order(workspace: Workspace, looking: Contents) -> None:
    texts = [f"Page {n}." for n in range(1, BATCH_UNITS * 2 + 2)]
    texts[0] = "Net\nsales, net sales."
    texts[-1] = "NET SALES"

    document = pages(workspace, texts)
    found = looking.find(document, "net sales").result()

    assert found.matches == ((1, 0, 9), (1, 11, 20), (len(texts), 0, 9))
    assert not found.more
    assert looking.find(document, "  ").result().matches == ()
    assert looking.find(DocumentId(99), "net").result().matches == ()


def test_a_letter_that_stands_everywhere_is_found_so_often_and_no_more(
    workspace: Workspace, looking: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MOST_MATCHES", 5)
    document = pages(workspace, ["e e e", "e e e"])

    found = looking.find(document, "e").result()

    assert (len(found.matches), found.more) == (5, True)
    assert not looking.find(document, "zebra").result().more


def test_a_search_that_is_overtaken_gives_up(
    workspace: Workspace, looking: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = pages(workspace, ["net sales"])
    batch, asked = workspace.texts.batch, threading.Event()
    overtaken = threading.Event()

    def slow(*wanted: int):
        asked.set()
        overtaken.wait(10)
        return batch(*wanted)

    monkeypatch.setattr(workspace.texts, "batch", slow)
    first = looking.find(document, "n")
    assert asked.wait(10)
    second = looking.find(document, "net")
    overtaken.set()

    assert second.result().matches == ((1, 0, 3),)
    with pytest.raises(CancelledError):
        first.result()
