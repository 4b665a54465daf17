"""This is where an erasure is carried through, from its delivery to its receipt.

The transaction that takes the delivery in deletes the customer and their key, takes them out of
the ledger, and leaves a row that says what is still to be done. The rest happens here: fusion
forgets, a fresh snapshot lies on the disk, the write-ahead log is empty, the files were searched,
and the receipt is in the outbox. Each step can be done again, so a restart begins with the first.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

import msgspec

from edge.daemon.auditing import AuditTrail
from edge.daemon.clock import LiveClock
from edge.daemon.erasing_book import Changed
from edge.daemon.erasing_residue import Needles, find, marks_needles
from edge.daemon.waiting import set_within
from edge.model.event import ErasureCompleted, Event, RowsErased
from edge.model.moment import rfc3339
from edge.model.names import Instant, SourceName
from edge.model.observation import AnyObservation, ConsentChanged
from edge.privacy.audit import ERASED
from edge.store import asked as asked_table
from edge.store.asked import Asked, Counts
from edge.store.database import Store
from edge.store.engine import Connection

log = logging.getLogger(__name__)

T = TypeVar("T")

DESK: Final = SourceName("consents")
"""The source that a changed consent is said to come from; no sensor has this name."""
BATCH: Final = 20
"""Erasures carried through together: one search of the files serves them all."""
PAGE: Final = 500
"""Erasures of people of whom nothing was held, told together: a first load brings thousands."""
SCRUB_S: Final = 0.2
"""How soon the write-ahead log is looked at again where a reader was in the way."""
URGE_S: Final = 45.0
"""An erasure that is not through by then is told in the log: 60 s is the promise."""
NOTHING_HELD: Final = ("the tables only, for nothing was held",)
AGAIN_S: Final = 10.0
"""How soon it is looked again for erasures left over; nothing should ever be."""


class Folding(Protocol):
    """Who folds what waits in the mailbox."""

    async def turn(self) -> None:
        """Fold what waits and commit it, with a fresh snapshot."""


class Sending(Protocol):
    """Who sends what waits in the outbox."""

    def tell(self, events: Sequence[Event]) -> None:
        """Hear that events were stored."""

    def rewritten(self) -> None:
        """Hear that names were taken out of events that wait."""


class Erasing:
    """Carries erasures through, one batch after the other; it belongs to the event loop."""

    def __init__(
        self,
        store: Store,
        *,
        clock: LiveClock,
        offer: Callable[[AnyObservation], object],
        folding: Folding,
        trail: AuditTrail,
        sending: Sending,
        passed: Callable[[str], None] = lambda _step: None,
    ) -> None:
        """Take the parts; `passed` hears of each step that was taken."""
        self._store = store
        self._clock = clock
        self._offer = offer
        self._folding = folding
        self._trail = trail
        self._sending = sending
        self._passed = passed
        self._needles: dict[bytes, Needles] = {}
        self._woken = asyncio.Event()

    def hear(self, changes: Sequence[Changed]) -> None:
        """Hear what took effect on the disk: fusion is told at once, the rest follows."""
        now = self._clock.now()
        for one in changes:
            self._offer(
                ConsentChanged(at=now, source=DESK, customer=one.customer, purposes=one.purposes)
            )
            if one.erased is not None:
                self._needles[one.mark] = one.erased
        if changes:
            self._woken.set()

    async def run(self) -> None:
        """Carry through what was asked for, also before this start, until cancelled.

        Raises: StoreError where the disk fails.
        """
        while True:
            self._woken.clear()
            while await self.carry():
                pass
            await set_within(self._woken, AGAIN_S)

    async def carry(self) -> int:
        """Carry a batch of erasures through; gives how many were."""
        waiting = await self._ask(lambda conn: asked_table.pending(conn, limit=PAGE))
        if not waiting:
            await self._folding.turn()  # a consent that was taken back is folded now as well
            return 0
        await self._folding.turn()
        self._passed("folded")
        held = [one for one in waiting if one.counts != Counts()]
        if len(held) < len(waiting):
            return await self._tell_of_nothing([one for one in waiting if one not in held])
        waiting = await self._sweep(held[:BATCH])
        self._passed("swept")
        await self._scrub(waiting)
        self._passed("scrubbed")
        residue = await self._search(waiting)
        self._passed("searched")
        await self._finish(waiting, residue)
        self._passed("finished")
        return len(waiting)

    async def _tell_of_nothing(self, waiting: list[Asked]) -> int:
        """Tell of those of whom nothing was held, and nothing came since: nothing is to be sought.

        Whoever turns out to have left something is carried through with the next batch.
        """
        bare = [one for one in await self._sweep(waiting) if one.counts == Counts()]
        residue = await self._left_in_tables(bare)
        if bare:
            await self._finish(bare, residue)
        return len(waiting)

    async def _sweep(self, waiting: list[Asked]) -> list[Asked]:
        """Take out what was on its way to the disk when the erasure came."""
        swept = await self._ask(
            lambda conn: [asked_table.sweep_again(conn, one) for one in waiting]
        )
        self._sending.rewritten()
        return swept

    async def _left_in_tables(self, waiting: list[Asked]) -> list[int]:
        return await self._ask(
            lambda conn: [asked_table.left_under(conn, one.mark) for one in waiting]
        )

    async def _scrub(self, waiting: list[Asked]) -> None:
        """Empty the write-ahead log, however long a reader looks at an old state (R26)."""
        is_told = False
        while not await asyncio.wrap_future(self._store.scrub()):
            age_s = (self._clock.now() - waiting[0].asked) / 1e9
            if age_s > URGE_S and not is_told:
                is_told = True
                log.error(
                    "an erasure cannot be completed: a program has had the database open for long; "
                    "end it, then the erasure goes on by itself"
                )
            await asyncio.sleep(SCRUB_S)

    async def _search(self, waiting: list[Asked]) -> list[int]:
        """Count what is still there of each person, in the files and in the tables."""
        needles = [self._needles.get(one.mark) or marks_needles(one.mark) for one in waiting]
        in_files = await asyncio.to_thread(find, self._store.path, needles)
        in_tables = await self._left_in_tables(waiting)
        return [in_files[place] + left for place, left in enumerate(in_tables)]

    async def _finish(self, waiting: list[Asked], residue: list[int]) -> None:
        """Put the receipts into the outbox and the audit trail, and the list is empty."""
        now = self._clock.now()
        receipts = [
            self._receipt(one, left, now=now) for one, left in zip(waiting, residue, strict=True)
        ]
        entries = [
            self._trail.entry(ERASED, subject=one.mark, detail=_told(one, left), at=now)
            for one, left in zip(waiting, residue, strict=True)
        ]

        def also(conn: Connection) -> None:
            for one, entry in zip(waiting, entries, strict=True):
                asked_table.finish(conn, one)
                entry(conn)

        kept = self._store.ledger.append(receipts, synced=self._clock.is_synced, also=also)
        await asyncio.shield(asyncio.wrap_future(kept))
        for one in waiting:
            self._needles.pop(one.mark, None)
        if any(residue):
            log.error("erasures left %d traces: run: edge privacy verify", sum(residue))
        log.info("%d erasures are complete", len(waiting))
        self._sending.tell(receipts)

    def _receipt(self, one: Asked, residue: int, *, now: Instant) -> Event:
        counts = msgspec.structs.asdict(one.counts)
        words = (self._needles.get(one.mark) or marks_needles(one.mark)).words
        if one.counts == Counts():
            words = NOTHING_HELD
        data = ErasureCompleted(
            request=one.request,
            rows=tuple(RowsErased(table=name, rows=count) for name, count in counts.items()),
            residue=residue,
            searched=words,
            asked=rfc3339(one.asked),
        )
        return Event(at=now, recorded=now, data=data)

    async def _ask(self, job: Callable[[Connection], T]) -> T:
        return await asyncio.shield(asyncio.wrap_future(self._store.writer.submit(job)))


def _told(one: Asked, residue: int) -> dict[str, object]:
    return {"request": one.request, "residue": residue, **msgspec.structs.asdict(one.counts)}
