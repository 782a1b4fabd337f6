"""Removed documents: out of sight at once, back again when wanted, and in the end nothing left."""

import hashlib
import random

import pytest

from carrel.domain.documents import Flaw, Inside, LedgerEntry
from carrel.language.segment import Segment, SegmentBuilder
from carrel.workspace.blobs import read_blob
from carrel.workspace.errors import BlobDamaged, BlobMissing, DocumentGone
from decrypted import database_pages
from made_workspaces import CHEAP, SomeSummary, add, read, some_units


def put(workspace, content: bytes, container, path: str):
    return workspace.accept(
        name=path.rpartition("/")[2],
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        pieces=[content],
        inside=Inside(container.id, path),
    ).document


def names(workspace):
    return sorted(document.name for document in workspace.documents.list().result())


def built(*texts: str) -> tuple[bytes, int]:
    builder = SegmentBuilder()
    for text in texts:
        builder.add(text=text)
    return builder.build(), len(texts)


@pytest.fixture
def tree(workspace):
    """a.zip holds one.txt and b.zip; b.zip holds two.txt."""
    outer = add(workspace, b"a.zip", "a.zip")
    one = put(workspace, b"one", outer, "one.txt")
    inner = put(workspace, b"b.zip", outer, "b.zip")
    two = put(workspace, b"two", inner, "two.txt")
    return workspace, outer, one, inner, two


def test_a_removed_document_is_nowhere_and_comes_back_as_it_was(opened) -> None:
    workspace = opened.workspace
    document = add(workspace, b"x", "x.pdf")
    stored = read(workspace, document, "words\nmore", "page").document

    removal = workspace.documents.removals.hide(document.id).result()

    assert (removal.document, removal.documents) == (stored, (document.id,))
    assert workspace.documents.list().result() == ()
    assert workspace.documents.units_total().result() == 0
    assert workspace.info(floor=CHEAP).result().documents == 0
    for call in (workspace.documents.get, workspace.documents.blob, workspace.texts.units):
        with pytest.raises(DocumentGone):
            call(document.id).result()
    with pytest.raises(DocumentGone):
        list(workspace.original(document.id))
    workspace = opened.reopened()
    assert workspace.documents.removals.waiting().result() == (removal,)
    assert workspace.documents.removals.restore(document.id).result() == (stored,)
    assert workspace.documents.list().result() == (stored,)
    assert b"".join(workspace.original(document.id)) == b"x"
    assert workspace.documents.unit(document.id, 1).result().text == "words\nmore"
    assert workspace.documents.removals.waiting().result() == ()


def test_what_went_along_comes_back_along(tree) -> None:
    workspace, outer, one, inner, two = tree
    removal = workspace.documents.removals.hide(outer.id).result()
    assert set(removal.documents) == {outer.id, one.id, inner.id, two.id}
    assert names(workspace) == []
    back = workspace.documents.removals.restore(outer.id).result()
    assert [d.id for d in back] == [outer.id, one.id, inner.id, two.id]
    assert back[3].inside == (Inside(inner.id, "two.txt"),)


def test_what_lies_elsewhere_stays_and_what_is_out_of_sight_holds_nothing(tree) -> None:
    workspace, outer, _one, inner, two = tree
    other = add(workspace, b"other", "other.zip")
    put(workspace, b"two", other, "two.txt")
    hide = workspace.documents.removals.hide
    assert two.id not in hide(outer.id).result().documents
    assert workspace.documents.get(two.id).result().inside == (Inside(other.id, "two.txt"),)
    assert set(hide(other.id).result().documents) == {other.id, two.id}
    back = workspace.documents.removals.restore(outer.id).result()
    assert [d.name for d in back] == ["a.zip", "one.txt", "b.zip", "two.txt"]
    workspace.documents.removals.shred([other.id]).result()
    assert workspace.documents.get(two.id).result().inside == (Inside(inner.id, "two.txt"),)


