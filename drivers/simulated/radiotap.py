"""This is where a frame gets the radiotap header that a radio's driver would put before it."""

import struct
from typing import Final

HAS_FCS: Final = 0x10
BAD_FCS: Final = 0x40
TUNED_MHZ: Final = (2412, 2462)
"""Centre frequencies of channels 1 and 11."""
CCK_2GHZ: Final = 0x00A0
ONE_MBIT: Final = 2
"""Rate of a probe request, in units of 500 kbit/s."""
NOISE_DBM: Final = -95

_SHORT: Final = struct.Struct("<BBHIQBBHHbbB")
_SHORT_PRESENT: Final = 0x0000086F
"""TSFT, flags, rate, channel, signal, noise, antenna."""
_CHAINED: Final = struct.Struct("<BBHIII QBBHHbxHbB")
_CHAINED_PRESENT: Final = (0xA000402F, 0xA0000820, 0x00000820)
"""As above with receive flags, chained to signal and antenna of two antennas."""
_CHAINED_ANTENNAS: Final = struct.Struct("<bB")


def radiotap(radio: int, *, at_us: int, signal_dbm: int, flags: int) -> bytes:
    """Give a header: the first radio's driver writes one present word, the second three.

    `signal_dbm` is -128 to 0; `flags` holds HAS_FCS and BAD_FCS where they apply.
    """
    mhz = TUNED_MHZ[radio]
    if radio == 0:
        length = _SHORT.size
        return _SHORT.pack(
            0,
            0,
            length,
            _SHORT_PRESENT,
            at_us,
            flags,
            ONE_MBIT,
            mhz,
            CCK_2GHZ,
            signal_dbm,
            NOISE_DBM,
            0,
        )
    length = _CHAINED.size + _CHAINED_ANTENNAS.size
    return _CHAINED.pack(
        0,
        0,
        length,
        *_CHAINED_PRESENT,
        at_us,
        flags,
        ONE_MBIT,
        mhz,
        CCK_2GHZ,
        signal_dbm,
        0,
        signal_dbm,
        0,
    ) + _CHAINED_ANTENNAS.pack(signal_dbm - 4, 1)
