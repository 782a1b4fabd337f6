import errno
import os
import stat
from pathlib import Path

import pytest

from carrel.domain.answers import Answer, AnswerMode, Coverage, ExchangeState
from carrel.domain.blocks import Block, BlockKind
from carrel.domain.documents import Inside, OutlineEntry
from carrel.workspace.errors import (
    PassphraseEmpty,
    WorkspaceDamaged,
    WorkspaceFolderTaken,
    WorkspaceForbidden,
    WorkspaceFull,
    WorkspaceInUse,
    WorkspaceMissing,
    WorkspaceReadOnly,
    WrongKey,
)
from carrel.workspace.failures import known_os_error
from carrel.workspace.keys import new_data_key
from carrel.workspace.keyslots import Keyslots
from carrel.workspace.store import Workspace
from made_workspaces import CHEAP, PASSPHRASE, MemoryKeyStore, Opened, add, read

FIXTURES = Path(__file__).parents[2] / "fixtures" / "workspaces"


def test_a_new_workspace_tells_about_itself(opened: Opened) -> None:
    info = opened.workspace.info(floor=CHEAP).result()

    assert (info.name, info.folder, info.documents, info.units) == ("ours", opened.folder, 0, 0)
    assert info.slots == ("passphrase", "recovery")
    assert info.created_at > 1.7e9
    assert Workspace.exists(opened.folder)


def test_documents_and_units_are_counted(workspace: Workspace) -> None:
    read(workspace, add(workspace, b"1"), "a", "b")
    add(workspace, b"2")
    info = workspace.info(floor=CHEAP).result()
    assert (info.documents, info.units) == (2, 2)


def test_it_opens_with_each_of_its_ways_in(make) -> None:
    store = MemoryKeyStore()
    opened = make(key_store=store)
    slots = opened.slots()
    for key in (
        slots.unlock_with_passphrase(PASSPHRASE),
        slots.unlock_with_recovery_code(opened.recovery_code),
        slots.unlock_with_key_store(store),
    ):
        opened.close()
        opened.workspace = Workspace.open(opened.folder, key)


def test_only_one_process_owns_it(opened: Opened) -> None:
    with pytest.raises(WorkspaceInUse, match="another window"):
        Workspace.open(opened.folder, opened.key())
    opened.reopened()


def test_closing_twice_is_harmless_and_leaves_no_log(opened: Opened) -> None:
    add(opened.workspace, b"x")
    opened.close()
    opened.close()
    assert sorted(path.name for path in opened.folder.iterdir()) == [
        "blobs", "capsules", "keyslots.json", "workspace.db", "workspace.lock",
    ]  # fmt: skip


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(WorkspaceFolderTaken, match="is not empty"):
        Workspace.create(tmp_path, name="x", passphrase=PASSPHRASE, cost=CHEAP)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(WorkspaceFolderTaken):
        Workspace.create(tmp_path / "taken", name="x", passphrase=PASSPHRASE, cost=CHEAP)


def test_a_workspace_is_never_made_over_another(opened: Opened) -> None:
    opened.close()
    with pytest.raises(WorkspaceFolderTaken):
        Workspace.create(opened.folder, name="x", passphrase=PASSPHRASE, cost=CHEAP)
    opened.reopened()


def test_an_attempt_that_failed_can_be_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with pytest.raises(PassphraseEmpty):
        Workspace.create(folder, name="x", passphrase="", cost=CHEAP)
    assert not Workspace.exists(folder)

    created = Workspace.create(folder, name="x", passphrase=PASSPHRASE, cost=CHEAP)

    created.workspace.close()
    assert not (folder / "unfinished").exists()