def test_what_the_user_removed_by_itself_does_not_come_back_with_its_container(tree) -> None:
    workspace, outer, one, inner, _two = tree
    hide = workspace.documents.removals.hide
    hide(inner.id).result()
    hide(outer.id).result()
    back = workspace.documents.removals.restore(outer.id).result()
    assert [d.id for d in back] == [outer.id, one.id]
    assert [r.document.id for r in workspace.documents.removals.waiting().result()] == [inner.id]


def test_the_same_bytes_again_bring_a_removed_document_back(tree) -> None:
    workspace, outer, one, inner, two = tree
    workspace.documents.removals.hide(outer.id).result()
    accepted = workspace.accept(name="a.zip", size=5, sha256=outer.sha256, pieces=iter([b"a.zip"]))
    assert accepted.duplicate
    assert accepted.returned == (outer.id, one.id, inner.id, two.id)
    assert len(names(workspace)) == 4


def test_a_member_of_something_out_of_sight_is_not_kept(tree) -> None:
    workspace, outer, *_ = tree
    workspace.documents.removals.hide(outer.id).result()
    with pytest.raises(DocumentGone):
        put(workspace, b"late", outer, "late.txt")


def test_restoring_what_is_gone_or_there_is_said(workspace) -> None:
    document = add(workspace, b"x")
    assert workspace.documents.removals.restore(document.id).result() == ()
    workspace.documents.removals.hide(document.id).result()
    workspace.documents.removals.shred([document.id]).result()
    with pytest.raises(DocumentGone):
        workspace.documents.removals.restore(document.id).result()
    assert workspace.documents.removals.shred([document.id]).result().documents == ()


def test_only_what_was_removed_is_shredded(tree) -> None:
    workspace, outer, *_ = tree
    assert workspace.documents.removals.shred([outer.id]).result().documents == ()
    assert len(names(workspace)) == 4


def test_postings_of_shredded_passages_leave_a_shared_segment(workspace) -> None:
    documents = [add(workspace, b"%d" % n) for n in range(2)]
    for document, word in zip(documents, ("zwiebelfisch", "tintenfisch"), strict=True):
        workspace.documents.commit_parsed(
            document.id, SomeSummary(), units=some_units(word), segments=[built(word)], seconds=1
        ).result()
    whole, count = built("zwiebelfisch", "tintenfisch")
    old = workspace.segments.load().result()
    workspace.segments.replace(
        [one.id for one in old], level=1, first_passage=1, passages=count, body=whole
    ).result()

    workspace.documents.remove(documents[0].id).result()

    (segment,) = workspace.segments.load().result()
    kept = Segment.load(segment.body)
    assert list(kept.body.hashes) == list(Segment.load(built("tintenfisch")[0]).body.hashes)
    assert list(kept.body.ordinals) == [1]


def test_a_name_of_the_user_is_shown_and_the_file_keeps_its_own(opened) -> None:
    workspace = opened.workspace
    document = add(workspace, b"x", "scan0001.pdf")
    read(workspace, document, "words")
    renamed = workspace.documents.rename(document.id, "Lease 1987").result()
    assert (renamed.name, renamed.file_name) == ("Lease 1987", "scan0001.pdf")
    (passage,) = workspace.passages.of_document(document.id).result()
    assert passage.document_name == "Lease 1987"
    assert opened.reopened().documents.get(document.id).result() == renamed
    back = opened.workspace.documents.rename(document.id, "").result()
    assert back.name == "scan0001.pdf"


def test_an_original_from_before_keys_of_its_own_gets_one_when_it_is_read(opened) -> None:
    workspace = opened.workspace
    document = add(workspace, b"old" * 10)
    kept = workspace.documents.kept_blob(document.id).result()
    old = _as_written_before(opened, document, b"old" * 10, kept)

    assert b"".join(workspace.original(document.id)) == b"old" * 10

    moved = workspace.documents.kept_blob(document.id).result()
    assert moved.secret is not None
    assert moved.id != old
    assert [path.stem for path in (opened.folder / "blobs").iterdir()] == [moved.id]
    assert b"".join(opened.reopened().original(document.id)) == b"old" * 10


