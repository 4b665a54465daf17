"""This is where open-set identification is measured: the enrolled among strangers.

FPIR is the share of strangers who match somebody, FNIR the share of the enrolled who are not
named, or named wrongly (ISO/IEC 19795-1). A face that is not acquired matches nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.camera_face.labelled import Encoded
from drivers.camera_face.rates import Floats, Rate, wilson
from drivers.camera_face.scoring import Draw, centroid, draw
from edge.errors import ConfigError

SPLITS: Final = 60
"""How often the enrolled and their pictures are drawn anew; rates are means over the splits."""

Compare = Callable[[Encoded, tuple[NDArray[np.int64], ...], NDArray[np.int64]], Floats]
"""Scores of probes (rows) with the enrolled (columns), from the pictures of each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Identification:
    """What a gallery of a size comes to at one FPIR."""

    size: int
    fpir: float
    """The target; the threshold is set so that at most this share of strangers match."""
    fnir: Rate
    """Mean over the splits; the interval is that of the number of different probes."""
    spread: float
    """Standard deviation over the splits."""
    threshold: float


def by_centroid(
    encoded: Encoded, enrolled: tuple[NDArray[np.int64], ...], probes: NDArray[np.int64]
) -> Floats:
    """Compare with the blend of each person's pictures, by cosine."""
    templates = np.stack([centroid(encoded, pictures) for pictures in enrolled])
    return (encoded.vectors[probes] @ templates.T).astype(np.float64)


def by_margin(
    encoded: Encoded, enrolled: tuple[NDArray[np.int64], ...], probes: NDArray[np.int64]
) -> Floats:
    """Reward the nearest for its lead over the second: s1 + (s1 - s2) / 2."""
    scores = by_centroid(encoded, enrolled, probes)
    ordered = np.sort(scores, axis=1)
    lead = ordered[:, -1] - ordered[:, -2]
    scores[np.arange(len(scores)), scores.argmax(axis=1)] += lead / 2
    return scores


def identify(
    encoded: Encoded, *, size: int, fpirs: tuple[float, ...], pictures: int, compare: Compare
) -> tuple[Identification, ...]:
    """Measure galleries of `size` people with `pictures` of each; the rest are strangers.

    Raises: ConfigError when the set has too few people for that.
    """
    counts = np.unique(encoded.people, return_counts=True)[1]
    if not 0 < size <= int((counts > pictures).sum()) or size == len(counts):
        raise ConfigError(
            f"a gallery of {size} cannot be measured on this set",
            why=f"{int((counts > pictures).sum())} of {len(counts)} people have more than "
            f"{pictures} pictures, and somebody has to be the stranger",
            remedy="add people",
        )
    missed: list[list[float]] = []
    thresholds: list[list[float]] = []
    for seed in range(SPLITS):
        random = np.random.default_rng(seed)
        lots = _chosen(draw(encoded, pictures=pictures, random=random), size, random)
        one = _split(encoded, lots, fpirs=fpirs, compare=compare)
        missed.append([share for share, _ in one])
        thresholds.append([threshold for _, threshold in one])
    probes = int((counts[counts > pictures] - pictures).sum())
    return tuple(
        Identification(
            size=size,
            fpir=fpir,
            fnir=wilson(float(np.mean(shares)) * probes, probes),
            spread=float(np.std(shares)),
            threshold=float(np.mean(levels)),
        )
        for fpir, shares, levels in zip(
            fpirs, zip(*missed, strict=True), zip(*thresholds, strict=True), strict=True
        )
    )


def _chosen(lots: Draw, size: int, random: np.random.Generator) -> Draw:
    chosen = random.permutation(len(lots.enrolled))[:size]
    return Draw(
        enrolled=tuple(lots.enrolled[place] for place in chosen),
        probes=tuple(lots.probes[place] for place in chosen),
    )


def _split(
    encoded: Encoded, lots: Draw, *, fpirs: tuple[float, ...], compare: Compare
) -> list[tuple[float, float]]:
    """Give for each FPIR the share of the enrolled that is missed, and the threshold."""
    known = encoded.people[[pictures[0] for pictures in lots.enrolled]]
    strangers = np.flatnonzero(~np.isin(encoded.people, known))
    probes = np.concatenate(lots.probes)
    owners = np.repeat(np.arange(len(lots.probes)), [len(own) for own in lots.probes])
    acquired = encoded.is_acquired
    best = compare(encoded, lots.enrolled, strangers).max(axis=1)
    best[~acquired[strangers]] = -np.inf
    scores = compare(encoded, lots.enrolled, probes)
    top = scores.max(axis=1)
    is_right = (scores.argmax(axis=1) == owners) & acquired[probes]
    ordered = np.sort(best)[::-1]
    found = []
    for fpir in fpirs:
        threshold = float(ordered[int(fpir * len(strangers))])
        found.append((1 - float((is_right & (top > threshold)).mean()), threshold))
    return found
