"""The way into a workspace: create it, or open it by key store, passphrase or recovery code.

Everything that takes time (Argon2id takes seconds on purpose, a key store may
ask the user) happens on a thread of its own. Must not know who is waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from carrel.app.app import App
from carrel.domain.errors import KnownError
from carrel.domain.workspaces import Seal
from carrel.settings import LAST_WORKSPACE, Settings, default_workspace
from carrel.workspace.errors import WrongPassphrase, WrongRecoveryCode
from carrel.workspace.keys import DataKey
from carrel.workspace.keyslots import Keyslots
from carrel.workspace.keystore import open_key_store
from carrel.workspace.store import Workspace

_Unlock = Callable[[Keyslots], DataKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A new workspace: the open core, and the recovery code, shown this once."""

    app: App
    recovery_code: str


class Door:
    """Opens workspaces.

    Args:
        seal: of this process; without one no workspace opens.
        remember: the workspace opened is the one that opens at the next start of the window.
    """

    def __init__(self, seal: Seal, *, remember: bool = False) -> None:
        self._seal = seal
        self._settings = Settings()
        self._remember = remember
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="door")

    @property
    def folder(self) -> Path | None:
        """The workspace used last; None at the first start."""
        last = self._settings.get(LAST_WORKSPACE)
        return Path(last) if last else None

    @property
    def suggested_folder(self) -> Path:
        """Where a first workspace is made."""
        return default_workspace()

    def has_workspace(self, folder: Path) -> Future[bool]:
        """Whether a workspace lies in this folder."""
        return self._threads.submit(Workspace.exists, folder)

    def create(
        self, folder: Path, *, name: str, passphrase: str, use_keyring: bool = True
    ) -> Future[Created]:
        """Make a workspace.

        Args:
            folder: empty, or not there yet.
            name: shown in the window; the folder's name when empty.
            passphrase: may be empty only where the key store keeps a key.
            use_keyring: put one key slot into the system's key store if there is one.
        """
        return self._threads.submit(self._create, folder, name, passphrase, use_keyring)

    def open_with_keyring(self, folder: Path) -> Future[App | None]:
        """Open with the system's key store; None when it holds no key for this folder."""
        return self._threads.submit(self._open_with_keyring, folder)

    def unlock(
        self, folder: Path, *, passphrase: str | None = None, recovery: str | None = None
    ) -> Future[App]:
        """Open with a passphrase or the recovery code."""
        if recovery is not None:
            return self._threads.submit(
                self._open, folder, lambda slots: slots.unlock_with_recovery_code(recovery)
            )
        return self._threads.submit(
            self._open, folder, lambda slots: slots.unlock_with_passphrase(passphrase or "")
        )

    def unlock_with(self, folder: Path, secret: str) -> Future[App]:
        """Open with a secret that may be either."""
        return self._threads.submit(self._open, folder, lambda slots: _either(slots, secret))

    def close(self) -> None:
        """End its thread; workspaces stay open."""
        self._threads.shutdown(wait=False)

    def _create(self, folder: Path, name: str, passphrase: str, use_keyring: bool) -> Created:  # noqa: FBT001
        store = open_key_store() if use_keyring else None
        made = Workspace.create(
            folder, name=name or folder.name, passphrase=passphrase or None, key_store=store
        )
        app = App(made.workspace, self._seal, self._settings)
        self._note(folder)
        return Created(app=app, recovery_code=made.recovery_code)

    def _open_with_keyring(self, folder: Path) -> App | None:
        slots = Keyslots.load(folder)
        if "keyring" not in slots.kinds:
            return None
        try:
            key = slots.unlock_with_key_store(open_key_store())
        except KnownError:
            return None  # the passphrase and the recovery code still work
        return self._enter(folder, key)

    def _open(self, folder: Path, unlock: _Unlock) -> App:
        return self._enter(folder, unlock(Keyslots.load(folder)))

    def _enter(self, folder: Path, key: DataKey) -> App:
        app = App(Workspace.open(folder, key), self._seal, self._settings)
        self._note(folder)
        return app

    def _note(self, folder: Path) -> None:
        if self._remember:
            self._settings.put(LAST_WORKSPACE, str(folder))


def _either(slots: Keyslots, secret: str) -> DataKey:
    """Open with a secret that is a recovery code or a passphrase."""
    try:
        return slots.unlock_with_recovery_code(secret)
    except WrongRecoveryCode as wrong:  # has the form of one, so that is what was meant
        try:
            return slots.unlock_with_passphrase(secret)
        except WrongPassphrase:
            raise wrong from None
    except KnownError:
        return slots.unlock_with_passphrase(secret)
