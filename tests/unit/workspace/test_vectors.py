"""Vectors in the store: of one model at a time, gone with what they were made of."""

from pathlib import Path

import pytest

from carrel.domain.meaning import EmbeddingChoice, Trust
from carrel.workspace.store import Workspace
from carrel.workspace.vectors import Missing
from made_workspaces import add, read

CHOICE = EmbeddingChoice(
    path=Path("/somewhere/bert.gguf"),
    title="A model",
    sha256="ab" * 32,
    architecture="bert",
    dimension=64,
    pooling="mean",
)
OTHER = EmbeddingChoice(
    path=Path("/somewhere/bert.gguf"),
    title="A model",
    sha256="ab" * 32,
    architecture="bert",
    dimension=64,
    pooling="cls",
)
TRUST = Trust(weight=0.3, floor=0.1, ceiling=0.5, tried=90, told=0.9, sure=0.87)


def missing(workspace: Workspace, choice: EmbeddingChoice = CHOICE) -> list[Missing]:
    return workspace.vectors.missing(choice.identity).result()


@pytest.fixture
def document(workspace: Workspace):
    accepted = add(workspace, b"some report")
    read(workspace, accepted, "One page.", "Another page.", "A third.")
    workspace.vectors.choose(CHOICE).result()
    return accepted


def test_what_was_chosen_and_how_far_it_is_trusted_is_kept(workspace: Workspace, document) -> None:
    workspace.vectors.trust(CHOICE.identity, {"latin": TRUST}, 7).result()

    assert workspace.vectors.chosen().result() == CHOICE
    assert workspace.vectors.trusts().result() == ({"latin": TRUST}, 7)


def test_passages_wait_until_their_vectors_are_kept(workspace: Workspace, document) -> None:
    (run,) = missing(workspace)
    first = run._replace(passages=1)

    assert workspace.vectors.keep(CHOICE.identity, first, b"one").result()
    left = missing(workspace)
    assert sum(one.passages for one in left) == run.passages - 1
    for one in left:
        assert workspace.vectors.keep(CHOICE.identity, one, b"rest").result()
    assert missing(workspace) == []
    assert workspace.vectors.counts(CHOICE.identity).result() == (run.passages, run.passages)
    assert workspace.vectors.load(CHOICE.identity).result()[0] == (run.first, b"one")


def test_vectors_of_another_model_are_never_kept_nor_mixed(workspace: Workspace, document) -> None:
    (run,) = missing(workspace)
    assert workspace.vectors.keep(CHOICE.identity, run, b"old").result()

    workspace.vectors.choose(OTHER).result()

    assert CHOICE.identity != OTHER.identity
    assert workspace.vectors.load(CHOICE.identity).result() == []
    assert workspace.vectors.load(OTHER.identity).result() == []
    assert missing(workspace, OTHER) == [run]
    assert not workspace.vectors.keep(CHOICE.identity, run, b"late").result()
    assert not workspace.vectors.trust(CHOICE.identity, {}, 1).result()
    assert workspace.vectors.trusts().result() == ({}, 0)


def test_the_same_file_at_another_place_keeps_its_vectors(workspace: Workspace, document) -> None:
    (run,) = missing(workspace)
    workspace.vectors.keep(CHOICE.identity, run, b"vectors").result()
    moved = EmbeddingChoice(**{**{n: getattr(CHOICE, n) for n in CHOICE.__dataclass_fields__},
                               "path": Path("/elsewhere/it.gguf")})  # fmt: skip

    workspace.vectors.choose(moved).result()

    assert missing(workspace, moved) == []
    assert workspace.vectors.chosen().result() == moved


def test_vectors_go_with_their_document_and_come_back_with_it(
    workspace: Workspace, document
) -> None:
    (run,) = missing(workspace)
    workspace.vectors.keep(CHOICE.identity, run, b"vectors").result()

    workspace.documents.removals.hide(document.id).result()
    assert workspace.vectors.counts(CHOICE.identity).result() == (0, 0)
    assert missing(workspace) == []
    workspace.documents.removals.restore(document.id).result()
    assert workspace.vectors.counts(CHOICE.identity).result() == (run.passages, run.passages)
    workspace.documents.remove(document.id).result()
    assert workspace.vectors.load(CHOICE.identity).result() == []


def test_no_model_leaves_no_vectors(workspace: Workspace, document) -> None:
    (run,) = missing(workspace)
    workspace.vectors.keep(CHOICE.identity, run, b"vectors").result()

    workspace.vectors.choose(None).result()

    assert workspace.vectors.chosen().result() is None
    rows = workspace.read(lambda found: found.execute("SELECT count(*) FROM vectors").fetchone())
    assert rows.result() == (0,)
