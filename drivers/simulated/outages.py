"""This is where sensors fall silent for a while."""

from random import Random
from typing import Final

import msgspec

from drivers.simulated.floor import BLE_SENSORS, DOORS, RADAR

BLE_DARK_S: Final = 2400.0
RADAR_DARK_S: Final = 720.0
DOOR_DARK_S: Final = 1200.0
LARGEST_SHARE: Final = 0.06
"""On short days a silence is shorter: no more than this share of the day."""


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which one source gave nothing."""

    source: str
    begins: float
    ends: float


class Outages(msgspec.Struct, frozen=True, kw_only=True):
    """The day's outages; a source has one at most."""

    by_source: dict[str, Outage]

    def dark(self, source: str, at: float) -> bool:
        """Say whether a source is silent at a moment."""
        outage = self.by_source.get(source)
        return outage is not None and outage.begins <= at < outage.ends


def make_outages(rng: Random, *, length_s: float) -> Outages:
    """Make up one silence each of a BLE sensor, the radar and a door counter."""
    lengths = {
        rng.choice(list(BLE_SENSORS)): BLE_DARK_S,
        RADAR: RADAR_DARK_S,
        str(rng.choice(DOORS).source): DOOR_DARK_S,
    }
    outages = {}
    for source, longest in lengths.items():
        lasts = min(longest, LARGEST_SHARE * length_s)
        begins = length_s * rng.uniform(0.2, 0.85)
        outages[source] = Outage(source=source, begins=begins, ends=begins + lasts)
    return Outages(by_source=outages)
