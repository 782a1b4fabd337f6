"""Who signed a pack, and whom this machine trusts.

Keys are Ed25519, kept as PEM files that other programs can read, too. Must not
know what a manifest says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from carrel.catalog.errors import CatalogError
from carrel.catalog.pack_errors import (
    KeyUnusable,
    NoSuchKey,
    SignatureMissing,
    SignatureWrong,
    SignerUnknown,
)
from carrel.catalog.pack_script import SIGNATURE_HEAD, fingerprint
from carrel.domain.installed import SignatureState
from carrel.system.files import write_atomically

MAX_KEY_BYTES: Final = 4096
"""Bytes of a key file; a public key has 113."""
MAX_KEYS: Final = 256
"""Keys that are trusted."""
MAX_NAME: Final = 60
"""Characters of a key's name; it is the stem of its file."""

_SIGNATURE: Final = re.compile(
    re.escape(SIGNATURE_HEAD.encode()) + rb"\n(?P<key>[0-9a-f]{64})\n(?P<signature>[0-9a-f]{128})\n"
)
"""The whole of a signature file: every other byte in it makes it wrong."""
MAX_SIGNATURE_BYTES: Final = 1024
"""Bytes read of a signature file; one has 213."""
_UNWANTED: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A key that signs packs.

    Attributes:
        name: as it is listed here.
        raw: its 32 bytes.
    """

    name: str
    raw: bytes

    @property
    def fingerprint(self) -> str:
        """What two people compare by telephone."""
        return fingerprint(self.raw)


def read_key(path: Path) -> PublicKey:
    """A public key from a PEM file.

    Raises:
        KeyUnusable: it is none, or cannot be read.
    """
    try:
        with path.open("rb") as stream:
            untrusted_bytes = stream.read(MAX_KEY_BYTES + 1)
    except OSError as error:
        cause = (error.strerror or str(error)).lower()
        raise KeyUnusable(name=path.name, cause=cause) from error
    if b"PRIVATE KEY" in untrusted_bytes:
        raise KeyUnusable(name=path.name, cause="it is the secret half, which stays with its owner")
    try:
        key = serialization.load_pem_public_key(untrusted_bytes[:MAX_KEY_BYTES])
    except Exception as error:  # the parser's own errors are many, and none is ours to tell apart
        raise KeyUnusable(name=path.name, cause="it is not a public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(name=path.name, cause="it is not an Ed25519 key")
    name = _UNWANTED.sub("-", path.stem).strip("-.")[:MAX_NAME] or "key"
    return PublicKey(name=name, raw=key.public_bytes_raw())


class TrustedKeys:
    """The public keys whose signatures count here, one file each.

    Args:
        folder: where they lie; made when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self) -> tuple[PublicKey, ...]:
        """All of them, in the order of their names.

        Raises:
            KeyUnusable: a file there is none.
        """
        return tuple(read_key(path) for path in sorted(self._folder.glob("*.pub"))[:MAX_KEYS])

    def add(self, path: Path) -> PublicKey:
        """Trust a key from now on; the same key twice is one.

        Raises:
            KeyUnusable: it is none, or another key has its name.
            CatalogError: it cannot be stored.
        """
        key = read_key(path)
        for known in self.list():
            if known.raw == key.raw:
                return known
            if known.name == key.name:
                raise KeyUnusable(name=path.name, cause="another trusted key has this name")
        pem = Ed25519PublicKey.from_public_bytes(key.raw).public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._folder / f"{key.name}.pub", pem)
        except OSError as error:
            raise CatalogError(cause=(error.strerror or str(error)).lower()) from error
        return key

    def remove(self, name: str) -> None:
        """No longer trust a key.

        Raises:
            NoSuchKey: none has this name.
        """
        if all(known.name != name for known in self.list()):
            raise NoSuchKey(name=name)
        (self._folder / f"{name}.pub").unlink(missing_ok=True)


def check_signature(
    content: bytes,
    untrusted_signature: bytes | None,
    trusted: tuple[PublicKey, ...],
    *,
    required: bool,
) -> tuple[SignatureState, str]:
    """Who vouches for the bytes of a manifest.

    Args:
        untrusted_signature: the signature file; None if there is none.
        required: refuse what is not signed.

    Returns:
        The state, and the name of the trusted key that signed.

    Raises:
        SignatureMissing, SignatureWrong, SignerUnknown: refused.
    """
    if untrusted_signature is None:
        if required:
            raise SignatureMissing
        return SignatureState.UNSIGNED, ""
    found = _SIGNATURE.fullmatch(untrusted_signature)
    if found is None:
        raise SignatureWrong(cause="its file is damaged")
    raw, signature = (bytes.fromhex(found[name].decode()) for name in ("key", "signature"))
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, content)
    except (InvalidSignature, ValueError) as error:
        raise SignatureWrong(cause="the manifest is not what was signed") from error
    for key in trusted:
        if key.raw == raw:
            return SignatureState.SIGNED, key.name
    raise SignerUnknown(fingerprint=fingerprint(raw))
