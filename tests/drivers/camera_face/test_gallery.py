"""A face is looked up exactly, among templates of the same engine, or not at all."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.camera_face.engine import Engine
from drivers.camera_face.gallery import Gallery, Template, blend, mean_of, open_gallery
from drivers.camera_face.operating_table import Calibration, OperatingPoint, OperatingTable
from edge.errors import ConfigError
from tests.drivers.camera_face.drawn import DIMENSIONS, ENGINE, drawn_engine

TARGET = 0.001


def engine(threshold: float = 0.9, fmr: float = 1e-6) -> Engine:
    table = OperatingTable(
        engine=ENGINE,
        origin="made up",
        calibration=Calibration(slope=100.0, offset=-85.0),
        points=(OperatingPoint(threshold=threshold, fmr=fmr, fnmr=0.1),),
        comparisons=1000,
    )
    return replace(drawn_engine(), operating=table)


def vectors(count: int, seed: int = 1) -> NDArray[np.float32]:
    made_up = np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(np.float32)
    return made_up / np.linalg.norm(made_up, axis=1, keepdims=True)


def gallery(rows: NDArray[np.float32], which: Engine | None = None) -> Gallery:
    which = which or engine()
    templates = [
        Template(person=f"c-{number}", engine=which.id, vector=row, quality=1.0)
        for number, row in enumerate(rows)
    ]
    return open_gallery(templates, engine=which, target_fpir=TARGET)


def test_a_person_is_found_among_the_enrolled() -> None:
    rows = vectors(50)
    probe = rows[17] + 0.02 * vectors(1, seed=2)[0]

    match = gallery(rows).look_up(probe)

    assert match.person == "c-17"
    assert match.score > match.threshold
    assert match.log_likelihood_ratio > 0


def test_a_stranger_is_nobody_and_leaves_only_zeros() -> None:
    probe = vectors(1, seed=3)[0]

    match = gallery(vectors(50)).look_up(probe)

    assert match.person is None
    assert not probe.any()


def test_a_face_that_matches_is_kept_for_the_caller() -> None:
    rows = vectors(5)
    probe = rows[2].copy()

    gallery(rows).look_up(probe)

    assert probe.any()


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, 2**32 - 1), st.integers(1, 300))
def test_the_nearest_is_the_nearest(seed: int, count: int) -> None:
    rows = vectors(count, seed=seed)
    probe = vectors(1, seed=seed ^ 1)[0]
    exact = rows.astype(np.float64) @ probe.astype(np.float64)

    match = gallery(rows, engine(threshold=-1.0, fmr=0.0)).look_up(probe)

    nearest = int((match.person or "").removeprefix("c-"))
    assert exact[nearest] == pytest.approx(exact.max(), abs=1e-6)
    assert match.score == pytest.approx(exact.max(), abs=1e-6)


def test_a_template_of_another_engine_is_never_compared() -> None:
    foreign = Template(person="c-1", engine="other", vector=vectors(1)[0], quality=1.0)

    with pytest.raises(ConfigError, match="another engine"):
        open_gallery([foreign], engine=engine(), target_fpir=TARGET)


@pytest.mark.parametrize(
    "vector",
    [
        np.zeros(DIMENSIONS, np.float32),
        np.full(DIMENSIONS, np.nan, np.float32),
        np.ones(DIMENSIONS + 1, np.float32),
    ],
    ids=["zeros", "no numbers", "too long"],
)
def test_a_template_that_holds_no_face_is_refused(vector: NDArray[np.float32]) -> None:
    odd = Template(person="c-1", engine=engine().id, vector=vector, quality=1.0)

    with pytest.raises(ConfigError, match="does not hold 128 numbers"):
        open_gallery([odd], engine=engine(), target_fpir=TARGET)


def test_an_empty_gallery_knows_nobody() -> None:
    probe = vectors(1)[0]

    match = gallery(vectors(0)).look_up(probe)

    assert match.person is None
    assert not probe.any()


def test_a_closed_gallery_holds_only_zeros_and_knows_nobody() -> None:
    rows = vectors(3)
    opened = gallery(rows)

    opened.close()

    assert not opened._columns.any()
    assert opened.look_up(rows[0].copy()).person is None


def test_a_template_of_any_length_counts_by_its_direction() -> None:
    rows = vectors(4)

    match = gallery(rows * np.array([[0.1], [10], [1], [3]], np.float32)).look_up(rows[0].copy())

    assert match.person == "c-0"
    assert match.score == pytest.approx(1.0, abs=1e-6)


def test_pictures_count_by_their_quality() -> None:
    rows = vectors(2)

    blended = blend(rows, [3.0, 1.0])

    expected = 3 * rows[0] + rows[1]
    assert np.allclose(blended, expected / np.linalg.norm(expected), atol=1e-6)


@pytest.mark.parametrize("qualities", [[0.0, 0.0], [-1.0, 0.0]])
def test_pictures_without_any_quality_count_alike(qualities: list[float]) -> None:
    rows = vectors(2)

    assert np.allclose(blend(rows, qualities), blend(rows, [1.0, 1.0]))


def test_several_pictures_of_a_face_score_the_mean_of_their_scores() -> None:
    rows = vectors(3)
    frames = vectors(4, seed=9) + 2 * rows[1]
    frames /= np.linalg.norm(frames, axis=1, keepdims=True)
    opened = gallery(rows, engine(threshold=-1.0, fmr=0.0))

    together = opened.look_up(mean_of(frames, [1.0, 1.0, 1.0, 1.0]))

    apart = [opened.look_up(frame.copy()).score for frame in frames]
    assert together.person == "c-1"
    assert together.score == pytest.approx(np.mean(apart), abs=1e-6)


def test_a_vector_longer_than_one_gains_nothing_by_it() -> None:
    rows = vectors(3)

    match = gallery(rows).look_up(rows[0] * 100)

    assert match.score == pytest.approx(1.0, abs=1e-5)
