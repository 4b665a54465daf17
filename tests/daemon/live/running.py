"""A whole daemon in this process beside a test, with drivers that do as they are told."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from edge.daemon.app import run
from edge.daemon.clock_sign import always
from edge.daemon.control_client import ask
from edge.daemon.notify import Notifier
from edge.daemon.run_settings import Options
from edge.model.event import SourceStateChanged
from edge.store.engine import connect_reader
from edge.store.reading import events
from tests.daemon.live.kit import QUICK, until
from tests.sync.broker import Mosquitto
from tests.toy_settings import DOOR, ENTRANCE

SETTINGS = (
    """
[fusion]
lateness_s = 0

[store]
id = "toy-1"
policy = "eu_strict"
"""
    + ENTRANCE
    + DOOR
    + """
[[source]]
name = "door-1"
driver = "counter"
zone = "entrance"
"""
)


async def eventually(claim: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something that has to be asked for is so."""
    async with asyncio.timeout(10):
        while not await claim():  # noqa: ASYNC110 - what is asked for knows no events
            await asyncio.sleep(0.01)


class Running:
    """A daemon that runs beside the test."""

    def __init__(self, folder: Path, manager: socket.socket) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.settings = folder / "edge.toml"
        self._manager = manager
        self.words: list[str] = []

    def heard(self, word: str) -> bool:
        """Say whether the service manager heard a word so far."""
        try:
            while True:
                self.words.append(self._manager.recv(4096).decode())
        except BlockingIOError:
            return any(word in one for one in self.words)

    async def ask(self, request: str) -> Any:
        return await asyncio.to_thread(ask, self.state, request)

    async def sources(self) -> dict[str, str]:
        return {one["name"]: one["state"] for one in await self.ask("sources")}

    async def until_sources(self, **wanted: str) -> None:
        async def stand() -> bool:
            found = await self.sources()
            return {name.replace("-", "_"): state for name, state in found.items()} == wanted

        await eventually(stand)

    def changes(self, source: str) -> list[str]:
        """Give what the ledger says of a source's health."""
        reader = connect_reader(self.state / "edge.db")
        try:
            found = [row.data for row in events(reader)]
        finally:
            reader.close()
        return [
            f"{one.from_}>{one.to}"
            for one in found
            if isinstance(one, SourceStateChanged) and one.source == source
        ]


@asynccontextmanager
async def daemon(
    folder: Path,
    *,
    settings: str = SETTINGS,
    watchdog_s: float | None = None,
    **drivers: Any,
) -> AsyncIterator[Running]:
    """Run a daemon with these drivers until the block ends, then stop it as systemd does."""
    (folder / "edge.toml").write_text(settings)
    options = Options(
        settings=folder / "edge.toml",
        state=folder / "state",
        sign=always,
        find=drivers.get,
        chance=lambda: 1.0,
        pace=QUICK,
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        (folder / "notify").unlink(missing_ok=True)
        manager.bind(str(folder / "notify"))
        manager.setblocking(False)  # noqa: FBT003 - the library's own signature
        running = Running(folder, manager)
        notifier = Notifier(str(folder / "notify"), watchdog_s=watchdog_s)
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(run(options, notifier=notifier))
            await until(lambda: running.heard("READY=1") or task.done())
            yield running
            if not task.done():
                os.kill(os.getpid(), signal.SIGTERM)
            async with asyncio.timeout(5):
                await task
        assert running.heard("STOPPING=1")


async def retained(broker: Mosquitto, topic: str) -> Any:
    """Give what the broker keeps under a topic, as soon as there is something."""
    asked = await asyncio.create_subprocess_exec(
        "mosquitto_sub", "-p", str(broker.port), "-t", topic, "-C", "1", "-W", "10",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    answer, _ = await asked.communicate()
    return json.loads(answer)
