"""This is where it is seen which Bluetooth adapters there are and whether one can be used."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from drivers.ble_scan.options import Mode, Options
from drivers.ble_scan.trouble import Trouble

ADAPTER: Final = "org.bluez.Adapter1"
MONITORS: Final = "org.bluez.AdvertisementMonitorManager1"
ADVERTISING: Final = "org.bluez.LEAdvertisingManager1"
ROOT: Final = "/org/bluez/"
OR_PATTERNS: Final = "or_patterns"
"""The one type of monitor that BlueZ has (org.bluez.AdvertisementMonitorManager(5))."""

RFKILL: Final = Path("/sys/class/rfkill")

Objects = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""What BlueZ's object manager gives: path, interface, property."""


class Adapter(msgspec.Struct, frozen=True, kw_only=True):
    """One Bluetooth adapter as BlueZ describes it."""

    name: str
    is_powered: bool
    has_monitors: bool
    """Whether BlueZ offers passive scanning on it."""
    free_adverts: int
    """How many more advertisements it can send at a time; 0 where it can send none."""


def path_of(adapter: str) -> str:
    """Give the D-Bus path of an adapter."""
    return ROOT + adapter


def adapters_in(objects: Objects) -> tuple[Adapter, ...]:
    """Give the adapters among BlueZ's objects, by name."""
    return tuple(
        _adapter(path.removeprefix(ROOT), interfaces)
        for path, interfaces in sorted(objects.items())
        if ADAPTER in interfaces and path.startswith(ROOT)
    )


def _adapter(name: str, interfaces: Mapping[str, Mapping[str, Any]]) -> Adapter:
    return Adapter(
        name=name,
        is_powered=bool(interfaces[ADAPTER].get("Powered")),
        has_monitors=OR_PATTERNS in interfaces.get(MONITORS, {}).get("SupportedMonitorTypes", ()),
        free_adverts=int(interfaces.get(ADVERTISING, {}).get("SupportedInstances", 0)),
    )


def blocked_adapters(folder: Path = RFKILL) -> dict[str, Trouble]:
    """Say which adapters the kernel keeps off, by name; where it does not tell, none."""
    found = {}
    for entry in sorted(folder.glob("rfkill*")):
        if _read(entry / "type") != "bluetooth":
            continue
        if _read(entry / "hard") == "1":
            found[_read(entry / "name")] = Trouble.SWITCHED_OFF
        elif _read(entry / "soft") == "1":
            found[_read(entry / "name")] = Trouble.BLOCKED
    return found


def _read(path: Path) -> str:
    """Read one value of sysfs; it is empty where the adapter was unplugged in this moment."""
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def usable(
    adapters: Iterable[Adapter], options: Options, blocked: Mapping[str, Trouble]
) -> Adapter | Trouble:
    """Give the adapter that a source is set to, or what keeps it from being used."""
    adapter = next((one for one in adapters if one.name == options.adapter), None)
    if adapter is None:
        return blocked.get(options.adapter, Trouble.NO_ADAPTER)
    if not adapter.is_powered:
        return blocked.get(adapter.name, Trouble.OFF)
    if options.mode is Mode.PASSIVE and not adapter.has_monitors:
        return Trouble.NO_MONITORS
    return adapter


def scans_passively(adapter: Adapter, mode: Mode) -> bool:
    """Decide how to scan."""
    return mode is not Mode.ACTIVE and adapter.has_monitors
