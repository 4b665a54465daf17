"""What Bluetooth was on the air is recorded from BlueZ and heard again in the replay."""

from pathlib import Path

from drivers.ble_scan.driver import BleScan
from edge.driver.recording import open_recording
from edge.driver.testing import OutletSpy
from tests.daemon.recording.kit import order, recording, replayed, written
from tests.drivers.ble_scan.live_kit import FEAA
from tests.lab.bluez import FakeBluez, fake_bluez
from tests.privacy.needles import address_forms, hits, text_forms

IDS = (bytes.fromhex("a1b2c3d4e5f60718"), bytes.fromhex("1122334455667788"))
ADDRESSES = ("4A:01:02:03:04:05", "5B:01:02:03:04:06", "7C:9F:02:03:04:07")
NAME = "Ada Lovelace's watch"
ON_AIR = ((0, 0, -50), (1, 1, -60), (0, 0, -51), (2, None, -70), (1, 1, -61), (2, None, -72))
"""Place of the address, place of the id, signal in dBm."""
CANARIES = {
    **{one: address_forms(bytes.fromhex(one.replace(":", ""))) for one in ADDRESSES},
    **{one.hex(): address_forms(one) for one in IDS},
    "name": text_forms(NAME),
}
STORE = """
[store]
id = "toy-1"
policy = "eu_strict"

[[zone]]
name = "entrance"
kind = "entrance"
"""
BLE = """
[[source]]
name = "ble-floor"
driver = "ble_scan"
zone = "entrance"
[source.options]
mode = "active"
"""


def send_all(bluez: FakeBluez) -> None:
    for place, number, signal_dbm in ON_AIR:
        data = None if number is None else {FEAA: b"\x30\xe7" + IDS[number]}
        assert bluez.advert(
            ADDRESSES[place], rssi=signal_dbm, name=NAME, flags=6, service_data=data
        )


async def record_all(place: Path, bus: str) -> None:
    """Record what is on the air, with the recorder that `edge record` runs."""
    async with fake_bluez(bus) as bluez:
        bluez.plug_in()
        async with recording(order(place, BLE, store=STORE)) as here:
            await bluez.called("StartDiscovery")
            send_all(bluez)
            await here.until(lambda: here.of("ble-floor").recorded >= len(ON_AIR))
            await here.end()


async def test_a_recording_of_bluetooth_replays_the_same_adverts(
    tmp_path: Path, live_bus: str
) -> None:
    await record_all(tmp_path, live_bus)

    (source,) = open_recording(tmp_path / "day").sources
    spy = OutletSpy()
    list(BleScan(source.spec).replay(source.file, spy))
    adverts = [detail for kind, _, detail in spy.calls if kind == "advert"]
    stand_ins = {one["address"]: place for one, (place, _, _) in zip(adverts, ON_AIR, strict=True)}
    ids = {one["ephemeral_id"]: place for one, (_, place, _) in zip(adverts, ON_AIR, strict=True)}
    assert [
        (stand_ins[one["address"]], ids[one["ephemeral_id"]], one["signal_dbm"]) for one in adverts
    ] == list(ON_AIR)
    assert all(one["is_random"] for one in adverts)
    assert spy.frames == len(ON_AIR)
    assert spy.refused == {}


async def test_the_replay_of_recorded_bluetooth_hears_as_much_as_was_on_the_air(
    tmp_path: Path, live_bus: str
) -> None:
    await record_all(tmp_path, live_bus)

    result = await replayed(tmp_path / "day")

    assert result.heard == len(ON_AIR)
    assert result.refused == {}
    assert result.warnings == ()


async def test_nobodys_device_is_in_a_recording_of_bluetooth(tmp_path: Path, live_bus: str) -> None:
    await record_all(tmp_path, live_bus)

    assert hits(written(tmp_path / "day"), CANARIES) == set()
    assert hits([("a file", IDS[0] + NAME.encode())], CANARIES)
