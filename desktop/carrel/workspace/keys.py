"""The data key, what is derived from it, and how it is wrapped.

One random key per workspace; every key in use is derived from it under its own
label, so that no two purposes share one. Must not know where the wrapped forms
are kept, nor which ways in exist.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from carrel.workspace.errors import TooLittleMemory

KEY_BYTES: Final = 32
"""Bytes; AES-256 and SQLCipher's raw key."""

SALT_BYTES: Final = 16
"""Bytes; RFC 9106 recommends 16 for Argon2id."""

NONCE_BYTES: Final = 12
"""Bytes; the nonce length AES-GCM is specified for (NIST SP 800-38D)."""

WORKSPACE_ID_BYTES: Final = 16
"""Bytes; random, so that two workspaces never share one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Argon2Cost:
    """Parameters of Argon2id (RFC 9106).

    Attributes:
        memory_kib: KiB of memory.
        passes: over that memory.
        lanes: computed side by side.
    """

    memory_kib: int
    passes: int
    lanes: int

    def at_least(self, floor: Argon2Cost) -> bool:
        """Whether no parameter lies below the floor's."""
        return self.memory_kib >= floor.memory_kib and self.passes >= floor.passes


DEFAULT_COST: Final = Argon2Cost(memory_kib=256 * 1024, passes=3, lanes=4)
"""About 2 s on two slow cores: bearable once a day, 256 MiB for every guess of an attacker."""

FLOOR_COST: Final = Argon2Cost(memory_kib=64 * 1024, passes=3, lanes=4)
"""RFC 9106's second recommendation (64 MiB, 3 passes). A slot below it was tampered with."""

CEILING_COST: Final = Argon2Cost(memory_kib=4 * 1024 * 1024, passes=64, lanes=64)
"""A file that asks for more would only hang or exhaust the machine that reads it."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """A workspace's key, unlocked. Never logged: its text says nothing.

    Attributes:
        workspace: id of the workspace it belongs to.
        revision: of the key slots it was unlocked with; see `keyslots`.
    """

    workspace: str
    secret: bytes = field(repr=False)
    revision: int = field(default=1, compare=False)

    @property
    def database_key(self) -> bytes:
        """For SQLCipher."""
        return self._derive("database")

    @property
    def blob_key(self) -> bytes:
        """For originals; each blob has a key of its own derived from this one."""
        return self._derive("blobs")

    @property
    def capsule_key(self) -> bytes:
        """For capsules; each has a key of its own, which needs the secret in its row as well."""
        return self._derive("capsules")

    @property
    def fence_key(self) -> bytes:
        """For the words that fence documents in from the engine; no document can know them."""
        return self._derive("fences")

    @property
    def audit_key(self) -> bytes:
        """For the audit log's chain of authenticators."""
        return self._derive("audit")

    @property
    def slots_key(self) -> bytes:
        """For the authenticator over the file of key slots."""
        return self._derive("keyslots")

    def _derive(self, purpose: str) -> bytes:
        return derive(self.secret, salt=bytes.fromhex(self.workspace), purpose=purpose)


def new_data_key() -> DataKey:
    """A fresh key for a fresh workspace."""
    return DataKey(secrets.token_hex(WORKSPACE_ID_BYTES), secrets.token_bytes(KEY_BYTES))


def derive(secret: bytes, *, salt: bytes, purpose: str) -> bytes:
    """A key for one purpose (HKDF-SHA256, RFC 5869). The labels are part of the format."""
    label = f"carrel/1/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=label).derive(secret)


def stretch(passphrase: str, *, salt: bytes, cost: Argon2Cost) -> bytes:
    """A key from a passphrase, slowly, on the caller's thread (0.5 to 2 s).

    The passphrase is normalised (NFKC), so that the same characters typed on another keyboard or
    system give the same key.

    Raises:
        TooLittleMemory: the machine cannot spare what the parameters ask for.
    """
    typed = unicodedata.normalize("NFKC", passphrase).encode()
    try:
        return Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=cost.passes,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        ).derive(typed)
    except MemoryError as error:
        raise TooLittleMemory(needed=f"{cost.memory_kib // 1024} MiB") from error


def wrap(key: bytes, secret: bytes, *, header: bytes) -> tuple[bytes, bytes]:
    """Encrypt a secret under a key, bound to a header.

    Returns:
        The nonce, and the wrapped secret with its tag.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce, AESGCM(key).encrypt(nonce, secret, header)


def unwrap(key: bytes, nonce: bytes, wrapped: bytes, *, header: bytes) -> bytes | None:
    """The secret, or None when the key is wrong or anything was altered."""
    try:
        return AESGCM(key).decrypt(nonce, wrapped, header)
    except InvalidTag:
        return None
