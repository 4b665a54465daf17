"""An erased customer is gone from visits, events and the bytes on the disk; no number is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.model.event import (
    EVENT_TYPES,
    ConsentWithdrawn,
    Event,
    PurchaseRecorded,
    VisitIdentified,
    VisitStarted,
)
from edge.model.names import CustomerId, Instant, VisitId
from edge.store import erasure, reading
from edge.store.database import Store
from edge.store.engine import Connection

Stay = Callable[..., list[Event]]

ANNA = CustomerId("c-anna-7f3a")
VISIT = VisitId("v-00000000000000aa")


def identified(customer: CustomerId) -> Event:
    data = VisitIdentified(
        visit=VISIT, customer=customer, confidence=0.9, grade="probable", evidence=(), purposes=()
    )
    return Event(at=Instant(0), recorded=Instant(0), data=data, visit=VISIT)


def bought(customer: CustomerId, receipt: str = "R-1") -> Event:
    data = PurchaseRecorded(
        receipt=receipt, total=23.9, currency="EUR", visit=VISIT, customer=customer
    )
    return Event(at=Instant(0), recorded=Instant(0), data=data, visit=VISIT)


def started() -> Event:
    return Event(at=Instant(0), recorded=Instant(0), data=VisitStarted(visit=VISIT), visit=VISIT)


@pytest.fixture
def known(store: Store) -> Store:
    """Have Anna identified and buying twice, the first time already acknowledged."""
    store.ledger.append([started(), identified(ANNA), bought(ANNA)]).result()
    store.outbox.acknowledge(store.epoch, 3).result()
    store.ledger.append([identified(ANNA), bought(ANNA)]).result()
    return store


def residue(path: Path, needle: bytes) -> list[str]:
    return [file.name for file in path.parent.iterdir() if needle in file.read_bytes()]


def test_an_erased_customer_is_named_nowhere(known: Store, reader: Connection) -> None:
    done = known.writer.submit(lambda conn: erasure.forget(conn, ANNA)).result()

    assert done == erasure.Forgotten(visits=1, events=4, queued=2, keys=1)
    row = reading.visit(reader, VISIT)
    assert row is not None
    assert (row.customer, row.grade, row.confidence) == (None, None, None)
    assert not [e for e in reading.events(reader) if getattr(e.data, "customer", None) == ANNA]


def test_what_waits_keeps_its_number_and_says_no_more_than_it_may(
    known: Store, reader: Connection
) -> None:
    known.writer.submit(lambda conn: erasure.forget(conn, ANNA)).result()

    queued = known.outbox.peek(reader, after=0, limit=10)

    assert [row.sequence for row in queued] == [4, 5]
    assert queued[0].data == VisitIdentified(
        visit=VISIT, customer=CustomerId(""), confidence=0.0, grade="withdrawn",
        evidence=(), purposes=(),
    )  # fmt: skip
    assert queued[1].data == PurchaseRecorded(
        receipt="R-1", total=23.9, currency="EUR", visit=VISIT
    )


def test_a_withdrawal_holds_back_only_what_was_not_acknowledged(
    known: Store, reader: Connection
) -> None:
    held = known.writer.submit(lambda conn: erasure.hold_back(conn, ANNA)).result()

    assert held == 2
    customers = [getattr(row.data, "customer", None) for row in reading.events(reader)]
    assert customers == [None, ANNA, ANNA, "", None]


def test_with_nothing_waiting_nothing_is_held_back(known: Store) -> None:
    known.outbox.acknowledge(known.epoch, 5).result()

    assert known.writer.submit(lambda conn: erasure.hold_back(conn, ANNA)).result() == 0


def test_a_customer_with_a_longer_or_equal_looking_name_is_left_alone(
    store: Store, reader: Connection
) -> None:
    others = [identified(CustomerId(ANNA + "9")), bought(CustomerId("c-2"), receipt=ANNA)]
    store.ledger.append([started(), *others]).result()

    done = store.writer.submit(lambda conn: erasure.forget(conn, ANNA)).result()

    assert done == erasure.Forgotten(visits=0, events=0, queued=0)
    assert [row.data for row in reading.events(reader)][1:] == [event.data for event in others]


def wrapped_key(known: Store) -> bytes:
    def job(conn: Connection) -> bytes:
        (wrapped,) = conn.execute("SELECT wrapped FROM person").fetchone()
        return bytes(wrapped)

    return known.writer.submit(job).result()


def test_after_a_scrub_no_byte_of_the_persons_key_is_left_in_any_file(
    known: Store, path: Path
) -> None:
    key = wrapped_key(known)
    assert residue(path, key)

    known.writer.submit(lambda conn: erasure.forget(conn, ANNA)).result()

    assert known.scrub().result() is True
    assert residue(path, key) == []


def test_a_scrub_says_when_a_reader_still_holds_an_old_view(
    known: Store, reader: Connection, path: Path
) -> None:
    key = wrapped_key(known)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM event").fetchone()
    known.writer.submit(lambda conn: erasure.forget(conn, ANNA)).result()

    blocked = known.scrub().result()
    reader.execute("ROLLBACK")
    free = known.scrub().result()

    assert (blocked, free) == (False, True)
    assert residue(path, key) == []


@pytest.mark.parametrize(
    "kind", [kind for kind in EVENT_TYPES if "customer" in kind.__struct_fields__]
)
def test_every_type_that_can_name_a_customer_can_lose_the_name(kind: type[object]) -> None:
    samples = {
        VisitIdentified: identified(ANNA).data,
        PurchaseRecorded: bought(ANNA).data,
        ConsentWithdrawn: ConsentWithdrawn(
            customer=ANNA, purposes=("visit_history",), method="card"
        ),
    }

    left = erasure.without_customer(samples[kind])

    assert not left.customer
    assert type(left) is kind
