"""This is where an advertising report is described: one advertisement as the radio heard it."""

from typing import Final

import msgspec

BROKEN_REPORT: Final = "broken report"
"""Reason for a report whose lengths or types are not as the Core specification says."""


class Report(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One advertisement or scan response."""

    address: bytes | None
    """6 bytes, most significant first; None for an anonymous advertisement."""
    is_random: bool
    """Whether the address is a random one; a resolved identity keeps its own kind."""
    payload: bytes
    """Advertising data: structures of length, type and value."""
    signal_dbm: int | None
    """Received power, None where the controller did not know it."""
    is_whole: bool = True
    """False where the controller lost the end of the payload."""


Decoded = list[Report | str]
"""What a packet held: reports, and in place of each that could not be read, the reason."""

NO_SIGNAL: Final = 127
"""RSSI value for "not available" (Core 5.4, Vol 4, Part E, 7.7.65.2)."""

SIGNALS: Final = tuple(
    None if value == NO_SIGNAL else (value ^ 0x80) - 0x80 for value in range(256)
)
"""dBm for each RSSI byte, which is a signed number."""
