import json
from collections.abc import Callable
from pathlib import Path

import pytest

from carrel.workspace.errors import (
    KeyslotsDamaged,
    KeyslotsRolledBack,
    KeyStoreFailed,
    KeyStoreUnavailable,
    NoSuchSlot,
    PassphraseEmpty,
    PassphraseNeeded,
    TooFewSlots,
    WorkspaceMissing,
    WorkspaceTooNew,
    WrongPassphrase,
    WrongRecoveryCode,
)
from carrel.workspace.keys import Argon2Cost, new_data_key
from carrel.workspace.keyslots import Keyslots
from carrel.workspace.recovery import new_code, write_code
from carrel.workspace.slotfile import FILE_NAME, PREVIOUS_NAME, SlotKind
from carrel.workspace.store import Workspace
from made_workspaces import CHEAP, PASSPHRASE, MemoryKeyStore, Opened

OTHER = "another passphrase"


class BrokenKeyStore(MemoryKeyStore):
    def keep(self, account: str, secret: bytes) -> None:
        raise KeyStoreFailed(backend=self.backend, cause="it is locked")


def edit(folder: Path, change: Callable[[dict], None]) -> None:
    path = folder / FILE_NAME
    form = json.loads(path.read_bytes())
    change(form)
    path.write_text(json.dumps(form))


def slot_of(form: dict, kind: str) -> dict:
    return next(slot for slot in form["slots"] if slot["kind"] == kind)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def create(folder: Path, **options) -> tuple[Keyslots, str]:
    options = {"passphrase": PASSPHRASE, "key_store": None, "cost": CHEAP, **options}
    return Keyslots.create(folder, new_data_key(), **options)


def load(folder: Path) -> Keyslots:
    return Keyslots.load(folder, floor=CHEAP)


def test_all_ways_in_give_the_same_key(folder: Path) -> None:
    store = MemoryKeyStore()
    _, code = create(folder, key_store=store)
    slots = load(folder)

    by_passphrase = slots.unlock_with_passphrase(PASSPHRASE)

    assert set(slots.kinds) == {"keyring", "passphrase", "recovery"}
    assert by_passphrase == slots.unlock_with_recovery_code(code)
    assert by_passphrase == slots.unlock_with_key_store(store)


def test_without_a_key_store_there_are_passphrase_and_recovery_code(folder: Path) -> None:
    slots, _ = create(folder)
    assert slots.kinds == ("passphrase", "recovery")


def test_without_a_passphrase_there_are_key_store_and_recovery_code(folder: Path) -> None:
    slots, _ = create(folder, passphrase=None, key_store=MemoryKeyStore())
    assert slots.kinds == ("keyring", "recovery")


def test_with_neither_a_passphrase_is_asked_for(folder: Path) -> None:
    with pytest.raises(PassphraseNeeded):
        create(folder, passphrase=None)
    with pytest.raises(PassphraseNeeded):
        create(folder, passphrase=None, key_store=BrokenKeyStore())
    assert not list(folder.iterdir())


def test_a_key_store_that_fails_is_left_out(folder: Path) -> None:
    slots, _ = create(folder, key_store=BrokenKeyStore())
    assert slots.kinds == ("passphrase", "recovery")


def test_an_empty_passphrase_is_refused(folder: Path) -> None:
    with pytest.raises(PassphraseEmpty):
        create(folder, passphrase="")


def test_a_wrong_passphrase_is_said_and_changes_nothing(folder: Path) -> None:
    create(folder)
    before = (folder / FILE_NAME).read_bytes()

    with pytest.raises(WrongPassphrase, match="wrong"):
        load(folder).unlock_with_passphrase(PASSPHRASE + " ")

    assert (folder / FILE_NAME).read_bytes() == before
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


def test_the_code_of_another_workspace_is_not_a_typo(folder: Path) -> None:
    create(folder)
    with pytest.raises(WrongRecoveryCode):
        load(folder).unlock_with_recovery_code(write_code(new_code()))


def test_a_key_store_that_lost_the_key_is_no_lock_out(folder: Path) -> None:
    _, code = create(folder, key_store=MemoryKeyStore("SecretService"))
    slots = load(folder)

    for store in (None, MemoryKeyStore("KWallet5")):
        with pytest.raises(KeyStoreUnavailable, match="SecretService"):
            slots.unlock_with_key_store(store)

    assert slots.unlock_with_passphrase(PASSPHRASE) == slots.unlock_with_recovery_code(code)


def test_a_garbled_key_in_the_key_store_is_no_lock_out(folder: Path) -> None:
    store = MemoryKeyStore()
    create(folder, key_store=store)
    store.kept = dict.fromkeys(store.kept, b"x" * 32)

    with pytest.raises(KeyStoreUnavailable):
        load(folder).unlock_with_key_store(store)
    load(folder).unlock_with_passphrase(PASSPHRASE)


