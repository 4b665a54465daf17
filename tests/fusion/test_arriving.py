import pytest

from edge.fusion.fold import Fusion
from edge.fusion.state import State
from edge.fusion.tuning import Tuning
from edge.model.event import VisitCorrected, VisitIdentified, VisitStarted
from tests.fusion.days import Told, begun, clock, fold, play, script, toy_floor


def test_a_person_counted_in_becomes_a_visit_with_the_time_of_the_count() -> None:
    told = play("10:00:00 in 1 by door-1", end="10:02:00")

    ((at, visit),) = told.of(VisitStarted)
    assert at == "10:00:00"
    assert (visit.door, visit.zone, visit.people, visit.basis) == ("door-1", "entrance", 1, "door")


def test_a_visit_is_announced_when_it_has_settled_and_not_before() -> None:
    fusion = begun()

    early = fold(fusion, script("10:00:00 in 1 by door-1\n10:00:44 alive by ble-floor"))
    settled = fusion.advance(clock("10:00:50"))

    assert not [one for one in early if isinstance(one.data, VisitStarted)]
    (event,) = [one for one in settled if isinstance(one.data, VisitStarted)]
    assert event.at == clock("10:00:00")
    assert event.recorded == clock("10:00:45")


def test_three_people_counted_in_at_once_are_three_visits_of_one_person() -> None:
    told = play("10:00:00 in 3 by door-1", end="10:02:00")

    started = told.data(VisitStarted)
    assert [one.people for one in started] == [1, 1, 1]
    assert len({one.visit for one in started}) == 3


def test_a_count_of_a_source_that_is_no_door_begins_no_visit() -> None:
    told = play("10:00:00 in 2 by scanner", end="10:02:00")

    assert not told.of(VisitStarted)


def test_a_token_heard_near_a_count_names_that_visit() -> None:
    told = play(
        """
        09:30:00 in 1 by door-1
        10:00:00 in 1 by door-1
        10:00:05-10:05:00/2 ble anna -60 by ble-entrance
        """,
        end="10:05:00",
    )

    (started,) = [one for at, one in told.of(VisitStarted) if at == "10:00:00"]
    (known,) = told.data(VisitIdentified)
    assert known.visit == started.visit
    assert (known.customer, known.grade) == ("anna", "confirmed")
    assert known.confidence >= 0.95
    assert {one.kind for one in known.evidence} == {"ble", "door"}
    assert known.purposes == ("presence_ble", "visit_history")
    assert len(told.of(VisitStarted)) == 2


def test_a_phone_heard_before_its_owner_is_counted_in_names_the_count_that_follows() -> None:
    told = play(
        """
        09:59:45-10:05:00/2 ble anna -60 by ble-entrance
        10:00:00 in 1 by door-1
        """,
        end="10:10:00",
    )

    (started,) = told.data(VisitStarted)
    (known,) = told.data(VisitIdentified)
    assert known.visit == started.visit


def test_a_visit_is_identified_once_however_long_the_token_is_heard() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        10:00:05-11:00:00/2 ble anna -60 by ble-floor
        10:30:00 card anna by scanner
        """,
        end="11:05:00",
    )

    assert len(told.of(VisitIdentified)) == 1


@pytest.mark.parametrize("dbm", [-84, -88, -95])
def test_a_passer_by_heard_weakly_through_the_window_is_never_identified(dbm: int) -> None:
    told = play(
        f"""
        09:30:00 in 1 by door-1
        10:00:00-10:00:30/1 ble anna {dbm} by ble-entrance
        """,
        end="10:30:00",
    )

    assert not told.of(VisitIdentified)
    assert len(told.of(VisitStarted)) == 1


def test_a_passer_by_who_happens_to_be_there_at_a_count_is_never_confirmed() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        09:59:50-10:00:10/1 ble anna -84 by ble-entrance
        """,
        end="10:30:00",
    )

    assert "confirmed" not in {one.grade for one in told.data(VisitIdentified)}


def test_two_members_who_come_together_get_two_visits() -> None:
    told = play(
        """
        10:00:00 in 2 by door-1
        10:00:04-10:10:00/2 ble anna -60 by ble-entrance
        10:00:06-10:10:00/2 ble bert -62 by ble-entrance
        """,
        end="10:11:00",
    )

    known = told.data(VisitIdentified)
    assert sorted(one.customer for one in known) == ["anna", "bert"]
    assert {one.visit for one in known} == {one.visit for one in told.data(VisitStarted)}
    assert len(told.of(VisitStarted)) == 2


