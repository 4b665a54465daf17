"""This is where btsnoop records are cut out of a stream (RFC 1761's layout, BlueZ's datalinks)."""

from collections.abc import Iterator
from struct import Struct
from typing import Final

from edge.driver.capture_stream import LONGEST_PACKET, Stream

MAGIC: Final = b"btsnoop\0"

HCI_BARE: Final = 1001
"""HCI packets without their type byte; the flags tell them apart."""
HCI_H4: Final = 1002
"""HCI packets behind the type byte of the UART transport."""
MONITOR: Final = 2001
"""What Linux's monitor channel gives and `btmon -w` writes."""
DATALINKS: Final = (HCI_BARE, HCI_H4, MONITOR)

SnoopPacket = tuple[int, int, bytes, int]
"""(at_ns, datalink, data, flags)."""

FILE_HEADER: Final = Struct(">8sII")
RECORD: Final = Struct(">IIIIq")
"""Original length, included length, flags, drops, microseconds."""

UNIX_EPOCH_US: Final = 0x00DCDDB30F2F8000
"""1970-01-01 in microseconds since midnight, January 1st, 0 AD, as BlueZ's btsnoop.c counts."""
MICROSECOND: Final = 1_000


TO_HOST_EVENT: Final = 0b11
"""Flags of a record that is an event, from the controller to the host."""


def file_header(link: int) -> bytes:
    """Give what a file starts with."""
    return FILE_HEADER.pack(MAGIC, 1, link)


def record(at_ns: int, packet: bytes) -> bytes:
    """Give the record of an event; its moment is kept to the microsecond."""
    moment_us = at_ns // MICROSECOND + UNIX_EPOCH_US
    return RECORD.pack(len(packet), len(packet), TO_HOST_EVENT, 0, moment_us) + packet


def datalink(stream: Stream) -> int | None:
    """Give the datalink of a stream that stands at its start; None where it is no btsnoop file."""
    header = stream.peek(FILE_HEADER.size)
    if len(header) < FILE_HEADER.size or not header.startswith(MAGIC):
        return None
    number = FILE_HEADER.unpack(header)[2]
    return int(number)


def packets(stream: Stream, link: int) -> Iterator[SnoopPacket]:
    """Give the packets of a stream that stands at its start; damage stays with the stream."""
    stream.take(FILE_HEADER.size)
    buffer, at = b"", 0
    while buffer := stream.more(buffer[at:]):
        at, size = 0, len(buffer)
        while (start := at + RECORD.size) <= size:
            _, included, flags, _, moment_us = RECORD.unpack_from(buffer, at)
            end = start + included
            if included > LONGEST_PACKET:
                stream.blame("record length out of bounds")
                return
            if end > size:
                break
            yield (moment_us - UNIX_EPOCH_US) * MICROSECOND, link, buffer[start:end], flags
            at = end
