"""Only the platform's own acknowledgement empties the outbox."""

from collections.abc import Callable

import pytest

from edge.errors import WireError
from edge.model.event import Event
from edge.store import reading
from edge.store.database import Store
from edge.store.engine import Connection

Stay = Callable[..., list[Event]]


@pytest.fixture
def filled(store: Store, stay: Stay) -> Store:
    """Keep twelve events."""
    for number in (1, 2, 3):
        store.ledger.append(stay(number)).result()
    return store


def numbers(store: Store, reader: Connection) -> list[int]:
    return [row.sequence for row in store.outbox.peek(reader, after=0, limit=100)]


def test_peeking_gives_the_oldest_behind_a_sequence_and_leaves_them(
    filled: Store, reader: Connection
) -> None:
    first = filled.outbox.peek(reader, after=0, limit=5)
    second = filled.outbox.peek(reader, after=first[-1].sequence, limit=5)

    assert [row.sequence for row in first] == [1, 2, 3, 4, 5]
    assert [row.sequence for row in second] == [6, 7, 8, 9, 10]
    assert filled.outbox.depth(reader) == 12


def test_an_acknowledgement_lets_go_of_what_it_covers_and_nothing_else(
    filled: Store, reader: Connection
) -> None:
    let_go = filled.outbox.acknowledge(filled.epoch, 5).result()

    assert let_go == 5
    assert numbers(filled, reader) == [6, 7, 8, 9, 10, 11, 12]
    assert len(list(reading.events(reader))) == 12


def test_a_repeated_or_older_acknowledgement_changes_nothing(
    filled: Store, reader: Connection
) -> None:
    filled.outbox.acknowledge(filled.epoch, 5).result()

    again = [filled.outbox.acknowledge(filled.epoch, through).result() for through in (5, 3, 0)]

    assert again == [0, 0, 0]
    assert filled.outbox.depth(reader) == 7


def test_an_acknowledgement_for_another_epoch_is_refused(filled: Store, reader: Connection) -> None:
    refused = filled.outbox.acknowledge("another-epoch", 5)

    with pytest.raises(WireError, match="another-epoch"):
        refused.result()
    assert filled.outbox.depth(reader) == 12


@pytest.mark.parametrize("through", [13, 2**63, 10**30, -1])
def test_an_acknowledgement_of_a_number_never_given_is_refused(
    filled: Store, reader: Connection, through: int
) -> None:
    refused = filled.outbox.acknowledge(filled.epoch, through)

    with pytest.raises(WireError, match="the last one given is 12"):
        refused.result()
    assert filled.outbox.depth(reader) == 12


def test_a_drained_outbox_still_knows_the_last_number(filled: Store, reader: Connection) -> None:
    filled.outbox.acknowledge(filled.epoch, 12).result()

    assert filled.outbox.depth(reader) == 0
    assert filled.outbox.oldest_ms(reader) is None
    with pytest.raises(WireError):
        filled.outbox.acknowledge(filled.epoch, 13).result()
    assert filled.outbox.acknowledge(filled.epoch, 12).result() == 0


def test_the_age_is_that_of_the_oldest_unacknowledged_event(
    filled: Store, reader: Connection
) -> None:
    rows = filled.outbox.peek(reader, after=0, limit=12)

    filled.outbox.acknowledge(filled.epoch, 5).result()

    assert filled.outbox.oldest_ms(reader) == rows[5].recorded_ms


def test_an_unacknowledged_event_cannot_be_deleted_by_anybody(
    filled: Store, reader: Connection
) -> None:
    attempt = filled.writer.submit(lambda conn: conn.execute("DELETE FROM event").rowcount)

    assert "FOREIGN KEY" in str(attempt.exception())
    assert len(numbers(filled, reader)) == 12
