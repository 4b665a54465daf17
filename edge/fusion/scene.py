"""This is where fusion's rules find the floor, the figures, the state and the pen."""

from typing import Final

from edge.fusion.state import State, ZoneTrack
from edge.fusion.tuning import Tuning
from edge.model.event import Event, EventData
from edge.model.names import SECOND, DoorName, Instant, SourceName, VisitId
from edge.model.place import Door, Floor, ZoneKind

CLOSE_DB: Final = 8.0
"""A receiver at the door that hears somebody within this of the best may be the nearest one: two
smoothed levels of equal distance differ by up to twice the measured sigma of about 4 dB."""


class Scene:
    """One store's floor with all that is remembered about it; used from one thread."""

    def __init__(self, floor: Floor, *, tuning: Tuning, state: State) -> None:
        self.floor = floor
        self.tuning = tuning
        self.state = state
        self.events: list[Event] = []
        self.zone_of = {source.name: source.zone for source in floor.sources}
        self.driver_of = {source.name: source.driver for source in floor.sources}
        self.kind_of: dict[str | None, ZoneKind] = {zone.name: zone.kind for zone in floor.zones}
        self.door_of: dict[SourceName, Door] = {door.source: door for door in floor.doors}
        self.door_named: dict[DoorName, Door] = {door.name: door for door in floor.doors}
        self.zones_with_ble = {
            source.zone for source in floor.sources if source.driver == "ble_scan"
        }

        self.zones_inside = {
            zone for zone in self.zones_with_ble if self.kind_of.get(zone) is not ZoneKind.ENTRANCE
        } - {None}

        self.hears_doors = any(
            self.kind_of.get(zone) is ZoneKind.ENTRANCE for zone in self.zones_with_ble
        ) or any(door.zone in self.zones_with_ble for door in floor.doors)
        """True where a receiver stands where people come in."""

    def say(self, at: Instant, data: EventData, *, visit: VisitId | None = None) -> None:
        """Write down an event; it is recorded at the moment that fusion has reached."""
        self.events.append(Event(at=at, recorded=self.state.now, data=data, visit=visit))

    def take_events(self) -> list[Event]:
        """Hand over what was written down since the last call."""
        events, self.events = self.events, []
        return events

    def is_checkout(self, source: SourceName) -> bool:
        """Say whether the source stands where people pay."""
        zone = self.zone_of.get(source)
        return zone is not None and self.kind_of.get(zone) is ZoneKind.CHECKOUT

    def zone_at(self, door: DoorName) -> str | None:
        """Give the zone that a door leads into; None, too, where it is no longer on the floor."""
        known = self.door_named.get(door)
        return None if known is None else known.zone

    def could_be_at(self, zone: str | None, door: DoorName) -> bool:
        """Say whether somebody who is heard best in `zone` may be passing `door`.

        Where a door's zone has a BLE receiver of its own, that one hears best.
        """
        at_door = self.zone_at(door)
        return at_door not in self.zones_with_ble or zone is None or zone == at_door

    def may_pass(self, track: ZoneTrack, door: DoorName) -> bool:
        """Say whether somebody is heard at the door about as well as anywhere."""
        at_door = self.zone_at(door)
        if at_door is None:
            return False
        levels = track.levels.items()
        here = [level.dbm for name, level in levels if self.zone_of.get(name) == at_door]
        most = max((level.dbm for level in track.levels.values()), default=0.0)
        return bool(here) and max(here) >= most - CLOSE_DB

    def has_live_door(self) -> bool:
        """Say whether at least one door counter is there and not known to be deaf."""
        lives = self.state.lives
        return any(
            door.source in lives and not lives[door.source].is_deaf for door in self.floor.doors
        )


def seconds(span_ns: int) -> float:
    """Turn nanoseconds into seconds."""
    return span_ns / SECOND


def after(at: Instant, wait_s: float) -> Instant:
    """Give the moment `wait_s` seconds after `at`."""
    return Instant(at + int(wait_s * SECOND))
