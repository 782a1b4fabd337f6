import hashlib

import pytest

from carrel.domain.documents import DocumentState, Failure, UnitKind, UnitPlace
from carrel.domain.errors import BugError
from carrel.domain.ids import DocumentId, PassageId
from carrel.language.segment import SegmentBuilder
from carrel.workspace.blobs import CHUNK_BYTES
from carrel.workspace.errors import (
    BlobDamaged,
    BlobMissing,
    DocumentGone,
    SegmentsChanged,
    UnitGone,
)
from carrel.workspace.store import Workspace
from made_workspaces import Opened, SomeSummary, add, read, some_units

WHY = Failure(code="parse.encrypted", reason="It has a password.", remedy="Remove it.")


def blobs(opened: Opened) -> list[str]:
    return sorted(path.name for path in (opened.folder / "blobs").iterdir())


def test_an_accepted_document_is_queued_and_its_bytes_come_back(workspace: Workspace) -> None:
    content = b"%PDF" + bytes(CHUNK_BYTES)

    document = add(workspace, content, "Q3 report.pdf")

    assert (document.name, document.size) == ("Q3 report.pdf", len(content))
    assert document.state is DocumentState.QUEUED
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert b"".join(workspace.original(document.id)) == content
    assert workspace.documents.queued().result() == (document,)


def test_the_same_bytes_are_the_same_document(opened: Opened) -> None:
    first = add(opened.workspace, b"same", "one.txt")
    before = blobs(opened)

    again = opened.workspace.accept(
        name="two.txt", size=4, sha256=first.sha256, pieces=iter([b"same"])
    )

    assert again.duplicate
    assert again.document == first
    assert blobs(opened) == before


def test_two_that_accept_the_same_bytes_at_once_leave_one_blob(opened: Opened) -> None:
    workspace, digest = opened.workspace, hashlib.sha256(b"same").hexdigest()
    written = []
    for _ in range(2):
        with workspace.blob_writer() as writer:
            writer.write(b"same")
            written.append(writer.finish())

    both = [
        workspace.documents.accept(sha256=digest, name="n", size=4, blob=blob) for blob in written
    ]

    assert [future.result().duplicate for future in both] == [False, True]
    assert blobs(opened) == [f"{written[0].id}.blob"]


def test_pieces_that_fail_leave_nothing(opened: Opened) -> None:
    def pieces():
        yield b"first"
        raise OSError("the medium was taken out")

    with pytest.raises(OSError, match="taken out"):
        opened.workspace.accept(name="n", size=9, sha256="0" * 64, pieces=pieces())
    assert blobs(opened) == []
    assert opened.workspace.documents.list().result() == ()


@pytest.mark.parametrize(
    "name", ["a\nb.pdf", "📈.csv", "x" * 255, "nul\0.txt", "bad\udcff.txt", "Ünï.pdf"]
)
def test_odd_names_are_kept(opened: Opened, name: str) -> None:
    document = add(opened.workspace, b"x", name)
    expected = name.replace("\udcff", "?")
    assert opened.reopened().documents.get(document.id).result().name == expected


def test_everything_read_appears_at_once(workspace: Workspace) -> None:
    document = add(workspace, b"x")
    summary = SomeSummary(
        kind="docx", parser="ours", parser_version=3, state=DocumentState.PARTIAL,
        warnings=("Two pictures were left out.",),
    )  # fmt: skip

    committed = read(workspace, document, "first line\nsecond line", "other page", summary=summary)

    stored = committed.document
    assert (stored.kind, stored.state, stored.units, stored.passages) == (
        "docx", DocumentState.PARTIAL, 2, 3,
    )  # fmt: skip
    assert stored.warnings == ("Two pictures were left out.",)
    assert workspace.documents.get(document.id).result() == stored
    assert workspace.documents.queued().result() == ()
    unit = workspace.documents.unit(document.id, 1).result()
    assert (unit.text, unit.label, unit.parser_version) == ("first line\nsecond line", "p. 1", 3)
    assert (unit.width, unit.height, unit.char_boxes) == (612.0, 792.0, b"boxes")
    assert workspace.documents.places(document.id).result() == (
        UnitPlace(UnitKind.PAGE, 1, "p. 1"),
        UnitPlace(UnitKind.PAGE, 2, "p. 2"),
    )
    (segment,) = workspace.segments.load().result()
    assert (segment.first_passage, segment.passages, segment.body) == (1, 3, b"terms")
    assert committed.segments == (segment,)