def test_two_members_and_one_count_are_two_visits_and_one_of_them_has_no_door() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        10:00:04-10:10:00/2 ble anna -60 by ble-floor
        10:00:06-10:10:00/2 ble bert -62 by ble-floor
        """,
        end="10:11:00",
    )

    assert sorted(one.basis for one in told.data(VisitStarted)) == ["door", "token"]
    assert len({one.visit for one in told.data(VisitIdentified)}) == 2


def test_without_a_door_counter_a_known_customer_begins_a_visit() -> None:
    told = play(
        "10:00:00-10:10:00/2 ble anna -60 by ble-floor",
        end="10:30:00",
        floor=toy_floor(doors=()),
    )

    ((at, visit),) = told.of(VisitStarted)
    assert (at, visit.basis, visit.door, visit.zone) == ("10:00:00", "token", None, "floor")
    assert told.data(VisitIdentified)[0].visit == visit.visit


def test_a_join_alone_is_probable_and_a_join_with_a_token_is_confirmed() -> None:
    joined = "10:00:00 link anna joins by ap\n"
    doors = toy_floor(doors=())

    alone = play(joined, end="10:10:00", floor=doors)
    both = play(
        joined + "10:00:05-10:03:00/2 ble anna -65 by ble-floor", end="10:10:00", floor=doors
    )

    assert [one.grade for one in alone.data(VisitIdentified)] == ["probable"]
    assert alone.data(VisitStarted)[0].basis == "link"
    assert [one.grade for one in both.data(VisitIdentified)] == ["confirmed"]


def test_each_kind_of_evidence_counts_once_however_often_it_is_heard() -> None:
    once = "10:00:00 link anna joins by ap\n"
    often = once + "".join(f"10:0{minute}:00 link anna joins by ap\n" for minute in range(1, 9))
    doors = toy_floor(doors=())

    confidences = [
        play(day, end="10:10:00", floor=doors).data(VisitIdentified)[0].confidence
        for day in (once, often)
    ]

    assert confidences[0] == confidences[1]


def test_a_merely_probable_customer_is_named_after_a_minute_and_confirmed_later() -> None:
    told = play(
        """
        10:00:00 link anna joins by ap
        10:02:00-10:04:00/2 ble anna -60 by ble-floor
        """,
        end="10:05:00",
        floor=toy_floor(doors=()),
    )

    (first_at, first), (_, second) = told.of(VisitIdentified)
    assert (first_at, first.grade) == ("10:00:00", "probable")
    assert second.grade == "confirmed"
    assert first.visit == second.visit
    assert second.confidence > first.confidence


def test_a_token_that_falls_silent_and_comes_back_without_a_count_goes_on_with_the_visit() -> None:
    told = play(
        """
        09:55:00 alive by door-1
        10:00:00-10:05:00/2 ble anna -60 by ble-floor
        10:15:00-10:20:00/2 ble anna -60 by ble-floor
        """,
        end="10:40:00",
        floor=toy_floor(doors=()),
    )

    first, second = told.data(VisitStarted)
    (merged,) = told.data(VisitCorrected)
    assert (merged.visit, merged.what, merged.with_) == (second.visit, "merged", first.visit)
    assert merged.reason


def test_a_customer_who_is_counted_out_and_in_again_has_two_visits() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        10:00:05-10:04:50/2 ble anna -60 by ble-floor
        10:05:00 out 1 by door-1
        10:12:00 in 1 by door-1
        10:12:05-10:20:00/2 ble anna -60 by ble-floor
        """,
        end="10:21:00",
    )

    assert [one.customer for one in told.data(VisitIdentified)] == ["anna", "anna"]
    assert len({one.visit for one in told.data(VisitIdentified)}) == 2
    assert not told.of(VisitCorrected)


def test_visits_get_the_same_names_again_and_other_names_in_another_epoch() -> None:
    day = "10:00:00 in 2 by door-1"

    def names(epoch: str) -> set[str]:
        fusion = Fusion(toy_floor(), state=State(epoch=epoch), tuning=Tuning())
        events = [*fold(fusion, script(day)), *fusion.finish(clock("10:30:00"))]
        return {one.visit for one in Told(events, fusion).data(VisitStarted)}

    assert names("one") == names("one")
    assert not names("one") & names("two")
