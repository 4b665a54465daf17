"""This is where visits are put together again from the events that tell of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from edge.model.event import (
    VisitCorrected,
    VisitEnded,
    VisitIdentified,
    VisitStarted,
    ZoneEntered,
    ZoneLeft,
)
from edge.model.names import CustomerId, DoorName, VisitId
from edge.store.rows import LedgerRow

UNKNOWN_ZONE: Final = "unknown"
"""What a zone event says where the sensor that would know is down."""
TAKEN_BACK: Final = frozenset({"retracted", "merged"})
"""Corrections after which a visit does not stand for a person of its own any more."""


class Identification(msgspec.Struct, frozen=True, kw_only=True):
    """Who a visit was last said to be."""

    at_ms: int
    customer: CustomerId
    confidence: float
    grade: str


class ZoneSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which a visit was said to be in one zone."""

    zone: str
    from_ms: int
    to_ms: int


class ToldVisit(msgspec.Struct, frozen=True, kw_only=True):
    """One visit as its events tell it, after the last of them."""

    visit: VisitId
    started_ms: int
    until_ms: int
    """Its end, or the newest moment of the ledger while it goes on."""
    people: int
    door: DoorName | None
    duration_s: float | None
    """None while it goes on."""
    identified: Identification | None
    zones: tuple[ZoneSpan, ...]
    """In order of time; between two of them no zone was told."""
    taken_back: bool
    """True where a correction merged or retracted it."""


def visit_of(row: LedgerRow) -> VisitId | None:
    """Give the visit that a row is about."""
    if row.visit is not None:
        return row.visit
    found: VisitId | None = getattr(row.data, "visit", None)
    return found


def tell_visits(rows: Iterable[LedgerRow]) -> dict[VisitId, ToldVisit]:
    """Put every visit together, in the order in which they were first told of."""
    grouped: dict[VisitId, list[LedgerRow]] = defaultdict(list)
    newest_ms = 0
    for row in rows:
        newest_ms = max(newest_ms, row.at_ms)
        visit = visit_of(row)
        if visit is not None:
            grouped[visit].append(row)
    return {visit: tell_visit(visit, told, newest_ms=newest_ms) for visit, told in grouped.items()}


def standing(visits: Iterable[ToldVisit]) -> tuple[ToldVisit, ...]:
    """Leave out the visits that were merged or retracted."""
    return tuple(visit for visit in visits if not visit.taken_back)


def tell_visit(visit: VisitId, rows: Sequence[LedgerRow], *, newest_ms: int) -> ToldVisit:
    """Put one visit together from its rows, which stand in the ledger's order."""
    start = next((row for row in rows if isinstance(row.data, VisitStarted)), None)
    started = start.data if start and isinstance(start.data, VisitStarted) else None
    end = next((row for row in reversed(rows) if isinstance(row.data, VisitEnded)), None)
    until_ms = end.at_ms if end else newest_ms
    return ToldVisit(
        visit=visit,
        started_ms=start.at_ms if start else min(row.at_ms for row in rows),
        until_ms=until_ms,
        people=started.people if started else 1,
        door=started.door if started else None,
        duration_s=end.data.duration_s if end and isinstance(end.data, VisitEnded) else None,
        identified=_identification(rows),
        zones=_zone_spans(rows, until_ms=until_ms),
        taken_back=any(
            isinstance(row.data, VisitCorrected) and row.data.what in TAKEN_BACK for row in rows
        ),
    )


def _identification(rows: Sequence[LedgerRow]) -> Identification | None:
    for row in reversed(rows):
        if isinstance(row.data, VisitIdentified):
            return Identification(
                at_ms=row.at_ms,
                customer=row.data.customer,
                confidence=row.data.confidence,
                grade=row.data.grade,
            )
    return None


def _zone_spans(rows: Sequence[LedgerRow], *, until_ms: int) -> tuple[ZoneSpan, ...]:
    """Close a zone where it was left, where the next was entered, or where the visit ended."""
    spans: list[ZoneSpan] = []
    zone, since_ms = "", 0
    for row in sorted(rows, key=lambda row: (row.at_ms, row.sequence)):
        entered = isinstance(row.data, ZoneEntered)
        left = isinstance(row.data, ZoneLeft) and row.data.zone == zone
        if zone and (entered or left):
            spans.append(ZoneSpan(zone=zone, from_ms=since_ms, to_ms=row.at_ms))
            zone = ""
        if isinstance(row.data, ZoneEntered):
            zone, since_ms = row.data.zone, row.at_ms
    if zone:
        spans.append(ZoneSpan(zone=zone, from_ms=since_ms, to_ms=max(since_ms, until_ms)))
    return tuple(span for span in spans if span.to_ms > span.from_ms)
