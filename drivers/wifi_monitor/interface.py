"""This is where the kernel is asked whether a network interface is there, up and a monitor."""

import errno
import fcntl
import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from drivers.wifi_monitor.headers import BARE, PRISM, RADIOTAP

REQUEST: Final = struct.Struct("16sH22x")
"""struct ifreq with the one number that is asked for or given."""
INDEX_REQUEST: Final = struct.Struct("16si20x")
GET_FLAGS, SET_FLAGS, GET_HARDWARE, GET_INDEX = 0x8913, 0x8914, 0x8927, 0x8933
"""ioctls (linux/sockios.h); every socket takes them."""
IS_UP: Final = 1
COUNTERS: Final = Path("/proc/self/net/dev")
"""The interfaces of this process's own network namespace, whatever /sys shows."""
PACKETS_AT: Final = 1
"""Place of the received packets among an interface's counters."""

LINK_TYPES: Final[Mapping[int, int]] = MappingProxyType({801: BARE, 802: PRISM, 803: RADIOTAP})
"""Link type of a monitor's frames by the kernel's number for its hardware (linux/if_arp.h)."""


class Interface(msgspec.Struct, frozen=True, kw_only=True):
    """A network interface as it is at one moment."""

    name: str
    index: int
    """The kernel's number; another one where the interface went and came back."""
    hardware: int
    """ARPHRD number: 1 is Ethernet and Wi-Fi as a client, 801 to 803 are monitors."""
    is_up: bool

    @property
    def link_type(self) -> int | None:
        """The link type of its frames, None where it is no monitor."""
        return LINK_TYPES.get(self.hardware)


def look(name: str) -> Interface | None:
    """Ask for an interface; None where there is none of that name.

    Raises: OSError when the kernel gives no answer for another reason.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        try:
            index = _ask(line, GET_INDEX, name, form=INDEX_REQUEST)
            hardware = _ask(line, GET_HARDWARE, name)
            flags = _ask(line, GET_FLAGS, name)
        except OSError as error:
            if error.errno in (errno.ENODEV, errno.ENXIO):
                return None
            raise
    return Interface(name=name, index=index, hardware=hardware, is_up=bool(flags & IS_UP))


def look_around() -> tuple[Interface, ...]:
    """Ask for every interface there is, in the order of their names."""
    found = (look(name) for _, name in sorted(socket.if_nameindex(), key=lambda pair: pair[1]))
    return tuple(interface for interface in found if interface is not None)


def set_up(name: str) -> None:
    """Switch an interface on.

    Raises: OSError when it may not or cannot be.
    """
    _switch(name, on=IS_UP)


def set_down(name: str) -> None:
    """Switch an interface off.

    Raises: OSError when it may not or cannot be.
    """
    _switch(name, on=0)


def received(name: str) -> int | None:
    """Say how many frames an interface has received since it came, filtered ones included.

    None where the interface is not there; some radios' drivers do not count and stay at 0.
    """
    for line in COUNTERS.read_text(encoding="ascii", errors="replace").splitlines():
        label, mark, counters = line.partition(":")
        if mark and label.strip() == name:
            return int(counters.split()[PACKETS_AT])
    return None


def _ask(line: socket.socket, request: int, name: str, *, form: struct.Struct = REQUEST) -> int:
    answer = fcntl.ioctl(line, request, form.pack(name.encode(), 0))
    number: int = form.unpack(answer)[1]
    return number


def _switch(name: str, *, on: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        flags = _ask(line, GET_FLAGS, name) & ~IS_UP | on
        fcntl.ioctl(line, SET_FLAGS, REQUEST.pack(name.encode(), flags))
