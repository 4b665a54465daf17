"""What fusion makes of a source's health: said once, and its gaps counted to the moment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.fusion.fold import Fusion
from edge.model.event import Event, FootfallCounted, SourceStateChanged
from edge.model.names import SECOND, Instant, SourceName
from edge.model.observation import SignOfLife, SourceChanged
from tests.fusion.days import begun, clock

DOOR = SourceName("door-1")
START = clock("10:00:00")
QUARTER_S = 900


def after(seconds: float) -> Instant:
    return Instant(START + round(seconds * SECOND))


def changed(seconds: float, was: str, now: str, reason: str = "told") -> SourceChanged:
    return SourceChanged(at=after(seconds), source=DOOR, was=was, now=now, reason=reason)


def alive(seconds: float) -> SignOfLife:
    return SignOfLife(at=after(seconds), source=DOOR, heard=1)


def said(events: list[Event]) -> list[str]:
    return [
        f"{one.data.from_}>{one.data.to}"
        for one in events
        if isinstance(one.data, SourceStateChanged)
    ]


def fold(*observations: SignOfLife | SourceChanged, until_s: float) -> list[Event]:
    fusion: Fusion = begun(at="10:00:00")
    events = [event for one in observations for event in fusion.step(one)]
    return events + fusion.advance(after(until_s))


def test_a_first_sign_of_life_that_the_supervisor_told_is_not_said_again() -> None:
    events = fold(
        changed(0, "parked", "starting"),
        changed(1, "starting", "watching"),
        alive(1),
        until_s=60,
    )

    assert said(events) == ["parked>starting", "starting>watching"]


def test_a_sign_of_life_that_comes_before_the_supervisors_word_is_said_once() -> None:
    events = fold(
        changed(0, "parked", "starting"),
        alive(1),
        changed(1, "starting", "watching"),
        until_s=60,
    )

    assert said(events) == ["parked>starting", "starting>watching"]


def test_every_restart_is_said() -> None:
    events = fold(
        alive(0),
        *(
            change
            for start in (10, 20, 30)
            for change in (
                changed(start, "watching", "retrying"),
                changed(start + 1, "retrying", "starting"),
                changed(start + 2, "starting", "watching"),
            )
        ),
        until_s=60,
    )

    assert said(events).count("watching>retrying") == 3
    assert said(events).count("starting>watching") == 4


def test_a_source_is_told_from_where_it_was_told_to_be_last() -> None:
    events = fold(changed(0, "parked", "retrying"), alive(5), until_s=60)

    assert said(events) == ["parked>retrying", "retrying>watching"]


def test_a_start_that_came_to_nothing_is_missed_as_well() -> None:
    events = fold(
        alive(0),
        changed(60, "watching", "retrying"),
        changed(70, "retrying", "starting"),
        changed(80, "starting", "retrying"),
        changed(90, "retrying", "starting"),
        *(alive(second) for second in range(91, QUARTER_S + 600, 10)),
        until_s=QUARTER_S + 600,
    )

    footfall = [one.data for one in events if isinstance(one.data, FootfallCounted)]
    assert footfall[0].coverage == pytest.approx(1 - 31 / QUARTER_S, abs=0.001)


def test_a_source_that_is_started_anew_misses_what_its_opening_takes() -> None:
    events = fold(
        alive(0),
        changed(60, "parked", "starting"),
        changed(61, "starting", "watching"),
        *(alive(second) for second in range(62, QUARTER_S + 600, 10)),
        until_s=QUARTER_S + 600,
    )

    footfall = [one.data for one in events if isinstance(one.data, FootfallCounted)]
    assert footfall[0].coverage == pytest.approx(1 - 1 / QUARTER_S, abs=0.001)
    assert footfall[0].coverage < 1.0


def test_a_start_that_fails_is_missed_from_its_beginning_and_no_earlier() -> None:
    events = fold(
        alive(0),
        changed(60, "parked", "starting"),
        changed(70, "starting", "retrying"),
        changed(80, "retrying", "starting"),
        *(alive(second) for second in range(81, QUARTER_S + 600, 10)),
        until_s=QUARTER_S + 600,
    )

    footfall = [one.data for one in events if isinstance(one.data, FootfallCounted)]
    assert footfall[0].coverage == pytest.approx(1 - 21 / QUARTER_S, abs=0.001)


@given(
    st.lists(st.tuples(st.floats(0.5, 40), st.floats(0.5, 40)), min_size=1, max_size=11),
    st.booleans(),
)
def test_the_coverage_is_what_the_outages_left(
    tale: list[tuple[float, float]],
    is_down_at_the_end: bool,  # noqa: FBT001 - drawn
) -> None:
    observations, at, down_s = [alive(0)], 0.0, 0.0
    for up_s, out_s in tale:
        observations += [
            changed(at + up_s, "watching", "retrying"),
            changed(at + up_s + out_s, "retrying", "starting"),
            changed(at + up_s + out_s, "starting", "watching"),
            alive(at + up_s + out_s + 0.1),
        ]
        at, down_s = at + up_s + out_s, down_s + out_s
    if is_down_at_the_end:
        observations.append(changed(at + 1, "watching", "parked"))
        down_s += QUARTER_S - at - 1
    else:
        observations += [alive(second) for second in range(round(at) + 1, QUARTER_S + 600, 10)]

    events = fold(*observations, until_s=QUARTER_S + 600)

    footfall = [one.data for one in events if isinstance(one.data, FootfallCounted)]
    assert footfall[0].coverage == pytest.approx(1 - down_s / QUARTER_S, abs=0.001)
