"""Identifications are held against who was truly there, and each visit counts once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.cli.scoring.figure import Figure
from tests.cli.perfect_day import score, told_day, true_day, values
from tests.cli.tale import Tale, truth_line


def test_naming_a_stranger_lowers_precision_and_counts_against_non_members() -> None:
    tale = told_day()
    tale.identified(1, 400, customer="c-404", confidence=0.9)

    found = score(tale, true_day()).identity

    assert found.overall.precision.value == pytest.approx(2 / 3)
    assert found.overall.recall.value == 1
    assert found.overall.false_per_1000.value == 1000
    assert found.by_grade["probable"].precision.value == 0
    assert found.by_grade["confirmed"].precision.value == 1


def test_a_customer_named_while_away_is_wrong() -> None:
    tale = Tale()
    tale.started(1, 6000)
    tale.identified(1, 6001, customer="c-1")
    tale.ended(1, 6100, duration_s=100)

    found = score(tale, true_day()).identity.overall

    assert (found.wrong.value, found.recall.value) == (1, 0)


def test_one_stay_proves_one_visit() -> None:
    tale = told_day()
    tale.identified(1, 400, customer="c-1")

    found = score(tale, true_day()).identity.overall

    assert (found.correct.value, found.repeated.value, found.wrong.value) == (2, 1, 0)
    assert found.precision.value == pytest.approx(2 / 3)
    assert found.false_per_1000.value == 0


def test_the_last_identification_of_a_visit_is_the_one_that_counts() -> None:
    tale = told_day()
    tale.identified(0, 30, customer="c-404")
    tale.identified(0, 40, customer="c-1")

    assert score(tale, true_day()).identity.overall.precision.value == 1


@pytest.mark.parametrize(("what", "into"), [("retracted", None), ("merged", 404)])
def test_a_visit_taken_back_or_merged_counts_nowhere(what: str, into: int | None) -> None:
    tale = told_day()
    tale.started(9, 500, people=2)
    tale.identified(9, 510, customer="c-404")
    tale.corrected(9, 520, what=what, into=into)

    assert values(score(tale, true_day())) == values(score(told_day(), true_day())) | {
        "events": len(tale.rows)
    }


def test_visits_merged_are_one_from_the_first_start_to_the_last_end() -> None:
    tale = Tale()
    tale.started(1, 0)
    tale.identified(1, 5, customer="c-1")
    tale.entered(1, 0, zone="entrance")
    tale.ended(1, 90, duration_s=90, how="silence")
    for part, begin_s, end_s in ((2, 100, 500), (3, 600, 1200)):
        tale.started(part, begin_s, basis="token")
        tale.corrected(part, begin_s, what="merged", into=part - 1)
        tale.identified(part, begin_s, customer="c-1")
        tale.entered(part, begin_s, zone="toys")
        tale.ended(part, end_s, duration_s=end_s - begin_s)

    found = score(tale, true_day())

    assert found.visits.told.value == 1
    assert found.identity.overall.correct.value == 1
    assert found.identity.overall.repeated.value == 0
    assert found.dwell.identified_mae_s.value == 0
    assert found.zones.accuracy.value == 1
    assert found.zones.unknown.value == pytest.approx(110 / 1200)


def test_a_split_leaves_both_visits_standing() -> None:
    tale = Tale()
    tale.started(1, 0)
    tale.corrected(1, 10, what="split", into=2)
    tale.started(2, 0)

    assert score(tale, true_day()).visits.told.value == 2


def test_a_staff_visit_is_seen() -> None:
    tale = told_day()
    tale.identified(1, 400, customer="c-9")
    lines = [*true_day(), truth_line(0, "entered", person="s", customer="c-9", role="staff")]

    result = score(tale, lines)

    assert result.staff_visits == Figure(value=1, n=1)
    assert result.visits.true.value == 3
    assert result.identity.overall.wrong.value == 0


@given(confidence=st.floats(0.5, 1.0), right=st.booleans())
def test_the_calibration_error_of_one_visit_is_its_surprise(
    confidence: float, *, right: bool
) -> None:
    tale = Tale()
    tale.started(1, 0)
    tale.identified(1, 1, customer="c-1" if right else "c-404", confidence=confidence)

    found = score(tale, true_day()).identity.overall.calibration_error

    assert found.value == pytest.approx(abs(right - confidence))


@given(wrong=st.integers(0, 20), right=st.integers(0, 20))
def test_precision_lies_in_its_interval_and_falls_with_each_wrong_name(
    wrong: int, right: int
) -> None:
    def precision(mistakes: int) -> Figure:
        tale, lines = Tale(), []
        for number in range(right):
            tale.started(number, number)
            tale.identified(number, number, customer=f"c-{number}")
            lines.append(truth_line(number, "entered", person=number, customer=f"c-{number}"))
        for number in range(right, right + mistakes):
            tale.started(number, number)
            tale.identified(number, number, customer=f"c-{number}")
            lines.append(truth_line(number, "entered", person=number))
        return score(
            tale, [*lines, truth_line(0, "entered", person="x")]
        ).identity.overall.precision

    less, more = precision(wrong), precision(wrong + 1)

    assert more.value is not None
    assert more.low is not None
    assert more.high is not None
    assert more.low <= more.value <= more.high
    assert less.value is None or less.value > more.value or right == 0
