"""This is where the daemon's line of time is kept: monotonic inside, UTC as far as it is known.

The line begins at the system's clock, or at the ledger's newest moment where that is later (a box
without a real-time clock boots in the past), and then runs with the monotonic clock. Only a
synchronised clock moves it: forward at once, back by standing still, and further back than
LONGEST_STILL_NS by beginning anew.
"""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from edge.model.names import SECOND, Instant

Reading = Callable[[], int]
"""Reads a clock, in nanoseconds."""

STEP_NS: Final = SECOND // 2
"""A difference that is a step: drift is taken out of both clocks by the kernel alike, and reading
the two takes microseconds."""
LONGEST_STILL_NS: Final = 60 * SECOND
"""Longest stretch for which the line may stand still; time-outs are late by as much."""


class Course(StrEnum):
    """What a look at the system's clock led to."""

    STEADY = "steady"
    SYNCED = "synced"
    """The clock is synchronised from now on."""
    UNSYNCED = "unsynced"
    """The clock is no longer known to be synchronised."""
    STEPPED = "stepped"
    """A synchronised clock was set; the line follows."""
    BACK = "back"
    """The line begins anew at an earlier moment: whoever remembers moments has to forget them."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one look."""

    course: Course
    by_ns: int = 0
    """What was added to the line; negative where it was ahead."""


class LiveClock:
    """The line of time of one run; used from the event loop's thread.

    `now` never goes back, but for a look that says BACK.
    """

    def __init__(self, *, wall: Reading, monotonic: Reading, floor: Instant) -> None:
        """`floor` is the newest moment that is known from earlier runs."""
        self._wall = wall
        self._monotonic = monotonic
        self._offset_ns = max(wall(), floor) - monotonic()
        self._newest = Instant(0)
        self.is_behind_floor = wall() < floor
        """True where the system's clock was behind what the ledger had seen already."""
        self.is_synced = False

    def now(self) -> Instant:
        """Give the present moment."""
        self._newest = Instant(max(self._newest, self._monotonic() + self._offset_ns))
        return self._newest

    def look(self, *, synced: bool) -> Look:
        """Compare the line with the system's clock; `synced` says if that can be trusted."""
        was_synced, self.is_synced = self.is_synced, synced
        if not synced:
            return Look(course=Course.UNSYNCED if was_synced else Course.STEADY)
        by_ns = self._wall() - (self._monotonic() + self._offset_ns)
        if was_synced and abs(by_ns) < STEP_NS:
            return Look(course=Course.STEADY)
        self._offset_ns += by_ns
        if by_ns < -LONGEST_STILL_NS:
            self._newest = Instant(0)
            return Look(course=Course.BACK, by_ns=by_ns)
        return Look(course=Course.STEPPED if was_synced else Course.SYNCED, by_ns=by_ns)


def system_clock(floor: Instant) -> LiveClock:
    """Give a line of time on this machine's clocks; time spent asleep counts (CLOCK_BOOTTIME)."""
    return LiveClock(
        wall=time.time_ns,
        monotonic=lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME),
        floor=floor,
    )
