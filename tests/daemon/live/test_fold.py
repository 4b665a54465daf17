import msgspec
import pytest

from edge.daemon.run_fold import LONGEST_GAP_NS, LONGEST_LEAD_NS, Taken, take_up
from edge.fusion.fold import Fusion
from edge.fusion.state import State
from edge.fusion.tuning import Tuning
from edge.model.event import FootfallCounted, SourceStateChanged, VisitEnded
from edge.model.names import SECOND, Instant
from edge.model.place import Floor
from edge.store.ledger import Snapshot
from tests.fusion.days import clock, script, toy_floor

FLOOR = toy_floor()
INSIDE = "10:00:00 in 1 by door-1\n10:01:00 alive by ble-floor\n10:02:00 alive by ble-floor"


def remembered(day: str = INSIDE) -> tuple[Fusion, Snapshot]:
    """Give a store in which somebody is inside, as it was remembered at the end of the script."""
    fusion = Fusion(FLOOR, state=State(epoch="e1"), tuning=Tuning())
    fusion.begin(clock("09:59:00"))
    for observation in script(day):
        fusion.step(observation)
    at = clock("10:02:00")
    fusion.advance(at)
    return fusion, Snapshot(position=3, at=at, state=fusion.snapshot())


def taken(snapshot: Snapshot | None, at: int, *, floor: Floor = FLOOR) -> Taken:
    return take_up(snapshot, floor, tuning=Tuning(), epoch="e1", now=Instant(at))


def state_of(fusion: Fusion) -> State:
    return msgspec.msgpack.decode(fusion.snapshot(), type=State)


def test_a_new_ledger_begins_now() -> None:
    begun = taken(None, clock("10:00:00"))

    assert begun.events == ()
    assert state_of(begun.fusion).now == clock("10:00:00")


def test_a_short_absence_keeps_who_is_inside() -> None:
    _, snapshot = remembered()

    going_on = taken(snapshot, clock("10:12:00"))

    assert list(state_of(going_on.fusion).visits) == list(
        msgspec.msgpack.decode(snapshot.state, type=State).visits
    )
    events = going_on.fusion.advance(clock("10:12:00"))
    assert not any(isinstance(one.data, VisitEnded) for one in events)


def test_the_time_in_which_nobody_listened_counts_as_missed() -> None:
    _, snapshot = remembered()
    going_on = taken(snapshot, clock("10:12:00"))

    events = [*going_on.events, *going_on.fusion.advance(clock("10:16:10"))]

    changes = [one for one in events if isinstance(one.data, SourceStateChanged)]
    assert {(one.data.source, one.data.to, one.data.reason) for one in changes} == {
        ("door-1", "retrying", "the service was not running"),
        ("ble-floor", "retrying", "the service was not running"),
    }
    assert {one.at for one in changes} == {clock("10:02:00")}


def test_the_coverage_of_the_absence_is_missing_from_the_figures() -> None:
    _, snapshot = remembered()
    going_on = taken(snapshot, clock("10:09:00"))
    back = script("10:09:00 alive by door-1")

    events = [event for one in back for event in going_on.fusion.step(one)]
    events += going_on.fusion.advance(clock("10:30:00"))

    footfall = [one.data for one in events if isinstance(one.data, FootfallCounted)]
    assert footfall[1].in_ == 1
    assert footfall[1].coverage == pytest.approx(1 - 7 / 15, abs=0.002)


def test_a_source_that_was_deaf_already_is_not_told_again() -> None:
    _, snapshot = remembered("10:00:00 alive by ble-floor\n10:01:00 ble-floor is deaf")

    going_on = taken(snapshot, clock("10:03:00"))

    told = [*going_on.events, *going_on.fusion.advance(clock("10:04:00"))]
    assert not any(isinstance(one.data, SourceStateChanged) for one in told)


@pytest.mark.parametrize("away_ns", [LONGEST_GAP_NS + 10 * SECOND, -LONGEST_LEAD_NS - 10 * SECOND])
def test_a_long_absence_or_a_clock_that_was_ahead_ends_what_is_open(away_ns: int) -> None:
    fusion, snapshot = remembered()
    started = state_of(fusion).ordinal

    anew = taken(snapshot, snapshot.at + away_ns)

    state = state_of(anew.fusion)
    ended = [one for one in anew.events if isinstance(one.data, VisitEnded)]
    assert [(one.at, one.data.how) for one in ended] == [(snapshot.at, "timeout")]
    assert (state.visits, state.ordinal, state.now) == ({}, started, snapshot.at + away_ns)


def test_what_was_learnt_is_kept_over_a_long_absence() -> None:
    fusion, _ = remembered()
    state = state_of(fusion)
    state.calibration.windows = 40
    snapshot = Snapshot(position=0, at=state.newest, state=msgspec.msgpack.encode(state))

    anew = taken(snapshot, state.newest + 2 * LONGEST_GAP_NS)

    assert state_of(anew.fusion).calibration.windows == 40


def test_what_another_version_remembered_is_left_and_no_visits_number_comes_twice() -> None:
    _, snapshot = remembered()
    fields = msgspec.msgpack.decode(snapshot.state)
    fields["visits"] = {"v-1": {"unknown": "form"}}
    other = Snapshot(position=3, at=snapshot.at, state=msgspec.msgpack.encode(fields))

    anew = taken(other, clock("10:03:00"))

    assert "of another version" in anew.note
    assert state_of(anew.fusion).ordinal == fields["ordinal"] > 0
