import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.fusion.tuning import Tuning
from edge.model.event import DoorName, FootfallCounted, PurchaseRecorded, VisitStarted
from edge.model.names import SECOND, Instant
from edge.model.observation import AnyObservation
from tests.fusion.days import Told, begun, clock, encoded, fold, play, script
from tests.fusion.streams import LENGTH_MS, START, observations, streams

LATENESS_S = Tuning().lateness_s
END = Instant(START + LENGTH_MS * (SECOND // 1000))
ORDER = st.randoms(use_true_random=False)


def whole_day(stream: list[AnyObservation]) -> bytes:
    fusion = begun()
    return encoded([*fold(fusion, stream), *fusion.finish(END)])


def shuffled_within(
    stream: list[AnyObservation], rng: random.Random, *, lateness_s: float
) -> list[AnyObservation]:
    """Deliver each up to `lateness_s` late; ties stay in their order."""
    delay = {id(one): rng.uniform(0, lateness_s) * SECOND for one in stream}
    late = {
        at: max(delay[id(one)] for one in stream if one.at == at)
        for at in {one.at for one in stream}
    }
    return sorted(stream, key=lambda one: one.at + late[one.at])


@settings(max_examples=150, deadline=None)
@given(stream=streams(), rng=ORDER)
def test_any_order_within_the_lateness_gives_the_same_events(
    stream: list[AnyObservation], rng: random.Random
) -> None:
    in_order = sorted(stream, key=lambda one: one.at)

    disordered = shuffled_within(in_order, rng, lateness_s=LATENESS_S)

    assert whole_day(disordered) == whole_day(in_order)


def test_a_busy_day_out_of_order_gives_the_same_events() -> None:
    day = script(
        """
        10:00:00 in 2 by door-1
        10:00:01-10:30:00/1 ble anna -60 by ble-entrance
        10:00:01.500-10:30:00/1 ble bert -62 by ble-floor
        10:20:00.300 card anna by scanner
        10:20:05.300 receipt R-1 23.90 anna by till
        10:30:01.700 out 1 by door-1
        """
    )

    disordered = shuffled_within(day, random.Random(1), lateness_s=LATENESS_S)

    assert disordered != day
    assert whole_day(disordered) == whole_day(day)


@settings(max_examples=150, deadline=None)
@given(stream=streams(), further=st.lists(observations(), max_size=10))
def test_nothing_that_comes_too_late_raises_or_is_told_in_the_past(
    stream: list[AnyObservation], further: list[AnyObservation]
) -> None:
    fusion = begun()
    fold(fusion, sorted(stream, key=lambda one: one.at))
    before = fusion._scene.state.now

    events = fold(fusion, further)

    assert all(one.recorded >= before for one in events)


@pytest.mark.parametrize(
    "verb",
    [
        "ble anna -60 by ble-floor",
        "badge 1 -60 by ble-floor",
        "alive by ble-floor",
        "ble anna -40 by ble-floor",
    ],
)
def test_an_advert_that_comes_too_late_is_counted_and_left_out(verb: str) -> None:
    on_time = script("10:00:00 in 1 by door-1\n10:10:00 alive by ble-entrance")
    fusion, without = begun(), begun()
    told = fold(fusion, [*on_time, *script(f"10:09:00 {verb}")])

    assert fusion.late == 1
    assert encoded([*told, *fusion.finish(END)]) == encoded(
        [*fold(without, on_time), *without.finish(END)]
    )


def test_a_door_count_that_comes_too_late_is_taken_as_of_now() -> None:
    fusion = begun()
    told = fold(fusion, script("10:10:00 alive by ble-floor"))

    told += fold(fusion, script("10:02:00 in 2 by door-1"))
    told += fusion.finish(clock("10:30:00"))

    assert fusion.late == 1
    assert Told(told, fusion).times(VisitStarted) == ["10:09:55", "10:09:55"]
    assert sum(one.in_ for one in Told(told, fusion).data(FootfallCounted)) == 2


def test_a_receipt_that_comes_too_late_is_still_recorded() -> None:
    fusion = begun()
    told = fold(fusion, script("10:10:00 alive by ble-floor"))

    told += fold(fusion, script("10:02:00 receipt R-1 23.90 by till"))
    told += fusion.finish(clock("10:30:00"))

    assert [one.receipt for one in Told(told, fusion).data(PurchaseRecorded)] == ["R-1"]


def test_a_card_that_comes_too_late_still_names_its_customer() -> None:
    fusion = begun()
    told = fold(fusion, script("10:00:00 in 1 by door-1\n10:16:00 alive by ble-floor"))

    told += fold(fusion, script("10:15:00 card anna by scanner"))
    told += fusion.finish(clock("10:20:00"))

    assert b'"anna"' in encoded(told)


@settings(max_examples=100, deadline=None)
@given(stream=streams())
def test_an_event_is_never_recorded_before_it_happened_nor_out_of_order(
    stream: list[AnyObservation],
) -> None:
    fusion = begun()
    events = [*fold(fusion, sorted(stream, key=lambda one: one.at)), *fusion.finish(END)]

    recorded = [one.recorded for one in events]
    assert recorded == sorted(recorded)
    assert all(one.at <= one.recorded for one in events)


@settings(max_examples=100, deadline=None)
@given(stream=streams())
def test_every_visit_that_is_told_of_was_started_and_ends_at_most_once(
    stream: list[AnyObservation],
) -> None:
    fusion = begun()
    events = [*fold(fusion, sorted(stream, key=lambda one: one.at)), *fusion.finish(END)]

    told = [(one.visit, one.data.type) for one in events if one.visit is not None]
    started: set[str] = set()
    closed: set[str] = set()
    for visit, kind in told:
        assert visit not in closed
        assert (kind == VisitStarted.type) == (visit not in started)
        started.add(visit)
        if kind == "visit.ended.v1":
            closed.add(visit)


@settings(max_examples=100, deadline=None)
@given(stream=streams())
def test_nobody_is_named_whom_no_source_named(stream: list[AnyObservation]) -> None:
    strangers = [one for one in stream if getattr(one, "customer", None) is None]

    told = whole_day(sorted(strangers, key=lambda one: one.at))

    assert b'"customer"' not in told


def test_a_source_whose_place_is_not_known_still_tells_of_customers() -> None:
    told = play("10:00:00-10:05:00/2 ble anna -50 by elsewhere", end="10:06:00")

    assert b'"anna"' in encoded(told.events)


def test_time_does_not_go_back_with_an_old_first_observation() -> None:
    fusion = begun(at="10:00:00")

    told = fold(fusion, script("09:59:58 in 1 by door-1"))
    told += fusion.finish(clock("10:10:00"))

    (door,) = {one.door for one in Told(told, fusion).data(FootfallCounted)}
    assert door == DoorName("door-1")
    assert sum(one.in_ for one in Told(told, fusion).data(FootfallCounted)) == 1
