"""This is where a live driver runs in a test, and what it hands over can be waited for."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from edge.driver.contract import LiveDriver, Tape
from edge.driver.testing import OutletSpy
from edge.errors import EdgeError
from edge.model.names import Instant
from tests.lab.slowness import patience_s

START = 1_773_478_800 * 10**9
PATIENCE_S = patience_s(10.0)


class RunningClock:
    """Runs from the first moment of the recordings' day on."""

    def __init__(self) -> None:
        self._began = time.monotonic_ns()

    def now(self) -> Instant:
        return Instant(START + time.monotonic_ns() - self._began)


class AwaitedOutlet(OutletSpy):
    """An outlet whose next call can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Event()

    def probe(self, at: Instant, address: bytes, *, signal_dbm: int | None) -> None:
        super().probe(at, address, signal_dbm=signal_dbm)
        self._changed.set()

    def link(self, at: Instant, address: bytes, *, joined: bool) -> None:
        super().link(at, address, joined=joined)
        self._changed.set()

    def card(self, at: Instant, code: str) -> None:
        super().card(at, code)
        self._changed.set()

    def door(self, at: Instant, *, entered: int = 0, left: int = 0) -> None:
        super().door(at, entered=entered, left=left)
        self._changed.set()

    def receipt(self, at: Instant, **detail: Any) -> None:
        super().receipt(at, **detail)
        self._changed.set()

    def heard(self, at: Instant, count: int = 1) -> None:
        super().heard(at, count)
        self._changed.set()

    def refuse(self, at: Instant, reason: str, count: int = 1) -> None:
        super().refuse(at, reason, count)
        self._changed.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                self._changed.clear()
                await self._changed.wait()

    async def calls_of(self, count: int) -> list[dict[str, Any]]:
        """Wait for so many calls; give what they said."""
        await self.until(lambda: len(self.calls) >= count)
        return [detail for _, _, detail in self.calls]


class Run:
    """One run of a driver."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._fault: asyncio.Future[EdgeError] = asyncio.get_running_loop().create_future()

    def start(
        self, work: Callable[[], Coroutine[Any, Any, None]], tasks: asyncio.TaskGroup
    ) -> None:
        self._task = tasks.create_task(self._keep(work))

    async def fault(self) -> EdgeError:
        """Wait for the error that the run ends with."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._fault

    async def cancel(self) -> float:
        """Cancel the run; give how many seconds it took to end."""
        assert self._task is not None
        began = time.monotonic()
        self._task.cancel()
        await asyncio.wait({self._task})
        return time.monotonic() - began

    async def _keep(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except EdgeError as fault:
            self._fault.set_result(fault)


@asynccontextmanager
async def running(
    driver: LiveDriver, outlet: AwaitedOutlet, *, tape: Tape | None = None
) -> AsyncIterator[Run]:
    """Run a driver until the end of the block."""
    run = Run()
    async with asyncio.TaskGroup() as tasks:
        run.start(partial(driver.run, outlet, clock=RunningClock(), tape=tape), tasks)
        try:
            yield run
        finally:
            await run.cancel()
