"""llama-cpp-python's low-level module, without the package around it.

The package's own ``__init__`` would load a template engine, a cache that
unpickles, a web server's types and numpy with its threads. None of that is
needed to call llama.cpp, and threads must not exist before the lock. So an
empty package of the same name is put in place, and only the bindings are
imported through it. The one module that imports llama_cpp.
"""

import ctypes
import importlib.util
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_found = importlib.util.find_spec("llama_cpp")
if _found is None or _found.submodule_search_locations is None:
    raise ImportError("llama_cpp")
_package = types.ModuleType("llama_cpp")
_package.__path__ = list(_found.submodule_search_locations)
_package.__spec__ = _found
sys.modules.setdefault("llama_cpp", _package)

from llama_cpp import llama_cpp as api  # noqa: E402 - the empty package must be there first
from llama_cpp._ggml import libggml as ggml  # noqa: E402

__all__ = [
    "ABORT_TEST",
    "FIRST_ERROR",
    "AbortFlag",
    "all_finite",
    "api",
    "ggml",
    "heard_log",
    "quiet_log",
]

_LIBC: Final = ctypes.CDLL(None)

ABORT_TEST: Final = ctypes.cast(_LIBC.strlen, api.ggml_abort_callback)
"""What llama.cpp calls before each of thousands of steps to learn whether to stop. It must be
quick and must not need the interpreter's lock: ``strlen`` of a flag that holds either an empty
string or a one-letter one is exactly the truth value asked for."""


_validate: Final = api._lib.ggml_validate_row_data  # noqa: SLF001 - ggml's, through the same handle
_validate.restype = ctypes.c_bool
_validate.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]


def all_finite(row: ctypes.Array[ctypes.c_float]) -> bool:
    """Whether all numbers of a row are numbers.

    Takes 50 microseconds for V4-Flash's 129,280 logits (a sum in Python takes 15 times that),
    so every token is looked at. ggml logs the place of the first that is none.
    """
    return bool(_validate(api.GGML_TYPE_F32, ctypes.addressof(row), ctypes.sizeof(row)))


class AbortFlag:
    """A flag llama.cpp can read without Python."""

    def __init__(self) -> None:
        self._letters = ctypes.create_string_buffer(2)
        self.address = ctypes.cast(self._letters, ctypes.c_void_p)

    def raise_(self) -> None:
        """Stop as soon as possible."""
        self._letters[0] = b"x"

    def lower(self) -> None:
        """Carry on."""
        self._letters[0] = b"\0"

    @property
    def raised(self) -> bool:
        """Whether to stop."""
        return self._letters[0] != b"\0"


FIRST_ERROR: Final[list[str]] = []
"""The first line llama.cpp logged as an error since this was cleared: it says why; what follows
only says that it failed."""

_WARNING, _ERROR, _CONTINUED = 3, 4, 5
_last_level = [0]


@api.llama_log_callback  # type: ignore[untyped-decorator]
def _log(level: int, text: bytes, _data: ctypes.c_void_p) -> None:
    line = text.decode("utf-8", "replace")
    if level != _CONTINUED:
        _last_level[0] = level
    if level == _ERROR and line.strip() and not FIRST_ERROR:
        FIRST_ERROR[:] = [line.strip()]
    if _last_level[0] >= _WARNING:
        sys.stderr.write(line)


def quiet_log() -> None:
    """Send warnings and errors to stderr and drop the rest."""
    api.llama_log_set(_log, ctypes.c_void_p(0))


@contextmanager
def heard_log() -> Iterator[list[str]]:
    """Hear all that llama.cpp logs; the list fills while the context is open."""
    heard: list[str] = []

    @api.llama_log_callback  # type: ignore[untyped-decorator]
    def hear(_level: int, text: bytes, _data: ctypes.c_void_p) -> None:
        heard.append(text.decode("utf-8", "replace"))

    api.llama_log_set(hear, ctypes.c_void_p(0))
    try:
        yield heard
    finally:
        quiet_log()
