"""This is where a probe request is written anew so that nobody can be found in it."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from struct import Struct, pack
from typing import Final
from zlib import crc32

from drivers.wifi_monitor.decode import Parts
from drivers.wifi_monitor.radio import HAS_FCS
from drivers.wifi_monitor.radiotap import CHANNEL, FLAGS, SIGNAL, VERSION
from drivers.wifi_monitor.scrub import names_in, scrub

ADDRESS_SIZE: Final = 6
ADDRESSES_AT: Final = (4, 10, 16)
"""Places of receiver, source and network in the header of a management frame (9.3.3.1)."""
EVERYBODY: Final = b"\xff" * ADDRESS_SIZE
KEPT_BITS: Final = 0x03
"""Of an address's first byte: whether it names a group, and whether it is made up."""
SHORTEST_NAME: Final = 4
"""Bytes; a shorter name occurs by chance, and is blanked in the elements that are names anyway."""

RADIO_HEAD: Final = Struct("<BxHIB")
"""Version, length, present word and flags."""
CHANNEL_FIELD: Final = Struct("<xHH")
"""Alignment, frequency in MHz, and which band it is in."""
BAND_2GHZ, BAND_5GHZ, FIRST_HIGH_MHZ = 0x0080, 0x0100, 3000
MOST_MHZ: Final = 0xFFFF


class Anonymiser:
    """Replaces addresses consistently under a throw-away key, and blanks names."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def rewrite(self, parts: Parts) -> bytes | None:
        """Give a radiotap frame of the same meaning; None where something would shine through.

        The radio's header is made anew from frequency and signal, and the frame check
        sequence is the right one for the new bytes.
        """
        header = bytearray(parts.header)
        replacements: dict[bytes, bytes] = {}
        for at in ADDRESSES_AT:
            address = bytes(header[at : at + ADDRESS_SIZE])
            stand_in = self.stand_in(address)
            header[at : at + ADDRESS_SIZE] = stand_in
            replacements |= {address: stand_in, address[::-1]: stand_in[::-1]}
        for name in names_in(parts.body):
            if len(name) >= SHORTEST_NAME:
                replacements[name] = bytes(len(name))
        secrets = dict(_telling(replacements))
        frame = bytes(header) + scrub(parts.body, secrets)
        written = _radiotap(parts) + frame + pack("<I", crc32(frame))
        return None if _shows(written, secrets) else written

    def stand_in(self, address: bytes) -> bytes:
        """Give the address that stands for another one in all that is written under this key."""
        if address == EVERYBODY:
            return address
        made_up = blake2b(address, key=self._key, digest_size=ADDRESS_SIZE).digest()
        first = made_up[0] & ~KEPT_BITS | address[0] & KEPT_BITS
        return bytes([first]) + made_up[1:]


def _telling(replacements: dict[bytes, bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Leave out what is one byte over and over: it is nobody's, and occurs in what is blanked."""
    return (pair for pair in replacements.items() if len(set(pair[0])) > 1)


def _shows(written: bytes, secrets: Iterable[bytes]) -> bool:
    """Whether a secret is in what was written, be it by chance or across two elements."""
    return any(secret in written for secret in secrets)


def _radiotap(parts: Parts) -> bytes:
    """Write a radiotap header with what is known of the reception."""
    present, fields = 1 << FLAGS, b""
    frequency, signal = parts.frequency_mhz, parts.signal_dbm
    if frequency is not None and frequency <= MOST_MHZ:
        present |= 1 << CHANNEL
        band = BAND_2GHZ if frequency < FIRST_HIGH_MHZ else BAND_5GHZ
        fields += CHANNEL_FIELD.pack(frequency, band)
    if signal is not None:
        present |= 1 << SIGNAL
        fields += pack("<b", signal)
    return RADIO_HEAD.pack(VERSION, RADIO_HEAD.size + len(fields), present, HAS_FCS) + fields
