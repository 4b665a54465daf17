"""Scores become rates whose intervals hold."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.camera_face.calibrating import PICTURES, calibrated, measured_table
from drivers.camera_face.gallery import blend
from drivers.camera_face.identifying import by_centroid, by_margin, identify
from drivers.camera_face.labelled import Encoded, encode_folder, read_groups, read_people
from drivers.camera_face.operating_table import OperatingTable
from drivers.camera_face.rates import Scores, fmr_at, fnmr_at, threshold_at, wilson
from drivers.camera_face.scoring import single_scores, template_scores
from edge.errors import ConfigError
from tests.drivers.camera_face.drawn import HUES, drawn_engine, room

DIMENSIONS = 64


def made_up(people: int, pictures: int, noise: float, *, strangers: int = 0) -> Encoded:
    """Give people whose pictures scatter around a face of their own; strangers have one each."""
    random = np.random.default_rng(7)
    owners = np.concatenate(
        [np.repeat(np.arange(people), pictures), people + np.arange(strangers)]
    ).astype(np.int64)
    own = random.normal(size=(people + strangers, DIMENSIONS))
    rows = own[owners] + noise * random.normal(size=(len(owners), DIMENSIONS))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Encoded(people=owners, vectors=rows.astype(np.float32), qualities=np.ones(len(owners)))


def normal(mated: float, non_mated: float, *, count: int = 4000) -> Scores:
    random = np.random.default_rng(3)
    return Scores(
        mated=random.normal(mated, 1.0, count), non_mated=random.normal(non_mated, 1.0, count)
    )


def test_an_interval_is_that_of_the_textbook() -> None:
    rate = wilson(10, 100)

    assert rate.share == pytest.approx(0.1)
    assert rate.low == pytest.approx(0.0552, abs=1e-4)
    assert rate.high == pytest.approx(0.1744, abs=1e-4)


def test_without_an_error_there_may_still_be_some() -> None:
    assert wilson(0, 1000).low == 0.0
    assert wilson(0, 1000).high == pytest.approx(0.0038, abs=1e-4)


def test_without_a_case_anything_may_be() -> None:
    rate = wilson(0, 0)

    assert math.isnan(rate.share)
    assert (rate.low, rate.high) == (0.0, 1.0)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_share_lies_in_its_interval(count: int, part: float) -> None:
    rate = wilson(part * count, count)

    assert 0 <= rate.low <= rate.share + 1e-12
    assert rate.share - 1e-12 <= rate.high <= 1


@settings(deadline=None)  # the machine may be busy
@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=60),
    st.floats(0, 1),
)
def test_a_threshold_keeps_the_fmr_it_is_asked_for(scores: list[float], fmr: float) -> None:
    few = Scores(mated=np.empty(0), non_mated=np.array(scores))

    assert fmr_at(few, threshold_at(few, fmr)).share <= fmr + 1e-12 or fmr == 1


def test_a_higher_threshold_trades_one_error_for_the_other() -> None:
    scores = normal(3.0, 0.0)

    assert fmr_at(scores, 1.0).share > fmr_at(scores, 2.0).share
    assert fnmr_at(scores, 1.0).share < fnmr_at(scores, 2.0).share


def test_a_likelihood_ratio_is_that_of_the_two_kinds_of_scores() -> None:
    scores = normal(3.0, 0.0, count=40_000)

    line = calibrated(scores)

    # Of two normals with deviation 1 and means 3 and 0 it is 3 x - 4.5.
    assert line.slope == pytest.approx(3.0, rel=0.05)
    assert line.offset == pytest.approx(-4.5, rel=0.05)


def test_kinds_that_do_not_overlap_still_give_a_line() -> None:
    line = calibrated(normal(40.0, 0.0))

    assert math.isfinite(line.slope)
    assert line.slope > 0


def test_every_two_pictures_are_compared_once() -> None:
    scores = single_scores(made_up(4, 3, 0.1))

    assert scores.mated.size == 4 * 3
    assert scores.non_mated.size == 12 * 11 / 2 - 4 * 3


def test_a_picture_without_a_face_is_compared_with_nothing() -> None:
    encoded = made_up(3, 4, 0.1)
    encoded.vectors[0] = 0

    scores = single_scores(encoded)

    assert scores.mated.size + scores.non_mated.size == 11 * 10 / 2


def test_templates_are_never_compared_with_their_own_pictures() -> None:
    encoded = made_up(5, 4, 0.1)

    scores = template_scores(encoded, pictures=3, random=np.random.default_rng(1))

    assert scores.mated.size == 5
    assert scores.non_mated.size == 5 * 16
    assert scores.mated.max() < 1


def test_a_table_promises_no_less_than_was_measured() -> None:
    encoded = made_up(30, 5, 1.0, strangers=100)

    table = measured_table(encoded, engine="a/b/c", origin="made up")

    scores = template_scores(encoded, pictures=PICTURES, random=np.random.default_rng(99))
    fmrs = [point.fmr for point in table.points]
    assert fmrs == sorted(fmrs, reverse=True)
    for point in table.points:
        assert fmr_at(scores, point.threshold).low <= point.fmr
    assert table.points[-1].fmr > 0
    assert table.comparisons == scores.non_mated.size


def test_a_set_without_repeated_people_measures_nothing() -> None:
    with pytest.raises(ConfigError, match="too small"):
        measured_table(made_up(20, 1, 0.1), engine="a/b/c", origin="made up")


@pytest.mark.parametrize("compare", [by_centroid, by_margin])
def test_people_who_differ_are_all_named(compare: object) -> None:
    (found,) = identify(
        made_up(20, 5, 0.1, strangers=60), size=20, fpirs=(0.01,), pictures=3, compare=compare
    )

    assert found.fnir.share == 0
    assert found.fnir.count == 20 * 2


def test_a_face_that_is_not_acquired_is_a_miss() -> None:
    encoded = made_up(10, 4, 0.05, strangers=30)
    encoded.vectors[:40:4] = 0
    encoded.qualities[:40:4] = 0

    (found,) = identify(encoded, size=10, fpirs=(0.05,), pictures=3, compare=by_centroid)

    assert 0.1 < found.fnir.share < 0.4


def test_people_who_are_all_alike_are_missed() -> None:
    (found,) = identify(
        made_up(20, 4, 30.0, strangers=60), size=20, fpirs=(0.01,), pictures=3, compare=by_centroid
    )

    assert found.fnir.share > 0.8


def test_a_lead_over_the_second_is_rewarded() -> None:
    vectors = np.eye(3, dtype=np.float32)
    people = np.arange(3)
    encoded = Encoded(people=people, vectors=vectors, qualities=np.ones(3))
    enrolled: tuple[NDArray[np.int64], ...] = (np.array([0]), np.array([1]))

    scores = by_margin(encoded, enrolled, np.array([0]))

    assert scores.tolist() == [[1.5, 0.0]]
    assert blend(vectors[:1], [1.0]).tolist() == [1.0, 0.0, 0.0]


def write_people(folder: Path) -> None:
    for name in HUES:
        (folder / name).mkdir()
        for number in range(2):
            image = room((name, 200 + 40 * number, 150))
            cv2.imwrite(str(folder / name / f"{number}.png"), image)


def test_a_folder_for_each_person_is_encoded(tmp_path: Path) -> None:
    write_people(tmp_path)
    (tmp_path / "groups.csv").write_text("person,group\nada,a\nben,b\n")
    ticks: list[int] = []

    encoded, groups = encode_folder(drawn_engine(), tmp_path, tick=lambda: ticks.append(1))

    assert len(ticks) == 2 * len(HUES)
    assert encoded.people.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert encoded.is_acquired.all()
    assert groups == {0: "a", 1: "b"}
    assert single_scores(encoded).mated.min() > single_scores(encoded).non_mated.max()


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no labelled pictures"):
        read_people(tmp_path)


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "1.jpg").write_text("no picture")

    with pytest.raises(ConfigError, match=r"1\.jpg"):
        encode_folder(drawn_engine(), tmp_path, tick=lambda: None)


def test_groups_without_their_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_text("name;set\n")

    with pytest.raises(ConfigError, match="person,group"):
        read_groups(tmp_path)


def test_an_unmeasured_engine_weighs_every_score_alike() -> None:
    table = OperatingTable(engine="a/b/c", origin="nobody")

    assert table.log_likelihood_ratio(0.99) == 0
    assert table.largest(0.001) == 0


@pytest.mark.parametrize(("people", "size"), [(5, 0), (5, 6), (5, 5)])
def test_a_gallery_that_the_set_cannot_fill_is_refused(people: int, size: int) -> None:
    with pytest.raises(ConfigError, match="cannot be measured on this set"):
        identify(made_up(people, 4, 0.1), size=size, fpirs=(0.01,), pictures=3, compare=by_centroid)
