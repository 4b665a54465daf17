"""This is where chance comes from: one stream for each subject, all from the day's seed."""

import math
from collections.abc import Mapping
from random import Random
from typing import TypeVar

import msgspec

T = TypeVar("T")


class Dice(msgspec.Struct, frozen=True, kw_only=True):
    """The source of all chance of one day; a stream's draws do not move another stream's."""

    seed: int

    def stream(self, subject: str) -> Random:
        """Give a fresh stream for a subject; the same subject gives the same draws."""
        return Random(f"{self.seed}/{subject}")  # noqa: S311 - a made-up day must be repeatable


def weighted(rng: Random, options: Mapping[T, float]) -> T:
    """Draw one of the options by its weight."""
    return rng.choices(list(options), weights=list(options.values()))[0]


def log_normal(rng: Random, median: float, *, sigma: float = 0.6) -> float:
    """Draw a duration by its median; sigma is the standard deviation of the natural log."""
    return median * math.exp(rng.gauss(0.0, sigma))


def chance(rng: Random, probability: float) -> bool:
    """Say whether a thing of this probability happens."""
    return rng.random() < probability
