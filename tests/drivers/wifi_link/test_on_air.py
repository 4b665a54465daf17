"""A device that joins and leaves is heard, in front of a played hostapd or of a real one."""

import asyncio
from itertools import groupby
from pathlib import Path

import pytest

from drivers.wifi_link.driver import WifiLink
from edge.driver.contract import Level, SourceSpec
from edge.model.names import SourceName
from tests.lab.hostapd import PlayedWifi, StoreWifi, real_wifi
from tests.lab.listening import AwaitedOutlet, running


@pytest.fixture
def wifi(tmp_path: Path) -> StoreWifi:
    """Give the real one where the lab has it."""
    return real_wifi() or PlayedWifi(tmp_path)


def source(wifi: StoreWifi) -> WifiLink:
    options = {"source": "hostapd", "control": str(wifi.control)}
    return WifiLink(SourceSpec(name=SourceName("ap"), driver="wifi_link", options=options))


def told(outlet: AwaitedOutlet) -> list[tuple[bytes, bool]]:
    """Give the changes; who is there is told twice where the first list comes after it joined."""
    changes = [(detail["address"], detail["joined"]) for _, _, detail in outlet.calls]
    return [change for change, _ in groupby(changes)]


def test_a_device_that_joins_and_leaves_is_heard_each_time(wifi: StoreWifi) -> None:
    outlet = AwaitedOutlet()

    async def scene() -> None:
        async with wifi.on(), running(source(wifi), outlet):
            await outlet.until(lambda: outlet.signs)
            await wifi.join()
            await outlet.until(lambda: len(told(outlet)) == 1)
            await wifi.leave()
            await outlet.until(lambda: len(told(outlet)) == 2)

    asyncio.run(scene())

    assert told(outlet) == [(wifi.address, True), (wifi.address, False)]
    assert outlet.frames == len(outlet.calls)


def test_a_device_that_had_joined_before_is_heard_at_first(wifi: StoreWifi) -> None:
    late = AwaitedOutlet()

    async def scene() -> None:
        async with wifi.on():
            early = AwaitedOutlet()
            async with running(source(wifi), early):
                await early.until(lambda: early.signs)
                await wifi.join()
                await early.until(lambda: early.calls)
            async with running(source(wifi), late):
                await late.until(lambda: late.calls)

    asyncio.run(scene())

    assert told(late) == [(wifi.address, True)]


def test_a_cancelled_run_ends_within_a_second_and_hears_nothing_more(wifi: StoreWifi) -> None:
    first, second = AwaitedOutlet(), AwaitedOutlet()

    async def scene() -> float:
        async with wifi.on():
            async with running(source(wifi), first) as run:
                await first.until(lambda: first.signs)
                took_s = await run.cancel()
            async with running(source(wifi), second):
                await second.until(lambda: second.signs)
                await wifi.join()
                await second.until(lambda: second.calls)
            return took_s

    assert asyncio.run(scene()) < 1.0
    assert first.calls == []


def test_a_check_finds_hostapd_in_order(wifi: StoreWifi) -> None:
    async def scene() -> list[Level]:
        async with wifi.on():
            return [one.level for one in await source(wifi).check()]

    assert asyncio.run(scene()) == [Level.OK]
