"""R12: a report shows how groups of people fare, and flags one that is taken for each other."""

from pathlib import Path

import numpy as np
import pytest

from drivers.camera_face.labelled import Encoded
from drivers.camera_face.report import (
    MIXED,
    Comparisons,
    acquired,
    compared,
    draw_det,
    report,
)

COUNT = 20_000
LEVEL = 3.0


def made_up(shifts: dict[str, float]) -> Comparisons:
    """Give comparisons of groups; a shift makes a group's members more alike."""
    random = np.random.default_rng(5)
    scores, is_mated, groups = [], [], []
    for group, shift in shifts.items():
        scores += [random.normal(6.0, 1.0, COUNT), random.normal(shift, 1.0, COUNT)]
        is_mated += [np.ones(COUNT, np.bool_), np.zeros(COUNT, np.bool_)]
        groups += [group] * (2 * COUNT)
    return Comparisons(
        scores=np.concatenate(scores),
        is_mated=np.concatenate(is_mated),
        groups=np.array(groups, np.str_),
    )


def test_groups_that_fare_alike_are_not_flagged() -> None:
    outcome = report(made_up({"a": 0.0, "b": 0.0, "c": 0.0}), threshold=LEVEL)

    assert [group.group for group in outcome.groups] == ["a", "b", "c"]
    assert outcome.flagged == ()


def test_a_planted_bias_is_flagged() -> None:
    outcome = report(made_up({"a": 0.0, "b": 0.0, "c": 1.0}), threshold=LEVEL)

    (flagged,) = outcome.flagged
    assert flagged.group == "c"
    assert flagged.fmr.share > 2 * outcome.fmr.share
    assert flagged.fmr.low <= flagged.fmr.share <= flagged.fmr.high


def test_a_bias_shows_in_a_set_too_small_for_the_usual_rate() -> None:
    few = made_up({"a": 0.0, "b": 0.0, "c": 0.0})
    kept = np.arange(len(few.scores)) % 100 == 0
    is_alike = (few.groups == "c") & ~few.is_mated
    small = Comparisons(
        scores=np.where(is_alike, few.scores + 5, few.scores)[kept],
        is_mated=few.is_mated[kept],
        groups=few.groups[kept],
    )

    outcome = report(small)

    assert outcome.fmr.count == 600
    assert [group.group for group in outcome.flagged] == ["c"]


def test_a_slight_difference_is_shown_and_not_flagged() -> None:
    outcome = report(made_up({"a": 0.0, "b": 0.2}), threshold=LEVEL)

    rates = {group.group: group.fmr.share for group in outcome.groups}
    assert rates["b"] > rates["a"]
    assert outcome.flagged == ()


def test_a_group_that_is_not_known_again_shows_in_its_own_rate() -> None:
    comparisons = made_up({"a": 0.0, "b": 0.0})
    comparisons.scores[(comparisons.groups == "b") & comparisons.is_mated] -= 2.0

    outcome = report(comparisons, threshold=LEVEL)

    rates = {group.group: group.fnmr.share for group in outcome.groups}
    assert rates["b"] > 10 * rates["a"]


def test_comparisons_across_groups_count_for_everybody_only() -> None:
    comparisons = made_up({"a": 0.0, MIXED: 0.0})

    outcome = report(comparisons, threshold=LEVEL)

    assert [group.group for group in outcome.groups] == ["a"]
    assert outcome.fmr.count == 2 * COUNT


def test_without_a_threshold_everybodys_fmr_sets_it() -> None:
    outcome = report(made_up({"a": 0.0}))

    assert outcome.fmr.share == pytest.approx(1e-3, rel=0.05)


def test_the_curve_falls_from_strict_to_loose() -> None:
    det = report(made_up({"a": 4.0})).det

    fmrs, fnmrs = [point.fmr for point in det], [point.fnmr for point in det]
    assert fmrs == sorted(fmrs)
    assert fnmrs == sorted(fnmrs, reverse=True)
    assert fmrs[0] <= 1e-4
    assert fmrs[-1] == pytest.approx(0.1, rel=0.01)


def test_a_set_with_groups_is_compared_within_them() -> None:
    rows = np.eye(6, dtype=np.float32)
    rows[5] = 0
    encoded = Encoded(people=np.array([0, 0, 1, 2, 3, 3]), vectors=rows, qualities=np.ones(6))

    comparisons = compared(encoded, {0: "a", 1: "a", 2: "b"})

    assert acquired(encoded).share == pytest.approx(1 / 6)
    assert len(comparisons.scores) == 5 * 4 / 2
    assert (comparisons.groups == "a").sum() == 3
    assert (comparisons.groups == "b").sum() == 0
    assert comparisons.is_mated.sum() == 1


def test_the_curve_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "det.png"

    draw_det(report(made_up({"a": 0.0, "b": 1.0})), path, title="an engine")

    assert path.read_bytes().startswith(b"\x89PNG")
