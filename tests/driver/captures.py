"""This is where tests write capture files byte by byte, and read them."""

import struct
from pathlib import Path

from edge.driver.capture import Capture
from edge.driver.capture_stream import Packet

SECONDS, NANOSECONDS = 1_700_000_000, 123_456_789
AT_NS = SECONDS * 1_000_000_000 + NANOSECONDS
AT_US = AT_NS - 789
DATA = bytes(range(37))
LINK_TYPE = 127


def pcap(
    *frames: bytes, order: str = "<", magic: int = 0xA1B2C3D4, link_type: int = LINK_TYPE
) -> bytes:
    """Write a pcap file of frames that all came at the same moment."""
    fraction = NANOSECONDS if magic == 0xA1B23C4D else NANOSECONDS // 1000
    extra = bytes(8) if magic == 0xA1B2CD34 else b""
    whole = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)
    for frame in frames:
        whole += struct.pack(f"{order}IIII", SECONDS, fraction, len(frame), len(frame) + 3)
        whole += extra + frame
    return whole


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """Write a pcapng block."""
    body += bytes(-len(body) % 4)
    size = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    """Write a section header block."""
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(
    link_type: int = LINK_TYPE, *, order: str = "<", longest: int = 0, options: bytes = b""
) -> bytes:
    """Write an interface description block."""
    return block(1, struct.pack(f"{order}HHI", link_type, 0, longest) + options, order)


def enhanced(ticks: int, data: bytes, *, number: int = 0, order: str = "<") -> bytes:
    """Write an enhanced packet block."""
    head = struct.pack(
        f"{order}IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data) + 3
    )
    return block(6, head + data, order)


def read(tmp_path: Path, whole: bytes) -> tuple[list[Packet], str | None]:
    """Write a file of these bytes and read it as a capture."""
    path = tmp_path / "capture"
    path.write_bytes(whole)
    capture = Capture(path)
    return list(capture), capture.damage
