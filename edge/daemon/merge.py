"""This is where the recorded sources of a store are put back into one line of time."""

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from edge.daemon.faces import PendingFace
from edge.model.names import Instant
from edge.model.observation import AnyObservation


class Feed:
    """One source's recorded observations, decoded a batch at a time; one thread only."""

    def __init__(self) -> None:
        """Start empty; `hand_over` fills it, `attach` says what drives it."""
        self._waiting: deque[AnyObservation | PendingFace] = deque()
        self._batches: Iterator[Instant] = iter(())

    def attach(self, batches: Iterator[Instant]) -> None:
        """Take the driver's replay, which hands over a batch at each step."""
        self._batches = batches

    def hand_over(self, observation: AnyObservation | PendingFace) -> None:
        """Take an observation, or a face that waits for its moment, from the source's door."""
        self._waiting.append(observation)

    def peek(self) -> AnyObservation | PendingFace | None:
        """Give the next observation without taking it; None at the end of the recording."""
        while not self._waiting:
            if next(self._batches, None) is None:
                break
        return self._waiting[0] if self._waiting else None

    def take(self) -> Sequence[AnyObservation]:
        """Take what `peek` showed: an observation, or what came of a face."""
        taken = self._waiting.popleft()
        return taken.resolve() if isinstance(taken, PendingFace) else (taken,)


def merged(
    feeds: Sequence[Feed], *, hear: Callable[[AnyObservation], None] | None = None
) -> Iterator[AnyObservation]:
    """Give the observations of all feeds by their moments; ties in the order of the feeds.

    A feed that is out of order in itself stays so: putting late observations in their place is
    fusion's work, live as in a replay. `hear` is told of each before the next is looked at, so that
    a face finds the gate as those before it left it.
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
        for observation in feed.take():
            if hear is not None:
                hear(observation)
            yield observation
        following = feed.peek()
        if following is None:
            heapq.heappop(heads)
        else:
            heapq.heapreplace(heads, (following.at, index))
