"""A source hears who is on the air, in front of a played BlueZ or of a real one."""

import asyncio

import pytest

from drivers.ble_scan.driver import BleScan
from edge.driver.contract import Level, SourceSpec
from edge.errors import SourceFault
from edge.model.names import SourceName
from tests.lab.ble_air import BleAir, PlayedAir, real_air
from tests.lab.listening import AwaitedOutlet, running


@pytest.fixture
def air(request: pytest.FixtureRequest) -> BleAir:
    """Give the real air where the lab has it."""
    return real_air() or PlayedAir(request.getfixturevalue("bus"))


def source(mode: str = "auto") -> BleScan:
    return BleScan(SourceSpec(name=SourceName("ble"), driver="ble_scan", options={"mode": mode}))


def ids(outlet: AwaitedOutlet) -> set[bytes]:
    return {detail["ephemeral_id"] for _, _, detail in outlet.calls} - {None}


@pytest.mark.parametrize("mode", ["active", "passive", "auto"])
def test_every_members_id_is_heard_and_none_besides(air: BleAir, mode: str) -> None:
    outlet = AwaitedOutlet()

    async def scene() -> None:
        async with air.on(), running(source(mode), outlet):
            await outlet.until(lambda: ids(outlet) >= set(air.ids))

    asyncio.run(scene())

    assert ids(outlet) == set(air.ids)
    assert {kind for kind, _, _ in outlet.calls} == {"advert"}
    assert outlet.frames >= len(air.ids)


def test_a_cancelled_scan_ends_within_a_second_and_hears_nothing_more(air: BleAir) -> None:
    outlet = AwaitedOutlet()

    async def scene() -> tuple[float, int]:
        async with air.on():
            async with running(source("active"), outlet) as run:
                await outlet.until(lambda: outlet.calls)
                took_s = await run.cancel()
                told = len(outlet.calls)
            await asyncio.sleep(0.2)
            return took_s, told

    took_s, told = asyncio.run(scene())

    assert took_s < 1.0
    assert len(outlet.calls) == told


def test_an_adapter_that_is_switched_off_is_a_fault_and_heard_again_when_on(air: BleAir) -> None:
    again = AwaitedOutlet()

    async def scene() -> object:
        async with air.on():
            outlet = AwaitedOutlet()
            async with running(source("active"), outlet) as run:
                await outlet.until(lambda: outlet.calls)
                await air.switch(powered=False)
                fault = await run.fault()
            await air.switch(powered=True)
            async with running(source("active"), again):
                await again.until(lambda: ids(again) >= set(air.ids))
            return fault

    assert isinstance(asyncio.run(scene()), SourceFault)


def test_an_adapter_on_the_air_is_in_order_and_found(air: BleAir) -> None:
    async def scene() -> tuple[set[Level], list[str]]:
        async with air.on():
            findings = await source("active").check()
            found = await BleScan.discover()
        return {one.level for one in findings}, [one.settings for one in found]

    levels, settings = asyncio.run(scene())

    assert Level.FAIL not in levels
    assert any("hci0" in one for one in settings)
