"""A score says how near the events are to the truth, and never flatters."""

from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.cli.reporting.rows import parse_event_lines
from edge.cli.scoring.compare import Score, score_events
from edge.cli.scoring.figure import Figure
from edge.cli.scoring.table import sections
from edge.cli.scoring.truth import Truth, parse_truth
from edge.errors import RecordingError
from tests.cli.tale import Tale, cloud_event, truth_line

UTC = ZoneInfo("UTC")

PEOPLE = (("a", "c-1", 0, 1200), ("b", None, 300, 2000), ("c", "c-2", 3700, 5000))
"""Person, customer, and the seconds after opening at which they came and went."""


def true_day() -> list[bytes]:
    lines = []
    for person, customer, come_s, gone_s in PEOPLE:
        lines.append(truth_line(come_s, "entered", person=person, customer=customer))
        lines.append(truth_line(come_s, "zone", person=person, zone="entrance"))
        lines.append(truth_line(come_s + 100, "zone", person=person, zone="toys"))
        lines.append(truth_line(gone_s, "left", person=person))
    return lines


def told_day() -> Tale:
    """Tell exactly what is true."""
    tale = Tale()
    for number, (_, customer, come_s, gone_s) in enumerate(PEOPLE):
        tale.started(number, come_s)
        if customer:
            tale.identified(number, come_s + 1, customer=customer, confidence=1.0)
        tale.entered(number, come_s, zone="entrance")
        tale.left(number, come_s + 100, zone="entrance", dwell_s=100)
        tale.entered(number, come_s + 100, zone="toys")
        tale.bought(gone_s - 50, receipt=f"R-{number}", visit=number, customer=customer)
        tale.ended(number, gone_s, duration_s=gone_s - come_s)
    for begin in range(0, 6000, 300):
        inside = sum(max(0, min(begin + 300, gone) - max(begin, come)) for *_, come, gone in PEOPLE)
        tale.estimated(begin, people=inside / 300)
    return tale


def score(tale: Tale, lines: list[bytes]) -> Score:
    return score_events(tale.rows, parse_truth(lines, where="t"), zone=ZoneInfo("Europe/Berlin"))


def values(score: Score) -> dict[str, float | None]:
    """Give every figure of the whole, by what the table calls it."""
    return {name: figure.value for _, lines in sections(score) for name, figure, _ in lines}


def test_perfect_events_have_perfect_scores() -> None:
    found = values(score(told_day(), true_day()))

    assert found == {
        "people, as told": 3,
        "people, in truth": 3,
        "error per day (MAPE)": 0,
        "error per hour (MAPE)": 0,
        "weighted error per day (WAPE)": 0,
        "weighted error per hour (WAPE)": 0,
        "identified visits": 2,
        "correct": 2,
        "second visit for one stay": 0,
        "customer was not there": 0,
        "precision": 1,
        "recall over reachable stays": 1,
        "false per 1,000 non-members": 0,
        "calibration error (ECE)": 0,
        "dwell error, identified (MAE)": 0,
        "dwell difference, anonymous": 0,
        "dwell distance, anonymous": 0,
        "zone accuracy by time": 1,
        "zone unknown by time": 0,
        "weighted error (WAPE)": pytest.approx(0, abs=1e-12),
        "skill against a constant": pytest.approx(1),
        "truth within the interval": 1,
        "width of the interval (people)": pytest.approx(2 + 4200 / 6000),
        "time unknown": 0,
        "purchases": 3,
        "... with a visit": 1,
        "... with a customer": pytest.approx(2 / 3),
        "... whose customer was inside": 1,
        "visits of staff": None,
        "events": len(told_day().rows),
        "gaps in the sequence": 0,
        "duplicates": 0,
    }


