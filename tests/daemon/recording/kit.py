"""A recording under way in this process, and what became of it."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from edge.config.load import load_settings
from edge.daemon.clock import LiveClock, system_clock
from edge.daemon.recording import Order, Progress, RecordedSource, record
from edge.daemon.registry import load_driver
from edge.daemon.replay import Replay, ReplayResult
from edge.driver.recording import open_recording
from edge.model.names import Instant
from tests.daemon.live.kit import QUICK, until
from tests.privacy.needles import everything_below
from tests.toy_settings import CHECKOUT, DOOR, ENTRANCE, PLATFORM, source

STORE = (
    """
[store]
id = "toy-1"
policy = "eu_strict"
platform_key = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
"""
    + ENTRANCE
    + CHECKOUT
    + DOOR
    + PLATFORM.format(url="mqtts://platform.example:8883", node="node-1")
)
PATIENCE_S = 10.0


def door(port: Path) -> str:
    return serial("door-1", port, profile="door-counter-csv", zone="entrance")


def serial(name: str, port: Path, *, profile: str, zone: str = "checkout") -> str:
    told = f'profile = "{profile}"'
    return source(name, "serial_line", options=f'port = "{port}"', zone=zone, more=told)


def order(place: Path, *sources: str, store: str = STORE, **more: object) -> Order:
    """Give the order to record some sources to a folder in `place`."""
    file = place / "live.toml"
    file.write_text(store + "".join(sources))
    return Order(
        folder=place / "day",
        settings=load_settings(file),
        find=load_driver,
        chance=lambda: 1.0,
        pace=QUICK,
        **more,  # type: ignore[arg-type] # what an Order takes besides
    )


class Underway:
    """A recording under way."""

    def __init__(self) -> None:
        self.stopped = asyncio.Event()
        self.progress: Progress | None = None
        self.task: asyncio.Task[Progress] | None = None

    def see(self, progress: Progress) -> None:
        self.progress = progress

    def of(self, name: str) -> RecordedSource:
        assert self.progress is not None
        return next(one for one in self.progress.sources if one.name == name)

    async def until(self, claim: Callable[[], object]) -> None:
        """Wait until something is so, or the recording has failed."""
        assert self.task is not None
        task = self.task
        await until(
            lambda: task.done() or (self.progress is not None and claim()), within_s=PATIENCE_S
        )

    async def end(self) -> Progress:
        """Tell it to stop; give how it ended."""
        assert self.task is not None
        self.stopped.set()
        return await self.task


@asynccontextmanager
async def recording(wanted: Order, *, clock: LiveClock | None = None) -> AsyncIterator[Underway]:
    """Record until the end of the block."""
    here = Underway()
    async with asyncio.TaskGroup() as tasks:
        here.task = tasks.create_task(
            record(
                wanted,
                clock=clock or system_clock(Instant(0)),
                stopped=here.stopped,
                onlooker=here.see,
            )
        )
        yield here
        here.stopped.set()


async def replayed(folder: Path) -> ReplayResult:
    """Run a recording through the pipeline, its ledger beside it."""
    database = folder.with_name(f"{folder.name}-replay") / "edge.db"
    return await Replay(open_recording(folder), database=database).run()


def written(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Give everything in a recording, plain and unpacked."""
    yield from everything_below(folder)
    for path in sorted(folder.glob("*.gz")):
        yield f"{path.name}, inflated", gzip.decompress(path.read_bytes())
