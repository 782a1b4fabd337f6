"""Landlock by ctypes: which files a process may see, and no TCP.

Needs no library and no privilege (landlock(7); Linux 5.13 or newer). Restricts
the calling thread and what it starts, so it is installed before other threads
exist. Must not know what the process does.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PR_SET_NO_NEW_PRIVS: Final = 38
# The same numbers on every machine (asm-generic/unistd.h).
CREATE_RULESET: Final = 444
ADD_RULE: Final = 445
RESTRICT_SELF: Final = 446
VERSION_FLAG: Final = 1
RULE_PATH_BENEATH: Final = 1

EXECUTE: Final = 1 << 0
WRITE_FILE: Final = 1 << 1
READ_FILE: Final = 1 << 2
READ_DIRECTORY: Final = 1 << 3
TRUNCATE: Final = 1 << 14
IOCTL_DEVICE: Final = 1 << 15

READ: Final = EXECUTE | READ_FILE | READ_DIRECTORY
ON_FILES: Final = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE

_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15}
"""Number of file rights each version knows; 16 from version 5 on."""

_TCP_FROM: Final = 4
_SCOPES_FROM: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """What was really restricted; older kernels know less."""

    abi: int
    files: bool = False
    tcp: bool = False
    scopes: bool = False


def version() -> int:
    """The kernel's Landlock version, 0 if it has none."""
    found: int = ctypes.CDLL(None, use_errno=True).syscall(CREATE_RULESET, None, 0, VERSION_FLAG)
    return max(found, 0)


def restrict(
    *,
    read: Iterable[Path] | None = None,
    read_write: Iterable[Path] = (),
    scopes: bool = False,
) -> Restriction:
    """Restrict this thread, for good.

    Args:
        read: files and folders that may be read; None leaves files alone.
        read_write: files and folders that may be written, too.
        scopes: no signals to, and no abstract UNIX sockets of, processes outside.

    Returns:
        What the kernel could do; all False without Landlock.

    Raises:
        OSError: the kernel knows Landlock but refused.
    """
    abi = version()
    if abi == 0:
        return Restriction(abi=0)
    libc = ctypes.CDLL(None, use_errno=True)
    rights = (1 << _FILE_RIGHTS.get(abi, 16)) - 1 if read is not None else 0
    tcp = 3 if abi >= _TCP_FROM else 0
    scoped = 3 if scopes and abi >= _SCOPES_FROM else 0
    attributes = struct.pack("=QQQ", rights, tcp, scoped)
    size = 24 if abi >= _SCOPES_FROM else 16 if abi >= _TCP_FROM else 8
    if not (rights or tcp or scoped):
        return Restriction(abi=abi)
    ruleset = libc.syscall(CREATE_RULESET, ctypes.c_char_p(attributes), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    try:
        for paths, wanted in ((read or (), READ), (read_write, (1 << 16) - 1)):
            for path in paths:
                _allow(libc, ruleset, path, wanted & rights)
        if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "no_new_privs")
        if libc.syscall(RESTRICT_SELF, ruleset, 0):
            raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    finally:
        os.close(ruleset)
    return Restriction(abi=abi, files=bool(rights), tcp=bool(tcp), scopes=bool(scoped))


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, wanted: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.EACCES, errno.ENOTDIR}:
            return  # what is not there needs no right
        raise
    try:
        allowed = wanted if path.is_dir() else wanted & ON_FILES
        rule = struct.pack("=Qi", allowed, parent)
        if libc.syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.c_char_p(rule), 0):
            raise OSError(ctypes.get_errno(), f"landlock_add_rule {path}")
    finally:
        os.close(parent)
