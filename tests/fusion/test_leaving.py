import pytest

from edge.model.event import EventData, VisitEnded, VisitIdentified, VisitStarted, ZoneLeft
from edge.model.names import Instant
from tests.fusion.days import Told, begun, clock, fold, play, script, toy_floor

STAY = """
10:00:00 in 1 by door-1
10:00:05-10:20:00/2 ble anna -60 by ble-floor
10:20:01-10:20:20/2 ble anna -60 by ble-entrance
"""


def test_a_customer_who_falls_silent_left_when_somebody_was_counted_out() -> None:
    told = play(STAY + "10:20:15 out 1 by door-1", end="10:25:00")

    ((at, ended),) = told.of(VisitEnded)
    assert (at, ended.how, ended.duration_s) == ("10:20:15", "door", 1215.0)


def test_a_customer_whose_count_out_was_missed_left_when_last_heard() -> None:
    told = play(STAY, end="10:40:00")

    ((at, ended),) = told.of(VisitEnded)
    assert (at, ended.how) == ("10:20:19", "silence")


def test_a_count_out_long_before_the_last_advert_is_somebody_elses() -> None:
    told = play(
        """
        09:50:00 in 1 by door-1
        10:10:00 out 1 by door-1
        """
        + STAY,
        end="10:40:00",
    )

    ends = {at: one.how for at, one in told.of(VisitEnded)}
    assert ends == {"10:10:00": "door", "10:20:19": "silence"}


def test_people_without_a_name_leave_in_the_order_they_came() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        10:05:00 in 1 by door-1
        10:20:00 out 1 by door-1
        10:30:00 out 1 by door-1
        """,
        end="10:45:00",
    )

    first, second = [one.visit for one in told.data(VisitStarted)]
    assert [(at, one.visit, one.how) for at, one in told.of(VisitEnded)] == [
        ("10:20:00", first, "door"),
        ("10:30:00", second, "door"),
    ]


def test_a_count_out_that_a_customer_may_claim_does_not_end_an_unnamed_visit_first() -> None:
    told = play("09:50:00 in 1 by door-1" + STAY + "10:20:15 out 1 by door-1", end="10:40:00")

    (known,) = told.data(VisitIdentified)
    assert [one.visit for one in told.data(VisitEnded) if one.how == "door"] == [known.visit]


def test_nobody_comes_in_and_goes_out_within_three_seconds() -> None:
    told = play("10:00:00 in 1 by door-1\n10:00:02 out 1 by door-1", end="10:30:00")

    assert len(told.of(VisitStarted)) == 1
    assert not told.of(VisitEnded)


def test_more_people_counted_out_than_in_end_no_visit_twice() -> None:
    told = play("10:00:00 in 1 by door-1\n10:10:00 out 3 by door-1", end="10:30:00")

    assert len(told.of(VisitEnded)) == 1


def test_an_unnamed_visit_that_nobody_was_counted_out_for_is_given_up_after_four_hours() -> None:
    told = play("10:00:00 in 1 by door-1", start="09:50:00", end="14:10:00")

    ((at, ended),) = told.of(VisitEnded)
    assert ended.how == "timeout"
    assert clock("14:00:00") <= clock(at) <= clock("14:00:10")


def test_the_silence_of_a_deaf_receiver_is_not_taken_for_the_customers() -> None:
    there = "10:00:00-10:04:50/2 ble anna -60 by ble-floor\n"
    shop = toy_floor(doors=())

    heard, deaf = (
        play(there + more, end="10:10:00", floor=shop, silent=("ble-floor",))
        for more in ("", "10:04:55 ble-floor is deaf")
    )

    assert _recorded(heard, VisitEnded) == clock("10:06:50")
    assert _recorded(deaf, VisitEnded) == clock("10:19:50")


def test_a_device_that_left_the_stores_network_ends_its_visit_soon() -> None:
    told = play(
        """
        10:00:00 link anna joins by ap
        10:30:00 link anna leaves by ap
        """,
        end="11:00:00",
        floor=toy_floor(doors=()),
    )

    ((at, ended),) = told.of(VisitEnded)
    assert (at, ended.how) == ("10:30:00", "silence")


def test_a_device_that_never_says_it_left_is_not_believed_for_more_than_two_hours() -> None:
    told = play("10:00:00 link anna joins by ap", end="13:00:00", floor=toy_floor(doors=()))

    ((at, ended),) = told.of(VisitEnded)
    assert ended.how == "silence"
    assert clock(at) < clock("10:30:00")


def test_that_a_device_leaves_tells_nothing_of_somebody_who_was_not_there() -> None:
    told = play("10:00:00 link anna leaves by ap", end="11:00:00", floor=toy_floor(doors=()))

    assert not told.of(VisitStarted)


def test_a_visit_never_ends_before_it_began_nor_its_zones_before_they_were_entered() -> None:
    told = play(STAY + "10:20:15 out 1 by door-1", end="10:25:00")

    assert all(one.duration_s >= 0 for one in told.data(VisitEnded))
    assert all(one.dwell_s >= 0 for one in told.data(ZoneLeft))


@pytest.mark.parametrize(
    "last",
    [
        "10:20:20 ble anna -60 by ble-entrance",
        "10:20:20 card anna by scanner",
        "10:20:20 link anna joins by ap",
    ],
)
def test_all_customers_are_let_go_when_the_day_ends(last: str) -> None:
    fusion = begun()
    events = fold(fusion, script(STAY + last))

    told = Told([*events, *fusion.finish(clock("10:21:00"))], fusion)

    assert len(told.of(VisitEnded)) == 1
    assert not fusion._scene.state.presences


def test_a_day_is_ended_once_however_often_it_is_finished() -> None:
    fusion = begun()
    fold(fusion, script(STAY + "10:20:15 out 1 by door-1"))
    fusion.finish(clock("10:32:00"))

    assert fusion.finish(clock("10:32:00")) == []


def test_what_is_noticed_just_after_the_end_of_the_day_is_still_told() -> None:
    fusion = begun()
    fold(fusion, script("10:00:00 in 1 by door-1\n10:20:03 out 1 by door-1"))

    told = Told(fusion.finish(clock("10:20:00")), fusion)

    assert told.times(VisitEnded) == ["10:20:03"]


def _recorded(told: Told, kind: type[EventData]) -> Instant:
    (event,) = [one for one in told.events if isinstance(one.data, kind)]
    return event.recorded
