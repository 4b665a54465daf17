"""This is where hostapd's words on its control interface are read (hostapd 2.10, ctrl_iface.c)."""

import re
from typing import Final

import msgspec

from drivers.wifi_link.decode import LinkChange, link_change

ATTACH: Final = b"ATTACH"
DETACH: Final = b"DETACH"
PING, PONG = b"PING", b"PONG"
OK: Final = b"OK"
FIRST_STATION: Final = b"STA-FIRST"
NEXT_STATION: Final = b"STA-NEXT "

CHANGE: Final = re.compile(r"<\d>AP-STA-(?P<word>CONNECTED|DISCONNECTED) (?P<address>\S+)")
ENDING: Final = "CTRL-EVENT-TERMINATING"
EVENT_MARKS: Final = (b"<", b"IFNAME=")
"""What an event begins with, and an answer never does."""
AUTHORIZED: Final = "[AUTHORIZED]"


class Station(msgspec.Struct, frozen=True, kw_only=True):
    """A station in hostapd's list."""

    address: str
    """As hostapd writes it; the next one is asked for by it."""
    change: LinkChange | str | None
    """None where it has not joined yet."""


def is_event(datagram: bytes) -> bool:
    """Whether a datagram is an event, not an answer."""
    return datagram.startswith(EVENT_MARKS)


def is_ending(event: bytes) -> bool:
    """Whether hostapd says that it ends."""
    return ENDING.encode() in event


def read_event(event: bytes) -> LinkChange | str | None:
    """Read an event: a change, the reason why it cannot be used, or None for another matter."""
    match = CHANGE.search(event.decode("ascii", "replace"))
    if match is None:
        return None
    return link_change(match["address"], joined=match["word"] == "CONNECTED")


def read_station(answer: bytes) -> Station | None:
    """Read one answer to STA-FIRST or STA-NEXT; None at the end of the list."""
    address, _, rest = answer.decode("ascii", "replace").partition("\n")
    if not address or address == "FAIL":
        return None
    flags = re.search(r"^flags=(.*)$", rest, re.MULTILINE)
    has_joined = flags is None or AUTHORIZED in flags[1]
    change = link_change(address, joined=True) if has_joined else None
    return Station(address=address, change=change)
