"""R26: who is erased is gone from the bytes of every file, and from old copies without the keys."""

import shutil
import threading
from pathlib import Path

import pytest

from edge.privacy.keyring import Keyring
from edge.store import customers, erasure, meta, reading
from edge.store.backup import back_up
from edge.store.database import Store
from edge.store.engine import Connection, connect_reader
from edge.store.vault import Vault
from tests.privacy.vaults import (
    ANNA,
    BERT,
    DEVICE_KEY,
    fill,
    found_in,
    keep,
    names_read,
    open_store,
    stay,
)


def sealed_rows(store: Store) -> list[bytes]:
    """Give every sealed byte that is Anna's: her wrapped key, her record, what was said of her."""

    def job(conn: Connection) -> list[bytes]:
        mark = Keyring(DEVICE_KEY).mark(ANNA)
        (number,) = conn.execute("SELECT number FROM person WHERE mark = ?", (mark,)).fetchone()
        found = [
            *conn.execute("SELECT wrapped FROM person WHERE number = ?", (number,)).fetchall(),
            *conn.execute("SELECT sealed FROM customer WHERE person = ?", (number,)).fetchall(),
            *conn.execute("SELECT sealed FROM personal WHERE person = ?", (number,)).fetchall(),
        ]
        return [bytes(row[0]) for row in found]

    return store.writer.submit(job).result()


def erase(store: Store) -> erasure.Forgotten:
    """Erase Anna, as a delivery of the platform does, in one transaction."""

    def job(conn: Connection) -> erasure.Forgotten:
        customers.erase(conn, ANNA, version=9)
        return erasure.forget(conn, ANNA)

    return store.writer.submit(job).result()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_r26_no_sealed_byte_of_an_erased_person_is_left_in_any_file(home: Path) -> None:
    with open_store(home) as store:
        fill(store)
        traces = sealed_rows(store)
        assert len(traces) == 5
        assert len(found_in(home, traces)) >= len(traces)

        done = erase(store)

        assert store.scrub().result() is True
        assert done.keys == 1
        assert found_in(home, traces) == []
        assert names_read(store)["customers"] == {BERT}


def test_r26_it_stays_in_the_log_until_a_reader_with_an_old_view_is_gone(home: Path) -> None:
    with open_store(home) as store:
        fill(store)
        traces = sealed_rows(store)
        reader = store.reader()
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM person").fetchone()

        erase(store)
        while_read, left = store.scrub().result(), found_in(home, traces)
        reader.execute("ROLLBACK")
        afterwards = store.scrub().result()
        reader.close()

        assert (while_read, afterwards) == (False, True)
        assert left  # the reader holds it there: a scrub that said so would have lied
        assert found_in(home, traces) == []


def test_r26_a_reading_of_the_whole_ledger_is_in_no_scrubs_way(home: Path) -> None:
    with open_store(home) as store:
        fill(store)
        traces = sealed_rows(store)
        reader = store.reader()
        rows = reading.events(reader)
        next(rows)
        people = customers.rows(reader)
        next(people)

        erase(store)

        assert store.scrub().result() is True
        assert found_in(home, traces) == []
        reader.close()


def test_r26_what_is_deleted_is_overwritten_and_nothing_goes_into_temporary_files(
    home: Path,
) -> None:
    with open_store(home) as store:
        asked = ("secure_delete", "temp_store", "journal_mode")

        found = store.writer.submit_alone(
            lambda conn: [conn.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
        ).result()

    assert found == [1, 2, "wal"]


def test_r26_pages_that_became_free_hold_nothing(home: Path) -> None:
    with open_store(home) as store:
        fill(store)
        for _ in range(200):
            store.ledger.append(stay(ANNA)).result()
        traces = sealed_rows(store)
        erase(store)
        assert store.scrub().result() is True

        free = store.writer.submit_alone(
            lambda conn: conn.execute("PRAGMA freelist_count").fetchone()[0]
        ).result()

    assert free > 5
    assert found_in(home, traces) == []


def test_r26_an_old_copy_without_the_keys_opens_for_nobody_who_was_erased(
    home: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "backup.db"
    with open_store(home) as store:
        fill(store)
        back_up(store.path, copy)
        erase(store)

    reader = connect_reader(copy, Vault(Keyring(DEVICE_KEY)))
    kept = list(customers.rows(reader))
    rows = list(reading.events(reader))
    reader.close()

    assert kept == []
    assert not [row for row in rows if getattr(row.data, "customer", None)]
    assert len(rows) == 10


def test_r26_a_backup_holds_no_key_nor_anything_that_a_key_would_open(
    home: Path, tmp_path: Path
) -> None:
    with open_store(home) as store:
        fill(store)
        traces = sealed_rows(store)
        (tmp_path / "kept").mkdir()

        back_up(store.path, tmp_path / "kept" / "backup.db")

    assert found_in(tmp_path / "kept", traces) == []
    assert (tmp_path / "kept" / "backup.db").stat().st_mode & 0o077 == 0


def test_r26_a_restored_backup_counts_on_and_asks_the_platform_for_everybody(
    home: Path, tmp_path: Path
) -> None:
    with open_store(home) as store:
        fill(store)
        store.writer.submit(lambda conn: customers.keep_cursor(conn, "042")).result()
        back_up(store.path, tmp_path / "backup.db")
    shutil.copy(tmp_path / "backup.db", home / "edge.db")

    with open_store(home) as store:
        reader = store.reader()
        cursor, key = customers.cursor(reader), meta.get(reader, "key.fingerprint")
        reader.close()

        assert (cursor, key) == (None, Keyring(DEVICE_KEY).fingerprint)
        assert store.ledger.last() == 10
        assert keep(store, ANNA)


def test_r26_readers_come_and_go_while_people_are_erased(home: Path) -> None:
    with open_store(home) as store:
        fill(store)
        traces = sealed_rows(store)
        is_over = threading.Event()

        def read() -> None:
            while not is_over.is_set():
                reader = store.reader()
                list(reading.events(reader))
                reader.close()

        thread = threading.Thread(target=read)
        thread.start()
        erase(store)
        attempts = 0
        while not store.scrub().result():
            attempts += 1
            assert attempts < 200
        is_over.set()
        thread.join()

        assert found_in(home, traces) == []
