"""The store's own beacon says what the app looks for, changes in time, and disturbs nothing."""

import asyncio
import base64
import hmac
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ble_scan.advertisement import read_advertisement
from drivers.ble_scan.beacon import IBeacon, read_beacon
from drivers.ble_scan.options import BeaconOptions, Mode, Options
from drivers.ble_scan.own_beacon import beacon_value, read_key, turn_of
from edge.errors import ConfigError
from edge.model.names import SECOND
from tests.drivers.ble_scan.bytes_of import START, structure
from tests.drivers.ble_scan.live_kit import Scene, scene

KEY = bytes(range(32))
UUID_BYTES = bytes.fromhex("f7826da64fa24e988024bc5b71e0893e")
FIXED = BeaconOptions(uuid=UUID(bytes=UUID_BYTES), major=42, minor=7)
QUARTER_S = 900
COMPANY = 0x004C


@pytest.fixture
def turning(tmp_path: Path) -> BeaconOptions:
    """Give a beacon whose minor changes."""
    path = tmp_path / "beacon.key"
    path.write_bytes(base64.b64encode(KEY) + b"\n")
    return BeaconOptions(uuid=FIXED.uuid, major=42, minor_key_file=str(path))


def sending(beacon: BeaconOptions) -> Options:
    return Options(mode=Mode.ACTIVE, beacon=beacon)


def value_on_air(shop: Scene) -> bytes:
    (props,) = shop.bluez.on_air.values()
    return bytes(props["ManufacturerData"][COMPANY].value)


def code(turn: int) -> bytes:
    return hmac.digest(KEY, turn.to_bytes(8, "big"), "sha256")


def test_a_beacon_without_a_key_says_what_the_settings_say() -> None:
    value = beacon_value(FIXED, None, turn_of(START))

    assert value == b"\x02\x15" + UUID_BYTES + b"\x00\x2a\x00\x07" + b"\xc5"


@given(turn=st.integers(0, 2**40))
def test_a_beacon_is_read_back_as_an_ibeacon(turn: int) -> None:
    value = beacon_value(FIXED, KEY, turn)

    payload = structure(0xFF, b"\x4c\x00" + value)
    beacon = read_beacon(read_advertisement(payload))
    assert len(payload) <= 28
    assert isinstance(beacon, IBeacon)
    assert (beacon.uuid, beacon.major, beacon.power_dbm) == (UUID_BYTES, 42, -59)
    assert beacon.minor == int.from_bytes(code(turn)[2:4], "big")


def test_the_major_changes_too_where_the_settings_leave_it_out() -> None:
    free = BeaconOptions(uuid=FIXED.uuid, minor_key_file="beacon.key")

    value = beacon_value(free, KEY, 5)

    assert value[18:22] == code(5)[:4]


def test_a_code_holds_for_a_quarter_of_an_hour() -> None:
    moment = START // SECOND // QUARTER_S * QUARTER_S

    turns = [turn_of((moment + second) * SECOND) for second in (0, 899, 900)]

    assert turns == [turns[0], turns[0], turns[0] + 1]


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"not base64!", "not base64"), (base64.b64encode(bytes(15)), "15 bytes"), (None, "No such")],
)
def test_a_key_that_cannot_be_used_is_refused_without_its_content(
    tmp_path: Path, content: bytes | None, why: str
) -> None:
    path = tmp_path / "beacon.key"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=why) as raised:
        read_key(BeaconOptions(uuid=FIXED.uuid, minor_key_file=str(path)))

    assert "not base64!" not in str(raised.value)


def test_the_beacon_goes_on_air_and_turns_every_quarter_of_an_hour(
    bus: str, turning: BeaconOptions
) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.listen(sending(turning))
            await shop.bluez.called("on air")

            (props,) = shop.bluez.on_air.values()
            assert props["Type"] == "broadcast"
            assert value_on_air(shop) == beacon_value(turning, KEY, turn_of(START))

            shop.clock.turn(QUARTER_S)
            shop.bluez.advert()
            await shop.bluez.called("on air", 2)

            assert value_on_air(shop) == beacon_value(turning, KEY, turn_of(START) + 1)
            asked = [call for call in shop.bluez.calls if "Advertisement" in call]
            assert asked == [
                "RegisterAdvertisement",
                "UnregisterAdvertisement",
                "RegisterAdvertisement",
            ]

    asyncio.run(story())


def test_a_cancelled_source_takes_its_beacon_off_the_air(bus: str, turning: BeaconOptions) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.listen(sending(turning))
            await shop.bluez.called("on air")

            await shop.stop()

            assert shop.bluez.on_air == {}

    asyncio.run(story())


def test_a_beacon_that_bluez_took_off_the_air_is_put_on_it_again(
    bus: str, turning: BeaconOptions
) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.listen(sending(turning))
            await shop.bluez.called("on air")

            await shop.bluez.release()
            await shop.bluez.called("on air", 2)

            assert value_on_air(shop) == beacon_value(turning, KEY, turn_of(START))

    asyncio.run(story())


def test_a_beacon_that_is_refused_is_said_once_tried_again_and_does_not_disturb_the_scan(
    bus: str, turning: BeaconOptions, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.bluez.faults["RegisterAdvertisement"] = "org.bluez.Error.NotPermitted"
            shop.listen(sending(turning))
            await shop.bluez.called("RegisterAdvertisement")
            shop.bluez.advert()
            await shop.outlet.frames_are(1)

            shop.clock.turn(61)
            shop.bluez.advert(rssi=-61)
            await shop.bluez.called("RegisterAdvertisement", 2)
            shop.bluez.faults.clear()
            shop.clock.turn(61)
            shop.bluez.advert(rssi=-62)
            await shop.bluez.called("on air")

            await shop.outlet.frames_are(3)

    asyncio.run(story())

    assert caplog.text.count("beacon is not on the air") == 1


def test_a_refused_beacon_is_tried_again_after_the_clock_was_set_back(
    bus: str, turning: BeaconOptions
) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.bluez.faults["RegisterAdvertisement"] = "org.bluez.Error.NotPermitted"
            shop.listen(sending(turning))
            await shop.bluez.called("RegisterAdvertisement")
            shop.bluez.faults.clear()

            shop.clock.turn(-86_400)
            shop.bluez.advert()
            await shop.outlet.frames_are(1)
            shop.clock.turn(61)

            await shop.bluez.called("on air")

    asyncio.run(story())


def test_a_source_whose_beacon_has_no_key_listens_all_the_same(
    bus: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keyless = BeaconOptions(uuid=FIXED.uuid, minor_key_file=str(tmp_path / "nowhere"))

    async def story() -> None:
        async with scene(bus) as shop:
            shop.listen(sending(keyless))
            await shop.bluez.called("StartDiscovery")
            shop.bluez.advert()
            await shop.outlet.frames_are(1)

            assert shop.bluez.on_air == {}

    asyncio.run(story())

    assert "beacon is not on the air" in caplog.text
