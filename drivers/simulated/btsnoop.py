"""This is where Bluetooth captures are written as btsnoop files.

The format is RFC 1761's snoop with meanings of flags and data links that are Bluetooth's own.
"""

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from drivers.simulated.ble_air import Heard
from drivers.simulated.hci import SET_SCAN_ENABLE, SET_SCAN_PARAMETERS, command_complete

MAGIC: Final = b"btsnoop\0"
H4: Final = 1002
"""Data link of HCI packets with their H4 type byte."""
YEAR_ZERO_US: Final = 0x00DCDDB30F2F8000
"""Microseconds from midnight, 1 January of the year 0, to 1970, as BlueZ counts them."""
TO_HOST: Final = 0x01
COMMAND_OR_EVENT: Final = 0x02
MICROSECONDS: Final = 1_000_000
_RECORD: Final = struct.Struct(">IIIIq")


def write_btsnoop(path: Path, heard: Iterable[Heard], *, epoch_s: int) -> None:
    """Write what one sensor heard, after the commands that switch scanning on."""
    with path.open("wb") as file:
        file.write(MAGIC + struct.pack(">II", 1, H4))
        for command in (SET_SCAN_PARAMETERS, SET_SCAN_ENABLE):
            file.write(_record(epoch_s, 0.0, command, COMMAND_OR_EVENT))
            answer = command_complete(command)
            file.write(_record(epoch_s, 0.0, answer, COMMAND_OR_EVENT | TO_HOST))
        file.writelines(
            _record(epoch_s, one.at, one.packet, COMMAND_OR_EVENT | TO_HOST)
            for one in sorted(heard)
        )


def _record(epoch_s: int, at: float, packet: bytes, flags: int) -> bytes:
    moment = YEAR_ZERO_US + epoch_s * MICROSECONDS + round(at * MICROSECONDS)
    return _RECORD.pack(len(packet), len(packet), flags, 0, moment) + packet
