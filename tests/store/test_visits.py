"""The table of visits says what all events so far say, corrections included."""

from collections.abc import Callable

import pytest

from edge.model.event import (
    Event,
    EventData,
    VisitCorrected,
    VisitEnded,
    VisitStarted,
    ZoneEntered,
    ZoneLeft,
)
from edge.model.names import SECOND, DoorName, Instant, VisitId, ZoneName
from edge.store import reading
from edge.store.database import Store
from edge.store.engine import Connection

Stay = Callable[..., list[Event]]

ONE = VisitId("v-0000000000000001")
TWO = VisitId("v-0000000000000002")


def said(data: EventData, at_s: int = 0) -> Event:
    at = Instant(at_s * SECOND)
    return Event(at=at, recorded=at, data=data, visit=ONE)


def test_a_whole_stay_is_one_row(store: Store, reader: Connection, stay: Stay) -> None:
    events = stay(1)

    store.ledger.append(events).result()

    row = reading.visit(reader, ONE)
    assert row is not None
    assert (row.started_ms, row.ended_ms) == (
        events[0].at // 1_000_000,
        events[-1].at // 1_000_000,
    )
    assert (row.door, row.zone, row.people, row.basis) == ("door-1", "toys", 1, "door")
    assert (row.customer, row.confidence, row.grade) == ("c-1", 0.97, "confirmed")
    assert row.how == "door"
    assert (row.correction, row.merged_into, row.reason) == (None, None, None)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_stay_in_two_batches_is_the_same_row(
    store: Store, reader: Connection, stay: Stay, cut: int
) -> None:
    whole, parted = stay(1), stay(2)

    store.ledger.append(whole).result()
    store.ledger.append(parted[:cut]).result()
    store.ledger.append(parted[cut:]).result()

    one, two = reading.visits(reader)
    alike = ("door", "zone", "people", "basis", "confidence", "grade", "how")
    assert [getattr(one, name) for name in alike] == [getattr(two, name) for name in alike]
    assert one.ended_ms is not None
    assert two.ended_ms is not None
    assert two.ended_ms - two.started_ms == one.ended_ms - one.started_ms


def test_a_merged_visit_points_to_the_one_it_is_part_of(
    store: Store, reader: Connection, stay: Stay
) -> None:
    store.ledger.append([*stay(1), *stay(2)]).result()

    data = VisitCorrected(visit=ONE, what="merged", with_=TWO, reason="heard again")
    store.ledger.append([said(data)]).result()

    one, two = reading.visits(reader)
    assert (one.correction, one.merged_into, one.reason) == ("merged", TWO, "heard again")
    assert (two.correction, two.merged_into) == (None, None)
    assert one.customer == "c-1"


@pytest.mark.parametrize("what", ["retracted", "split"])
def test_another_correction_is_noted_and_merges_nothing(
    store: Store, reader: Connection, stay: Stay, what: str
) -> None:
    data = VisitCorrected(visit=ONE, what=what, with_=TWO, reason="a member of staff")

    store.ledger.append([*stay(1), said(data)]).result()

    row = reading.visit(reader, ONE)
    assert row is not None
    assert (row.correction, row.merged_into, row.reason) == (what, None, "a member of staff")


def test_the_zone_is_the_one_entered_last(store: Store, reader: Connection) -> None:
    store.ledger.append(
        [
            said(VisitStarted(visit=ONE, zone=ZoneName("entrance"), door=DoorName("d"))),
            said(ZoneEntered(visit=ONE, zone="toys", confidence=1.0)),
            said(ZoneLeft(visit=ONE, zone="toys", dwell_s=1.0, confidence=1.0)),
        ]
    ).result()
    store.ledger.append([said(ZoneEntered(visit=ONE, zone="unknown", confidence=0.0))]).result()

    row = reading.visit(reader, ONE)

    assert row is not None
    assert row.zone == "unknown"


def test_what_comes_late_about_a_swept_visit_makes_no_row(store: Store, reader: Connection) -> None:
    store.ledger.append([said(VisitEnded(visit=ONE, duration_s=1.0, how="door"))]).result()

    assert reading.visit(reader, ONE) is None