def test_passages_of_a_document_are_contiguous_and_in_order(workspace: Workspace) -> None:
    first, second = add(workspace, b"1"), add(workspace, b"2")
    read(workspace, second, "a\nb\nc")
    read(workspace, first, "d", "e\nf")

    ranges = workspace.documents.passage_ranges().result()

    assert ranges == {second.id: range(1, 4), first.id: range(4, 7)}
    assert workspace.documents.passage_ranges([first.id]).result() == {first.id: range(4, 7)}
    found = workspace.passages.of_document(first.id).result()
    assert [row.passage.text for row in found] == ["d", "e", "f"]
    assert [row.passage.id for row in found] == [4, 5, 6]


def test_committing_twice_is_harmless(workspace: Workspace) -> None:
    document = add(workspace, b"x")
    first = read(workspace, document, "one\ntwo")

    again = read(workspace, document, "one\ntwo")

    assert again.document == first.document
    assert again.segments == ()
    assert len(workspace.segments.load().result()) == 1


def test_a_newer_parser_gives_new_passages_and_the_old_units_go(workspace: Workspace) -> None:
    document = add(workspace, b"x")
    read(workspace, document, "old text")

    again = read(workspace, document, "new\ntext", summary=SomeSummary(parser_version=2))

    assert len(again.dropped) == 1
    assert workspace.documents.passage_ranges().result() == {document.id: range(2, 4)}
    assert workspace.documents.unit(document.id, 1).result().text == "new\ntext"
    with pytest.raises(UnitGone):
        workspace.documents.unit(document.id, 1, parser_version=1).result()
    assert len(workspace.documents.places(document.id).result()) == 1
    assert [s.first_passage for s in workspace.segments.load().result()] == [2]


def test_segments_that_do_not_cover_the_passages_are_a_mistake_and_nothing_is_stored(
    workspace: Workspace,
) -> None:
    document = add(workspace, b"x")
    with pytest.raises(BugError, match="do not agree"):
        workspace.documents.commit_parsed(
            document.id, SomeSummary(), units=some_units("a\nb"), segments=[(b"", 1)], seconds=1
        ).result()
    assert workspace.documents.get(document.id).result() == document
    assert workspace.documents.places(document.id).result() == ()


def test_a_document_without_passages_is_read_all_the_same(workspace: Workspace) -> None:
    document = add(workspace, b"x")
    stored = workspace.documents.commit_parsed(
        document.id, SomeSummary(), units=[], segments=[], seconds=0.1
    ).result()
    assert stored.document.state is DocumentState.READ
    assert workspace.documents.passage_ranges().result() == {}


def test_a_failure_is_kept_and_can_be_tried_again(opened: Opened) -> None:
    document = add(opened.workspace, b"x")

    failed = opened.workspace.documents.fail(document.id, WHY, kind="pdf").result()

    assert (failed.state, failed.failure, failed.kind) == (DocumentState.FAILED, WHY, "pdf")
    workspace = opened.reopened()
    assert workspace.documents.get(document.id).result() == failed
    queued = workspace.documents.requeue(document.id).result()
    assert (queued.state, queued.failure) == (DocumentState.QUEUED, None)
    assert read(workspace, document, "text").document.state is DocumentState.READ


def test_what_was_read_stays_read_when_a_late_failure_comes(workspace: Workspace) -> None:
    document = add(workspace, b"x")
    stored = read(workspace, document, "text").document
    assert workspace.documents.fail(document.id, WHY).result() == stored


def test_removing_takes_everything_but_the_neighbours(opened: Opened) -> None:
    workspace = opened.workspace
    gone, stays = add(workspace, b"gone"), add(workspace, b"stays")
    read(workspace, gone, "a\nb")
    read(workspace, stays, "c")

    removed = workspace.documents.remove(gone.id).result()

    assert removed.documents == (gone.id,)
    assert removed.segments == (1,)
    assert workspace.documents.list().result() == (workspace.documents.get(stays.id).result(),)
    assert [s.first_passage for s in workspace.segments.load().result()] == [3]
    assert workspace.passages.living().result() == [range(3, 4)]
    assert len(blobs(opened)) == 1
    for call in (workspace.documents.get, workspace.documents.remove, workspace.documents.blob):
        with pytest.raises(DocumentGone):
            call(gone.id).result()
    with pytest.raises(DocumentGone):
        workspace.documents.unit(gone.id, 1).result()


def test_ids_are_never_used_again(workspace: Workspace) -> None:
    first = add(workspace, b"x")
    read(workspace, first, "a\nb")
    workspace.documents.remove(first.id).result()

    second = add(workspace, b"x")
    read(workspace, second, "a")

    assert second.id > first.id
    assert workspace.passages.living().result() == [range(3, 4)]


