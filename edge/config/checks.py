"""This is where it is checked that the parts of the settings fit together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from edge.config.faults import Fault
from edge.config.schema import DoorSettings, Settings, SourceSettings, ZoneSettings
from edge.driver.options import meant
from edge.model.names import WHOLE_STORE

RESERVED_ZONES: Final = {
    WHOLE_STORE: "figures of the whole store are given under it",
    "unknown": "events say so where a sensor is down",
}
COUNTER_DRIVER: Final = "serial_line"
COUNTER_PROFILE: Final = "door-counter"
"""A source of this driver whose profile begins so counts people."""


def cross_faults(settings: Settings, *, policies: Iterable[str]) -> list[Fault]:
    """List what does not fit together, though each part is as the schema says."""
    checks: Sequence[Callable[[Settings], Iterator[Fault]]] = (
        _names_twice,
        _reserved_zones,
        _missing_zones,
        _missing_sources,
    )
    faults = [fault for check in checks for fault in check(settings)]
    if settings.store.policy not in policies:
        what = f"{settings.store.policy!r}: there is no such policy; "
        fault = Fault(place=("store", "policy"), what=what + meant(settings.store.policy, policies))
        faults.append(fault)
    return faults


def is_door_counter(driver: str, profile: str | None) -> bool:
    """Say whether a source counts people at a door."""
    return driver == COUNTER_DRIVER and (profile or "").startswith(COUNTER_PROFILE)


def _names_twice(settings: Settings) -> Iterator[Fault]:
    tables: dict[str, Sequence[ZoneSettings | DoorSettings | SourceSettings]] = {
        "zone": settings.zones,
        "door": settings.doors,
        "source": settings.sources,
    }
    for table, entries in tables.items():
        seen: set[str] = set()
        for number, entry in enumerate(entries):
            if entry.name in seen:
                what = f"{entry.name!r} is there twice; give each {table} a name of its own"
                yield Fault(place=(table, number, "name"), what=what)
            seen.add(entry.name)


def _reserved_zones(settings: Settings) -> Iterator[Fault]:
    for number, zone in enumerate(settings.zones):
        if zone.name in RESERVED_ZONES:
            what = f"{zone.name!r} is taken: {RESERVED_ZONES[zone.name]}; choose another name"
            yield Fault(place=("zone", number, "name"), what=what)


def _missing_zones(settings: Settings) -> Iterator[Fault]:
    known = {zone.name for zone in settings.zones}
    tables: dict[str, Sequence[DoorSettings | SourceSettings]] = {
        "door": settings.doors,
        "source": settings.sources,
    }
    for table, entries in tables.items():
        for number, entry in enumerate(entries):
            if entry.zone is not None and entry.zone not in known:
                what = f"{entry.zone!r}: there is no such zone; {meant(entry.zone, known)}"
                yield Fault(place=(table, number, "zone"), what=what)


def _missing_sources(settings: Settings) -> Iterator[Fault]:
    known = {source.name for source in settings.sources}
    for number, door in enumerate(settings.doors):
        if door.source not in known:
            what = f"{door.source!r}: there is no such source; {meant(door.source, known)}"
            yield Fault(place=("door", number, "source"), what=what)
