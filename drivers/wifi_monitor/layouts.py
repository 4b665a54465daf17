"""This is where radiotap layouts become unpackers that read everything of a frame in one go.

A radio writes a handful of layouts. For each one with a signal a `struct` is put together that
reads radiotap's fields and the 802.11 header at their places; a frame then costs a look-up and an
unpacking.
"""

import struct
from collections.abc import Callable
from typing import Final

from drivers.wifi_monitor.radiotap import (
    PREFIX_SIZE,
    TLV_MODE,
    VENDOR_SPACE,
    WORD,
    WORDS_AT,
    Layout,
    lay_out,
    present_words,
)

MAC: Final = "H2x6s6s6xH"
"""Frame control, receiver, source, sequence control of a management frame."""

DECIDED_BY_CONTENT = 1 << TLV_MODE | 1 << VENDOR_SPACE
"""With one of these bits, two headers of the same present words can have different layouts."""
MOST_LAYOUTS = 256
"""A stream of made-up headers must not fill the memory."""

Opened = tuple[int, int, int | None, int | None, int, bytes, bytes, int]
"""(start, flags, frequency, signal in dBm, frame control, receiver, source, sequence control).

A plain tuple, as `struct` gives it. A layout without flags or frequency gives an empty text for
them, which is as little true as the 0 and the None that other readers give.
"""

Unpacker = Callable[[bytes], Opened]
"""Opens a frame of one layout. Raises: struct.error when the frame is too short."""


class Layouts:
    """The radiotap layouts that one source has met."""

    def __init__(self) -> None:
        self.known: dict[bytes, Unpacker] = {}
        """By version, length and present words; the first eight bytes, where there is one word."""
        self._key_sizes: dict[bytes, int] = {}

    def find(self, frame: bytes) -> Unpacker | None:
        """Give the unpacker of a header with several present words, or of one not met before.

        None where there cannot be one: the header is broken, gives no signal, gives it before the
        channel in a chain of words, or has a vendor's fields, whose length stands among them.
        """
        prefix = frame[:PREFIX_SIZE]
        known = self.known.get(frame[: self._key_sizes.get(prefix, 0)])
        if known is not None:
            return known
        words = present_words(frame)
        if isinstance(words, str) or any(word & DECIDED_BY_CONTENT for word in words):
            return None
        unpack = _unpacker(lay_out(frame, words))
        if unpack is not None:
            if len(self.known) >= MOST_LAYOUTS:
                self.known.clear()
                self._key_sizes.clear()
            key = frame[: WORDS_AT + WORD.size * len(words)]
            self.known[key] = unpack
            self._key_sizes[prefix] = len(key)
        return unpack


def _unpacker(layout: Layout) -> Unpacker | None:
    there = [place for place in layout[1:] if place]
    if not layout.signal_at or there != sorted(there):
        return None
    form, at = "<2xH", WORDS_AT
    for place, code, size in (
        (layout.flags_at, "B", 1),
        (layout.channel_at, "H", 2),
        (layout.signal_at, "b", 1),
    ):
        form += f"{place - at}x{code}" if place else "0s"
        at = place + size if place else at
    return struct.Struct(f"{form}{layout.length - at}x{MAC}").unpack_from
