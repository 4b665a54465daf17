"""This is where HCI packets are put together that a Bluetooth controller would send its host.

Each packet begins with the H4 type byte. Layouts: Bluetooth Core 5.4, vol 4, part E, 7.7.65.
"""

import struct
from typing import Final

EVENT: Final = 0x04
LE_META: Final = 0x3E
COMMAND_COMPLETE: Final = 0x0E
ADVERTISING_REPORT: Final = 0x02
EXTENDED_REPORT: Final = 0x0D
NOT_CONNECTABLE: Final = 0x03
LEGACY_NOT_CONNECTABLE: Final = 0x0010
RANDOM: Final = 0x01

SET_SCAN_PARAMETERS: Final = bytes.fromhex("010b2007 01 6000 6000 00 00")
"""Active scan of every 60 ms for 60 ms (7.8.10)."""
SET_SCAN_ENABLE: Final = bytes.fromhex("010c2002 01 00")
"""Scan on, duplicates reported (7.8.11)."""


class Report:
    """One advertisement as a controller reports it, but for the received power."""

    __slots__ = ("_head", "_tail")

    def __init__(self, head: bytes, tail: bytes) -> None:
        self._head = head
        self._tail = tail

    def at_power(self, rssi_dbm: int) -> bytes:
        """Give the packet for one sensor's received power, -127 to 20 dBm."""
        return self._head + struct.pack("<b", rssi_dbm) + self._tail


def legacy_report(address: bytes, data: bytes) -> Report:
    """Report an advertisement from a random address (6 bytes, most significant first)."""
    body = (
        bytes((ADVERTISING_REPORT, 1, NOT_CONNECTABLE, RANDOM))
        + address[::-1]
        + bytes((len(data),))
        + data
    )
    return Report(bytes((EVENT, LE_META, len(body) + 1)) + body, b"")


def extended_report(address: bytes, data: bytes) -> Report:
    """Report the same advertisement as a controller with extended scanning does."""
    head = struct.pack(
        "<BBHB6sBBBb",
        EXTENDED_REPORT,
        1,
        LEGACY_NOT_CONNECTABLE,
        RANDOM,
        address[::-1],
        1,  # primary PHY: LE 1M
        0,  # no packets on the secondary channel
        0xFF,  # no advertising set
        127,  # the power it was sent with is not known
    )
    tail = struct.pack("<HB6sB", 0, 0, bytes(6), len(data)) + data
    return Report(bytes((EVENT, LE_META, len(head) + 1 + len(tail))) + head, tail)


def command_complete(command: bytes) -> bytes:
    """Acknowledge a command with success (7.7.14)."""
    body = b"\x01" + command[1:3] + b"\x00"
    return bytes((EVENT, COMMAND_COMPLETE, len(body))) + body
