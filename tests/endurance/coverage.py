"""This is where it is worked out for which share of the soak a source was listened to.

Three readings of the same thing: the source's other end saw when it was listened to, the daemon
counts it in its status, and its ledger holds every change of a source.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from edge.model.event import SourceStateChanged
from edge.store.rows import MILLISECOND, LedgerRow
from tests.endurance.staged import Outage

DOWN: Final = frozenset({"starting", "deaf", "retrying", "parked"})
SLACK_MS: Final = 100
"""The ledger writes milliseconds, and a fault begins while it is being staged."""
BACK_MS: Final = 2_000
"""A source is said to be up within so much of its return."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A source came to a state; milliseconds since 1970."""

    at_ms: int
    is_down: bool


def changes(rows: Sequence[LedgerRow], source: str) -> list[Change]:
    """Give what the ledger says of one source's health, in order."""
    return [
        Change(at_ms=row.at_ms, is_down=row.data.to in DOWN)
        for row in rows
        if isinstance(row.data, SourceStateChanged) and row.data.source == source
    ]


def is_recorded(outage: Outage, told: Sequence[Change]) -> bool:
    """Say whether a fault's beginning and its end stand in the ledger."""
    first, last = outage.broken_at // MILLISECOND, outage.heard_at // MILLISECOND
    downs = [one.at_ms for one in told if one.is_down and first - SLACK_MS <= one.at_ms <= last]
    return bool(downs) and any(
        not one.is_down and downs[0] <= one.at_ms <= last + BACK_MS for one in told
    )


def seen(outages: Sequence[Outage], *, first_at: int, start: int, end: int) -> float:
    """Give the share of one interval that the other end saw; all in nanoseconds."""
    away = max(0, min(first_at, end) - start)
    for one in outages:
        away += max(0, min(one.heard_at, end) - max(one.broken_at, start))
    return 1 - away / (end - start)


def staged(outages: Sequence[Outage], *, first_at: int, start: int, end: int) -> float:
    """Give the share that there would be, were every source back when its line is mended."""
    away = (first_at - start) + sum(one.mended_at - one.broken_at for one in outages)
    return 1 - away / (end - start)


def told(told: Sequence[Change], *, first_at: int, start: int, end: int) -> float:
    """Give the share that the ledger's changes say; all in nanoseconds."""
    away_ms = first_at // MILLISECOND - start // MILLISECOND
    for begin, until in _downs(told, end_ms=end // MILLISECOND):
        away_ms += max(0, until - max(begin, first_at // MILLISECOND))
    return 1 - away_ms * MILLISECOND / (end - start)


def _downs(told: Sequence[Change], *, end_ms: int) -> Iterator[tuple[int, int]]:
    since: int | None = None
    for change in told:
        if change.at_ms >= end_ms:
            break
        if change.is_down and since is None:
            since = change.at_ms
        elif not change.is_down and since is not None:
            yield since, change.at_ms
            since = None
    if since is not None:
        yield since, end_ms
