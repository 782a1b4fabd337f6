"""Read which outside functions a Linux shared library asks for.

A small reader of ELF dynamic symbol tables (64-bit, little-endian: the
machines Carrel runs on), so that “the engine has no network code” can be
checked where no binutils are installed. Standard library only.
"""

from __future__ import annotations

import struct
from pathlib import Path

FORBIDDEN = frozenset(
    {
        *("socket", "connect", "bind", "listen", "accept", "accept4", "getaddrinfo"),
        *("gethostbyname", "sendto", "recvfrom", "sendmsg", "recvmsg"),
        *("fork", "vfork", "execl", "execlp", "execle", "execv", "execvp", "execve", "popen"),
        *("posix_spawn", "posix_spawnp", "system"),
    }
)
"""What a compute library never needs: the network, and starting other programs."""

_SECTION_STRINGS = 3
_SECTION_DYNAMIC_SYMBOLS = 11
_UNDEFINED = 0


def imported_symbols(library: Path) -> frozenset[str]:
    """Return the names a shared library imports from others.

    Args:
        library: An ELF64 little-endian file.

    Raises:
        ValueError: The file is not such a library, or is cut short.
    """
    content = library.read_bytes()
    if content[:6] != b"\x7fELF\x02\x01":
        raise ValueError(f"{library.name} is no 64-bit little-endian ELF file")
    try:
        return frozenset(_undefined(content))
    except (struct.error, IndexError) as error:
        raise ValueError(f"{library.name} has a damaged symbol table") from error


def forbidden_imports(library: Path) -> list[str]:
    """Return what the library imports of `FORBIDDEN`, sorted."""
    return sorted(imported_symbols(library) & FORBIDDEN)


def _undefined(content: bytes) -> list[str]:
    (section_table,) = struct.unpack_from("<Q", content, 0x28)
    entry_size, entries = struct.unpack_from("<HH", content, 0x3A)
    # name, type, flags, address, offset, size, link, info, alignment, entry size
    sections = [
        struct.unpack_from("<IIQQQQIIQQ", content, section_table + number * entry_size)
        for number in range(entries)
    ]
    names: list[str] = []
    for section in sections:
        if section[1] != _SECTION_DYNAMIC_SYMBOLS:
            continue
        offset, size, strings = section[4], section[5], sections[section[6]]
        if strings[1] != _SECTION_STRINGS:
            raise IndexError("the symbols' names are not in a string table")
        for at in range(offset, offset + size, 24):
            name, _info, _other, home, _value, _size = struct.unpack_from("<IBBHQQ", content, at)
            if home == _UNDEFINED and name:
                begin = strings[4] + name
                names.append(
                    content[begin : content.index(b"\0", begin)].decode("ascii", "replace")
                )
    if not sections:
        raise IndexError("no sections")
    return names