def test_a_missing_or_damaged_original_is_said(opened: Opened) -> None:
    one, other = add(opened.workspace, b"one"), add(opened.workspace, b"other")
    first, second = (
        opened.folder / "blobs" / f"{opened.workspace.documents.blob(d.id).result()}.blob"
        for d in (one, other)
    )
    first.unlink()
    content = bytearray(second.read_bytes())
    content[-1] ^= 1
    second.write_bytes(content)

    with pytest.raises(BlobMissing, match="missing"):
        list(opened.workspace.original(one.id))
    with pytest.raises(BlobDamaged, match="damaged"):
        list(opened.workspace.original(other.id))


def test_a_unit_that_is_not_there_is_said(workspace: Workspace) -> None:
    document = add(workspace, b"x")
    read(workspace, document, "a")
    with pytest.raises(UnitGone, match="no part number 2"):
        workspace.documents.unit(document.id, 2).result()
    with pytest.raises(DocumentGone):
        workspace.documents.unit(DocumentId(99), 1).result()


def test_units_are_counted_in_scope(workspace: Workspace) -> None:
    first, second = add(workspace, b"1"), add(workspace, b"2")
    read(workspace, first, "a", "b")
    read(workspace, second, "c")

    assert workspace.documents.units_total().result() == 3
    assert workspace.documents.units_total([second.id, second.id]).result() == 1
    assert workspace.documents.units_total([DocumentId(99)]).result() == 0


# ── passages and segments ───────────────────────────────────────────────────


def test_passages_come_in_the_order_asked_and_gone_ones_are_left_out(workspace: Workspace) -> None:
    document = add(workspace, b"x", "r.pdf")
    read(workspace, document, "alpha\nbeta", "gamma")

    found = workspace.passages.get([PassageId(n) for n in (3, 99, 1, 3)]).result()

    assert [row.passage.text for row in found] == ["gamma", "alpha", "gamma"]
    assert found[0].place == UnitPlace(UnitKind.PAGE, 2, "p. 2")
    assert (found[0].document_name, found[0].document_sha256) == ("r.pdf", document.sha256)
    assert found[0].passage.heading == "Part 2"


def test_offsets_count_code_points_also_after_nul_and_beyond_the_basic_plane(
    workspace: Workspace,
) -> None:
    document = add(workspace, b"x")
    read(workspace, document, "𝒳\0zero\nπ 📈 end")
    found = workspace.passages.get([PassageId(1), PassageId(2)]).result()
    assert [row.passage.text for row in found] == ["𝒳\0zero", "π 📈 end"]


def test_many_passages_are_fetched_at_once(workspace: Workspace) -> None:
    document = add(workspace, b"x")
    read(workspace, document, "\n".join(str(number) for number in range(1500)))
    ids = [PassageId(number) for number in range(1, 1501)]
    assert [row.passage.text for row in workspace.passages.get(ids).result()] == [
        str(number) for number in range(1500)
    ]


def test_boxes_are_given_by_unit(workspace: Workspace) -> None:
    document = add(workspace, b"x")
    read(workspace, document, "a", "b")
    unit = workspace.documents.unit(document.id, 2).result()
    assert workspace.passages.boxes([unit.id]).result() == {unit.id: b"boxes"}


def test_merged_segments_take_the_place_of_the_old_ones(workspace: Workspace) -> None:
    for number in range(3):
        read(workspace, add(workspace, b"%d" % number), "a\nb")
    old = workspace.segments.load().result()

    merged = workspace.segments.replace(
        [old[0].id, old[1].id], level=1, first_passage=1, passages=4, body=b"merged"
    ).result()

    assert workspace.segments.load().result() == (merged, old[2])


def test_merging_what_is_gone_changes_nothing(workspace: Workspace) -> None:
    read(workspace, add(workspace, b"x"), "a")
    (segment,) = workspace.segments.load().result()
    with pytest.raises(SegmentsChanged):
        workspace.segments.replace(
            [segment.id, 99], level=1, first_passage=1, passages=1, body=b""
        ).result()
    assert workspace.segments.load().result() == (segment,)


def test_a_merged_segment_goes_with_its_last_document(workspace: Workspace) -> None:
    documents = [add(workspace, b"%d" % number) for number in range(2)]
    for document in documents:
        read(workspace, document, "a")
    old = workspace.segments.load().result()
    builder = SegmentBuilder()
    for text in ("one", "two"):
        builder.add(text=text)
    merged = workspace.segments.replace(
        [one.id for one in old], level=1, first_passage=1, passages=2, body=builder.build()
    ).result()

    assert workspace.documents.remove(documents[0].id).result().segments == ()
    assert workspace.documents.remove(documents[1].id).result().segments == (merged.id,)
