"""This is where the sources' other ends are played: radio, Bluetooth, devices, access point."""

import json
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from typing import ClassVar, Final

from edge.model.names import Instant
from tests.endurance.people import People
from tests.endurance.staged import Staged, until
from tests.lab.bluez import FakeBluez, fake_bluez
from tests.lab.serial import PtyDevice
from tests.lab.tap import TapMonitor, frame
from tests.lab.wifi_link import Hostapd
from tests.privacy.kit import eid_at

PROBES_A_BURST, OTHERS_A_BURST = 2, 8
PROBE_REQUEST, BEACON = 4, 8
LISTENERS: Final = Path("/proc/net/packet")
EDDYSTONE: Final = "0000feaa-0000-1000-8000-00805f9b34fb"
PHONE_FLAGS: Final = 0x06


class Radar(Staged):
    """A monitor interface; probe requests among other frames."""

    name = "radar"
    kinds = ("unplugged", "switched off")
    every_s = 0.1
    quiet_s = 2.5
    """What the kernel's filter held back is reported a second or two later."""

    def __init__(self, interface: str) -> None:
        super().__init__()
        self.interface = interface
        self.probes = 0
        self._tap = TapMonitor(interface)

    def close(self) -> None:
        self._tap.close()

    def _write(self) -> None:
        for _ in range(PROBES_A_BURST):
            self.probes += 1
            self._tap.send(frame(PROBE_REQUEST, self.probes))
        for _ in range(OTHERS_A_BURST):
            self._tap.send(frame(BEACON, 1))
        self.written.items += PROBES_A_BURST + OTHERS_A_BURST

    async def _listened(self) -> None:
        index = str(socket.if_nametoindex(self.interface))
        await until(lambda: index in _heard_interfaces())

    async def _break(self, kind: str) -> None:
        if kind == "unplugged":
            self._tap.close()
        else:
            self._tap.set_down()

    async def _mend(self, kind: str) -> None:
        if kind == "unplugged":
            self._tap = TapMonitor(self.interface)
        else:
            self._tap.set_up()


class Bluetooth(Staged):
    """A BlueZ with one adapter; members' rotating ids among strangers' advertisements."""

    name = "ble"
    kinds = ("bluetoothd killed", "unplugged", "switched off")
    every_s = 0.1

    def __init__(self, bus: str, people: People) -> None:
        super().__init__()
        self._bus = bus
        self._people = people
        self._running = AsyncExitStack()
        self._bluez: FakeBluez | None = None
        self._scans = 0
        self._turn = 0

    async def start(self) -> None:
        """Start BlueZ with its adapter."""
        self._bluez = await self._running.enter_async_context(fake_bluez(self._bus))
        self._bluez.plug_in()
        self._scans = 0

    async def close(self) -> None:
        await self._running.aclose()

    def _write(self) -> None:
        self._turn += 1
        place = self._turn % (2 * len(self._people.keys))
        address = f"4A:00:00:00:{place >> 8:02X}:{place & 255:02X}"
        self.written.raw.append(address)
        member = place // 2
        data = {EDDYSTONE: b"\x30\xe7" + self._token(member)} if place % 2 else None
        if self._playing.advert(address, flags=PHONE_FLAGS, service_data=data):
            self.written.items += 1
            if data:
                self.written.seen.append(self._people.token_of(member))

    def _token(self, member: int) -> bytes:
        return eid_at(self._people.keys[member], Instant(self._people.now()))

    @property
    def _playing(self) -> FakeBluez:
        assert self._bluez is not None
        return self._bluez

    def _begun(self) -> int:
        return self._playing.count("StartDiscovery") + self._playing.count("Activate")

    async def _listened(self) -> None:
        await until(lambda: self._begun() > self._scans)

    async def _break(self, kind: str) -> None:
        await self._playing.told()
        self._scans = self._begun()
        if kind == "unplugged":
            self._playing.unplug()
        elif kind == "switched off":
            self._playing.switch(powered=False)
        else:
            self._playing.die()

    async def _mend(self, kind: str) -> None:
        if kind == "unplugged":
            self._playing.plug_in()
        elif kind == "switched off":
            self._playing.switch(powered=True)
        else:
            await self._running.aclose()
            await self.start()


class Serial(Staged):
    """A device on a pseudo terminal, with a stable name as by-id has it."""

    kinds = ("unplugged",)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._device = PtyDevice(folder / self.name)

    def close(self) -> None:
        if self._device.is_plugged:
            self._device.unplug()

    def _say(self, line: str) -> None:
        self._device.send(f"{line}\r\n".encode())
        self.written.items += 1

    async def _listened(self) -> None:
        await self._device.listened_to()

    async def _break(self, kind: str) -> None:
        del kind
        self._device.unplug()

    async def _mend(self, kind: str) -> None:
        del kind
        self._device.plug()


class Door(Serial):
    """A door counter."""

    name = "door-1"
    every_s = 0.5

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.entered = self.left = 0

    def _write(self) -> None:
        people = 1 + self.written.items % 3
        if self.written.items % 2:
            self.left += people
            self._say(f"OUT,{people}")
        else:
            self.entered += people
            self._say(f"IN,{people}")


class Scanner(Serial):
    """A scanner; every scan is another member's card."""

    name = "scanner"
    every_s = 2.0

    def __init__(self, folder: Path, people: People) -> None:
        super().__init__(folder)
        self._people = people

    def _write(self) -> None:
        number = self.written.items
        self.written.seen.append(self._people.card_of(number))
        self.written.raw.append(self._people.code(number))
        self._say(self._people.code(number))


class Till(Serial):
    """A till; every receipt has a reference of its own."""

    name = "till"
    every_s = 1.0

    def _write(self) -> None:
        receipt = f"R-{self.written.items}"
        self.written.seen.append(receipt)
        total = 1 + self.written.items / 100
        self._say(json.dumps({"receipt": receipt, "total": total, "currency": "EUR"}))


class AccessPoint(Staged):
    """A hostapd; every station that joins is another member's."""

    name: ClassVar[str] = "ap"
    kinds = ("ended in order", "killed")
    every_s = 2.0

    def __init__(self, folder: Path, people: People) -> None:
        super().__init__()
        self._people = people
        self._hostapd = Hostapd(folder / "wlan0")
        self._hostapd.start()

    def close(self) -> None:
        self._hostapd.stop()

    def _write(self) -> None:
        # Said once and not listed: only the event itself can tell of it.
        number = self.written.items
        address = self._people.address(number)
        self._hostapd.say(f"<3>AP-STA-CONNECTED {address}")
        self.written.items += 1
        self.written.seen.append(self._people.station_of(number))
        self.written.raw.append(address)

    async def _listened(self) -> None:
        await self._hostapd.attached()

    async def _break(self, kind: str) -> None:
        if kind == "ended in order":
            self._hostapd.say("<3>CTRL-EVENT-TERMINATING ")
        self._hostapd.stop()

    async def _mend(self, kind: str) -> None:
        del kind
        self._hostapd.start()


def _heard_interfaces() -> set[str]:
    """Give the numbers of the interfaces that somebody listens to with a raw socket."""
    return {line.split()[4] for line in LISTENERS.read_text().splitlines()[1:]}
