"""This is where everything that a report shows is computed, before anything is drawn."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median
from zoneinfo import ZoneInfo

import msgspec

from edge.cli.reporting.health import SourceChange, source_changes
from edge.cli.reporting.hours import (
    ConversionHour,
    FootfallHour,
    conversion_by_hour,
    footfall_by_hour,
)
from edge.cli.reporting.presence import (
    DwellClass,
    Flow,
    OccupancyPoint,
    dwell_classes,
    occupancy_points,
    zone_flow,
)
from edge.cli.reporting.rows import interval_ms
from edge.cli.reporting.told import ToldVisit, standing, tell_visits
from edge.model.event import FootfallCounted, OccupancyEstimated, PurchaseRecorded
from edge.store.rows import LedgerRow

ANONYMOUS = "anonymous"
"""The grade of a visit that nobody was recognised in."""


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The figures on top; None where no sensor could tell."""

    come: int | None
    gone: int | None
    counter_coverage: float | None
    """Share of the counted time in which the door counters were alive."""
    visits: int
    """People in visits that stand."""
    taken_back: int
    """Visits that were merged or retracted."""
    identified: int
    purchases: int
    turnover: dict[str, float]
    """Sum of the receipts by currency."""
    median_dwell_s: float | None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a report shows; no part of it names a customer, a visit or a receipt."""

    from_ms: int
    to_ms: int
    events: int
    totals: Totals
    footfall: tuple[FootfallHour, ...]
    occupancy: tuple[OccupancyPoint, ...]
    dwell: tuple[DwellClass, ...]
    flow: Flow
    conversion: tuple[ConversionHour, ...]
    grades: dict[str, int]
    """Visits by grade of identification, anonymous ones included."""
    changes: tuple[SourceChange, ...]


def summarise(rows: Iterable[LedgerRow], zone: ZoneInfo) -> Summary:
    """Compute all figures of a report from rows in the ledger's order.

    Raises: RecordingError when an interval's ends are no times.
    """
    kept = list(rows)
    told = tell_visits(kept)
    visits = standing(told.values())
    starts, ends = _ends(kept)
    return Summary(
        from_ms=min(starts, default=0),
        to_ms=max(ends, default=0),
        events=len(kept),
        totals=_totals(kept, visits, taken_back=len(told) - len(visits)),
        footfall=footfall_by_hour(kept, zone),
        occupancy=occupancy_points(kept),
        dwell=dwell_classes(visits),
        flow=zone_flow(visits),
        conversion=conversion_by_hour(kept, visits, zone=zone),
        grades=dict(
            Counter(visit.identified.grade if visit.identified else ANONYMOUS for visit in visits)
        ),
        changes=source_changes(kept),
    )


def _ends(rows: Sequence[LedgerRow]) -> tuple[list[int], list[int]]:
    """Give the first and last moments that rows speak about."""
    intervals = [
        interval_ms(row.data)
        if isinstance(row.data, FootfallCounted | OccupancyEstimated)
        else (row.at_ms, row.at_ms)
        for row in rows
    ]
    return [from_ms for from_ms, _ in intervals], [to_ms for _, to_ms in intervals]


def _totals(rows: Sequence[LedgerRow], visits: Sequence[ToldVisit], *, taken_back: int) -> Totals:
    counted = [row.data for row in rows if isinstance(row.data, FootfallCounted)]
    purchases = [row.data for row in rows if isinstance(row.data, PurchaseRecorded)]
    lengths = [visit.duration_s for visit in visits if visit.duration_s is not None]
    turnover: Counter[str] = Counter()
    for purchase in purchases:
        turnover[purchase.currency] += round(purchase.total * 100)
    return Totals(
        come=sum(data.in_ for data in counted) if counted else None,
        gone=sum(data.out for data in counted) if counted else None,
        counter_coverage=_coverage(counted),
        visits=sum(visit.people for visit in visits),
        taken_back=taken_back,
        identified=sum(visit.identified is not None for visit in visits),
        purchases=len(purchases),
        turnover={currency: cents / 100 for currency, cents in sorted(turnover.items())},
        median_dwell_s=median(lengths) if lengths else None,
    )


def _coverage(counted: Sequence[FootfallCounted]) -> float | None:
    spans = [
        (data.coverage, to_ms - from_ms)
        for data in counted
        for from_ms, to_ms in [interval_ms(data)]
    ]
    whole = sum(length for _, length in spans)
    return sum(coverage * length for coverage, length in spans) / whole if whole else None
