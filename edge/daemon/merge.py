"""This is where the recorded sources of a store are put back into one line of time."""

import heapq
from collections import deque
from collections.abc import Iterator, Sequence

from edge.model.names import Instant
from edge.model.observation import AnyObservation


class Feed:
    """One source's recorded observations, decoded a batch at a time; one thread only."""

    def __init__(self) -> None:
        """Start empty; `hand_over` fills it, `attach` says what drives it."""
        self._waiting: deque[AnyObservation] = deque()
        self._batches: Iterator[Instant] = iter(())

    def attach(self, batches: Iterator[Instant]) -> None:
        """Take the driver's replay, which hands over a batch at each step."""
        self._batches = batches

    def hand_over(self, observation: AnyObservation) -> None:
        """Take an observation from the source's door."""
        self._waiting.append(observation)

    def peek(self) -> AnyObservation | None:
        """Give the next observation without taking it; None at the end of the recording."""
        while not self._waiting:
            if next(self._batches, None) is None:
                break
        return self._waiting[0] if self._waiting else None

    def take(self) -> AnyObservation:
        """Take the observation that `peek` showed."""
        return self._waiting.popleft()


def merged(feeds: Sequence[Feed]) -> Iterator[AnyObservation]:
    """Give the observations of all feeds by their moments; ties in the order of the feeds.

    A feed that is out of order in itself stays so: putting late observations in their place is
    fusion's work, live as in a replay.
    """
    heads: list[tuple[Instant, int]] = []
    for index, feed in enumerate(feeds):
        first = feed.peek()
        if first is not None:
            heads.append((first.at, index))
    heapq.heapify(heads)
    while heads:
        _, index = heads[0]
        feed = feeds[index]
        yield feed.take()
        following = feed.peek()
        if following is None:
            heapq.heappop(heads)
        else:
            heapq.heapreplace(heads, (following.at, index))
