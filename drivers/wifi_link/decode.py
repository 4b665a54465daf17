"""This is where an access point's lines about its own stations are decoded."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from edge.driver.address import station_address

EVENTS: Final = {"associated": True, "disassociated": False}
"""What the access point says, and whether the station joined by it."""

EVENT_OF: Final = {joined: event for event, joined in EVENTS.items()}

UNKNOWN_EVENT: Final = "unknown event"
BAD_ADDRESS: Final = "bad address"


DOTTED: Final = re.compile(r"([0-9A-Fa-f]{4})\.([0-9A-Fa-f]{4})\.([0-9A-Fa-f]{4})")
"""How some makers of network equipment write an address: aabb.ccdd.eeff."""


class LinkChange(msgspec.Struct, frozen=True, kw_only=True):
    """A station joined or left the store's own Wi-Fi."""

    address: bytes
    """6 bytes."""
    joined: bool


def read_change(record: Mapping[str, Any]) -> LinkChange | str:
    """Read one recorded object, or give the reason why it is no change.

    `account` and whatever else an access point adds is not looked at: the address is what the
    customer's token names.
    """
    event = record.get("event")
    if not isinstance(event, str) or event not in EVENTS:
        return UNKNOWN_EVENT
    return link_change(record.get("address"), joined=EVENTS[event])


def link_change(address: object, *, joined: bool) -> LinkChange | str:
    """Give the change of one station, or the reason why its address is none.

    Besides the usual ways to write an address, `aabb.ccdd.eeff` is read.
    """
    if isinstance(address, str):
        address = DOTTED.sub(r"\1\2\3", address)
    station = station_address(address)
    return BAD_ADDRESS if station is None else LinkChange(address=station, joined=joined)
