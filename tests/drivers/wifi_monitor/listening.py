"""This is where tests listen to a radio for as long as they need."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from drivers.wifi_monitor.driver import WifiMonitor
from edge.driver.contract import SourceSpec, Tape
from edge.driver.outlet import Outlet
from edge.model.names import SECOND, Instant, SourceName
from tests.drivers.wifi_monitor.frames import AT_NS
from tests.lab.slowness import patience_s

PATIENCE_S = patience_s(5.0)


class HandClock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.moment = AT_NS

    def now(self) -> Instant:
        return Instant(self.moment)


def monitor(interface: str | None = None, **options: object) -> WifiMonitor:
    named = {} if interface is None else {"interface": interface}
    spec = SourceSpec(name=SourceName("radar"), driver="wifi_monitor", options={**named, **options})
    return WifiMonitor(spec)


@asynccontextmanager
async def listening(
    driver: WifiMonitor, outlet: Outlet, *, clock: HandClock, tape: Tape | None = None
) -> AsyncIterator["asyncio.Task[None]"]:
    """Run a driver; its ear is open when this gives the task, and the task is over afterwards."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(driver.run(outlet, clock=clock, tape=tape), name="radar")
    await asyncio.sleep(0)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=PATIENCE_S)


async def until(holds: Callable[[], bool], *, turning: HandClock | None = None) -> None:
    """Wait until something holds, or fail; a clock may be turned on the way."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.005)
            if turning is not None:
                turning.moment += SECOND // 20
