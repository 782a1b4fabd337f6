"""What lies at the same path later takes the place of what lay there, and nothing else does."""

import hashlib

import pytest

from carrel.domain.documents import Failure, Inside
from carrel.language.likeness import SketchBuilder
from carrel.workspace.errors import DocumentGone
from made_workspaces import SomeSummary
from made_workspaces import read as commit

WHY = Failure(code="parse.damaged", reason="It is damaged.", remedy="Get another.")


@pytest.fixture
def put(workspace):
    """Add bytes at a path, or inside a document, and read them."""

    def run(content: bytes, path="", inside=None, *, read=True):
        accepted = workspace.accept(
            name=(path or inside.path).rpartition("/")[2], size=len(content),
            sha256=hashlib.sha256(content).hexdigest(), pieces=[content], inside=inside, path=path,
        )  # fmt: skip
        if read and not accepted.duplicate:
            commit(workspace, accepted.document, "text")
        return accepted.document.id

    return run


@pytest.fixture
def old(workspace):
    return lambda: sorted(workspace.versions.old().result())


def numbers(workspace, document):
    found = workspace.versions.of(document).result()
    return [one.document for one in found.versions], found.number(document)


def test_new_bytes_at_a_path_take_the_place_of_the_old_once_they_were_read(workspace, put, old):
    first = put(b"1", "/a/report.txt")
    second = put(b"2", "/a/report.txt", read=False)
    assert old() == []
    committed = commit(workspace, workspace.documents.get(second).result(), "text")
    assert committed.aged
    assert old() == [first]
    stored = workspace.documents.get(first).result()
    assert (stored.old, stored.newer) == (True, second)
    assert workspace.documents.get(second).result().replaces == first
    third = put(b"3", "/a/report.txt")
    assert old() == [first, second]
    assert workspace.documents.get(first).result().newer == third
    assert numbers(workspace, second) == ([first, second, third], 2)
    assert workspace.versions.at("/a/report.txt").result().id == third


def test_a_new_version_that_cannot_be_read_takes_nobodys_place(workspace, put, old):
    put(b"1", "/a/report.txt")
    second = put(b"2", "/a/report.txt", read=False)
    workspace.documents.fail(second, WHY).result()
    assert old() == []


def test_what_still_lies_elsewhere_is_not_old(workspace, put, old):
    first = put(b"1", "/a/report.txt")
    assert put(b"1", "/b/copy.txt") == first
    put(b"2", "/a/report.txt")
    assert old() == []
    assert workspace.versions.of(first).result().paths == ("/b/copy.txt", "/a/report.txt")
    put(b"2", "/b/copy.txt")
    assert old() == [first]


def test_the_old_bytes_again_are_the_newest_version(workspace, put, old):
    first = put(b"1", "/a")
    second = put(b"2", "/a")
    assert put(b"1", "/a") == first
    assert old() == [second]
    assert numbers(workspace, first) == ([second, first], 2)
    assert put(b"1", "/a") == first  # nothing new
    assert numbers(workspace, first) == ([second, first], 2)


def test_the_clock_may_go_back(workspace, put, old, monkeypatch):
    first = put(b"1", "/a")
    monkeypatch.setattr("carrel.workspace.versions.time.time", lambda: 1000.0)
    second = put(b"2", "/a")
    assert old() == [first]
    assert numbers(workspace, second) == ([first, second], 2)


def test_paths_that_are_no_text_are_told_apart(workspace, put, old):
    put(b"1", "/a/bad\udcff.txt")
    put(b"2", "/a/bad\udcfe.txt")
    assert old() == []


def test_a_document_without_a_known_place_is_never_old(workspace, put, old):
    put(b"1", inside=Inside(put(b"0", "/z.zip"), "x.txt"))
    known = workspace.accept(name="x", size=1, sha256="0" * 64, pieces=[b"x"]).document
    commit(workspace, known, "text")
    put(b"2", "/x")
    assert old() == []


