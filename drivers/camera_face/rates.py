"""This is where scores become error rates with intervals, in the words of ISO/IEC 19795-1."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Z: Final = 1.959964
"""Standard normal quantile of a two-sided 95 % interval."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """Outcomes of comparisons; the higher, the more alike."""

    mated: Floats
    """Of one person with the same person."""
    non_mated: Floats
    """Of one person with another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """A share with its 95 % interval (Wilson)."""

    share: float
    low: float
    high: float
    count: int
    """How many cases it rests on."""


def wilson(hits: float, count: int) -> Rate:
    """Give the share of hits among `count` cases; without cases it may be anything."""
    if count <= 0:
        return Rate(share=float("nan"), low=0.0, high=1.0, count=0)
    share = hits / count
    spread = Z * Z / count
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    low = 0.0 if hits <= 0 else max(0.0, middle - half)
    high = 1.0 if hits >= count else min(1.0, middle + half)
    return Rate(share=share, low=low, high=high, count=count)


def fmr_at(scores: Scores, threshold: float) -> Rate:
    """Give the share of comparisons of two people that match."""
    return wilson(int((scores.non_mated >= threshold).sum()), scores.non_mated.size)


def fnmr_at(scores: Scores, threshold: float) -> Rate:
    """Give the share of comparisons of one person that do not match."""
    return wilson(int((scores.mated < threshold).sum()), scores.mated.size)


def threshold_at(scores: Scores, fmr: float) -> float:
    """Give the lowest threshold at which at most a share `fmr` of two people match."""
    ordered = np.sort(scores.non_mated)[::-1]
    allowed = int(fmr * ordered.size)
    if allowed >= ordered.size:
        return float(ordered[-1])
    return float(np.nextafter(ordered[allowed], np.inf))
