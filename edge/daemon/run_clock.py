"""This is where the clock is looked at while we run, and what follows from it is done."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from edge.daemon.clock import Course, LiveClock, Look
from edge.daemon.clock_sign import SyncSign
from edge.model.names import SECOND
from edge.store.ledger import Ledger

log = logging.getLogger(__name__)

PERIOD_S: Final = 1.0
MILLISECOND: Final = 1_000_000


class ClockWatch:
    """Looks at the clock once a second; it belongs to the event loop."""

    def __init__(
        self,
        clock: LiveClock,
        *,
        sign: SyncSign,
        ledger: Ledger,
        say_synced: Callable[[], None],
        go_back: Callable[[], Awaitable[None]],
        period_s: float = PERIOD_S,
    ) -> None:
        """Take who hears of the sign (`say_synced`), and of a line that begins anew (`go_back`)."""
        self._clock = clock
        self._sign = sign
        self._ledger = ledger
        self._say_synced = say_synced
        self._go_back = go_back
        self._period_s = period_s
        self._first = 1
        """The first event of this run: earlier ones were stamped by another line of time."""

    async def begin(self, *, within_s: float) -> None:
        """Look for the first time, before anything is stamped; a sign that is late counts later."""
        self._first = self._ledger.last() + 1
        try:
            async with asyncio.timeout(within_s):
                synced = await self._sign()
        except TimeoutError:
            synced = False
        look = self._clock.look(synced=synced)
        if look.course is Course.STEADY:
            log.warning("no time server has set the clock yet: nobody is recognised until then")

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(self._period_s)
            await self._follow(self._clock.look(synced=await self._sign()))

    async def _follow(self, look: Look) -> None:
        if look.course is Course.STEADY:
            return
        self._say_synced()
        if look.course is Course.UNSYNCED:
            log.warning("the clock is no longer synchronised: nobody is recognised until it is")
            return
        job = self._ledger.correct_clock(look.by_ns // MILLISECOND, since=self._first)
        # Shielded: whoever is cancelled while waiting for a job takes the job back.
        corrected = await asyncio.shield(asyncio.wrap_future(job))
        log.warning(
            "the clock is %s, by %+.3f s; %d events were corrected",
            "synchronised" if look.course is Course.SYNCED else "set",
            look.by_ns / SECOND,
            corrected,
        )
        if look.course is Course.BACK:
            await self._go_back()
