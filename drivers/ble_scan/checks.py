"""This is where a technician is told about Bluetooth: what there is, and whether it can be used.

Loaded when a source is checked, because it needs dbus-fast. Nothing is changed or started.
"""

from pathlib import Path
from typing import Final

from dbus_fast import MessageFlag

from drivers.ble_scan.adapters import (
    RFKILL,
    Adapter,
    blocked_adapters,
    scans_passively,
    usable,
)
from drivers.ble_scan.bluez import connected
from drivers.ble_scan.options import BeaconOptions, Options
from drivers.ble_scan.own_beacon import read_key
from drivers.ble_scan.trouble import Refused, Trouble, finding
from edge.driver.contract import Finding, Found, Level
from edge.errors import ConfigError

ANSWER_S: Final = 0.9
"""BlueZ answers in milliseconds; connecting and asking take at most 2 s together."""

SETTINGS: Final = """[[source]]
name = "ble-{name}"
driver = "ble_scan"
zone = "floor"

[source.options]
adapter = "{name}"
"""


async def check_radio(options: Options, *, rfkill: Path = RFKILL) -> tuple[Finding, ...]:
    """Say whether a source could listen as it is set, in less than 2 s."""
    try:
        async with connected(flags=MessageFlag.NO_AUTOSTART, answer_s=ANSWER_S) as bluez:
            adapters = await bluez.adapters()
    except Refused as refused:
        return (finding(refused.trouble, options.adapter),)
    adapter = usable(adapters, options, blocked_adapters(rfkill))
    if isinstance(adapter, Trouble):
        return (finding(adapter, options.adapter),)
    told = [Finding(level=Level.OK, what=f"the Bluetooth adapter {adapter.name} is on")]
    told.append(Finding(level=Level.OK, what=_how(adapter, options)))
    if options.beacon:
        told.append(check_beacon(options.beacon, adapter))
    return tuple(told)


def _how(adapter: Adapter, options: Options) -> str:
    if scans_passively(adapter, options.mode):
        return "it listens passively, and hears rotating ids and devices with a phone's flags"
    return "it scans actively, and hears every device"


def check_beacon(beacon: BeaconOptions, adapter: Adapter) -> Finding:
    """Say whether the store's beacon could be sent; listening does not depend on it."""
    try:
        read_key(beacon)
    except ConfigError as error:
        return Finding(
            level=Level.WARN, what=f"{error.what} ({error.where}): {error.why}", remedy=error.remedy
        )
    if not adapter.free_adverts:
        return Finding(
            level=Level.WARN,
            what=f"the adapter {adapter.name} has no room to send the store's beacon",
            remedy="end other programs that advertise, or take `beacon` out of the settings",
        )
    return Finding(level=Level.OK, what="the store's beacon can be sent")


async def found_radios() -> tuple[Found, ...]:
    """List the adapters that BlueZ knows, in less than 2 s; none where BlueZ does not run."""
    try:
        async with connected(flags=MessageFlag.NO_AUTOSTART, answer_s=ANSWER_S) as bluez:
            adapters = await bluez.adapters()
    except Refused:
        return ()
    return tuple(
        Found(driver="ble_scan", what=_described(one), settings=SETTINGS.format(name=one.name))
        for one in adapters
    )


def _described(adapter: Adapter) -> str:
    power = "on" if adapter.is_powered else "off"
    way = "listens passively" if adapter.has_monitors else "scans actively"
    return f"Bluetooth adapter {adapter.name}, {power}, {way}"
