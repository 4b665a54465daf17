"""This is where a source that sees people rests while the store is closed: no frame is looked at.

The door refuses what others notice outside opening hours. Of a camera that would be too late: its
worker had looked for faces by then. So it does not run (R5).
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from edge.daemon.clock import LiveClock
from edge.daemon.hours import MINUTE, OpeningHours
from edge.driver.contract import Driver
from edge.driver.outlet import Outlet
from edge.model.names import SECOND

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
"""Longest wait between two looks at the clock, which may be set meanwhile."""


def rests_when_closed(driver: Driver) -> bool:
    """Say whether a driver is not to run while the store is closed."""
    return bool(getattr(driver, "rests_when_closed", False))


async def run_while_open(
    run: Callable[[], Coroutine[Any, Any, None]],
    outlet: Outlet,
    *,
    clock: LiveClock,
    hours: OpeningHours,
) -> None:
    """Have a driver listen while the store is open, again each day, until it ends by itself.

    While it rests it counts as alive. `hours` change at full minutes, and so does this.
    Raises: what the driver raises, in a group.
    """
    while True:
        if hours.is_open(clock.now()):
            if await _run_until_closing(run, clock=clock, hours=hours):
                return
            log.info("the store is closed: a camera rests until it opens")
        outlet.heard(clock.now(), 0)
        await asyncio.sleep(_wait_s(clock))


async def _run_until_closing(
    run: Callable[[], Coroutine[Any, Any, None]], *, clock: LiveClock, hours: OpeningHours
) -> bool:
    """Give True where the driver ended before the store closed."""
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(run(), name="driver in opening hours")
        while not work.done():
            await asyncio.wait({work}, timeout=_wait_s(clock))
            if not hours.is_open(clock.now()):
                return not work.cancel()
    return True


def _wait_s(clock: LiveClock) -> float:
    """Give the time until the next look: at the next full minute, when the hours may change."""
    return min(LOOK_S, (MINUTE - clock.now() % MINUTE) / SECOND)
