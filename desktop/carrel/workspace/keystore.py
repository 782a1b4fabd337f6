"""The operating system's key store, through backends named here and no others.

`keyring` on its own would follow the environment and a configuration file to
any module on the path, and stores in plain text where it finds nothing better.
So its top level functions are never called; we name the classes, keep what the
environment sets out of them, and read back what was written before trusting it.

Every call may block on a prompt: it runs on a thread of its own with a time-out.
Must not know what the secrets open.
"""

from __future__ import annotations

import importlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from carrel.workspace.errors import KeyStoreFailed

SERVICE: Final = "Carrel workspace key"
"""What the key store's own window shows as the item's name."""

ANSWER_SECONDS: Final = 30.0
"""Seconds; long enough to type a password into the key store's prompt."""

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class KeyStore(Protocol):
    """Keeps small secrets for the user who is logged in.

    Attributes:
        backend: stable name, recorded in the slot.
    """

    backend: str

    def keep(self, account: str, secret: bytes) -> None:
        """Store, read back and compare.

        Raises:
            KeyStoreFailed: it refused, did not answer, or gave back something else.
        """

    def find(self, account: str) -> bytes | None:
        """The secret, or None.

        Raises:
            KeyStoreFailed: it is locked or did not answer.
        """

    def forget(self, account: str) -> None:
        """Remove the secret, if it is there.

        Raises:
            KeyStoreFailed: it refused or did not answer.
        """


class Backend(Protocol):
    """What we use of a backend of `keyring`."""

    def get_password(self, service: str, username: str) -> str | None:
        """The stored text."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store a text."""

    def delete_password(self, service: str, username: str) -> None:
        """Remove it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBackend:
    """A backend we trust to keep secrets encrypted.

    Attributes:
        name: stable; recorded in the slot.
        platform: prefix of `sys.platform`.
        fixed: class attributes set by us, whatever the environment says.
    """

    name: str
    platform: str
    module: str
    kind: str
    fixed: dict[str, Any] = field(default_factory=dict)

    def start(self) -> Backend:
        """The backend, ready for use; raises anything when it is not viable here."""
        found = getattr(importlib.import_module(self.module), self.kind)
        # `keyring` lets KEYRING_PROPERTY_… set any attribute of a backend, such as the collection
        # used; in our subclass it cannot.
        ignored = {"set_properties_from_env": lambda _self: None}
        kind: Any = type(f"Carrel{self.name}", (found,), {**ignored, **self.fixed})
        _ = kind.priority  # asks whether its service answers; raises when not
        backend: Backend = kind()
        return backend


_KWALLET: Final = "keyring.backends.kwallet"

NAMED_BACKENDS: Final = (
    NamedBackend(
        name="SecretService",
        platform="linux",
        module="keyring.backends.SecretService",
        kind="Keyring",
    ),
    NamedBackend(
        name="KWallet6",
        platform="linux",
        module=_KWALLET,
        kind="DBusKeyring",
        fixed={
            "appid": "Carrel",
            "bus_name": "org.kde.kwalletd6",
            "object_path": "/modules/kwalletd6",
        },
    ),
    NamedBackend(
        name="KWallet5",
        platform="linux",
        module=_KWALLET,
        kind="DBusKeyring",
        fixed={"appid": "Carrel"},
    ),
    NamedBackend(
        name="WindowsVault",
        platform="win32",
        module="keyring.backends.Windows",
        kind="WinVaultKeyring",
        fixed={"persist": 2},  # CRED_PERSIST_LOCAL_MACHINE: never roams to another computer
    ),
    NamedBackend(
        name="MacKeychain",
        platform="darwin",
        module="keyring.backends.macOS",
        kind="Keyring",
        fixed={"keychain": None},  # KEYCHAIN_PATH would name another one
    ),
)
"""In order of preference."""


class SystemKeyStore:
    """A key store of the operating system.

    Args:
        backend: name of it.
        keyring: the backend; called on a thread of its own, one call at a time.
        seconds: time-out of each call.
    """

    def __init__(self, backend: str, keyring: Backend, *, seconds: float = ANSWER_SECONDS) -> None:
        self.backend = backend
        self._keyring = keyring
        self._seconds = seconds

    def keep(self, account: str, secret: bytes) -> None:
        """Store, read back and compare; see `KeyStore`."""
        self._call(lambda: self._keyring.set_password(SERVICE, account, secret.hex()))
        if self.find(account) != secret:
            raise KeyStoreFailed(backend=self.backend, cause="it did not give the key back")

    def find(self, account: str) -> bytes | None:
        """The secret, or None; see `KeyStore`."""
        untrusted_text = self._call(lambda: self._keyring.get_password(SERVICE, account))
        if untrusted_text is None:
            return None
        try:
            return bytes.fromhex(untrusted_text)
        except (TypeError, ValueError) as error:
            raise KeyStoreFailed(backend=self.backend, cause="the key is garbled") from error

    def forget(self, account: str) -> None:
        """Remove the secret, if it is there; see `KeyStore`."""
        if self.find(account) is not None:
            self._call(lambda: self._keyring.delete_password(SERVICE, account))

    def _call(self, ask: Callable[[], _Result]) -> _Result:
        try:
            return _within(self._seconds, ask)
        except TimeoutError as error:
            cause = f"it did not answer within {self._seconds:g} seconds"
            raise KeyStoreFailed(backend=self.backend, cause=cause) from error
        except Exception as error:  # the border to the backends
            # Their messages may name items; the kind of error says enough.
            raise KeyStoreFailed(backend=self.backend, cause=_kind(error)) from error


def open_key_store(
    *, named: Sequence[NamedBackend] = NAMED_BACKENDS, seconds: float = ANSWER_SECONDS
) -> KeyStore | None:
    """The first named key store that answers, or None. Never raises.

    May take up to `seconds`, so it is not for the window's thread.
    """
    deadline = time.monotonic() + seconds
    for candidate in named:
        if not sys.platform.startswith(candidate.platform):
            continue
        try:
            backend = _within(max(0.0, deadline - time.monotonic()), candidate.start)
        except Exception as error:  # noqa: BLE001 - the border to the backends
            _log.info("key store %s is not available: %s", candidate.name, type(error).__name__)
            continue
        return SystemKeyStore(candidate.name, backend, seconds=seconds)
    return None


def _within(seconds: float, ask: Callable[[], _Result]) -> _Result:
    """Run on a thread of its own, and stop waiting after a while.

    The thread is a daemon: a prompt nobody answers must not keep the program alive.
    """
    results: list[_Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(ask())
        except BaseException as error:  # noqa: BLE001 - handed to the waiting thread
            errors.append(error)

    thread = threading.Thread(target=run, name="key-store", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError
    return results[0]


def _kind(error: BaseException) -> str:
    locked = type(error).__name__ in {"KeyringLocked", "InitError"}
    return "it is locked" if locked else f"it reported {type(error).__name__}"
