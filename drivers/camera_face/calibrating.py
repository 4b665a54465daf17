"""This is where an engine's operating table is measured on a labelled set."""

from typing import Final

import numpy as np

from drivers.camera_face.labelled import Encoded
from drivers.camera_face.operating_table import Calibration, OperatingPoint, OperatingTable
from drivers.camera_face.rates import Floats, Scores, wilson
from drivers.camera_face.scoring import template_scores
from edge.errors import ConfigError

PICTURES: Final = 3
"""Behind each template: the least that an enrolment takes (R11)."""
DRAWS: Final = 16
"""How often the enrolled pictures are drawn anew; the rates are means over them."""
STEP: Final = 0.0025
LOOSEST: Final = 0.02
"""FMR of the first point: a looser one serves no gallery."""
ROUNDS: Final = 50
"""Newton steps; ten are enough."""
RIDGE: Final = 1e-6
"""Keeps the fit finite where the two kinds of scores do not overlap."""


def measured_table(encoded: Encoded, *, engine: str, origin: str) -> OperatingTable:
    """Measure how often templates of three pictures match, by threshold.

    The points end where nobody is taken for another any more: beyond it nothing was measured.

    Raises: ConfigError when nobody has more pictures than are enrolled.
    """
    draws = [
        template_scores(encoded, pictures=PICTURES, random=np.random.default_rng(seed))
        for seed in range(DRAWS)
    ]
    mated = np.concatenate([scores.mated for scores in draws])
    non_mated = np.concatenate([scores.non_mated for scores in draws])
    if not mated.size or not non_mated.size:
        raise ConfigError(
            "the labelled set is too small to measure an engine on",
            why=f"nobody has more than {PICTURES} pictures, or there is one person only",
            remedy="add people with four pictures or more",
        )
    return OperatingTable(
        engine=engine,
        origin=origin,
        pictures=PICTURES,
        comparisons=non_mated.size // DRAWS,
        calibration=calibrated(Scores(mated=mated, non_mated=non_mated)),
        points=_points(mated, non_mated),
    )


def _points(mated: Floats, non_mated: Floats) -> tuple[OperatingPoint, ...]:
    points: list[OperatingPoint] = []
    comparisons = non_mated.size // DRAWS
    for threshold in np.arange(-1.0, 1.0, STEP).round(4).tolist():
        hits = float((non_mated >= threshold).sum()) / DRAWS
        if hits <= LOOSEST * comparisons:
            points.append(
                OperatingPoint(
                    threshold=threshold,
                    fmr=float(f"{wilson(hits, comparisons).high:.3g}"),
                    fnmr=float(f"{(mated < threshold).mean():.3g}"),
                )
            )
        if hits == 0:
            break
    return tuple(points)


def calibrated(scores: Scores) -> Calibration:
    """Fit the straight line that reads a score as a log likelihood ratio.

    Logistic regression with both kinds weighted alike, so that the line's value is the natural
    logarithm of the ratio itself, without any prior (Brümmer and du Preez 2006).
    """
    every = np.concatenate([scores.mated, scores.non_mated])
    middle, spread = float(every.mean()), max(float(every.std()), np.finfo(float).tiny)
    design = np.column_stack([(every - middle) / spread, np.ones(every.size)])
    label = np.concatenate([np.ones(scores.mated.size), np.zeros(scores.non_mated.size)])
    weight = np.where(label > 0, 0.5 / scores.mated.size, 0.5 / scores.non_mated.size)
    line = np.zeros(2)
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(design @ line, -50, 50)))
        slope = design.T @ (weight * (label - chance)) - RIDGE * line
        bend = (design * (weight * chance * (1 - chance))[:, None]).T @ design
        line = line + np.linalg.solve(bend + RIDGE * np.eye(2), slope)
    return Calibration(
        slope=round(float(line[0] / spread), 4),
        offset=round(float(line[1] - line[0] * middle / spread), 4),
    )
