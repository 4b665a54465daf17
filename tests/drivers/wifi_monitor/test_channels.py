"""A radio stays on one channel unless several are asked for."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.wifi_monitor.channels import ChannelPlan
from edge.driver.testing import OutletSpy
from edge.errors import SourceFault
from edge.model.names import SECOND, Instant
from tests.drivers.wifi_monitor.frames import probe, usual
from tests.drivers.wifi_monitor.listening import HandClock, listening, monitor, until
from tests.lab.tap import TapMonitor


def tuned(channels: tuple[int, ...], moments_s: list[float]) -> list[int]:
    """Keep a plan at moments; give the channels that were set."""
    heard: list[int] = []

    async def tune(channel: int) -> None:
        heard.append(channel)

    async def keep() -> None:
        plan = ChannelPlan(channels, dwell_s=2.0, tune=tune)
        for moment_s in moments_s:
            await plan.keep(Instant(round(moment_s * SECOND)))

    asyncio.run(keep())
    return heard


def test_without_channels_nothing_is_set() -> None:
    assert tuned((), [1.0, 5.0]) == []


def test_one_channel_is_set_once() -> None:
    assert tuned((11,), [1.0, 5.0, 9.0]) == [11]


def test_several_channels_take_turns_each_for_its_dwell() -> None:
    assert tuned((1, 6, 11), [1.0, 2.9, 3.0, 4.9, 5.1, 7.2, 7.3]) == [1, 6, 11, 1]


def test_a_hopping_radio_goes_on_listening(tap: TapMonitor, fake_iw: Callable[[str], Path]) -> None:
    asked = fake_iw("true")
    spy, clock = OutletSpy(), HandClock()

    async def listen() -> None:
        driver = monitor(tap.name, channels=[1, 11], dwell_s=1.0)
        async with listening(driver, spy, clock=clock):
            await until(lambda: asked.read_text().count("\n") >= 3, turning=clock)
            tap.send(usual() + probe())
            await until(lambda: len(spy.calls) == 1, turning=clock)

    asyncio.run(listen())

    lines = asked.read_text().splitlines()
    assert lines[:3] == [f"dev {tap.name} set channel {channel}" for channel in (1, 11, 1)]


def test_a_radio_that_cannot_be_tuned_is_a_fault(
    tap: TapMonitor, fake_iw: Callable[[str], Path]
) -> None:
    fake_iw("echo 'command failed: Invalid argument (-22)' >&2; exit 234")

    with pytest.raises(SourceFault, match=r"Invalid argument \(-22\)"):
        asyncio.run(monitor(tap.name, channels=[36]).run(OutletSpy(), clock=HandClock()))
