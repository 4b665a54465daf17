"""Advertising data, beacons and the rotating id in them are read; anything else does no harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ble_scan.advertisement import Advertisement, read_advertisement, structures
from drivers.ble_scan.beacon import (
    Beacon,
    EddystoneEid,
    EddystoneTlm,
    EddystoneUid,
    EddystoneUrl,
    IBeacon,
    read_beacon,
)
from drivers.ble_scan.ephemeral import ephemeral_id
from tests.drivers.ble_scan.bytes_of import EID, eddystone, eid_payload, structure

BATTERY = "0000180f-0000-1000-8000-00805f9b34fb"
LONG = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
LONG_ON_AIR = bytes.fromhex(LONG.replace("-", ""))[::-1]
IBEACON_BODY = bytes(range(16)) + b"\x00\x07\x01\x00\xc5"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"", Advertisement()),
        (structure(0x01, b"\x06"), Advertisement(flags=6)),
        (structure(0x01, b""), Advertisement()),
        (structure(0x02, b"\x0f\x18"), Advertisement(services=(BATTERY,))),
        (structure(0x03, b"\x0f\x18\x0f"), Advertisement(services=(BATTERY,))),
        (structure(0x05, b"\x0f\x18\x00\x00"), Advertisement(services=(BATTERY,))),
        (structure(0x07, LONG_ON_AIR), Advertisement(services=(LONG,))),
        (structure(0x08, b"till") + structure(0x09, b"till 2"), Advertisement(name="till 2")),
        (structure(0x08, b"ti\xff"), Advertisement(name="ti\N{REPLACEMENT CHARACTER}")),
        (structure(0x0A, b"\xf4"), Advertisement(tx_power_dbm=-12)),
        (structure(0x16, b"\x0f\x18\x64"), Advertisement(service_data=((BATTERY, b"\x64"),))),
        (structure(0x20, b"\x0f\x18\0\0\x64"), Advertisement(service_data=((BATTERY, b"\x64"),))),
        (structure(0x21, LONG_ON_AIR), Advertisement(service_data=((LONG, b""),))),
        (structure(0x16, b"\x0f"), Advertisement()),
        (structure(0xFF, b"\x75\x00\x42"), Advertisement(manufacturer_data=((0x75, b"\x42"),))),
        (structure(0xFF, b"\x75"), Advertisement()),
        (structure(0x01, b"\x06") + b"\x00\x09", Advertisement(flags=6)),
        (structure(0x01, b"\x06") + b"\x09\x09till", Advertisement(flags=6, is_broken=True)),
    ],
)
def test_each_structure_has_its_meaning(payload: bytes, expected: Advertisement) -> None:
    assert read_advertisement(payload) == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            structure(0xFF, b"\x4c\x00\x02\x15" + IBEACON_BODY),
            IBeacon(uuid=bytes(range(16)), major=7, minor=256, power_dbm=-59),
        ),
        (structure(0xFF, b"\x4c\x00\x02\x15" + IBEACON_BODY[:-1]), None),
        (structure(0xFF, b"\x4c\x00\x10\x05\x01\x18"), None),
        (
            eddystone(b"\x00\xe7" + bytes(range(16)) + b"\0\0"),
            EddystoneUid(namespace=bytes(range(10)), instance=bytes(range(10, 16)), power_dbm=-25),
        ),
        (eddystone(b"\x00\xe7" + bytes(15)), None),
        (eddystone(b"\x30\xe7" + EID), EddystoneEid(ephemeral_id=EID, power_dbm=-25)),
        (eddystone(b"\x30\xe7" + EID[:7]), None),
        (
            eddystone(b"\x20\x00\x0b\xb8\x15\x80\x00\x00\x00\x05\x00\x00\x00\x64"),
            EddystoneTlm(battery_mv=3000, temperature_c=21.5, adverts=5, uptime_s=10.0),
        ),
        (
            eddystone(b"\x20\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
            EddystoneTlm(battery_mv=0, temperature_c=None, adverts=0, uptime_s=0.0),
        ),
        (eddystone(b"\x20\x01" + bytes(16)), None),
        (
            eddystone(b"\x10\xec\x03club\x00a\x07"),
            EddystoneUrl(url="https://club.com/a.com", power_dbm=-20),
        ),
        (eddystone(b"\x10\xec\x04club"), None),
        (eddystone(b"\x10\xec\x03cl b"), None),
        (eddystone(b"\x50"), None),
        (eddystone(b""), None),
        (structure(0x16, b"\x0f\x18\x30\xe7" + EID), None),
    ],
)
def test_each_beacon_is_told_apart(payload: bytes, expected: Beacon | None) -> None:
    assert read_beacon(read_advertisement(payload)) == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"", None),
        (eid_payload(), EID),
        (structure(0x16, b"\xaa\xfe\x30\xe7" + EID + b"\0\0"), EID),
        (b"\x00" + eid_payload(), None),
        (structure(0x16, b"\xaa\xfe\x30\xe7" + EID[:7]), None),
        (structure(0x16, b"\xaa\xfe\x00\xe7" + EID), None),
        (structure(0xFF, b"\x16\xaa\xfe\x30\xe7" + EID), None),
        (eid_payload() + b"\x05\x09", EID),
        (b"\x05\x09till", None),
        (b"\x06\x09till", "broken advert"),
        (eid_payload()[:-1], "broken advert"),
    ],
)
def test_the_rotating_id_is_found_where_it_stands_and_nowhere_else(
    payload: bytes, expected: bytes | str | None
) -> None:
    assert ephemeral_id(payload) == expected


@given(st.binary(max_size=260))
def test_any_payload_is_read_the_same_by_the_short_and_the_long_way(payload: bytes) -> None:
    advertisement = read_advertisement(payload)
    beacon = read_beacon(advertisement)

    found = ephemeral_id(payload)

    if isinstance(beacon, EddystoneEid) and isinstance(found, bytes):
        assert len(found) == 8
    if found is None:
        assert not advertisement.is_broken
        assert not isinstance(beacon, EddystoneEid)
    if found == "broken advert":
        assert advertisement.is_broken


@given(
    before=st.lists(st.tuples(st.integers(1, 255), st.binary(max_size=20)), max_size=4),
    wanted=st.binary(min_size=8, max_size=8),
)
def test_the_rotating_id_is_found_behind_any_structures(
    before: list[tuple[int, bytes]], wanted: bytes
) -> None:
    front = b"".join(structure(kind, value) for kind, value in before if kind != 0x16)

    assert ephemeral_id(front + eid_payload(wanted)) == wanted


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=8))
def test_structures_come_back_as_they_were_written(whole: list[tuple[int, bytes]]) -> None:
    payload = b"".join(structure(kind, value) for kind, value in whole)

    assert list(structures(payload)) == whole
