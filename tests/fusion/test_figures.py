import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.fusion import calibration
from edge.fusion.occupancy import BUCKETS, distinct
from edge.fusion.state import Calibration
from edge.model.event import FootfallCounted, OccupancyEstimated, SourceStateChanged
from tests.fusion.days import Told, begun, clock, fold, play, script, toy_floor

DOOR = ("door-1",)


def footfall(told: Told) -> dict[str, FootfallCounted]:
    return {one.from_[11:16]: one for one in told.data(FootfallCounted)}


def occupancy(told: Told) -> dict[str, OccupancyEstimated]:
    return {one.from_[11:16]: one for one in told.data(OccupancyEstimated)}


def test_footfall_is_told_for_every_door_and_quarter_of_an_hour() -> None:
    told = play(
        """
        09:05:00 in 2 by door-1
        09:14:59 in 1 by door-1
        09:15:00 in 4 by door-1
        09:20:00 out 3 by door-1
        """,
        end="10:00:00",
        awake=DOOR,
    )

    assert {start: (one.in_, one.out) for start, one in footfall(told).items()} == {
        "09:00": (3, 0),
        "09:15": (4, 3),
        "09:30": (0, 0),
        "09:45": (0, 0),
    }
    assert {one.coverage for one in told.data(FootfallCounted)} == {1.0}
    assert {one.door for one in told.data(FootfallCounted)} == {"door-1"}


def test_a_day_that_begins_and_ends_between_quarters_has_shorter_intervals() -> None:
    told = play("", start="09:07:00", end="09:32:00", awake=DOOR)

    spans = [(one.from_[11:16], one.to[11:16]) for one in told.data(FootfallCounted)]
    assert spans == [("09:07", "09:15"), ("09:15", "09:30"), ("09:30", "09:32")]


def test_a_door_that_was_never_heard_has_no_coverage_and_no_occupancy() -> None:
    told = play("09:05:00 alive by scanner", end="09:30:00")

    assert {one.coverage for one in told.data(FootfallCounted)} == {0.0}
    assert {one.people for one in told.data(OccupancyEstimated)} == {None}
    assert {one.method for one in told.data(OccupancyEstimated)} == {"none"}


def test_a_door_that_falls_silent_loses_coverage_for_the_time_it_was_deaf() -> None:
    told = play(
        "09:00:00-10:20:00/10 alive by door-1\n10:40:00-11:00:00/10 alive by door-1",
        end="11:00:00",
    )

    cover = {start: one.coverage for start, one in footfall(told).items()}
    assert cover["10:00"] == 1.0
    assert cover["10:15"] == pytest.approx(1 / 3, abs=0.02)
    assert cover["10:30"] == pytest.approx(1 / 3, abs=0.02)
    assert cover["10:45"] == 1.0
    changes = [(one.from_, one.to) for one in told.data(SourceStateChanged) if "door" in one.source]
    assert changes == [("starting", "watching"), ("watching", "deaf"), ("deaf", "watching")]


def test_a_quiet_door_is_not_taken_for_a_dead_one() -> None:
    told = play(
        "".join(
            f"{hour:02}:{minute:02}:00 in 1 by door-1\n"
            for hour, minute in ((9, 1), (9, 20), (9, 50), (10, 15), (10, 40), (11, 30))
        ),
        end="12:00:00",
    )

    assert not [one for one in told.data(SourceStateChanged) if one.to == "deaf"]
    assert {one.coverage for one in told.data(FootfallCounted)} == {1.0}


def test_a_door_that_its_supervisor_parked_is_not_a_zero() -> None:
    told = play("09:00:00-09:29:50/10 alive by door-1\n09:30:00 door-1 is parked", end="10:00:00")

    cover = {start: one.coverage for start, one in footfall(told).items()}
    assert cover == {"09:00": 1.0, "09:15": 1.0, "09:30": 0.0, "09:45": 0.0}


def test_people_inside_are_those_counted_in_and_not_out() -> None:
    told = play(
        """
        09:05:00 in 4 by door-1
        09:35:00 out 1 by door-1
        09:35:00 in 6 by door-1
        """,
        end="10:00:00",
        awake=DOOR,
    )

    people = {start: one.people for start, one in occupancy(told).items()}
    assert people["09:00"] == 0.0
    assert people["09:05"] == 4.0
    assert people["09:35"] == pytest.approx(9.0)
    assert {one.method for one in told.data(OccupancyEstimated)} == {"door"}
    assert {one.zone for one in told.data(OccupancyEstimated)} == {"store"}


def test_the_interval_of_the_figure_holds_it_and_widens_with_every_crossing() -> None:
    crossings = "".join(
        f"09:{minute:02}:{second:02} {way} 2 by door-1\n"
        for minute in range(5, 55, 5)
        for second, way in ((0, "in"), (40, "out"))
    )
    told = play(crossings, end="10:00:00", awake=DOOR)

    figures = list(occupancy(told).values())
    widths = [one.high - one.low for one in figures if one.high is not None and one.low is not None]
    assert all(
        one.low <= one.people <= one.high
        for one in figures
        if one.people is not None and one.low is not None and one.high is not None
    )
    assert len(widths) == len(figures)
    assert widths[-1] > widths[0]


