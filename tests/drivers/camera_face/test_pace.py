"""A camera costs what it may, and looks as often as that allows."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.camera_face.pace import LONGEST_S, SLOWEST_S, SMALLEST, Pace, adapted

RATE = 10.0


def test_below_its_budget_a_camera_is_looked_through_at_its_rate() -> None:
    pace = Pace(interval_s=0.3)

    for _ in range(20):
        pace = adapted(pace, load=0.1, budget=1.0, rate=RATE)

    assert pace == Pace(interval_s=1 / RATE)


def test_above_it_frames_come_less_often_then_faces_are_looked_for_in_smaller_pictures() -> None:
    pace = Pace(interval_s=1 / RATE)
    scales = []

    for _ in range(6):
        pace = adapted(pace, load=2.0, budget=1.0, rate=RATE)
        scales.append((round(pace.interval_s, 2), pace.scale))

    assert scales[0] == (0.2, 1.0)
    assert scales[1] == (round(LONGEST_S, 2), SMALLEST)
    assert scales[-1] == (SLOWEST_S, SMALLEST)


def test_near_its_budget_nothing_swings() -> None:
    pace = Pace(interval_s=0.2)

    assert adapted(pace, load=0.9, budget=1.0, rate=RATE) == pace


@given(loads=st.lists(st.floats(0, 8), max_size=50), rate=st.floats(1, 30))
def test_whatever_the_load_the_pace_stays_within_its_limits(
    loads: list[float], rate: float
) -> None:
    pace = Pace(interval_s=1 / rate)

    for load in loads:
        pace = adapted(pace, load=load, budget=1.0, rate=rate)
        assert min(1 / rate, SLOWEST_S) <= pace.interval_s <= max(1 / rate, SLOWEST_S)
        assert pace.scale in {1.0, SMALLEST}