def test_without_a_workspace_it_is_said(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(WorkspaceMissing, match="There is no workspace"):
            Workspace.open(folder, new_data_key())


def test_a_key_of_another_workspace_is_refused(opened: Opened) -> None:
    opened.close()
    before = (opened.folder / "workspace.db").read_bytes()
    with pytest.raises(WrongKey):
        Workspace.open(opened.folder, new_data_key())
    assert (opened.folder / "workspace.db").read_bytes() == before
    opened.reopened()


def test_a_missing_database_is_damage(opened: Opened) -> None:
    opened.close()
    (opened.folder / "workspace.db").unlink()
    with pytest.raises(WorkspaceDamaged, match="database is missing"):
        Workspace.open(opened.folder, opened.key())


def test_an_emptied_database_is_not_taken_for_a_new_one(opened: Opened) -> None:
    opened.close()
    (opened.folder / "workspace.db").write_bytes(b"")
    with pytest.raises(WorkspaceDamaged):
        Workspace.open(opened.folder, opened.key())
    assert (opened.folder / "workspace.db").read_bytes() == b""


def test_missing_originals_are_damage(opened: Opened) -> None:
    document = add(opened.workspace, b"x")
    opened.close()
    blobs = opened.folder / "blobs"
    for path in blobs.iterdir():
        path.unlink()
    blobs.rmdir()
    with pytest.raises(WorkspaceDamaged, match="originals is gone"):
        Workspace.open(opened.folder, opened.key())
    assert document.id == 1


def test_what_an_interruption_left_behind_is_swept(opened: Opened) -> None:
    document = add(opened.workspace, b"kept")
    with opened.workspace.blob_writer() as writer:
        writer.write(b"orphan")
        orphan = writer.finish()
    opened.close()
    (opened.folder / "blobs" / f".{'a' * 32}.partial").write_bytes(b"half")

    workspace = opened.reopened()

    names = {path.name for path in (opened.folder / "blobs").iterdir()}
    assert names == {f"{workspace.documents.blob(document.id).result()}.blob"}
    assert f"{orphan.id}.blob" not in names


def test_everything_is_private_to_the_owner(opened: Opened) -> None:
    add(opened.workspace, b"x")
    slots = opened.slots()
    slots.set_recovery_code(opened.key())
    loose = {
        str(path.relative_to(opened.folder)): oct(path.stat().st_mode)
        for path in [opened.folder, *opened.folder.rglob("*")]
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    }
    assert not loose


def test_words_put_in_never_appear_in_any_file(make) -> None:
    marker = "Zwiebelfisch4711"
    opened = make(name=f"name {marker}", key_store=MemoryKeyStore())
    folder = opened.folder
    workspace = opened.workspace
    document = add(workspace, marker.encode() * 5000, f"{marker}.pdf")
    read(workspace, document, *(f"{marker} {number} " * 50 for number in range(40)))
    gone = add(workspace, f"gone {marker}".encode())
    read(workspace, gone, marker)
    workspace.documents.remove(gone.id).result()
    exchange = workspace.chats.start_exchange(
        None, title=marker, question=marker, mode=AnswerMode.EVIDENCE
    ).result()
    workspace.chats.save_partial(exchange.id, text=marker, thinking=marker).result()
    answer = Answer(
        mode=AnswerMode.EVIDENCE, text=marker, citations=(),
        coverage=Coverage(units_used=1, units_total=1),
    )  # fmt: skip
    workspace.chats.finish_exchange(exchange.id, answer, ExchangeState.ANSWERED).result()

    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"workspace.db", "workspace.db-wal", "workspace.db-shm"} <= {p.name for p in files}
    _assert_absent(files, marker, document.sha256)
    opened.close()
    _assert_absent([path for path in folder.rglob("*") if path.is_file()], marker, document.sha256)


def _assert_absent(files: list[Path], *words: str) -> None:
    for path in files:
        content = path.read_bytes()
        for word in words:
            for form in (word.encode(), word.encode("utf-16-le"), word.encode().hex().encode()):
                assert form not in content, path.name
            assert word not in path.name
        assert b"SQLite format" not in content


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, WorkspaceFull),
        (errno.EDQUOT, WorkspaceFull),
        (errno.EFBIG, WorkspaceFull),
        (errno.EROFS, WorkspaceReadOnly),
        (errno.EACCES, WorkspaceForbidden),
    ],
)
def test_what_the_system_refuses_is_said_in_words(tmp_path, number: int, kind: type) -> None:
    assert type(known_os_error(OSError(number, os.strerror(number)), tmp_path)) is kind


# ── released formats ────────────────────────────────────────────────────────


def test_every_released_format_has_a_frozen_workspace() -> None:
    from carrel.workspace.migrations import MIGRATIONS

    assert [path.name for path in sorted(FIXTURES.glob("v*"))] == [
        f"v{number:03}" for number in range(1, len(MIGRATIONS) + 1)
    ]


