"""The file of key slots as it lies on the disk: read strictly, written whole.

Everything in it may have been written by somebody else, and is checked here:
form, sizes, and that no cost lies below the floor. Must not know how a slot is
opened.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from carrel.system.files import write_atomically
from carrel.workspace.errors import KeyslotsDamaged, WorkspaceMissing, WorkspaceTooNew
from carrel.workspace.failures import known_os_error
from carrel.workspace.keys import (
    CEILING_COST,
    KEY_BYTES,
    NONCE_BYTES,
    SALT_BYTES,
    WORKSPACE_ID_BYTES,
    Argon2Cost,
)

SLOT_FORMAT: Final = 1
FILE_NAME: Final = "keyslots.json"
PREVIOUS_NAME: Final = "keyslots.previous.json"

MAX_FILE_BYTES: Final = 64 * 1024
"""Bytes. Three slots take 2 KB."""

MAX_SLOTS: Final = 16
"""More than one of each kind has no use; the rest is room for later kinds."""

MAX_REVISION: Final = 2**31
"""Changes of a lifetime: one a second for 68 years."""

TAG_BYTES: Final = 16
MAC_BYTES: Final = 32
SLOT_ID_BYTES: Final = 8
MAX_NAME: Final = 64
"""Characters of a key store's name."""


