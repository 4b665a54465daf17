"""This is where live observations are folded and committed, a few times a second."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from edge.daemon.clock import LiveClock
from edge.daemon.mailbox import Mailbox, may_drop
from edge.daemon.run_fold import Taken, begin_anew
from edge.fusion.fold import Fusion, resume
from edge.fusion.tuning import Tuning
from edge.model.event import Event
from edge.model.names import SECOND, CustomerId, Instant
from edge.model.observation import AnyObservation, WithdrawalMade
from edge.model.place import Floor
from edge.store.ledger import Ledger, Snapshot

TURN_S: Final = 0.25
"""Longest wait of an observation for its batch."""
SLICE: Final = 2_000
"""Observations folded between two looks at the rest of the loop: about 20 ms of work."""
LIGHT_NS: Final = SECOND
"""Radio sightings repeat themselves: what was folded of them alone is committed so often. Acts,
door counts and receipts are committed with their batch, and so is what leads to an event."""
IDLE_NS: Final = 60 * SECOND
"""Without anything new the snapshot is written so often: it carries how far time has come."""


class LiveIntake:
    """Takes what waits in the mailbox, folds it, and commits; it belongs to the event loop."""

    def __init__(
        self,
        mailbox: Mailbox,
        *,
        ledger: Ledger,
        clock: LiveClock,
        told: Callable[[Sequence[Event]], None],
        withdraw: Callable[[CustomerId], None] = lambda _customer: None,
    ) -> None:
        """`told` hears of events once they are on the disk, `withdraw` who withdrew by card."""
        self._withdraw = withdraw
        self._mailbox = mailbox
        self._ledger = ledger
        self._clock = clock
        self._told = told
        self._fusion: Fusion | None = None
        self._turning = asyncio.Lock()
        self._committed_at = Instant(0)
        self._dirty = False
        self._is_over = False
        self.position = 0
        """Observations taken in since the ledger began."""
        self.events = 0
        """Events committed by this run."""
        self.turns = 0
        """Turns that came to their end: the watchdog looks at them."""

    @property
    def late(self) -> int:
        """How many observations came too late to be put in their place."""
        return 0 if self._fusion is None else self._fusion.late

    def named(self) -> set[str]:
        """Give every customer of whom fusion remembers something."""
        return self._running().named()

    async def begin(self, taken: Taken, *, position: int) -> None:
        """Go on from what was taken up, and commit what follows from it."""
        self._fusion = taken.fusion
        self.position = position
        async with self._turning:
            await self._commit(list(taken.events))

    async def run(self) -> None:
        """Turn until `end`.

        Raises: StoreError where the disk fails.
        """
        while not self._is_over:
            await asyncio.sleep(TURN_S)
            await self.turn()
        await self.turn()
        async with self._turning:
            await self._commit([])

    def end(self) -> None:
        """Let `run` end once everything that waits is on the disk, with all that is remembered."""
        self._is_over = True

    async def turn(self) -> None:
        """Fold what waits, let time pass, and commit what follows."""
        async with self._turning:
            waiting = self._mailbox.take(wait_s=0)
            events, is_weighty = await self._fold(waiting)
            now = self._clock.now()
            age_ns = now - self._committed_at
            self._dirty = self._dirty or bool(waiting)
            is_due = age_ns >= (LIGHT_NS if self._dirty else IDLE_NS)
            if events or is_weighty or is_due:
                await self._commit(events)
            self.turns += 1

    async def refit(self, floor: Floor, *, tuning: Tuning) -> None:
        """Go on with another floor or other figures, and with all that is remembered."""
        async with self._turning:
            state = resume(self._running().snapshot())
            self._fusion = Fusion(floor, state=state, tuning=tuning)

    async def begin_anew(self, floor: Floor, *, tuning: Tuning) -> None:
        """End what is open: the clock was set back, and moments before it mean nothing now."""
        async with self._turning:
            state = resume(self._running().snapshot())
            taken = begin_anew(state, floor, tuning=tuning, now=self._clock.now())
            self._fusion = taken.fusion
            await self._commit(list(taken.events))

    async def _fold(self, waiting: Sequence[AnyObservation]) -> tuple[list[Event], bool]:
        """Fold a batch; say what followed, and whether something in it must not be lost."""
        fusion = self._running()
        events: list[Event] = []
        is_weighty = False
        for start in range(0, len(waiting), SLICE):
            for observation in waiting[start : start + SLICE]:
                if type(observation) is WithdrawalMade:
                    self._withdraw(observation.customer)
                events += fusion.step(observation)
                is_weighty = is_weighty or not may_drop(observation)
            await asyncio.sleep(0)
        self.position += len(waiting)
        events += fusion.advance(self._clock.now())
        return events, is_weighty

    async def _commit(self, events: list[Event]) -> None:
        now = self._clock.now()
        snapshot = Snapshot(position=self.position, at=now, state=self._running().snapshot())
        kept = self._ledger.append(events, snapshot=snapshot, synced=self._clock.is_synced)
        # Shielded: whoever is cancelled while waiting for a job takes the job back.
        await asyncio.shield(asyncio.wrap_future(kept))
        self._committed_at, self._dirty = now, False
        self.events += len(events)
        if events:
            self._told(events)

    def _running(self) -> Fusion:
        if self._fusion is None:
            raise RuntimeError("the intake has not begun")
        return self._fusion
