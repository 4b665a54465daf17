"""This is where the soak's daemon and its platform run, each a process of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from edge.daemon.control_client import ask
from edge.daemon.places import DATABASE
from edge.errors import ConfigError
from edge.privacy.signing import platform_key_text
from edge.store.customers import count
from edge.store.engine import connect_reader
from tests.privacy.kit import PRIVATE
from tests.toy_settings import CHECKOUT, DOOR, ENTRANCE, PLATFORM, serial_sources, source

EDGE: Final = Path(sys.executable).with_name("edge")
PATIENCE_S: Final = 30.0
LOOK_S: Final = 0.1
KIB_A_MB: Final = 1024
SETTINGS: Final = (
    """
[store]
id = "soak"
policy = "eu_strict"
platform_key = "{key}"
"""
    + ENTRANCE
    + CHECKOUT
    + DOOR
    + PLATFORM
)


def settings_text(folder: Path, *, url: str, interface: str) -> str:
    """Write the settings of a store with every driver at once."""
    control = f'source = "hostapd"\ncontrol = "{folder / "wlan0"}"'
    sources = (
        *serial_sources(folder),
        source("radar", "wifi_monitor", options=f'interface = "{interface}"'),
        source("ble", "ble_scan", options='mode = "auto"'),
        source("ap", "wifi_link", options=control),
    )
    head = SETTINGS.format(key=platform_key_text(PRIVATE), url=url, node="soak")
    return head + "".join(sources)


class Daemon:
    """`edge run` as a service would start it."""

    def __init__(self, folder: Path, *, bus: str) -> None:
        self.state = folder / "state"
        self.log = folder / "daemon.log"
        self._settings = folder / "edge.toml"
        self._bus = bus
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> Path:
        return self.state / DATABASE

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        command: list[str | Path] = [EDGE, "run", "--trust-clock"]
        command += ["--settings", self._settings, "--state", self.state]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": self._bus},
                stderr=log,
            )

    async def status(self) -> dict[str, Any]:
        """Give the whole report."""
        found: dict[str, Any] = await asyncio.to_thread(ask, self.state, "status")
        return found

    async def knows(self, customers: int) -> None:
        """Wait until it answers, and so many customers came from the platform."""
        async with asyncio.timeout(PATIENCE_S):
            while not await self._knows(customers):  # noqa: ASYNC110 - another process, it tells nobody
                await asyncio.sleep(LOOK_S)

    async def has_delivered(self, *, within_s: float) -> dict[str, Any]:
        """Wait until nothing is in the outbox, and give the report; also where it did not come."""
        end = time.monotonic() + within_s
        while True:
            status = await self.status()
            if not status["health"].get("outbox_depth") or time.monotonic() > end:
                return status
            await asyncio.sleep(LOOK_S)

    def read_anew(self) -> None:
        """Have it read its settings, as a technician does after mending something."""
        os.kill(self.pid, signal.SIGHUP)

    def rss_mb(self) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / KIB_A_MB for line in lines if line.startswith("VmRSS"))

    def terminate(self) -> tuple[float, int]:
        """End it as systemd does; give seconds and exit status."""
        return _end(self._process)

    async def _knows(self, customers: int) -> bool:
        try:
            await self.status()
        except ConfigError:
            return False
        reader = connect_reader(self.database)
        try:
            return count(reader) == customers
        finally:
            reader.close()


class Platform:
    """The reference platform, which keeps and acknowledges events."""

    def __init__(self, folder: Path, *, url: str) -> None:
        self.database = folder / "platform.db"
        self._customers = folder / "customers.jsonl"
        self._log = folder / "platform.log"
        self._url = url
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command: list[str | Path] = [EDGE, "platform", "run", "--url", self._url]
        command += ["--database", self.database, "--customers", self._customers]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def stop(self) -> None:
        _end(self._process)


def _end(process: subprocess.Popen[bytes] | None) -> tuple[float, int]:
    """End a process with SIGTERM, or with SIGKILL where it does not; one that ended stays so."""
    if process is None:
        return 0.0, 0
    told = time.monotonic()
    process.send_signal(signal.SIGTERM)
    try:
        status = process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        status = process.wait(PATIENCE_S)
    return time.monotonic() - told, status
