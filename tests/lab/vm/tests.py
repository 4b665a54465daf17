"""This is where the drivers' own tests run on radios of software.

Run as `python -m tests.lab.vm.tests` in the emulated machine of scripts/lab_vm. Where a test has a
choice it takes the kernel's radios, the real bluetoothd and the real hostapd, not the played ones.
"""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from tests.lab.ble_air import IDS
from tests.lab.hostapd import ACCESS_POINT, STATION
from tests.lab.radio import RADIOS
from tests.lab.slowness import SLOWNESS
from tests.lab.vm.machine import CONTROL, OUT, WORK, Machine, obey, until

FILES: Final = (
    *(f"tests/drivers/{name}" for name in ("wifi_monitor", "ble_scan", "wifi_link", "serial_line")),
    "tests/drivers/test_live_contract.py",
)
ADVERTISED: Final = tuple(bytes([number]) * 8 for number in (0x77, 0x88, 0x99))
SPARE_RADIOS: Final = ("phy3", "phy4")
SLOWER: Final = "8"
"""Emulated, a test of a tenth of a second was seen to take most of one (2026-11-22)."""
LONGEST_TEST_S: Final = "240"
OTHERS: Final = "not camera_face"
"""The machine has no camera, and nothing of what only cameras need."""


async def set_up(machine: Machine) -> None:
    """Start the real programs, and free the radios that the tests take."""
    for number in (3, 4):
        await obey("iw", "dev", f"wlan{number}", "del")
    machine.start_access_point()
    machine.start_bluetooth()
    machine.start_controller(ADVERTISED)
    machine.start_station()
    await until("the advertisers", lambda: machine.said("controller", "advertising"))
    await obey("bluetoothctl", "--timeout", "10", "power", "on")
    await until("hostapd", lambda: machine.said("hostapd", "AP-ENABLED"))
    await until("wpa_supplicant", (WORK / "supplicant" / "wlan1").exists)


def run_tests() -> int:
    """Run the drivers' tests, print how they ended; give pytest's status."""
    named = {
        RADIOS: ",".join(SPARE_RADIOS),
        IDS: ",".join(one.hex() for one in ADVERTISED),
        ACCESS_POINT: str(CONTROL / "wlan0"),
        STATION: str(WORK / "supplicant" / "wlan1"),
        SLOWNESS: SLOWER,
    }
    options = ("-ra", "-k", OTHERS, "-p", "no:cacheprovider", f"--timeout={LONGEST_TEST_S}")
    with (OUT / "pytest.log").open("wb") as log:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *FILES],
            stdout=log,
            stderr=log,
            env=os.environ | named,
            check=False,
        )
    return done.returncode


def summary(log: Path) -> str:
    """Give what pytest said at its end: what was left out, what failed, and the counts."""
    told = log.read_text(errors="replace").splitlines()
    words = [line for line in told if line.startswith(("SKIPPED", "FAILED", "ERROR"))]
    return "\n".join([*words, *told[-1:]])


def main() -> int:
    """Set up, run the tests, and give their status."""
    machine, began = Machine(), time.monotonic()
    try:
        asyncio.run(set_up(machine))
        status = run_tests()
    finally:
        machine.end_all()
    took_s = time.monotonic() - began
    sys.stdout.write(f"{summary(OUT / 'pytest.log')}\nthe drivers' tests: {took_s:.0f} s\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