def test_the_item_in_the_key_store_names_the_workspace(folder: Path) -> None:
    store = MemoryKeyStore()
    create(folder, key_store=store)
    workspace = json.loads((folder / FILE_NAME).read_bytes())["workspace"]

    assert [account.split("/")[0] for account in store.kept] == [workspace]


def test_asking_for_a_way_that_is_not_set_names_the_others(folder: Path) -> None:
    create(folder)
    with pytest.raises(NoSuchSlot, match="no key store set") as found:
        load(folder).unlock_with_key_store(MemoryKeyStore())
    assert found.value.failure.remedy == "Open it another way: passphrase, recovery code."


def test_changing_the_passphrase_ends_the_old_one_and_keeps_the_file_before(folder: Path) -> None:
    slots, code = create(folder)
    before = (folder / FILE_NAME).read_bytes()

    slots.set_passphrase(slots.unlock_with_passphrase(PASSPHRASE), OTHER, cost=CHEAP)

    again = load(folder)
    assert again.unlock_with_passphrase(OTHER) == again.unlock_with_recovery_code(code)
    with pytest.raises(WrongPassphrase):
        again.unlock_with_passphrase(PASSPHRASE)
    assert (folder / PREVIOUS_NAME).read_bytes() == before


def test_a_new_recovery_code_ends_the_old_one(folder: Path) -> None:
    slots, old = create(folder)

    new = slots.set_recovery_code(slots.unlock_with_passphrase(PASSPHRASE))

    load(folder).unlock_with_recovery_code(new)
    with pytest.raises(WrongRecoveryCode):
        load(folder).unlock_with_recovery_code(old)


def test_moving_to_another_key_store_forgets_the_old_key(folder: Path) -> None:
    store = MemoryKeyStore()
    slots, _ = create(folder, key_store=store)
    old = set(store.kept)

    slots.set_key_store(slots.unlock_with_passphrase(PASSPHRASE), store)

    assert len(store.kept) == 1
    assert not old & set(store.kept)
    load(folder).unlock_with_key_store(store)


def test_a_key_store_that_fails_changes_nothing(folder: Path) -> None:
    slots, _ = create(folder)
    before = (folder / FILE_NAME).read_bytes()

    with pytest.raises(KeyStoreFailed):
        slots.set_key_store(slots.unlock_with_passphrase(PASSPHRASE), BrokenKeyStore())

    assert (folder / FILE_NAME).read_bytes() == before


def test_two_ways_in_always_stay(folder: Path) -> None:
    store = MemoryKeyStore()
    slots, _ = create(folder, key_store=store)
    key = slots.unlock_with_passphrase(PASSPHRASE)

    slots.remove(key, SlotKind.KEYRING, store=store)

    assert not store.kept
    for kind in (SlotKind.PASSPHRASE, SlotKind.RECOVERY):
        with pytest.raises(TooFewSlots):
            slots.remove(key, kind)
    assert load(folder).kinds == ("passphrase", "recovery")


def test_a_lowered_cost_is_refused_before_any_passphrase_is_tried(folder: Path) -> None:
    create(folder, cost=Argon2Cost(memory_kib=128, passes=2, lanes=1))
    floor = Argon2Cost(memory_kib=128, passes=2, lanes=1)
    Keyslots.load(folder, floor=floor)
    edit(folder, lambda form: slot_of(form, "passphrase").update(memory_kib=64))

    with pytest.raises(KeyslotsDamaged, match="lowered"):
        Keyslots.load(folder, floor=floor)


def test_the_floor_is_the_default(folder: Path) -> None:
    create(folder)
    with pytest.raises(KeyslotsDamaged, match="lowered"):
        Keyslots.load(folder)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("memory_kib", 128),
        ("passes", 2),
        ("salt", "00" * 16),
        ("id", "00" * 8),
        ("nonce", "00" * 12),
        ("wrapped", "00" * 48),
    ],
)
def test_nothing_in_a_slot_can_be_altered(folder: Path, field: str, value: object) -> None:
    _, code = create(folder)
    edit(folder, lambda form: slot_of(form, "passphrase").update({field: value}))

    with pytest.raises(WrongPassphrase):
        load(folder).unlock_with_passphrase(PASSPHRASE)
    with pytest.raises(KeyslotsDamaged, match="altered"):
        load(folder).unlock_with_recovery_code(code)


