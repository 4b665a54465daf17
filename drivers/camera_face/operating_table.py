"""This is where an engine's measured operating points stand: thresholds and how often they fail.

The words are those of ISO/IEC 19795-1. FMR: share of comparisons of two people that match. FNMR:
share of comparisons of one person that do not. FPIR: share of strangers who match somebody of a
gallery of N. FNIR: share of the enrolled who are not named.
"""

from math import expm1, log, log1p
from typing import Annotated, Final

import msgspec

from edge.errors import ConfigError

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]

MEASURE: Final = "edge face engine check --people FOLDER --write FILE"
"""Measures an engine, the packaged one or one's own, and writes its operating table."""


class OperatingPoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was measured at one threshold."""

    threshold: Annotated[float, msgspec.Meta(ge=-1, le=1)]
    """Cosine; a score at or above it is a match."""
    fmr: Share
    """Upper end of the measurement's 95 % interval, so that a promise built on it holds."""
    fnmr: Share


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a score is read as a likelihood ratio: a straight line, fitted by logistic regression."""

    slope: float
    offset: float


class OperatingTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The measured operating points of one engine, loosest threshold first."""

    engine: str
    """Id of the engine that was measured."""
    origin: str
    """On what it was measured, and when."""
    pictures: int = 3
    """Pictures behind each template that was measured: more of them raise every score."""
    comparisons: int = 0
    """Of a template with a picture of another person."""
    calibration: Calibration = Calibration(slope=0.0, offset=0.0)
    points: tuple[OperatingPoint, ...] = ()

    def point_for(self, size: int, *, target_fpir: float) -> OperatingPoint:
        """Give the loosest measured point that keeps a promise to strangers.

        `target_fpir` is the share of strangers, at the most, that may match somebody of a gallery
        of `size` people: FPIR = 1 - (1 - FMR)^size (R10).

        Raises: ConfigError when no measured point keeps it for so many.
        """
        bearable = fmr_for(size, target_fpir=target_fpir)
        for point in self.points:
            if point.fmr <= bearable:
                return point
        raise ConfigError(
            f"{size} face templates are too many for this engine",
            where=f"engine {self.engine}",
            why=f"it was measured to keep the target for {self.largest(target_fpir)} at the most",
            remedy="enrol fewer, compare only those who are present, or measure the engine on "
            f"more people: {MEASURE}",
        )

    def largest(self, target_fpir: float) -> int:
        """Give the size of the largest gallery for which the engine keeps a promise."""
        least = min((point.fmr for point in self.points), default=1.0)
        if least >= 1:
            return 0
        if least <= 0:
            return self.comparisons
        return int(log1p(-target_fpir) / log1p(-least) + 1e-9)

    def log_likelihood_ratio(self, score: float) -> float:
        """Give how much likelier a score is for the same person than for another.

        The natural logarithm; clipped where the measurement ends, either way.
        """
        least = min((point.fmr for point in self.points if point.fmr > 0), default=1.0)
        furthest = -log(least)
        line = self.calibration.slope * score + self.calibration.offset
        return max(-furthest, min(furthest, line))


def fmr_for(size: int, *, target_fpir: float) -> float:
    """Give the FMR of one comparison that keeps an FPIR for a gallery of a size."""
    return -expm1(log1p(-target_fpir) / max(size, 1))
