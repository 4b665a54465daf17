"""A file of the first version, in which names could be read, is sealed when it is opened."""

from pathlib import Path

import pytest

from edge.model.event import Event, FootfallCounted, PurchaseRecorded
from edge.model.names import DoorName, VisitId
from edge.privacy.keyring import Keyring
from edge.store import customers, meta, reading
from edge.store.database import Store
from edge.store.engine import connect_writer
from edge.store.ledger import LOCKED
from edge.store.outbox import Outbox
from edge.store.rows import to_row
from edge.store.schema import FIRST
from tests.privacy.vaults import (
    ANNA,
    BERT,
    DEVICE_KEY,
    EVERYBODY,
    MAIL,
    RECEIPT,
    STATE,
    VISIT,
    found_in,
    stay,
)

OPEN = [name.encode() for name in (*EVERYBODY, RECEIPT, MAIL)]


def counted() -> Event:
    data = FootfallCounted(
        door=DoorName("door-1"), from_="", to="", in_=3, out=2, coverage=1.0, calibration=0
    )
    began = stay(ANNA)[0]
    return Event(at=began.at, recorded=began.recorded, data=data)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Make a file as the first version left it: two stays, a count, a customer, who is inside."""
    path = tmp_path / "edge.db"
    conn = connect_writer(path)
    conn.execute("BEGIN")
    for statement in FIRST:
        conn.execute(statement)
    conn.execute("CREATE TABLE _sqlite_migrations (migration_set TEXT, name TEXT, applied_at TEXT)")
    conn.execute("INSERT INTO _sqlite_migrations VALUES ('store-edge', '0001-first', '2026-11-01')")
    conn.execute("PRAGMA user_version = 1").close()
    for name, value in (("epoch", "e1"), ("customers.cursor", "042")):
        meta.put(conn, name, value)
    said = [*stay(ANNA), *stay(BERT), counted()]
    for number, event in enumerate(said, start=1):
        conn.execute(
            "INSERT INTO event (type, at_ms, recorded_ms, visit, data, synced, sequence) "
            "VALUES (?, ?, ?, ?, ?, 1, ?)",
            (*to_row(event), number),
        )
        conn.execute("INSERT INTO outbox VALUES (?)", (number,))
    for who in EVERYBODY:
        conn.execute(
            "INSERT INTO visit (id, started_ms, people, basis, customer, confidence, grade) "
            "VALUES (?, 0, 1, 'door', ?, 0.97, 'confirmed')",
            (bytes.fromhex(VISIT[who][2:]), who),
        )
    conn.execute("INSERT INTO customer VALUES (?, 1, ?)", (ANNA, MAIL.encode()))
    conn.execute("INSERT INTO tombstone VALUES (?, 1)", (bytes(32),))
    conn.execute("INSERT INTO snapshot VALUES (1, 4, 5, ?)", (STATE,))
    conn.execute("COMMIT")
    conn.close()
    assert {needle for _, needle in found_in(tmp_path, OPEN)} == set(OPEN)
    return path


def test_with_the_key_everything_is_sealed_and_can_be_read_as_before(old: Path) -> None:
    with Store.open(old, cipher=Keyring(DEVICE_KEY)) as store:
        assert found_in(old.parent, OPEN) == []
        reader = store.reader()
        rows = list(reading.events(reader))
        named = {row.visit: row.customer for row in reading.visits(reader)}
        snapshot = store.ledger.snapshot()
        reader.close()

    assert [row.data for row in rows] == [
        event.data for event in (*stay(ANNA), *stay(BERT), counted())
    ]
    assert named == {VISIT[ANNA]: ANNA, VISIT[BERT]: BERT}
    assert snapshot is not None
    assert (snapshot.position, snapshot.state) == (4, STATE)


def test_without_the_key_names_are_taken_out_and_counting_goes_on(old: Path) -> None:
    with Store.open(old) as store:
        assert found_in(old.parent, OPEN) == []
        reader = store.reader()
        rows = list(reading.events(reader))
        visit = reading.visit(reader, VisitId(VISIT[ANNA]))
        reader.close()

    assert [row.sequence for row in rows] == list(range(1, 12))
    assert rows[-1].data == counted().data
    assert {row.data.total for row in rows if isinstance(row.data, PurchaseRecorded)} == {23.9}
    assert visit is not None
    assert visit.customer is None


def test_customers_are_asked_for_again(old: Path) -> None:
    with Store.open(old, cipher=Keyring(DEVICE_KEY)) as store:
        reader = store.reader()
        found = (customers.cursor(reader), customers.count(reader))
        reader.close()

    assert found == (None, 0)


def test_what_waits_for_the_platform_waits_with_its_names(old: Path) -> None:
    with Store.open(old, cipher=Keyring(DEVICE_KEY)) as store:
        reader = store.reader()
        outbox: Outbox = store.outbox
        waiting = outbox.peek(reader, after=0, limit=20)
        reader.close()

    assert [row.sequence for row in waiting] == list(range(1, 12))
    assert outbox.locked == 0
    assert {getattr(row.data, "customer", None) for row in waiting} == {None, *EVERYBODY}


def test_a_file_that_was_upgraded_without_its_key_takes_one_later(old: Path) -> None:
    Store.open(old).close()

    with Store.open(old, cipher=Keyring(DEVICE_KEY)) as store:
        store.ledger.append(stay(ANNA)).result()
        reader = store.reader()
        newest = list(reading.events(reader))[-2]
        snapshot = store.ledger.snapshot()
        reader.close()

    assert getattr(newest.data, "customer", None) == ANNA
    assert snapshot is not None
    assert snapshot.state == LOCKED
