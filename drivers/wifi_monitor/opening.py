"""This is where a captured frame is opened: both headers are read, and what is no probe refused."""

import struct

from drivers.wifi_monitor import refusals
from drivers.wifi_monitor.fcs import FcsRule
from drivers.wifi_monitor.headers import RADIOTAP, READERS
from drivers.wifi_monitor.layouts import MAC, Layouts, Opened
from drivers.wifi_monitor.radiotap import PREFIX_SIZE
from drivers.wifi_monitor.refusals import Refusal

HEADER = struct.Struct(f"<{MAC}")
FIRST_BYTE = b"\x40"
KIND, PROBE_REQUEST = 0x00FF, 0x0040
"""Bits of frame control: version 0, type management, subtype 4."""
MORE_FRAGMENTS, PROTECTED = 0x0400, 0x4000
PLAIN = KIND | MORE_FRAGMENTS | PROTECTED
"""What must read as a probe request's, for the body to be a list of elements."""
NEVER_PLAIN = -1
FRAGMENT = 0x0F
"""Bits of sequence control."""


class Opener:
    """Opens the probe requests of one source; remembers the radiotap layouts it has met."""

    def __init__(self, rule: FcsRule) -> None:
        self._rule = rule
        self._layouts = Layouts()
        self._known = self._layouts.known
        # Where every sequence is checked, no frame passes by its looks alone.
        self._plain = NEVER_PLAIN if rule.checks else PROBE_REQUEST
        self._refused = rule.refused

    def open(self, link_type: int, frame: bytes) -> Opened | Refusal:
        """Read both headers of a frame."""
        unpack = self._known.get(frame[:PREFIX_SIZE]) if link_type == RADIOTAP else None
        if unpack is None:
            return self._find(link_type, frame)
        try:
            opened = unpack(frame)
        except struct.error:
            return self._find(link_type, frame)
        flags = opened[1]
        if (
            opened[4] & PLAIN != self._plain
            or opened[7] & FRAGMENT
            or (flags and flags & self._refused)
        ):
            return self._fault(frame, opened) or opened
        return opened

    def _find(self, link_type: int, frame: bytes) -> Opened | Refusal:
        """Open a frame without a known layout, or one that is too short for it."""
        unpack = self._layouts.find(frame) if link_type == RADIOTAP else None
        if unpack is not None:
            try:
                opened = unpack(frame)
            except struct.error:
                return read(link_type, frame)
        else:
            found = read(link_type, frame)
            if isinstance(found, str):
                return found
            opened = found
        return self._fault(frame, opened) or opened

    def _fault(self, frame: bytes, opened: Opened) -> Refusal | None:
        start, flags, _, _, control, _, _, sequence = opened
        if control & KIND != PROBE_REQUEST:
            return refusals.NOT_A_PROBE
        if self._rule.refuses(frame, start=start, flags=flags):
            return refusals.BAD_CHECK
        if control & PROTECTED:
            return refusals.PROTECTED
        return refusals.FRAGMENT if control & MORE_FRAGMENTS or sequence & FRAGMENT else None


def read(link_type: int, frame: bytes) -> Opened | Refusal:
    """Read both headers step by step, whatever the frame's type."""
    reader = READERS.get(link_type)
    if reader is None:
        return refusals.UNKNOWN_LINK_TYPE
    radio = reader(frame)
    if isinstance(radio, str):
        return radio
    start = radio[0]
    if len(frame) < start + HEADER.size:
        first = frame[start : start + 1]
        return refusals.FRAME_CUT if first in (b"", FIRST_BYTE) else refusals.NOT_A_PROBE
    return *radio, *HEADER.unpack_from(frame, start)