def test_an_original_read_in_part_stays_where_it_is(opened) -> None:
    workspace = opened.workspace
    document = add(workspace, bytes(3 << 20))
    kept = workspace.documents.kept_blob(document.id).result()
    old = _as_written_before(opened, document, bytes(3 << 20), kept)
    next(pieces := workspace.original(document.id))
    pieces.close()
    assert workspace.documents.blob(document.id).result() == old
    assert [path.stem for path in (opened.folder / "blobs").iterdir()] == [old]


def _as_written_before(opened, document, content: bytes, kept) -> str:
    """Let the original be kept as format 1 did: a blob whose key needs no secret."""
    from carrel.workspace import blobs

    writer = blobs.BlobWriter(opened.folder / "blobs", opened.key())
    writer._sealer = blobs._Sealer(opened.key(), writer.id, writer._sealer.salt, None)
    writer._file.seek(0)
    writer._file.write(blobs.OLD_MAGIC)
    writer._file.seek(0, 2)
    writer.write(content)
    old = writer.finish()._replace(secret=None)
    assert opened.workspace.documents.move_blob(document.id, kept.id, old).result()
    return old.id


# ── nothing is left ─────────────────────────────────────────────────────────


def test_nothing_of_shredded_documents_can_be_found_with_the_key(opened) -> None:
    workspace, chance = opened.workspace, random.Random(7)
    canaries, originals = {}, {}
    for number in range(60):
        canary = f"Zwiebelfisch{number:04}"
        content = f"{canary} original".encode() * 50
        document = add(workspace, content, f"{canary}.pdf")
        line = LedgerEntry(unit=1, what=Flaw.NOTE, why=canary, remedy=canary, loss=False)
        units = some_units(*(f"{canary} " * chance.choice((1, 9, 90, 900)) for _ in range(9)))
        workspace.documents.commit_parsed(
            document.id, SomeSummary(ledger=(line,), warnings=(canary,)), units=units,
            segments=[built(*(f"{canary} words" for _ in units))], seconds=1,
        ).result()  # fmt: skip
        workspace.documents.rename(document.id, f"Mein {canary}").result()
        canaries[document.id] = canary.encode()
        blob = workspace.documents.kept_blob(document.id).result()
        copy = (opened.folder / "blobs" / f"{blob.id}.blob").read_bytes()
        originals[document.id] = (blob, copy)
    gone = chance.sample(sorted(canaries), 40)
    for document in gone:
        workspace.documents.removals.hide(document).result()
    for document in gone:
        workspace.documents.removals.shred([document]).result()
    assert workspace.documents.removals.compact().result()

    key, database = opened.key(), opened.folder / "workspace.db"
    pages = b"".join(database_pages(database, key.database_key))
    assert [d for d in gone if canaries[d] in pages] == []
    assert [d for d in gone if originals[d][0].secret in pages] == []
    left = set(canaries) - set(gone)
    assert all(canaries[d] in pages for d in left), "the scan does not see what is there"
    assert all(originals[d][0].secret in pages for d in left)
    opened.close()
    pages = b"".join(database_pages(database, key.database_key))
    assert [d for d in gone if canaries[d] in pages] == []

    blob, copy = originals[gone[0]]
    assert not (opened.folder / "blobs" / f"{blob.id}.blob").exists()
    with pytest.raises(BlobMissing):
        list(read_blob(opened.folder / "blobs", key, blob))
    (opened.folder / "blobs" / f"{blob.id}.blob").write_bytes(copy)  # from somebody's backup
    assert b"original" in b"".join(read_blob(opened.folder / "blobs", key, blob))
    with pytest.raises(BlobDamaged):  # without the secret, which is nowhere any more
        list(read_blob(opened.folder / "blobs", key, blob._replace(secret=bytes(32))))
