"""A consent that is taken back while its customer is inside."""

from edge.fusion.fold import Fusion, resume
from edge.fusion.tuning import Tuning
from edge.model.event import (
    PurchaseRecorded,
    VisitEnded,
    VisitIdentified,
    VisitStarted,
    ZoneEntered,
    ZoneLeft,
)
from edge.model.names import Instant
from edge.model.observation import CustomerHeard
from tests.fusion.days import Told, alive, begun, clock, encoded, fold, play, script, toy_floor

INSIDE = """
10:00:00 in 1 by door-1
10:00:05-10:02:59/2 ble anna -60 by ble-floor
"""


def test_a_consent_withdrawn_while_inside_forgets_the_name() -> None:
    told = play(f"{INSIDE}10:03:00 keeps anna - by platform", end="10:30:00")

    (name,) = told.of(VisitIdentified)
    (end,) = told.of(VisitEnded)
    assert name[0] < "10:03:00"
    assert "10:02:50" <= end[0] <= "10:03:00"
    assert end[1].how == "withdrawn"


def test_nothing_is_told_of_a_visit_after_its_customer_withdrew() -> None:
    text = f"""{INSIDE}10:03:00 keeps anna - by platform
    10:20:00 out 1 by door-1"""

    told = play(text, end="10:40:00")

    after = [one for one in told.events if one.visit is not None and one.at > clock("10:03:00")]
    assert after == []


def test_a_person_who_withdrew_is_still_one_visit_and_takes_up_one_count_out() -> None:
    text = """
    10:00:00 in 1 by door-1
    10:00:05-10:03:00/2 ble anna -60 by ble-floor
    10:03:00 keeps anna - by platform
    10:04:00 in 1 by door-1
    10:06:00 out 1 by door-1
    10:20:00 out 1 by door-1
    """

    told = play(text, end="10:40:00")

    ends = {one.visit: (at, one.how) for at, one in told.of(VisitEnded)}
    assert len(told.times(VisitStarted)) == 2
    assert sorted(ends.values()) == [("10:02:55", "withdrawn"), ("10:20:00", "door")]


def test_somebody_nobody_counted_in_leaves_no_visit_behind_when_they_withdraw() -> None:
    floor = toy_floor(doors=())
    fusion = begun(floor=floor)
    fold(fusion, script("10:00:05-10:05:00/2 ble anna -60 by ble-floor"))

    told = fold(fusion, script("10:05:00 keeps anna - by platform"))

    assert [one.data.type for one in told] == ["visit.ended.v1"]
    assert resume(fusion.snapshot()).visits == {}


def test_a_nameless_visit_that_is_left_over_is_nobody_elses() -> None:
    text = """
    10:00:00 in 1 by door-1
    10:00:05-10:03:00/2 ble anna -60 by ble-floor
    10:03:00 keeps anna - by platform
    10:03:30-10:08:00/2 ble bert -60 by ble-floor
    """

    told = play(text, end="10:40:00")

    names = {one.visit: one.customer for one in told.data(VisitIdentified)}
    assert sorted(names.values()) == ["anna", "bert"]


def test_a_left_over_visit_is_given_up_without_a_word_when_nobody_is_counted_out() -> None:
    fusion = begun(tuning=Tuning(longest_s=600.0))
    told = fold(fusion, script(f"{INSIDE}10:05:00 keeps anna - by platform"))

    told += fold(fusion, alive("ble-floor", "10:05:00", "10:30:00"))

    assert len(Told(told, fusion).times(VisitEnded)) == 1
    assert resume(fusion.snapshot()).visits == {}


def test_a_customer_keeps_their_name_while_other_evidence_stands() -> None:
    text = f"""{INSIDE}10:02:00 card anna by scanner
    10:03:00 keeps anna visit_history by platform"""

    told = play(text, end="10:03:30")

    assert [one.how for one in told.data(VisitEnded)] != ["withdrawn"]


