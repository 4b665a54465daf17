"""This is where observations are folded and what follows from them is kept."""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Final

from edge.fusion.fold import Fusion
from edge.model.event import Event
from edge.model.names import Instant
from edge.model.observation import AnyObservation, SignOfLife
from edge.store.ledger import Ledger, Snapshot

UNCOMMITTED: Final = 8
"""Batches on their way to the disk before the intake waits for the oldest."""


class Intake:
    """Folds batches and commits events, visits and fusion's state together; one thread only."""

    def __init__(self, fusion: Fusion, *, ledger: Ledger, position: int = 0) -> None:
        """`position` counts the observations that an earlier run took in."""
        self._fusion = fusion
        self._ledger = ledger
        self._pending: deque[Future[tuple[int, int]]] = deque()
        self.position = position
        self.events = 0
        """Events of this run."""
        self.heard = 0
        """Frames, adverts and lines that sources said they took in, in this run."""
        self.refused: dict[str, int] = {}
        """What sources did not use in this run, by reason."""
        self.faces: dict[str, int] = {}
        """Faces in view in this run by what became of them, in the words of FACE_COUNTS."""

    @property
    def late(self) -> int:
        """How many observations came too late."""
        return self._fusion.late

    def begin(self, at: Instant) -> None:
        """Say when the line of time begins; nothing happens where an earlier run began it."""
        self._fusion.begin(at)

    def take(self, observations: Iterable[AnyObservation]) -> list[Event]:
        """Fold a batch and hand it to the ledger; gives the events that follow from it."""
        events: list[Event] = []
        at = Instant(0)
        for observation in observations:
            self.position += 1
            at = observation.at
            if type(observation) is SignOfLife:
                self._count(observation)
            found = self._fusion.step(observation)
            if found:
                events += found
        self._keep(events, at)
        return events

    def finish(self, at: Instant) -> list[Event]:
        """End the day at `at` and wait until everything is on disk."""
        events = self._fusion.finish(at)
        self._keep(events, at)
        self.settle()
        return events

    def settle(self) -> None:
        """Wait until everything that was handed to the ledger is on disk.

        Raises: StoreError where the disk failed.
        """
        while self._pending:
            self._pending.popleft().result()

    def _keep(self, events: list[Event], at: Instant) -> None:
        self.events += len(events)
        snapshot = Snapshot(position=self.position, at=at, state=self._fusion.snapshot())
        self._pending.append(self._ledger.append(events, snapshot=snapshot))
        while len(self._pending) > UNCOMMITTED:
            self._pending.popleft().result()

    def _count(self, sign: SignOfLife) -> None:
        self.heard += sign.heard
        for reason, count in sign.refused.items():
            self.refused[reason] = self.refused.get(reason, 0) + count
        for what, count in sign.faces.items():
            self.faces[what] = self.faces.get(what, 0) + count
