"""This is where it is known which channel a radio is to be on, and when it changes."""

import itertools
from collections.abc import Awaitable, Callable, Iterator

from edge.model.names import SECOND, Instant

Tune = Callable[[int], Awaitable[object]]
"""Sets a channel. Raises: SourceFault, SourceUnusable."""


class ChannelPlan:
    """Keeps a radio on one channel, or goes round several, each for its dwell.

    Fixed channels hear more phones than hopping: see the driver's README.
    """

    def __init__(self, channels: tuple[int, ...], *, dwell_s: float, tune: Tune) -> None:
        self._is_hopping = len(channels) > 1
        self._dwell_ns = round(dwell_s * SECOND)
        self._tune = tune
        self._next: Iterator[int] = (
            itertools.cycle(channels) if self._is_hopping else iter(channels)
        )
        self._due: Instant | None = Instant(0)

    async def keep(self, now: Instant) -> None:
        """Change channel where that is due.

        Raises: SourceFault when the radio does not obey.
        """
        if self._due is None or now < self._due:
            return
        channel = next(self._next, None)
        self._due = Instant(now + self._dwell_ns) if self._is_hopping else None
        if channel is not None:
            await self._tune(channel)
