"""This is where sources that count people get a door where nobody described one."""

from typing import Any, Final

from edge.config.layers import entries

COUNTER_DRIVER: Final = "serial_line"
COUNTER_PROFILE: Final = "door-counter"
"""A source of this driver whose profile begins so counts people."""


def add_doors(tables: dict[str, Any]) -> None:
    """Add a door of each counter's own name where none of the doors is at a counter.

    To be called with tables that the schema accepts, or that it is asked about afterwards.
    """
    counters = {
        source.get("name"): source for source in entries(tables, "source") if _counts_people(source)
    }
    doors = entries(tables, "door")
    if any(door.get("source") in counters for door in doors):
        return
    taken = {door.get("name") for door in doors}
    added = [
        {"name": name, "source": name} | _zone_of(source)
        for name, source in counters.items()
        if name not in taken
    ]
    if added:
        tables.setdefault("door", []).extend(added)


def _counts_people(source: dict[str, Any]) -> bool:
    is_named = isinstance(source.get("name"), str)
    profile = str(source.get("profile", ""))
    return (
        is_named and source.get("driver") == COUNTER_DRIVER and profile.startswith(COUNTER_PROFILE)
    )


def _zone_of(source: dict[str, Any]) -> dict[str, Any]:
    return {"zone": source["zone"]} if "zone" in source else {}
