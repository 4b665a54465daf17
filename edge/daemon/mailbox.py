"""This is where observations wait between the sensors and the intake."""

import threading
from collections import deque
from typing import Final

from edge.model.names import SourceName
from edge.model.observation import (
    AnyObservation,
    CustomerHeard,
    ProbeHeard,
    SignOfLife,
    StaffHeard,
)

CAPACITY: Final = 20_000
"""At the busiest second measured (132 probes, a thousand adverts) this is a quarter of a minute."""
RESERVE: Final = 20_000
"""Further room for door counts, acts and receipts, which are never dropped: a day's worth."""


class Mailbox:
    """A bounded queue from any thread to the intake.

    When it is full, radio sightings are dropped and counted for their source; everything else goes
    into a reserve, and when that is full too, the thread that offers waits.
    """

    def __init__(self, capacity: int = CAPACITY, *, reserve: int = RESERVE) -> None:
        self._capacity = capacity
        self._most = capacity + reserve
        self._waiting: deque[AnyObservation] = deque()
        self._change = threading.Condition()
        self.dropped: dict[SourceName, int] = {}
        """Radio sightings dropped so far, by source."""

    def __len__(self) -> int:
        """Say how many observations wait."""
        return len(self._waiting)

    def offer(self, observation: AnyObservation) -> bool:
        """Put an observation in; False where it was dropped and counted."""
        with self._change:
            if len(self._waiting) >= self._capacity and may_drop(observation):
                source = observation.source
                self.dropped[source] = self.dropped.get(source, 0) + 1
                return False
            while len(self._waiting) >= self._most:
                self._change.wait()
            self._waiting.append(observation)
            self._change.notify_all()
            return True

    def take(self, *, wait_s: float) -> list[AnyObservation]:
        """Take everything that waits, in the order of arrival; waits up to `wait_s` for some."""
        with self._change:
            if not self._waiting:
                self._change.wait(wait_s)
            taken = list(self._waiting)
            self._waiting.clear()
            self._change.notify_all()
            return taken


def may_drop(observation: AnyObservation) -> bool:
    """Say whether an observation is a radio sighting, one of many that say the same."""
    if isinstance(observation, CustomerHeard):
        return observation.signal_dbm is not None
    return isinstance(observation, ProbeHeard | StaffHeard | SignOfLife)
