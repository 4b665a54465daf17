"""This is where what was kept long enough is deleted while the store runs: hourly, in slices."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import msgspec

from edge.daemon.auditing import AuditTrail
from edge.daemon.clock import LiveClock
from edge.daemon.waiting import set_within
from edge.model.customer import Customer
from edge.model.names import Instant
from edge.privacy.audit import SWEPT
from edge.privacy.policy import Policy
from edge.store.database import Store
from edge.store.engine import Connection

log = logging.getLogger(__name__)

PERIOD_S: Final = 3_600.0
"""Nothing outlives its term by more than an hour while we run."""
PAUSE_S: Final = 0.05
"""Between two slices, so that what is observed meanwhile finds the writer free."""
UNSURE_S: Final = 5.0
"""How soon a clock that is not synchronised is looked at again."""
SCRUB_S: Final = 1.0
SCRUBS: Final = 30
"""A reader may look at an old state for so many tries; the next sweep scrubs again."""


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """What one job of a sweep deleted."""

    rows: dict[str, int]
    """Rows by what they were."""
    more: bool = False
    """True where there is more to do."""
    is_told: bool = False
    """True where the job has made its own entry in the audit trail."""
    reduced: tuple[Customer, ...] = ()
    """Customers of whom less is held from now on."""
    must_resync: bool = False
    """True where customers have to be asked for anew."""


class Broom(Protocol):
    """Sweeps one kind of thing."""

    @property
    def needs_clock(self) -> bool:
        """Whether it goes by age, so that a clock that is wrong would mislead it."""

    def slice(self, policy: Policy, now: Instant) -> Callable[[Connection], Slice]:
        """Give the job that deletes a slice of what is too old at `now`."""


class SweepStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How far sweeping has come."""

    at: Instant | None = None
    """When the last sweep ended; None before the first."""
    rows: int = 0
    """Rows that were deleted since the service started."""
    is_waiting: bool = False
    """True where the clock cannot be trusted, so that nothing may be taken for old."""
    is_scrubbed: bool = True
    """False where a reader kept what was deleted from being taken out of the WAL."""


class Sweeper:
    """Sweeps at the start, every hour, and when it is woken; it belongs to the event loop."""

    def __init__(
        self,
        store: Store,
        *,
        clock: LiveClock,
        brooms: Callable[[], Sequence[Broom]],
        policy: Callable[[], Policy],
        trail: AuditTrail,
        hear: Callable[[Slice], Awaitable[None]] | None = None,
        period_s: float = PERIOD_S,
        pause_s: float = PAUSE_S,
    ) -> None:
        """`policy` gives the one in force; `brooms` gives fresh ones for each sweep.

        `hear` hears of each slice after it is on the disk.
        """
        self.standing = SweepStanding()
        self._store = store
        self._clock = clock
        self._brooms = brooms
        self._policy = policy
        self._trail = trail
        self._hear = hear
        self._period_s = period_s
        self._pause_s = pause_s
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Sweep soon: the terms became shorter."""
        self._woken.set()

    async def run(self) -> None:
        """Sweep until cancelled.

        Raises: StoreError where the disk fails.
        """
        while True:
            self._woken.clear()
            swept = await self.sweep()
            await set_within(self._woken, self._period_s if swept is not None else UNSURE_S)

    async def sweep(self) -> dict[str, int] | None:
        """Sweep once; gives the rows deleted, or None where the clock cannot be trusted.

        A clock that is wrong by a year would take everything for old; then only that is swept
        which does not go by age.
        """
        rows: dict[str, int] = {}
        for broom in self._brooms():
            if self._clock.is_synced or not broom.needs_clock:
                await self._wield(broom, rows)
        deleted = sum(rows.values())
        is_scrubbed = True
        if deleted or not self.standing.is_scrubbed:
            is_scrubbed = await self._scrub()
        if deleted:
            log.info("what was kept long enough is gone: %s", rows)
        is_sure = self._clock.is_synced
        self.standing = SweepStanding(
            at=self._clock.now() if is_sure else self.standing.at,
            rows=self.standing.rows + deleted,
            is_waiting=not is_sure,
            is_scrubbed=is_scrubbed,
        )
        return rows if is_sure else None

    async def _wield(self, broom: Broom, rows: dict[str, int]) -> None:
        more = True
        while more and (self._clock.is_synced or not broom.needs_clock):
            job = self._told(broom.slice(self._policy(), self._clock.now()))
            # Shielded: whoever is cancelled while waiting for a job takes the job back.
            done = await asyncio.shield(asyncio.wrap_future(self._store.writer.submit(job)))
            for what, count in done.rows.items():
                rows[what] = rows.get(what, 0) + count
            if self._hear is not None:
                await self._hear(done)
            more = done.more
            if more:
                await asyncio.sleep(self._pause_s)

    def _told(self, sweep: Callable[[Connection], Slice]) -> Callable[[Connection], Slice]:
        """Give the job with its entry in the audit trail: both are kept, or neither."""
        at = self._clock.now()

        def job(conn: Connection) -> Slice:
            done = sweep(conn)
            told = {what: count for what, count in done.rows.items() if count}
            if told and not done.is_told:
                self._trail.entry(SWEPT, detail=told, at=at)(conn)
            return done

        return job

    async def _scrub(self) -> bool:
        """Take what was deleted out of the WAL as well (R26)."""
        for attempt in range(SCRUBS):
            if attempt:
                await asyncio.sleep(SCRUB_S)
            if await asyncio.wrap_future(self._store.scrub()):
                return True
        log.warning("what was deleted is still in the WAL: a reader looks at an old state")
        return False
