"""This is where the emulated air is heard as a whole, by another way than the drivers' own.

The kernel's emulation copies every frame that any of its radios sends to an interface of its own,
with a radio header that always has the same fields.
"""

import asyncio
import socket
import struct
from collections import Counter
from typing import Final

INTERFACE: Final = "hwsim0"
ALL_PROTOCOLS: Final = 0x0003
"""ETH_P_ALL of linux/if_ether.h."""
HEADER: Final = struct.Struct("<BBHIQBBHH")
"""Radiotap with time, flags, rate and channel, as mac80211_hwsim.c writes it."""
PROBE_REQUEST: Final = 0x40
SOURCE_AT: Final = 10
"""In a management frame: control 2, duration 2, receiver 6, then who sent it."""
ROOM_BYTES: Final = 4 << 20


class WholeAir:
    """Counts the probe requests on one frequency by who sent them, while it is open."""

    def __init__(self, frequency_mhz: int) -> None:
        self.probes: Counter[bytes] = Counter()
        self._frequency_mhz = frequency_mhz
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Listen from here on; the interface has to be up."""
        opened = socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.htons(ALL_PROTOCOLS)
        )
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM_BYTES)
        opened.bind((INTERFACE, ALL_PROTOCOLS))
        asyncio.get_running_loop().add_reader(opened, self._read)
        self._socket = opened

    def close(self) -> None:
        """Listen no more."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _read(self) -> None:
        assert self._socket is not None
        packet = self._socket.recv(4096)
        _, _, size, _, _, _, _, frequency_mhz, _ = HEADER.unpack_from(packet)
        frame = packet[size:]
        if frame[0] == PROBE_REQUEST and frequency_mhz == self._frequency_mhz:
            self.probes[frame[SOURCE_AT : SOURCE_AT + 6]] += 1
