"""This is where the day takes its course: who comes when, who comes back, when staff work."""

import math
from random import Random
from typing import Final

from drivers.simulated.dice import chance, log_normal
from drivers.simulated.journeys import ERRAND, Visit, make_visit, walk_group
from drivers.simulated.people import Cast, Person

RETURN_SHARE: Final = 0.06
LUNCH: Final = (12.5, 0.9, 0.9)
AFTER_WORK: Final = (17.6, 1.2, 1.4)
"""Peaks: hour of the local day, its spread in hours, its height over a quiet hour's 0.35."""
QUIET: Final = 0.35
HIGHEST: Final = QUIET + LUNCH[2] + AFTER_WORK[2]
FIRST_S: Final = 45.0
LAST_SHARE: Final = 0.96
"""Nobody comes in the last part of the day; all are gone when it closes."""
BREAKS_FROM_S: Final = 6 * 3600.0
"""Shifts longer than this have two breaks; in a shorter one they could overlap."""
STAFF_ZONES: Final = ("checkout", "toys", "books", "checkout", "kiosk")


def make_visits(rng: Random, cast: Cast, *, opens_h: float, length_s: float) -> tuple[Visit, ...]:
    """Let everybody come and go; visits are in the order in which people enter.

    `opens_h` is the hour of the local day at which the day begins.
    """
    closes = length_s - 20.0
    visits: list[Visit] = []
    for group in cast.groups:
        came = walk_group(rng, group, arrives=_arrival(rng, opens_h, length_s), closes=closes)
        visits += came
        again = came[-1].left + log_normal(rng, 5400.0, sigma=0.5)
        if chance(rng, RETURN_SHARE) and again < LAST_SHARE * length_s:
            visits += walk_group(rng, group, arrives=again, closes=closes, plan=ERRAND)
    for rank, person in enumerate(cast.staff):
        visits += _shift(rng, person, rank, length_s=length_s)
    return tuple(sorted(visits, key=lambda visit: (visit.entered, visit.person.name)))


def intensity(hour: float) -> float:
    """Say how many people come at an hour of the local day, against 0.35 in a quiet hour."""
    return QUIET + sum(
        height * math.exp(-(((hour - middle) / spread) ** 2) / 2)
        for middle, spread, height in (LUNCH, AFTER_WORK)
    )


def _arrival(rng: Random, opens_h: float, length_s: float) -> float:
    while True:
        at = rng.uniform(FIRST_S, LAST_SHARE * length_s)
        if chance(rng, intensity(opens_h + at / 3600) / HIGHEST):
            return at


def _shift(rng: Random, person: Person, rank: int, *, length_s: float) -> list[Visit]:
    begins, ends = 5.0 + 9.0 * rank, length_s - rng.uniform(2.0, 15.0)
    pauses = []
    if length_s > BREAKS_FROM_S:
        pauses = [length_s * rng.uniform(*part) for part in ((0.25, 0.45), (0.6, 0.8))]
    visits = []
    for stop in [*pauses, ends]:
        legs = _rounds(rng, stop - begins)
        visits.append(
            make_visit(rng, person, legs, begins=begins, doors=("door-side", "door-side"))
        )
        begins = stop + rng.uniform(900, 1800)
    return visits


def _rounds(rng: Random, length_s: float) -> list[tuple[str, float]]:
    legs = [("side-entrance", min(15.0, length_s / 4))]
    left = length_s - 2 * legs[0][1]
    while left > 0:
        zone = rng.choice([zone for zone in STAFF_ZONES if zone != legs[-1][0]])
        spent = min(left, log_normal(rng, 1200.0))
        legs.append((zone, spent))
        left -= spent
    legs.append(("side-entrance", legs[0][1]))
    return legs
