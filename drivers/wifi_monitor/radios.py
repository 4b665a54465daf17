"""This is where radios that could listen are found, from what the kernel and `iw` tell of them."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from drivers.wifi_monitor.ear import radio_remedy
from drivers.wifi_monitor.interface import look_around
from drivers.wifi_monitor.iw import iw
from edge.driver.contract import Found
from edge.errors import SourceFault, SourceUnusable

PATIENCE_S: Final = 1.5
"""Both questions are asked at once, and all of discovering has 2 s."""
NETWORKS: Final = Path("/sys/class/net")
WIFI_MARK: Final = "phy80211"
"""Below an interface's folder, where it is Wi-Fi."""

_PHY: Final = re.compile(r"^Wiphy \S*?(?P<number>\d+)$")
_INDEX: Final = re.compile(r"^\twiphy index: (?P<number>\d+)$")
_MODE: Final = re.compile(r"^\t+ \* (?P<mode>\S.*)$")
_MODES: Final = "Supported interface modes:"
_OWNER: Final = re.compile(r"^phy#(?P<number>\d+)$")
_INTERFACE: Final = re.compile(r"^\tInterface (?P<name>\S+)$")


class Radio(msgspec.Struct, frozen=True, kw_only=True):
    """A Wi-Fi interface, and whether its adapter can do monitor mode."""

    interface: str
    can_monitor: bool | None
    """None where nobody can say, because `iw` is missing or hangs."""


async def discover() -> tuple[Found, ...]:
    """List the monitor interfaces, then the adapters that could become one."""
    ready = [found for found in look_around() if found.link_type is not None]
    names = {interface.name for interface in ready}
    others, doubt = await _adapters()
    return (
        *(_found(one.name, f"monitor interface {one.name}, {_state(one.is_up)}") for one in ready),
        *(
            _found(radio.interface, _promise(radio, doubt), first=radio_remedy(radio.interface))
            for radio in others
            if radio.interface not in names
        ),
    )


def capable(phys: str, interfaces: str) -> tuple[Radio, ...]:
    """Put together what `iw phy` and `iw dev` printed: interfaces that can do monitor mode."""
    monitors = set(_monitors(phys))
    radios = []
    owner: str | None = None
    for line in interfaces.splitlines():
        if found := _OWNER.match(line):
            owner = found["number"]
        elif (found := _INTERFACE.match(line)) and owner in monitors:
            radios.append(Radio(interface=found["name"], can_monitor=True))
    return tuple(radios)


def _monitors(phys: str) -> Iterator[str]:
    """Give the numbers of the adapters that have the mode `monitor`."""
    number, in_modes = "", False
    for line in phys.splitlines():
        if found := _PHY.match(line) or _INDEX.match(line):
            number, in_modes = found["number"], False
        elif line.strip() == _MODES:
            in_modes = True
        elif in_modes and (found := _MODE.match(line)):
            if found["mode"] == "monitor":
                yield number
        else:
            in_modes = False


async def _adapters() -> tuple[tuple[Radio, ...], str]:
    """Ask `iw`; where it does not answer, give every Wi-Fi interface, and why it is in doubt."""
    (phys, doubt), (interfaces, other) = await asyncio.gather(_printed("phy"), _printed("dev"))
    if doubt or other:
        return tuple(_unasked()), doubt or other
    return capable(phys, interfaces), ""


async def _printed(question: str) -> tuple[str, str]:
    """Give what `iw` printed, and why nothing; neither question ends before its `iw` has ended."""
    try:
        return await iw(question, patience_s=PATIENCE_S), ""
    except (SourceUnusable, SourceFault) as error:
        return "", f"{error.why}; {error.remedy}"


def _unasked() -> Iterator[Radio]:
    for mark in sorted(NETWORKS.glob(f"*/{WIFI_MARK}")):
        yield Radio(interface=mark.parent.name, can_monitor=None)


def _promise(radio: Radio, doubt: str) -> str:
    if radio.can_monitor:
        return f"Wi-Fi adapter {radio.interface}, can do monitor mode but is not in it"
    return f"Wi-Fi adapter {radio.interface}; whether it can do monitor mode is unknown: {doubt}"


def _state(is_up: bool) -> str:  # noqa: FBT001 - one word of one sentence
    return "up" if is_up else "down"


def _found(interface: str, what: str, *, first: str = "") -> Found:
    before = f"# first: {first}\n" if first else ""
    return Found(
        driver="wifi_monitor",
        what=what,
        settings=(
            f"{before}[[source]]\n"
            f'name = "radar-{interface}"\n'
            'driver = "wifi_monitor"\n'
            'zone = "entrance"\n'
            "\n"
            "[source.options]\n"
            f'interface = "{interface}"\n'
        ),
    )
