"""This is where frames come out of the kernel: a raw socket behind a filter."""

import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from struct import Struct
from typing import Final

from drivers.wifi_monitor.bpf import PROGRAMS, attach
from drivers.wifi_monitor.interface import Interface
from edge.driver.capture_stream import Packet
from edge.errors import SourceFault, SourceUnusable
from edge.model.names import SECOND, Instant

ALL_PROTOCOLS: Final = 3
"""ETH_P_ALL: monitors' frames have a protocol number of no protocol."""
BUFFER_BYTES: Final = 4 << 20
"""Room in the kernel for some 5,000 probe requests: the loop may stand still for seconds at the
132 a second of the busiest classroom measured."""
LONGEST: Final = 4096
"""Bytes read of a frame. A management frame has 2,304 at most, a radio's header below 300."""
SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35
"""Missing from Python's socket module (asm-generic/socket.h)."""
SOL_PACKET, PACKET_STATISTICS = 263, 6
STATISTICS: Final = Struct("@II")
"""struct tpacket_stats: frames that passed the filter, and those of them that were dropped."""
STAMP: Final = Struct("@ll")
"""struct timespec: seconds and nanoseconds since 1970 on the system's clock."""
NOTES_SIZE: Final = socket.CMSG_SPACE(STAMP.size)
OLDEST_NS: Final = 10 * SECOND
"""A frame that waited longer did not wait: the system's clock was set in between."""


class Ear:
    """Hears the probe requests of one interface; belongs to the event loop's thread."""

    def __init__(self, opened: socket.socket, interface: Interface, *, link_type: int) -> None:
        self.interface = interface
        self._socket = opened
        self._link_type = link_type
        self._newest = Instant(0)

    def take(self, most: int, *, now: Instant) -> list[Packet]:
        """Take up to `most` frames that wait, with the moments at which the kernel got them.

        The moments are on the line of `now`, in order, and none is later than `now`.
        Raises: SourceFault when the interface went away or down.
        """
        packets: list[Packet] = []
        receive, link_type = self._socket.recvmsg, self._link_type
        # Only the difference to the kernel's stamps counts: they are on the system's clock.
        system_ns = time.clock_gettime_ns(time.CLOCK_REALTIME)
        try:
            while len(packets) < most:
                frame, notes, _, _ = receive(LONGEST, NOTES_SIZE)
                self._newest = max(self._newest, Instant(now - _waited_ns(notes, system_ns)))
                packets.append((self._newest, link_type, frame, len(frame)))
        except BlockingIOError:
            return packets
        except OSError as error:
            raise _fault("cannot listen any longer", self.interface, error) from error
        return packets

    def lost(self) -> int:
        """Say how many probe requests the kernel dropped since this was asked last."""
        counted = self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, STATISTICS.size)
        dropped: int = STATISTICS.unpack(counted)[1]
        return dropped


@contextmanager
def listening(interface: Interface) -> Iterator[Ear]:
    """Open an ear on a monitor interface, and close it at the end.

    Raises: SourceFault when the interface is no monitor or not up, SourceUnusable when this
    process may not listen.
    """
    link_type = interface.link_type
    if link_type is None:
        raise SourceFault(
            "cannot listen for probe requests",
            where=interface.name,
            why="the interface is not in monitor mode",
            remedy=radio_remedy(interface.name),
        )
    try:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    except PermissionError as error:
        raise SourceUnusable(
            "cannot listen for probe requests",
            where=interface.name,
            why="this process lacks CAP_NET_RAW",
            remedy=RAW_REMEDY,
        ) from error
    with opened:
        try:
            attach(opened, PROGRAMS[link_type])
            _make_room(opened)
            opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            opened.bind((interface.name, ALL_PROTOCOLS))
        except OSError as error:
            raise _fault("cannot listen for probe requests", interface, error) from error
        yield Ear(opened, interface, link_type=link_type)


RAW_REMEDY: Final = "start it as the service (systemctl start store-edge), or as root"


def radio_remedy(name: str) -> str:
    """Give the command that makes a monitor of an interface and switches it on."""
    return f"systemctl restart edge-radio@{name}"


def _make_room(opened: socket.socket) -> None:
    """Ask for a large buffer; without CAP_NET_ADMIN the system's limit holds."""
    try:
        opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
    except PermissionError:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)


def _waited_ns(notes: list[tuple[int, int, bytes]], system_ns: int) -> int:
    """Say how long ago the kernel got a frame; 0 where that makes no sense."""
    for level, kind, stamp in notes:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, rest = STAMP.unpack(stamp)
            waited = system_ns - seconds * SECOND - rest
            return waited if 0 < waited < OLDEST_NS else 0
    return 0


def _fault(what: str, interface: Interface, error: OSError) -> SourceFault:
    is_away = error.errno in (errno.ENETDOWN, errno.ENODEV, errno.ENXIO)
    return SourceFault(
        what,
        where=interface.name,
        why="the interface went down or away" if is_away else os.strerror(error.errno or 0),
        remedy=f"look whether the adapter is plugged in; {radio_remedy(interface.name)}",
    )
