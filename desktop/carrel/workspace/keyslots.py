"""The ways into a workspace: at least two, each wrapping the same data key.

A missing key store is then never a lock-out, and a forgotten passphrase is not
either. Changes are written whole, the file before them is kept, and a code over
everything, made with the data key, shows when slots were altered or put back.
Must not know the database.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from carrel.workspace.errors import (
    KeyslotsDamaged,
    KeyStoreFailed,
    KeyStoreUnavailable,
    NoSuchSlot,
    PassphraseEmpty,
    PassphraseNeeded,
    TooFewSlots,
    WrongKey,
    WrongPassphrase,
    WrongRecoveryCode,
)
from carrel.workspace.keys import (
    DEFAULT_COST,
    FLOOR_COST,
    KEY_BYTES,
    SALT_BYTES,
    Argon2Cost,
    DataKey,
    derive,
    stretch,
    unwrap,
    wrap,
)
from carrel.workspace.keystore import KeyStore
from carrel.workspace.recovery import new_code, read_code, write_code
from carrel.workspace.slotfile import (
    SLOT_ID_BYTES,
    Slot,
    SlotFile,
    SlotKind,
    read_slots,
    write_slots,
)

LEAST_SLOTS: Final = 2
"""With one way in, one loss is the loss of everything."""

_log = logging.getLogger(__name__)


class Keyslots:
    """The key slots of one workspace. Used from one thread at a time.

    Args:
        folder: of the workspace.
        content: what the file holds.
    """

    def __init__(self, folder: Path, content: SlotFile) -> None:
        self._folder = folder
        self._content = content

    @classmethod
    def create(
        cls,
        folder: Path,
        key: DataKey,
        *,
        passphrase: str | None,
        key_store: KeyStore | None,
        cost: Argon2Cost = DEFAULT_COST,
    ) -> tuple[Keyslots, str]:
        """Make the first slots: recovery code, and passphrase or key store or both.

        A key store that fails is left out when there is a passphrase.

        Returns:
            The slots, and the recovery code to be shown once.

        Raises:
            PassphraseNeeded: no passphrase, and no key store that works.
            WorkspaceError: they cannot be written.
        """
        found = cls(folder, SlotFile(workspace=key.workspace, revision=0, slots=()))
        slots: list[Slot] = []
        if key_store is not None:
            try:
                slots.append(found._key_store_slot(key, key_store))
            except KeyStoreFailed as error:
                _log.warning("no key is kept in the key store: %s", error)
        if passphrase is not None:
            slots.append(found._passphrase_slot(key, passphrase, cost))
        elif not slots:
            raise PassphraseNeeded
        slot, code = found._recovery_slot(key)
        found._write(key, (*slots, slot))
        return found, code

    @classmethod
    def load(cls, folder: Path, *, floor: Argon2Cost = FLOOR_COST) -> Keyslots:
        """Read the slots of a workspace.

        Args:
            floor: a passphrase slot that costs less is refused.

        Raises:
            WorkspaceMissing, WorkspaceTooNew, KeyslotsDamaged.
        """
        return cls(folder, read_slots(folder, floor=floor))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The ways in: of ``keyring``, ``passphrase``, ``recovery``."""
        return tuple(str(slot.kind) for slot in self._content.slots)

    @property
    def revision(self) -> int:
        """Counts the changes; one that was lost with a torn file counts too."""
        return self._content.revision + self._content.stands_in

    def unlock_with_key_store(self, store: KeyStore | None) -> DataKey:
        """Open with the key kept by the operating system.

        Raises:
            KeyStoreUnavailable: it is not there, or another one is.
            KeyStoreFailed: it is locked or did not answer.
        """
        slot = self._slot(SlotKind.KEYRING)
        offered = "no key store answers" if store is None else f"{store.backend} answers"
        # Another backend may still hold it (they share stores on some desktops), so it is asked.
        secret = None if store is None else store.find(self._account(slot))
        key = self._open(slot, _slot_key(slot, secret)) if secret is not None else None
        if key is None:
            raise KeyStoreUnavailable(kept=slot.key_store, offered=offered)
        return key

    def unlock_with_passphrase(self, passphrase: str) -> DataKey:
        """Open with the passphrase; takes a second or two on the caller's thread.

        Raises:
            WrongPassphrase: nothing was changed.
        """
        slot = self._slot(SlotKind.PASSPHRASE)
        if slot.cost is None:
            raise KeyslotsDamaged(cause="the passphrase has no parameters")
        key = self._open(slot, stretch(passphrase, salt=slot.salt, cost=slot.cost))
        if key is None:
            raise WrongPassphrase
        return key

    def unlock_with_recovery_code(self, code: str) -> DataKey:
        """Open with the printed code.

        Raises:
            RecoveryCodeTypo, RecoveryCodeLength: it was mistyped.
            WrongRecoveryCode: it belongs to another workspace, or was replaced.
        """
        slot = self._slot(SlotKind.RECOVERY)
        key = self._open(slot, _slot_key(slot, read_code(code)))
        if key is None:
            raise WrongRecoveryCode
        return key

    def set_passphrase(
        self, key: DataKey, passphrase: str, *, cost: Argon2Cost = DEFAULT_COST
    ) -> None:
        """Set or replace the passphrase; the old one stops working."""
        self._replace(key, self._passphrase_slot(key, passphrase, cost))

    def set_recovery_code(self, key: DataKey) -> str:
        """Replace the recovery code; the old one stops working. Returns the new one."""
        slot, code = self._recovery_slot(key)
        self._replace(key, slot)
        return code

    def set_key_store(self, key: DataKey, store: KeyStore) -> None:
        """Keep a key in the key store; one kept there before is removed after the change.

        Raises:
            KeyStoreFailed: it did not work; nothing was changed.
        """
        old = self._find(SlotKind.KEYRING)
        self._replace(key, self._key_store_slot(key, store))
        if old is not None:
            self._forget(old, store)

    def remove(self, key: DataKey, kind: SlotKind, *, store: KeyStore | None = None) -> None:
        """Remove a way in.

        Args:
            store: where a keyring slot's key is removed too, if it is there.

        Raises:
            TooFewSlots: fewer than two would be left.
        """
        slot = self._slot(kind)
        if len(self._content.slots) <= LEAST_SLOTS:
            raise TooFewSlots
        self._write(key, tuple(other for other in self._content.slots if other is not slot))
        if kind is SlotKind.KEYRING and store is not None:
            self._forget(slot, store)

    def _passphrase_slot(self, key: DataKey, passphrase: str, cost: Argon2Cost) -> Slot:
        if not passphrase:
            raise PassphraseEmpty
        slot = Slot(kind=SlotKind.PASSPHRASE, id=_new_id(), salt=_new_salt(), cost=cost)
        return _wrapped(slot, key, stretch(passphrase, salt=slot.salt, cost=cost))

    def _recovery_slot(self, key: DataKey) -> tuple[Slot, str]:
        code = new_code()
        slot = Slot(kind=SlotKind.RECOVERY, id=_new_id(), salt=_new_salt())
        return _wrapped(slot, key, _slot_key(slot, code)), write_code(code)

    def _key_store_slot(self, key: DataKey, store: KeyStore) -> Slot:
        secret = secrets.token_bytes(KEY_BYTES)
        slot = Slot(kind=SlotKind.KEYRING, id=_new_id(), salt=_new_salt(), key_store=store.backend)
        store.keep(self._account(slot), secret)
        return _wrapped(slot, key, _slot_key(slot, secret))

    def _open(self, slot: Slot, key: bytes) -> DataKey | None:
        header = slot.header(self._content.workspace)
        secret = unwrap(key, slot.nonce, slot.wrapped, header=header)
        if secret is None:
            return None
        opened = DataKey(self._content.workspace, secret, self.revision)
        self._verify(opened)
        return opened

    def _verify(self, key: DataKey) -> None:
        if key.workspace != self._content.workspace:
            raise WrongKey
        if not hmac.compare_digest(_mac(key, self._content), self._content.mac):
            raise KeyslotsDamaged(cause="the list of the ways in was altered")

    def _replace(self, key: DataKey, slot: Slot) -> None:
        others = tuple(other for other in self._content.slots if other.kind is not slot.kind)
        self._write(key, (*others, slot))

    def _write(self, key: DataKey, slots: tuple[Slot, ...]) -> None:
        if self._content.revision:
            self._verify(key)
        content = SlotFile(workspace=key.workspace, revision=self.revision + 1, slots=slots)
        content = replace(content, mac=_mac(key, content))
        keep_previous = bool(self._content.revision) and not self._content.stands_in
        write_slots(self._folder, content, keep_previous=keep_previous)
        self._content = content

    def _slot(self, kind: SlotKind) -> Slot:
        slot = self._find(kind)
        if slot is None:
            names = {"keyring": "key store", "recovery": "recovery code"}
            raise NoSuchSlot(
                kind=names.get(kind, kind),
                others=", ".join(names.get(other, other) for other in self.kinds),
            )
        return slot

    def _find(self, kind: SlotKind) -> Slot | None:
        return next((slot for slot in self._content.slots if slot.kind is kind), None)

    def _account(self, slot: Slot) -> str:
        return f"{self._content.workspace}/{slot.id}"

    def _forget(self, slot: Slot, store: KeyStore) -> None:
        # The slot is gone already, so what is left behind opens nothing.
        with suppress(KeyStoreFailed):
            store.forget(self._account(slot))


def _wrapped(slot: Slot, key: DataKey, slot_key: bytes) -> Slot:
    nonce, wrapped = wrap(slot_key, key.secret, header=slot.header(key.workspace))
    return replace(slot, nonce=nonce, wrapped=wrapped)


def _slot_key(slot: Slot, secret: bytes) -> bytes:
    """From random bits: no slow derivation is needed where nothing can be guessed."""
    return derive(secret, salt=slot.salt, purpose=f"slot/{slot.kind}")


def _mac(key: DataKey, content: SlotFile) -> bytes:
    return hmac.digest(key.slots_key, content.body(), "sha256")


def _new_id() -> str:
    return secrets.token_hex(SLOT_ID_BYTES)


def _new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)
