"""This is where an advertisement that arrived in pieces is put together as a controller sends it.

BlueZ gives what it read, not what was on the air. The layout is an LE Extended Advertising Report
(Core 5.4, Vol 4, Part E, 7.7.65.13) of one fragment. Names have no place in it.
"""

from collections.abc import Iterable, Mapping
from struct import Struct
from typing import Final
from uuid import UUID

from drivers.ble_scan.advertisement import (
    BASE_UUID,
    BROKEN,
    FLAGS,
    LONG_UUID_SIZE,
    MANUFACTURER,
    TX_POWER,
    structures,
)
from drivers.ble_scan.beacon import EDDYSTONE
from drivers.ble_scan.events import ANONYMOUS, EXTENDED, LE_META
from drivers.ble_scan.records import H4_EVENT
from drivers.ble_scan.report import NO_SIGNAL, Report

REPORT: Final = Struct("<BBHB6sBBBbbHB6sB")
"""Subevent, number of reports, event type, address type, address, primary and secondary PHY, set,
power sent, RSSI, interval, type and address of the target, length of the data."""
LE_1M: Final = 1
NO_SET: Final = 0xFF
LONGEST: Final = 0xFF - REPORT.size
"""Bytes of data in one fragment: the length of an event is one byte."""
LONGEST_VALUE: Final = 0xFE
"""Bytes in a structure, behind its type."""

SHORT_UUID_SIZE: Final = 2
SERVICE_DATA: Final = {SHORT_UUID_SIZE: 0x16, LONG_UUID_SIZE: 0x21}
SERVICE_LIST: Final = {SHORT_UUID_SIZE: 0x03, LONG_UUID_SIZE: 0x07}
"""Structure type, by bytes of a UUID."""


def rebuilt_packet(report: Report) -> bytes:
    """Give a report as an HCI event behind its H4 type byte.

    What kind of packet it was on the air is not known: it stands as one nobody can connect to.
    Structures that do not fit into 229 bytes are left out.
    """
    payload = _fitting(report.payload)
    head = REPORT.pack(
        EXTENDED,
        1,
        0,
        ANONYMOUS if report.address is None else int(report.is_random),
        bytes(6) if report.address is None else report.address[::-1],
        LE_1M,
        0,
        NO_SET,
        NO_SIGNAL,
        NO_SIGNAL if report.signal_dbm is None else report.signal_dbm,
        0,
        0,
        bytes(6),
        len(payload),
    )
    return H4_EVENT + bytes((LE_META, len(head) + len(payload))) + head + payload


def rebuilt_payload(
    *,
    flags: bytes,
    services: Iterable[str],
    service_data: Mapping[str, bytes],
    manufacturer_data: Mapping[int, bytes],
    tx_power_dbm: int | None,
) -> bytes:
    """Give advertising data that says the same, a member's rotating id in front.

    UUIDs are in their long form, as BlueZ writes them; one that is none is left out.
    """
    parts = [structure(FLAGS, flags[:1])] if flags else []
    if tx_power_dbm is not None:
        parts.append(structure(TX_POWER, (tx_power_dbm & 0xFF).to_bytes(1, "little")))
    parts += [
        structure(SERVICE_DATA[len(wire)], wire + service_data[uuid])
        for uuid in sorted(service_data, key=lambda one: one != EDDYSTONE)
        if (wire := uuid_bytes(uuid)) is not None
    ]
    parts += [
        structure(MANUFACTURER, company.to_bytes(2, "little") + value)
        for company, value in manufacturer_data.items()
    ]
    wires = [wire for wire in map(uuid_bytes, services) if wire is not None]
    for width, kind in SERVICE_LIST.items():
        if listed := b"".join(wire for wire in wires if len(wire) == width):
            parts.append(structure(kind, listed))
    return b"".join(parts)


def structure(kind: int, value: bytes) -> bytes:
    """Give one structure of advertising data, nothing where the value is too long for one."""
    return bytes((len(value) + 1, kind)) + value if len(value) <= LONGEST_VALUE else b""


def uuid_bytes(text: str) -> bytes | None:
    """Give a UUID as it is on the air, least significant byte first, short where it can be."""
    try:
        uuid = UUID(text)
    except ValueError:
        return None
    short = uuid.int >> 96
    if short <= 0xFFFF and str(uuid) == BASE_UUID.format(short):  # noqa: PLR2004 - two bytes
        return short.to_bytes(SHORT_UUID_SIZE, "little")
    return uuid.bytes[::-1]


def _fitting(payload: bytes) -> bytes:
    kept = b""
    for kind, value in structures(payload):
        if kind != BROKEN and len(kept) + 2 + len(value) <= LONGEST:
            kept += structure(kind, value)
    return kept
