"""This is where the elements of probe requests are put together (IEEE 802.11, 9.4.2)."""

import struct
from typing import Final

SSID: Final = 0
RATES: Final = 1
DS_CHANNEL: Final = 3
HT: Final = 45
MORE_RATES: Final = 50
CAPABILITIES: Final = 127
VENDOR: Final = 221
EXTENDED: Final = 255
HE_CAPABILITIES: Final = 35
"""Extension id of HE capabilities below element 255."""

SLOW_RATES: Final = bytes.fromhex("02040b16")
MIXED_RATES: Final = bytes.fromhex("82848b960c121824")
FOUR_MORE: Final = bytes.fromhex("3048606c")
EIGHT_MORE: Final = bytes.fromhex("0c1218243048606c")


def element(number: int, body: bytes) -> bytes:
    """Put one element together."""
    return bytes((number, len(body))) + body


def rates(basic: bytes, more: bytes) -> bytes:
    """Give supported and extended supported rates."""
    return element(RATES, basic) + element(MORE_RATES, more)


def ht(capabilities: int, *, ampdu: int, streams: int) -> bytes:
    """Give HT capabilities (9.4.2.55): info, A-MPDU parameters, one byte of MCS for each stream."""
    mcs = (b"\xff" * streams).ljust(16, b"\0")
    return element(HT, struct.pack("<HB16sHIB", capabilities, ampdu, mcs, 0, 0, 0))


def he(mac: str, phy: str, *, streams: int) -> bytes:
    """Give HE capabilities (9.4.2.248) up to 80 MHz: 6 bytes of MAC and 11 of PHY capabilities."""
    unused = (1 << 16) - (1 << 2 * streams)
    mcs = struct.pack("<HH", *2 * (unused | (0xAAAA & ~unused),))
    body = bytes.fromhex(mac) + bytes.fromhex(phy) + mcs
    return element(EXTENDED, bytes((HE_CAPABILITIES,)) + body)


def vendor(oui_and_type: str, payload: str = "") -> bytes:
    """Give a vendor's element: three bytes of OUI, one of type, and the payload, in hex."""
    return element(VENDOR, bytes.fromhex(oui_and_type + payload))


def capabilities(bits: str) -> bytes:
    """Give extended capabilities (9.4.2.26), in hex."""
    return element(CAPABILITIES, bytes.fromhex(bits))
