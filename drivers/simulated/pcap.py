"""This is where captures are written as pcap files (draft-ietf-opsawg-pcap)."""

import gzip
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from drivers.simulated.wifi_air import Frame

MICROSECOND_MAGIC: Final = 0xA1B2C3D4
RADIOTAP: Final = 127
"""LINKTYPE_IEEE802_11_RADIOTAP."""
LONGEST: Final = 65_535
MICROSECONDS: Final = 1_000_000
COMPRESSION: Final = 3
"""A day of a million frames spends more time on compression than on frames at the default 9."""
BUFFER: Final = 1 << 20
_RECORD: Final = struct.Struct("<IIII")


def write_pcap(path: Path, frames: Iterable[Frame], *, epoch_us: int) -> int:
    """Write a gzipped capture and give its number of frames; equal frames give equal bytes."""
    head = struct.pack("<IHHiIII", MICROSECOND_MAGIC, 2, 4, 0, 0, LONGEST, RADIOTAP)
    written = 0
    parts = bytearray(head)
    with (
        path.open("wb") as file,
        # A time or name in the gzip header would make two equal days differ.
        gzip.GzipFile(
            filename="", mode="wb", compresslevel=COMPRESSION, fileobj=file, mtime=0
        ) as packed,
    ):
        for frame in frames:
            seconds, micros = divmod(epoch_us + frame.at_us, MICROSECONDS)
            kept = len(frame.packet)
            parts += _RECORD.pack(seconds, micros, kept, kept)
            parts += frame.packet
            written += 1
            if len(parts) > BUFFER:
                packed.write(parts)
                parts.clear()
        packed.write(parts)
    return written
