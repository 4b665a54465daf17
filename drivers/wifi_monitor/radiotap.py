"""This is where radiotap headers are read (https://www.radiotap.org).

A header starts with words that say which fields follow. Fields are aligned from the start of the
header. A radio with several antennas repeats fields: the first is the best or the sum of the
others, and a mean of decibels is no power, so the first counts.
"""

from collections.abc import Iterator
from struct import Struct
from types import MappingProxyType
from typing import Final, NamedTuple

from drivers.wifi_monitor.radio import Radio
from drivers.wifi_monitor.refusals import HEADER_CUT, HEADER_MALFORMED, Refusal

VERSION = 0
LENGTH_AT, WORDS_AT, PREFIX_SIZE = 2, 4, 8
"""Version, pad, length and first present word make the prefix."""
LENGTH = Struct("<H")
WORD = Struct("<I")
TLV = Struct("<HH")

FLAGS, CHANNEL, SIGNAL = 1, 3, 5
TLV_MODE, RADIOTAP_SPACE, VENDOR_SPACE, MORE = 28, 29, 30, 31
WORD_BITS = 32
VENDOR = (2, 6)
"""Alignment and size of OUI, sub-namespace and the length of what the vendor wrote."""
UNPLACEABLE = (1, 1 << 16)
"""Of a field nobody has defined: it fits into no header."""

FIELDS: Final = MappingProxyType(
    {
        0: (8, 8),  # TSFT
        1: (1, 1),  # flags
        2: (1, 1),  # rate
        3: (2, 4),  # channel
        4: (2, 2),  # FHSS
        5: (1, 1),  # dBm antenna signal
        6: (1, 1),  # dBm antenna noise
        7: (2, 2),  # lock quality
        8: (2, 2),  # transmit attenuation
        9: (2, 2),  # dB transmit attenuation
        10: (1, 1),  # dBm transmit power
        11: (1, 1),  # antenna
        12: (1, 1),  # dB antenna signal
        13: (1, 1),  # dB antenna noise
        14: (2, 2),  # receive flags
        15: (2, 2),  # transmit flags
        16: (1, 1),  # RTS retries
        17: (1, 1),  # data retries
        18: (4, 8),  # extended channel
        19: (1, 3),  # MCS
        20: (4, 8),  # A-MPDU status
        21: (2, 12),  # VHT
        22: (8, 12),  # timestamp
        23: (2, 12),  # HE
        24: (2, 12),  # HE-MU
        25: (2, 6),  # HE-MU of another user
        26: (1, 1),  # no PSDU
        27: (2, 4),  # L-SIG
        TLV_MODE: (4, 0),  # from here on, each field says its own type and length
    }
)
"""Alignment and size of each field by its bit."""

SIZES: Final = MappingProxyType({bit: size for bit, (_, size) in FIELDS.items()})


class Layout(NamedTuple):
    """Where a header's fields stand, counted from its start; 0 where a field is not there."""

    length: int
    flags_at: int
    channel_at: int
    signal_at: int


def read_radiotap(frame: bytes) -> Radio | Refusal:
    """Read a header by walking through all its fields."""
    words = present_words(frame)
    if isinstance(words, str):
        return words
    start, flags_at, channel_at, signal_at = lay_out(frame, words)
    return (
        start,
        frame[flags_at] if flags_at else 0,
        LENGTH.unpack_from(frame, channel_at)[0] or None if channel_at else None,
        (frame[signal_at] ^ 0x80) - 0x80 if signal_at else None,
    )


def present_words(frame: bytes) -> tuple[int, ...] | Refusal:
    """Give the words of a header that say which fields follow."""
    if len(frame) < PREFIX_SIZE:
        return HEADER_CUT
    (length,) = LENGTH.unpack_from(frame, LENGTH_AT)
    if frame[0] != VERSION or length < PREFIX_SIZE:
        return HEADER_MALFORMED
    if length > len(frame):
        return HEADER_CUT
    words: list[int] = []
    for at in range(WORDS_AT, length - WORD.size + 1, WORD.size):
        (word,) = WORD.unpack_from(frame, at)
        words.append(word)
        if not word >> MORE:
            return tuple(words)
    return HEADER_MALFORMED


def fields(frame: bytes, words: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Give (bit, place) of each field of the radiotap namespace, in order.

    A vendor's field is given with the bit VENDOR_SPACE, and what the vendor wrote is skipped.
    A field of unknown size ends the reading, because nothing behind it can be placed; so does a
    field that does not fit into the header.
    """
    (length,) = LENGTH.unpack_from(frame, LENGTH_AT)
    at = WORDS_AT + WORD.size * len(words)
    for bit, alignment, size in _plan(words):
        at = -(-at // alignment) * alignment
        if at + size > length:
            return
        if bit == TLV_MODE:
            yield from _tagged(frame, at, length)
            return
        yield bit, at
        at += size
        if bit == VENDOR_SPACE:
            at += LENGTH.unpack_from(frame, at - LENGTH.size)[0]


def _plan(words: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
    """Give (bit, alignment, size) of what the words announce; vendors' own bits are left out.

    A word that does not name the next one's namespace goes on counting bits, from 32, 64, ...
    """
    is_vendor, first_bit = False, 0
    for word in words:
        if not is_vendor:
            for bit in range(RADIOTAP_SPACE):
                if word >> bit & 1:
                    yield bit, *FIELDS.get(first_bit + bit, UNPLACEABLE)
        first_bit += WORD_BITS
        if word >> VENDOR_SPACE & 1:
            yield VENDOR_SPACE, *VENDOR
            is_vendor, first_bit = True, 0
        elif word >> RADIOTAP_SPACE & 1:
            is_vendor, first_bit = False, 0


def _tagged(frame: bytes, at: int, length: int) -> Iterator[tuple[int, int]]:
    """Give (type, place) of the fields that carry their own type and length."""
    while at + TLV.size <= length:
        kind, size = TLV.unpack_from(frame, at)
        if at + TLV.size + size > length or size < SIZES.get(kind, 0):
            return
        yield kind, at + TLV.size
        at += TLV.size + -(-size // TLV.size) * TLV.size


def lay_out(frame: bytes, words: tuple[int, ...]) -> Layout:
    """Give the places of the first flags, channel and signal."""
    first: dict[int, int] = {}
    for bit, place in fields(frame, words):
        first.setdefault(bit, place)
    return Layout(
        length=LENGTH.unpack_from(frame, LENGTH_AT)[0],
        flags_at=first.get(FLAGS, 0),
        channel_at=first.get(CHANNEL, 0),
        signal_at=first.get(SIGNAL, 0),
    )
