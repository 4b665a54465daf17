"""This is where classic pcap records are cut out of a stream (draft-ietf-opsawg-pcap)."""

from collections.abc import Iterator
from struct import Struct
from types import MappingProxyType
from typing import Final, NamedTuple

from edge.driver.capture_stream import LONGEST_PACKET, Packet, Stream
from edge.model.names import SECOND

FILE_HEADER_SIZE = 24
LINK_TYPE_AT = 20
LINK_TYPE_BITS = 0xFFFF
"""The upper half of the field says how long a frame check sequence Ethernet frames carry."""
MICROSECOND = 1_000


class Layout(NamedTuple):
    """How a file's magic says that its records are written."""

    order: str
    """Byte order, as `struct` writes it."""
    tick_ns: int
    """Nanoseconds in one unit of the second half of a timestamp."""
    record: Struct
    """Seconds, ticks, captured length, original length, and what else stands before the bytes."""


def _layout(order: str, tick_ns: int, extra: str = "") -> Layout:
    return Layout(order, tick_ns, Struct(f"{order}IIII{extra}"))


LAYOUTS: Final = MappingProxyType(
    {
        bytes.fromhex("d4c3b2a1"): _layout("<", MICROSECOND),
        bytes.fromhex("a1b2c3d4"): _layout(">", MICROSECOND),
        bytes.fromhex("4d3cb2a1"): _layout("<", 1),
        bytes.fromhex("a1b23c4d"): _layout(">", 1),
        # Kuznetzov's format: interface, protocol and packet type in each record, here skipped.
        bytes.fromhex("34cdb2a1"): _layout("<", MICROSECOND, "8x"),
        bytes.fromhex("a1b2cd34"): _layout(">", MICROSECOND, "8x"),
    }
)


def packets(stream: Stream, layout: Layout) -> Iterator[Packet]:
    """Give the packets of a stream that starts with a pcap file header."""
    header = stream.take(FILE_HEADER_SIZE)
    if len(header) < FILE_HEADER_SIZE:
        stream.blame("file header cut short")
        return
    (network,) = Struct(f"{layout.order}I").unpack_from(header, LINK_TYPE_AT)
    yield from _records(stream, layout, link_type=network & LINK_TYPE_BITS)


def _records(stream: Stream, layout: Layout, *, link_type: int) -> Iterator[Packet]:
    unpack, header_size, tick_ns = layout.record.unpack_from, layout.record.size, layout.tick_ns
    buffer, at = b"", 0
    while buffer := stream.more(buffer[at:]):
        at, size = 0, len(buffer)
        while (start := at + header_size) <= size:
            seconds, ticks, captured, original = unpack(buffer, at)
            end = start + captured
            if end > size:
                if captured > LONGEST_PACKET:
                    stream.blame("record length out of bounds")
                    return
                break
            yield seconds * SECOND + ticks * tick_ns, link_type, buffer[start:end], original
            at = end
