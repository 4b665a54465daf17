"""R35: what is published is not what was counted, and lies around it."""

import random
from fractions import Fraction
from statistics import mean

import pytest

from edge.privacy.published import CONTRIBUTION, Cell, publish

COUNTED = 500
CELLS = tuple(
    Cell(
        hour=f"2026-03-14T{number % 24:02}:00:00Z", door="main", entered=COUNTED, left=0, coverage=1
    )
    for number in range(400)
)


@pytest.mark.parametrize("epsilon", [Fraction(1), Fraction(1, 2)])
def test_r35_every_figure_is_published_with_noise_of_the_scale_it_was_paid_for(
    epsilon: Fraction,
) -> None:
    release = publish(
        CELLS,
        store="toy-1",
        day="2026-03-14",
        epsilon=epsilon,
        threshold=5,
        below=random.Random(1).randrange,
    )

    noise = [(figure.entered or 0) - COUNTED for figure in release.figures]
    scale = float(CONTRIBUTION / epsilon)
    # A discrete Laplace variable's mean distance from 0 is its scale, to some per cent.
    assert mean(abs(one) for one in noise) == pytest.approx(scale, rel=0.15)
    assert abs(mean(noise)) < scale / 4
