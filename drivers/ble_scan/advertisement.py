"""This is where advertising data is read (Core Specification Supplement 11, Part A)."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

FLAGS, TX_POWER, MANUFACTURER = 0x01, 0x0A, 0xFF
NAMES: Final = (0x09, 0x08)
"""A whole name goes before a shortened one."""
SERVICES: Final = {0x02: 2, 0x03: 2, 0x04: 4, 0x05: 4, 0x06: 16, 0x07: 16}
"""Bytes of each UUID in a list of services, by structure type."""
SERVICE_DATA: Final = {0x16: 2, 0x20: 4, 0x21: 16}
"""Bytes of the UUID in front of service data, by structure type."""
COMPANY_SIZE: Final = 2

BROKEN: Final = -1
"""Structure type given for a structure that reaches over the end of the data."""

BASE_UUID: Final = "{:08x}-0000-1000-8000-00805f9b34fb"
"""What a short UUID is short for (Core 5.4, Vol 3, Part B, 2.5.1)."""
LONG_UUID_SIZE: Final = 16


class Advertisement(msgspec.Struct, frozen=True, kw_only=True):
    """What advertising data says; it may describe a person's device and stays in this folder."""

    flags: int | None = None
    services: tuple[str, ...] = ()
    """UUIDs in their long form, lower case."""
    name: str | None = None
    tx_power_dbm: int | None = None
    service_data: tuple[tuple[str, bytes], ...] = ()
    """UUID and bytes."""
    manufacturer_data: tuple[tuple[int, bytes], ...] = ()
    """Company identifier and bytes."""
    is_broken: bool = False
    """Whether a structure reaches over the end; what stands before it was read."""


def structures(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Give type and value of each structure; a length of 0 ends the data, the rest is padding."""
    at, size = 0, len(payload)
    while at < size and (length := payload[at]):
        end = at + 1 + length
        if end > size:
            yield BROKEN, b""
            return
        yield payload[at + 1], payload[at + 2 : end]
        at = end


def read_advertisement(payload: bytes) -> Advertisement:
    """Read every structure a store has a use for; others are passed over."""
    found: dict[int, list[bytes]] = {}
    for kind, value in structures(payload):
        found.setdefault(kind, []).append(value)
    names = [name for kind in NAMES for name in found.get(kind, ())]
    return Advertisement(
        flags=_first_byte(found, FLAGS, signed=False),
        services=tuple(
            uuid
            for kind, width in SERVICES.items()
            for value in found.get(kind, ())
            for uuid in _uuids(value, width)
        ),
        name=names[0].decode("utf-8", "replace") if names else None,
        tx_power_dbm=_first_byte(found, TX_POWER, signed=True),
        service_data=tuple(
            (_uuid(value[:width]), value[width:])
            for kind, width in SERVICE_DATA.items()
            for value in found.get(kind, ())
            if len(value) >= width
        ),
        manufacturer_data=tuple(
            (int.from_bytes(value[:COMPANY_SIZE], "little"), value[COMPANY_SIZE:])
            for value in found.get(MANUFACTURER, ())
            if len(value) >= COMPANY_SIZE
        ),
        is_broken=BROKEN in found,
    )


def _first_byte(found: Mapping[int, list[bytes]], kind: int, *, signed: bool) -> int | None:
    values = [value for value in found.get(kind, ()) if value]
    return int.from_bytes(values[0][:1], "little", signed=signed) if values else None


def _uuids(value: bytes, width: int) -> Iterator[str]:
    for at in range(0, len(value) - width + 1, width):
        yield _uuid(value[at : at + width])


def _uuid(value: bytes) -> str:
    """Give a UUID, least significant byte first on the air, in its long form."""
    if len(value) < LONG_UUID_SIZE:
        return BASE_UUID.format(int.from_bytes(value, "little"))
    digits = value[::-1].hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
