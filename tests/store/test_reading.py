"""The command line and the report read beside the writer, in constant memory."""

import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.errors import StoreError
from edge.model.event import Event, FootfallCounted, SourceStateChanged, VisitEnded, VisitStarted
from edge.model.names import Instant, SourceName, VisitId
from edge.store import meta, playbook, reading
from edge.store.database import Store
from edge.store.engine import Connection

Stay = Callable[..., list[Event]]


@pytest.fixture
def filled(store: Store, stay: Stay) -> Store:
    for number in range(1, 301):
        store.ledger.append(stay(number))
    return store


def test_all_events_come_in_order_over_many_pages(filled: Store, reader: Connection) -> None:
    filled.ledger.append([]).result()

    found = [row.sequence for row in reading.events(reader)]

    assert found == list(range(1, 1_201))


def test_events_are_chosen_by_type_time_and_place(
    filled: Store, reader: Connection, stay: Stay
) -> None:
    filled.ledger.append([]).result()
    since = stay(299)[0].at

    found = list(reading.events(reader, types=(VisitStarted, VisitEnded), since=since, after=1_193))

    assert [(row.sequence, type(row.data)) for row in found] == [
        (1_196, VisitEnded),
        (1_197, VisitStarted),
        (1_200, VisitEnded),
    ]


def test_reading_everything_takes_no_more_memory_than_two_pages(
    filled: Store, reader: Connection
) -> None:
    filled.ledger.append([]).result()

    tracemalloc.start()
    for _ in reading.events(reader, after=200):
        pass
    _, short = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    for _ in reading.events(reader):
        pass
    _, whole = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert whole < 1.5 * short


def test_the_events_of_a_visit_come_in_order(filled: Store, reader: Connection, stay: Stay) -> None:
    filled.ledger.append([]).result()

    found = reading.of_visit(reader, VisitId(f"v-{7:016x}"))

    assert [row.data for row in found] == [event.data for event in stay(7)]
    assert [row.sequence for row in found] == [25, 26, 27, 28]


def test_the_latest_event_of_a_type_is_found(store: Store, reader: Connection) -> None:
    changed = [
        SourceStateChanged(source=SourceName("door-1"), from_=was, to=now, reason="", remedy="")
        for was, now in (("starting", "watching"), ("watching", "deaf"))
    ]
    store.ledger.append(
        [Event(at=Instant(0), recorded=Instant(0), data=data) for data in changed]
    ).result()

    newest = reading.latest(reader, SourceStateChanged)

    assert newest is not None
    assert newest.data == changed[1]
    assert reading.latest(reader, FootfallCounted) is None


def test_visits_come_oldest_first_over_many_pages_since_a_moment(
    store: Store, reader: Connection, stay: Stay
) -> None:
    for number in range(1_200, 0, -1):
        store.ledger.append(stay(number)[:1])
    store.ledger.append([]).result()

    everyone = [row.visit for row in reading.visits(reader)]
    late = [row.visit for row in reading.visits(reader, since=stay(1_199)[0].at)]

    assert everyone == [f"v-{number:016x}" for number in range(1, 1_201)]
    assert late == everyone[-2:]


def test_readers_beside_the_writer_see_whole_batches_only(
    store: Store, reader: Connection, stay: Stay
) -> None:
    done = threading.Event()

    def append() -> None:
        for number in range(1, 201):
            store.ledger.append(stay(number)).result()
        done.set()

    writing = threading.Thread(target=append)
    writing.start()
    depths = [store.outbox.depth(reader)]
    while not done.is_set():
        rows = store.outbox.peek(reader, after=0, limit=10_000)
        assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
        depths.append(len(rows))
    writing.join()

    assert all(depth % 4 == 0 for depth in depths)
    assert depths == sorted(depths)
    assert store.outbox.depth(reader) == 800


def test_a_reader_cannot_write(reader: Connection) -> None:
    with pytest.raises(StoreError, match="readonly"):
        meta.put(reader, "epoch", "stolen")


def test_a_sound_file_has_no_faults(filled: Store, reader: Connection) -> None:
    filled.ledger.append([]).result()

    assert reading.faults(reader) == []


def test_a_damaged_page_is_found_or_told_as_a_store_error(path: Path, stay: Stay) -> None:
    with Store.open(path) as store:
        for number in range(1, 301):
            store.ledger.append(stay(number))
    content = bytearray(path.read_bytes())
    for place in range(30 * 4096, len(content), 4096):
        content[place : place + 64] = b"\xa5" * 64
    path.write_bytes(content)

    with Store.open(path) as store:
        reader = store.reader()
        faults = reading.faults(reader)
        with pytest.raises(StoreError) as caught:
            list(reading.events(reader))
        reader.close()

    assert faults
    assert caught.value.where == str(path)
    assert "new ledger" in caught.value.remedy


def test_the_playbook_in_force_is_the_newest(store: Store, reader: Connection) -> None:
    kept = [
        store.writer.submit(
            lambda conn, version=version: playbook.put(conn, version=version, body=b"%d" % version)
        ).result()
        for version in (3, 2, 3, 5)
    ]

    assert kept == [True, False, False, True]
    assert playbook.current(reader) == playbook.KeptPlaybook(version=5, body=b"5")


def test_a_store_without_a_playbook_says_so(reader: Connection) -> None:
    assert playbook.current(reader) is None
