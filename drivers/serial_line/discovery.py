"""This is where the serial ports of this machine are listed, with settings ready to be pasted."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from drivers.serial_line.checking import BY_ID
from drivers.serial_line.profile import load_profile, profile_files, shipped_profiles
from edge.driver.contract import Found

FIRST_GUESS: Final = "scanner-plain"
"""For adapters that say nothing about what is behind them; most serial devices are scanners."""


class UsbPort(msgspec.Struct, frozen=True, kw_only=True):
    """A serial port as the system describes it."""

    device: str
    """`/dev/ttyUSB0`."""
    vendor: int | None = None
    product: int | None = None
    label: str = ""
    """What the device says it is."""


def list_ports() -> list[UsbPort]:
    """List the ports that have hardware behind them; blocks while it reads /sys."""
    from serial.tools import list_ports as ports  # noqa: PLC0415 - loaded when ports are looked for

    return [_usb_port(port) for port in ports.comports()]


def found_ports(ports: Iterable[UsbPort], *, links: Mapping[str, str]) -> tuple[Found, ...]:
    """Describe ports, each under its stable name where `links` (device to link) has one."""
    guesses = usb_guesses()
    return tuple(
        _found(port, number, link=links.get(port.device, port.device), guesses=guesses)
        for number, port in enumerate(sorted(ports, key=lambda one: one.device), start=1)
    )


def stable_names(folder: Path = BY_ID) -> dict[str, str]:
    """Give the stable name of each device that has one."""
    if not folder.is_dir():
        return {}
    return {str(link.resolve()): str(link) for link in sorted(folder.iterdir(), reverse=True)}


def usb_guesses() -> dict[str, str]:
    """Give the shipped profile for each USB vendor or product that one names."""
    return {
        usb: name
        for name, path in profile_files([shipped_profiles()]).items()
        for usb in load_profile(path).device.usb
    }


def _usb_port(port: Any) -> UsbPort:
    return UsbPort(
        device=port.device,
        vendor=port.vid,
        product=port.pid,
        label=port.description if port.description != "n/a" else "",
    )


def _found(port: UsbPort, number: int, *, link: str, guesses: Mapping[str, str]) -> Found:
    vendor = "" if port.vendor is None else f"{port.vendor:04x}"
    product = "" if port.product is None else f"{vendor}:{port.product:04x}"
    guess = guesses.get(product) or guesses.get(vendor)
    doubt = "" if guess else "  # a guess: the port does not say what is behind it"
    settings = (
        f'[[source]]\nname = "serial-{number}"\ndriver = "serial_line"\n'
        f'profile = "{guess or FIRST_GUESS}"{doubt}\n'
        f'options = {{ port = "{link}" }}\n'
    )
    label = f", {port.label}" if port.label else ""
    usb = f", USB {product}" if product else ""
    return Found(driver="serial_line", what=f"{port.device}{label}{usb}", settings=settings)