def test_without_truth_every_comparison_is_missing_and_says_why() -> None:
    result = score_events(told_day().rows, Truth(), zone=UTC)

    missing = {name for name, value in values(result).items() if value is None}
    assert missing >= {
        "people, in truth",
        "error per day (MAPE)",
        "precision",
        "recall over reachable stays",
        "false per 1,000 non-members",
        "calibration error (ECE)",
        "dwell error, identified (MAE)",
        "dwell distance, anonymous",
        "zone accuracy by time",
        "weighted error (WAPE)",
        "skill against a constant",
    }
    assert all(
        figure.reason
        for _, lines in sections(result)
        for _, figure, _ in lines
        if figure.value is None
    )


def test_without_events_nothing_is_found_and_nothing_fails() -> None:
    result = score(Tale(), true_day())

    assert result.identity.overall.recall.value == 0
    assert result.identity.overall.precision.value is None
    assert result.visits.mape_day.value == 1
    assert result.occupancy.wape.reason == "no occupancy was estimated for the whole store"
    assert result.purchases.with_visit.value is None


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


def test_counting_one_too_many_in_an_empty_hour_shows_in_the_weighted_error_only() -> None:
    tale = told_day()
    tale.started(9, 8000)

    visits = score(tale, true_day()).visits

    assert visits.mape_hour.value == 0
    assert visits.wape_hour.value == pytest.approx(1 / 3)
    assert visits.mape_day.value == pytest.approx(1 / 3)


def test_hours_are_those_of_the_stores_clock() -> None:
    tale, lines = Tale(), [truth_line(0, "entered", person="a")]
    tale.started(1, 1700)

    truth = parse_truth(lines, where="t")

    def hours(timezone: str) -> float | None:
        return score_events(tale.rows, truth, zone=ZoneInfo(timezone)).visits.mape_hour.value

    assert hours("Europe/Berlin") == 0
    assert hours("Asia/Kathmandu") == 1  # 14:45 and 15:13


def test_dwell_told_too_long_is_positive() -> None:
    tale = Tale()
    tale.started(1, 300)
    tale.ended(1, 2060, duration_s=1760)
    tale.started(2, 0)
    tale.identified(2, 5, customer="c-1")
    tale.ended(2, 1130, duration_s=1130)
    lines = true_day()[:8]

    dwell = score(tale, lines).dwell

    assert dwell.anonymous_mean_difference_s.value == 60
    assert dwell.anonymous_distance_s.value == 60
    assert dwell.identified_mae_s.value == 70


def test_a_zone_told_late_is_wrong_for_that_time_and_unknown_is_neither() -> None:
    tale = Tale()
    tale.started(0, 0)
    tale.identified(0, 1, customer="c-1")
    tale.entered(0, 0, zone="entrance")
    tale.entered(0, 200, zone="toys")
    tale.entered(0, 600, zone="unknown", reason="ble-floor is deaf")
    tale.ended(0, 1200, duration_s=1200)

    zones = score(tale, true_day()).zones

    assert zones.accuracy.value == pytest.approx(500 / 600)
    assert zones.unknown.value == pytest.approx(0.5)


def test_an_estimate_that_is_too_high_has_an_error_and_leaves_its_interval() -> None:
    tale, lines = (
        Tale(),
        [truth_line(0, "occupancy", people=10), truth_line(600, "occupancy", people=20)],
    )
    tale.estimated(0, people=13)
    tale.estimated(300, people=10)
    tale.estimated(600, people=20)
    tale.estimated(900, people=20)

    occupancy = score(tale, lines).occupancy

    assert occupancy.wape.value == pytest.approx(3 / 60)
    assert occupancy.skill.value == pytest.approx(1 - 3 / 20)
    assert occupancy.interval_coverage.value == pytest.approx(3 / 4)


def test_an_estimate_worse_than_the_constant_has_negative_skill() -> None:
    tale, lines = (
        Tale(),
        [truth_line(0, "occupancy", people=10), truth_line(300, "occupancy", people=20)],
    )
    tale.estimated(0, people=20)
    tale.estimated(300, people=10)

    assert score(tale, lines).occupancy.skill.value == pytest.approx(-1)


