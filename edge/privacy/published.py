"""This is where counts are made fit to be published: noise, threshold, and a budget a day.

The noise is the discrete Laplace distribution, drawn exactly and with whole numbers only (Canonne,
Kamath and Steinke, The Discrete Gaussian for Differential Privacy, 2020, algorithm 2): no rounding
of a floating-point number gives the true figure away. Figures below the threshold are left out
after the noise, so that leaving them out gives nothing away either.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Final

import msgspec

DAY_BUDGET: Final = Fraction(1)
"""Epsilon that may be spent on one day's figures, whoever asks and however often."""
CONTRIBUTION: Final = 4
"""Passes of one person that a day's figures are protected for: two visits, each in and out."""
THRESHOLD: Final = 5
"""A figure below it is not published."""

Below = Callable[[int], int]
"""Draws a whole number from 0 to below a limit, every one as likely (secrets.randbelow)."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What one door counted in one hour."""

    hour: str
    """Its beginning, RFC 3339, in the store's own time."""
    door: str
    entered: int
    left: int
    coverage: float
    """Share of the hour in which the counter was alive, 0..1."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """What is published of a cell."""

    hour: str
    door: str
    entered: int | None
    """With noise; None below the threshold, or where nothing counted: missing is not zero."""
    left: int | None
    coverage: float


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One day's published figures; asked for again, they are the same."""

    store: str
    day: str
    epsilon: str
    """The privacy that they cost, as a decimal number."""
    threshold: int
    contribution: int
    scale: str
    """Scale of the noise, contribution / epsilon."""
    figures: tuple[Figure, ...]


def publish(
    cells: tuple[Cell, ...],
    *,
    store: str,
    day: str,
    epsilon: Fraction,
    threshold: int,
    below: Below,
) -> Release:
    """Draw the noise for a day's figures; `epsilon` covers all of them together."""
    scale = CONTRIBUTION / epsilon

    def noisy(count: int, coverage: float) -> int | None:
        drawn = max(0, count + discrete_laplace(scale, below=below))
        return None if drawn < threshold or coverage <= 0 else drawn

    return Release(
        store=store,
        day=day,
        epsilon=decimal(epsilon),
        threshold=threshold,
        contribution=CONTRIBUTION,
        scale=decimal(scale),
        figures=tuple(
            Figure(
                hour=cell.hour,
                door=cell.door,
                entered=noisy(cell.entered, cell.coverage),
                left=noisy(cell.left, cell.coverage),
                coverage=cell.coverage,
            )
            for cell in cells
        ),
    )


def discrete_laplace(scale: Fraction, *, below: Below) -> int:
    """Draw from the discrete Laplace distribution: P(x) is proportional to exp(-|x| / scale)."""
    top, bottom = scale.numerator, scale.denominator
    while True:
        offset = below(top)
        if not _bernoulli_exp(Fraction(offset, top), below=below):
            continue
        steps = 0
        while _bernoulli_exp(Fraction(1), below=below):
            steps += 1
        size = (offset + top * steps) // bottom
        is_negative = below(2) == 1
        if not (is_negative and size == 0):  # else zero would come twice as often
            return -size if is_negative else size


def decimal(number: Fraction) -> str:
    """Write a number with at most six decimals, without an exponent."""
    return f"{float(number):.6f}".rstrip("0").rstrip(".")


def _bernoulli_exp(gamma: Fraction, *, below: Below) -> bool:
    """Draw true with the probability exp(-gamma), 0 <= gamma <= 1 (algorithm 1 there)."""
    count = 1
    while below(gamma.denominator * count) < gamma.numerator:
        count += 1
    return count % 2 == 1
