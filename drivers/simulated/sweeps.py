"""This is where it is planned which phone scans when: the unit is the sweep over the channels."""

from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

from drivers.simulated.dice import chance, log_normal
from drivers.simulated.floor import RADAR, RADAR_SPOT, STREET, Spot, wifi_dbm
from drivers.simulated.handsets import CHANNELS, Handset, Pattern, draw_pattern, make_handset
from drivers.simulated.journeys import Visit
from drivers.simulated.outages import Outages
from drivers.simulated.people import make_phone
from drivers.simulated.phones import STATIC, PhoneModel

PATTERNS: Final = 256
"""Patterns made up for each model; a sweep takes one of them."""
APPROACH_S: Final = 25.0
"""How long a phone is heard before its owner enters and after they left."""
SHADOWING_DB: Final = 5.0
LINKED_FACTOR: Final = 2.0
"""A phone that is associated scans so much more seldom."""
PASSERS_PER_VISITOR: Final = 4
STATIC_SPOTS: Final = (
    Spot(13.0, 12.0),
    Spot(14.5, 12.0),
    Spot(22.0, 30.0),
    Spot(6.0, 5.5),
    Spot(12.0, 31.0),
    Spot(4.0, -9.0),
    Spot(21.0, -12.0),
)
"""The store's tills, printer, kiosk and display, and two devices of the neighbours."""


class Sweep(NamedTuple):
    """One scan of one phone."""

    at_us: int
    """Microseconds since the day began."""
    handset: Handset
    pattern: Pattern
    level_dbm: float


class Street:
    """The plan of all sweeps of a day."""

    def __init__(self, rng: Random, *, length_s: float, outages: Outages) -> None:
        self._rng = rng
        self._length_s = length_s
        self._outages = outages
        self._patterns: dict[str, list[Pattern]] = {}
        self.sweeps: list[Sweep] = []
        self.frames = 0

    def add_visit(self, visit: Visit, handset: Handset, *, linked: bool) -> None:
        """Plan the sweeps of somebody who comes in, their approach and their leaving."""
        slower = LINKED_FACTOR if linked else 1.0
        begins, ends = visit.entered - APPROACH_S, visit.left + APPROACH_S
        for at in self._times(handset, begins, ends, slower=slower):
            self._add(at, handset, wifi_dbm(visit.spot_at(at), RADAR_SPOT))

    def add_static(self) -> None:
        """Plan the sweeps of what stands in and around the store all day."""
        for spot in STATIC_SPOTS:
            handset = make_handset(self._rng, STATIC)
            level = wifi_dbm(spot, RADAR_SPOT)
            for at in self._times(handset, 0.0, self._length_s):
                self._add(at, handset, level)

    def add_passers(self, fewest: int, *, until_frames: int = 0) -> int:
        """Plan people outside, at least so many people and so many frames in all.

        Gives the number of people who came along.
        """
        passers = 0
        while passers < fewest or self.frames < until_frames:
            passers += 1
            self._add_passer(until_frames if passers > fewest else 0)
        return passers

    def _add_passer(self, until_frames: int) -> None:
        rng = self._rng
        phone = make_phone(rng)
        begins = rng.uniform(-30.0, self._length_s)
        lasts = log_normal(rng, 240.0 if chance(rng, 0.3) else 35.0)
        spot = Spot(STREET.x + rng.gauss(0.0, 8.0), STREET.y - rng.uniform(0.0, 14.0))
        if not phone.wifi:
            return
        handset = make_handset(rng, phone.model)
        level = wifi_dbm(spot, RADAR_SPOT)
        for at in self._times(handset, begins, begins + lasts):
            self._add(at, handset, level)
            if until_frames and self.frames >= until_frames:
                return

    def _times(
        self, handset: Handset, begins: float, ends: float, *, slower: float = 1.0
    ) -> Iterator[float]:
        mean = handset.model.sweep_every_s * slower
        at = max(0.0, begins) + self._rng.expovariate(1 / mean)
        while at < min(ends, self._length_s - 1.0):
            if not (self._outages.dark(RADAR, at) or self._outages.dark(RADAR, at + 1.0)):
                yield at
            at += 1.0 + self._rng.expovariate(1 / mean)

    def _add(self, at: float, handset: Handset, level_dbm: float) -> None:
        pattern = self._rng.choice(self._patterns_of(handset.model))
        level = level_dbm + self._rng.gauss(0.0, SHADOWING_DB)
        self.sweeps.append(Sweep(round(at * 1_000_000), handset, pattern, level))
        self.frames += len(pattern)

    def _patterns_of(self, model: PhoneModel) -> list[Pattern]:
        if model.name not in self._patterns:
            self._patterns[model.name] = [
                draw_pattern(self._rng, model, CHANNELS) for _ in range(PATTERNS)
            ]
        return self._patterns[model.name]
