"""This is where beacon formats are told apart: iBeacon and Eddystone.

Apple, "Proximity Beacon Specification" R1; Google, "Eddystone Protocol Specification".
"""

from collections.abc import Callable, Mapping
from struct import Struct
from types import MappingProxyType
from typing import Final

import msgspec

from drivers.ble_scan.advertisement import BASE_UUID, Advertisement

APPLE: Final = 0x004C
IBEACON_TYPE: Final = b"\x02\x15"
IBEACON: Final = Struct(">2x16sHHb")

EDDYSTONE: Final = BASE_UUID.format(0xFEAA)
UID_FRAME: Final = Struct(">xb10s6s")
TLM_FRAME: Final = Struct(">xxHhII")
URL_FRAME_HEAD: Final = 3
EID_FRAME: Final = Struct(">xb8s")

NO_TEMPERATURE: Final = -0x8000
TEMPERATURE_SCALE: Final = 256
"""Temperatures are signed 8.8 fixed point."""

SCHEMES: Final = ("http://www.", "https://www.", "http://", "https://")
ENDINGS: Final = (".com", ".org", ".edu", ".net", ".info", ".biz", ".gov")
"""A byte below 7 stands for one of these and a slash, from 7 to 13 for one without the slash."""
PRINTABLE: Final = range(0x21, 0x7F)


class IBeacon(msgspec.Struct, frozen=True, kw_only=True):
    """Apple's beacon."""

    uuid: bytes
    """16 bytes."""
    major: int
    minor: int
    power_dbm: int
    """Received power at 1 m."""


class EddystoneUid(msgspec.Struct, frozen=True, kw_only=True):
    """A beacon with a fixed identifier."""

    namespace: bytes
    """10 bytes."""
    instance: bytes
    """6 bytes."""
    power_dbm: int
    """Received power at 0 m."""


class EddystoneEid(msgspec.Struct, frozen=True, kw_only=True):
    """A beacon with a rotating identifier: what a member's app sends."""

    ephemeral_id: bytes
    """8 bytes."""
    power_dbm: int
    """Received power at 0 m."""


class EddystoneTlm(msgspec.Struct, frozen=True, kw_only=True):
    """How a beacon is."""

    battery_mv: int
    """0 where the beacon has no battery."""
    temperature_c: float | None
    adverts: int
    """Since power on."""
    uptime_s: float


class EddystoneUrl(msgspec.Struct, frozen=True, kw_only=True):
    """A beacon with a web address."""

    url: str
    power_dbm: int
    """Received power at 0 m."""


Beacon = IBeacon | EddystoneUid | EddystoneEid | EddystoneTlm | EddystoneUrl


def read_beacon(advertisement: Advertisement) -> Beacon | None:
    """Give the beacon that an advertisement is, None where it is none that is known."""
    for company, value in advertisement.manufacturer_data:
        if company == APPLE and value.startswith(IBEACON_TYPE) and len(value) >= IBEACON.size:
            uuid, major, minor, power = IBEACON.unpack_from(value)
            return IBeacon(uuid=uuid, major=major, minor=minor, power_dbm=power)
    for service, value in advertisement.service_data:
        if service == EDDYSTONE and value and (read := EDDYSTONE_FRAMES.get(value[0])):
            return read(value)
    return None


def _uid(value: bytes) -> EddystoneUid | None:
    if len(value) < UID_FRAME.size:
        return None
    power, namespace, instance = UID_FRAME.unpack_from(value)
    return EddystoneUid(namespace=namespace, instance=instance, power_dbm=power)


def _eid(value: bytes) -> EddystoneEid | None:
    if len(value) < EID_FRAME.size:
        return None
    power, ephemeral_id = EID_FRAME.unpack_from(value)
    return EddystoneEid(ephemeral_id=ephemeral_id, power_dbm=power)


def _tlm(value: bytes) -> EddystoneTlm | None:
    """Read version 0; version 1 is encrypted."""
    if len(value) < TLM_FRAME.size or value[1] != 0:
        return None
    battery, temperature, adverts, tenths = TLM_FRAME.unpack_from(value)
    return EddystoneTlm(
        battery_mv=battery,
        temperature_c=None if temperature == NO_TEMPERATURE else temperature / TEMPERATURE_SCALE,
        adverts=adverts,
        uptime_s=tenths / 10,
    )


def _url(value: bytes) -> EddystoneUrl | None:
    if len(value) < URL_FRAME_HEAD or value[2] >= len(SCHEMES):
        return None
    parts = [SCHEMES[value[2]]]
    for byte in value[URL_FRAME_HEAD:]:
        if byte < 2 * len(ENDINGS):
            parts.append(ENDINGS[byte % len(ENDINGS)] + ("/" if byte < len(ENDINGS) else ""))
        elif byte in PRINTABLE:
            parts.append(chr(byte))
        else:
            return None
    return EddystoneUrl(url="".join(parts), power_dbm=(value[1] ^ 0x80) - 0x80)


EDDYSTONE_FRAMES: Final[Mapping[int, Callable[[bytes], Beacon | None]]] = MappingProxyType(
    {0x00: _uid, 0x10: _url, 0x20: _tlm, 0x30: _eid}
)
