"""This is where a device joins the store's Wi-Fi: a played one, or one of the kernel's radios."""

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from tests.lab.wifi_link import Hostapd, hostapd

ACCESS_POINT: Final = "STORE_EDGE_LAB_HOSTAPD"
"""The control socket of a real hostapd."""
STATION: Final = "STORE_EDGE_LAB_STATION"
"""The control socket of a wpa_supplicant whose first network is that hostapd's, switched off."""
MADE_UP: Final = "a4:83:e7:00:11:22"


class StoreWifi(ABC):
    """An access point and one station."""

    control: Path
    address: bytes
    """The station's."""

    @abstractmethod
    def on(self) -> AbstractAsyncContextManager[None]:
        """Let the access point be there until the end of the block, with nobody joined."""

    @abstractmethod
    async def join(self) -> None:
        """Have the station join."""

    @abstractmethod
    async def leave(self) -> None:
        """Have the station leave."""


class PlayedWifi(StoreWifi):
    """A hostapd that speaks on its control socket only."""

    address = bytes.fromhex(MADE_UP.replace(":", ""))

    def __init__(self, folder: Path) -> None:
        self.control = folder / "wlan0"
        self._folder = folder
        self._hostapd: Hostapd | None = None

    @asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        with hostapd(self._folder) as self._hostapd:
            yield

    async def join(self) -> None:
        assert self._hostapd is not None
        self._hostapd.join(MADE_UP)

    async def leave(self) -> None:
        assert self._hostapd is not None
        self._hostapd.leave(MADE_UP)


class RealWifi(StoreWifi):
    """A hostapd and a wpa_supplicant on radios of the kernel's."""

    def __init__(self, control: Path, station: Path) -> None:
        self.control = control
        self._station = station
        hardware = Path("/sys/class/net", station.name, "address").read_text().strip()
        self.address = bytes.fromhex(hardware.replace(":", ""))

    @asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        await self.leave()
        await asyncio.sleep(1)
        yield
        await self.leave()

    async def join(self) -> None:
        await self._tell("enable_network")

    async def leave(self) -> None:
        await self._tell("disable_network")

    async def _tell(self, word: str) -> None:
        program = ("wpa_cli", "-p", str(self._station.parent), "-i", self._station.name)
        process = await asyncio.create_subprocess_exec(
            *program, word, "0", stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0


def real_wifi() -> RealWifi | None:
    """Give this machine's own access point, None where the lab has none."""
    control, station = os.environ.get(ACCESS_POINT), os.environ.get(STATION)
    return RealWifi(Path(control), Path(station)) if control and station else None
