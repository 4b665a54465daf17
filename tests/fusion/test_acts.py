from edge.model.event import (
    PurchaseRecorded,
    VisitEnded,
    VisitIdentified,
    VisitStarted,
)
from tests.fusion.days import play, toy_floor

CARD_AT_THE_TILL = """
10:00:00 in 1 by door-1
10:15:00 card anna by till
10:15:00 receipt R-1 23.90 anna by till
"""


def test_a_card_at_the_till_identifies_the_visit_and_ties_the_purchase_to_it() -> None:
    told = play(CARD_AT_THE_TILL, end="10:16:00")

    (started,) = told.data(VisitStarted)
    (known,) = told.data(VisitIdentified)
    (bought,) = told.data(PurchaseRecorded)
    assert (known.customer, known.grade) == ("anna", "confirmed")
    assert known.visit == bought.visit == started.visit
    assert (bought.customer, bought.receipt, bought.total) == ("anna", "R-1", 23.9)


def test_a_receipt_without_a_known_card_names_nobody() -> None:
    told = play("10:00:00 in 1 by door-1\n10:15:00 receipt R-1 23.90 by till", end="10:16:00")

    (bought,) = told.data(PurchaseRecorded)
    assert bought.customer is None
    assert bought.visit is None
    assert not told.of(VisitIdentified)


def test_a_card_goes_to_whoever_has_been_inside_for_about_the_usual_stay() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        10:14:00 in 1 by door-1
        10:15:00 card anna by scanner
        """,
        end="10:16:00",
    )

    (known,) = told.data(VisitIdentified)
    (first, _) = told.data(VisitStarted)
    assert known.visit == first.visit


def test_a_card_shown_by_somebody_no_door_counted_begins_a_visit() -> None:
    told = play("10:15:00 card anna by scanner", end="10:16:00", floor=toy_floor(doors=()))

    ((at, started),) = told.of(VisitStarted)
    assert (at, started.basis, started.zone) == ("10:15:00", "token", "checkout")


def test_a_card_after_a_token_belongs_to_the_same_visit() -> None:
    told = play(
        """
        10:00:00 in 1 by door-1
        10:00:05-10:15:00/2 ble anna -60 by ble-floor
        10:14:50 card anna by scanner
        10:15:00 receipt R-1 5.00 anna by till
        """,
        end="10:15:30",
    )

    (started,) = told.data(VisitStarted)
    assert told.data(PurchaseRecorded)[0].visit == started.visit
    assert {one.visit for one in told.data(VisitIdentified)} == {started.visit}


def test_somebody_known_by_a_card_alone_leaves_with_a_count_out_after_paying() -> None:
    told = play(CARD_AT_THE_TILL + "10:16:10 out 1 by door-1", end="10:30:00")

    ((at, ended),) = told.of(VisitEnded)
    assert (at, ended.how) == ("10:16:10", "door")


def test_a_receipt_with_items_and_lane_is_told_as_the_till_wrote_it() -> None:
    told = play("10:15:00 receipt R-7 0.99 by till", end="10:16:00")

    ((at, bought),) = told.of(PurchaseRecorded)
    assert (at, bought.receipt, bought.total, bought.currency) == ("10:15:00", "R-7", 0.99, "EUR")
