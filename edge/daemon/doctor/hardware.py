"""This is where radios, Bluetooth adapters and serial ports are looked at in /sys and /dev.

Whether a source's own device works is for its driver to say; here stands what holds for all.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edge.daemon.doctor.findings import fail, ok, shown
from edge.daemon.doctor.machine import Account, Machine
from edge.daemon.doctor.service import unit_state
from edge.driver.contract import Finding

MONITOR_TYPES: Final = ("801", "802", "803")
"""The kernel's numbers for an interface in monitor mode (linux/if_arp.h)."""
IS_UP: Final = 1
"""Bit of an interface's flags (linux/if.h)."""
PORTS: Final = ("ttyUSB*", "ttyACM*")


def examine_radios(machine: Machine) -> tuple[Finding, ...]:
    """Say which Wi-Fi radios are there, and whether one is switched off."""
    radios = [
        folder
        for folder in sorted(machine.at("sys/class/net").glob("*"))
        if (folder / "phy80211").exists() or _text(folder / "type") in MONITOR_TYPES
    ]
    off = _switched_off(machine, "wlan")
    if not radios:
        return (*off, ok("there is no Wi-Fi radio; only wifi_monitor sources need one"))
    return (*off, ok(", ".join(_radio(folder) for folder in radios)))


async def examine_bluetooth(machine: Machine) -> tuple[Finding, ...]:
    """Say which adapters are there, and whether BlueZ runs for them."""
    adapters = sorted(path.name for path in machine.at("sys/class/bluetooth").glob("hci*"))
    adapters = [name for name in adapters if ":" not in name]  # hci0:11 is a connection
    if not adapters:
        return (ok("there is no Bluetooth adapter; only ble_scan sources need one"),)
    off = _switched_off(machine, "bluetooth")
    if machine.has_systemd:
        daemon = await unit_state(machine, "bluetooth.service")
        if daemon.get("LoadState") == "not-found":
            return (*off, fail("BlueZ is not installed", "apt-get install bluez"))
        if daemon.get("ActiveState") != "active":
            remedy = "systemctl enable --now bluetooth.service"
            return (*off, fail("BlueZ, the system's Bluetooth service, does not run", remedy))
    return (*off, ok(", ".join(adapters)))


def examine_serial(machine: Machine) -> tuple[Finding, ...]:
    """Say which serial ports are there, and whether the service may use them."""
    devices = machine.at("dev")
    ports = sorted(port for pattern in PORTS for port in devices.glob(pattern))
    if not ports:
        return (ok("there is no USB serial port; only serial_line sources need one"),)
    closed = [port for port in ports if not _is_open_to(machine.account, port)]
    named = sorted(path.name for path in devices.glob("serial/by-id/*"))
    told = ok(", ".join(named or [port.name for port in ports]))
    return (*(_closed(port, machine.account) for port in closed), told)


def _radio(folder: Path) -> str:
    mode = "listening" if _text(folder / "type") in MONITOR_TYPES else "as a client"
    flags = _text(folder / "flags")
    is_up = bool(int(flags, 16) & IS_UP) if flags.startswith("0x") else False
    return f"{folder.name} ({mode}, {'up' if is_up else 'down'})"


def _switched_off(machine: Machine, kind: str) -> Iterator[Finding]:
    """Tell which radios of a kind a switch keeps off (rfkill)."""
    for folder in sorted(machine.at("sys/class/rfkill").glob("*")):
        if _text(folder / "type") != kind:
            continue
        name = _text(folder / "name") or folder.name
        if _text(folder / "hard") == "1":
            yield fail(f"{name} is switched off by a switch on the device", "turn that switch on")
        elif _text(folder / "soft") == "1":
            remedy = f"echo 0 > {shown(folder / 'soft')}"
            yield fail(f"{name} is switched off by a program (rfkill)", remedy)


def _is_open_to(account: Account, port: Path) -> bool:
    try:
        return account.may_use(port)
    except OSError:  # unplugged in this moment: it is not there to be closed
        return True


def _closed(port: Path, account: Account) -> Finding:
    what = f"{port} may not be used by {account.name}; the udev rules are missing or not applied"
    return fail(what, f"chgrp dialout {shown(port)} && chmod 660 {shown(port)}")


def _text(path: Path) -> str:
    """Read one of the kernel's small files; empty where it is not there."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
