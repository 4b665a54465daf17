"""This is where advertisements wait for the source's own task, for less than one turn of the loop.

bleak calls back from inside its D-Bus library, which would swallow what the outlet raises; the
source's task takes what came in one go, and nothing is handed over after it ended.
"""

import asyncio
from typing import Final

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from drivers.ble_scan.trouble import Trouble

Heard = tuple[BLEDevice, AdvertisementData]

MOST_WAITING: Final = 4_096
"""A sixth of a second at the highest rate that the message bus was seen to deliver (24,000/s)."""


class Inbox:
    """What came in since the last look; belongs to the event loop.

    Over MOST_WAITING advertisements the newest are lost, and counted in `lost`.
    """

    def __init__(self) -> None:
        self.lost = 0
        self.trouble: Trouble | None = None
        """The last trouble that BlueZ signalled."""
        self._waiting: list[Heard] = []
        self._came = asyncio.Event()

    def put(self, device: BLEDevice, advertisement: AdvertisementData) -> None:
        """Take one advertisement; bleak's detection callback."""
        if len(self._waiting) >= MOST_WAITING:
            self.lost += 1
            return
        self._waiting.append((device, advertisement))
        self._came.set()

    def tell(self, trouble: Trouble) -> None:
        """Take a signal from BlueZ."""
        self.trouble = trouble
        self._came.set()

    async def wait(self, most_s: float) -> None:
        """Wait until something came, for `most_s` seconds at the longest."""
        timer = asyncio.get_running_loop().call_later(most_s, self._came.set)
        try:
            await self._came.wait()
        finally:
            timer.cancel()
        self._came.clear()

    def take(self) -> list[Heard]:
        """Give the advertisements that came, in their order, and keep none."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def take_trouble(self) -> Trouble | None:
        """Give the last trouble and forget it."""
        trouble, self.trouble = self.trouble, None
        return trouble

    def take_lost(self) -> int:
        """Give how many were lost since the last look."""
        lost, self.lost = self.lost, 0
        return lost
