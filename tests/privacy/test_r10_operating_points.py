"""R10: a threshold comes from measured points, and a gallery too large for them is refused."""

from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import drivers.camera_face
from drivers.camera_face.calibrating import measured_table
from drivers.camera_face.gallery import Template, open_gallery
from drivers.camera_face.labelled import Encoded
from drivers.camera_face.operating_file import read_table
from drivers.camera_face.operating_table import OperatingPoint, OperatingTable, fmr_for
from edge.errors import ConfigError
from tests.drivers.camera_face.drawn import DIMENSIONS, ENGINE, drawn_engine

TARGET = 0.001
MEASURED = ((0.90, 1e-3), (0.93, 1e-4), (0.95, 4e-5), (0.96, 1e-5))

TABLE = OperatingTable(
    engine=ENGINE,
    origin="made up",
    points=tuple(OperatingPoint(threshold=t, fmr=fmr, fnmr=0.1) for t, fmr in MEASURED),
)


@pytest.mark.parametrize(
    ("size", "threshold"), [(0, 0.90), (1, 0.90), (2, 0.93), (10, 0.93), (20, 0.95), (100, 0.96)]
)
def test_more_people_need_a_stricter_threshold(size: int, threshold: float) -> None:
    assert TABLE.point_for(size, target_fpir=TARGET).threshold == threshold


def test_five_hundred_are_too_many_for_this_table() -> None:
    assert TABLE.largest(TARGET) == 100

    with pytest.raises(ConfigError, match="for 100 at the most"):
        TABLE.point_for(500, target_fpir=TARGET)


@given(st.integers(1, 100_000), st.floats(1e-5, 0.5))
def test_the_promise_to_strangers_is_kept(size: int, target: float) -> None:
    bearable = fmr_for(size, target_fpir=target)

    assert 1 - (1 - bearable) ** size == pytest.approx(target, rel=1e-6)


@given(st.floats(1e-4, 0.2))
def test_the_largest_gallery_is_borne_and_one_more_is_not(target: float) -> None:
    largest = TABLE.largest(target)

    assert TABLE.point_for(largest, target_fpir=target).fmr <= fmr_for(largest, target_fpir=target)
    with pytest.raises(ConfigError, match="too many for this engine"):
        TABLE.point_for(largest + 1, target_fpir=target)


def test_an_engine_that_nobody_measured_bears_not_even_one() -> None:
    with pytest.raises(ConfigError, match="for 0 at the most"):
        OperatingTable(engine="x", origin="nobody").point_for(1, target_fpir=TARGET)


def test_a_gallery_is_opened_at_the_threshold_for_its_size() -> None:
    engine = drawn_engine()
    one = Template(
        person="c-1", engine=engine.id, vector=np.ones(DIMENSIONS, np.float32), quality=1.0
    )

    few = open_gallery([one] * 5, engine=engine, target_fpir=TARGET)
    many = open_gallery([one] * 500, engine=engine, target_fpir=TARGET)

    probe = np.ones(DIMENSIONS, np.float32)
    assert few.look_up(probe).threshold < many.look_up(probe).threshold
    with pytest.raises(ConfigError, match="too many for this engine"):
        open_gallery([one] * 5000, engine=engine, target_fpir=TARGET)


def test_scores_become_points_whose_fmr_is_the_upper_end_of_its_interval() -> None:
    random = np.random.default_rng(11)
    own = random.normal(size=(40, 32))
    rows = own.repeat(4, axis=0) + random.normal(size=(160, 32))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    encoded = Encoded(
        people=np.arange(40).repeat(4),
        vectors=rows.astype(np.float32),
        qualities=np.ones(160),
    )

    table = measured_table(encoded, engine="x", origin="made up")

    # Where none of n comparisons was wrong, up to 3.84 / n of them still may be.
    assert table.points[-1].fmr == pytest.approx(3.84 / table.comparisons, rel=0.01)


def test_every_shipped_table_says_where_it_comes_from() -> None:
    shipped = [
        one
        for one in files(drivers.camera_face).joinpath("operating").iterdir()
        if one.name.endswith(".toml")
    ]

    tables = [read_table(one.read_text("utf-8"), where=one.name) for one in shipped]

    assert tables
    for table in tables:
        assert table.origin
        assert table.comparisons > 100_000
        assert min(point.fmr for point in table.points) >= 3.8 / table.comparisons
        assert table.largest(TARGET) >= 20
