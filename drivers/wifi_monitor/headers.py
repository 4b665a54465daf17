"""This is where each link type's radio header is read: Prism, AVS, PPI, none; radiotap elsewhere.

Layouts: linux-wlan-ng's p80211msg (Prism), the AVS capture frame format 2.1.1, and the CACE
Per-Packet Information header 1.0.10.
"""

from collections.abc import Callable, Mapping
from struct import Struct
from types import MappingProxyType
from typing import Final

from drivers.wifi_monitor.radio import BAD_FCS, HAS_FCS, Radio, channel_mhz
from drivers.wifi_monitor.radiotap import read_radiotap
from drivers.wifi_monitor.refusals import HEADER_CUT, HEADER_MALFORMED, Refusal

AVS_MAGICS: Final = (bytes.fromhex("80211001"), bytes.fromhex("80211002"))
AVS = Struct(">4sI20xI12xIi")
"""Magic, length, channel, kind of signal, signal; numbers are big-endian."""
AVS_IN_DBM = 2
MOST_CHANNELS, MOST_MHZ = 256, 10_000
"""The field grew: below 256 it is a channel, below 10,000 a frequency in MHz, else in kHz."""

PRISM_CODES: Final = (0x41, 0x44)
"""Message codes of the two generations; the byte order is the one in which they make sense."""
PRISM_HEAD_SIZE = 24
PRISM_CHANNEL, PRISM_SIGNAL = 3, 6
WEAKEST_DBM = -127

PPI = Struct("<xBHI")
"""Version (skipped), flags, length, link type."""
PPI_FIELD = Struct("<HH")
PPI_COMMON = 2
PPI_COMMON_BODY = Struct("<8xH2xH4xb")
"""Of the 802.11-common field: flags, frequency, signal."""
PPI_HAS_FCS, PPI_BAD_FCS = 1, 8
PPI_ALIGNED = 1
PPI_NO_SIGNAL = -128

BARE, PRISM, RADIOTAP, AVS_LINK, PPI_LINK = 105, 119, 127, 163, 192
"""Link types (https://www.tcpdump.org/linktypes.html)."""


def read_bare(_frame: bytes) -> Radio | Refusal:
    """Read a frame that starts at once: its radio said nothing."""
    return 0, 0, None, None


def read_avs(frame: bytes) -> Radio | Refusal:
    """Read an AVS header."""
    if len(frame) < AVS.size:
        return HEADER_CUT
    magic, length, channel, signal_kind, signal = AVS.unpack_from(frame)
    if magic not in AVS_MAGICS or length < AVS.size:
        return HEADER_MALFORMED
    if length > len(frame):
        return HEADER_CUT
    is_dbm = signal_kind == AVS_IN_DBM and WEAKEST_DBM <= signal < -WEAKEST_DBM
    return length, 0, _avs_mhz(channel), signal if is_dbm else None


def _avs_mhz(channel: int) -> int | None:
    if channel < MOST_CHANNELS:
        return channel_mhz(channel)
    return channel if channel < MOST_MHZ else channel // 1000


def read_prism(frame: bytes) -> Radio | Refusal:
    """Read a Prism header, or the AVS header that some drivers put in its place."""
    if frame.startswith(AVS_MAGICS):
        return read_avs(frame)
    if len(frame) < PRISM_HEAD_SIZE:
        return HEADER_CUT
    for order in "<>":
        code, length = Struct(f"{order}II").unpack_from(frame)
        if code in PRISM_CODES and length >= PRISM_HEAD_SIZE:
            return _prism_items(frame, length, order) if length <= len(frame) else HEADER_CUT
    return HEADER_MALFORMED


def _prism_items(frame: bytes, length: int, order: str) -> Radio:
    """Read the items of a Prism header; its signal counts only where it can be dBm."""
    item = Struct(f"{order}IHHi")
    signal = frequency = None
    for at in range(PRISM_HEAD_SIZE, length - item.size + 1, item.size):
        name, is_missing, _, value = item.unpack_from(frame, at)
        number = name >> 16 or name >> 12
        if is_missing:
            continue
        if number == PRISM_CHANNEL:
            frequency = channel_mhz(value)
        elif number == PRISM_SIGNAL and WEAKEST_DBM <= value < 0:
            signal = value
    return length, 0, frequency, signal


def read_ppi(frame: bytes) -> Radio | Refusal:
    """Read a PPI header around an 802.11 frame."""
    if len(frame) < PPI.size:
        return HEADER_CUT
    header_flags, length, link_type = PPI.unpack_from(frame)
    if length < PPI.size or link_type != BARE:
        return HEADER_MALFORMED
    if length > len(frame):
        return HEADER_CUT
    at = PPI.size
    while at + PPI_FIELD.size <= length:
        kind, size = PPI_FIELD.unpack_from(frame, at)
        at += PPI_FIELD.size
        if kind == PPI_COMMON and PPI_COMMON_BODY.size <= size <= length - at:
            return _ppi_common(frame, length, at)
        at += -(-size // 4) * 4 if header_flags & PPI_ALIGNED else size
    return length, 0, None, None


def _ppi_common(frame: bytes, length: int, at: int) -> Radio:
    said, frequency, signal = PPI_COMMON_BODY.unpack_from(frame, at)
    flags = (HAS_FCS if said & PPI_HAS_FCS else 0) | (BAD_FCS if said & PPI_BAD_FCS else 0)
    return length, flags, frequency or None, None if signal == PPI_NO_SIGNAL else signal


READERS: Final[Mapping[int, Callable[[bytes], Radio | Refusal]]] = MappingProxyType(
    {
        BARE: read_bare,
        PRISM: read_prism,
        RADIOTAP: read_radiotap,
        AVS_LINK: read_avs,
        PPI_LINK: read_ppi,
    }
)
"""How a frame of each link type is opened."""
