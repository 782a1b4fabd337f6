"""The files of a workspace as somebody sees them who has its key."""

from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE = 4096
RESERVE = 80
"""Bytes at the end of each page of SQLCipher 4: vector and authenticator."""
SALT = 16
"""Bytes at the start of the first page that are not encrypted."""
FRAME_HEAD, LOG_HEAD = 24, 32


def database_pages(database: Path, key: bytes) -> Iterator[bytes]:
    """Every page of a database and of its write-ahead log, as SQLite sees it."""
    content = database.read_bytes()
    for at in range(0, len(content), PAGE):
        yield _page(content[at : at + PAGE], key, first=at == 0)
    log = database.with_name(f"{database.name}-wal")
    content = log.read_bytes()[LOG_HEAD:] if log.exists() else b""
    for at in range(0, len(content), FRAME_HEAD + PAGE):
        first = content[at : at + 4] == (1).to_bytes(4, "big")
        yield _page(content[at + FRAME_HEAD : at + FRAME_HEAD + PAGE], key, first=first)


def _page(page: bytes, key: bytes, *, first: bool) -> bytes:
    vector = page[PAGE - RESERVE : PAGE - RESERVE + 16]
    opened = Cipher(algorithms.AES256(key), modes.CBC(vector)).decryptor()
    start = SALT if first else 0
    return opened.update(page[start : PAGE - RESERVE]) + opened.finalize()
