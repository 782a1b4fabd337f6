"""Documents inside documents: where they lie, what goes with them, what may still come out."""

import hashlib

import pytest

from carrel.domain.documents import (
    Failure,
    Flaw,
    Inside,
    LedgerEntry,
    OutlineEntry,
    Property,
)
from carrel.workspace import nesting
from carrel.workspace.errors import DocumentGone
from made_workspaces import SomeSummary, add, read

WHY = Failure(code="parse.damaged", reason="It is damaged.", remedy="Get another.")


def put(workspace, content: bytes, container, path: str):
    return workspace.accept(
        name=path.rpartition("/")[2],
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        pieces=[content],
        inside=Inside(container.id, path),
    )


def names(workspace):
    return sorted(document.name for document in workspace.documents.list().result())


@pytest.fixture
def tree(workspace):
    """a.zip holds one.txt and b.zip; b.zip holds two.txt."""
    outer = add(workspace, b"a.zip", "a.zip")
    one = put(workspace, b"one", outer, "one.txt").document
    inner = put(workspace, b"b.zip", outer, "deep/b.zip").document
    two = put(workspace, b"two", inner, "two.txt").document
    return workspace, outer, one, inner, two


def test_a_member_knows_its_containers_and_they_count_it(tree):
    workspace, outer, _, inner, two = tree
    assert two.inside == (Inside(inner.id, "two.txt"),)
    assert (two.own, outer.own) == (False, True)
    assert workspace.documents.get(outer.id).result().members == 2
    again = put(workspace, b"two", outer, "copy of two.txt")
    assert again.duplicate
    assert again.document.inside == (
        Inside(outer.id, "copy of two.txt"), Inside(inner.id, "two.txt"),
    )  # fmt: skip


def test_the_same_member_twice_is_recorded_once(tree):
    workspace, outer, one, *_ = tree
    assert put(workspace, b"one", outer, "one.txt").document == one
    assert workspace.documents.get(outer.id).result().members == 2


def test_removing_a_container_takes_all_that_lies_nowhere_else(tree):
    workspace, outer, _one, inner, two = tree
    read(workspace, two, "text")
    other = add(workspace, b"other", "other.zip")
    put(workspace, b"one", other, "one.txt")
    removed = workspace.documents.remove(outer.id).result()
    assert removed.documents == (outer.id, inner.id, two.id)
    assert names(workspace) == ["one.txt", "other.zip"]
    assert len(removed.segments) == 1


def test_what_the_user_added_by_itself_outlives_its_container(tree):
    workspace, outer, _one, inner, _ = tree
    add(workspace, b"b.zip", "b.zip")  # the same bytes, by itself
    workspace.documents.remove(outer.id).result()
    assert names(workspace) == ["b.zip", "two.txt"]
    assert workspace.documents.get(inner.id).result().inside == ()


def test_a_container_that_holds_itself_is_not_put_inside(tree):
    workspace, outer, _one, inner, _two = tree
    assert put(workspace, b"a.zip", inner, "a.zip").circular
    assert put(workspace, b"b.zip", inner, "b.zip").circular
    assert not put(workspace, b"two", outer, "two.txt").circular
    assert workspace.documents.get(outer.id).result().inside == ()


def test_a_member_of_something_removed_is_not_kept(tree):
    workspace, outer, *_ = tree
    workspace.documents.remove(outer.id).result()
    with pytest.raises(DocumentGone):
        put(workspace, b"late", outer, "late.txt")
    assert names(workspace) == []


def test_who_names_a_container_means_what_is_inside_too(tree):
    workspace, outer, one, inner, two = tree
    found = workspace.documents.with_inside((inner.id,)).result()
    assert found == (inner.id, two.id)
    found = workspace.documents.with_inside((outer.id, two.id)).result()
    assert found == (outer.id, one.id, inner.id, two.id)
    assert workspace.documents.with_inside(()).result() == ()


def test_the_room_shrinks_with_depth_and_with_what_came_out(tree):
    workspace, outer, _one, inner, two = tree
    first, second, third = (
        workspace.documents.room_for(one.id).result() for one in (outer, inner, two)
    )
    assert (first.depth, second.depth, third.depth) == (
        nesting.MAX_NESTING, nesting.MAX_NESTING - 1, nesting.MAX_NESTING - 2,
    )  # fmt: skip
    assert first.members == nesting.MAX_TREE_MEMBERS - 1  # two.txt; its own come out again
    assert third.members == nesting.MAX_TREE_MEMBERS - 3
    assert third.size == nesting.MAX_TREE_BYTES - len(b"one" + b"b.zip" + b"two")


def test_a_ledger_goes_with_its_reading_and_is_in_order(workspace):
    document = add(workspace, b"x")
    entries = (
        LedgerEntry(unit=3, what=Flaw.NO_TEXT, why="Page 3.", remedy="OCR.", loss=True),
        LedgerEntry(unit=0, what=Flaw.NOTE, why="All.", remedy="", loss=False, name="n"),
    )
    summary = SomeSummary(ledger=entries)
    workspace.documents.commit_parsed(
        document.id, summary, units=[], segments=[], seconds=1
    ).result()
    assert workspace.documents.ledger(document.id).result() == (entries[1], entries[0])
    unread = workspace.documents.unread((), 10).result()
    assert unread == [(document.id, document.name, 3, "Page 3.")]
    failed = add(workspace, b"y", "y.pdf")
    workspace.documents.fail(failed.id, WHY).result()
    unread = workspace.documents.unread((failed.id,), 10).result()
    assert unread == [(failed.id, "y.pdf", 0, "It is damaged.")]
    assert len(workspace.documents.unread((), 1).result()) == 1


def test_a_description_goes_with_the_latest_reading(workspace):
    document = add(workspace, b"x")
    outline = tuple(OutlineEntry(title=f"{n}", level=n, unit=n) for n in (1, 2))
    summary = SomeSummary(outline=outline, properties=(Property("Author", "Ada \ud800"),))
    workspace.documents.commit_parsed(
        document.id, summary, units=[], segments=[], seconds=1
    ).result()
    assert workspace.documents.outline(document.id).result() == outline
    assert workspace.documents.properties(document.id).result() == (("Author", "Ada ?"),)
    newer = SomeSummary(parser_version=2)
    workspace.documents.commit_parsed(document.id, newer, units=[], segments=[], seconds=1).result()
    assert workspace.documents.outline(document.id).result() == ()
    assert workspace.documents.properties(document.id).result() == ()


def test_a_container_names_what_lies_directly_inside_in_its_order(tree):
    workspace, outer, one, inner, two = tree
    put(workspace, b"two", outer, "again/two.txt")

    def inside():
        return [found.id for found in workspace.documents.members(outer.id).result()]

    assert inside() == [one.id, inner.id, two.id]
    workspace.documents.remove(one.id).result()
    assert inside() == [inner.id, two.id]
    assert workspace.documents.members(two.id).result() == ()
