"""This is where an access point's lines about its own stations are decoded."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from edge.driver.address import station_address

EVENTS: Final = {"associated": True, "disassociated": False}
"""What the access point says, and whether the station joined by it."""

UNKNOWN_EVENT: Final = "unknown event"
BAD_ADDRESS: Final = "bad address"


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
    address = station_address(record.get("address"))
    if address is None:
        return BAD_ADDRESS
    return LinkChange(address=address, joined=EVENTS[event])
