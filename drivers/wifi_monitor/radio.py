"""This is where it is said what a radio adds to a frame, whichever header it wrote it in."""

from typing import Final

Radio = tuple[int, int, int | None, int | None]
"""(start of the 802.11 frame, flags, frequency in MHz, signal in dBm).

Frequency and signal are None where the radio did not say; a frequency of 0 is not saying.
"""

HAS_FCS: Final = 0x10
"""Flag: the frame ends with its frame check sequence; radiotap's bit for it."""
BAD_FCS: Final = 0x40
"""Flag: the radio found the frame check sequence wrong."""

LAST_LOW_CHANNEL = 13
JAPANESE_CHANNEL = 14
FIRST_HIGH_CHANNEL = 32
LAST_HIGH_CHANNEL = 177


def channel_mhz(channel: int) -> int | None:
    """Give the centre of a 2.4 or 5 GHz channel (IEEE 802.11-2020, 17.3.8.4.3 and Annex E)."""
    if 1 <= channel <= LAST_LOW_CHANNEL:
        return 2407 + 5 * channel
    if channel == JAPANESE_CHANNEL:
        return 2484
    if FIRST_HIGH_CHANNEL <= channel <= LAST_HIGH_CHANNEL:
        return 5000 + 5 * channel
    return None
