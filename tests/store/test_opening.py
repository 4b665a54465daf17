"""A store opens privately and durably, or says why not and what to do."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.errors import StoreError
from edge.model.event import Event
from edge.store import migrations, reading
from edge.store.database import Store
from edge.store.engine import Connection, connect_reader, connect_writer, sqlite_faults
from edge.store.schema import VERSION

Stay = Callable[..., list[Event]]


def pragma(store: Store, name: str) -> object:
    def job(conn: Connection) -> object:
        return conn.execute(f"PRAGMA {name}").fetchone()[0]

    return store.writer.submit_alone(job).result()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("secure_delete", 1),
        ("foreign_keys", 1),
        ("temp_store", 2),
        ("busy_timeout", 5_000),
        ("wal_autocheckpoint", 1_000),
        ("journal_size_limit", 8_000_000),
    ],
)
def test_every_pragma_that_a_promise_rests_on_is_set(
    store: Store, name: str, value: object
) -> None:
    assert pragma(store, name) == value


def test_all_files_of_the_store_are_for_its_user_only(
    store: Store, reader: Connection, stay: Stay, path: Path
) -> None:
    store.ledger.append(stay()).result()

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}
    assert reader.execute("SELECT 1").fetchone() == (1,)


def test_a_file_that_others_may_read_is_closed_to_them(path: Path) -> None:
    Store.open(path).close()
    path.chmod(0o644)

    Store.open(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_reader_works_while_no_writer_runs(path: Path, stay: Stay) -> None:
    with Store.open(path) as store:
        store.ledger.append(stay()).result()

    reader = connect_reader(path)
    found = len(list(reading.events(reader)))
    reader.close()

    assert found == 4


def test_a_store_that_was_closed_twice_is_closed(path: Path) -> None:
    store = Store.open(path)

    store.close()
    store.close()

    with pytest.raises(StoreError):
        store.scrub()


def test_reading_a_file_that_is_not_there_is_a_store_error(path: Path) -> None:
    with pytest.raises(StoreError, match="could not open") as caught:
        connect_reader(path)

    assert caught.value.where == str(path)
    assert not path.exists()


def test_a_folder_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="could not make") as caught:
        Store.open(tmp_path / "nowhere" / "store.db")

    assert "make the folder" in caught.value.remedy


def test_a_file_that_is_no_database_is_a_store_error_with_a_remedy(path: Path) -> None:
    path.write_bytes(b"this is not a database" * 500)

    with pytest.raises(StoreError, match="not a database") as caught:
        Store.open(path)

    assert "a new ledger begins" in caught.value.remedy


@pytest.mark.parametrize("start", [100, 4096])
def test_a_damaged_file_is_a_store_error_with_a_remedy(path: Path, start: int) -> None:
    Store.open(path).close()
    content = bytearray(path.read_bytes())
    content[start:] = b"\xa5" * (len(content) - start)
    path.write_bytes(content)

    with pytest.raises(StoreError) as caught:
        Store.open(path)

    assert "a new ledger begins" in caught.value.remedy


def test_a_store_made_by_a_newer_version_is_refused(path: Path) -> None:
    Store.open(path).close()
    conn = connect_writer(path)
    conn.execute(f"PRAGMA user_version = {VERSION + 1}").close()
    conn.close()

    with pytest.raises(StoreError, match="made by a newer version"):
        Store.open(path)


def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    conn = connect_writer(path)
    conn.execute("CREATE TABLE theirs (line TEXT)")
    conn.close()

    with pytest.raises(StoreError, match="another program"):
        Store.open(path)


def test_another_epoch_than_the_files_is_refused(path: Path) -> None:
    Store.open(path, epoch="one").close()

    with pytest.raises(StoreError, match="its epoch is one, not two"):
        Store.open(path, epoch="two")


def test_a_refused_file_stays_as_it_was(path: Path) -> None:
    Store.open(path, epoch="one").close()
    before = path.read_bytes()

    with pytest.raises(StoreError):
        Store.open(path, epoch="two")

    assert path.read_bytes() == before


def test_a_migration_and_its_record_are_kept_together_or_not_at_all(path: Path) -> None:
    conn = connect_writer(path)
    conn.execute("BEGIN IMMEDIATE")
    migrations.upgrade(conn, path)
    conn.execute("ROLLBACK")
    nothing = conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    version = migrations.version(conn)
    conn.close()

    with Store.open(path) as store:
        reader = store.reader()
        applied = reader.execute("SELECT name FROM _sqlite_migrations").fetchall()
        reader.close()

    assert (nothing, version) == (0, 0)
    assert applied == [("0001-first",), ("0002-standing",)]


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
    ],
)
def test_a_sqlite_with_the_wal_reset_fault_is_named(
    version: tuple[int, ...],
    faulty: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    faults = sqlite_faults(version)

    assert bool(faults) is faulty
    assert all("install pysqlite3" in fault for fault in faults)