class SlotKind(StrEnum):
    """A way in."""

    KEYRING = "keyring"
    """A random key kept by the operating system's key store."""
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a way in
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One way in, and the data key wrapped for it.

    Attributes:
        id: random; names the key in the key store.
        salt: of the key derivation.
        cost: of a passphrase; None for the other kinds.
        key_store: where a keyring slot's key is kept; else empty.
    """

    kind: SlotKind
    id: str
    salt: bytes
    cost: Argon2Cost | None = None
    key_store: str = ""
    nonce: bytes = b""
    wrapped: bytes = b""

    def header(self, workspace: str) -> bytes:
        """What the wrapped key is bound to: everything but the wrapping itself."""
        bare = replace(self, nonce=b"", wrapped=b"")
        return _canonical({"format": SLOT_FORMAT, "workspace": workspace, "slot": _slot_form(bare)})


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFile:
    """All ways in.

    Attributes:
        revision: counts changes, so that an older file put back is noticed.
        mac: authenticates the rest under the data key.
        stands_in: read from the previous file, because the newest does not read.
    """

    workspace: str
    revision: int
    slots: tuple[Slot, ...]
    mac: bytes = b""
    stands_in: bool = False

    def body(self) -> bytes:
        """What `mac` authenticates."""
        return _canonical(_form(replace(self, mac=b"")))


def write_slots(folder: Path, content: SlotFile, *, keep_previous: bool) -> None:
    """Replace the file, keeping the previous one beside it unless that is the only good one.

    Raises:
        WorkspaceError: the disk is full, or refuses; the file is as before then.
    """
    path = folder / FILE_NAME
    text = json.dumps(_form(content), indent=1).encode()
    try:
        if keep_previous:
            write_atomically(folder / PREVIOUS_NAME, path.read_bytes())
        write_atomically(path, text)
    except OSError as error:
        raise known_os_error(error, folder) from error


def read_slots(folder: Path, *, floor: Argon2Cost) -> SlotFile:
    """Read and check the file; the previous one stands in for a file that does not read at all.

    Raises:
        WorkspaceMissing: there is none.
        WorkspaceTooNew: a newer program wrote it.
        KeyslotsDamaged: it does not read as we wrote it, or a cost lies below the floor.
    """
    try:
        return _read_one(folder / FILE_NAME, floor)
    except FileNotFoundError as error:
        raise WorkspaceMissing(folder=folder.name) from error
    except OSError as error:
        raise known_os_error(error, folder) from error
    except _NotJson as broken:
        try:
            return replace(_read_one(folder / PREVIOUS_NAME, floor), stands_in=True)
        except (OSError, _NotJson):
            raise KeyslotsDamaged(cause="it does not read as key slots") from broken


class _NotJson(Exception):
    """Torn or overwritten, rather than altered with care."""


def _read_one(path: Path, floor: Argon2Cost) -> SlotFile:
    with path.open("rb") as file:
        untrusted_text = file.read(MAX_FILE_BYTES + 1)
    if len(untrusted_text) > MAX_FILE_BYTES:
        raise KeyslotsDamaged(cause="it is too large")
    try:
        untrusted = json.loads(untrusted_text)
    except (ValueError, RecursionError) as error:
        raise _NotJson from error
    try:
        return _check_file(untrusted, floor)
    except (KeyError, TypeError, ValueError) as error:
        raise KeyslotsDamaged(cause="an entry is missing or has a wrong form") from error


def _check_file(untrusted: Any, floor: Argon2Cost) -> SlotFile:  # noqa: ANN401 - any JSON
    found = _whole(untrusted["format"], 1, MAX_REVISION)
    if found > SLOT_FORMAT:
        raise WorkspaceTooNew(found=found, known=SLOT_FORMAT)
    untrusted_slots = untrusted["slots"]
    if not isinstance(untrusted_slots, list) or not 1 <= len(untrusted_slots) <= MAX_SLOTS:
        raise ValueError("slots")
    slots = tuple(_check_slot(untrusted_slot, floor) for untrusted_slot in untrusted_slots)
    if len({slot.kind for slot in slots}) != len(slots):
        raise KeyslotsDamaged(cause="a way in is there twice")
    return SlotFile(
        workspace=_hex(untrusted["workspace"], WORKSPACE_ID_BYTES).hex(),
        revision=_whole(untrusted["revision"], 1, MAX_REVISION),
        slots=slots,
        mac=_hex(untrusted["mac"], MAC_BYTES),
    )


def _check_slot(untrusted: Any, floor: Argon2Cost) -> Slot:  # noqa: ANN401 - any JSON
    kind = SlotKind(untrusted["kind"])
    cost = None
    key_store = ""
    if kind is SlotKind.PASSPHRASE:
        cost = Argon2Cost(
            memory_kib=_whole(untrusted["memory_kib"], 1, CEILING_COST.memory_kib),
            passes=_whole(untrusted["passes"], 1, CEILING_COST.passes),
            lanes=_whole(untrusted["lanes"], 1, CEILING_COST.lanes),
        )
        if not cost.at_least(floor):
            raise KeyslotsDamaged(cause="the passphrase's protection was lowered")
    if kind is SlotKind.KEYRING:
        key_store = untrusted["key_store"]
        if not isinstance(key_store, str) or not re.fullmatch(rf"\w{{1,{MAX_NAME}}}", key_store):
            raise ValueError("key_store")
    return Slot(
        kind=kind,
        id=_hex(untrusted["id"], SLOT_ID_BYTES).hex(),
        salt=_hex(untrusted["salt"], SALT_BYTES),
        cost=cost,
        key_store=key_store,
        nonce=_hex(untrusted["nonce"], NONCE_BYTES),
        wrapped=_hex(untrusted["wrapped"], KEY_BYTES + TAG_BYTES),
    )


def _whole(untrusted: object, lowest: int, highest: int) -> int:
    if not isinstance(untrusted, int) or isinstance(untrusted, bool):
        raise TypeError("not a whole number")
    if not lowest <= untrusted <= highest:
        raise ValueError("out of range")
    return untrusted


def _hex(untrusted: object, length: int) -> bytes:
    if not isinstance(untrusted, str) or len(untrusted) != 2 * length:
        raise ValueError("wrong length")
    return bytes.fromhex(untrusted)


def _form(content: SlotFile) -> dict[str, Any]:
    return {
        "format": SLOT_FORMAT,
        "workspace": content.workspace,
        "revision": content.revision,
        "slots": [_slot_form(slot) for slot in content.slots],
        "mac": content.mac.hex(),
    }


def _slot_form(slot: Slot) -> dict[str, Any]:
    form: dict[str, Any] = {"kind": str(slot.kind), "id": slot.id, "salt": slot.salt.hex()}
    if slot.cost is not None:
        form |= {
            "kdf": "argon2id",
            "memory_kib": slot.cost.memory_kib,
            "passes": slot.cost.passes,
            "lanes": slot.cost.lanes,
        }
    if slot.kind is SlotKind.KEYRING:
        form["key_store"] = slot.key_store
    return form | {"nonce": slot.nonce.hex(), "wrapped": slot.wrapped.hex()}


def _canonical(form: dict[str, Any]) -> bytes:
    return json.dumps(form, sort_keys=True, separators=(",", ":")).encode()
