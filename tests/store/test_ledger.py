"""The ledger numbers events without a gap, and keeps all of a batch or nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.errors import StoreError
from edge.model.event import Event, VisitStarted
from edge.model.names import Instant, VisitId
from edge.store import reading
from edge.store.database import Store
from edge.store.engine import Connection
from edge.store.ledger import Snapshot

Stay = Callable[..., list[Event]]


def refuse_outbox(conn: Connection) -> None:
    """Make the outbox refuse whatever comes, as a failing disk would in the middle of a job."""
    conn.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON outbox BEGIN SELECT raise(ABORT, 'no room'); END"
    )


def test_events_are_numbered_from_one_without_a_gap(
    store: Store, reader: Connection, stay: Stay
) -> None:
    batches = [stay(1), stay(2), stay(3)]

    given = [store.ledger.append(batch).result() for batch in batches]

    assert given == [(1, 4), (5, 8), (9, 12)]
    assert [row.sequence for row in reading.events(reader)] == list(range(1, 13))


def test_an_event_comes_back_as_it_was_appended(
    store: Store, reader: Connection, stay: Stay
) -> None:
    events = stay()

    store.ledger.append(events).result()

    rows = list(reading.events(reader))
    assert [row.data for row in rows] == [event.data for event in events]
    assert [row.at_ms for row in rows] == [event.at // 1_000_000 for event in events]
    assert [row.visit for row in rows] == [event.visit for event in events]


def test_appending_nothing_gives_an_empty_span(store: Store, stay: Stay) -> None:
    store.ledger.append(stay()).result()

    first, last = store.ledger.append([]).result()

    assert (first, last) == (5, 4)


def test_a_new_store_has_no_snapshot(store: Store) -> None:
    assert store.ledger.snapshot() is None


def test_the_newest_snapshot_comes_back_after_a_restart(path: Path, stay: Stay) -> None:
    older = Snapshot(position=4, at=Instant(1_000_000_001), state=b"older")
    newer = Snapshot(position=9, at=Instant(2_000_000_002), state=b"\x00newer")
    with Store.open(path) as store:
        store.ledger.append(stay(1), snapshot=older).result()
        store.ledger.append(stay(2), snapshot=newer).result()

    with Store.open(path) as store:
        found = store.ledger.snapshot()

    assert found == newer


def test_a_batch_that_fails_leaves_neither_events_nor_snapshot(
    store: Store, reader: Connection, stay: Stay
) -> None:
    before = Snapshot(position=1, at=Instant(1), state=b"before")
    store.ledger.append(stay(1), snapshot=before).result()
    store.writer.submit(refuse_outbox).result()

    failing = store.ledger.append(stay(2), snapshot=Snapshot(position=2, at=Instant(2), state=b"-"))

    with pytest.raises(StoreError, match="no room"):
        failing.result()
    assert store.ledger.snapshot() == before
    assert [row.sequence for row in reading.events(reader)] == [1, 2, 3, 4]
    assert [row.visit for row in reading.visits(reader)] == ["v-0000000000000001"]


def test_a_failed_batch_leaves_no_gap_in_the_numbers(store: Store, stay: Stay) -> None:
    store.ledger.append(stay(1)).result()
    store.writer.submit(refuse_outbox).result()
    assert isinstance(store.ledger.append(stay(2)).exception(), StoreError)

    store.writer.submit(lambda conn: conn.execute("DROP TRIGGER refuse").close()).result()
    given = store.ledger.append(stay(3)).result()

    assert given == (5, 8)


@pytest.mark.parametrize(
    "name", ["v-1", "0000000000000001", "v-000000000000000G", "v-ABCDEF0123456789"]
)
def test_a_visit_id_that_is_no_id_is_refused_at_once(store: Store, name: str) -> None:
    visit = VisitId(name)
    event = Event(at=Instant(0), recorded=Instant(0), data=VisitStarted(visit=visit), visit=visit)

    with pytest.raises(StoreError, match="16 hexadecimal digits"):
        store.ledger.append([event])


def test_numbers_do_not_start_again_once_everything_is_acknowledged(path: Path, stay: Stay) -> None:
    with Store.open(path) as store:
        store.ledger.append(stay(1)).result()
        store.outbox.acknowledge(store.epoch, 4).result()

    with Store.open(path) as store:
        given = store.ledger.append(stay(2)).result()

    assert given == (5, 8)


def test_a_clock_found_wrong_corrects_what_was_not_sent(
    store: Store, reader: Connection, stay: Stay
) -> None:
    store.ledger.append(stay(1), synced=False).result()
    store.outbox.acknowledge(store.epoch, 2).result()
    store.ledger.append(stay(2), synced=True).result()
    before = [row.at_ms for row in reading.events(reader)]

    corrected = store.ledger.correct_clock(60_000).result()

    rows = list(reading.events(reader))
    assert corrected == 2
    moved = [row.at_ms - was for row, was in zip(rows, before, strict=True)]
    assert moved == [0, 0, 60_000, 60_000, 0, 0, 0, 0]
    assert [row.synced for row in rows] == [False, False, True, True, True, True, True, True]


def test_the_number_given_last_is_known_after_a_restart(path: Path, stay: Stay) -> None:
    with Store.open(path) as store:
        before = store.ledger.last()
        store.ledger.append(stay()).result()
        store.outbox.acknowledge(store.epoch, 4).result()

    with Store.open(path) as store:
        after = store.ledger.last()

    assert (before, after) == (0, 4)


def test_two_ledgers_have_two_epochs(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db") as one, Store.open(tmp_path / "b.db") as other:
        epochs = {one.ledger.epoch, other.ledger.epoch}

    assert len(epochs) == 2
    assert all(len(bytes.fromhex(epoch)) == 8 for epoch in epochs)


def test_an_epoch_stays_with_its_file(path: Path) -> None:
    with Store.open(path, epoch="replay-1") as store:
        first = store.epoch

    with Store.open(path) as store:
        second = store.epoch

    assert first == second == "replay-1"


def test_after_closing_nothing_is_taken(path: Path, stay: Stay) -> None:
    store = Store.open(path)
    store.close()

    with pytest.raises(StoreError, match="closed"):
        store.ledger.append(stay())
