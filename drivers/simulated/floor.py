"""This is where the made-up store's floor lies: zones, doors, sensors and distances.

The floor is 24 m by 32 m; y runs from the street (0) to the back wall. The street is at y < 0.
"""

import math
from random import Random
from typing import Final, NamedTuple

from edge.model.names import DoorName, SourceName, ZoneName
from edge.model.place import Door, Zone, ZoneKind

STORE: Final = "toy-042"
TIMEZONE: Final = "Europe/Berlin"


class Spot(NamedTuple):
    """A place on the floor, in metres."""

    x: float
    y: float


CENTRES: Final = {
    "entrance": Spot(12.0, 1.5),
    "side-entrance": Spot(1.0, 30.0),
    "toys": Spot(4.0, 21.0),
    "books": Spot(20.0, 22.0),
    "checkout": Spot(13.0, 11.5),
    "kiosk": Spot(6.0, 5.0),
}
KINDS: Final = {
    "entrance": ZoneKind.ENTRANCE,
    "side-entrance": ZoneKind.ENTRANCE,
    "toys": ZoneKind.FLOOR,
    "books": ZoneKind.FLOOR,
    "checkout": ZoneKind.CHECKOUT,
    "kiosk": ZoneKind.KIOSK,
}
ZONES: Final = tuple(Zone(name=ZoneName(name), kind=KINDS[name]) for name in CENTRES)
DOORS: Final = (
    Door(name=DoorName("door-main"), source=SourceName("counter-main"), zone=ZoneName("entrance")),
    Door(
        name=DoorName("door-side"),
        source=SourceName("counter-side"),
        zone=ZoneName("side-entrance"),
    ),
)
DOOR_ZONES: Final = {str(door.name): str(door.zone) for door in DOORS}
BLE_SENSORS: Final = {f"ble-{zone}": zone for zone in ("entrance", "toys", "books", "checkout")}
"""BLE sensors by name, with the zone at whose centre each hangs."""
RADAR: Final = "radar-entrance"
RADAR_SPOT: Final = Spot(12.0, 1.0)
STREET: Final = Spot(12.0, -7.0)
"""Where people come from and go to."""
MAX_STRAY_M: Final = 3.5
CEILING_M: Final = 2.0
"""Height of a sensor over a pocket."""

BLE_AT_1M_DBM: Final = -61.9
BLE_EXPONENT: Final = 1.40
"""Measured in a hall with 12 sensors and a moving tag (position-annotated BLE data set)."""
WIFI_AT_1M_DBM: Final = -40.0
WIFI_EXPONENT: Final = 2.6
SHOP_WINDOW_DB: Final = 8.0
"""What a shop window takes from a signal of the street."""


def near(rng: Random, zone: str) -> Spot:
    """Draw a place in a zone."""
    centre = CENTRES[zone]
    return Spot(*(middle + _stray(rng) for middle in centre))


def distance_m(one: Spot, other: Spot) -> float:
    """Say how far a device at pocket height is from a sensor under the ceiling."""
    return math.hypot(one.x - other.x, one.y - other.y, CEILING_M)


def ble_dbm(spot: Spot, sensor: Spot) -> float:
    """Say the mean power of an advertisement from `spot`, in dBm, before shadowing."""
    return _received(BLE_AT_1M_DBM, BLE_EXPONENT, spot, sensor)


def wifi_dbm(spot: Spot, sensor: Spot) -> float:
    """Say the mean power of a probe request from `spot`, in dBm, before shadowing."""
    return _received(WIFI_AT_1M_DBM, WIFI_EXPONENT, spot, sensor)


def _received(at_1m_dbm: float, exponent: float, spot: Spot, sensor: Spot) -> float:
    window = SHOP_WINDOW_DB if spot.y < 0 else 0.0
    return at_1m_dbm - 10 * exponent * math.log10(distance_m(spot, sensor)) - window


def _stray(rng: Random) -> float:
    return max(-MAX_STRAY_M, min(MAX_STRAY_M, rng.gauss(0.0, 1.5)))
