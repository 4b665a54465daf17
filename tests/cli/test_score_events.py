"""A score says how near the events are to the truth, and never flatters."""

from zoneinfo import ZoneInfo

import pytest

from edge.cli.scoring.compare import score_events
from edge.cli.scoring.table import sections
from edge.cli.scoring.truth import Truth, parse_truth
from tests.cli.perfect_day import UTC, score, told_day, true_day, values
from tests.cli.tale import Tale, truth_line


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


def test_a_purchase_given_to_a_customer_who_was_away_is_seen() -> None:
    tale = told_day()
    tale.bought(5900, receipt="R-7", customer="c-2")

    purchases = score(tale, true_day()).purchases

    assert purchases.customer_inside.value == pytest.approx(2 / 3)
    assert purchases.with_visit.value == pytest.approx(3 / 4)