@pytest.mark.parametrize("version", sorted(p.name for p in FIXTURES.glob("v*")))
def test_a_frozen_workspace_opens_with_all_it_holds(tmp_path: Path, version: str) -> None:
    folder = tmp_path / version
    folder.mkdir()
    _copy(FIXTURES / version, folder)
    code = (FIXTURES / version / "recovery-code.txt").read_text().strip()

    workspace = Workspace.open(folder, Keyslots.load(folder).unlock_with_recovery_code(code))

    try:
        assert workspace.check().result() == ()
        report, letter = reversed(workspace.documents.list().result())
        assert (report.name, report.units, report.passages) == ("Annual report.pdf", 2, 3)
        assert letter.failure is not None
        assert letter.failure.code == "parse.encrypted"
        assert b"".join(workspace.original(report.id)) == b"%PDF-1.7 not really\n" * 10
        assert workspace.documents.unit(report.id, 2).result().text == "Net sales were 3,210."
        (chat,) = workspace.chats.list().result()
        asked, cut = workspace.chats.exchanges(chat.id).result()
        assert asked.answer is not None
        assert asked.answer.citations[0].source_text == "Net sales were 3,210."
        assert asked.answer.citations[0].boxes[0].x1 == 300.5
        assert cut.state is ExchangeState.INTERRUPTED
        assert cut.answer is not None
        assert cut.answer.text == "Probably"
        assert workspace.segments.load().result()[0].body == b"posting segment"
        capsules = workspace.capsules.list().result()
        if version == "v001":  # before there were any
            assert capsules == ()
        else:
            state = b"".join(bytes(piece) for piece in workspace.capsules.read(capsules[0]))
            assert state == bytes(range(256)) * 8
            assert asked.answer.tokens.known == 480
        ledger = workspace.documents.ledger(report.id).result()
        if version < "v003":  # sentences were all there was
            assert [(entry.unit, entry.why) for entry in ledger] == [(0, "Page 3 has no text.")]
            assert (letter.inside, letter.own, report.members) == ((), True, 0)
        else:
            waits = [(1, "Page 1 is a picture.")] if version >= "v009" else []
            left_out = [(entry.unit, entry.why) for entry in ledger]
            assert left_out == [*waits, (2, "Page 2 has no text.")]
            waiting = workspace.recognition.waiting(report.id).result()
            assert [page.number for page in waiting] == ([1] if waits else [])
            assert letter.inside == (Inside(report.id, "old/Letter.pdf"),)
            assert report.members == 1
            assert asked.answer.coverage.unread[0].why == "Page 2 has no text."
        if version >= "v015":
            assert asked.answer.steps[0].words == "Chose 1 of 3 passages"
            assert asked.answer.record.passages[0].end == 21
            assert asked.answer.record.weights == "weights"
        listed = workspace.questionnaires.list().result()
        assert [(one.name, one.answered) for one in listed] == (
            [("Sales", 1)] if version >= "v018" else []
        )
        removed = [one.document.name for one in workspace.documents.removals.waiting().result()]
        assert removed == (["First draft"] if version >= "v007" else [])
        assert (workspace.documents.kept_blob(letter.id).result().secret is None) == (
            version < "v007"
        )
        described = version >= "v005"
        outline = (OutlineEntry(title="Results", level=2, unit=2),) if described else ()
        assert workspace.documents.outline(report.id).result() == outline
        page = workspace.documents.unit(report.id, 2).result()
        blocks = (Block(0, 9, BlockKind.HEADING, 2),) if version >= "v006" else ()
        assert workspace.texts.blocks(page).result() == blocks
        properties = workspace.documents.properties(report.id).result()
        assert properties == ((("Author", "Ada"),) if described else ())
        said = (report.tags, report.collections, report.note)
        labelled = (("Finance",), ("Board 2026",), "Look at page 2.\n")
        assert said == (labelled if version >= "v012" else ((), (), ""))
        drops = workspace.drops.unfinished().result()
        waiting = [[file.path for file in drop.waiting] for drop in drops]
        assert waiting == ([[Path("/in/folder/a.txt")]] if version >= "v011" else [])
        again = workspace.drops.waiting_again().result()
        assert again == ((report.id,) if version >= "v019" else ())
        listed = workspace.wordlists.get([report.id]).result()
        assert listed == ((("net", "sales") if version >= "v020" else ()),)
        written = workspace.written.of(report.id, "v4-flash").result()
        assert [one.sentences[0].mentions[0].text for one in written.values()] == (
            ["Net sales"] if version >= "v021" else []
        )
        into = workspace.translations.list().result()
        assert [(one.language, one.pieces, one.done) for one in into] == (
            [("de", 2, 1)] if version >= "v022" else []
        )
    finally:
        workspace.close()


def _copy(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file() and path.name != "recovery-code.txt":
            goal = target / path.relative_to(source)
            goal.parent.mkdir(exist_ok=True)
            goal.write_bytes(path.read_bytes())
