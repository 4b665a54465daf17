"""A store's appliance and a platform, side by side, with waits short enough for a test."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from edge.model.event import Event, FootfallCounted, VisitStarted
from edge.model.names import SECOND, DoorName, Instant, VisitId
from edge.store.database import Store
from edge.store.platform_store import PlatformStore, StreamTotals, totals
from edge.sync.address import parse_url
from edge.sync.backoff import BackOff
from edge.sync.payloads import Info
from edge.sync.platform.service import Platform
from edge.sync.ports import Ports
from edge.sync.session import Sync
from edge.sync.settings import SyncSettings
from edge.sync.topics import node_address
from edge.sync.uplink_limits import UplinkLimits

START = Instant(1_773_478_800 * SECOND)
QUICK = BackOff(base_s=0.05, cap_s=0.3, drop_s=0.1, rival_s=0.3)
ADDRESS = node_address("toy-042", "node-1")


def events(count: int) -> list[Event]:
    """Make up events of two types, a second apart."""
    return [_event(number) for number in range(count)]


def _event(number: int) -> Event:
    at = Instant(START + number * SECOND)
    if number % 2:
        visit = VisitId(f"v-{number:016x}")
        return Event(
            at=at,
            recorded=at,
            data=VisitStarted(visit=visit, door=DoorName("main")),
            visit=visit,
        )
    footfall = FootfallCounted(
        door=DoorName("main"),
        from_="2026-03-14T09:00:00.000Z",
        to="2026-03-14T09:05:00.000Z",
        in_=number,
        out=0,
        coverage=1.0,
        calibration=0,
    )
    return Event(at=at, recorded=at, data=footfall)


def settings(url: str, **limits: float) -> SyncSettings:
    given = {"listen_s": 0.05, "stall_s": 0.5, "stall_cap_s": 1.0, **limits}
    return SyncSettings(
        broker=parse_url(url),
        address=ADDRESS,
        version="1.2.3",
        session="s-1",
        uplink=UplinkLimits(back_off=BackOff(base_s=0.05, cap_s=0.2), **given),
        back_off=QUICK,
        connect_timeout_s=1.0,
        keepalive_s=5,
        will_delay_s=1,
        tick_s=0.05,
    )


def ports(**more: object) -> Ports:
    return Ports(
        info=lambda: Info(version="1.2.3", policy="eu_strict", drivers=("ble_scan",)),
        now_ms=lambda: START // 1_000_000 + 1000,
        chance=random.Random(7).random,
        **more,
    )


@contextlib.asynccontextmanager
async def appliance(store: Store, url: str, given: Ports, **limits: float) -> AsyncIterator[Sync]:
    """Run the exchange of a store until the block ends."""
    sync = Sync(settings(url, **limits), store, ports=given)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sync.run(), name="sync")
        yield sync
        sync.stop()


@contextlib.asynccontextmanager
async def platform(url: str, database: Path, **more: object) -> AsyncIterator[Platform]:
    """Run a platform until the block ends."""
    store = PlatformStore.open(database)
    serving = Platform(
        parse_url(url), store, chance=random.Random(8).random, back_off=QUICK, **more
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serving.run(), name="platform")
            await until(lambda: serving.is_up)
            yield serving
            serving.stop()
    finally:
        store.close()


async def until(claim: Callable[[], bool], within_s: float = 20.0) -> None:
    """Wait for a claim to come true."""
    async with asyncio.timeout(within_s):
        while not claim():  # noqa: ASYNC110 - the claims are of many makes
            await asyncio.sleep(0.01)


async def until_async(claim: Callable[[], Awaitable[bool]], within_s: float = 20.0) -> None:
    """Wait for a claim that has to ask."""
    async with asyncio.timeout(within_s):
        while not await claim():  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.01)


def received(database: Path) -> StreamTotals:
    """Give the totals of the one ledger that sent."""
    (streams,) = totals(database).values()
    (stream,) = streams
    return stream
