"""Tags, collections and notes: kept with the document, gone with it."""

from hashlib import sha256

import pytest

from carrel.domain.labels import (
    MAX_LABEL,
    MAX_LABELS,
    MAX_NOTE,
    LabelKind,
    common,
    labelled,
    labels_of,
)
from carrel.workspace.errors import DocumentGone, NoteTooLong, TooManyLabels
from decrypted import database_pages
from made_workspaces import add, read


@pytest.fixture
def two(workspace):
    return workspace, add(workspace, b"one", "one.txt"), add(workspace, b"two", "two.txt")


def names(workspace, kind):
    return [(one.name, one.documents) for one in workspace.labels.names(kind).result()]


def test_what_is_typed_becomes_labels() -> None:
    assert labels_of(" Board  2026,finance, FINANCE,, ") == ("Board 2026", "finance")
    assert labels_of("x" * 99) == ("x" * MAX_LABEL,)
    assert labels_of(" , ") == ()


def test_labels_are_put_on_and_taken_off_and_keep_the_first_spelling(two) -> None:
    workspace, one, other = two
    both = [one.id, other.id]
    workspace.labels.change(both, LabelKind.TAG, add=["Finance", "été"]).result()
    found, _ = workspace.labels.change(
        both, LabelKind.TAG, add=["FINANCE", "b"], remove=["ÉTÉ", "finance"]
    ).result()
    assert found.tags == ("b", "Finance")
    assert found.collections == ()
    assert names(workspace, LabelKind.TAG) == [("b", 2), ("Finance", 2)]
    workspace.labels.change([one.id], LabelKind.COLLECTION, add=["Board"]).result()
    documents = workspace.documents.list().result()
    assert [d.id for d in labelled(documents, tags=["finance"], collections=["board"])] == [one.id]
    assert labelled(documents, tags=["finance", "c"]) == ()
    assert common(documents, LabelKind.TAG) == ("b", "Finance")
    assert common(documents, LabelKind.COLLECTION) == common((), LabelKind.TAG) == ()


def test_removed_documents_are_not_counted_and_come_back_with_what_was_said_of_them(two) -> None:
    workspace, one, _ = two
    workspace.labels.change([one.id], LabelKind.COLLECTION, add=["Board"]).result()
    noted = workspace.labels.set_note(one.id, " as typed\n\n").result()
    workspace.documents.removals.hide(one.id).result()
    assert names(workspace, LabelKind.COLLECTION) == []
    assert workspace.labels.change([one.id], LabelKind.TAG, add=["x"]).result() == ()
    with pytest.raises(DocumentGone):
        workspace.labels.set_note(one.id, "x").result()
    assert workspace.documents.removals.restore(one.id).result() == (noted,)
    assert (noted.note, noted.collections) == (" as typed\n\n", ("Board",))


def test_what_is_too_much_changes_nothing(two) -> None:
    workspace, one, other = two
    many = [f"t{number}" for number in range(MAX_LABELS)]
    workspace.labels.change([other.id], LabelKind.TAG, add=many).result()
    with pytest.raises(TooManyLabels):
        workspace.labels.change([one.id, other.id], LabelKind.TAG, add=["more"]).result()
    assert workspace.documents.get(one.id).result().tags == ()
    with pytest.raises(NoteTooLong):
        workspace.labels.set_note(one.id, "x" * (MAX_NOTE + 1)).result()
    assert workspace.documents.get(one.id).result().note == ""


def test_nothing_is_left_of_labels_and_notes_of_a_shredded_document(opened) -> None:
    workspace = opened.workspace
    document = add(workspace, b"x", "x.txt")
    workspace.labels.change([document.id], LabelKind.TAG, add=["Zanzibar"]).result()
    workspace.labels.set_note(document.id, "Quagmire").result()

    def pages() -> bytes:
        assert workspace._database.empty_log().result()
        database_key = opened.key().database_key
        return b"".join(database_pages(opened.folder / "workspace.db", database_key))

    assert b"Zanzibar" in (before := pages())
    assert b"Quagmire" in before
    workspace.documents.removals.hide(document.id).result()
    workspace.documents.removals.shred([document.id]).result()
    assert b"anzibar" not in (after := pages())
    assert b"uagmire" not in after


def test_a_newer_version_has_the_labels_of_the_older_one(workspace) -> None:
    def version(content: bytes):
        found = workspace.accept(
            name="a.txt", size=1, sha256=sha256(content).hexdigest(), pieces=[content], path="/a"
        ).document
        return read(workspace, found, content.decode()).document

    first = version(b"one")
    workspace.labels.change([first.id], LabelKind.COLLECTION, add=["Board"]).result()
    workspace.labels.set_note(first.id, "only here").result()
    second = version(b"two")
    assert (second.replaces, second.collections, second.note) == (first.id, ("Board",), "")
