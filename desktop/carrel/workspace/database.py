"""One encrypted database: one thread that writes, a few that read.

Calls are functions of a connection. A write runs alone in one transaction that
takes the write lock at once, and its Future is done only when the commit lies on
the disk; readers see whole commits and never wait for the writer. Must not know
what the tables mean.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from carrel.domain.errors import BugError, CarrelError
from carrel.workspace.errors import WorkspaceClosed, WorkspaceDamaged, WrongKey
from carrel.workspace.failures import DAMAGED_PAGE, known_database_error, known_os_error
from carrel.workspace.sqlcipher import Connection, SqliteError, connect

READERS: Final = 2
"""Threads; one for lists and pages while the other searches. More would only contend for the
interpreter."""

TIDY_BYTES: Final = 4 << 20
"""Bytes of write-ahead log after which it is copied into the database, once no write waits. The
copying then delays nobody."""

TIDY_AT_ONCE_BYTES: Final = 256 << 20
"""Bytes; with this much the log is copied even when writes wait, so it cannot grow for
ever."""

CACHE_KIB: Final = 16 * 1024
"""KiB of decrypted pages for each connection."""

BUSY_MILLISECONDS: Final = 5_000
"""Milliseconds. Nothing of ours is waited for; another program may be looking at the file."""

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


@dataclass(slots=True)
class _Call:
    """Something to be run on a connection's thread."""

    run: Callable[[Connection], Any]
    after: Callable[[Any], None] | None
    future: Future[Any]


class Database:
    """The database of one workspace.

    Args:
        path: of its file, which must exist.
        key: 32 bytes.
        prepare: called with the writing connection before anything else, outside a transaction.

    Raises:
        WorkspaceError: it cannot be opened.
    """

    def __init__(self, path: Path, key: bytes, *, prepare: Callable[[Connection], None]) -> None:
        self._path = path
        self._writes = _Lane(path, key, threads=1, writing=True)
        self._reads = _Lane(path, key, threads=READERS, writing=False)
        try:
            self._writes.submit(prepare).result()
        except BaseException:
            self.close()
            raise

    def write(
        self,
        run: Callable[[Connection], _Result],
        *,
        after: Callable[[_Result], None] | None = None,
    ) -> Future[_Result]:
        """Run in one IMMEDIATE transaction on the writing thread.

        Args:
            after: called on the same thread after the commit, before the Future is done.

        Returns:
            What `run` returned, once it is on the disk; or a KnownError or BugError, and nothing
            was changed then.
        """
        return self._writes.submit(lambda connection: _transaction(connection, run), after)

    def read(self, run: Callable[[Connection], _Result]) -> Future[_Result]:
        """Run on a reading thread, in one view of the database."""
        return self._reads.submit(lambda connection: _view(connection, run))

    def check(self) -> Future[tuple[str, ...]]:
        """Verify every page and the structure; sentences, empty when all is well."""
        return self._reads.submit(_check)

    def empty_log(self) -> Future[bool]:
        """Copy the write-ahead log into the database and cut it off.

        Returns:
            Whether all of it was; a reader may have been in the way.
        """
        return self._writes.submit(_empty_log)

    def compact(self, most: int) -> Future[bool]:
        """Write the database anew, then empty the log; waits for other writes.

        Returns:
            Whether it was; one of more than `most` bytes is left as it is.
        """
        return self._writes.submit(lambda connection: _compact(connection, most))

    def close(self) -> None:
        """Finish what was asked for, then close; may be called twice."""
        self._reads.close()
        self._writes.close()


class _Lane:
    """Threads that take calls from one queue, each with a connection of its own."""

    def __init__(self, path: Path, key: bytes, *, threads: int, writing: bool) -> None:
        self._path = path
        self._key = key
        self._writing = writing
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._closed = False
        self._entry = threading.Lock()  # between closing and the last call only
        name = "workspace-write" if writing else "workspace-read"
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(
        self,
        run: Callable[[Connection], _Result],
        after: Callable[[_Result], None] | None = None,
    ) -> Future[_Result]:
        future: Future[_Result] = _LaneFuture(self._threads)
        with self._entry:
            if self._closed:
                future.set_exception(WorkspaceClosed())
            else:
                self._calls.put(_Call(run, after, future))
        return future

    def close(self) -> None:
        with self._entry:
            if not self._closed:
                self._closed = True
                for _ in self._threads:
                    self._calls.put(None)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    def _run(self) -> None:
        connection: Connection | None = None
        while (call := self._calls.get()) is not None:
            if not call.future.set_running_or_notify_cancel():
                continue
            try:
                if connection is None:
                    connection = _connect(self._path, self._key, writing=self._writing)
                result = call.run(connection)
                if call.after is not None:
                    call.after(result)
            except BaseException as error:  # noqa: BLE001 - the border of the thread
                known = self._known(error)
                if isinstance(known, WrongKey | WorkspaceDamaged):
                    # SQLCipher refuses everything on a connection that has met a bad page.
                    _close(connection)
                    connection = None
                call.future.set_exception(known)
            else:
                call.future.set_result(result)
                del result
            if self._writing and connection is not None:
                self._tidy(connection)
            del call
        _close(connection)

    def _known(self, error: BaseException) -> BaseException:
        if isinstance(error, CarrelError):
            return error
        if isinstance(error, SqliteError):
            known: CarrelError = known_database_error(error, self._path)
        elif isinstance(error, OSError):
            known = known_os_error(error, self._path.parent)
        else:
            known = BugError(f"{type(error).__name__} while using the workspace")
        known.__cause__ = error
        return known

    def _tidy(self, connection: Connection) -> None:
        """Copy the write-ahead log into the database when it is long and there is time."""
        try:
            size = self._path.with_name(f"{self._path.name}-wal").stat().st_size
            if size > (TIDY_BYTES if self._calls.empty() else TIDY_AT_ONCE_BYTES):
                _empty_log(connection)
        except (SqliteError, OSError) as error:
            # The log keeps everything; the next chance will do.
            _log.warning("the write-ahead log could not be copied: %s", type(error).__name__)


