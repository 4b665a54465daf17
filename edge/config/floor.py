"""This is where settings become the floor that fusion sees."""

from edge.config.schema import Settings
from edge.model.names import DoorName, SourceName, ZoneName
from edge.model.place import Door, Floor, PlacedSource, Zone


def to_floor(settings: Settings) -> Floor:
    """Give the zones, doors and sources of a store."""
    return Floor(
        store=settings.store.id,
        timezone=settings.store.timezone,
        zones=tuple(Zone(name=ZoneName(zone.name), kind=zone.kind) for zone in settings.zones),
        doors=tuple(
            Door(name=DoorName(door.name), source=SourceName(door.source), zone=_zone(door.zone))
            for door in settings.doors
        ),
        sources=tuple(
            PlacedSource(
                name=SourceName(source.name),
                driver=source.driver,
                zone=_zone(source.zone),
                lane=source.lane,
            )
            for source in settings.sources
        ),
    )


def _zone(name: str | None) -> ZoneName | None:
    return None if name is None else ZoneName(name)
