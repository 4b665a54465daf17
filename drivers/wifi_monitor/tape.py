"""This is where what a radio hears is recorded, made unlinkable to anybody on the way."""

import gzip
import logging
from pathlib import Path
from struct import Struct
from typing import Final

from drivers.wifi_monitor.anonymous import Anonymiser
from drivers.wifi_monitor.decode import Decoder
from drivers.wifi_monitor.fcs import BadFcs, FcsMode
from drivers.wifi_monitor.headers import RADIOTAP
from edge.model.names import SECOND, Instant

HEAD: Final = Struct("<IHHiIII")
"""pcap's file header: magic, version, two fields nobody uses, longest packet, link type."""
NANOSECONDS: Final = 0xA1B23C4D
LONGEST: Final = 65_535
RECORD: Final = Struct("<IIII")
WHOLE_BYTES: Final = 1 << 16
WHOLE_NS: Final = 10 * SECOND
"""What a power cut takes from the file at most: 64 KB or ten seconds, whichever comes first."""

log = logging.getLogger(__name__)


class ProbeTape:
    """A gzipped pcap file of link type 127; belongs to the event loop's thread.

    What is no whole probe request is left out and counted, because it cannot be made unlinkable.
    """

    def __init__(self, path: Path, *, key: bytes, fcs: FcsMode, link_type: int) -> None:
        self.left_out = 0
        """Frames that were not written."""
        self._decoder = Decoder(fcs=fcs, bad_fcs=BadFcs.FLAGGED)
        self._anonymiser = Anonymiser(key)
        self._link_type = link_type
        self._file = gzip.GzipFile(path, mode="wb", mtime=0)
        self._waiting = bytearray(HEAD.pack(NANOSECONDS, 2, 4, 0, 0, LONGEST, RADIOTAP))
        self._written_at = 0
        self._flush()  # without its head it would be no capture, were this all

    def write(self, at: Instant, raw: bytes) -> None:
        """Record one frame as the radio gave it.

        Raises: OSError when the disk does not take it.
        """
        parts = self._decoder.part(self._link_type, raw)
        frame = None if isinstance(parts, str) else self._anonymiser.rewrite(parts)
        if frame is None:
            self.left_out += 1
            return
        seconds, rest = divmod(at, SECOND)
        self._waiting += RECORD.pack(seconds, rest, len(frame), len(frame)) + frame
        if len(self._waiting) >= WHOLE_BYTES or at - self._written_at >= WHOLE_NS:
            self._flush()
            self._written_at = at

    def close(self) -> None:
        """Finish the file.

        Raises: OSError when the disk does not take it.
        """
        self._flush()
        self._file.close()
        if self.left_out:
            log.info("%d frames were left out of the recording", self.left_out)

    def _flush(self) -> None:
        self._file.write(self._waiting)
        self._file.flush()
        self._waiting.clear()
