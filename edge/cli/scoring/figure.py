"""This is where a figure of a score is described: its value and interval, or why it has none."""

from collections.abc import Sequence
from math import sqrt
from typing import Final

import msgspec

NORMAL_95: Final = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One figure of a score."""

    value: float | None
    """None where it cannot be told; the reason says why. Missing is never zero."""
    low: float | None = None
    """Lower end of the 95 % interval, where one is known."""
    high: float | None = None
    n: int = 0
    """How many cases stand behind it."""
    reason: str = ""
    """Why there is no value."""


def missing(reason: str) -> Figure:
    """Give the figure that cannot be told."""
    return Figure(value=None, reason=reason)


def count(number: int, *, of: int = 0) -> Figure:
    """Give a plain count, and what it was counted among."""
    return Figure(value=float(number), n=of)


def ratio(part: float, whole: float, *, n: int, reason: str) -> Figure:
    """Divide, or say for what reason there is nothing to divide by."""
    return Figure(value=part / whole, n=n) if whole > 0 else missing(reason)


def mean(values: Sequence[float], *, reason: str) -> Figure:
    """Average, or say for what reason there is nothing to average."""
    return ratio(sum(values), len(values), n=len(values), reason=reason)


def share(hits: int, of: int, *, reason: str) -> Figure:
    """Give a share of cases with its Wilson score interval (Wilson 1927, JASA 22:209)."""
    if not of:
        return missing(reason)
    part, square = hits / of, NORMAL_95**2
    middle = (part + square / (2 * of)) / (1 + square / of)
    reach = NORMAL_95 / (1 + square / of) * sqrt(part * (1 - part) / of + square / (4 * of * of))
    # Rounding must not put the share itself outside.
    low, high = min(part, middle - reach), max(part, middle + reach)
    return Figure(value=part, low=max(0.0, low), high=min(1.0, high), n=of)
