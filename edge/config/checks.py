"""This is where it is checked that the parts of the settings fit together."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from edge.config.faults import Fault
from edge.config.layers import Place
from edge.driver.options import meant
from edge.model.names import WHOLE_STORE

RESERVED_ZONES: Final = {
    WHOLE_STORE: "figures of the whole store are given under it",
    "unknown": "events say so where a sensor is down",
}


def cross_faults(tables: dict[str, Any], *, policies: Iterable[str]) -> list[Fault]:
    """List what does not fit together; what the schema refuses anyway is passed over here."""
    checks = (_names_twice, _reserved_zones, _missing_zones, _missing_sources)
    faults = [fault for check in checks for fault in check(tables)]
    store = tables.get("store")
    policy = store.get("policy") if isinstance(store, dict) else None
    if isinstance(policy, str) and policy not in policies:
        faults.append(_missing(("store", "policy"), policy, known=policies))
    return faults


def _names_twice(tables: dict[str, Any]) -> Iterator[Fault]:
    for table in ("zone", "door", "source"):
        seen: set[str] = set()
        for place, name in _texts(tables, table, "name"):
            if name in seen:
                what = f"{name!r} is there twice; give each {table} a name of its own"
                yield Fault(place=place, what=what)
            seen.add(name)


def _reserved_zones(tables: dict[str, Any]) -> Iterator[Fault]:
    for place, name in _texts(tables, "zone", "name"):
        if name in RESERVED_ZONES:
            what = f"{name!r} is taken: {RESERVED_ZONES[name]}; choose another name"
            yield Fault(place=place, what=what)


def _missing_zones(tables: dict[str, Any]) -> Iterator[Fault]:
    known = {name for _, name in _texts(tables, "zone", "name")}
    for table in ("door", "source"):
        for place, zone in _texts(tables, table, "zone"):
            if zone not in known:
                yield _missing(place, zone, known=known)


def _missing_sources(tables: dict[str, Any]) -> Iterator[Fault]:
    known = {name for _, name in _texts(tables, "source", "name")}
    for place, source in _texts(tables, "door", "source"):
        if source not in known:
            yield _missing(place, source, known=known)
    privacy = tables.get("privacy")
    kiosk = privacy.get("withdraw_source") if isinstance(privacy, dict) else None
    if isinstance(kiosk, str) and kiosk not in known:
        yield _missing(("privacy", "withdraw_source"), kiosk, known=known)


def _missing(place: Place, name: str, *, known: Iterable[str]) -> Fault:
    what = f"{name!r}: there is no such {place[-1]}; {meant(name, known)}"
    return Fault(place=place, what=what)


def _texts(tables: dict[str, Any], table: str, key: str) -> Iterator[tuple[Place, str]]:
    """Give every text under a key of a list of tables, with its place."""
    entries = tables.get(table)
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        value = entry.get(key) if isinstance(entry, dict) else None
        if isinstance(value, str):
            yield (table, number, key), value