def test_members_of_an_old_archive_are_old_unless_they_lie_in_a_new_one(workspace, put, old):
    first = put(b"zip1", "/all.zip")
    gone = put(b"one", inside=Inside(first, "one.txt"))
    kept = put(b"two", inside=Inside(first, "two.txt"))
    inner = put(b"zip0", inside=Inside(first, "inner.zip"))
    deep = put(b"deep", inside=Inside(inner, "deep.txt"))
    mine = put(b"mine", "/mine.txt")
    put(b"mine", inside=Inside(first, "mine.txt"))
    second = put(b"zip2", "/all.zip", read=False)
    put(b"two", inside=Inside(second, "two.txt"))
    commit(workspace, workspace.documents.get(second).result(), "text")
    assert old() == [first, gone, inner, deep]
    assert workspace.documents.get(kept).result().old is False
    assert mine not in old()
    workspace.documents.removals.hide(second).result()
    assert old() == []
    workspace.documents.removals.restore(second).result()
    assert old() == [first, gone, inner, deep]


@pytest.mark.parametrize("for_good", [False, True])
def test_without_the_new_version_the_one_before_is_the_newest_again(workspace, put, old, for_good):
    first, second, third = put(b"1", "/a"), put(b"2", "/a"), put(b"3", "/a")
    workspace.documents.removals.hide(third).result()
    if for_good:
        workspace.documents.removals.shred([third]).result()
    assert old() == [first]
    assert workspace.documents.get(first).result().newer == second
    assert workspace.versions.at("/a").result().id == second


def test_what_counts_all_documents_counts_no_old_ones(workspace, put):
    first = put(b"1", "/a")
    put(b"2", "/a")
    assert workspace.documents.units_total().result() == 1
    assert workspace.documents.units_total([first]).result() == 1


def test_places_of_what_is_gone_are_said_to_be(workspace):
    with pytest.raises(DocumentGone):
        workspace.versions.of(99).result()
    assert workspace.versions.at("/nowhere").result() is None


# ── nearly the same ─────────────────────────────────────────────────────────


@pytest.fixture
def sketched(workspace, put):
    """Add a document with these words."""

    def run(words, path):
        builder = SketchBuilder()
        builder.add(" ".join(words))
        found = workspace.documents.get(put(" ".join(words).encode(), path, read=False)).result()
        commit(workspace, found, "text", summary=SomeSummary(sketch=builder.build()))
        return found.id

    return run


def alike(workspace, document):
    return [(one.document, one.percent) for one in workspace.versions.alike(document).result()]


def test_what_is_nearly_the_same_is_named_with_its_share(workspace, sketched):
    words = [f"word{number}" for number in range(200)]
    one = sketched(words, "/one.txt")
    two = sketched([*words, "more"], "/two.txt")
    other = sketched([f"other{number}" for number in range(200)], "/other.txt")
    assert alike(workspace, one) == [(two, 99)]
    assert alike(workspace, other) == []
    workspace.documents.rename(two, "Draft").result()
    assert workspace.versions.alike(one).result()[0].name == "Draft"
    workspace.documents.removals.hide(two).result()
    assert alike(workspace, one) == []
    workspace.documents.removals.shred([two]).result()
    rows = workspace.read(lambda c: c.execute("SELECT count(*) FROM sketch_parts").fetchone())
    assert rows.result()[0] == 32


def test_a_version_is_not_said_to_be_like_the_one_before_it(workspace, sketched):
    words = [f"word{number}" for number in range(200)]
    sketched(words, "/one.txt")
    assert alike(workspace, sketched([*words, "more"], "/one.txt")) == []


def test_a_document_without_a_sketch_is_like_nothing(workspace, put):
    assert alike(workspace, put(b"1", "/a")) == []
    with pytest.raises(DocumentGone):
        workspace.versions.alike(99).result()
