"""This is where members' devices are on the air: a played one, or that of a real bluetoothd."""

import asyncio
import itertools
import os
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from tests.lab.bluez import FakeBluez, fake_bluez

IDS: Final = "STORE_EDGE_LAB_IDS"
"""Rotating ids that a real controller hears all the time: 16 hexadecimal digits each, commas
between. The emulated machine of scripts/lab_vm has one."""
EDDYSTONE: Final = "0000feaa-0000-1000-8000-00805f9b34fb"
MADE_UP: Final = tuple(bytes([number]) * 8 for number in (0x44, 0x55, 0x66))
EVERY_S: Final = 0.02
PHONE_FLAGS: Final = 0x06


class BleAir(ABC):
    """What the adapter hci0 hears."""

    ids: tuple[bytes, ...]

    @abstractmethod
    def on(self) -> AbstractAsyncContextManager[None]:
        """Let it be heard until the end of the block."""

    @abstractmethod
    async def switch(self, *, powered: bool) -> None:
        """Switch the adapter on or off, as somebody else on the machine does."""


class PlayedAir(BleAir):
    """Advertisements that a played BlueZ tells of."""

    ids = MADE_UP

    def __init__(self, bus: str) -> None:
        self._bus = bus
        self._bluez: FakeBluez | None = None

    @asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        async with fake_bluez(self._bus) as self._bluez, asyncio.TaskGroup() as tasks:
            self._bluez.plug_in()
            sending = tasks.create_task(self._send(self._bluez))
            yield
            sending.cancel()

    async def switch(self, *, powered: bool) -> None:
        assert self._bluez is not None
        self._bluez.switch(powered=powered)

    async def _send(self, bluez: FakeBluez) -> None:
        for turn in itertools.count():
            for place, one in enumerate(self.ids):
                bluez.advert(
                    f"4A:00:00:00:00:{place:02X}",
                    rssi=-60 - turn % 2,
                    flags=PHONE_FLAGS,
                    service_data={EDDYSTONE: b"\x30\xe7" + one},
                )
            await bluez.told()
            await asyncio.sleep(EVERY_S)


class RealAir(BleAir):
    """Advertisements that a controller receives behind a real bluetoothd."""

    def __init__(self, ids: str) -> None:
        self.ids = tuple(bytes.fromhex(one) for one in ids.split(","))

    @asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        await self.switch(powered=True)
        yield

    async def switch(self, *, powered: bool) -> None:
        word = "on" if powered else "off"
        process = await asyncio.create_subprocess_exec(
            *("bluetoothctl", "--timeout", "10", "power", word), stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0


def real_air() -> RealAir | None:
    """Give the air of this machine's own controller, None where the lab has none."""
    ids = os.environ.get(IDS)
    return RealAir(ids) if ids else None