def test_a_slot_of_another_workspace_opens_nothing(folder: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    create(folder)
    create(theirs, passphrase=OTHER)
    foreign = json.loads((theirs / FILE_NAME).read_bytes())
    edit(folder, lambda form: form.update(slots=foreign["slots"]))

    with pytest.raises(WrongPassphrase):
        load(folder).unlock_with_passphrase(OTHER)


def test_a_slot_taken_out_or_put_back_is_noticed(folder: Path) -> None:
    store = MemoryKeyStore()
    slots, _ = create(folder, key_store=store)
    old = json.loads((folder / FILE_NAME).read_bytes())
    slots.set_passphrase(slots.unlock_with_passphrase(PASSPHRASE), OTHER, cost=CHEAP)

    def put_back(form: dict) -> None:
        form["slots"] = [*(s for s in form["slots"] if s["kind"] != "passphrase"),
                         slot_of(old, "passphrase")]  # fmt: skip

    edit(folder, put_back)
    with pytest.raises(KeyslotsDamaged, match="altered"):
        load(folder).unlock_with_passphrase(PASSPHRASE)

    edit(folder, lambda form: form.update(slots=form["slots"][:1]))
    with pytest.raises(KeyslotsDamaged, match="altered"):
        load(folder).unlock_with_key_store(store)


def test_an_older_file_put_back_is_refused(opened: Opened) -> None:
    old = (opened.folder / FILE_NAME).read_bytes()
    slots = opened.slots()
    slots.set_passphrase(opened.key(), OTHER, cost=CHEAP)
    opened.workspace.record_slots(slots)
    opened.close()
    (opened.folder / FILE_NAME).write_bytes(old)

    key = opened.slots().unlock_with_passphrase(PASSPHRASE)

    with pytest.raises(KeyslotsRolledBack):
        Workspace.open(opened.folder, key)


def test_a_torn_file_is_replaced_by_the_one_before(opened: Opened) -> None:
    slots = opened.slots()
    slots.set_passphrase(opened.key(), OTHER, cost=CHEAP)
    opened.workspace.record_slots(slots)
    opened.close()
    path = opened.folder / FILE_NAME
    path.write_bytes(path.read_bytes()[:100])

    key = opened.slots().unlock_with_passphrase(PASSPHRASE)

    Workspace.open(opened.folder, key).close()


def test_after_a_torn_file_the_next_change_is_newer_than_all(opened: Opened) -> None:
    slots = opened.slots()
    slots.set_passphrase(opened.key(), OTHER, cost=CHEAP)
    opened.workspace.record_slots(slots)
    opened.close()
    (opened.folder / FILE_NAME).write_bytes(b"\0" * 100)
    good = (opened.folder / PREVIOUS_NAME).read_bytes()
    slots = opened.slots()
    key = slots.unlock_with_passphrase(PASSPHRASE)

    slots.set_passphrase(key, "third", cost=CHEAP)

    assert (opened.folder / PREVIOUS_NAME).read_bytes() == good
    Workspace.open(opened.folder, opened.slots().unlock_with_passphrase("third")).close()


def test_a_newer_file_is_refused_in_plain_words(folder: Path) -> None:
    create(folder)
    edit(folder, lambda form: form.update(format=2))
    with pytest.raises(WorkspaceTooNew, match=r"newer version of Carrel \(format 2; .* up to 1"):
        load(folder)


def test_a_missing_file_means_no_workspace(folder: Path) -> None:
    with pytest.raises(WorkspaceMissing):
        load(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"{}",
        b"null",
        b'{"format": 1}',
        b'{"format": true}',
        b'{"format": 1e400}',
        b'{"format": 1, "workspace": "zz", "revision": 1, "slots": [], "mac": ""}',
        b"[" * 5000,
        b" " * 70_000,
        b"\xff\xfe",
    ],
)
def test_a_file_that_is_not_ours_is_called_damaged(folder: Path, content: bytes) -> None:
    (folder / FILE_NAME).write_bytes(content)
    with pytest.raises(KeyslotsDamaged):
        load(folder)


def test_a_cost_that_would_exhaust_the_machine_is_refused(folder: Path) -> None:
    create(folder)
    edit(folder, lambda form: slot_of(form, "passphrase").update(memory_kib=2**40))
    with pytest.raises(KeyslotsDamaged):
        load(folder)


def test_the_same_way_in_twice_is_refused(folder: Path) -> None:
    create(folder)
    edit(folder, lambda form: form["slots"].append(form["slots"][0]))
    with pytest.raises(KeyslotsDamaged, match="twice"):
        load(folder)


def test_no_secret_stands_in_the_file(folder: Path) -> None:
    store = MemoryKeyStore()
    slots, code = create(folder, key_store=store)
    key = slots.unlock_with_passphrase(PASSPHRASE)
    text = (folder / FILE_NAME).read_text()

    secrets = [PASSPHRASE, code, key.secret.hex(), *(kept.hex() for kept in store.kept.values())]
    assert not [secret for secret in secrets if secret in text]
