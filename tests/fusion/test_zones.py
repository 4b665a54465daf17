import pytest
from hypothesis import given, settings

from edge.model.event import VisitEnded, ZoneEntered, ZoneLeft
from edge.model.names import SECOND, Instant
from edge.model.observation import AnyObservation, CustomerHeard, EvidenceKind
from tests.fusion.days import Told, begun, fold, play, toy_floor
from tests.fusion.streams import LENGTH_MS, START, streams

END = Instant(START + LENGTH_MS * (SECOND // 1000))

ARRIVAL = """
10:00:00 in 1 by door-1
10:00:02-10:02:00/1 ble anna -60 by ble-entrance
"""


def zones(told: Told) -> list[str]:
    return [one.zone for one in told.data(ZoneEntered)]


def test_a_visit_begins_in_the_zone_of_its_door() -> None:
    told = play(
        "10:00:00 in 1 by door-1\n10:00:20-10:05:00/1 ble anna -60 by ble-floor", end="10:05:30"
    )

    ((entered_at, entrance), (_, floor)) = told.of(ZoneEntered)
    assert (entered_at, entrance.zone) == ("10:00:00", "entrance")
    assert floor.zone == "floor"
    ((left_at, left), *_) = told.of(ZoneLeft)
    assert (left_at, left.zone, left.dwell_s) == ("10:00:20", "entrance", 20.0)


def test_a_clear_move_to_another_zone_is_told_with_the_stay_in_the_one_before() -> None:
    told = play(
        ARRIVAL
        + """
        10:02:01-10:05:00/1 ble anna -85 by ble-entrance
        10:02:01-10:05:00/1 ble anna -60 by ble-floor
        """,
        end="10:05:30",
    )

    assert zones(told) == ["entrance", "floor"]
    (_, (at, _)) = told.of(ZoneEntered)
    assert "10:02:01" <= at <= "10:02:06"
    assert told.data(ZoneLeft)[0].dwell_s == pytest.approx(124, abs=3)


def test_a_zone_that_is_better_by_less_than_four_decibels_is_not_believed() -> None:
    told = play(
        ARRIVAL
        + """
        10:02:01-10:10:00/1 ble anna -60 by ble-entrance
        10:02:01-10:10:00/1 ble anna -57 by ble-floor
        """,
        end="10:10:30",
    )

    assert zones(told) == ["entrance"]


def test_a_zone_that_is_better_for_two_seconds_only_is_not_believed() -> None:
    told = play(
        ARRIVAL
        + """
        10:02:01-10:10:00/1 ble anna -60 by ble-entrance
        10:02:01-10:02:59/1 ble anna -80 by ble-floor
        10:03:00-10:03:02/1 ble anna -50 by ble-floor
        10:03:03-10:10:00/1 ble anna -80 by ble-floor
        """,
        end="10:10:30",
    )

    assert zones(told) == ["entrance"]


def test_somebody_standing_between_two_zones_does_not_flicker() -> None:
    swaying = "".join(
        f"10:{2 + second // 60:02}:{second % 60:02} ble anna {dbm} by {receiver}\n"
        for second in range(480)
        for receiver, dbm in (
            ("ble-entrance", -60 + 6 * (second % 2)),
            ("ble-floor", -60 + 6 * ((second + 1) % 2)),
        )
    )
    told = play(ARRIVAL + swaying, end="10:10:30")

    assert zones(told) == ["entrance"]


def test_a_scan_fixes_the_zone_whatever_the_receivers_say() -> None:
    told = play(
        ARRIVAL
        + """
        10:02:01-10:02:30/1 ble anna -50 by ble-entrance
        10:02:05 card anna by scanner
        """,
        end="10:02:40",
    )

    places = told.of(ZoneEntered)
    assert [(one.zone, one.confidence) for _, one in places[:2]] == [
        ("entrance", 0.9),
        ("checkout", 0.99),
    ]
    assert places[1][0] == "10:02:05"
    back = [at for at, one in places[2:] if one.zone == "entrance"]
    assert back
    assert back[0] >= "10:02:20"


def test_the_zone_of_a_scan_lapses_after_a_minute_where_no_receiver_hears_the_customer() -> None:
    told = play("10:00:00 in 1 by door-1\n10:10:00 card anna by scanner", end="10:20:00")

    (left,) = [(at, one) for at, one in told.of(ZoneLeft) if one.zone == "checkout"]
    assert left[0] == "10:11:00"
    assert left[1].dwell_s == 60.0


def test_a_visit_known_by_a_scan_alone_ends_with_the_scan_and_so_does_its_zone() -> None:
    told = play("10:10:00 card anna by scanner", end="10:20:00", floor=toy_floor(doors=()))

    ((at, left),) = told.of(ZoneLeft)
    ((ended_at, ended),) = told.of(VisitEnded)
    assert (at, left.zone, left.dwell_s) == ("10:10:00", "checkout", 0.0)
    assert (ended_at, ended.duration_s, ended.how) == ("10:10:00", 0.0, "silence")


def test_somebody_counted_out_soon_after_a_scan_leaves_its_zone_then() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        10:10:00 card anna by scanner
        10:10:40 out 1 by door-1
        """,
        end="10:30:00",
    )

    assert told.times(ZoneLeft)[-1:] == told.times(VisitEnded) == ["10:10:40"]
    assert told.data(ZoneLeft)[-1].dwell_s == 40.0


def test_a_scan_where_another_was_before_tells_that_zone_and_when_it_lapsed() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        10:10:00 card anna by scanner
        10:12:30 card anna by till
        """,
        end="10:14:00",
    )

    places = [(at, one.zone) for at, one in told.of(ZoneEntered)]
    assert places[1:] == [("10:10:00", "checkout"), ("10:12:30", "checkout")]
    assert told.times(ZoneLeft)[:2] == ["10:10:00", "10:11:00"]


@settings(max_examples=200, deadline=None)
@given(stream=streams(40))
def test_no_visit_known_by_acts_ends_before_its_last_zone_was_left(
    stream: list[AnyObservation],
) -> None:
    acts = [one for one in stream if not _is_radio(one)]
    fusion = begun()
    told = Told([*fold(fusion, sorted(acts, key=lambda one: one.at)), *fusion.finish(END)], fusion)

    ends = {one.visit: one.at for one in told.events if isinstance(one.data, VisitEnded)}
    for one in told.events:
        if isinstance(one.data, ZoneEntered | ZoneLeft) and one.visit is not None:
            assert one.at <= ends[one.visit]


def _is_radio(one: AnyObservation) -> bool:
    return isinstance(one, CustomerHeard) and one.evidence not in {
        EvidenceKind.CARD,
        EvidenceKind.FACE,
    }


def test_a_second_scan_keeps_the_zone() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        10:10:00 card anna by scanner
        10:10:40 card anna by scanner
        """,
        end="10:20:00",
    )

    ((at, left),) = [(at, one) for at, one in told.of(ZoneLeft) if one.zone == "checkout"]
    assert (at, left.dwell_s) == ("10:11:40", 100.0)


def test_the_last_zone_is_left_when_the_visit_ends() -> None:
    told = play(ARRIVAL + "10:01:55 out 1 by door-1", end="10:10:00")

    assert told.times(ZoneLeft)[-1] == told.times(VisitEnded)[0] == "10:01:55"
    assert told.data(ZoneLeft)[-1].zone == "entrance"


UNHEARD = ARRIVAL + "10:02:01-10:20:00/1 ble anna -60 by ble-floor\n"


def test_a_receiver_that_falls_silent_makes_its_zone_unknown() -> None:
    told = play(
        UNHEARD.replace("10:20:00/1", "10:10:00/1") + "10:10:00-10:20:00/60 link anna joins by ap",
        end="10:20:00",
        silent=("ble-floor",),
    )

    unknown = [one for one in told.data(ZoneEntered) if one.zone == "unknown"]
    (left,) = [one for one in told.data(ZoneLeft) if one.zone == "floor"]
    assert [(one.confidence, bool(one.reason)) for one in unknown] == [(0.0, True)]
    assert left.dwell_s > 0


@pytest.mark.parametrize("state", ["deaf", "retrying", "parked"])
def test_a_receiver_that_its_supervisor_gave_up_makes_its_zone_unknown(state: str) -> None:
    told = play(
        UNHEARD.replace("10:20:00/1", "10:10:00/1") + f"10:10:01 ble-floor is {state}",
        end="10:11:00",
        silent=("ble-floor",),
    )

    unknown = [(at, one) for at, one in told.of(ZoneEntered) if one.zone == "unknown"]
    assert [at for at, _ in unknown] == ["10:10:01"]


def test_a_device_that_is_no_receiver_takes_no_zone_with_it() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        10:09:50 alive by till
        10:10:00 card anna by scanner
        10:10:20 till is parked
        """,
        end="10:12:00",
        floor=toy_floor(without=("ble-checkout",)),
        silent=("ble-checkout",),
    )

    assert "unknown" not in zones(told)


def test_one_live_receiver_is_enough_for_its_zone() -> None:
    told = play(
        ARRIVAL + "10:02:01-10:10:00/1 ble anna -60 by ble-entrance\n10:05:00 radar is deaf",
        end="10:11:00",
    )

    assert "unknown" not in zones(told)


def test_an_unknown_zone_becomes_known_again_when_the_receiver_is_heard() -> None:
    told = play(
        UNHEARD.replace("10:20:00/1", "10:10:00/1")
        + """
        10:10:01 ble-floor is retrying
        10:10:20-10:12:00/1 ble anna -60 by ble-floor
        """,
        end="10:13:00",
        silent=("ble-floor",),
    )

    assert zones(told)[-2:] == ["unknown", "floor"]
