"""This is where visits are put together again from the events that tell of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
MERGED: Final = "merged"
"""The correction after which a visit is a part of another one."""
TAKEN_BACK: Final = frozenset({MERGED, "retracted"})
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
    """True where a correction merged or retracted it: it is no visit of its own any more."""
    merged_into: VisitId | None
    """The visit that this one turned out to be part of, where that is known."""


def visit_of(row: LedgerRow) -> VisitId | None:
    """Give the visit that a row is about."""
    if row.visit is not None:
        return row.visit
    found: VisitId | None = getattr(row.data, "visit", None)
    return found


def tell_visits(rows: Iterable[LedgerRow]) -> dict[VisitId, ToldVisit]:
    """Put every visit together, in the order in which they were first told of.

    What was merged into a visit is part of it: it lasts until the end of its last part.
    """
    grouped: dict[VisitId, list[LedgerRow]] = defaultdict(list)
    newest_ms = 0
    for row in rows:
        newest_ms = max(newest_ms, row.at_ms)
        visit = visit_of(row)
        if visit is not None:
            grouped[visit].append(row)
    parts = _parts(grouped)
    return {
        visit: tell_visit(
            visit,
            sorted(
                (row for part in (visit, *parts[visit]) for row in grouped[part]),
                key=lambda row: row.sequence,
            ),
            newest_ms=newest_ms,
        )
        for visit in grouped
    }


def standing(visits: Iterable[ToldVisit]) -> tuple[ToldVisit, ...]:
    """Leave out the visits that were merged or retracted."""
    return tuple(visit for visit in visits if not visit.taken_back)


def tell_visit(visit: VisitId, rows: Sequence[LedgerRow], *, newest_ms: int) -> ToldVisit:
    """Put one visit together from its rows and those of its parts, in the ledger's order."""
    own = [row for row in rows if visit_of(row) == visit]
    start = next((row for row in own if isinstance(row.data, VisitStarted)), None)
    started = start.data if start and isinstance(start.data, VisitStarted) else None
    started_ms = start.at_ms if start else min(row.at_ms for row in own)
    ends = {visit_of(row): row for row in rows if isinstance(row.data, VisitEnded)}
    over = ends.keys() == {visit_of(row) for row in rows}
    until_ms = max(row.at_ms for row in ends.values()) if over else newest_ms
    return ToldVisit(
        visit=visit,
        started_ms=started_ms,
        until_ms=until_ms,
        people=started.people if started else 1,
        door=started.door if started else None,
        duration_s=(until_ms - started_ms) / 1000 if over else None,
        identified=_identification(rows),
        zones=_zone_spans(rows, until_ms=until_ms),
        taken_back=any(
            isinstance(row.data, VisitCorrected) and row.data.what in TAKEN_BACK for row in own
        ),
        merged_into=_merged_into(own),
    )


def _merged_into(own: Iterable[LedgerRow]) -> VisitId | None:
    found = [
        row.data.with_
        for row in own
        if isinstance(row.data, VisitCorrected) and row.data.what == MERGED
    ]
    return found[-1] if found else None


def _parts(grouped: Mapping[VisitId, Sequence[LedgerRow]]) -> dict[VisitId, list[VisitId]]:
    """Give the visits that were merged into each one, directly or through another."""
    into = {visit: _merged_into(rows) for visit, rows in grouped.items()}
    parts: dict[VisitId, list[VisitId]] = defaultdict(list)
    for visit in grouped:
        seen = {visit}
        whole = into[visit]
        while whole is not None and whole in into and whole not in seen:
            parts[whole].append(visit)
            seen.add(whole)
            whole = into[whole]
    return parts


def _identification(rows: Sequence[LedgerRow]) -> Identification | None:
    """Give the last identification; one whose customer was erased is none any more."""
    for row in reversed(rows):
        if isinstance(row.data, VisitIdentified) and row.data.customer:
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
        if zone and (entered or left or isinstance(row.data, VisitEnded)):
            spans.append(ZoneSpan(zone=zone, from_ms=since_ms, to_ms=row.at_ms))
            zone = ""
        if isinstance(row.data, ZoneEntered):
            zone, since_ms = row.data.zone, row.at_ms
    if zone:
        spans.append(ZoneSpan(zone=zone, from_ms=since_ms, to_ms=max(since_ms, until_ms)))
    return tuple(span for span in spans if span.to_ms > span.from_ms)
