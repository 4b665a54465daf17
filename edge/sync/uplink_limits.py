"""This is where it is said how patient the uplink is, and what it counts."""

import msgspec

from edge.sync.backoff import BackOff


class UplinkLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the window, and how long to wait for what; seconds."""

    window: int = 15
    """Messages in flight. Brokers allow 20 by default and drop above 1,000 queued a session."""
    listen_s: float = 5.0
    """Silence after which an answer about customers that seems to have ended, has (rule R22)."""
    pause_s: float = 10.0
    """The same for an answer of which the platform does not say that it has ended."""
    unanswered_s: float = 15.0
    """Without any answer for so long, events that speak of nobody leave, up to the first that
    speaks of a person; and the platform is asked again, each time after so long."""
    silent_s: float = 45.0
    """Without any answer for so long, and with three questions, the platform is one that does not
    answer: all events leave. What the broker held for us was taken in long before, and consents
    that nobody confirms end with their lease."""
    stall_s: float = 30.0
    """Without an acknowledgement for so long, events are sent again; doubles up to `stall_cap_s`,
    so that a platform that is away for a day finds a hundred copies and not thousands."""
    stall_cap_s: float = 600.0
    back_off: BackOff = BackOff(base_s=2.0)
    """After a refused message."""


class UplinkCounts(msgspec.Struct, kw_only=True):
    """What went through; `published` and `resent` in events."""

    published: int = 0
    resent: int = 0
    """Part of `published` that had been published before in this run."""
    refused: int = 0
    """Messages that the broker answered with a failure."""
    stalls: int = 0
    strange_acks: int = 0
    """Acknowledgements of another epoch, or of what was never sent."""
