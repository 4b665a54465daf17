"""A source that listens to a played BlueZ, with a clock turned by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from drivers.ble_scan.live import Pace, listen
from drivers.ble_scan.options import Mode, Options
from edge.driver.contract import Tape
from edge.driver.testing import OutletSpy
from edge.model.names import SECOND, Instant
from tests.drivers.ble_scan.bytes_of import EID, START
from tests.lab.bluez import FakeBluez, fake_bluez
from tests.lab.slowness import patience_s

NOWHERE = Path("/nowhere")
FEAA = "0000feaa-0000-1000-8000-00805f9b34fb"
EID_DATA = {FEAA: b"\x30\xe7" + EID}
ACTIVE = Options(mode=Mode.ACTIVE)
PATIENCE_S = patience_s(20.0)
"""Longest that any of these tests may wait for anything."""


class HandClock:
    """A clock that stands still until it is turned."""

    def __init__(self, at: Instant = START) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at

    def turn(self, seconds: float) -> None:
        self.at = Instant(self.at + round(seconds * SECOND))


class Waiting(OutletSpy):
    """An outlet that tells when so much was handed over."""

    def __init__(self) -> None:
        super().__init__()
        self._came = asyncio.Event()

    def heard(self, at: Instant, count: int = 1) -> None:
        super().heard(at, count)
        self._came.set()

    async def frames_are(self, number: int) -> None:
        while self.frames < number:
            self._came.clear()
            await self._came.wait()

    async def signs_are(self, number: int) -> None:
        while self.signs < number:
            self._came.clear()
            await self._came.wait()

    @property
    def adverts(self) -> list[dict[str, Any]]:
        return [detail for kind, _, detail in self.calls if kind == "advert"]


class Scene:
    """A listening source and what is around it."""

    def __init__(self, bluez: FakeBluez) -> None:
        self.bluez = bluez
        self.clock = HandClock()
        self.outlet = Waiting()
        self._task: asyncio.Task[None] | None = None

    def listen(
        self, options: Options = ACTIVE, *, tape: Tape | None = None, rfkill: Path = NOWHERE
    ) -> asyncio.Task[None]:
        """Start the source."""
        pace = Pace(tick_s=0.01, patience_s=0.5, start_s=0.5)
        self._task = asyncio.get_running_loop().create_task(
            listen(options, self.outlet, clock=self.clock, tape=tape, pace=pace, rfkill=rfkill)
        )
        return self._task

    async def stop(self) -> None:
        """Cancel the source, where it still runs, and wait until it ended."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})


@asynccontextmanager
async def scene(
    bus: str, *, has_monitors: bool = False, has_adapter: bool = True
) -> AsyncIterator[Scene]:
    """Give a BlueZ with an adapter, and a source that is not listening yet."""
    async with asyncio.timeout(PATIENCE_S), fake_bluez(bus, has_monitors=has_monitors) as bluez:
        if has_adapter:
            bluez.plug_in()
        made = Scene(bluez)
        try:
            yield made
        finally:
            await made.stop()
