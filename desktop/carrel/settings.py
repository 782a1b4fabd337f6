"""Every setting, declared once: key, default, check and help text.

Kept in one JSON file in the user's configuration folder; holds no secrets and
no document text. Read by the window and the commands only; what a layer below
needs is passed to it as a value.
"""

import json
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import platformdirs

from carrel.domain.answers import AnswerMode
from carrel.system.files import write_atomically

APPLICATION: Final = "carrel"
MAX_SETTINGS_BYTES: Final = 1 << 20
"""Bytes. A few kilobytes are expected; more means the file is not ours."""

_log = logging.getLogger(__name__)
_Value = TypeVar("_Value")


def user_folder() -> Path:
    """Where workspaces and the list of installed models lie by default."""
    return Path(platformdirs.user_data_dir(APPLICATION, appauthor=False))


def default_workspace() -> Path:
    """The workspace used when none is named."""
    return user_folder() / "workspace"


def models_folder() -> Path:
    """Where this machine's list of installed models lies."""
    return user_folder() / "models"


@dataclass(frozen=True, slots=True)
class Setting(Generic[_Value]):
    """One setting.

    Attributes:
        key: dotted name in the file.
        default: used when the file has none, or one that fails the check.
        help: one sentence for the settings page.
        check: whether a value may be used.
    """

    key: str
    default: _Value
    help: str
    check: Callable[[Any], object]


THEMES: Final = ("system", "light", "dark")

THEME: Final = Setting(
    "window.theme", "system", "Light, dark, or as the system says.", THEMES.__contains__
)
LAST_WORKSPACE: Final = Setting(
    "workspace.last", "", "The workspace opened at the start.", lambda value: isinstance(value, str)
)
GEOMETRY: Final = Setting(
    "window.geometry", "", "Where the window stood.", lambda value: isinstance(value, str)
)
SPLITTER: Final = Setting(
    "window.splitter", "", "How wide the panes were.", lambda value: isinstance(value, str)
)
CHOSEN_MODEL: Final = Setting(
    "engine.model",
    "",
    "The installed model used for answers.",
    lambda value: isinstance(value, str),
)
ANSWER_MODE: Final = Setting(
    "answer.mode",
    AnswerMode.PASSAGES.value,
    "How questions are answered: from evidence alone, or by a model and from what.",
    frozenset(mode.value for mode in AnswerMode).__contains__,
)
PLAN_SEARCHES: Final = Setting(
    "answer.plan_searches",
    True,  # noqa: FBT003 - a default, not an argument
    "Whether a model writes searches of its own and chooses passages before it answers.",
    lambda value: isinstance(value, bool),
)
MAX_CAPSULE_GB: Final = 10_000
CAPSULE_GB: Final = Setting(
    "engine.capsules.budget",
    20,
    "Gigabytes for what the engine keeps of documents it read; 0 keeps nothing.",
    range(MAX_CAPSULE_GB + 1).__contains__,
)


RECOGNITION: Final = Setting(
    "recognition.on",
    True,  # noqa: FBT003 - a default, not an argument
    "Whether text is recognised in pictures and scanned pages.",
    lambda value: isinstance(value, bool),
)
RECOGNITION_LANGUAGES: Final = Setting(
    "recognition.languages",
    "",
    "Languages for text recognition, such as eng+deu; none for those that fit each document best.",
    re.compile(r"(?:[A-Za-z_]+(?:\+[A-Za-z_]+)*)?").fullmatch,
)


class Settings:
    """The settings file.

    Args:
        path: the file; None takes the user's configuration folder.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or (
            Path(platformdirs.user_config_dir(APPLICATION, appauthor=False)) / "settings.json"
        )
        self._values = self._load()

    def get(self, setting: Setting[_Value]) -> _Value:
        """The value, or the default if the stored one is missing or wrong."""
        untrusted_value = self._values.get(setting.key, setting.default)
        if not _passes(setting, untrusted_value):
            return setting.default
        value: _Value = untrusted_value
        return value

    def put(self, setting: Setting[_Value], value: _Value) -> None:
        """Store a value; a disk that cannot be written loses the setting, nothing else.

        Raises:
            ValueError: the value fails the setting's check.
        """
        if not _passes(setting, value):
            raise ValueError(setting.key)
        if self._values.get(setting.key) == value:
            return
        self._values[setting.key] = value
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self._path, json.dumps(self._values, indent=1).encode())
        except OSError as error:
            _log.warning("settings could not be saved: %s", error)

    def _load(self) -> dict[str, Any]:
        with suppress(OSError, ValueError):
            if self._path.stat().st_size <= MAX_SETTINGS_BYTES:
                untrusted_values = json.loads(self._path.read_bytes())
                if isinstance(untrusted_values, dict):
                    return untrusted_values
        return {}


def _passes(setting: Setting[Any], untrusted_value: object) -> bool:
    return type(untrusted_value) is type(setting.default) and bool(setting.check(untrusted_value))
