"""A technician is told what there is, what stands in the way, and how it is mended."""

import asyncio
import time
import tomllib
from pathlib import Path
from uuid import UUID

import pytest

from drivers.ble_scan.checks import check_radio
from drivers.ble_scan.driver import BleScan
from drivers.ble_scan.options import BeaconOptions, Mode, Options
from edge.driver.contract import Finding, Level, SourceSpec
from edge.model.names import SourceName
from tests.drivers.ble_scan.live_kit import NOWHERE, scene
from tests.lab.bluez import HANG, FakeBluez

BEACON = BeaconOptions(uuid=UUID("f7826da6-4fa2-4e98-8024-bc5b71e0893e"), major=1)
SPEC = SourceSpec(name=SourceName("ble-floor"), driver="ble_scan")
CHANGES = {"Set", "StartDiscovery", "RegisterMonitor", "RegisterAdvertisement"}


def levels(findings: tuple[Finding, ...]) -> list[Level]:
    return [one.level for one in findings]


def changed(bluez: FakeBluez) -> set[str]:
    return {call.split()[0] for call in bluez.calls} & CHANGES


@pytest.mark.parametrize(
    ("has_monitors", "way"), [(True, "listens passively"), (False, "scans actively")]
)
def test_a_radio_that_can_be_used_is_described(bus: str, way: str, *, has_monitors: bool) -> None:
    async def story() -> None:
        async with scene(bus, has_monitors=has_monitors) as shop:
            findings = await check_radio(Options(beacon=BEACON), rfkill=NOWHERE)

            assert levels(findings) == [Level.OK] * 3
            assert way in findings[1].what
            assert changed(shop.bluez) == set()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (Options(adapter="hci1"), "bluetoothctl list"),
        (Options(adapter="hci2"), "btmgmt --index hci2 power on"),
        (Options(mode=Mode.PASSIVE), 'mode = "auto"'),
    ],
)
def test_what_stands_in_the_way_is_told_with_its_remedy(
    bus: str, options: Options, remedy: str
) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.bluez.plug_in("hci2", powered=False)

            findings = await check_radio(options, rfkill=NOWHERE)

            assert levels(findings) == [Level.FAIL]
            assert remedy in findings[0].remedy
            assert changed(shop.bluez) == set()

    asyncio.run(story())


def test_a_beacon_that_cannot_be_sent_is_a_warning(bus: str, tmp_path: Path) -> None:
    keyless = BeaconOptions(uuid=BEACON.uuid, minor_key_file=str(tmp_path / "nowhere"))

    async def story() -> None:
        async with scene(bus, has_adapter=False) as shop:
            shop.bluez.plug_in(free_adverts=0)

            crowded = await check_radio(Options(beacon=BEACON), rfkill=NOWHERE)
            without_key = await check_radio(Options(beacon=keyless), rfkill=NOWHERE)

            assert levels(crowded) == levels(without_key) == [Level.OK, Level.OK, Level.WARN]
            assert "no room" in crowded[2].what
            assert "openssl rand" in without_key[2].remedy

    asyncio.run(story())


@pytest.mark.usefixtures("bus")
def test_without_bluez_the_check_starts_nothing_and_says_what_to_install() -> None:
    findings = asyncio.run(BleScan(SPEC).check())

    assert levels(findings) == [Level.FAIL]
    assert "apt-get install bluez" in findings[0].remedy


def test_a_bluez_that_hangs_is_told_within_two_seconds(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.bluez.faults["GetManagedObjects"] = HANG

            began = time.monotonic()
            findings = await BleScan(SPEC).check()
            found = await asyncio.wait_for(BleScan.discover(), 2)

            assert time.monotonic() - began < 4
            assert findings[0].remedy == "systemctl restart bluetooth"
            assert found == ()

    asyncio.run(story())


def test_a_user_who_may_not_ask_bluez_is_told_the_group(closed_bus: str) -> None:
    async def story() -> None:
        async with scene(closed_bus):
            findings = await BleScan(SPEC).check()

            assert "usermod -aG bluetooth" in findings[0].remedy

    asyncio.run(story())


def test_adapters_are_found_with_settings_that_can_be_pasted(bus: str) -> None:
    async def story() -> None:
        async with scene(bus, has_monitors=True) as shop:
            shop.bluez.plug_in("hci1", powered=False)

            first, second = await BleScan.discover()

            assert first.what == "Bluetooth adapter hci0, on, listens passively"
            assert second.what == "Bluetooth adapter hci1, off, listens passively"
            assert changed(shop.bluez) == set()
            (source,) = tomllib.loads(second.settings)["source"]
            assert source == {
                "name": "ble-hci1",
                "driver": "ble_scan",
                "zone": "floor",
                "options": {"adapter": "hci1"},
            }

    asyncio.run(story())


@pytest.mark.usefixtures("bus")
def test_nothing_is_found_where_bluez_does_not_run() -> None:
    assert asyncio.run(BleScan.discover()) == ()
