"""The user's own settings for `keyring` are laid as traps; our key must fall into none of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import pathlib, sys
from carrel.workspace.errors import PassphraseNeeded
from carrel.workspace.keys import Argon2Cost
from carrel.workspace.keystore import open_key_store
from carrel.workspace.store import Workspace
store = open_key_store(seconds=20)
assert store is None, store.backend
try:
    Workspace.create(pathlib.Path(sys.argv[1]), name="x", key_store=store)
except PassphraseNeeded as error:
    print(error.failure.code)
cheap = Argon2Cost(memory_kib=64, passes=1, lanes=1)
made = Workspace.create(
    pathlib.Path(sys.argv[1]), name="x", passphrase="p", key_store=store, cost=cheap
)
made.workspace.close()
print(*made.slots)
print(sorted(name for name in sys.modules if "evil" in name or "keyrings" in name))
"""

EVIL = """
import pathlib
import keyring.backend

class Keyring(keyring.backend.KeyringBackend):
    priority = 99

    def get_password(self, service, username):
        return None

    def set_password(self, service, username, password):
        (pathlib.Path(__file__).parent / "stolen").write_text(password)
"""

EVIL_RC = """
[backend]
default-keyring=evil_backend.Keyring
keyring-path={folder}
"""

NULL_RC = """
[backend]
default-keyring=keyring.backends.null.Keyring
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    (made / "python_keyring").mkdir(parents=True)
    (made / "path").mkdir()
    return made


def create_workspace(home: Path, **more: str) -> list[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={home}/no-bus",
        "PYTHONPATH": os.pathsep.join([str(home / "path"), *sys.path]),
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(home / "workspace")],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def lay_evil_module(home: Path) -> None:
    """On the path, and announced as a plug-in the way packages do."""
    (home / "path" / "evil_backend.py").write_text(EVIL)
    facts = home / "path" / "evil_backend-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: evil-backend\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[keyring.backends]\nevil = evil_backend\n")


def plaintext_store(home: Path) -> None:
    """Like `keyrings.alt`, which is used silently where nothing better is found."""
    folder = home / "path" / "keyrings" / "alt"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "file.py").write_text(EVIL.replace("Keyring(", "PlaintextKeyring("))
    facts = home / "path" / "keyrings.alt-5.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: keyrings.alt\nVersion: 5.0\n")
    (facts / "entry_points.txt").write_text("[keyring.backends]\nfile = keyrings.alt.file\n")


def evil_file(home: Path) -> None:
    lay_evil_module(home)
    rc = EVIL_RC.format(folder=home / "path")
    (home / "python_keyring" / "keyringrc.cfg").write_text(rc)


def null_file(home: Path) -> None:
    (home / "python_keyring" / "keyringrc.cfg").write_text(NULL_RC)


def nothing(home: Path) -> None:
    """No settings at all."""


TRAPS = {
    "no keyring at all": (nothing, {}),
    "plain text backend installed": (plaintext_store, {}),
    "plug-in with the highest priority": (lay_evil_module, {}),
    "configuration names a module": (evil_file, {}),
    "configuration names the null backend": (null_file, {}),
    "environment names the null backend": (
        nothing, {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
    ),
    "environment names a module": (
        lay_evil_module, {"PYTHON_KEYRING_BACKEND": "evil_backend.Keyring"},
    ),
    "environment sets properties": (
        nothing, {"KEYRING_PROPERTY_PREFERRED_COLLECTION": "/evil", "KEYCHAIN_PATH": "/evil"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("trap", TRAPS)
def test_no_key_falls_into_a_trap_and_the_passphrase_stands_in(home: Path, trap: str) -> None:
    lay, environment = TRAPS[trap]
    lay(home)

    needed, slots, loaded = create_workspace(home, **environment)

    assert needed == "workspace.passphrase_needed"
    assert slots == "passphrase recovery"
    assert loaded == "[]"
    assert not list(home.rglob("stolen"))
    assert not (home / "python_keyring" / "keyring_pass.cfg").exists()


def test_the_traps_catch_those_who_ask_keyring_itself(home: Path) -> None:
    """Or else the test above would prove nothing."""
    evil_file(home)
    program = "import keyring; keyring.set_password('s', 'u', 'p')"
    subprocess.run(
        [sys.executable, "-c", program],
        env={"HOME": str(home), "XDG_CONFIG_HOME": str(home), "PYTHONPATH": ":".join(sys.path)},
        timeout=60, check=True,
    )  # fmt: skip
    assert list(home.rglob("stolen"))