def test_more_people_counted_out_than_in_never_make_less_than_nobody() -> None:
    told = play("09:05:00 in 1 by door-1\n09:10:00 out 5 by door-1", end="10:00:00", awake=DOOR)

    assert min(one.people or 0 for one in told.data(OccupancyEstimated)) == 0.0
    assert min(one.low or 0 for one in told.data(OccupancyEstimated)) == 0.0


def test_when_the_door_is_deaf_the_figure_is_carried_and_less_sure_than_before() -> None:
    busy = "".join(f"09:{minute:02}:00 in 1 by door-1\n" for minute in range(5, 25))
    told = play(
        f"09:00:00-09:29:50/10 alive by door-1\n{busy}09:30:00 door-1 is parked", end="10:30:00"
    )

    figures = occupancy(told)
    before, after = figures["09:25"], figures["10:00"]
    assert (before.method, after.method) == ("door", "carried")
    assert after.coverage == 0.0
    assert after.people == pytest.approx(20.0)
    assert (after.high or 0) - (after.low or 0) > (before.high or 0) - (before.low or 0)


def test_without_a_door_to_learn_from_probes_alone_say_nothing_of_people() -> None:
    rng = random.Random(7)
    heard = "".join(
        f"09:{rng.randrange(5, 10):02}:{rng.randrange(60):02} probe {bucket} by radar\n"
        for bucket in rng.sample(range(BUCKETS), 60)
    )
    told = play(
        "09:00:00-09:20:00/10 alive by radar\n" + heard, end="09:20:00", floor=toy_floor(doors=())
    )

    figure = occupancy(told)["09:05"]
    assert (figure.people, figure.low, figure.high) == (None, None, None)
    assert figure.method == "none"


def test_a_probe_of_an_interval_that_was_told_is_counted_as_late() -> None:
    fusion = begun(floor=toy_floor(doors=()))
    fold(fusion, script("09:10:00 alive by radar"))

    fold(fusion, script("09:04:00 probe 5 by radar"))

    assert fusion.late == 1


@settings(max_examples=200, deadline=None)
@given(people=st.integers(0, 1000), seed=st.integers(0, 2**32))
def test_distinct_addresses_are_counted_from_the_bits_they_set(people: int, seed: int) -> None:
    rng = random.Random(seed)
    bitmap = bytearray(BUCKETS // 8)
    for _ in range(people):
        bucket = rng.randrange(BUCKETS)
        bitmap[bucket >> 3] |= 1 << (bucket & 7)

    # Whang et al. 1990: standard error sqrt(m (e^t - t - 1)) / t of n, t = n/m; five of them.
    load = people / BUCKETS
    error = math.sqrt(BUCKETS * (math.exp(load) - load - 1))
    assert abs(distinct(bitmap) - people) <= 5 * error + 1


def test_no_bitmap_is_nobody_and_a_full_one_is_finite() -> None:
    assert distinct(None) == 0.0
    assert math.isfinite(distinct(bytearray(b"\xff" * (BUCKETS // 8))))


@pytest.mark.parametrize(("offset", "slope"), [(5.0, 1.5), (40.0, 3.0), (0.0, 6.0)])
def test_the_doors_teach_what_a_count_of_probes_means(offset: float, slope: float) -> None:
    rng = random.Random(3)
    line = Calibration()
    for _ in range(200):
        people = rng.uniform(0, 60)
        calibration.learn(line, people=people, count=offset + slope * people + rng.gauss(0, 4))

    assert calibration.is_taught(line)
    assert line.slope == pytest.approx(slope, rel=0.1)
    for inside in (5, 20, 50):
        found, variance = calibration.people(line, offset + slope * inside)
        assert found == pytest.approx(inside, abs=2.5)
        assert variance > 0
    skill = calibration.skill(line)
    assert skill is not None
    assert skill > 0.9


def test_probes_that_have_nothing_to_do_with_people_get_no_skill() -> None:
    rng = random.Random(3)
    line = Calibration()
    for _ in range(200):
        calibration.learn(line, people=rng.uniform(0, 60), count=rng.gauss(100, 4))

    skill = calibration.skill(line)
    assert not calibration.is_taught(line) or (skill is not None and skill < 0)


def test_a_line_is_not_used_before_an_hour_of_lessons() -> None:
    line = Calibration()
    for people in range(11):
        calibration.learn(line, people=people, count=3 * people)

    assert not calibration.is_taught(line)
    assert calibration.skill(line) is None


def test_a_flat_line_says_nothing_about_people() -> None:
    line = Calibration()
    for people in range(60):
        calibration.learn(line, people=people % 20, count=50)

    assert not calibration.is_taught(line)


def test_time_that_passes_without_any_observation_still_tells_the_figures() -> None:
    fusion = begun()
    fold(fusion, script("09:00:10 in 1 by door-1"))

    events = Told(fusion.advance(clock("10:00:10")), fusion)

    assert len(events.of(OccupancyEstimated)) == 12
    assert len(events.of(FootfallCounted)) == 3
