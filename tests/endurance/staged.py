"""This is where a source's other end is played: fed while it is listened to, broken and mended."""

import asyncio
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Final

SETTLE_S: Final = 0.3
"""After a source listens again: a serial line whose first byte comes within 0.1 s of its opening
may have begun before."""
AGAIN_S: Final = 1.0


@dataclass(kw_only=True)
class Outage:
    """One staged fault; moments are nanoseconds of the system's clock."""

    kind: str
    broken_at: int
    mended_at: int = 0
    heard_at: int = 0
    """When the source listened again, as its other end saw it; 0 while it does not."""


@dataclass(kw_only=True)
class Written:
    """What was put on a source's line while it was listened to."""

    items: int = 0
    seen: list[str] = field(default_factory=list)
    """What must be found again: receipts, or the customers behind cards, tokens and addresses."""
    raw: list[str] = field(default_factory=list)
    """Identifiers as they were sent: none of them may stand in a log."""


class Staged(ABC):
    """One source's other end; it belongs to the soak's event loop.

    Everything that is written while it `may_feed` has to arrive: the feeding pauses for `quiet_s`
    before a fault, so that nothing is under way when the line breaks.
    """

    name: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]]
    """The faults that can be staged."""
    quiet_s: ClassVar[float] = SETTLE_S
    every_s: ClassVar[float]
    """Between two things that are written."""

    def __init__(self) -> None:
        self.outages: list[Outage] = []
        self.written = Written()
        self.first_at = 0
        """When it was fed for the first time."""
        self.up_since = 0.0
        """Monotonic seconds; 0 while it is down."""
        self._may_feed = asyncio.Event()
        self._is_over = False

    async def begin(self) -> None:
        """Wait for the listener, and let the feeding begin."""
        await self._until_listened()
        self._feed_again()
        self.first_at = time.time_ns()

    async def break_and_mend(self, dice: random.Random, *, away_s: float) -> Outage:
        """Stage one fault and mend it; give it, with the listener still away."""
        self.up_since = 0.0
        self._may_feed.clear()
        await asyncio.sleep(self.quiet_s)
        outage = Outage(kind=dice.choice(self.kinds), broken_at=time.time_ns())
        self.outages.append(outage)
        await self._break(outage.kind)
        await asyncio.sleep(away_s)
        await self._mend(outage.kind)
        outage.mended_at = time.time_ns()
        return outage

    async def come_back(self, outage: Outage) -> None:
        """Wait until the source listens again, and go on feeding it."""
        await self._until_listened()
        outage.heard_at = time.time_ns()
        await asyncio.sleep(SETTLE_S)
        self._feed_again()

    async def feed(self) -> None:
        """Write at a steady pace until `stop`."""
        while not self._is_over:
            await self._may_feed.wait()
            if not self._is_over:
                self._write()
            await asyncio.sleep(self.every_s)

    def stop(self) -> None:
        """Write nothing more."""
        self._is_over = True
        self._may_feed.set()

    async def _until_listened(self) -> None:
        while True:
            try:
                await self._listened()
            except TimeoutError:
                continue
            return

    def _feed_again(self) -> None:
        self.up_since = time.monotonic()
        self._may_feed.set()

    @abstractmethod
    def _write(self) -> None:
        """Put the next thing on the line."""

    @abstractmethod
    async def _listened(self) -> None:
        """Wait until somebody listens; a TimeoutError is another look."""

    @abstractmethod
    async def _break(self, kind: str) -> None:
        """Stage a fault."""

    @abstractmethod
    async def _mend(self, kind: str) -> None:
        """Take it back."""


async def until(claim: Callable[[], object], *, within_s: float = AGAIN_S) -> None:
    """Look twenty times a second until something is so.

    Raises: TimeoutError.
    """
    async with asyncio.timeout(within_s):
        while not claim():  # noqa: ASYNC110 - what is waited for knows no events
            await asyncio.sleep(0.05)