class _LaneFuture(Future[_Result]):
    """A Future that refuses to be waited for on the thread that would have to fulfil it."""

    def __init__(self, threads: list[threading.Thread]) -> None:
        super().__init__()
        self._lane = threads

    def result(self, timeout: float | None = None) -> _Result:
        """See `Future.result`; raises BugError instead of waiting for itself."""
        if not self.done() and threading.current_thread() in self._lane:
            raise BugError("a call waits for its own thread")
        return super().result(timeout)


def create_database(path: Path, key: bytes, prepare: Callable[[Connection], None]) -> None:
    """Make an empty, encrypted database and let `prepare` fill it; on the caller's thread."""
    connection: Connection | None = None
    try:
        # SQLite gives its other files the rights of this one.
        path.touch(mode=0o600, exist_ok=False)
        connection = _connect(path, key, writing=True)
        prepare(connection)
    except SqliteError as error:
        raise known_database_error(error, path) from error
    except OSError as error:
        raise known_os_error(error, path.parent) from error
    finally:
        _close(connection)


def immediate(connection: Connection, run: Callable[[Connection], _Result]) -> _Result:
    """Run in one IMMEDIATE transaction on this thread."""
    return _transaction(connection, run)


def _connect(path: Path, key: bytes, *, writing: bool) -> Connection:
    connection = connect(f"{path.absolute().as_uri()}?mode={'rw' if writing else 'ro'}")
    try:
        connection.enable_load_extension(False)  # noqa: FBT003 - SQLite's own signature
        # It would write to our standard error; what it says comes back as errors anyway.
        connection.execute("PRAGMA cipher_log_level = NONE").fetchall()
        # Before the key: from here on SQLCipher wipes and locks the memory it uses.
        connection.execute("PRAGMA cipher_memory_security = ON")
        # A raw key: it is random already, so SQLCipher's own derivation would only cost time.
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if writing:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
        else:
            connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


_PRAGMAS: Final = (
    # FULL: an acknowledged commit survives a power cut. With NORMAL 30 of 80 cuts lost one.
    "synchronous = FULL",
    "temp_store = MEMORY",
    "secure_delete = ON",
    "trusted_schema = OFF",
    "mmap_size = 0",
    "foreign_keys = ON",
    "recursive_triggers = OFF",
    f"busy_timeout = {BUSY_MILLISECONDS}",
    f"cache_size = -{CACHE_KIB}",
    # Copying the log is left to `_tidy`, so that no commit waits for it.
    "wal_autocheckpoint = 0",
)


def _transaction(connection: Connection, run: Callable[[Connection], _Result]) -> _Result:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = _checked(connection, run)
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise
    return result


def _view(connection: Connection, run: Callable[[Connection], _Result]) -> _Result:
    connection.execute("BEGIN")
    try:
        return _checked(connection, run)
    finally:
        _roll_back(connection)


def _checked(connection: Connection, run: Callable[[Connection], _Result]) -> _Result:
    """Run, and let nothing out that rests on a damaged page.

    A page whose authenticator is wrong reads as zeros, and SQLCipher lets the statement that meets
    it last succeed; only the state of the connection tells (seen with 4.19).
    """
    try:
        result = run(connection)
    except SqliteError as error:
        if _is_damaged(connection):
            raise WorkspaceDamaged(cause=DAMAGED_PAGE) from error
        raise
    if _is_damaged(connection):
        raise WorkspaceDamaged(cause=DAMAGED_PAGE)
    return result


def _is_damaged(connection: Connection) -> bool:
    return connection.execute("PRAGMA cipher_status").fetchall() != [("1",)]


def _roll_back(connection: Connection) -> None:
    # A failed commit may have rolled back by itself, and a damaged page ends the connection.
    if connection.in_transaction:
        try:
            connection.execute("ROLLBACK")
        except SqliteError as error:
            _log.warning("rolling back failed: %s", type(error).__name__)


def _check(connection: Connection) -> tuple[str, ...]:
    pages = [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check")]
    if pages:
        return (f"{len(pages)} pages of the database are damaged.",)
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    return () if found == ["ok"] else ("The structure of the database is damaged.",)


def _empty_log(connection: Connection) -> bool:
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _compact(connection: Connection, most: int) -> bool:
    pages, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "page_size")
    )
    if pages * size > most:
        return False
    connection.execute("VACUUM")
    return _empty_log(connection)


def _close(connection: Connection | None) -> None:
    if connection is not None:
        try:
            connection.close()
        except SqliteError as error:
            _log.warning("closing the database failed: %s", type(error).__name__)
