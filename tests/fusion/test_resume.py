from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.fusion.fold import Fusion, resume
from edge.fusion.tuning import Tuning
from edge.model.event import Event
from edge.model.names import SECOND, Instant
from edge.model.observation import AnyObservation
from edge.model.place import Floor
from tests.fusion.days import begun, encoded, fold, script, toy_floor
from tests.fusion.streams import LENGTH_MS, START, streams

END = Instant(START + LENGTH_MS * (SECOND // 1000))
DAY = script(
    """
    09:59:55-10:40:00/10 alive by ble-floor
    10:00:00 in 3 by door-1
    10:00:01-10:30:00/3 ble anna -60 by ble-entrance
    10:00:02-10:30:00/4 ble bert -62 by ble-floor
    10:00:10-10:20:00/7 badge 1 -55 by ble-entrance
    10:05:00-10:06:00/1 probe 17 by radar
    10:20:00 card anna by scanner
    10:20:05 receipt R-1 23.90 anna by till
    10:25:00 ble-floor is deaf
    10:30:01 out 2 by door-1
    """
)


def killed_and_resumed(fusion: Fusion) -> Fusion:
    return Fusion(toy_floor(), state=resume(fusion.snapshot()), tuning=Tuning())


def run(stream: list[AnyObservation], *, kills: set[int]) -> bytes:
    """Fold a stream, with a kill after each number of observations."""
    fusion = begun()
    events: list[Event] = []
    marks = sorted({0, len(stream), *(kill for kill in kills if kill < len(stream))})
    for start, end in pairwise(marks):
        events += fold(fusion, stream[start:end])
        fusion = killed_and_resumed(fusion)
    return encoded([*events, *fusion.finish(END)])


@settings(max_examples=150, deadline=None)
@given(stream=streams(), kills=st.sets(st.integers(0, 60)))
def test_a_fold_that_was_killed_anywhere_tells_the_same_events(
    stream: list[AnyObservation], kills: set[int]
) -> None:
    assert run(stream, kills=kills) == run(stream, kills=set())


@settings(max_examples=15, deadline=None)
@given(kills=st.sets(st.integers(0, len(DAY)), min_size=1, max_size=8))
def test_a_busy_day_with_kills_tells_the_same_events(kills: set[int]) -> None:
    assert run(DAY, kills=kills) == run(DAY, kills=set())


def test_a_kill_after_every_observation_changes_nothing() -> None:
    assert run(DAY, kills=set(range(len(DAY)))) == run(DAY, kills=set())


@settings(max_examples=60, deadline=None)
@given(stream=streams())
def test_a_snapshot_is_the_same_before_and_after_a_resume(stream: list[AnyObservation]) -> None:
    fusion = begun()
    fold(fusion, stream)

    # The heap may lie in another order; what it holds is the same.
    written, again = (resume(one.snapshot()) for one in (fusion, killed_and_resumed(fusion)))
    assert sorted(written.waiting, key=lambda one: one[:2]) == sorted(
        again.waiting, key=lambda one: one[:2]
    )
    written.waiting = again.waiting = []
    assert written == again


def test_a_day_that_was_ended_stays_ended_after_a_resume() -> None:
    fusion = begun()
    fold(fusion, DAY)
    fusion.finish(END)

    assert killed_and_resumed(fusion).finish(END) == []


@pytest.mark.parametrize("damage", [b"", b"\x80", b"not a snapshot", b"\x81\xa5epoch\x01"])
def test_a_snapshot_that_cannot_be_read_is_refused(damage: bytes) -> None:
    with pytest.raises((msgspec.ValidationError, msgspec.DecodeError)):
        resume(damage)


@settings(max_examples=200, deadline=None)
@given(damage=st.binary(max_size=200))
def test_any_bytes_are_a_state_or_refused(damage: bytes) -> None:
    try:
        state = resume(damage)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return
    assert state.epoch is not None


OTHER_FLOORS = st.builds(
    toy_floor,
    doors=st.sampled_from([(), ("door-1",), ("door-2",)]),
    without=st.lists(
        st.sampled_from(["door-1", "ble-floor", "ble-entrance", "scanner", "till"])
    ).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(stream=streams(), floors=st.lists(OTHER_FLOORS, min_size=1, max_size=3))
def test_doors_and_sources_that_are_taken_off_the_floor_break_nothing(
    stream: list[AnyObservation], floors: list[Floor]
) -> None:
    fusion = begun()
    part = len(stream) // (len(floors) + 1) + 1

    for number, floor in enumerate(floors):
        fold(fusion, stream[number * part : (number + 1) * part])
        fusion = Fusion(floor, state=resume(fusion.snapshot()), tuning=Tuning())
    fold(fusion, stream[len(floors) * part :])
    fusion.finish(END)

    assert resume(fusion.snapshot()).presences == {}


@settings(max_examples=30, deadline=None)
@given(floors=st.lists(OTHER_FLOORS, min_size=1, max_size=3))
def test_a_busy_day_goes_on_whatever_is_taken_off_the_floor(floors: list[Floor]) -> None:
    fusion = begun()
    part = len(DAY) // (len(floors) + 1) + 1

    for number, floor in enumerate(floors):
        fold(fusion, DAY[number * part : (number + 1) * part])
        fusion = Fusion(floor, state=resume(fusion.snapshot()), tuning=Tuning())
    fold(fusion, DAY[len(floors) * part :])
    fusion.finish(END)

    assert resume(fusion.snapshot()).presences == {}
