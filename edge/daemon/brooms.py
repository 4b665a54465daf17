"""This is where it is said what a policy's terms mean for each kind of thing that is kept.

The terms are longest ones, counted from when something happened: what is as old as its term stays,
what is older goes. What waits for the platform stays until the platform has it, however old it is,
and goes with the next sweep, well within the 24 hours that are allowed for it.
"""

from collections.abc import Callable
from typing import Final

from edge.daemon.sweeping import Slice
from edge.model.names import SECOND, Instant
from edge.privacy.policy import Policy
from edge.store import audit, retention
from edge.store.engine import Connection

DAY_NS: Final = 86_400 * SECOND


class LedgerBroom:
    """Sweeps visits and the events that tell of them."""

    def slice(self, policy: Policy, now: Instant) -> Callable[[Connection], Slice]:
        """Give the job that deletes what happened longer ago than visits may be kept."""
        before = days_before(now, policy.retention.visits_d)

        def job(conn: Connection) -> Slice:
            swept = retention.sweep(conn, before=before)
            return Slice(rows={"events": swept.events, "visits": swept.visits}, more=swept.more)

        return job


class TrailBroom:
    """Sweeps the audit trail's beginning."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def slice(self, policy: Policy, now: Instant) -> Callable[[Connection], Slice]:
        """Give the job that cuts what was written longer ago than the trail may be kept."""
        before = days_before(now, policy.retention.audit_d)

        def job(conn: Connection) -> Slice:
            gone = audit.cut(conn, before=before, at=now, key=self._key)
            return Slice(rows={"audit": gone}, more=gone == audit.CUT_ROWS, is_told=True)

        return job


def days_before(now: Instant, days: int) -> Instant:
    """Give the moment so many days of 24 hours ago."""
    return Instant(now - days * DAY_NS)
