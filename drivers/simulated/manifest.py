"""This is where a recording's two TOML files are written: what was recorded, and the settings."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from drivers.simulated.associations import ACCESS_POINT
from drivers.simulated.floor import (
    BLE_SENSORS,
    DOOR_ZONES,
    DOORS,
    RADAR,
    STORE,
    TIMEZONE,
    ZONES,
)
from drivers.simulated.tills import LANES, SCANNER, till_name

SETTINGS: Final = "edge.toml"
SEED: Final = "customers.jsonl"
TRUTH: Final = "truth.jsonl"
POLICY: Final = "eu_strict"


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One `[[source]]` of recording.toml."""

    name: str
    driver: str
    file: str
    zone: str = ""
    profile: str = ""
    lane: str = ""


def sources() -> tuple[Source, ...]:
    """Give all sources of a day, with their files."""
    doors = (
        Source(
            name=str(door.source),
            driver="serial_line",
            file=f"{door.source}.jsonl",
            zone=DOOR_ZONES[str(door.name)],
            profile="door-counter-csv",
        )
        for door in DOORS
    )
    tills = (
        Source(
            name=till_name(lane),
            driver="serial_line",
            file=f"{till_name(lane)}.jsonl",
            zone="checkout",
            profile="till-json",
            lane=lane,
        )
        for lane in LANES
    )
    ble = (
        Source(name=name, driver="ble_scan", file=f"{name}.btsnoop", zone=zone)
        for name, zone in BLE_SENSORS.items()
    )
    return (
        Source(name=RADAR, driver="wifi_monitor", file=f"{RADAR}.pcap.gz", zone="entrance"),
        *ble,
        *doors,
        Source(
            name=SCANNER,
            driver="serial_line",
            file=f"{SCANNER}.jsonl",
            zone="kiosk",
            profile="scanner-plain",
        ),
        *tills,
        Source(name=ACCESS_POINT, driver="wifi_link", file=f"{ACCESS_POINT}.jsonl"),
    )


def recording_toml(*, started: datetime, ended: datetime, platform_key: str) -> str:
    """Give the text of recording.toml."""
    head = {
        "store": STORE,
        "timezone": TIMEZONE,
        "settings": SETTINGS,
        "seed": SEED,
        "platform_key": platform_key,
    }
    times = {"started": started, "ended": ended}
    moments = [f"{key} = {at:%Y-%m-%dT%H:%M:%S}Z" for key, at in times.items()]
    entries = (_table("source", msgspec.to_builtins(source)) for source in sources())
    return "\n".join(["format = 1", *_pairs(head), *moments, "", *entries])


def settings_toml(*, opening: str) -> str:
    """Give the text of edge.toml; `opening` is HH:MM-HH:MM in the store's own time."""
    store = {"id": STORE, "timezone": TIMEZONE, "policy": POLICY, "opening": opening}
    zones = (_table("zone", msgspec.to_builtins(zone)) for zone in ZONES)
    doors = (_table("door", msgspec.to_builtins(door)) for door in DOORS)
    return "\n".join(["[store]", *_pairs(store), "", *zones, *doors])


def _table(name: str, fields: Mapping[str, str]) -> str:
    return "\n".join([f"[[{name}]]", *_pairs(fields), ""])


def _pairs(fields: Mapping[str, str]) -> Iterable[str]:
    # Every text here is ASCII without control characters, so JSON's quoting is TOML's.
    return (f"{key} = {json.dumps(value)}" for key, value in fields.items())
