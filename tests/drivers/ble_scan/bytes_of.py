"""Bytes as radios and recorders write them, put together from the specifications."""

import struct
from pathlib import Path

from edge.driver.contract import RecordedFile
from edge.model.names import Instant

START_S = 1_773_478_800
START = Instant(START_S * 10**9)
HOUR = 3_600 * 10**9

ADDRESS = bytes.fromhex("4a0102030405")
EID = bytes.fromhex("0011223344556677")
YEAR_ZERO_US = 0x00DCDDB30F2F8000


def structure(kind: int, value: bytes) -> bytes:
    return struct.pack("BB", len(value) + 1, kind) + value


def eddystone(frame: bytes) -> bytes:
    services = structure(0x03, b"\xaa\xfe")
    return structure(0x01, b"\x06") + services + structure(0x16, b"\xaa\xfe" + frame)


def eid_payload(ephemeral_id: bytes = EID) -> bytes:
    return eddystone(b"\x30\xe7" + ephemeral_id)


def legacy(
    payload: bytes = b"",
    *,
    address: bytes = ADDRESS,
    address_type: int = 1,
    rssi: int = -60,
    kind: int = 0,
) -> bytes:
    head = struct.pack("<BB6sB", kind, address_type, address[::-1], len(payload))
    return head + payload + struct.pack("b", rssi)


def extended(
    payload: bytes = b"",
    *,
    kind: int = 0x10,
    address: bytes = ADDRESS,
    address_type: int = 1,
    rssi: int = -60,
    advert_set: int = 0xFF,
    status: int = 0,
) -> bytes:
    return (
        struct.pack(
            "<HB6sBBBbbHB6sB",
            kind | status << 5,
            address_type,
            address[::-1],
            1,
            0,
            advert_set,
            127,
            rssi,
            0,
            0,
            bytes(6),
            len(payload),
        )
        + payload
    )


def directed(*, rssi: int = -60) -> bytes:
    return struct.pack("<BB6sB6sb", 1, 1, ADDRESS[::-1], 1, bytes(6), rssi)


def event(subevent: int, *reports: bytes, count: int | None = None) -> bytes:
    number = len(reports) if count is None else count
    body = struct.pack("BB", subevent, number) + b"".join(reports)
    return struct.pack("BB", 0x3E, len(body)) + body


def btsnoop(
    *packets: bytes, link: int = 2001, flags: int = 3, start_s: float = START_S, gap_s: float = 1
) -> bytes:
    whole = b"btsnoop\0" + struct.pack(">II", 1, link)
    for place, packet in enumerate(packets):
        moment_us = round((start_s + place * gap_s) * 1_000_000) + YEAR_ZERO_US
        size = len(packet)
        whole += struct.pack(">IIIIq", size, size, flags, 0, moment_us) + packet
    return whole


def pcap(*packets: bytes, link: int) -> bytes:
    whole = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    for place, packet in enumerate(packets):
        whole += struct.pack("<IIII", START_S + place, 0, len(packet), len(packet)) + packet
    return whole


def on_air(payload: bytes, *, kind: int = 0, is_random: bool = True) -> bytes:
    header = kind | (0x40 if is_random else 0)
    body = ADDRESS[::-1] + payload
    return struct.pack("<IBB", 0x8E89BED6, header, len(body)) + body + b"\xc0\xff\xee"


def with_radio(packet: bytes, *, signal: int = -70, flags: int = 0x0C03) -> bytes:
    return struct.pack("<BbbBIH", 37, signal, 0, 0, 0x8E89BED6, flags) + packet


def recorded(path: Path, content: bytes) -> RecordedFile:
    path.write_bytes(content)
    return RecordedFile(path=path, started=START, ended=Instant(START + HOUR))
