"""This is where it is said what a policy's terms mean for each kind of thing that is kept.

The terms are longest ones, counted from when something happened: what is as old as its term stays,
what is older goes. What waits for the platform stays until the platform has it, however old it is,
and goes with the next sweep, well within the 24 hours that are allowed for it.
"""

from collections.abc import Callable
from typing import Final

from edge.daemon.auditing import AuditTrail
from edge.daemon.customer_brooms import CustomersBroom, PolicyBroom
from edge.daemon.sweeping import Broom, Slice
from edge.model.names import SECOND, Instant
from edge.privacy.policy import Policy
from edge.store import audit, retention
from edge.store.database import Store
from edge.store.engine import Connection

DAY_NS: Final = 86_400 * SECOND


class LedgerBroom:
    """Sweeps visits and the events that tell of them."""

    needs_clock: Final = True

    def slice(self, policy: Policy, now: Instant) -> Callable[[Connection], Slice]:
        """Give the job that deletes what happened longer ago than visits may be kept."""
        before = days_before(now, policy.retention.visits_d)

        def job(conn: Connection) -> Slice:
            swept = retention.sweep(conn, before=before)
            return Slice(rows={"events": swept.events, "visits": swept.visits}, more=swept.more)

        return job


class NamesBroom:
    """Takes names out of what is too old and waits for a platform that there is not.

    A store without a platform keeps its events, so that one may still be joined later, but after
    the term they speak of nobody.
    """

    needs_clock: Final = True

    def slice(self, policy: Policy, now: Instant) -> Callable[[Connection], Slice]:
        """Give the job that takes names out of what happened too long ago."""
        before = days_before(now, policy.retention.visits_d)

        def job(conn: Connection) -> Slice:
            names = retention.unname(conn, before=before)
            return Slice(rows={"names": names}, more=names == retention.SLICE_ROWS)

        return job


class TrailBroom:
    """Sweeps the audit trail's beginning."""

    needs_clock: Final = True

    def __init__(self, key: bytes) -> None:
        self._key = key

    def slice(self, policy: Policy, now: Instant) -> Callable[[Connection], Slice]:
        """Give the job that cuts what was written longer ago than the trail may be kept."""
        before = days_before(now, policy.retention.audit_d)

        def job(conn: Connection) -> Slice:
            gone = audit.cut(conn, before=before, at=now, key=self._key)
            return Slice(rows={"audit": gone}, more=gone == audit.CUT_ROWS, is_told=True)

        return job


def brooms(store: Store, trail: AuditTrail, *, has_platform: bool) -> tuple[Broom, ...]:
    """Give fresh brooms for everything that is kept; what takes the device's key not without it."""
    of_events: tuple[Broom, ...] = (LedgerBroom(),)
    if not has_platform:
        of_events = (LedgerBroom(), NamesBroom())
    if store.vault is None or trail.key is None:
        return of_events
    return (PolicyBroom(), *of_events, CustomersBroom(), TrailBroom(trail.key))


def days_before(now: Instant, days: int) -> Instant:
    """Give the moment so many days of 24 hours ago."""
    return Instant(now - days * DAY_NS)
