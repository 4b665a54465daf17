"""A driver that listens, is never asked for anything else, and is no use for a replay."""

from collections.abc import Iterator
from pathlib import Path

from edge.driver.contract import Finding, Found, RecordedFile, Tape
from edge.driver.outlet import Outlet
from edge.model.names import Instant


class LiveOnly:
    """What a driver of the tests has besides `run`."""

    def replay(self, file: RecordedFile, outlet: Outlet) -> Iterator[Instant]:
        raise NotImplementedError

    @classmethod
    async def discover(cls) -> tuple[Found, ...]:
        return ()

    async def check(self) -> tuple[Finding, ...]:
        return ()

    def open_tape(self, path: Path, *, key: bytes) -> Tape:
        raise NotImplementedError
