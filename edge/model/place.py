"""This is where a store's floor is described: zones, doors and the sources in them."""

from enum import StrEnum

import msgspec

from edge.model.names import DoorName, SourceName, ZoneName


class ZoneKind(StrEnum):
    """What a zone is for."""

    ENTRANCE = "entrance"
    FLOOR = "floor"
    CHECKOUT = "checkout"
    KIOSK = "kiosk"


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """A named area."""

    name: ZoneName
    kind: ZoneKind = ZoneKind.FLOOR


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """A place where a source counts people in and out."""

    name: DoorName
    source: SourceName
    zone: ZoneName | None = None


class PlacedSource(msgspec.Struct, frozen=True, kw_only=True):
    """A source and where it stands."""

    name: SourceName
    driver: str
    """The driver's name, as in its entry point."""
    zone: ZoneName | None = None
    lane: str | None = None
    quiet_after_s: float = 300.0
    """Shortest silence, in seconds, that may be taken for a dead sensor."""


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """A store as fusion sees it."""

    store: str
    timezone: str
    zones: tuple[Zone, ...] = ()
    doors: tuple[Door, ...] = ()
    sources: tuple[PlacedSource, ...] = ()
