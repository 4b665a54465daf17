"""What was kept long enough goes; what the platform has not acknowledged stays."""

from collections.abc import Callable

import pytest

from edge.model.event import Event, VisitEnded, VisitIdentified
from edge.model.names import SECOND, Instant
from edge.store import reading, retention
from edge.store.database import Store
from edge.store.engine import Connection

Stay = Callable[..., list[Event]]


@pytest.fixture
def acknowledged(store: Store, stay: Stay) -> Store:
    """Keep three acknowledged stays and one that waits."""
    for number in (1, 2, 3, 4):
        store.ledger.append(stay(number)).result()
    store.outbox.acknowledge(store.epoch, 12).result()
    return store


def sequences(reader: Connection) -> list[int]:
    return [row.sequence for row in reading.events(reader)]


def test_events_before_the_moment_go_and_their_visits_with_them(
    acknowledged: Store, reader: Connection, stay: Stay
) -> None:
    before = stay(3)[0].at

    swept = acknowledged.writer.submit(lambda conn: retention.sweep(conn, before=before)).result()

    assert swept == retention.Swept(events=8, visits=2, more=False)
    assert sequences(reader) == [9, 10, 11, 12, 13, 14, 15, 16]
    assert [row.visit[-1] for row in reading.visits(reader)] == ["3", "4"]


@pytest.mark.parametrize(("shift_s", "left"), [(-1, 16), (0, 16), (1, 15)])
def test_the_moment_itself_stays(
    acknowledged: Store, reader: Connection, stay: Stay, shift_s: int, left: int
) -> None:
    before = Instant(stay(1)[0].at + shift_s * SECOND)

    acknowledged.writer.submit(lambda conn: retention.sweep(conn, before=before)).result()

    assert len(sequences(reader)) == left


def test_what_waits_for_the_platform_stays_however_old(
    acknowledged: Store, reader: Connection
) -> None:
    forever = Instant(2**62)

    swept = acknowledged.writer.submit(lambda conn: retention.sweep(conn, before=forever)).result()

    assert swept.events == 12
    assert sequences(reader) == [13, 14, 15, 16]
    assert acknowledged.outbox.depth(reader) == 4
    assert [row.visit[-1] for row in reading.visits(reader)] == ["4"]


def test_a_sweep_may_be_for_some_types_only(acknowledged: Store, reader: Connection) -> None:
    swept = acknowledged.writer.submit(
        lambda conn: retention.sweep(
            conn, before=Instant(2**62), types=(VisitIdentified, VisitEnded)
        )
    ).result()

    assert swept == retention.Swept(events=6, visits=0, more=False)
    assert sequences(reader) == [1, 3, 5, 7, 9, 11, 13, 14, 15, 16]


def test_a_long_sweep_comes_in_slices(acknowledged: Store, reader: Connection) -> None:
    before = Instant(2**62)

    slices = [
        acknowledged.writer.submit(
            lambda conn: retention.sweep(conn, before=before, limit=5)
        ).result()
        for _ in range(3)
    ]

    assert [swept.events for swept in slices] == [5, 5, 2]
    assert [swept.more for swept in slices] == [True, True, False]
    assert sequences(reader) == [13, 14, 15, 16]


def test_numbers_go_on_after_everything_was_swept(acknowledged: Store, stay: Stay) -> None:
    acknowledged.outbox.acknowledge(acknowledged.epoch, 16).result()
    acknowledged.writer.submit(lambda conn: retention.sweep(conn, before=Instant(2**62))).result()

    assert acknowledged.ledger.append(stay(5)).result() == (17, 20)
