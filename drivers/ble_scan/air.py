"""This is where advertisements are read from link-layer captures, as sniffers write them.

Link types 251 and 256 of https://www.tcpdump.org/linktypes.html; packets as in Core 5.4, Vol 6,
Part B, 2.1 and 2.3. Extended advertisements are pointers to other channels and are counted only.
"""

from struct import Struct
from typing import Final

from drivers.ble_scan.report import BROKEN_REPORT, Decoded, Report

ADVERTISING_ACCESS: Final = 0x8E89BED6
PACKET_HEAD: Final = Struct("<IBB")
"""Access address, header, length."""
ADDRESS_SIZE: Final = 6

KIND_MASK: Final = 0x0F
IS_RANDOM: Final = 0x40
"""TxAdd."""
WITH_DATA: Final = (0, 2, 4, 6)
"""ADV_IND, ADV_NONCONN_IND, SCAN_RSP, ADV_SCAN_IND."""
EXTENDED: Final = 7

RADIO_HEAD: Final = Struct("<xbxx4xH")
"""Signal power and flags of the pseudo-header of link type 256."""
IS_DEWHITENED, HAS_SIGNAL, WAS_CHECKED, IS_SOUND = 0x0001, 0x0002, 0x0400, 0x0800

WHITENED: Final = "still whitened"
BAD_CHECKSUM: Final = "bad checksum"
EXTENDED_UNREAD: Final = "extended advert"


def air_reports(packet: bytes) -> Decoded:
    """Decode a packet with the radio's pseudo-header in front (link type 256)."""
    if len(packet) < RADIO_HEAD.size:
        return [BROKEN_REPORT]
    signal, flags = RADIO_HEAD.unpack_from(packet)
    if not flags & IS_DEWHITENED:
        return [WHITENED]
    if flags & WAS_CHECKED and not flags & IS_SOUND:
        return [BAD_CHECKSUM]
    return bare_reports(
        packet[RADIO_HEAD.size :], signal_dbm=signal if flags & HAS_SIGNAL else None
    )


def bare_reports(packet: bytes, *, signal_dbm: int | None = None) -> Decoded:
    """Decode a packet that starts with its access address (link type 251)."""
    if len(packet) < PACKET_HEAD.size:
        return [BROKEN_REPORT]
    access, header, length = PACKET_HEAD.unpack_from(packet)
    kind = header & KIND_MASK
    if access != ADVERTISING_ACCESS:
        return []
    if kind == EXTENDED:
        return [EXTENDED_UNREAD]
    if kind not in WITH_DATA:
        return []
    start, end = PACKET_HEAD.size + ADDRESS_SIZE, PACKET_HEAD.size + length
    if not start <= end <= len(packet):
        return [BROKEN_REPORT]
    return [
        Report(
            address=packet[PACKET_HEAD.size : start][::-1],
            is_random=bool(header & IS_RANDOM),
            payload=packet[start:end],
            signal_dbm=signal_dbm,
        )
    ]
