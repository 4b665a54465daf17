import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from edge.daemon.notify import Notifier
from edge.daemon.run_watchdog import Watchdog
from edge.store.database import Store
from tests.daemon.live.kit import until


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db") as opened:
        yield opened


class Kennel:
    """A watchdog, what it said, and how often it was fed."""

    def __init__(self, manager: socket.socket) -> None:
        self._manager = manager
        self.said: dict[str, str] = {}
        self.counter = count()
        self.is_turning = True
        self._last = 0

    def turns(self) -> int:
        if self.is_turning:
            self._last = next(self.counter)
        return self._last

    def fed(self) -> int:
        number = 0
        try:
            while True:
                number += self._manager.recv(100) == b"WATCHDOG=1"
        except BlockingIOError:
            return number


@asynccontextmanager
async def watching(store: Store, folder: Path) -> AsyncIterator[Kennel]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(folder / "notify"))
        manager.setblocking(False)  # noqa: FBT003 - the library's own signature
        kennel = Kennel(manager)
        dog = Watchdog(
            store,
            turns=kennel.turns,
            notifier=Notifier(str(folder / "notify"), watchdog_s=0.09),
            say_stuck=kennel.said.__setitem__,
        )
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(dog.run())
            yield kennel
            running.cancel()


async def test_progress_feeds_the_watchdog(store: Store, folder: Path) -> None:
    async with watching(store, folder) as kennel:
        await until(kennel.fed)

        assert kennel.said == {"ledger": "", "intake": ""}


async def test_an_intake_that_stands_still_starves_it(store: Store, folder: Path) -> None:
    async with watching(store, folder) as kennel:
        await until(kennel.fed)
        kennel.is_turning = False
        await until(lambda: kennel.said["intake"])
        kennel.fed()

        await asyncio.sleep(0.1)

        assert kennel.fed() == 0
        assert kennel.said["ledger"] == ""

        kennel.is_turning = True
        await until(kennel.fed)


async def test_a_writer_that_stands_still_starves_it_and_is_asked_once(
    store: Store, folder: Path
) -> None:
    gate = threading.Event()
    async with watching(store, folder) as kennel:
        await until(kennel.fed)
        held = store.writer.submit(lambda _: gate.wait(10))
        await until(lambda: kennel.said["ledger"])
        kennel.fed()

        await asyncio.sleep(0.15)

        assert kennel.fed() == 0
        gate.set()
        await asyncio.wrap_future(held)
        await until(kennel.fed)
        assert kennel.said["ledger"] == ""
