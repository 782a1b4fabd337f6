import random
import threading
import time
from pathlib import Path

import pytest

from carrel.domain.errors import BugError
from carrel.workspace.database import TIDY_BYTES, Database, create_database
from carrel.workspace.errors import (
    SegmentsChanged,
    WorkspaceClosed,
    WorkspaceDamaged,
    WorkspaceReadOnly,
    WorkspaceTooNew,
    WrongKey,
)
from carrel.workspace.migrations import MIGRATIONS, migrate
from carrel.workspace.store import Workspace
from made_workspaces import Opened, add, read

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "x.db"
    create_database(made, KEY, lambda c: c.execute("CREATE TABLE t (n INTEGER UNIQUE) STRICT"))
    return made


@pytest.fixture
def database(path: Path):
    opened = Database(path, KEY, prepare=lambda _: None)
    yield opened
    opened.close()


def insert(number: int):
    return lambda connection: connection.execute("INSERT INTO t VALUES (?)", (number,)).rowcount


def numbers(connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT n FROM t ORDER BY n")]


def pragma(connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_write_is_there_for_readers_when_its_future_is_done(database) -> None:
    assert database.write(insert(1)).result() == 1
    assert database.read(numbers).result() == [1]


def test_a_write_that_fails_leaves_nothing(database) -> None:
    def half(connection) -> None:
        insert(1)(connection)
        raise SegmentsChanged

    with pytest.raises(SegmentsChanged):
        database.write(half).result()
    assert database.read(numbers).result() == []
    assert database.write(insert(2)).result() == 1


def test_a_mistake_of_ours_is_called_one(database) -> None:
    database.write(insert(1)).result()
    with pytest.raises(BugError, match="SQLITE_CONSTRAINT"):
        database.write(insert(1)).result()
    with pytest.raises(BugError, match="ZeroDivisionError"):
        database.read(lambda _: 1 // 0).result()


def test_writes_run_one_after_another_on_one_thread(database) -> None:
    threads = [database.write(lambda _: threading.get_ident()) for _ in range(20)]
    assert len({future.result() for future in threads}) == 1


def test_a_reader_sees_one_moment_while_the_writer_goes_on(database) -> None:
    reading, written = threading.Event(), threading.Event()

    def look_twice(connection) -> tuple[list[int], list[int]]:
        before = numbers(connection)
        reading.set()
        assert written.wait(10)
        return before, numbers(connection)

    looking = database.read(look_twice)
    assert reading.wait(10)
    database.write(insert(1)).result()
    written.set()

    assert looking.result() == ([], [])
    assert database.read(numbers).result() == [1]


def test_a_slow_reader_does_not_hold_up_another(database) -> None:
    go = threading.Event()
    slow = database.read(lambda _: go.wait(10))
    assert database.read(numbers).result() == []
    go.set()
    assert slow.result()


@pytest.mark.parametrize(
    "statement", ["INSERT INTO t VALUES (1)", "DROP TABLE t", "PRAGMA user_version = 9"]
)
def test_readers_cannot_write(database, statement: str) -> None:
    with pytest.raises(WorkspaceReadOnly):
        database.read(lambda c: c.execute(statement)).result()
    assert database.read(numbers).result() == []


def test_waiting_for_ones_own_thread_is_refused_instead_of_hanging(database) -> None:
    with pytest.raises(BugError, match="own thread"):
        database.write(lambda _: database.write(insert(1)).result()).result()


def test_what_was_asked_for_is_done_before_closing_and_nothing_after(path: Path) -> None:
    database = Database(path, KEY, prepare=lambda _: None)
    asked = [database.write(insert(number)) for number in range(50)]
    database.close()
    database.close()

    assert all(future.done() for future in asked)
    with pytest.raises(WorkspaceClosed):
        database.write(insert(99)).result()
    with pytest.raises(WorkspaceClosed):
        database.read(numbers).result()
    again = Database(path, KEY, prepare=lambda _: None)
    assert again.read(numbers).result() == list(range(50))
    again.close()


def test_after_a_commit_comes_what_was_to_come_after_it(database) -> None:
    seen = []
    done = database.write(insert(1), after=lambda _: seen.append(database.read(numbers).result()))
    done.result()
    assert seen == [[1]]


def test_connections_are_set_up_as_promised(database) -> None:
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "temp_store": 2,
        "secure_delete": 1,
        "trusted_schema": 0,
        "mmap_size": None,
        "foreign_keys": 1,
        "cipher_memory_security": "1",
    }

    def settings(connection) -> dict[str, object]:
        rows = {name: connection.execute(f"PRAGMA {name}").fetchone() for name in expected}
        return {name: row and row[0] for name, row in rows.items()}

    for found in (database.write(settings).result(), database.read(settings).result()):
        found["mmap_size"] = found["mmap_size"] or None
        assert found == expected
    options = database.read(lambda c: [r[0] for r in c.execute("PRAGMA compile_options")]).result()
    assert "TEMP_STORE=2" in options


def test_native_code_cannot_be_loaded(database) -> None:
    with pytest.raises(BugError, match="not authorized"):
        database.read(lambda c: c.execute("SELECT load_extension('x')")).result()


@pytest.mark.parametrize("key", [bytes(32), KEY[::-1]])
def test_a_wrong_key_is_said_and_changes_nothing(path: Path, key: bytes) -> None:
    before = path.read_bytes()
    with pytest.raises(WrongKey, match="belongs to another workspace"):
        Database(path, key, prepare=lambda _: None)
    assert path.read_bytes() == before


def test_the_write_ahead_log_does_not_stay_long(database, path: Path) -> None:
    database.write(lambda c: c.execute("CREATE TABLE b (x BLOB)")).result()
    blob = bytes(2 * TIDY_BYTES)
    database.write(lambda c: c.execute("INSERT INTO b VALUES (?)", (blob,))).result()

    end = time.monotonic() + 10
    while path.with_name("x.db-wal").stat().st_size > TIDY_BYTES and time.monotonic() < end:
        time.sleep(0.005)  # no event tells of the copying; it only must come
    assert path.with_name("x.db-wal").stat().st_size < TIDY_BYTES
    assert path.stat().st_size > len(blob)


# ── damage ──────────────────────────────────────────────────────────────────


def test_flipped_bits_anywhere_in_the_database_are_found(opened: Opened) -> None:
    document = add(opened.workspace, b"original")
    read(opened.workspace, document, *(f"text of page {number} " * 300 for number in range(60)))
    key = opened.key()
    opened.close()
    path = opened.folder / "workspace.db"
    whole = path.read_bytes()
    chosen = random.Random(4)
    for _ in range(25):
        place = chosen.randrange(len(whole))
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chosen.randrange(8)
        path.write_bytes(damaged)
        assert _is_noticed(opened.folder, key), f"byte {place}"
    path.write_bytes(whole)
    again = Workspace.open(opened.folder, key)
    assert again.check().result() == ()
    again.close()


def _is_noticed(folder: Path, key) -> bool:
    try:
        damaged = Workspace.open(folder, key)
    except (WrongKey, WorkspaceDamaged):
        return True
    try:
        return bool(damaged.check().result())
    except WorkspaceDamaged:
        return True
    finally:
        damaged.close()


def test_a_damaged_page_never_reads_as_other_text(opened: Opened) -> None:
    """SQLCipher alone lets a page that fails its check read as zeros."""
    texts = [f"{number} all work and no play " * 900 for number in range(8)]
    document = add(opened.workspace, b"x")
    read(opened.workspace, document, *texts)
    key = opened.key()
    opened.close()
    path = opened.folder / "workspace.db"
    whole = path.read_bytes()
    refused = 0
    for page in range(3, len(whole) // 4096, 3):
        damaged = bytearray(whole)
        damaged[page * 4096 + 1000] ^= 1
        path.write_bytes(damaged)
        try:
            again = Workspace.open(opened.folder, key)
        except WorkspaceDamaged:
            refused += 1
            continue
        for number, text in enumerate(texts, start=1):
            found = again.documents.unit(document.id, number)
            if found.exception() is None:
                assert found.result().text == text
            else:
                assert isinstance(found.exception(), WorkspaceDamaged)
                refused += 1
        again.close()
    assert refused > 10


def test_a_damaged_page_is_said_and_the_rest_stays_readable(opened: Opened) -> None:
    good = add(opened.workspace, b"good")
    read(opened.workspace, good, "short")
    bad = add(opened.workspace, b"bad")
    read(opened.workspace, bad, "long " * 40_000)
    key = opened.key()
    opened.close()
    path = opened.folder / "workspace.db"
    content = bytearray(path.read_bytes())
    content[-3000] ^= 1  # in an overflow page of the long text
    path.write_bytes(content)
    again = Workspace.open(opened.folder, key)

    with pytest.raises(WorkspaceDamaged, match="does not read as written"):
        again.documents.unit(bad.id, 1).result()

    assert again.documents.unit(good.id, 1).result().text == "short"
    again.close()


# ── formats ─────────────────────────────────────────────────────────────────


def test_a_newer_format_is_refused_in_plain_words_and_nothing_is_changed(opened: Opened) -> None:
    newer = len(MIGRATIONS) + 1
    opened.workspace.close()
    path, key = opened.folder / "workspace.db", opened.key()
    database = Database(path, key.database_key, prepare=lambda _: None)
    database.write(lambda c: c.execute(f"PRAGMA user_version = {newer}")).result()
    database.close()
    before = path.read_bytes()

    with pytest.raises(
        WorkspaceTooNew, match=rf"newer version of Carrel \(format {newer}"
    ) as found:
        Workspace.open(opened.folder, key)

    assert found.value.code == "workspace.too_new"
    assert path.read_bytes() == before


def test_a_step_that_fails_leaves_the_format_before_it(tmp_path: Path) -> None:
    def second(connection) -> None:
        connection.execute("CREATE TABLE second (n INTEGER)")

    def third(connection) -> None:
        connection.execute("CREATE TABLE third (n INTEGER)")
        connection.execute("ALTER TABLE second ADD COLUMN m")
        raise SegmentsChanged

    path = tmp_path / "x.db"
    with pytest.raises(SegmentsChanged):
        create_database(path, KEY, lambda c: migrate(c, (*MIGRATIONS, second, third)))

    database = Database(path, KEY, prepare=lambda _: None)
    tables = database.read(
        lambda c: {row[0] for row in c.execute("SELECT name FROM sqlite_schema")}
    ).result()
    assert database.read(lambda c: pragma(c, "user_version")).result() == len(MIGRATIONS) + 1
    assert "second" in tables
    assert "third" not in tables
    database.close()


def test_migrating_twice_changes_nothing(path: Path) -> None:
    database = Database(path, KEY, prepare=migrate)
    database.write(lambda c: None).result()
    database.close()
    Database(path, KEY, prepare=migrate).close()
