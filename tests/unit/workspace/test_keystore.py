"""The key store's rules, on the real wrapper with a backend in memory, and on the tests' own fake.

The wrapper with the real SecretService is tried by hand, since it needs a session bus (packages
gnome-keyring and dbus-x11), in `dbus-run-session -- sh`:

    printf 'pw\\n' | gnome-keyring-daemon --unlock --components=secrets
    carrel --workspace /tmp/kept workspace create

and again with a daemon that was started but not unlocked (“it is locked”), and with none but the
one D-Bus starts, where a prompt that no display can show ends after 30 seconds.
"""

import sys
import threading
import time
import types

import pytest

from carrel.workspace.errors import KeyStoreFailed
from carrel.workspace.keystore import (
    NAMED_BACKENDS,
    SERVICE,
    KeyStore,
    NamedBackend,
    SystemKeyStore,
    open_key_store,
)
from made_workspaces import MemoryKeyStore

SECRET = bytes(range(32))


class MemoryBackend:
    """What `keyring` backends do, in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class ForgettingBackend(MemoryBackend):
    """Says it kept the secret, as the null backend does."""

    def set_password(self, service: str, username: str, password: str) -> None: ...


class GarblingBackend(MemoryBackend):
    def get_password(self, service: str, username: str) -> str | None:
        return "not hexadecimal"


class KeyringLocked(Exception):
    """Named like the one of `keyring`."""


class LockedBackend(MemoryBackend):
    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"will not store {password}")


class SilentBackend(MemoryBackend):
    """A prompt nobody answers."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()

    def set_password(self, service: str, username: str, password: str) -> None:
        self.answered.wait()


@pytest.fixture(params=["system", "fake"])
def store(request: pytest.FixtureRequest) -> KeyStore:
    system = request.param == "system"
    return SystemKeyStore("Memory", MemoryBackend()) if system else MemoryKeyStore()


def test_what_was_kept_is_found(store: KeyStore) -> None:
    store.keep("workspace/slot", SECRET)
    assert store.find("workspace/slot") == SECRET


def test_what_was_not_kept_is_not_found(store: KeyStore) -> None:
    store.keep("workspace/slot", SECRET)
    assert store.find("workspace/other") is None


def test_keeping_again_replaces(store: KeyStore) -> None:
    store.keep("workspace/slot", bytes(32))
    store.keep("workspace/slot", SECRET)
    assert store.find("workspace/slot") == SECRET


def test_what_is_forgotten_is_gone_and_may_be_forgotten_again(store: KeyStore) -> None:
    store.keep("workspace/slot", SECRET)
    store.forget("workspace/slot")
    store.forget("workspace/slot")
    assert store.find("workspace/slot") is None


def test_a_backend_that_forgets_is_found_out_at_once() -> None:
    with pytest.raises(KeyStoreFailed, match="did not give the key back"):
        SystemKeyStore("Null", ForgettingBackend()).keep("workspace/slot", SECRET)


def test_a_garbled_answer_is_an_error_of_the_key_store() -> None:
    with pytest.raises(KeyStoreFailed, match="garbled"):
        SystemKeyStore("Odd", GarblingBackend()).find("workspace/slot")


def test_a_locked_key_store_is_said_without_its_own_words() -> None:
    with pytest.raises(KeyStoreFailed, match="it is locked") as found:
        SystemKeyStore("SecretService", LockedBackend()).keep("workspace/slot", SECRET)
    assert SECRET.hex() not in str(found.value)


def test_a_prompt_nobody_answers_is_left_after_a_while() -> None:
    backend = SilentBackend()
    began = time.monotonic()

    with pytest.raises(KeyStoreFailed, match=r"did not answer within 0\.05 seconds"):
        SystemKeyStore("SecretService", backend, seconds=0.05).keep("workspace/slot", SECRET)

    assert time.monotonic() - began < 5
    backend.answered.set()


def test_the_item_is_filed_under_our_name() -> None:
    backend = MemoryBackend()
    SystemKeyStore("Memory", backend).keep("workspace/slot", SECRET)
    assert backend.kept == {(SERVICE, "workspace/slot"): SECRET.hex()}


# ── which backends are used ─────────────────────────────────────────────────


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A module of backends, as `keyring` would have."""
    found = types.ModuleType("made_backends")
    monkeypatch.setitem(sys.modules, "made_backends", found)
    return found


def named(name: str, **fixed: object) -> NamedBackend:
    return NamedBackend(
        name=name, platform=sys.platform, module="made_backends", kind="Kind", fixed=fixed
    )


def viable_kind() -> type:
    class Kind(MemoryBackend):
        priority = 5
        collection = "default"

        def __init__(self) -> None:
            super().__init__()
            self.set_properties_from_env()

        def set_properties_from_env(self) -> None:
            raise AssertionError("the environment was asked")

    return Kind


def test_only_named_backends_are_asked_and_the_first_that_answers_is_taken(module) -> None:
    module.Kind = viable_kind()
    missing = NamedBackend(name="Gone", platform=sys.platform, module="no_such_module", kind="K")
    elsewhere = NamedBackend(name="Vault", platform="plan9", module="made_backends", kind="Kind")

    found = open_key_store(named=(missing, elsewhere, named("First"), named("Second")))

    assert found is not None
    assert found.backend == "First"


def test_the_environment_cannot_change_a_backend(module) -> None:
    """`Kind` above fails when its properties are read from the environment."""
    module.Kind = viable_kind()
    found = open_key_store(named=(named("Ours", collection="login"),))
    assert isinstance(found, SystemKeyStore)
    assert found._keyring.collection == "login"


def test_a_backend_that_is_not_viable_is_passed_over(module) -> None:
    class Meta(type):
        @property
        def priority(cls) -> float:
            raise RuntimeError("no service answers")

    module.Kind = Meta("Kind", (MemoryBackend,), {})
    assert open_key_store(named=(named("Absent"),)) is None


def test_a_backend_that_hangs_while_starting_costs_one_time_out_in_all(module) -> None:
    answered = threading.Event()

    class Meta(type):
        @property
        def priority(cls) -> float:
            answered.wait()
            return 5

    module.Kind = Meta("Kind", (MemoryBackend,), {})
    began = time.monotonic()

    assert open_key_store(named=(named("One"), named("Two"), named("Three")), seconds=0.1) is None

    assert time.monotonic() - began < 5
    answered.set()


def test_the_named_backends_are_those_that_encrypt() -> None:
    kinds = {f"{backend.module}.{backend.kind}" for backend in NAMED_BACKENDS}
    assert kinds == {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.macOS.Keyring",
    }


def test_without_any_service_there_is_no_key_store() -> None:
    """The tests' session has no bus."""
    assert open_key_store(seconds=10) is None
