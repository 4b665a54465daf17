"""This is where an engine's measured operating points stand: thresholds and how often they fail.

The words are those of ISO/IEC 19795-1. FMR: share of comparisons of two people that match. FNMR:
share of comparisons of one person that do not. FPIR: share of strangers who match somebody of a
gallery of N. FNIR: share of the enrolled who are not named.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatingPoint:
    """What was measured at one threshold."""

    threshold: float
    """Cosine, -1 to 1; a score at or above it is a match."""
    fmr: float
    """Upper end of the measurement's 95 % interval, so that a promise built on it holds."""
    fnmr: float


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatingTable:
    """The measured operating points of one engine, loosest threshold first."""

    engine: str
    """Id of the engine that was measured."""
    origin: str
    """On what it was measured, and when."""
    points: tuple[OperatingPoint, ...]
