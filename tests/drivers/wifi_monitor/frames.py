"""This is where tests build captured frames byte by byte."""

import struct
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

BARE, PRISM, RADIOTAP, AVS, PPI = 105, 119, 127, 163, 192

ADDRESS = bytes.fromhex("02005e112233")
BROADCAST = b"\xff" * 6
AT_NS = 1_700_000_000_000_000_000

ELEMENTS = (
    b"\x00\x03abc"  # SSID
    b"\x01\x04\x02\x04\x0b\x16"  # rates
    b"\x03\x01\x06"  # DS parameter set: channel 6
    b"\xff\x02\x23\x00"  # extension 35
    b"\xdd\x05\x00\x50\xf2\x08\x00"  # vendor 00:50:F2 type 8
)
IDS = (0, 1, 3, 256 + 35, 221)


def probe(
    body: bytes = ELEMENTS,
    *,
    address: bytes = ADDRESS,
    receiver: bytes = BROADCAST,
    sequence: int = 291,
    fragment: int = 0,
    control: int = 0x0040,
) -> bytes:
    """Build a probe request without its frame check sequence."""
    return (
        struct.pack("<HH", control, 0)
        + receiver
        + address
        + receiver
        + struct.pack("<H", sequence << 4 | fragment)
        + body
    )


def with_fcs(frame: bytes) -> bytes:
    """Put the right frame check sequence behind a frame."""
    return frame + struct.pack("<I", crc32(frame))


def radiotap(fields: bytes, *words: int, length: int | None = None) -> bytes:
    """Build a radiotap header; `fields` stand behind the present words, padded by the caller."""
    size = 4 + 4 * len(words) + len(fields) if length is None else length
    return struct.pack(f"<BBH{len(words)}I", 0, 0, size, *words) + fields


def usual(*, flags: int = 0, signal_dbm: int = -50, frequency_mhz: int = 2437) -> bytes:
    """Build the radiotap header of a common radio: flags, channel, signal."""
    return radiotap(struct.pack("<BxHHb", flags, frequency_mhz, 0xA0, signal_dbm), 0b101010)


def pcap(path: Path, frames: Sequence[tuple[int, bytes]], *, link_type: int = RADIOTAP) -> Path:
    """Write (moment in ns, frame) pairs as a nanosecond pcap file."""
    whole = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, link_type)
    for at_ns, frame in frames:
        seconds, rest = divmod(at_ns, 1_000_000_000)
        whole += struct.pack("<IIII", seconds, rest, len(frame), len(frame)) + frame
    path.write_bytes(whole)
    return path