def test_where_somebody_was_by_withdrawn_evidence_is_told_no_more() -> None:
    text = """
    10:00:00 in 1 by door-1
    10:00:05-10:02:00/2 ble anna -60 by ble-floor
    10:01:00 card anna by scanner
    10:02:00 keeps anna visit_history by platform
    """

    told = play(text, end="10:30:00")

    told_later = [*told.of(ZoneEntered), *told.of(ZoneLeft)]
    assert [at for at, _ in told_later if at > "10:02:00"] == []


def test_what_waits_for_its_place_in_time_is_dropped_with_the_rest() -> None:
    fusion = begun()
    fold(fusion, script("10:00:00 alive by ble-floor\n10:00:01 card anna by scanner"))

    fold(fusion, script("10:00:01 keeps anna - by platform"))
    told = fusion.finish(clock("10:10:00"))

    assert b"anna" not in encoded(told)


def test_what_waits_loses_the_purposes_that_are_gone() -> None:
    fusion = begun()
    fold(fusion, script("10:00:00 alive by ble-floor\n10:00:01 card anna by scanner"))

    fold(fusion, script("10:00:01 keeps anna visit_history by platform"))
    told = Told(fusion.finish(clock("10:10:00")), fusion)

    assert [one.purposes for one in told.data(VisitIdentified)] == [("visit_history",)]


def test_a_receipt_that_waits_is_recorded_without_the_name() -> None:
    fusion = begun()
    fold(fusion, script("10:00:00 alive by till\n10:00:01 receipt R-1 23.90 anna by till"))

    fold(fusion, script("10:00:01 keeps anna presence_ble by platform"))
    told = Told(fusion.finish(clock("10:10:00")), fusion)

    (receipt,) = told.data(PurchaseRecorded)
    assert (receipt.receipt, receipt.customer) == ("R-1", None)


def test_a_customer_who_comes_back_after_a_withdrawal_is_not_tied_to_the_visit_before() -> None:
    text = """
    10:00:00 in 1 by door-1
    10:00:05-10:02:00/2 ble anna -60 by ble-floor
    10:02:05 out 1 by door-1
    10:05:00 keeps anna - by platform
    10:06:00-10:10:00/2 ble anna -60 by ble-floor
    """

    told = play(text, end="10:30:00")

    assert "visit.corrected.v1" not in {one.data.type for one in told.events}


def test_an_identification_names_no_purpose_whose_consent_has_ended_since() -> None:
    def heard(at: str, evidence: str, until: str) -> CustomerHeard:
        (one,) = script(f"{at} {evidence}")
        assert isinstance(one, CustomerHeard)
        return CustomerHeard(
            at=one.at,
            source=one.source,
            customer=one.customer,
            evidence=one.evidence,
            purposes=("visit_history", "wifi_recognition"),
            until=clock(until),
        )

    fusion = begun()
    told = fold(fusion, [heard("10:00:00", "link anna joins by ap", "10:00:10")])
    told += fold(fusion, [heard("10:00:30", "card anna by scanner", "11:00:00")])
    told += fusion.advance(clock("10:00:40"))

    purposes = [one.purposes for one in Told(told, fusion).data(VisitIdentified)]
    assert purposes[-1] == ("visit_history",)


def test_what_fusion_remembers_names_whom_it_remembers() -> None:
    fusion = begun()
    fold(fusion, script(f"{INSIDE}10:05:00 receipt R-1 1.00 bert by till"))

    assert fusion.named() == {"anna", "bert"}


def test_a_withdrawal_before_anything_was_noticed_changes_nothing() -> None:
    fusion, other = begun(), begun()

    fold(fusion, script("10:00:00 keeps anna - by platform"))

    assert fusion.snapshot() == other.snapshot()
    assert isinstance(fusion, Fusion)
    assert Instant(0) <= fusion._scene.state.newest
