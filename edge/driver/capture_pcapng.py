"""This is where pcapng blocks are cut out of a stream (draft-ietf-opsawg-pcapng)."""

from collections.abc import Iterator, Sequence
from struct import Struct
from types import MappingProxyType
from typing import Final, NamedTuple

from edge.driver.capture_stream import LONGEST_PACKET, NO_TIME, Packet, Stream
from edge.model.names import SECOND

MAGIC: Final = bytes.fromhex("0a0d0d0a")
"""Type of a section header block; it reads the same in both byte orders."""

MARK_AT = 8

SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, ENHANCED_PACKET = 0x0A0D0D0A, 1, 2, 3, 6
PACKETS = (ENHANCED_PACKET, SIMPLE_PACKET, OLD_PACKET)
OPTION_END, OPTION_RESOLUTION, OPTION_OFFSET = 0, 9, 14

LEAST_BLOCK = 12
LEAST_INTERFACE = 8
LONGEST_BLOCK = 4 * LONGEST_PACKET
"""A packet with its options; a greater length is a damaged block."""
USUAL_TICKS = 1_000_000
"""Microseconds: what a timestamp counts where the interface does not say."""
NO_LINK_TYPE = -1
"""Of an interface whose description is too short to have one; no decoder knows it."""


class Interface(NamedTuple):
    """What an interface description says about the packets of that interface."""

    link_type: int
    longest: int
    """Bytes after which packets were cut; 0 for never."""
    ticks_a_second: int
    offset_ns: int


class Words(NamedTuple):
    """How numbers are read in a section of one byte order."""

    block: Struct
    """Type and total length."""
    enhanced: Struct
    """Interface, upper and lower half of the time, captured and original length."""
    old: Struct
    """Likewise, with a count of drops after a shorter interface."""
    pair: Struct
    """Two 16-bit numbers: a link type or an option, and its length."""
    word: Struct
    seconds: Struct


def _words(order: str) -> Words:
    return Words(
        block=Struct(f"{order}II"),
        enhanced=Struct(f"{order}IIIII"),
        old=Struct(f"{order}H2xIIII"),
        pair=Struct(f"{order}HH"),
        word=Struct(f"{order}I"),
        seconds=Struct(f"{order}q"),
    )


ORDERS: Final = MappingProxyType(
    {bytes.fromhex("4d3c2b1a"): _words("<"), bytes.fromhex("1a2b3c4d"): _words(">")}
)
"""What the byte-order mark of a section says."""


def packets(stream: Stream) -> Iterator[Packet]:
    """Give the packets of a stream that starts with a section header block.

    Blocks of other kinds are skipped. A packet that names an interface which its section does not
    describe, or that is longer than its block, is left out and blamed.
    """
    interfaces: list[Interface] = []
    for words, kind, body in _blocks(stream):
        if kind == SECTION:
            interfaces.clear()
        elif kind == INTERFACE:
            interfaces.append(_interface(words, body))
        elif kind in PACKETS:
            packet = _packet(words, kind, body, interfaces)
            if packet is None:
                stream.blame("packet block makes no sense")
            else:
                yield packet


def _blocks(stream: Stream) -> Iterator[tuple[Words, int, bytes]]:
    """Give each block's type and body until the stream ends or its lengths make no sense."""
    words: Words | None = None
    buffer, at = b"", 0
    while buffer := stream.more(buffer[at:]):
        at = 0
        while at + LEAST_BLOCK <= len(buffer):
            if buffer.startswith(MAGIC, at):
                words = ORDERS.get(buffer[at + MARK_AT : at + MARK_AT + 4])
            if words is None:
                stream.blame("byte order unknown")
                return
            kind, size = words.block.unpack_from(buffer, at)
            end = at + size
            if end > len(buffer) and size <= LONGEST_BLOCK:
                break
            if not _is_whole(words, buffer, at=at, size=size):
                stream.blame("block lengths make no sense")
                return
            yield words, kind, buffer[at + 8 : end - 4]
            at = end


def _is_whole(words: Words, buffer: bytes, *, at: int, size: int) -> bool:
    """Whether the length after a block repeats the length before it, as the format asks."""
    if not LEAST_BLOCK <= size <= LONGEST_BLOCK or size % 4:
        return False
    return bool(words.word.unpack_from(buffer, at + size - 4)[0] == size)


def _interface(words: Words, body: bytes) -> Interface:
    if len(body) < LEAST_INTERFACE:
        return Interface(NO_LINK_TYPE, 0, SECOND, 0)
    link_type, _ = words.pair.unpack_from(body)
    (longest,) = words.word.unpack_from(body, 4)
    ticks_a_second, offset_ns, at = USUAL_TICKS, 0, LEAST_INTERFACE
    while at + 4 <= len(body):
        option, size = words.pair.unpack_from(body, at)
        value = body[at + 4 : at + 4 + size]
        if option == OPTION_END:
            break
        if option == OPTION_RESOLUTION and value:
            ticks_a_second = (2 if value[0] & 0x80 else 10) ** (value[0] & 0x7F)
        elif option == OPTION_OFFSET and len(value) == words.seconds.size:
            offset_ns = words.seconds.unpack(value)[0] * SECOND
        at += 4 + -(-size // 4) * 4
    return Interface(link_type, longest, ticks_a_second, offset_ns)


def _packet(words: Words, kind: int, body: bytes, interfaces: Sequence[Interface]) -> Packet | None:
    if kind == SIMPLE_PACKET:
        return _simple_packet(words, body, interfaces)
    layout = words.enhanced if kind == ENHANCED_PACKET else words.old
    start = layout.size
    if len(body) < start:
        return None
    number, high, low, captured, original = layout.unpack_from(body)
    end = start + captured
    if number >= len(interfaces) or end > len(body):
        return None
    interface = interfaces[number]
    at_ns = (high << 32 | low) * SECOND // interface.ticks_a_second + interface.offset_ns
    return at_ns, interface.link_type, body[start:end], original


def _simple_packet(words: Words, body: bytes, interfaces: Sequence[Interface]) -> Packet | None:
    """Read a block that says neither time nor interface: it belongs to the section's first."""
    if len(body) < words.word.size or not interfaces:
        return None
    (original,) = words.word.unpack_from(body)
    end = words.word.size + min(original, interfaces[0].longest or original)
    if end > len(body):
        return None
    return NO_TIME, interfaces[0].link_type, body[words.word.size : end], original
