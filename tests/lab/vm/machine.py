"""This is where the real programs around the emulated radios are started and spoken to."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

OUT: Final = Path("/srv/out")
"""Shared with the machine outside: what programs said stays there."""
WORK: Final = Path("/run/lab")
CONTROL: Final = WORK / "hostapd"
PATIENCE_S: Final = 90.0
"""Under emulation a Python program that loads Bluetooth takes half a minute."""
LOOK_S: Final = 0.2

ACCESS_POINT: Final = f"""interface=wlan0
driver=nl80211
ctrl_interface={CONTROL}
ssid=store-guests
hw_mode=g
channel=1
wpa=2
wpa_key_mgmt=WPA-PSK
rsn_pairwise=CCMP
wpa_passphrase=made-up-for-the-lab
"""
STATION: Final = f"""ctrl_interface={WORK}/supplicant
network={{
    ssid="store-guests"
    scan_freq=2412
    psk="made-up-for-the-lab"
    disabled=1
}}
"""


class Machine:
    """Programs that were started here, by name."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str | Path, path: str | None = None) -> None:
        """Start a program; what it says goes to a log of its name."""
        with (OUT / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ if path is None else os.environ | {"PYTHONPATH": path},
            )

    def end(self, name: str) -> int:
        """End a program in order; give its status."""
        process = self._running.pop(name)
        process.terminate()
        return process.wait(PATIENCE_S)

    def kill(self, name: str) -> None:
        """End a program without a word to anybody."""
        process = self._running.pop(name)
        process.kill()
        process.wait(PATIENCE_S)

    def end_all(self) -> None:
        """End whatever still runs."""
        for name in tuple(self._running):
            self.end(name)

    def start_access_point(self) -> None:
        """Start hostapd on the first radio."""
        WORK.mkdir(exist_ok=True)
        (WORK / "hostapd.conf").write_text(ACCESS_POINT)
        self.start("hostapd", "hostapd", WORK / "hostapd.conf")

    def start_station(self) -> None:
        """Start wpa_supplicant on the second radio; it joins nothing yet."""
        (WORK / "station.conf").write_text(STATION)
        self.start("station", "wpa_supplicant", "-iwlan1", "-c", WORK / "station.conf")

    def start_bluetooth(self) -> None:
        """Start bluetoothd; BlueZ 5.66 scans passively with its experimental interfaces only."""
        self.start(
            "bluetoothd", "/usr/libexec/bluetooth/bluetoothd", "--nodetach", "--experimental"
        )

    def start_controller(self, ids: Sequence[bytes]) -> None:
        """Plug the played adapter in."""
        told = ",".join(one.hex() for one in ids)
        command = (sys.executable, "-m", "tests.lab.vm.controller", told)
        self.start("controller", *command, path="/opt/bumble:/srv/store-edge")

    def said(self, name: str, words: str) -> bool:
        """Tell whether a program said something."""
        return words in (OUT / f"{name}.log").read_text(errors="replace")


async def obey(*command: str) -> str:
    """Run a command to its end, and give what it printed.

    Raises: RuntimeError with its words where it fails.
    """
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: {process.returncode}: {said.decode()}")
    return said.decode()


async def until(what: str, is_so: Callable[[], object]) -> None:
    """Wait until something of another program is so.

    Raises: RuntimeError naming what did not come.
    """
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > end:
            raise RuntimeError(f"waited {PATIENCE_S:.0f} s for: {what}")
        await asyncio.sleep(LOOK_S)