def test_an_interval_without_a_figure_is_unknown_and_not_zero() -> None:
    tale, lines = Tale(), [truth_line(0, "occupancy", people=10)]
    tale.estimated(0, people=10)
    tale.estimated(300, people=None)

    occupancy = score(tale, lines).occupancy

    assert occupancy.unknown.value == pytest.approx(0.5)
    assert occupancy.wape.value == 0
    assert "constant" in occupancy.skill.reason


def test_figures_of_other_zones_are_not_the_stores() -> None:
    tale = Tale()
    tale.estimated(0, people=4, zone="toys")

    assert score(tale, true_day()).occupancy.wape.value is None


def test_people_who_were_inside_before_the_recording_are_in_the_derived_occupancy() -> None:
    tale = Tale()
    tale.estimated(0, people=1)
    lines = [truth_line(400, "left", person="early"), truth_line(350, "entered", person="a")]

    assert score(tale, lines).occupancy.wape.value == 0


def test_a_staff_visit_is_seen() -> None:
    tale = told_day()
    tale.identified(1, 400, customer="c-9")
    lines = [*true_day(), truth_line(0, "entered", person="s", customer="c-9", role="staff")]

    result = score(tale, lines)

    assert result.staff_visits == Figure(value=1, n=1)
    assert result.visits.true.value == 3
    assert result.identity.overall.wrong.value == 0


def test_a_purchase_given_to_a_customer_who_was_away_is_seen() -> None:
    tale = told_day()
    tale.bought(5900, receipt="R-7", customer="c-2")

    purchases = score(tale, true_day()).purchases

    assert purchases.customer_inside.value == pytest.approx(2 / 3)
    assert purchases.with_visit.value == pytest.approx(3 / 4)


def test_a_lost_event_is_a_gap_and_a_repeated_one_a_duplicate() -> None:
    rows = told_day().rows
    torn = [*rows[:4], *rows[5:], rows[-1]]

    ledger = score_events(torn, Truth(), zone=UTC).ledger

    assert (ledger.gaps.value, ledger.duplicates.value) == (1, 1)


def test_the_same_event_under_two_numbers_is_a_duplicate() -> None:
    tale = told_day()
    tale.bought(10, receipt="R-7")
    tale.bought(10, receipt="R-7")

    ledger = score(tale, true_day()).ledger

    assert (ledger.gaps.value, ledger.duplicates.value) == (0, 1)


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


def test_events_read_from_a_file_score_like_those_of_the_ledger() -> None:
    lines = [cloud_event(row) for row in told_day().rows]

    rows = list(parse_event_lines([*lines[:3], b"\n", *lines[3:]], where="e"))

    assert rows == told_day().rows


def test_an_event_of_an_unknown_type_keeps_its_number() -> None:
    tale = told_day()
    lines = [cloud_event(row) for row in tale.rows]
    lines[2] = lines[2].replace(tale.rows[2].data.type.encode(), b"activation.decided.v1")

    rows = list(parse_event_lines(lines, where="e"))

    assert score_events(rows, Truth(), zone=UTC).ledger.gaps.value == 0


def test_events_of_a_second_epoch_are_refused() -> None:
    row = told_day().rows[0]

    with pytest.raises(RecordingError) as caught:
        list(parse_event_lines([cloud_event(row), cloud_event(row, epoch="e2")], where="e"))

    assert caught.value.where == "e, line 2"


@given(st.lists(st.binary(max_size=80)))
def test_any_bytes_are_events_or_a_recording_error(lines: list[bytes]) -> None:
    try:
        found = str(list(parse_event_lines(lines, where="e")))
    except RecordingError as error:
        found = error.where

    assert found == "[]" or found.startswith("e, line ")


def test_a_score_is_json_in_which_missing_is_null() -> None:
    encoded = msgspec.json.decode(msgspec.json.encode(score(told_day(), [])))

    assert encoded["visits"]["mape_day"] == {
        "value": None,
        "reason": "the truth has no `entered` lines",
    }
    assert encoded["ledger"]["gaps"]["value"] == 0
