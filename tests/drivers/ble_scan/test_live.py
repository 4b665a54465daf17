"""A live source hands over what BlueZ hears, and ends when it is told to."""

import asyncio
import logging
import time
from pathlib import Path

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from drivers.ble_scan.driver import BleScan
from drivers.ble_scan.inbox import MOST_WAITING, Inbox
from drivers.ble_scan.live import Pace, listen
from drivers.ble_scan.options import Mode, Options
from edge.driver.contract import RecordedFile, SourceSpec
from edge.driver.testing import OutletSpy
from edge.errors import EdgeError
from edge.model.names import Instant, SourceName
from tests.drivers.ble_scan.bytes_of import ADDRESS, EID, HOUR, START
from tests.drivers.ble_scan.live_kit import ACTIVE, EID_DATA, NOWHERE, HandClock, scene
from tests.lab.bluez import HANG

PASSIVE = Options(mode=Mode.PASSIVE)
SPEC = SourceSpec(name=SourceName("ble-floor"), driver="ble_scan")


def test_a_source_says_that_it_listens_once_its_adapter_is_on_and_no_earlier(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.bluez.switch(powered=False)
            shop.listen(ACTIVE)
            await shop.bluez.called("GetManagedObjects")
            await asyncio.sleep(0.1)
            assert shop.outlet.signs == 0

            shop.bluez.switch(powered=True)
            await shop.bluez.called("StartDiscovery")
            await shop.outlet.signs_are(1)

            assert shop.outlet.frames == 0

    asyncio.run(story())


def test_an_active_scan_hands_over_a_members_rotating_id(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.listen(ACTIVE)
            await shop.bluez.called("StartDiscovery")

            shop.bluez.advert(service_data=EID_DATA, rssi=-71)
            await shop.outlet.frames_are(1)

            detail = {
                "address": ADDRESS,
                "is_random": True,
                "ephemeral_id": EID,
                "signal_dbm": -71,
            }
            assert shop.outlet.calls == [("advert", START, detail)]
            assert shop.bluez.filters == {"Transport": "le", "DuplicateData": True}

    asyncio.run(story())


@pytest.mark.parametrize("options", [PASSIVE, Options()])
def test_a_passive_scan_hears_ids_and_phones_and_not_the_rest(bus: str, options: Options) -> None:
    async def story() -> None:
        async with scene(bus, has_monitors=True) as shop:
            shop.listen(options)
            await shop.bluez.called("Activate")

            let_through = [
                shop.bluez.advert("4A:00:00:00:00:01", service_data=EID_DATA),
                shop.bluez.advert("4A:00:00:00:00:02", flags=0x1A),
                shop.bluez.advert("4A:00:00:00:00:03", manufacturer_data={0x004C: b"\x12"}),
            ]
            await shop.outlet.frames_are(2)

            assert let_through == [True, True, False]
            assert [call["ephemeral_id"] for call in shop.outlet.adverts] == [EID, None]
            assert "StartDiscovery" not in shop.bluez.calls

    asyncio.run(story())


@pytest.mark.parametrize(("options", "has_monitors"), [(ACTIVE, True), (Options(), False)])
def test_it_scans_actively_where_it_is_told_to_or_cannot_do_else(
    bus: str, options: Options, *, has_monitors: bool
) -> None:
    async def story() -> None:
        async with scene(bus, has_monitors=has_monitors) as shop:
            shop.listen(options)
            await shop.bluez.called("StartDiscovery")

            shop.bluez.advert(manufacturer_data={0x004C: b"\x12"})
            await shop.outlet.frames_are(1)

            assert "RegisterMonitor" not in shop.bluez.calls

    asyncio.run(story())


def test_it_goes_over_to_active_scanning_where_the_passive_scan_is_refused(bus: str) -> None:
    async def story() -> None:
        async with scene(bus, has_monitors=True) as shop:
            shop.bluez.faults["RegisterMonitor"] = "org.bluez.Error.Failed"
            shop.listen(Options())

            await shop.bluez.called("StartDiscovery")

    asyncio.run(story())


def test_public_addresses_and_unknown_powers_are_told_so(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.listen()
            await shop.bluez.called("StartDiscovery")

            shop.bluez.advert("A4:83:E7:00:11:22", kind="public", rssi=None)
            await shop.outlet.frames_are(1)

            (advert,) = shop.outlet.adverts
            assert (advert["is_random"], advert["signal_dbm"]) == (False, None)
            assert advert["address"] == bytes.fromhex("a483e7001122")

    asyncio.run(story())


def test_every_repetition_counts_and_all_come_in_their_order(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.listen()
            await shop.bluez.called("StartDiscovery")

            for step in range(200):
                shop.bluez.advert(f"4A:00:00:00:00:{step % 3:02X}", rssi=-40 - step % 50)
                await shop.bluez.told()
            await shop.outlet.frames_are(200)

            heard = [(call["address"][-1], call["signal_dbm"]) for call in shop.outlet.adverts]
            assert heard == [(step % 3, -40 - step % 50) for step in range(200)]

    asyncio.run(story())


def test_a_frame_that_is_too_short_or_of_another_kind_is_no_id(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.listen()
            await shop.bluez.called("StartDiscovery")

            (uuid,) = EID_DATA
            for step, frame in enumerate((b"\x30\xe7\x01", b"\x00" + bytes(19), b"")):
                shop.bluez.advert(f"4A:00:00:00:00:0{step}", service_data={uuid: frame})
            await shop.outlet.frames_are(3)

            assert [call["ephemeral_id"] for call in shop.outlet.adverts] == [None] * 3

    asyncio.run(story())


def test_adverts_over_the_inbox_are_lost_and_counted() -> None:
    async def story() -> None:
        inbox = Inbox()
        device = BLEDevice("4A:01:02:03:04:05", None, {"props": {}})
        advertisement = AdvertisementData(None, {}, {}, [], None, -60, ())

        for _ in range(MOST_WAITING + 5):
            inbox.put(device, advertisement)

        assert len(inbox.take()) == MOST_WAITING
        assert (inbox.take_lost(), inbox.take_lost()) == (5, 0)
        assert inbox.take() == []

    asyncio.run(story())


@pytest.mark.parametrize("fault", ["", HANG, "org.bluez.Error.Failed"])
def test_a_cancelled_source_ends_within_a_second_and_hands_over_nothing_more(
    bus: str, fault: str
) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            task = shop.listen()
            await shop.bluez.called("StartDiscovery")
            shop.bluez.advert()
            await shop.outlet.frames_are(1)
            shop.bluez.faults["StopDiscovery"] = fault

            began = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            took = time.monotonic() - began
            shop.bluez.advert()
            await shop.bluez.told()

            assert took < 1
            assert shop.outlet.frames == 1
            assert "StopDiscovery" in shop.bluez.calls

    asyncio.run(story())


def test_debug_logs_hold_no_address_and_no_name(bus: str, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.listen()
            await shop.bluez.called("StartDiscovery")
            shop.bluez.advert(name="Ada's watch", service_data=EID_DATA)
            await shop.outlet.frames_are(1)

    with caplog.at_level(logging.DEBUG):
        asyncio.run(story())

    told = caplog.text.upper()
    assert not [trace for trace in ("4A:01:02", "4A_01_02", "4A0102", "ADA") if trace in told]


def test_what_is_heard_is_recorded_and_replays(bus: str, tmp_path: Path) -> None:
    driver = BleScan(SPEC)
    path = tmp_path / "ble-floor.btsnoop"

    async def story() -> None:
        async with scene(bus) as shop:
            tape = driver.open_tape(path, key=bytes(range(32)))
            shop.listen(tape=tape)
            await shop.bluez.called("StartDiscovery")
            for _ in range(2):
                shop.bluez.advert(service_data=EID_DATA, name="Ada's watch", flags=6, rssi=-50)
            await shop.outlet.frames_are(2)
            await shop.stop()
            tape.close()

    asyncio.run(story())

    spy = OutletSpy()
    file = RecordedFile(path=path, started=START, ended=Instant(START + HOUR))
    moments = list(driver.replay(file, spy))
    first, second = (detail for _, _, detail in spy.calls)
    assert moments == [START]
    assert first == second
    assert (first["is_random"], first["signal_dbm"]) == (True, -50)
    assert first["ephemeral_id"] not in (None, EID)
    assert first["address"] != ADDRESS
    content = path.read_bytes()
    assert not [trace for trace in (ADDRESS, ADDRESS[::-1], EID, b"Ada") if trace in content]


def test_the_driver_itself_runs_as_the_contract_says(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            driver = BleScan(SPEC)
            task = asyncio.get_running_loop().create_task(driver.run(shop.outlet, clock=shop.clock))
            await shop.bluez.called("StartDiscovery")
            shop.bluez.advert()
            await shop.outlet.frames_are(1)

            task.cancel()
            await asyncio.wait({task})

            assert task.cancelled()

    asyncio.run(story())


def test_without_a_bus_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")

    with pytest.raises(EdgeError, match="D-Bus cannot be reached"):
        asyncio.run(listen(ACTIVE, OutletSpy(), clock=HandClock(), pace=Pace(), rfkill=NOWHERE))
