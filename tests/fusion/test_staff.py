import pytest

from edge.model.event import (
    FootfallCounted,
    OccupancyEstimated,
    VisitCorrected,
    VisitEnded,
    VisitIdentified,
    VisitStarted,
    ZoneEntered,
)
from tests.fusion.days import play


def test_a_badge_heard_after_a_count_takes_the_count_back_before_it_is_told() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        10:00:05-11:00:00/5 badge 1 -60 by ble-entrance
        """,
        end="11:00:00",
    )

    assert not told.of(VisitStarted)
    assert not told.of(VisitCorrected)
    assert sum(one.in_ for one in told.data(FootfallCounted)) == 0


def test_a_badge_heard_before_a_count_takes_it_back_too() -> None:
    told = play(
        """
        09:59:50-11:00:00/5 badge 1 -60 by ble-entrance
        10:00:00 in 1 by door-1
        """,
        end="11:00:00",
    )

    assert not told.of(VisitStarted)
    assert sum(one.in_ for one in told.data(FootfallCounted)) == 0


def test_a_badge_heard_after_the_visit_was_told_retracts_it_with_the_reason() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        10:00:55-11:00:00/5 badge 1 -60 by ble-entrance
        """,
        end="11:00:00",
    )

    (started,) = told.data(VisitStarted)
    (corrected,) = told.data(VisitCorrected)
    assert (corrected.visit, corrected.what, corrected.reason) == (
        started.visit,
        "retracted",
        "staff",
    )
    assert not told.of(VisitEnded)
    assert sum(one.in_ for one in told.data(FootfallCounted)) == 0


def test_only_one_of_a_group_is_taken_out_for_one_badge() -> None:
    told = play(
        """
        10:00:00 in 3 by door-1
        10:00:05-10:30:00/5 badge 1 -60 by ble-entrance
        """,
        end="10:30:00",
    )

    assert len(told.of(VisitStarted)) == 2
    assert sum(one.in_ for one in told.data(FootfallCounted)) == 2


def test_two_badges_take_two_out() -> None:
    told = play(
        """
        10:00:00 in 3 by door-1
        10:00:05-10:30:00/5 badge 1 -60 by ble-entrance
        10:00:06-10:30:00/5 badge 2 -60 by ble-entrance
        """,
        end="10:30:00",
    )

    assert len(told.of(VisitStarted)) == 1


def test_a_badge_inside_all_day_does_not_eat_the_customers_who_come_in() -> None:
    told = play(
        """
        09:10:00-12:00:00/5 badge 1 -60 by ble-floor
        10:00:00 in 1 by door-1
        11:00:00 in 1 by door-1
        """,
        end="12:00:00",
    )

    assert told.times(VisitStarted) == ["10:00:00", "11:00:00"]


def test_a_badge_that_leaves_is_taken_out_of_the_counts_out() -> None:
    told = play(
        """
        09:40:00 in 1 by door-1
        10:00:00 in 1 by door-1
        10:00:05-10:30:00/5 badge 1 -60 by ble-entrance
        10:30:02 out 1 by door-1
        """,
        end="11:00:00",
    )

    assert sum(one.out for one in told.data(FootfallCounted)) == 0
    assert not told.of(VisitEnded)


def test_a_badge_deep_in_the_store_is_not_the_one_at_the_door() -> None:
    told = play(
        """
        09:59:30-10:05:00/5 badge 1 -50 by ble-floor
        10:00:00 in 1 by door-1
        """,
        end="10:10:00",
    )

    assert told.times(VisitStarted) == ["10:00:00"]


@pytest.mark.parametrize("heard_from", ["10:00:05", "10:00:55"])
def test_staff_are_taken_out_of_the_occupancy(heard_from: str) -> None:
    told = play(
        f"""
        10:00:00 in 1 by door-1
        {heard_from}-10:30:00/5 badge 1 -60 by ble-entrance
        """,
        end="10:30:00",
    )

    last = told.data(OccupancyEstimated)[-1]
    assert last.people == 0.0


def test_r16_a_badge_has_no_visit_no_name_and_no_zone() -> None:
    told = play(
        """
        09:30:00 in 1 by door-1
        09:30:02-09:31:00/5 badge 1 -60 by ble-entrance
        09:31:05-10:00:00/5 badge 1 -60 by ble-floor
        10:00:05-10:30:00/5 badge 1 -60 by ble-checkout
        10:30:05-10:31:00/5 badge 1 -60 by ble-entrance
        10:31:02 out 1 by door-1
        """,
        end="11:00:00",
    )

    assert not any(
        told.of(kind) for kind in (VisitStarted, VisitIdentified, VisitEnded, ZoneEntered)
    )


def test_staff_who_leave_an_empty_store_leave_nobody_behind() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        10:00:05-10:30:00/5 badge 1 -60 by ble-entrance
        10:30:02 out 1 by door-1
        """,
        end="11:00:00",
    )

    assert told.data(OccupancyEstimated)[-1].people == 0.0


def test_staff_who_come_and_go_all_day_do_not_make_the_store_look_full() -> None:
    breaks = "".join(
        f"""
        {hour:02}:00:00 in 1 by door-1
        {hour:02}:00:05-{hour:02}:40:00/5 badge 1 -60 by ble-entrance
        {hour:02}:40:02 out 1 by door-1
        """
        for hour in range(10, 18)
    )
    told = play("10:05:00 in 1 by door-1" + breaks, end="18:00:00")

    assert told.data(OccupancyEstimated)[-1].people == 1.0
